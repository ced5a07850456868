"""Nodes that cannot tell anything about each other may be filtered apart."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from forecast.network import (
    PRESENCE,
    Evidence,
    Network,
    Propagator,
    components,
    filtered,
    gradient,
    node_marginals,
    tables,
)
from tests.network.strategies import (
    Case,
    examples,
    networks,
    random_evidence,
    random_parameters,
)


def side_by_side(first: Network, second: Network) -> Network:
    """Two networks as one, with nothing between them."""
    nodes, hazards, indicators = len(first.sizes), len(first.hazards), len(first.kinds)
    shift = {
        "hazards": [nodes, 0, 0],
        "links": [hazards, first.couplings, nodes, 0],
        "points": [indicators, nodes, 0, first.ratios],
        "levels": [indicators, nodes, 0, len(first.levels)],
    }
    rows = {
        name: np.concatenate([getattr(first, name), getattr(second, name) + by])
        for name, by in shift.items()
    }
    flat = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("sizes", "kinds", "average", "degrees_of_freedom")
    }
    return Network(**rows, **flat)


small = networks(max_nodes=2, max_indicators=2)


def seeded(network: Network, seed: int) -> Case:
    """Rates and evidence for a structure."""
    rng = np.random.default_rng(seed)
    p = random_parameters(network, rng, 2)
    return Case(network, p, random_evidence(network, rng, 6), 7.0)


@examples(max_examples=40)
@given(small, small, st.integers(0, 2**32 - 1))
def test_components_filtered_apart_are_the_joint_network(
    first: Network, second: Network, seed: int
) -> None:
    """Log-likelihoods add up, and joint probabilities are products, over components."""
    case = seeded(side_by_side(first, second), seed)
    groups = components(case.network)
    assert len(groups) >= 2
    joint = filtered(case.propagator, case.evidence)
    marginals = node_marginals(case.tables, joint.probability)
    starts = np.concatenate([[0], np.cumsum(case.network.sizes)])
    total = np.zeros(2)
    for group in groups:
        t = tables(case.network, group)
        apart = filtered(Propagator(t, case.parameters, step=case.step), case.evidence)
        total += apart.log_likelihood
        rows = np.concatenate([np.arange(starts[n], starts[n + 1]) for n in group])
        np.testing.assert_allclose(
            marginals[:, rows], node_marginals(t, apart.probability), rtol=1e-9, atol=1e-12
        )
    np.testing.assert_allclose(total, joint.log_likelihood, rtol=1e-10, atol=1e-12)


@examples(max_examples=30)
@given(small, small, st.integers(0, 2**32 - 1))
def test_gradients_of_components_add_up_to_the_joint_gradient(
    first: Network, second: Network, seed: int
) -> None:
    """Each parameter gets its slope from its own component and nothing from the others."""
    case = seeded(side_by_side(first, second), seed)
    whole = gradient(case.tables, case.parameters, case.evidence, step=case.step)[1]
    parts = [
        gradient(tables(case.network, group), case.parameters, case.evidence, step=case.step)[1]
        for group in components(case.network)
    ]
    for name in whole.__dataclass_fields__:
        slopes = np.array([getattr(part, name) for part in parts])
        np.testing.assert_allclose(
            slopes.sum(axis=0), getattr(whole, name), rtol=1e-8, atol=1e-10, err_msg=name
        )
        assert (np.count_nonzero(slopes, axis=0) <= 1).all(), name


@examples(max_examples=60)
@given(networks())
def test_components_are_the_connected_components_of_scipy(network: Network) -> None:
    """Couplings and shared indicators are the edges; SciPy finds the same groups."""
    edges = [(int(network.hazards[h, 0]), int(parent)) for h, _, parent, _ in network.links]
    for k in range(len(network.kinds)):
        rows = np.concatenate([network.points, network.levels])
        edges += list(combinations(sorted({int(n) for i, n, _, _ in rows if i == k}), 2))
    size = len(network.sizes)
    pairs = np.array(edges, dtype=int).reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    number, label = connected_components(graph, directed=False)
    expected = sorted([np.flatnonzero(label == each).tolist() for each in range(number)])
    assert components(network) == expected


def test_an_indicator_that_points_at_two_nodes_joins_them() -> None:
    """Explaining away: a report on both makes independent nodes dependent."""
    shared = {"kinds": [PRESENCE], "points": [(0, 0, 0, 0), (0, 2, 0, 1)]}
    apart = Network(sizes=[2, 2, 2], hazards=[])
    joined = Network(sizes=[2, 2, 2], hazards=[], **shared)
    assert components(apart) == [[0], [1], [2]]
    assert components(joined) == [[0, 2], [1]]
    p = replace(
        random_parameters(joined, np.random.default_rng(0), 1),
        initial=np.full(6, 0.5),
        log_rate=np.log([5.0]),
        rarity=np.log([10.0, 10.0]),
    )
    evidence = Evidence([0], [[0.0]], [0], [0], [1.0], [1.0])
    t = tables(joined, [0, 2])
    ends = filtered(Propagator(t, p, step=1.0), evidence).probability[-1, :, 0]
    a = 1.0 - np.exp(-np.array([0.05, 0.5, 0.5, 5.0]))  # by hand: a day at 5 a day, 10 times rarer
    np.testing.assert_allclose(ends, a / a.sum(), rtol=1e-12)
    table = ends.reshape(2, 2)
    assert table[1, 1] < table[1].sum() * table[:, 1].sum() - 0.03
