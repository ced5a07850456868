"""Scenes: the mass of the paths that keep to conditions, for one batch of draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.inference.encoding import Encoding
from forecast.network import (
    Avoid,
    Condition,
    Course,
    Evidence,
    Parameters,
    Regime,
    Whole,
    Within,
    advance,
    batches,
    carry,
    message,
)

__all__ = ["Conditions", "Past", "Scene", "until"]

Floats = npt.NDArray[np.float64]
Conditions = tuple[Condition, ...]

#: The end of a condition that is brought forward to every step it is read at.
_OPEN = -1


@dataclass(frozen=True, eq=False)
class Past:
    """What several futures that leave the past alone go on from.

    Attributes
    ----------
    evidence : Evidence
        To the as-of date.
    now : int
        Its number of steps.
    joint : list of (S, D) array
        Filtered at the as-of date, for each component.
    kept : dict
        Mass at the as-of date of the paths that keep to a condition, by component and condition.
    log_likelihood : (D,)
        Of the evidence.
    """

    evidence: Evidence
    now: int
    joint: Sequence[Floats]
    kept: Mapping[tuple[int, Condition], Floats]
    log_likelihood: Floats

    @classmethod
    def of(
        cls,
        encoding: Encoding,
        parameters: Parameters,
        evidence: Evidence,
        conditions: Iterable[tuple[int, Condition]],
    ) -> Past:
        """Work it out for conditions, each with its component and the last step it is read at."""
        now, draws = evidence.steps, parameters.draws
        keys = [(number, until(condition, now)) for number, condition in conditions]
        sizes = [int(np.prod(component.tables.sizes)) for component in encoding.components]
        joint = [np.empty((size, draws)) for size in sizes]
        kept = {key: np.empty((sizes[key[0]], draws)) for key in keys}
        total = np.zeros(draws)
        for batch in batches(draws):
            scene = Scene(encoding, parameters.take(batch), evidence, steps=now)
            for number, into in enumerate(joint):
                into[:, batch] = scene.whole(number).probability[now]
                total[batch] += scene.whole(number).log_likelihood
            for (number, condition), into in kept.items():
                course, whole = scene.courses[number], scene.whole(number)
                into[:, batch] = carry(course, whole, [condition], steps=now)[now, 0]
        return cls(evidence, now, joint, kept, total)

    def take(self, batch: slice) -> Past:
        """Return some of the draws."""
        kept = {key: mass[:, batch] for key, mass in self.kept.items()}
        joint = [each[:, batch] for each in self.joint]
        return Past(self.evidence, self.now, joint, kept, self.log_likelihood[batch])


class Scene:
    """Every component with one batch of draws, worked out where it is asked about.

    Parameters
    ----------
    encoding, parameters, evidence
        The model, a batch of draws, and all that is known.
    steps : int
        Length: the last step anything is asked of.
    regimes : sequence of sequence of Regime, optional
        Interventions, for each component.
    past : Past, optional
        Where to go on from; nothing before can be read then.
    """

    def __init__(
        self,
        encoding: Encoding,
        parameters: Parameters,
        evidence: Evidence,
        *,
        steps: int,
        regimes: Sequence[Sequence[Regime]] | None = None,
        past: Past | None = None,
    ) -> None:
        every = encoding.components
        self.courses = [
            Course(c.tables, parameters, step=encoding.step, regimes=regimes[n] if regimes else ())
            for n, c in enumerate(every)
        ]
        self.evidence, self.steps, self.past = evidence, steps, past
        self.draws = parameters.draws
        self._wholes: dict[int, Whole] = {}
        self._later: dict[tuple[int, Conditions], Floats] = {}
        self._curves: dict[tuple[int, Conditions, Conditions], tuple[int, Floats]] = {}

    def whole(self, number: int) -> Whole:
        """Return the course of a component without conditions."""
        if number not in self._wholes:
            past = self.past
            begin = None if past is None else (past.now, past.joint[number])
            course = self.courses[number]
            self._wholes[number] = course.whole(self.evidence, steps=self.steps, begin=begin)
        return self._wholes[number]

    def later(self, number: int, given: Conditions = ()) -> Floats:
        """Return how probable each state makes the later evidence and what is given."""
        key = number, given
        if key not in self._later:
            self._later[key] = message(
                self.courses[number],
                self.whole(number),
                given,
                steps=self.steps,
                first=0 if self.past is None else self.past.now,
            )
        return self._later[key]

    def kept(self, number: int, own: Conditions, given: Conditions, steps: Sequence[int]) -> Floats:
        """Probability that a component keeps to conditions, by each of some steps: (n, D).

        Those of `own` that end with the last of the steps are brought forward to each.
        """
        if not own and not given:
            return np.ones((len(steps), self.draws))
        if self.past is not None and steps[0] <= self.past.now:
            (condition,) = own
            return np.concatenate(
                [
                    self._settled(number, condition.ending(step))
                    if step <= self.past.now
                    else self.kept(number, own, given, [step])
                    for step in steps
                ]
            )
        first, last = steps[0], steps[-1]
        opened = tuple(each.ending(_OPEN) if each.closes == last else each for each in own)
        key = number, opened, given
        since, curve = self._curves.get(key, (0, np.empty((0, 0))))
        if not since <= first <= last < since + len(curve):
            curve = self._curve(number, own, given, first=first, last=last)
            since, _ = self._curves[key] = first, curve
        return np.asarray(curve[np.array(steps) - since])

    def _settled(self, number: int, condition: Condition) -> Floats:
        """Read a condition that ended before the future began: (1, D)."""
        assert self.past is not None
        now = self.past.now
        mass = self.past.kept[number, until(condition, now)]
        return np.asarray((mass * self.later(number)[now, 0]).sum(axis=0))[None]

    def _curve(
        self, number: int, own: Conditions, given: Conditions, *, first: int, last: int
    ) -> Floats:
        """Probability by every step from one to another: (last - first + 1, D)."""
        course, whole, later = self.courses[number], self.whole(number), self.later(number, given)
        begin = None
        if self.past is not None:
            now = self.past.now
            begin = now, self.past.kept[number, until(own[0], now)][None]
        mass = carry(course, whole, [*own, *given], steps=last, begin=begin)
        out = np.empty((last - first + 1, self.draws))
        for step in range(first, last + 1):
            here = mass[step]
            for condition in own:  # a day asked about that is still ahead is brought forward
                if isinstance(condition, Within) and condition.at > step:
                    there = course.there(condition.node, condition.states)
                    here = np.where(there[:, None], here, 0.0)
            out[step - first] = (here * later[step]).sum(axis=(0, 1))
        return out

    def ordered(
        self,
        pair: Sequence[tuple[int, Condition]],
        given: Sequence[Conditions],
        steps: Sequence[int],
    ) -> Floats:
        """Probability that the first of two arrivals came, and the second not by then: (n, D).

        Two arrivals within one step count for neither order. Within a step the first arrival is
        what avoiding the second alone leaves, less what avoiding both leaves.
        """
        (here, one), (there, other) = pair
        assert isinstance(one, Avoid)
        assert isinstance(other, Avoid)
        rest = np.ones((len(steps), self.draws))
        for number in range(len(self.courses)):
            if number not in {here, there}:
                rest *= self.kept(number, (), given[number], steps)
        if here != there:
            still = [self.kept(n, (condition,), given[n], steps) for n, condition in pair]
            arrived = np.diff(self.kept(here, (), given[here], steps) - still[0], axis=0, prepend=0)
            return np.asarray(np.cumsum(arrived * still[1], axis=0) * rest)
        first = _one_node if one.node == other.node else _two_nodes
        won = first(self.courses[here], self.whole(here), one, other, given[here], last=steps[-1])
        later = self.later(here, given[here])
        return np.array([(won[step] * later[step]).sum(axis=(0, 1)) for step in steps]) * rest


def until(condition: Condition, now: int) -> Condition:
    """Cut a condition at a step; what only holds later says nothing yet."""
    if isinstance(condition, Avoid):
        states = condition.states if condition.opens <= now else frozenset[int]()
        opens, closes = min(condition.opens, now), min(condition.closes, now)
        return Avoid(condition.node, states, opens, closes)
    return condition


def _two_nodes(
    course: Course,
    whole: Whole,
    one: Avoid,
    other: Avoid,
    given: Conditions,
    *,
    last: int,
) -> list[Floats]:
    """Mass of the paths on which the first node arrived first, at every step."""
    neither = carry(course, whole, [one, other, *given], steps=last)
    start = carry(course, whole, [other, *given], steps=one.opens)[one.opens]
    now = start - neither[one.opens]
    out = [np.zeros_like(now)] * one.opens + [now]
    for step in range(one.opens, last):
        arrived = advance(course, whole, step, neither[step], [other, *given]) - neither[step + 1]
        now = advance(course, whole, step, now, given) + arrived
        out.append(now)
    return out


def _one_node(
    course: Course,
    whole: Whole,
    one: Avoid,
    other: Avoid,
    given: Conditions,
    *,
    last: int,
) -> list[Floats]:
    """Give the same where both arrivals are of one node, which stops where it arrives in a step."""
    both = Avoid(one.node, one.states | other.states, one.opens, one.closes)
    neither = carry(course, whole, [both, *given], steps=last)
    inside = np.isin(course.states[:, one.node], sorted(one.states))[:, None]
    begun = carry(course, whole, given, steps=one.opens)[one.opens]
    now = np.where(inside, begun, 0.0)
    out = [np.zeros_like(now)] * one.opens + [now]
    for step in range(one.opens, last):
        held = advance(
            course, whole, step, neither[step], given, stopping=[(both.node, both.states)]
        )
        now = advance(course, whole, step, now, given) + np.where(inside, held, 0.0)
        out.append(now)
    return out
