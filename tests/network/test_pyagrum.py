"""A coupled network unrolled over time is a dynamic Bayesian network: ask pyAgrum."""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy.linalg

from forecast.network import PRESENCE, Evidence, Network, filtered, node_marginals
from tests.network.enumeration import generator, likelihood
from tests.network.strategies import Case, random_parameters

with warnings.catch_warnings():  # its SWIG types warn while they load, which as an error crashes
    warnings.simplefilter("ignore")
    import pyagrum as gum

DT = 14.0
STEPS = 4

TWO_NODES = Network(
    sizes=[2, 3],
    hazards=[(0, 0, 1), (0, 1, 0), (1, 0, 1), (1, 1, 2), (1, 2, 1)],
    links=[(0, 0, 1, 2), (3, 1, 0, 1)],  # each pulls on the other
    kinds=[PRESENCE, PRESENCE],
    points=[(0, 0, 0, 0), (1, 1, 0, 1), (1, 1, 1, 2)],
    average=[0.1, 0.2],
)
THREE_NODES = Network(
    sizes=[2, 2, 3],
    hazards=[(0, 0, 1), (1, 0, 1), (1, 1, 0), (2, 0, 1), (2, 1, 2), (2, 1, 0)],
    links=[(0, 0, 1, 1), (1, 1, 2, 1), (1, 1, 2, 2), (4, 2, 0, 1), (3, 3, 1, 1)],  # a cycle
    kinds=[PRESENCE, PRESENCE, PRESENCE],
    points=[(0, 0, 0, 0), (1, 1, 0, 1), (1, 2, 0, 2), (1, 2, 1, 3), (2, 2, 2, 4)],
    average=[0.1, 0.2, 0.3],
)


def name(node: int, time: int) -> str:
    """Variable of a node in a slice; slice 0 is before the first step."""
    return f"n{node}_t{time}"


def parents_of(network: Network, node: int) -> list[int]:
    """Nodes that a coupling ties to a hazard of the node."""
    own = network.hazards[:, 0] == node
    return sorted({int(parent) for h, _, parent, _ in network.links if own[h]})


def add_slice(net: Any, case: Case, time: int) -> None:
    """Add the nodes of a slice.

    A node depends on its own old state, on the new state of the parents before it in the file,
    and on the old state of those after it: that is what splitting a step node by node means.
    """
    network, p = case.network, case.draw(0)
    first = np.concatenate([[0], np.cumsum(network.sizes)])
    for n, size in enumerate(network.sizes.tolist()):
        net.add(gum.LabelizedVariable(name(n, time), "", size))
    for n, size in enumerate(network.sizes.tolist()):
        if time == 0:
            net.cpt(name(n, 0)).fillWith(p.initial[first[n] : first[n + 1], 0].tolist())
            continue
        parents = parents_of(network, n)
        net.addArc(name(n, time - 1), name(n, time))
        slices = {m: name(m, time if m < n else time - 1) for m in parents}
        for variable in slices.values():
            net.addArc(variable, name(n, time))
        for states in product(*(range(network.sizes[m]) for m in parents)):
            around = [0] * len(network.sizes)
            for m, state in zip(parents, states, strict=True):
                around[m] = state
            moved = scipy.linalg.expm(generator(network, p, n, tuple(around)) * DT)
            given = {slices[m]: s for m, s in zip(parents, states, strict=True)}
            for old in range(size):
                net.cpt(name(n, time))[{**given, name(n, time - 1): old}] = moved[old].tolist()


def add_report(net: Any, case: Case, time: int, k: int) -> str:
    """Add a noisy report node whose `1` has the likelihood of what was reported, or was not."""
    network, p = case.network, case.draw(0)
    variable = f"report{k}_t{time}"
    nodes = network.indicator_nodes(k)
    net.add(gum.LabelizedVariable(variable, "", 2))
    for n in nodes:
        net.addArc(name(n, time), variable)
    for states in product(*(range(network.sizes[n]) for n in nodes)):
        joint = [0] * len(network.sizes)
        for n, state in zip(nodes, states, strict=True):
            joint[n] = state
        chance = likelihood(network, p, case.evidence, k, tuple(joint), step=time - 1, dt=DT)
        where = {name(n, time): s for n, s in zip(nodes, states, strict=True)}
        net.cpt(variable)[where] = [1.0 - chance, chance]
    return variable


