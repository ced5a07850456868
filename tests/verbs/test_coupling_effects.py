"""What a coupling does to the judgement printed, against enumeration of paths; all is invented."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from forecast.beliefs import Beliefs
from forecast.publish.charts import direction

OURS = {"source": "Invented.", "rationale": "Invented."}
STEPS = 6


def beliefs(*, states, headline, moves, couplings, initial=None) -> Beliefs:
    """One parent of two states, and one child with the couplings given as (from, to, ratio)."""
    even = {state: 1 / len(states) for state in states}

    def node(names, head, start, hazards):
        return {
            "label": "A node",
            "proposition": "Something holds.",
            "states": names,
            "headline": head,
            "initial": {"probabilities": start, "effective_sample_size": 10.0, **OURS},
            "hazards": [
                {"from": a, "to": b, "within": "12 months", "probability": list(p), **OURS}
                for (a, b), p in hazards.items()
            ],
        }

    return Beliefs.model_validate(
        {
            "brief": {
                "title": "Invented",
                "as_of": "2025-01-01",
                "house": "Nobody",
                "window": "12 months",
                **OURS,
            },
            "nodes": {
                "parent": node(["off", "on"], ["on"], {"off": 0.5, "on": 0.5}, {}),
                "child": node(states, headline, initial or even, moves),
            },
            "couplings": {
                f"pull_{n}": {
                    "parent": {"node": "parent", "states": ["on"]},
                    "child": {"node": "child", "to": to} | ({"from": start} if start else {}),
                    "ratio": list(ratio),
                    **OURS,
                }
                for n, (start, to, ratio) in enumerate(couplings)
            },
            "indicators": {
                "sign": {
                    "kind": "presence",
                    "label": "A sign",
                    "points_at": [{"node": "child", "states": headline, "rarer": [2.0, 5.0]}],
                    "description": "Something seen.",
                    "within": "12 months",
                    "probability": [0.1, 0.5],
                    "detection": 0.9,
                    **OURS,
                }
            },
        }
    )


def said(**given) -> list[str]:
    made = beliefs(**given)
    return [direction(made, one, days=500) for one in made.couplings.values()]


TWO = {"states": ["fighting", "truce"], "moves": {("fighting", "truce"): (0.2, 0.6),
                                                  ("truce", "fighting"): (0.1, 0.5)}}  # fmt: skip
THREE = {
    "states": ["none", "limited", "advanced"],
    "moves": {
        ("none", "limited"): (0.1, 0.5),
        ("limited", "advanced"): (0.1, 0.4),
        ("advanced", "limited"): (0.05, 0.3),
        ("limited", "none"): (0.05, 0.3),
    },
}


def test_what_speeds_the_exit_of_the_headline_lowers_it_and_what_slows_it_raises_it():
    couplings = [(None, "fighting", (2.0, 4.0)), (None, "fighting", (0.2, 0.5)),
                 (None, "truce", (2.0, 4.0)), (None, "truce", (0.2, 1.0))]  # fmt: skip
    found = said(**TWO, headline=["truce"], couplings=couplings)
    assert found == ["lowers", "raises", "raises", "lowers"]
    found = said(**TWO, headline=["fighting"], couplings=couplings)
    assert found == ["raises", "lowers", "lowers", "raises"]


def test_what_may_do_both_is_said_to_do_either():
    assert said(**TWO, headline=["truce"], couplings=[(None, "truce", (0.5, 2.0))]) == ["either"]
    to_the_middle = [(None, "limited", (2.0, 4.0))]
    assert said(**THREE, headline=["advanced"], couplings=to_the_middle) == ["either"]


def test_several_couplings_on_one_node_have_each_their_own_direction():
    couplings = [("none", "limited", (1.3, 4.5)), ("advanced", "limited", (1.3, 4.5)),
                 (None, "none", (2.0, 3.0)), (None, "advanced", (0.2, 0.6))]  # fmt: skip
    found = said(**THREE, headline=["advanced"], couplings=couplings)
    assert found == ["raises", "lowers", "lowers", "lowers"]
    found = said(**THREE, headline=["none"], couplings=couplings)
    assert found == ["lowers", "raises", "raises", "raises"]


def test_a_transition_within_the_headline_that_leads_nowhere_else_changes_nothing():
    states = {"states": ["low", "high", "peak"],
              "moves": {("low", "high"): (0.2, 0.5), ("high", "peak"): (0.2, 0.5)}}  # fmt: skip
    couplings = [("high", "peak", (2.0, 4.0))]
    assert said(**states, headline=["high", "peak"], couplings=couplings) == ["neither"]
    assert said(**states, headline=["high"], couplings=couplings) == ["lowers"]


def test_a_middle_state_gains_by_what_leads_to_it_and_loses_by_what_leads_on():
    couplings = [("none", "limited", (1.2, 2.0)), ("limited", "advanced", (1.2, 2.0))]
    slow = {"states": THREE["states"], "moves": dict.fromkeys(THREE["moves"], (0.05, 0.1))}
    found = said(**slow, headline=["limited"], couplings=couplings,
                 initial={"none": 0.8, "limited": 0.2, "advanced": 0.0})  # fmt: skip
    assert found == ["raises", "lowers"]


@pytest.mark.parametrize("seed", range(12))
def test_a_direction_that_is_stated_is_that_of_a_sum_over_all_paths(seed):
    """Every path of six steps through three states, with the coupling and without."""
    rng = np.random.default_rng(seed)
    states = ["a", "b", "c"]
    pairs = [(x, y) for x, y in product(states, states) if x != y and rng.random() < 0.75]
    ends = {pair: np.sort(rng.uniform(0.03, 0.6, 2)) for pair in pairs}
    moves = {pair: (float(low), float(high) + 0.01) for pair, (low, high) in ends.items()}
    start, to = pairs[rng.integers(len(pairs))]
    ratio = [(1.5, 3.0), (0.3, 0.7)][rng.integers(2)]
    initial = dict(zip(states, rng.dirichlet(np.ones(3)).tolist(), strict=True))
    headline = [states[rng.integers(3)]]
    made = beliefs(states=states, headline=headline, moves=moves, initial=initial,
                   couplings=[(start, to, ratio)])  # fmt: skip
    (found,) = (direction(made, one, days=500) for one in made.couplings.values())
    changes = [
        enumerated(moves, initial, headline, {(start, to): factor})
        - enumerated(moves, initial, headline, {})
        for factor in ratio
    ]
    if found == "raises":
        assert min(changes) > 0
    if found == "lowers":
        assert max(changes) < 0
    if found == "neither":
        assert changes == pytest.approx([0, 0], abs=1e-12)


def enumerated(moves, initial, headline, factors) -> float:
    """Probability of the headline after 500 days: a sum over paths, in short linear steps."""
    log = {pair: (np.log(-np.log1p(-low)) + np.log(-np.log1p(-high))) / 2
           for pair, (low, high) in moves.items()}  # fmt: skip
    rate = {pair: np.exp(log[pair]) / 365.25 * factors.get(pair, 1.0) for pair in moves}
    days = 500 / STEPS
    chance = {(x, y): 1 - np.exp(-rate.get((x, y), 0.0) * days) for x in initial for y in initial}
    total = 0.0
    for path in product(initial, repeat=STEPS + 1):
        weight = initial[path[0]]
        for x, y in pairwise(path):
            out = sum(chance[x, z] for z in initial if z != x)
            weight *= 1 - out if x == y else chance[x, y]
        total += weight * (path[-1] in headline)
    return total
