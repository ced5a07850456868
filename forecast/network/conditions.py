"""Conditions on whole paths: never there until then, there on a day, fewer reports than that.

A condition removes the paths that break it. Probabilities that carry several conditions at once
make any question about reaching, being and counting exact: the probability that a state *was*
reached is what its avoidance leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.network.evidence import Evidence, looking, with_told, without
from forecast.network.intervention import Course, Whole
from forecast.network.structure import MARK, Floats

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

    def ending(self, step: int) -> Avoid:
        """Return the same to another step."""
        return replace(self, closes=step)


@dataclass(frozen=True)
class Within:
    """A node is in one of some states at the end of a step."""

    node: int
    states: frozenset[int]
    at: int

    @property
    def closes(self) -> int:
        """Its only step is its last."""
        return self.at

    def ending(self, step: int) -> Within:
        """Return the same to another step."""
        return replace(self, at=step)


@dataclass(frozen=True)
class Fewer:
    """An indicator is reported in fewer than `count` of the steps after `opens`, to `closes`.

    A step holds one report or none, as the emission of a presence has it: of n reports so far,
    ``f_t(n, z) = (1 - q_t(z)) g(n, z) + q_t(z) g(n - 1, z)`` with ``g = f_t-1(n, .) P(., z)`` and
    ``1 - q_t(z) = (1 - d_t a(z))^kappa (1 - g_t)``, g_t from what was announced. An indicator of a
    move splits P itself, into the paths that make the move and those that do not.

    Attributes
    ----------
    indicator : int
        Its number in the network; of kind presence, or one of a move.
    count : int
    opens, closes : int
        No evidence may lie in the steps between.
    detection : tuple of float
        P(reported within the step | it happened): in what is left of the step that ends with
        `opens`, and in each after it; the last holds on.
    begun : tuple of float
        Probability of each number of steps before that had a report, below `count`.
    present : float
        Probability that the step that ends with `opens` had a report already.
    announced : tuple of float
        Probability that what was announced is found in each of the steps of `detection`, given that
        it was not before; 0 beyond them.
    kappa : float
        What the hazard of a report is multiplied by.
    """

    indicator: int
    count: int
    opens: int
    closes: int
    detection: tuple[float, ...]
    begun: tuple[float, ...] = (1.0,)
    present: float = 0.0
    announced: tuple[float, ...] = ()
    kappa: float = 1.0

    def chance(self, step: int) -> float:
        """Give the detection in a step, counted from 1."""
        return self.detection[min(step - self.opens, len(self.detection) - 1)]

    def missed(self, step: int) -> float:
        """Probability that what was announced is not found in a step."""
        since = step - self.opens
        return 1.0 - self.announced[since] if since < len(self.announced) else 1.0

    def ending(self, step: int) -> Fewer:
        """Return the same to another step."""
        return replace(self, closes=step)


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
        kept = none_of(course, out[first], conditions, first)
        out[first] = _count(course, whole, kept, conditions, first)
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
    counted = _counted_move(course, conditions, step + 1)
    said = (whole.evidence, step) if counted is None else (counted[0], 0)
    for number, layer in enumerate(entered):
        after[number] = propagator.move(layer, *said)
    if counted is not None:
        for number, layer in enumerate(entered[:-1]):
            after[number + 1] += counted[1] * propagator.move(layer, counted[0], 1)
    weight = whole.weight[step]
    if weight is not None:
        after *= weight
    kept = none_of(course, after, conditions, step + 1)
    return _count(course, whole, kept, conditions, step + 1)


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
        The message is left undefined before the end of this step.

    Returns
    -------
    (steps + 1, L, S, D) array
        Times the result of `carry` at the same step, summed over states and layers: the probability
        that all conditions are kept to the last step, given all the evidence.
    """
    layers = max([c.count for c in conditions if isinstance(c, Fewer)], default=1)
    shape = (steps + 1, layers, *whole.probability.shape[1:])
    out = np.empty(shape)
    out[first:] = 1.0
    told = [number + 1 for number, w in enumerate(whole.weight[:steps]) if w is not None]
    told += [min(steps, c.closes) for c in conditions]
    for step in range(max([first, *told]) - 1, first - 1, -1):  # beyond, nothing is said
        later = none_of(course, out[step + 1].copy(), conditions, step + 1)
        later = _count_back(course, whole, later, conditions, step + 1)
        weight = whole.weight[step]
        if weight is not None:
            later = later * weight
        propagator = course.propagator(step, _absorbing(conditions, step))
        counted = _counted_move(course, conditions, step + 1)
        said = (whole.evidence, step) if counted is None else (counted[0], 0)
        before = [propagator.pull(layer, *said) for layer in later]
        if counted is not None:
            for number, layer in enumerate(later[1:]):
                before[number] += counted[1] * propagator.pull(layer, counted[0], 1)
        pulled = _kept(course, before, conditions, step)
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