def unrolled(case: Case) -> tuple[Any, dict[int, list[str]]]:
    """Return the network over all slices and the report nodes of each."""
    net = gum.BayesNet()
    reports: dict[int, list[str]] = {}
    for time in range(STEPS + 1):
        add_slice(net, case, time)
        if time:
            kinds = range(len(case.network.kinds))
            reports[time] = [add_report(net, case, time, k) for k in kinds]
    return net, reports


def marginals(net: Any, case: Case, reports: list[str], time: int) -> tuple[Any, float]:
    """Marginals of all nodes in a slice given some reports, and the reports' probability."""
    engine = gum.LazyPropagation(net)
    engine.setEvidence(dict.fromkeys(reports, 1))
    engine.makeInference()
    nodes = range(len(case.network.sizes))
    found = [engine.posterior(name(n, time)).tolist() for n in nodes]
    return np.concatenate(found), engine.evidenceProbability()


def a_case(network: Network, seed: int) -> Case:
    """Silence, doubtful and certain reports, and steps in which nobody looked."""
    evidence = Evidence(
        pattern=[0, 1, 0, 0],
        detection=[[0.4] * len(network.kinds), [0.0] * len(network.kinds)],
        cell_step=[0, 1, 2],
        cell_indicator=[1, 0, 1],
        cell_value=[0.6, 0.9, 1.0],
        cell_exposure=[1.0, 1.0, 1.0],
    )
    return Case(network, random_parameters(network, np.random.default_rng(seed), 1), evidence, DT)


@pytest.mark.parametrize("network", [TWO_NODES, THREE_NODES], ids=["two nodes", "three nodes"])
@pytest.mark.parametrize("seed", range(3))
def test_every_slice_has_pyagrums_marginals(network: Network, seed: int) -> None:
    """Filtered, smoothed and likelihood equal exact inference in the unrolled network."""
    case = a_case(network, seed)
    net, reports = unrolled(case)
    result = filtered(case.propagator, case.evidence)
    now = node_marginals(case.tables, result.probability)[:, :, 0]
    later = node_marginals(case.tables, case.smoothed())[:, :, 0]
    everything = [variable for each in reports.values() for variable in each]
    for time in range(1, STEPS + 1):
        known = [variable for at in range(1, time + 1) for variable in reports[at]]
        expected, _ = marginals(net, case, known, time)
        np.testing.assert_allclose(now[time - 1], expected, atol=1e-10)
        expected, chance = marginals(net, case, everything, time)
        np.testing.assert_allclose(later[time - 1], expected, atol=1e-10)
        np.testing.assert_allclose(result.log_likelihood[0], np.log(chance), rtol=1e-9)


def test_the_order_of_the_nodes_matters_within_a_step() -> None:
    """The slices check splitting itself: pyAgrum's answer to the reversed file differs."""
    case = a_case(TWO_NODES, 0)
    net, reports = unrolled(case)
    expected, _ = marginals(net, case, reports[1], 1)
    swap = {0: 1, 1: 0}
    flipped = Network(
        sizes=[3, 2],
        hazards=[(swap[n], i, j) for n, i, j in TWO_NODES.hazards],
        links=[(h, c, swap[n], s) for h, c, n, s in TWO_NODES.links],
        kinds=TWO_NODES.kinds,
        points=[(k, swap[n], s, r) for k, n, s, r in TWO_NODES.points],
        average=TWO_NODES.average,
    )
    initial = case.parameters.initial
    turned = replace(case.parameters, initial=np.concatenate([initial[2:], initial[:2]]))
    other = Case(flipped, turned, case.evidence, DT)
    found = node_marginals(other.tables, filtered(other.propagator, case.evidence).probability)
    back = np.concatenate([found[0, 3:, 0], found[0, :3, 0]])
    assert np.abs(back - expected).max() > 1e-6
    np.testing.assert_allclose(back, expected, atol=0.1)
