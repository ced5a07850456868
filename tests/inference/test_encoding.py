"""The file of beliefs as the arrays of the network."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from forecast.beliefs import Beliefs, load
from forecast.inference.encoding import Encoding, encode
from forecast.network import COUNT, PRESENCE, VALUE
from tests.inference.samples import ROOT, encoding_of, harbour, harbour_values


@pytest.fixture(scope="module")
def bundled() -> Encoding:
    """The bundled case as arrays."""
    return encode(load(ROOT / "priors.yaml"))


def test_the_harbour_by_hand() -> None:
    """Nodes, hazards, links, kinds, points and levels are those read off the file by hand."""
    network = harbour().network
    blockade, election, talks = range(3)
    none, partial, full = range(3)
    assert network.sizes.tolist() == [3, 2, 2]
    assert network.hazards.tolist() == [
        [blockade, none, partial],
        [blockade, partial, full],
        [blockade, full, partial],
        [blockade, partial, none],
        [election, 0, 1],
        [talks, 0, 1],
        [talks, 1, 0],
    ]
    assert network.links.tolist() == [
        [0, 0, talks, 1],  # to partial, from none
        [2, 0, talks, 1],  # to partial, from full: `from` is omitted
        [5, 1, blockade, partial],  # two states of the parent, one ratio
        [5, 1, blockade, full],
    ]
    assert network.kinds.tolist() == [PRESENCE, COUNT, VALUE, PRESENCE, PRESENCE, PRESENCE]
    assert network.points.tolist() == [
        [0, blockade, none, 0],
        [0, blockade, partial, 1],
        [0, talks, 1, 2],
        [1, blockade, none, 3],
        [3, talks, 0, 4],
        [4, talks, 0, 5],
        [5, election, 0, 6],
    ]
    assert network.levels.tolist() == [[2, blockade, s, s] for s in (none, partial, full)]
    assert network.degrees_of_freedom is not None
    assert network.degrees_of_freedom[2] == 5.0
    assert [part.nodes for part in harbour().components] == [(blockade, talks), (election,)]


def test_names_stand_where_the_arrays_number_them() -> None:
    """Each number of a rarity, a level and a coupling is the prior of that name."""
    encoding = harbour()
    names, indicators = encoding.nodes, encoding.indicators
    for block, rows in (
        (encoding.priors.rarity, encoding.network.points),
        (encoding.priors.level, encoding.network.levels),
    ):
        assert len(rows) == len(block)
        for k, n, s, number in rows:
            state = encoding.beliefs.nodes[names[n]].states[s]
            assert block.names[number] == f"{indicators[k]} | {names[n]}.{state}"
    for number, (n, i, j) in enumerate(encoding.network.hazards):
        states = encoding.beliefs.nodes[names[n]].states
        expected = f"{names[n]}: {states[i]} > {states[j]}"
        assert encoding.priors.log_hazard.names[number] == expected
    assert encoding.priors.log_hazard_ratio.names == list(encoding.beliefs.couplings)


def test_the_bundled_case_holds_every_belief_once(bundled: Encoding) -> None:
    """Hazards, couplings, points and states of the network are as many as the file has."""
    beliefs, network = bundled.beliefs, bundled.network
    assert network.sizes.tolist() == [len(node.states) for node in beliefs.nodes.values()]
    assert len(network.hazards) == sum(len(node.hazards) for node in beliefs.nodes.values())
    assert set(network.links[:, 1].tolist()) == set(range(len(beliefs.couplings)))
    expected = sum(
        len(set(beliefs.nodes[point.node].states) - set(point.states))
        for each in beliefs.indicators.values()
        for point in each.points_at
    )
    assert len(network.points) == network.ratios == len(bundled.priors.rarity) == expected
    assert sorted(n for part in bundled.components for n in part.nodes) == list(
        range(len(beliefs.nodes))
    )


def test_each_link_of_the_bundled_case_is_in_the_file(bundled: Encoding) -> None:
    """A link's hazard goes to the coupling's target, from its origin if one is named."""
    beliefs, network, names = bundled.beliefs, bundled.network, bundled.nodes
    found = set()
    for hazard, c, parent, state in network.links:
        node, start, end = network.hazards[hazard]
        child = beliefs.nodes[names[node]].states
        held = beliefs.nodes[names[parent]].states[state]
        found.add((list(beliefs.couplings)[c], child[start], child[end], names[parent], held))
    expected = {
        (name, h.from_state, h.to_state, each.parent.node, state)
        for name, each in beliefs.couplings.items()
        for h in beliefs.nodes[each.child.node].hazards
        for state in each.parent.states
        if h.to_state == each.child.to_state and each.child.from_state in (None, h.from_state)
    }
    assert found == expected
    assert len(network.links) == len(expected)


def average_by_hand(beliefs: Beliefs, name: str, *, starting: bool = False) -> float:
    """Mean over all joint states of P(it occurs within a step), at the prior medians.

    Each state counts the same, or as probable as it was stated to begin there.
    """
    each = beliefs.indicators[name]
    ends = [np.log(-np.log1p(-p) / each.within) for p in each.probability.interval]
    at_pointed = np.exp(np.mean(ends))
    occurs, weights = [], []
    for states in product(*(node.states for node in beliefs.nodes.values())):
        rate, weight = at_pointed, 1.0
        for (name_of, node), state in zip(beliefs.nodes.items(), states, strict=True):
            weight *= node.initial.probabilities[state] if starting else 1.0
            for point in each.points_at:
                if point.node == name_of and state not in point.states:
                    one = point.rarer[state] if isinstance(point.rarer, dict) else point.rarer
                    rate /= np.sqrt(one[0] * one[1])
        occurs.append(1.0 - np.exp(-rate * beliefs.grid.step))
        weights.append(weight)
    return float(np.average(occurs, weights=weights))


@pytest.mark.parametrize("name", ["patrols", "communique", "accord", "notices"])
def test_average_occurrence_is_the_mean_over_joint_states(name: str) -> None:
    """It equals a mean over all joint states of the file, worked out without the arrays."""
    encoding = harbour()
    found = encoding.network.average[encoding.indicators.index(name)]
    assert found == pytest.approx(average_by_hand(encoding.beliefs, name), rel=1e-12)


def test_average_occurrence_of_the_bundled_case(bundled: Encoding) -> None:
    """The same for every indicator of the bundled case (three of them, over all 72 states)."""
    for name in bundled.indicators[::20]:
        found = bundled.network.average[bundled.indicators.index(name)]
        assert found == pytest.approx(average_by_hand(bundled.beliefs, name), rel=1e-12)


def test_nodes_and_states_are_found_by_name() -> None:
    """A node's component, its place there, and the numbers of its states."""
    encoding = harbour()
    component, position = encoding.place("talks")
    assert (component.nodes, position) == ((0, 2), 1)
    component, position = encoding.place("election")
    assert (component.nodes, position) == ((1,), 0)
    assert encoding.state_numbers("blockade", ("full", "none")) == {0, 2}
    assert encoding.step == 7


def test_without_couplings_the_nodes_that_share_no_indicator_come_apart() -> None:
    """Patrols still tie the blockade to the talks; without that tie, three components are left."""
    values = harbour_values()
    del values["couplings"]
    assert [part.nodes for part in encoding_of(values).components] == [(0, 2), (1,)]
    del values["indicators"]["patrols"]["points_at"][1]
    encoding = encoding_of(values)
    assert [part.nodes for part in encoding.components] == [(0,), (1,), (2,)]
    assert encoding.network.links.shape == (0, 4)
    assert len(encoding.priors.log_hazard_ratio) == 0
