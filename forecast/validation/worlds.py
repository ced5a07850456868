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

__all__ = [
    "Move",
    "Rates",
    "State",
    "averages",
    "day_of",
    "draw_path",
    "expected",
    "occurs",
    "place",
    "reached",
]

#: Values of the parameters by block and name, on the scale of the model.
Rates = Mapping[str, Mapping[str, float]]
#: How often a burst of a level is at each of its points, and where they are in its unit.
_RESTS, _RISES = (0.1, 0.7, 0.1, 0.07, 0.03), (-1.0, 0.0, 1.0, 2.0, 3.5)
#: State of each node, and number of the point of each burst.
State = dict[str, str]


@dataclass(frozen=True, eq=False)
class Move:
    """What one node did in one step.

    Attributes
    ----------
    generator : (K, K) array
        Per day, while the other nodes stood as they did.
    before, after : int
        Numbers of its states at the ends.
    jumps : frozenset of (int, int) or None
        From which states to which it jumped on the way; drawn for a node whose moves are marked.
    """

    generator: Any
    before: int
    after: int
    jumps: frozenset[tuple[int, int]] | None = None


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
        if node.level is not None:
            now[name] = str(rng.choice(node.states))
            if node.level.speeds == 2:
                now[f"{name}:burst"] = str(rng.choice(len(_RESTS), p=_RESTS))
            continue
        shares = [rates["initial"][f"{name}.{state}"] for state in node.states]
        now[name] = str(rng.choice(node.states, p=np.array(shares) / np.sum(shares)))
    path, moves = [dict(now)], []
    every: list[Any] = list(beliefs.indicators.values())
    marked = {each.marks.node for each in every if not _rated(each)}
    for _ in range(steps):
        moved = {}
        for name, node in beliefs.nodes.items():
            q, i = _generator(beliefs, rates, name, now), node.states.index(now[name])
            if name in marked:
                moved[name] = _walk(q, i, beliefs.grid.step, rng)
                now[name] = node.states[moved[name].after]
                continue
            row = np.maximum(_moved(q, beliefs.grid.step)[i], 0.0)
            now[name] = str(rng.choice(node.states, p=row / row.sum()))
            moved[name] = Move(q, i, node.states.index(now[name]))
            if f"{name}:burst" in now:
                fade = np.exp(rates["motion"][f"{node.moves_like or name}: fade"])
                if rng.random() > np.exp(-beliefs.grid.step / fade):
                    now[f"{name}:burst"] = str(rng.choice(len(_RESTS), p=_RESTS))
        path.append(dict(now))
        moves.append(moved)
    return path, moves


def _generator(beliefs: Beliefs, rates: Rates, name: str, now: State) -> Any:
    """Give the generator of one node (per day) while the others are as they are now."""
    node = beliefs.nodes[name]
    if node.level is not None:
        return _drift(node.level.points, _motion(beliefs, rates, name))
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


def _motion(beliefs: Beliefs, rates: Rates, name: str) -> dict[str, float]:
    """Give the parameters of a level by their names, or those of the level it moves like."""
    own = f"{beliefs.nodes[name].moves_like or name}: "
    motion = rates["motion"]
    return {key.removeprefix(own): x for key, x in motion.items() if key.startswith(own)}


def _drift(points: Sequence[float], motion: Mapping[str, float]) -> Any:
    """Give the generator of a level: neighbours in balance with a Normal, and jumps to any point.

    With the stationary weights p_i of the process, neighbours change at the rate
    ``s^2 / (2 d^2) sqrt(p_j / p_i)``, where the root lies between e^-12 and e^12 and bends to them.
    """
    size, apart = len(points), points[1] - points[0]
    variance, pull = np.exp(2.0 * motion["volatility"]), np.exp(motion["pull"])
    out = np.full((size, size), np.exp(motion["jumps"]) / size)
    for i in range(size - 1):
        low, high = (-pull * (points[k] - motion["mean"]) ** 2 / variance for k in (i, i + 1))
        root = 12.0 * np.tanh((high - low) / 2.0 / 12.0)
        out[i, i + 1] += variance / (2.0 * apart**2) * np.exp(root)
        out[i + 1, i] += variance / (2.0 * apart**2) * np.exp(-root)
    np.fill_diagonal(out, 0.0)
    np.fill_diagonal(out, -out.sum(axis=1))
    return out