def _counted_move(
    course: Course, conditions: Sequence[Condition], step: int
) -> tuple[Evidence, float] | None:
    """Look for the move whose reports are counted in a step, and give the chance of finding it.

    The evidence has two steps: looked for in vain, and reported for certain.
    """
    for c in conditions:
        if isinstance(c, Fewer) and c.opens < step <= c.closes and _marks(course, c):
            chance = c.chance(step)
            return looking(len(course.tables.slot), c.indicator, (chance,)), chance
    return None


def _marks(course: Course, condition: Fewer) -> bool:
    return int(course.tables.kinds[course.tables.slot[condition.indicator]]) == MARK


def _just_made(course: Course, whole: Whole, indicator: int, step: int) -> Floats:
    """Probability that the step that ended made the move an indicator marks, by its end: (S, D).

    Whatever that indicator itself said in this step is left out, as it is of a presence.
    """
    if not 0 < step <= whole.evidence.steps:
        return np.zeros_like(whole.probability[0])
    last = whole.evidence.between(step - 1, step)
    before, move = whole.probability[step - 1], course.plain.move
    made, every = (
        move(before, with_told(last, indicator), 0),
        move(before, without(last, indicator), 0),
    )
    return np.divide(made, every, out=np.zeros_like(every), where=every > 0.0)


def _count(
    course: Course, whole: Whole, now: Floats, conditions: Sequence[Condition], step: int
) -> Floats:
    """Move mass (L, S, D) up by one report, in place, as far as a step brings one."""
    for condition in conditions:
        if isinstance(condition, Fewer) and condition.opens <= step <= condition.closes:
            if step == condition.opens:
                begun = np.array(condition.begun)[:, None, None]
                now[: len(begun)] = begun * now[0]
            quiet = _quiet(course, whole, condition, step)
            told = now[:-1] * (1.0 - quiet) if len(now) > 1 else 0.0
            now *= quiet
            now[1:] += told
    return now


def _count_back(
    course: Course, whole: Whole, later: Floats, conditions: Sequence[Condition], step: int
) -> Floats:
    """Pull a message (L, S, D) back through `_count`."""
    for condition in conditions:
        if isinstance(condition, Fewer) and condition.opens <= step <= condition.closes:
            quiet = _quiet(course, whole, condition, step)
            back = quiet * later
            back[:-1] += (1.0 - quiet) * later[1:]
            if step == condition.opens:
                back[0] = np.tensordot(condition.begun, back[: len(condition.begun)], axes=1)
            later = back
    return later


def _quiet(course: Course, whole: Whole, condition: Fewer, step: int) -> Floats:
    """Probability that a step passes without a report, ``1 - q_t(z)`` in each joint state: (S, D).

    Every question about reports survives step by step by this and nothing else; those of a move are
    in the transition, and only that of the present step is here.
    """
    since, chance = step - condition.opens, condition.chance(step)
    if not _marks(course, condition):
        quiet = course.quiet(condition.indicator, chance, condition.kappa)
    elif since or not chance:
        quiet = np.ones_like(whole.probability[0])
    else:
        quiet = 1.0 - chance * _just_made(course, whole, condition.indicator, step)
    if condition.announced:
        quiet = condition.missed(step) * quiet
    return quiet if since else (1.0 - condition.present) * quiet
