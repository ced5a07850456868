"""Conditions on whole paths: never there until then, there on a day, fewer reports than that.

A condition removes the paths that break it. Probabilities that carry several conditions at once
make any question about reaching, being and counting exact: the probability that a state *was*
reached is what its avoidance leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.network.evidence import Evidence
from forecast.network.intervention import Course, Whole
from forecast.network.structure import Floats

__all__ = ["Avoid", "Condition", "Fewer", "Within", "advance", "carry", "message", "none_of"]


@dataclass(frozen=True)
class Avoid:
    """A node is in none of some states from the end of one step to the end of another.

    Attributes
    ----------
    node : int
        Position in the component.
    states : frozenset of int
    opens, closes : int
        Steps; arriving within a step counts, even if the node leaves again before its end.
    """

    node: int
    states: frozenset[int]
    opens: int
    closes: int


@dataclass(frozen=True)
class Within:
    """A node is in one of some states at the end of a step."""

    node: int
    states: frozenset[int]
    at: int


@dataclass(frozen=True)
class Fewer:
    """An indicator is reported in fewer than `count` of the steps after `opens`, to `closes`.

    Attributes
    ----------
    indicator : int
        Its number in the network; of kind presence.
    count : int
    opens, closes : int
        No evidence may lie in these steps.
    detection : float
        P(reported within the step | it happened).
    """

    indicator: int
    count: int
    opens: int
    closes: int
    detection: float


Condition = Avoid | Within | Fewer


def carry(
    course: Course,
    whole: Whole,
    conditions: Sequence[Condition],
    *,
    steps: int,
    begin: tuple[int, Floats] | None = None,
) -> Floats:
    """Carry the probability of the paths that keep to all conditions.

    Parameters
    ----------
    course, whole
        The network and what it does without conditions, at least `steps` long.
    conditions : sequence
        Until which step each holds; at most one `Fewer`.
    steps : int
        Length.
    begin : (int, (L, S, D) array), optional
        Result of an earlier call to go on from; the curve before it is left undefined.

    Returns
    -------
    (steps + 1, L, S, D) array
        Joint with the evidence to each step, relative to the probability of that evidence; L layers
        count the reports of a `Fewer`, else there is one.
    """
    layers = max([c.count for c in conditions if isinstance(c, Fewer)], default=1)
    shape = (steps + 1, layers, *whole.probability.shape[1:])
    out = np.zeros(shape)
    if begin is None:
        first = min([steps, *(_first(c) for c in conditions)])
        out[: first + 1, 0] = whole.probability[: first + 1]
        out[first] = none_of(course, out[first], conditions, first)
    else:
        first, out[begin[0]] = begin
    for step in range(first, steps):
        out[step + 1] = advance(course, whole, step, out[step], conditions)
    return out


def _first(condition: Condition) -> int:
    return condition.at if isinstance(condition, Within) else condition.opens


def advance(
    course: Course,
    whole: Whole,
    step: int,
    now: Floats,
    conditions: Sequence[Condition],
    *,
    stopping: Sequence[tuple[int, frozenset[int]]] = (),
) -> Floats:
    """Carry (L, S, D) through one step under the conditions, and through its evidence.

    States of `stopping` (node, states) are not left within the step, and nothing else follows.
    """
    propagator = course.propagator(step, _absorbing(conditions, step, stopping))
    after = np.empty_like(now)
    entered = _kept(course, [course.enter(step, layer) for layer in now], conditions, step)
    for number, layer in enumerate(entered):
        after[number] = propagator.move(layer)
    weight = whole.weight[step]
    if weight is not None:
        after *= weight
    for condition in conditions:
        if isinstance(condition, Fewer) and condition.opens <= step < condition.closes:
            quiet = _quiet(course, condition)
            told = after * (1.0 - quiet)
            after *= quiet
            after[1:] += told[:-1]
    return none_of(course, after, conditions, step + 1)


def message(
    course: Course,
    whole: Whole,
    conditions: Sequence[Condition],
    *,
    steps: int,
    first: int = 0,
) -> Floats:
    """Work out how probable each state makes the later evidence and the keeping of conditions.

    Parameters
    ----------
    course, whole, conditions, steps
        As in `carry`.
    first : int
        The message is left at 1 before the end of this step.

    Returns
    -------
    (steps + 1, L, S, D) array
        Times the result of `carry` at the same step, summed over states and layers: the probability
        that all conditions are kept to the last step, given all the evidence.
    """
    layers = max([c.count for c in conditions if isinstance(c, Fewer)], default=1)
    shape = (steps + 1, layers, *whole.probability.shape[1:])
    out = np.ones(shape)
    told = [number + 1 for number, w in enumerate(whole.weight[:steps]) if w is not None]
    told += [min(steps, c.at if isinstance(c, Within) else c.closes) for c in conditions]
    for step in range(max([first, *told]) - 1, first - 1, -1):  # beyond, nothing is said
        later = none_of(course, out[step + 1].copy(), conditions, step + 1)
        for condition in conditions:
            if isinstance(condition, Fewer) and condition.opens <= step < condition.closes:
                quiet = _quiet(course, condition)
                seen = np.zeros_like(later)
                seen[:-1] = later[1:]
                later = quiet * later + (1.0 - quiet) * seen
        weight = whole.weight[step]
        if weight is not None:
            later = later * weight
        propagator = course.propagator(step, _absorbing(conditions, step))
        pulled = _kept(course, [propagator.pull(layer) for layer in later], conditions, step)
        for number, layer in enumerate(pulled):
            out[step, number] = course.leave(step, layer)
    return out


def none_of(course: Course, now: Floats, conditions: Sequence[Condition], step: int) -> Floats:
    """Take out, in place, the states that break a condition at the end of a step."""
    for condition in conditions:
        if isinstance(condition, Fewer):
            continue
        there = course.there(condition.node, condition.states)
        if isinstance(condition, Within):
            if condition.at == step:
                now[:, ~there] = 0.0
        elif condition.opens <= step <= condition.closes:
            now[:, there] = 0.0
    return now


def _kept(
    course: Course, layers: Sequence[Floats], conditions: Sequence[Condition], step: int
) -> list[Floats]:
    """Take out what an intervention at the beginning of a step puts into an avoided state."""
    if course.regime(step) == course.regime(step - 1):
        return list(layers)
    out = []
    for layer in layers:
        kept = layer.copy()
        for condition in conditions:
            if isinstance(condition, Avoid) and condition.opens <= step < condition.closes:
                there = course.there(condition.node, condition.states)
                kept[there] = 0.0
        out.append(kept)
    return out


def _absorbing(
    conditions: Sequence[Condition],
    step: int,
    stopping: Sequence[tuple[int, frozenset[int]]] = (),
) -> tuple[tuple[int, frozenset[int]], ...]:
    """States that are not left in a step, because arriving there breaks a condition."""
    held: dict[int, frozenset[int]] = dict(stopping)
    for condition in conditions:
        if isinstance(condition, Avoid) and condition.opens <= step < condition.closes:
            held[condition.node] = held.get(condition.node, frozenset()) | condition.states
    return tuple(sorted(held.items()))


def _quiet(course: Course, condition: Fewer) -> Floats:
    """Probability that a step passes without a report, in each joint state: (S, D)."""
    indicators = len(course.tables.slot)
    detection = np.zeros((1, indicators))
    detection[0, condition.indicator] = condition.detection
    nowhere, nothing = np.zeros(0, np.int64), np.zeros(0)
    looked = Evidence(np.zeros(1, np.int64), detection, nowhere, nowhere, nothing, nothing)
    row, scaled, shift = course.plain.emission(looked)
    wide: Floats = scaled[row[0]].reshape(-1, course.draws) * np.exp(shift[row[0]])
    return wide
