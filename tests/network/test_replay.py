"""Counterfactuals equal the sum over all pairs of paths, within the error of sampling."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy.linalg

from forecast.network import PRESENCE, Course, Evidence, Network, Parameters, Regime, replay, tables
from tests.network.enumeration import all_states, emission_matrix, generator, initial_vector

PATHS, STEPS = 20_000, 3


def small() -> tuple[Network, Parameters, Evidence]:
    """A cause of two states, an effect of three, and two steps of evidence on the effect."""
    network = Network(
        sizes=[2, 3],
        hazards=[(0, 0, 1), (0, 1, 0), (1, 0, 1), (1, 1, 2), (1, 2, 1), (1, 1, 0)],
        links=[(2, 0, 0, 1), (3, 0, 0, 1), (0, 1, 1, 2)],
        kinds=[PRESENCE],
        points=[(0, 1, 0, 0), (0, 1, 1, 1)],
    )
    values = {
        "initial": np.array([0.6, 0.4, 0.5, 0.3, 0.2]),
        "log_hazard": np.log([0.4, 0.3, 0.3, 0.4, 0.2, 0.3]),
        "log_hazard_ratio": np.array([1.0, 0.7]),
        "log_rate": np.array([0.2]),
        "rarity": np.array([1.5, 0.6]),
        "log_dispersion": np.zeros(1),
        "level": np.zeros(0),
        "log_spread": np.zeros(1),
    }
    evidence = Evidence([0, 0], [[0.7]], [1], [0], [0.8], [1.0])
    return network, Parameters(**values), evidence


def coupled(old: Any, new: Any, made: int, *, same: bool) -> Any:
    """Probabilities of the move made again, by hand: kept as far as it can be."""
    if not same:
        return new
    keep = min(1.0, new[made] / old[made])
    more = np.maximum(new - old, 0.0)
    out = (1.0 - keep) * more / more.sum() if more.sum() > 0.0 else np.zeros(len(new))
    out[made] += keep
    return out


def by_pairs(regime: Regime) -> Any:  # noqa: C901
    """Probability of each pair (factual, counterfactual) at the end, given the evidence."""
    network, p, evidence = small()
    states = all_states(network)
    seen = emission_matrix(network, p, evidence, 1.0)
    pairs = np.diag(initial_vector(network, p))
    times = np.zeros(len(network.hazards))
    for hazard, more in regime.log_times.items():
        times[hazard] = more
    raised = Parameters(**{name: getattr(p, name) + (times[:, None] if name == "log_hazard" else 0)
                           for name in p.__dataclass_fields__})  # fmt: skip

    @cache
    def row(node: int, origin: int, around: tuple[int, ...], *, active: bool) -> Any:
        if active and node in regime.held:
            return np.eye(network.sizes[node])[origin]
        rates = raised if active else p
        return scipy.linalg.expm(generator(network, rates, node, around))[origin]

    for step in range(STEPS):
        after = np.zeros_like(pairs)
        active = step >= regime.begins
        for a, b in product(range(len(states)), repeat=2):
            if pairs[a, b] == 0.0:
                continue
            other = list(states[b])
            if step == regime.begins:
                for node, state in regime.held.items():
                    other[node] = state
            for to in product(range(2), range(3)):
                weight, was, partial = 1.0, list(states[a]), {tuple(other): 1.0}
                for node in range(2):
                    old = row(node, was[node], tuple(was), active=False)
                    weight *= old[to[node]]
                    moved: dict[tuple[int, ...], float] = {}
                    for z, share in partial.items():
                        new = row(node, z[node], z, active=active)
                        same = z[node] == was[node]
                        for k, q in enumerate(coupled(old, new, to[node], same=same)):
                            reached = (*z[:node], k, *z[node + 1 :])
                            moved[reached] = moved.get(reached, 0.0) + share * q
                    partial, was[node] = moved, to[node]
                c = states.index(to)
                told = seen[step][c] if step < len(seen) else 1.0
                for z, share in partial.items():
                    after[c, states.index(z)] += pairs[a, b] * weight * told * share
        pairs = after
    return pairs / pairs.sum()


@pytest.mark.parametrize(
    "regime",
    [Regime(0, {0: 1}), Regime(1, {0: 0}), Regime(1, {}, {2: 1.2, 3: -0.5}), Regime(1, {1: 2})],
    ids=["held from the start", "held later", "hazards multiplied", "the effect held"],
)
def test_replayed_paths_equal_the_sum_over_all_pairs_of_paths(regime: Regime) -> None:
    """Jointly, factual and counterfactual, given evidence before and after the intervention."""
    network, p, evidence = small()
    course = Course(tables(network, [0, 1]), p, step=1.0, regimes=[regime])
    found = replay(course, evidence, steps=STEPS, paths=PATHS, seed=3)
    expected = by_pairs(regime)
    numbers = [
        np.ravel_multi_index(tuple(each[-1, :, 0]), (2, 3))
        for each in (found.factual, found.counterfactual)
    ]
    counted = np.zeros_like(expected)
    np.add.at(counted, tuple(numbers), 1.0 / PATHS)
    error = np.sqrt((expected * (1.0 - expected) + 1.0 / PATHS) / PATHS)
    assert (np.abs(counted - expected) < 4.5 * error + 1e-12).all()


def test_what_is_not_changed_is_walked_again_step_for_step() -> None:
    """A hazard multiplied by one, and the time before an intervention."""
    network, p, evidence = small()
    t = tables(network, [0, 1])
    same = Course(t, p, step=1.0, regimes=[Regime(0, {}, {2: 0.0})])
    found = replay(same, evidence, steps=STEPS, paths=500, seed=1)
    np.testing.assert_array_equal(found.factual, found.counterfactual)
    later = Course(t, p, step=1.0, regimes=[Regime(2, {0: 1})])
    found = replay(later, evidence, steps=STEPS, paths=500, seed=1)
    np.testing.assert_array_equal(found.factual[:3], found.counterfactual[:3])


def test_a_counterfactual_is_neither_an_intervention_nor_an_observation() -> None:
    """It keeps what the evidence says of chance, which an intervention from the start forgets."""
    network, p, evidence = small()
    t, regime = tables(network, [0, 1]), Regime(0, {0: 1})
    pairs = by_pairs(regime)
    counterfactual = pairs.sum(axis=0).reshape(2, 3)[:, 2].sum()
    dry = Evidence.empty(steps=0, indicators=1)
    done = Course(t, p, step=1.0, regimes=[regime]).whole(dry, steps=STEPS)
    forgotten = done.probability[-1, :, 0].reshape(2, 3)[:, 2].sum()
    told = Course(t, p, step=1.0, regimes=[regime]).whole(evidence, steps=STEPS)
    reread = told.probability[-1, :, 0].reshape(2, 3)[:, 2].sum()
    assert abs(counterfactual - forgotten) > 0.01
    assert abs(counterfactual - reread) > 0.005
