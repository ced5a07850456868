"""Scenes: the mass of the paths that keep to conditions, for a batch of draws; sums of streams.

A sum says how much a count or a value adds up to over some weeks. The weeks that are over add what
was reported of them; a week that nobody reported adds nothing. For those to come the network gives
the whole distribution: exactly for counts, by drawing courses for values.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.beliefs.indicators import ValueIndicator
from forecast.beliefs.question_language import Sum
from forecast.inference.encoding import Component, Encoding
from forecast.inference.observations import date_of_step, steps_until
from forecast.network import (
    Avoid,
    Condition,
    Course,
    Evidence,
    Parameters,
    Propagator,
    Regime,
    Whole,
    Within,
    advance,
    batches,
    carry,
    forecast,
    message,
    passes,
)
from forecast.network.filtering import count_means, simulate_values, sum_distribution

__all__ = [
    "LEVELS",
    "Conditions",
    "Past",
    "Scene",
    "SumForecast",
    "SumWindow",
    "place_sum",
    "sum_forecast",
    "until",
]


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


#: Levels at which the distribution of a sum is kept: 199 points of equal weight.
LEVELS: tuple[float, ...] = tuple((n + 0.5) / 199 for n in range(199))

_COURSES = 8
_SMALLEST, _LARGEST = 64, 1 << 16
_TAIL = 1e-7
#: Work for one distribution, in states times draws times points; more draws than fit are thinned.
_WORK = 5e7


@dataclass(frozen=True, eq=False)
class SumForecast:
    """What a stream is forecast to sum to.

    Attributes
    ----------
    probability : (D,) array
        Of a sum above the threshold, draw by draw.
    weights : (D,) array
        Of these draws; they sum to one. A large network is answered with fewer draws.
    mean : float
    quantiles : tuple of float
        Of the sum, at `LEVELS`.
    known : float
        What the weeks that are over add.
    """

    probability: Floats
    weights: Floats
    mean: float
    quantiles: tuple[float, ...]
    known: float


@dataclass(frozen=True, eq=False)
class SumWindow:
    """A sum on the grid: its known part, and the steps to come.

    `gap` steps lie before those to come; `begun` says that the first of them is the present one.
    """

    encoding: Encoding
    component: Component
    evidence: Evidence
    asked: Sum
    number: int
    known: float
    gap: int
    steps: int
    begun: bool

    def now(self, parameters: Parameters) -> tuple[Propagator, Floats]:
        """Give the states at the end of the step before those to come, (S, D)."""
        whole = Propagator(self.component.tables, parameters, step=self.encoding.step)
        last = passes(whole, self.evidence).probability[-1]
        return whole, forecast(whole, last, steps=self.gap)[-1] if self.gap else last


def place_sum(encoding: Encoding, evidence: Evidence, asked: Sum, *, as_of: dt.date) -> SumWindow:
    """Put a sum on the grid; a step that is over and has no number adds nothing."""
    number = encoding.indicators.index(asked.indicator)
    indicator = encoding.beliefs.indicators[asked.indicator]
    last = steps_until(encoding, asked.by)
    first = last - asked.over // encoding.step + 1
    known, told = 0.0, set()
    cells = zip(evidence.cell_step, evidence.cell_indicator, evidence.cell_value, strict=True)
    for step, which, value in cells:
        if which == number and first <= step + 1 <= last:
            plain = float(value)
            known += indicator.written(plain) if isinstance(indicator, ValueIndicator) else plain
            told.add(int(step) + 1)
    now = evidence.steps
    unfinished = now > 0 and date_of_step(encoding, now) > as_of and now not in told
    ahead = [s for s in range(first, last + 1) if s > now or (s == now and unfinished)]
    return SumWindow(
        encoding=encoding,
        component=next(c for c in encoding.components if c.tables.slot[number] >= 0),
        evidence=evidence,
        asked=asked,
        number=number,
        known=known,
        gap=max(0, first - now - 1),
        steps=len(ahead),
        begun=bool(ahead) and ahead[0] == now,
    )


def sum_forecast(
    window: SumWindow, parameters: Parameters, *, weights: Floats | None = None, seed: int = 1
) -> SumForecast:
    """Forecast the sum of a stream over the steps that end on a date.

    Parameters
    ----------
    window : SumWindow
        The sum on the grid.
    parameters : Parameters
        Draws of the rates.
    weights : (D,), optional
        Of the draws; by default all weigh the same.
    seed : int
        Of the courses of a value.
    """
    draws, above = parameters.draws, window.asked.above
    even = np.full(draws, 1.0 / draws) if weights is None else weights
    if not window.steps:
        certain = np.full(draws, float(window.known > above))
        everywhere = (window.known,) * len(LEVELS)
        return SumForecast(certain, even, window.known, everywhere, window.known)
    indicator = window.encoding.beliefs.indicators[window.asked.indicator]
    if isinstance(indicator, ValueIndicator):
        return _of_values(window, parameters, even, above, indicator=indicator, seed=seed)
    return _of_counts(window, parameters, even, above)


def _of_counts(
    window: SumWindow, parameters: Parameters, weights: Floats, above: float
) -> SumForecast:  # fmt: skip
    """Widen the distribution until nothing of it is folded back.

    It starts at twice the largest mean of any state, so that no state lies beyond it as a whole.
    """
    tables = window.component.tables
    means = count_means(tables, parameters, window.number, step=window.encoding.step)
    size = _SMALLEST
    while size <= max(above - window.known, 2.0 * window.steps * means.max()) and size < _LARGEST:
        size *= 2
    while True:
        work = float(np.prod(tables.sizes)) * size * window.steps
        stride = max(1, int(np.ceil(parameters.draws * work / _WORK)))
        used = parameters.take(slice(0, None, stride))
        # one draw stands for a few, with the weight of all of them
        even = np.add.reduceat(weights, np.arange(0, parameters.draws, stride))
        chance = np.concatenate(
            [_sums(window, used.take(batch), size) for batch in batches(used.draws)], axis=1
        )
        mixed = chance @ even
        if mixed[size // 2 :].sum() < _TAIL or size >= _LARGEST:
            break
        size *= 2
    sums = window.known + np.arange(size, dtype=np.float64)
    probability = np.clip(chance[sums > above].sum(axis=0), 0.0, 1.0)
    mean = float(sums @ mixed / mixed.sum())
    quantiles = _quantiles(sums, mixed / mixed.sum())
    return SumForecast(probability, even, mean, quantiles, window.known)


def _sums(window: SumWindow, parameters: Parameters, size: int) -> Floats:
    whole, now = window.now(parameters)
    return sum_distribution(
        whole, now, window.number, steps=window.steps, size=size, begun=window.begun
    )


def _of_values(
    window: SumWindow,
    parameters: Parameters,
    weights: Floats,
    above: float,
    *,
    indicator: ValueIndicator,
    seed: int,
) -> SumForecast:
    parts = []
    for place, batch in enumerate(batches(parameters.draws)):
        whole, now = window.now(parameters.take(batch))
        span = {"steps": window.steps, "courses": _COURSES, "seed": seed + place}
        drawn = simulate_values(whole, now, window.number, **span, begun=window.begun)
        unit = indicator.asinh
        parts.append((drawn if unit is None else unit * np.sinh(drawn)).sum(axis=0))
    sums = window.known + np.concatenate(parts, axis=1)
    probability = (sums > above).mean(axis=0)
    flat, share = sums.ravel(), np.broadcast_to(weights / _COURSES, sums.shape).ravel()
    order = np.argsort(flat)
    quantiles = _quantiles(flat[order], share[order])
    return SumForecast(probability, weights, float(flat @ share), quantiles, window.known)


def _quantiles(sums: Floats, chance: Floats) -> tuple[float, ...]:
    """Give the quantiles of a distribution over rising sums at `LEVELS`."""
    reached = np.searchsorted(chance.cumsum(), LEVELS)
    return tuple(float(sums[min(n, len(sums) - 1)]) for n in reached)
