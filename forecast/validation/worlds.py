"""Simulated worlds: states that move as the model says, without a line of the engine.

The rates are given; states start by the initial probabilities and move step by step by SciPy's
matrix exponentials, one node after the other in the order of the file. This module and
`forecast.validation.reporting` import no mathematics of the engine, so that a mistake of the engine
cannot hide in the world that it is tested in (the import contract in pyproject.toml sees to it).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import scipy.linalg

from forecast.beliefs import Beliefs, Question

__all__ = ["Move", "Rates", "State", "averages", "day_of", "draw_path", "expected", "reached"]

#: Values of the parameters by block and name, on the scale of the model.
Rates = Mapping[str, Mapping[str, float]]
#: State of each node.
State = dict[str, str]


@dataclass(frozen=True, eq=False)
class Move:
    """What one node did in one step: its generator, and the numbers of its states at the ends."""

    generator: Any
    before: int
    after: int


def day_of(beliefs: Beliefs, step: int) -> dt.date:
    """Last day of a step; step 0 is the brief's date."""
    return beliefs.brief.as_of + dt.timedelta(days=step * beliefs.grid.step)


def draw_path(
    beliefs: Beliefs, rates: Rates, steps: int, rng: np.random.Generator
) -> tuple[list[State], list[dict[str, Move]]]:
    """Draw the states of all nodes.

    Parameters
    ----------
    beliefs : Beliefs
        Structure: nodes, hazards, couplings, the length of a step.
    rates : Rates
        True values.
    steps : int
        Number of steps, T.
    rng : numpy.random.Generator

    Returns
    -------
    path : list of State
        At the end of steps 0 (the brief's date) to T.
    moves : list of dict
        Of each step, by node.
    """
    now: State = {}
    for name, node in beliefs.nodes.items():
        shares = [rates["initial"][f"{name}.{state}"] for state in node.states]
        now[name] = str(rng.choice(node.states, p=np.array(shares) / np.sum(shares)))
    path, moves = [dict(now)], []
    for _ in range(steps):
        moved = {}
        for name, node in beliefs.nodes.items():
            q, i = _generator(beliefs, rates, name, now), node.states.index(now[name])
            row = np.maximum(_moved(q, beliefs.grid.step)[i], 0.0)
            now[name] = str(rng.choice(node.states, p=row / row.sum()))
            moved[name] = Move(q, i, node.states.index(now[name]))
        path.append(dict(now))
        moves.append(moved)
    return path, moves


def _generator(beliefs: Beliefs, rates: Rates, name: str, now: State) -> Any:
    """Give the generator of one node (per day) while the others are as they are now."""
    node = beliefs.nodes[name]
    q = np.zeros((len(node.states), len(node.states)))
    for h in node.hazards:
        log_rate = rates["log_hazard"][f"{name}: {h.from_state} > {h.to_state}"]
        for key, each in beliefs.couplings.items():
            origin = each.child.from_state
            acts = each.child.node == name and each.child.to_state == h.to_state
            if (
                acts
                and origin in (None, h.from_state)
                and now[each.parent.node] in each.parent.states
            ):
                log_rate += rates["log_hazard_ratio"][key]
        i, j = node.states.index(h.from_state), node.states.index(h.to_state)
        q[i, j] += np.exp(log_rate)
        q[i, i] -= np.exp(log_rate)
    return q


def _moved(generator: Any, step: int) -> Any:
    """Probabilities of the states after a step; a world has few generators, met again and again."""
    return _exponential(generator.tobytes(), len(generator), step)


@lru_cache(maxsize=512)
def _exponential(generator: bytes, size: int, step: int) -> Any:
    return scipy.linalg.expm(np.frombuffer(generator).reshape(size, size) * step)


def reached(
    beliefs: Beliefs,
    path: Sequence[State],
    moves: Sequence[Mapping[str, Move]],
    asked: Question,
    rng: np.random.Generator,
) -> bool:
    """Whether a node was in one of the states by the deadline, also within a step.

    Between its ends i and j a step missed the target with the probability of going from i to j with
    the target absorbing, over that of going there at all:
    ``expm(Q_stopped step)[i, j] / expm(Q step)[i, j]``.

    Parameters
    ----------
    beliefs, path, moves
        The world.
    asked : Question
        Open from the brief's date; its deadline is the last day of a step.
    rng : numpy.random.Generator
        Decides what happened within the steps.
    """
    step = beliefs.grid.step
    last = (asked.by - beliefs.brief.as_of).days // step
    states = beliefs.nodes[asked.node].states
    wanted = [states.index(state) for state in asked.states]
    if path[0][asked.node] in asked.states:
        return True
    for one in (moved[asked.node] for moved in moves[:last]):
        stopped = one.generator.copy()
        stopped[wanted] = 0.0
        i, j = one.before, one.after
        missed = _moved(stopped, step)[i, j] / _moved(one.generator, step)[i, j]
        if j in wanted or rng.random() > missed:
            return True
    return False


def expected(beliefs: Beliefs, rates: Rates, indicator: str, now: Mapping[str, str]) -> float:
    """Mean number of occurrences of a presence or a count within a step."""
    entry: Any = beliefs.indicators[indicator]
    log_rate = rates["log_rate"][indicator]
    for point in entry.points_at:
        if now[point.node] not in point.states:
            log_rate -= rates["rarity"][f"{indicator} | {point.node}.{now[point.node]}"]
    return float(np.exp(log_rate) * beliefs.grid.step)


def averages(beliefs: Beliefs, middle: Rates) -> dict[str, float]:
    """Mean probability of each presence within a step, over states, at the prior medians.

    Parameters
    ----------
    beliefs : Beliefs
    middle : Rates
        Medians of ``log_rate`` and ``rarity``.
    """
    out = {}
    for name, entry in beliefs.indicators.items():
        if entry.kind != "presence":
            continue
        nodes = list(beliefs.pointed(name))
        every = product(*(beliefs.nodes[node].states for node in nodes))
        held = [dict(zip(nodes, states, strict=True)) for states in every]
        counts = np.array([expected(beliefs, middle, name, now) for now in held])
        out[name] = float(np.mean(-np.expm1(-counts)))
    return out