def place(beliefs: Beliefs, rates: Rates, name: str, now: Mapping[str, str]) -> float:
    """Where a level stands with its burst, on its scale."""
    node = beliefs.nodes[name]
    assert node.level is not None
    out = node.level.points[node.states.index(now[name])]
    if f"{name}:burst" in now:
        out += np.exp(_motion(beliefs, rates, name)["burst"]) * _RISES[int(now[f"{name}:burst"])]
    return float(out)


def _walk(generator: Any, before: int, step: int, rng: np.random.Generator) -> Move:
    """Draw every jump of a node within a step: how long it waits, and where it goes."""
    jumps, state, left = set(), before, float(step)
    while (rate := -generator[state, state]) > 0.0:
        left -= rng.exponential(1 / rate)
        if left <= 0.0:
            break
        chances = generator[state].clip(0.0) / rate
        to = int(rng.choice(len(chances), p=chances))
        jumps.add((state, to))
        state = to
    return Move(generator, before, state, frozenset(jumps))


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
        if one.jumps is not None:
            if any(to in wanted for _, to in one.jumps):
                return True
            continue
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
    if entry.kind == "count" and entry.follows:
        mean = np.exp(place(beliefs, rates, entry.follows, now))
        return float(mean * beliefs.grid.step / entry.per)
    log_rate = rates["log_rate"][indicator]
    for point in entry.points_at:
        if now[point.node] not in point.states:
            log_rate -= rates["rarity"][f"{indicator} | {point.node}.{now[point.node]}"]
    return float(np.exp(log_rate) * beliefs.grid.step)


def _rated(indicator: Any) -> bool:
    """Whether an indicator has a rate or levels of its own, and does not mark a move."""
    return not hasattr(indicator, "marks")


def occurs(
    beliefs: Beliefs, rates: Rates, indicator: str, now: State, moves: Mapping[str, Move]
) -> float:
    """Probability that a presence occurred within a step; of a marked move, whether it did."""
    entry: Any = beliefs.indicators[indicator]
    if _rated(entry):
        return float(-np.expm1(-expected(beliefs, rates, indicator, now)))
    states = beliefs.nodes[entry.marks.node].states
    move = states.index(entry.marks.from_state), states.index(entry.marks.to_state)
    return float(move in (moves[entry.marks.node].jumps or ()))


def averages(beliefs: Beliefs, middle: Rates) -> dict[str, float]:
    """Mean probability of each presence within a step, over states, at the prior medians.

    Of a marked move, the probability of it from the state it leaves.

    Parameters
    ----------
    beliefs : Beliefs
    middle : Rates
        Medians of ``log_rate``, ``rarity`` and ``log_hazard``.
    """
    out = {}
    entries: dict[str, Any] = dict(beliefs.indicators)
    for name, entry in entries.items():
        if entry.kind != "presence":
            continue
        if not _rated(entry):
            move = f"{entry.marks.node}: {entry.marks.from_state} > {entry.marks.to_state}"
            per_day = np.exp(middle["log_hazard"][move])
            out[name] = float(-np.expm1(-per_day * beliefs.grid.step))
            continue
        nodes = list(beliefs.pointed(name))
        every = product(*(beliefs.nodes[node].states for node in nodes))
        held = [dict(zip(nodes, states, strict=True)) for states in every]
        counts = np.array([expected(beliefs, middle, name, now) for now in held])
        out[name] = float(np.mean(-np.expm1(-counts)))
    return out
