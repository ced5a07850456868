"""Asking: the probability of a question, exactly, draw by draw, over all dates to its deadline.

What is reached or counted is found by what it leaves out (`forecast.network.conditions`), several
parts by inclusion and exclusion: ``P(A and B) = 1 - P(not A) - P(not B) + P(neither)``. A condition
after *given* acts on states and rates: ``P(A | B) = E[P(A and B)] / E[P(B)]`` over the draws.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, product

import numpy as np
import numpy.typing as npt

from forecast.analysis.orders import order_curve
from forecast.analysis.reported import reported_by
from forecast.analysis.sums import SumForecast, sum_forecast
from forecast.beliefs.indicators import PresenceIndicator
from forecast.beliefs.question_language import (
    Asked,
    Before,
    Is,
    Part,
    Reaches,
    Recorded,
    Reports,
    Sum,
)
from forecast.errors import EvidenceError
from forecast.inference.encoding import Encoding
from forecast.inference.observations import date_on_grid, opening_step, share_of_step, step_on_grid
from forecast.network import (
    Avoid,
    Condition,
    Course,
    Evidence,
    Fewer,
    Parameters,
    Whole,
    Within,
    batches,
    carry,
    message,
)

__all__ = ["Response", "ask"]

Floats = npt.NDArray[np.float64]

_NEXT_TO_NEVER = 1e-9


@dataclass(frozen=True, eq=False)
class Response:
    """The answer to a question, draw by draw.

    Attributes
    ----------
    dates : list of date
        To the deadline; at each, every later deadline of the question is brought forward to it.
    probability : (n_dates, D) array
        Of yes, given the condition.
    weights : (D,) array
        Of the draws, given the condition; they sum to one.
    given : float or None
        Probability of the condition, where there is one.
    total : SumForecast or None
        The whole distribution, where a sum is asked for.
    """

    dates: list[dt.date]
    probability: Floats
    weights: Floats
    given: float | None
    total: SumForecast | None = None


@dataclass(frozen=True)
class _Placed:
    """A part on the grid: the component it speaks of and what it asks there.

    The condition is what the part *is* (`Within`), or what leaves it out (`Avoid`, `Fewer`).
    """

    component: int
    condition: Condition
    share: float  # how far into its last step the deadline lies
    head: bool

    @property
    def ends(self) -> int:
        found = self.condition
        return found.at if isinstance(found, Within) else found.closes

    def ending(self, step: int) -> _Placed:
        """Bring the deadline to another step."""
        found = self.condition
        if isinstance(found, Within):
            return replace(self, condition=replace(found, at=step))
        return replace(self, condition=replace(found, closes=step))


def ask(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    asked: Asked,
    *,
    weights: Floats,
    as_of: dt.date,
) -> Response:
    """Answer a question.

    A deadline within a step is a mean of the two ends of the step, as for the questions of a brief.

    Parameters
    ----------
    encoding, parameters
        The model and draws of its rates.
    evidence : Evidence
        All that is known; all of it is used, also what came after a date asked about.
    asked : Asked
    weights : (D,) array
        Of the draws, summing to one.
    as_of : datetime.date
        Date of the evidence.

    Raises
    ------
    EvidenceError
        If what is given is next to impossible.
    """
    if isinstance(asked.head, Sum):
        total = sum_forecast(
            encoding, parameters, evidence, asked.head, as_of=as_of, weights=weights
        )
        return Response(
            [asked.head.by], total.probability[None], total.weights, given=None, total=total
        )
    if isinstance(asked.head, Recorded):
        days, draws = reported_by(encoding, parameters, evidence, asked.head.question, as_of=as_of)
        return Response(days, draws, weights, given=None)
    now = evidence.steps
    placed = [_place(encoding, part, now, as_of, head=True) for part in asked.parts]
    given = [_place(encoding, part, now, as_of, head=False) for part in asked.given]
    _require_open(encoding, evidence, [*asked.parts, *asked.given])
    last = max(part.ends for part in placed)
    steps = max([now, *(part.ends for part in (*placed, *given))])
    first = min(_opens(part) for part in placed)
    top = np.empty((last - first + 1, parameters.draws))
    bottom = np.empty(parameters.draws)
    for batch in batches(parameters.draws):
        courses = [
            Course(c.tables, parameters.take(batch), step=encoding.step)
            for c in encoding.components
        ]
        wholes = [course.whole(evidence, steps=steps) for course in courses]
        top[:, batch], bottom[batch] = _joint(
            _Scene(courses, wholes, steps), placed, given, isinstance(asked.head, Before), first
        )
    chance = float(weights @ bottom)
    if chance < _NEXT_TO_NEVER:
        raise EvidenceError(f"question {asked.text!r}: what is given is next to impossible")
    dates = [date_on_grid(encoding, step, now=now, as_of=as_of) for step in range(first, last + 1)]
    values = top / np.where(bottom > 0.0, bottom, 1.0)
    share = min(part.share for part in placed if part.ends == last)
    if len(values) > 1:
        values[-1] = values[-2] + share * (values[-1] - values[-2])
        dates[-1] = max(_deadline(part) for part in asked.parts)
        # the step a question opens in may begin before it does
        dates[0] = max(dates[0], min(_from(part) for part in asked.parts))
    return Response(
        dates,
        np.clip(values, 0.0, 1.0),
        weights * bottom / chance,
        chance if asked.given else None,
    )


def _deadline(part: Part) -> dt.date:
    return part.on if isinstance(part, Is) else part.by


def _from(part: Part) -> dt.date:
    return dt.date.min if isinstance(part, Is) else part.since


def _opens(part: _Placed) -> int:
    return 0 if isinstance(part.condition, Within) else part.condition.opens


def _place(encoding: Encoding, part: Part, now: int, as_of: dt.date, *, head: bool) -> _Placed:
    """Put a part on the grid."""
    day = _deadline(part)
    if isinstance(part, Is):
        opens, ends = 0, step_on_grid(encoding, day, now=now, as_of=as_of)
    elif isinstance(part, Reports):
        opens = max(now, step_on_grid(encoding, part.since, now=now, as_of=as_of))
        ends = max(opens + 1, step_on_grid(encoding, day, now=now, as_of=as_of))
    else:
        opens = opening_step(encoding, part.since, now=now, as_of=as_of)
        ends = max(opens + 1, step_on_grid(encoding, day, now=now, as_of=as_of))
    share = share_of_step(encoding, ends, day, now=now, as_of=as_of) if ends else 1.0
    if isinstance(part, Reports):
        number = encoding.indicators.index(part.indicator)
        indicator = encoding.beliefs.indicators[part.indicator]
        assert isinstance(indicator, PresenceIndicator)
        component = next(n for n, c in enumerate(encoding.components) if c.tables.slot[number] >= 0)
        found: Condition = Fewer(number, part.count, opens, ends, indicator.detection)
        return _Placed(component, found, share, head)
    where, position = encoding.place(part.node)
    component = encoding.components.index(where)
    states = frozenset(encoding.state_numbers(part.node, part.states))
    found = Within(position, states, ends)
    if isinstance(part, Reaches):
        found = Avoid(position, states, opens, ends)
    return _Placed(component, found, share, head)


def _require_open(encoding: Encoding, evidence: Evidence, parts: Sequence[Part]) -> None:
    """Refuse to count a milestone that was reported already."""
    for part in parts:
        if not isinstance(part, Reports):
            continue
        indicator = encoding.beliefs.indicators[part.indicator]
        number = encoding.indicators.index(part.indicator)
        once = isinstance(indicator, PresenceIndicator) and not indicator.recurs
        if once and (evidence.cell_indicator == number).any():
            raise EvidenceError(
                f"{part.indicator} happens once, and has been reported; ask about another indicator"
            )


@dataclass(frozen=True, eq=False)
class _Scene:
    """Every component with one batch of draws."""

    courses: Sequence[Course]
    wholes: Sequence[Whole]
    steps: int


def _joint(
    scene: _Scene,
    head: Sequence[_Placed],
    given: Sequence[_Placed],
    order: bool,  # noqa: FBT001
    first: int,
) -> tuple[Floats, Floats]:
    """Probability of head and condition by every date (n, D), and of the condition (D,)."""
    last = max(part.ends for part in head)
    top = np.zeros((last - first + 1, scene.courses[0].draws))
    bottom = np.zeros(scene.courses[0].draws)
    whole_head = [part for part in head if part.ends == last]
    early = [part for part in head if part.ends != last]
    for weight, corner in _corners([*early, *given]):
        fixed_head = [*whole_head, *corner[: len(early)]]
        fixed_given = corner[len(early) :]
        some, all_of_it = _inclusion(scene, fixed_head, fixed_given, order, first, last)
        top += weight * some
        bottom += weight * all_of_it
    return top, bottom


def _corners(parts: Sequence[_Placed]) -> Iterator[tuple[float, list[_Placed]]]:
    """Take each deadline within a step at both ends of the step, with its share."""
    choices = [
        [(p.share, p), (1.0 - p.share, p.ending(p.ends - 1))] if p.share < 1.0 else [(1.0, p)]
        for p in parts
    ]
    for choice in product(*choices):
        weight = float(np.prod([share for share, _ in choice])) if choice else 1.0
        if weight > 0.0:
            yield weight, [part for _, part in choice]


def _subsets(parts: Sequence[_Placed]) -> Iterator[tuple[float, list[_Placed]]]:
    """Give every set of parts that are left out, with its sign; what *is* is never left out."""
    out = [part for part in parts if not isinstance(part.condition, Within)]
    every = chain.from_iterable(combinations(out, n) for n in range(len(out) + 1))
    for some in every:
        yield (-1.0) ** len(some), list(some)


def _inclusion(
    scene: _Scene,
    head: Sequence[_Placed],
    given: Sequence[_Placed],
    order: bool,  # noqa: FBT001
    first: int,
    last: int,
) -> tuple[Floats, Floats]:
    top = np.zeros((last - first + 1, scene.courses[0].draws))
    bottom = np.zeros(scene.courses[0].draws)
    at = [part for part in head if isinstance(part.condition, Within)]
    given_at = [part for part in given if isinstance(part.condition, Within)]
    for sign, avoided in _subsets(given):
        kept = [*avoided, *given_at]
        later = [
            message(course, whole, _of(kept, number), steps=scene.steps)
            for number, (course, whole) in enumerate(zip(scene.courses, scene.wholes, strict=True))
        ]
        begun = np.prod(
            [_start(scene, number, kept, later[number]) for number in range(len(later))], axis=0
        )
        bottom += sign * begun
        if order:
            top += sign * order_curve(
                scene.courses, scene.wholes,
                [(part.component, part.condition) for part in head],
                [_of(kept, number) for number in range(len(later))],
                later=later, first=first, last=last,
            )  # fmt: skip
            continue
        for other_sign, left_out in _subsets(head):
            if not left_out and not at:
                top += sign * other_sign * begun
                continue
            value = np.ones((last - first + 1, scene.courses[0].draws))
            for number in range(len(later)):
                value *= _curve(
                    scene, number, [*left_out, *at], kept, later[number], first=first, last=last
                )
            top += sign * other_sign * value
    return top, bottom


def _of(parts: Sequence[_Placed], component: int) -> list[Condition]:
    return [part.condition for part in parts if part.component == component]


def _start(scene: _Scene, number: int, kept: Sequence[_Placed], later: Floats) -> Floats:
    """Probability that a component keeps to the condition: (D,)."""
    begin = carry(scene.courses[number], scene.wholes[number], _of(kept, number), steps=0)[0]
    total: Floats = (begin * later[0]).sum(axis=(0, 1))
    return total


def _curve(
    scene: _Scene,
    number: int,
    head: Sequence[_Placed],
    kept: Sequence[_Placed],
    later: Floats,
    *,
    first: int,
    last: int,
) -> Floats:
    """Probability that one component keeps to everything, by every date: (n, D)."""
    course, whole = scene.courses[number], scene.wholes[number]
    own = _of(head, number)
    mass = carry(course, whole, [*own, *_of(kept, number)], steps=last)
    out = np.empty((last - first + 1, course.draws))
    for step in range(first, last + 1):
        now = mass[step]
        for condition in own:  # a day asked about that is still ahead is brought forward
            if isinstance(condition, Within) and condition.at > step:
                there = course.there(condition.node, condition.states)
                now = np.where(there[:, None], now, 0.0)
        out[step - first] = (now * later[step]).sum(axis=(0, 1))
    return out
