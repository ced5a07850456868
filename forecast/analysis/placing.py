"""Placing: a question put on the grid once, as conditions on paths and the steps they are read at.

What is reached or counted is placed as what it leaves out: never there, fewer reports than that. A
deadline within a step is a mean of the two ends of the step, in the share it lies into it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from forecast.analysis.scenes import SumWindow, place_sum
from forecast.beliefs import Question
from forecast.beliefs.indicators import MoveIndicator, PresenceIndicator
from forecast.beliefs.question_language import (
    Asked,
    Before,
    Is,
    Part,
    Reaches,
    Recorded,
    Reports,
    Sum,
    asked_by,
)
from forecast.errors import EvidenceError
from forecast.inference.encoding import Encoding
from forecast.inference.observations import (
    date_of_step,
    date_on_grid,
    opening_step,
    share_of_step,
    step_on_grid,
    steps_until,
)
from forecast.network import Announced, Avoid, Condition, Evidence, Fewer, Foreseen, Within

__all__ = [
    "PlacedPart",
    "PlacedQuestion",
    "anchored",
    "foreseen_ahead",
    "heard_of",
    "place",
    "place_each_report",
    "place_question",
]

Floats = npt.NDArray[np.float64]
_Span = tuple[dt.date, dt.date]  # the day before its first, and its last


@dataclass(frozen=True)
class PlacedPart:
    """A part of a question on the grid.

    Attributes
    ----------
    component : int
        The component it speaks of.
    condition : Condition
        What the part *is* (`Within`), or what leaves it out (`Avoid`, `Fewer`).
    share : float
        How far into its last step the deadline lies.
    """

    component: int
    condition: Condition
    share: float = 1.0

    @property
    def opens(self) -> int:
        """Step from whose end on it counts."""
        found = self.condition
        return 0 if isinstance(found, Within) else found.opens

    @property
    def ends(self) -> int:
        """Its last step."""
        return self.condition.closes

    def ending(self, step: int) -> PlacedPart:
        """Bring the deadline to the end of another step."""
        return replace(self, condition=self.condition.ending(step), share=1.0)


@dataclass(frozen=True)
class PlacedQuestion:
    """A question on the grid.

    Attributes
    ----------
    head : tuple of PlacedPart
        What is asked: that all of it is so.
    dates : tuple of date
        Of the curve, to the deadline; at each, every later deadline is brought forward to it.
    steps : tuple of int
        Step that each date reads, but for those settled.
    settled : tuple of float
        Probability at the first dates, where it is the same in all draws.
    given : tuple of PlacedPart
        On what condition.
    order : bool
        Whether the first of two arrivals is asked to come before the second.
    total : SumWindow or None
        A sum, which has no parts.
    text : str
        As it was typed.
    """

    head: tuple[PlacedPart, ...]
    dates: tuple[dt.date, ...]
    steps: tuple[int, ...] = ()
    settled: tuple[float, ...] = ()
    given: tuple[PlacedPart, ...] = ()
    order: bool = False
    total: SumWindow | None = None
    text: str = ""

    def at_its_end(self) -> PlacedQuestion:
        """Leave of the curve what the deadline needs."""
        return replace(self, dates=self.dates[-2:], steps=self.steps[-2:])

    @property
    def announced(self) -> float | None:
        """Probability that what is announced alone brings a yes to come; None where it cannot."""
        for part in self.head:
            asked = part.condition
            if isinstance(asked, Fewer) and asked.announced and asked.count == 1:
                return float(1.0 - np.prod(1.0 - np.array(asked.announced))) or None
        return None

    @property
    def ends(self) -> int:
        """The last step of all parts."""
        return max((part.ends for part in (*self.head, *self.given)), default=0)

    @property
    def share(self) -> float:
        """How far into the last step the deadline lies."""
        return min(part.share for part in self.head if part.ends == self.steps[-1])


def place_question(
    encoding: Encoding, evidence: Evidence, question: Question, *, as_of: dt.date
) -> PlacedQuestion:
    """Put a question of the brief on the grid; its curve begins where it opens."""
    return place(encoding, evidence, asked_by(question), as_of=as_of, since=question.opens)


def place(
    encoding: Encoding,
    evidence: Evidence,
    asked: Asked,
    *,
    as_of: dt.date,
    since: dt.date | None = None,
) -> PlacedQuestion:
    """Put a question on the grid.

    Parameters
    ----------
    encoding : Encoding
        The model.
    evidence : Evidence
        All that is known; its last step stands for `as_of`.
    asked : Asked
    as_of : datetime.date
        Date of the evidence.
    since : datetime.date, optional
        First date of the curve of a state on a day; by default that of the brief.

    Raises
    ------
    EvidenceError
        If reports are counted of a milestone that was reported already.
    """
    if isinstance(asked.head, Sum):
        total = place_sum(encoding, evidence, asked.head, as_of=as_of)
        return PlacedQuestion((), (asked.head.by,), total=total)
    if isinstance(asked.head, Recorded):
        return _place_recorded(encoding, evidence, asked.head.question, as_of=as_of)
    now = evidence.steps
    _require_open(encoding, evidence, (*asked.parts, *asked.given))
    put = partial(_place_part, encoding, evidence, as_of=as_of)
    head = tuple(put(part, since=since) for part in asked.parts)
    given = tuple(put(part, since=None) for part in asked.given)
    ends = max(part.ends for part in head)
    begin = None if since is None else opening_step(encoding, since, now=now, as_of=as_of)
    first = min(part.opens for part in head) if begin is None else begin
    dates = [date_on_grid(encoding, s, now=now, as_of=as_of) for s in range(first, ends + 1)]
    if len(dates) > 1:
        dates[-1] = max(part.on if isinstance(part, Is) else part.by for part in asked.parts)
        # the step a question opens in may begin before it does
        opened = [dt.date.min if isinstance(part, Is) else part.since for part in asked.parts]
        dates[0] = max(dates[0], since or min(opened))
    order = isinstance(asked.head, Before)
    steps = tuple(range(first, ends + 1))
    return PlacedQuestion(head, tuple(dates), steps, given=given, order=order, text=asked.text)


def _place_part(
    encoding: Encoding,
    evidence: Evidence,
    part: Part,
    *,
    as_of: dt.date,
    since: dt.date | None,
) -> PlacedPart:
    now = evidence.steps
    day = part.on if isinstance(part, Is) else part.by
    ends, opens = step_on_grid(encoding, day, now=now, as_of=as_of), 0
    if isinstance(part, Reports):
        opens = max(now, step_on_grid(encoding, part.since, now=now, as_of=as_of))
    elif isinstance(part, Reaches):
        opens = opening_step(encoding, part.since, now=now, as_of=as_of)
    elif since is not None:
        opens = opening_step(encoding, since, now=now, as_of=as_of)
    if since is not None or not isinstance(part, Is):
        ends = max(opens + 1, ends)
    share = share_of_step(encoding, ends, day, now=now, as_of=as_of) if ends else 1.0
    if isinstance(part, Reports):
        number = encoding.indicators.index(part.indicator)
        edges = [date_on_grid(encoding, s, now=now, as_of=as_of) for s in range(opens, ends + 1)]
        spans = [(edges[0], edges[0]), *pairwise(edges)]
        coming = _Coming.of(encoding, evidence, number)
        detection = _presence(encoding, part.indicator).detection
        chances = (0.0, *([detection] * (len(spans) - 1 if coming.windows else 1)))
        fewer = Fewer(
            number, part.count, opens, ends,
            coming.possible(chances, spans),
            announced=coming.found((0.0, *[detection] * (len(spans) - 1)), spans),
        )  # fmt: skip
        return PlacedPart(_component(encoding, number), fewer, share)
    where, position = encoding.place(part.node)
    states = frozenset(encoding.state_numbers(part.node, part.states))
    found: Condition = Within(position, states, ends)
    if isinstance(part, Reaches):
        found = Avoid(position, states, opens, ends)
    return PlacedPart(encoding.components.index(where), found, share)


def _presence(encoding: Encoding, name: str) -> PresenceIndicator | MoveIndicator:
    indicator = encoding.beliefs.indicators[name]
    assert indicator.kind == "presence"
    return indicator


def _component(encoding: Encoding, indicator: int) -> int:
    every = enumerate(encoding.components)
    return next(n for n, component in every if component.tables.slot[indicator] >= 0)


def _require_open(encoding: Encoding, evidence: Evidence, parts: Iterable[Part]) -> None:
    """Refuse to count a milestone that was reported already."""
    for part in parts:
        if isinstance(part, Reports) and _is_over(encoding, evidence, part.indicator):
            raise EvidenceError(
                f"{part.indicator} happens once, and has been reported; ask about another indicator"
            )


def _is_over(encoding: Encoding, evidence: Evidence, name: str) -> bool:
    """Whether an indicator is a milestone that was reported."""
    number = encoding.indicators.index(name)
    told = bool((evidence.cell_indicator == number).any())
    return told and not _presence(encoding, name).recurs


def _place_recorded(
    encoding: Encoding, evidence: Evidence, question: Question, *, as_of: dt.date
) -> PlacedQuestion:
    """Put a question about the record on the grid: ``P(K + M >= N)``, date by date.

    K of the steps known already had an event, each with its credibility, and M of the steps to come
    have a report, each with ``d s a(z_t)``, where d is the `detection` of whoever resolves the
    question and s its `share`. For one report this is
    ``1 - prod_e (1 - c_e) E[prod_t (1 - d s a(z_t)) (1 - g_t)]``, with g_t from what is announced.
    The events of one step count as one, as everywhere in the model.

    The question is taken to be still open: nothing but these events has answered it. So what
    happened before the as-of date and will be reported late is not counted. With a share below 1
    the reports that came are left to whoever resolves it, who found fewer than N of what was
    asked among them: K is the number of those that are, each with ``s c_e``, given ``K < N``.
    """
    assert question.indicator is not None
    now, most, whole = evidence.steps, question.at_least, question.share == 1.0
    number = encoding.indicators.index(question.indicator)
    known = _credible(encoding, evidence, number, question)
    spans = _looked(encoding, evidence, question, as_of=as_of)
    coming = _Coming.of(encoding, evidence, number, question)
    chances = [0.0 if _is_over(encoding, evidence, question.indicator) else question.detection]
    chances *= len(spans)
    shares = (chance * question.share for chance in chances)
    detection = [
        chance * (until - begins).days / encoding.step
        for chance, (begins, until) in zip(shares, spans, strict=True)
    ]
    ends = [date_of_step(encoding, now + at) for at in range(len(spans))]
    begun = _numbers((chance for step, chance in known.items() if step != now), most)
    if not whole:
        begun /= _numbers(known.values(), most).sum()
    fewer = Fewer(
        number, most, now, now + len(ends) - 1,
        coming.possible(detection, spans), tuple(begun), known.get(now, 0.0),
        coming.found(chances, spans),
    )  # fmt: skip
    steps, settled, dates = [], [], _dates(encoding, question)
    for day in dates:
        if day > as_of:
            steps.append(now + min(sum(end < day for end in ends), len(ends) - 1))
            continue
        came = (c for step, c in known.items() if date_of_step(encoding, step - 1) < day)
        settled.append(1.0 - float(_numbers(came, most).sum()) if whole else 0.0)
    part = PlacedPart(_component(encoding, number), fewer)
    return PlacedQuestion((part,), tuple(dates), tuple(steps), tuple(settled))


def anchored(placed: PlacedQuestion, kappa: float | None) -> PlacedQuestion:
    """Let the hazard of a report count kappa times, if stated, wherever a question counts reports.

    At most one of its parts does, in what is asked or in what is given.
    """
    if kappa is None:
        return placed
    head, given = (
        tuple(
            replace(part, condition=replace(part.condition, kappa=kappa))
            if isinstance(part.condition, Fewer)
            else part
            for part in parts
        )
        for parts in (placed.head, placed.given)
    )
    return replace(placed, head=head, given=given)


def heard_of(placed: PlacedQuestion) -> bool:
    """Whether a question about the record may come out yes by what came or was announced alone."""
    (part,) = placed.head
    found = part.condition
    return isinstance(found, Fewer) and bool(
        found.announced or found.present or found.begun != (1.0,)
    )


def place_each_report(
    encoding: Encoding, evidence: Evidence, detection: Floats
) -> dict[str, PlacedQuestion]:
    """Ask of every presence indicator whether it is in the record within the next steps.

    Parameters
    ----------
    encoding, evidence
    detection : (H, K) array
        Of every indicator in each of the H steps after the present one.
    """
    now = evidence.steps
    steps = range(now + 1, now + len(detection) + 1)
    dates = tuple(date_of_step(encoding, step) for step in steps)
    edges = (date_of_step(encoding, now), *dates)
    spans = [(edges[0], edges[0]), *pairwise(edges)]
    out = {}
    for number, name in enumerate(encoding.indicators):
        if encoding.beliefs.indicators[name].kind == "presence":
            chances = (0.0, *detection[:, number].tolist())  # nothing of the present step
            coming = _Coming.of(encoding, evidence, number)
            fewer = Fewer(
                number, 1, now, now + len(detection),
                coming.possible(chances, spans), announced=coming.found(chances, spans),
            )  # fmt: skip
            part = PlacedPart(_component(encoding, number), fewer)
            out[name] = PlacedQuestion((part,), dates, tuple(steps))
    return out


def foreseen_ahead(encoding: Encoding, evidence: Evidence, steps: int) -> Foreseen | None:
    """Lay what is announced on so many steps after the evidence; None where nothing is.

    The hazard of each step is given that nothing of it was found in those before.
    """
    average = encoding.network.average
    if not evidence.announced or average is None:
        return None
    now = evidence.steps
    edges = [date_of_step(encoding, step) for step in range(now, now + steps + 1)]
    spans, ones = list(pairwise(edges)), [1.0] * steps
    hazard = np.zeros((steps, len(encoding.indicators)))
    possible = np.ones_like(hazard)
    for number in {one.indicator for one in evidence.announced}:
        coming = _Coming.of(encoding, evidence, number)
        hazard[:, number] = coming.found(ones, spans) or 0.0
        possible[:, number] = coming.possible(ones, spans)
    return Foreseen(hazard, possible, average)


def _numbers(chances: Iterable[float], most: int) -> Floats:
    """Probability of each number of independent events, below a largest: Poisson-binomial."""
    out = np.zeros(most)
    out[0] = 1.0
    for chance in chances:
        out[1:] = out[1:] * (1.0 - chance) + out[:-1] * chance
        out[0] *= 1.0 - chance
    return out


def _dates(encoding: Encoding, question: Question) -> list[dt.date]:
    """Return the opening, the ends of steps, and the deadline."""
    first, last = (steps_until(encoding, day) for day in (question.opens, question.by))
    ends = [date_of_step(encoding, step) for step in range(first, last + 1)]
    inner = [day for day in ends if question.opens < day < question.by]
    return [question.opens, *inner, question.by]


def _credible(
    encoding: Encoding, evidence: Evidence, number: int, question: Question
) -> dict[int, float]:
    """Chance that each step, counted from 1, had a report of what is asked since the opening."""
    cells = zip(evidence.cell_step, evidence.cell_indicator, evidence.cell_value, strict=True)
    out = {}
    for place, indicator, credibility in cells:
        step = int(place) + 1
        begins, ends = (date_of_step(encoding, each) for each in (step - 1, step))
        # an event is known by its step only; the first step holds what came before it, too
        if indicator == number and ends > question.opens and begins < question.by:
            out[step] = question.share * float(credibility)
    return out


def _looked(
    encoding: Encoding, evidence: Evidence, question: Question, *, as_of: dt.date
) -> list[_Span]:
    """Return the days that count of the rest of the present step, and of those to the deadline."""
    first = evidence.steps
    last = max(first, steps_until(encoding, question.by))
    since = max(as_of, question.opens)
    spans = []
    for step in range(first, last + 1):
        begins = max(since, date_of_step(encoding, step - 1))
        spans.append((begins, max(begins, min(question.by, date_of_step(encoding, step)))))
    return spans


@dataclass(frozen=True)
class _Coming:
    """What is announced of one question about an indicator, or of the indicator itself.

    Attributes
    ----------
    origin : date
        The day that days are counted from.
    announced : sequence of (Announced, float)
        Each with the probability that what is announced is of what is asked.
    windows : sequence of (date, date)
        Of what is scheduled.
    """

    origin: dt.date
    announced: Sequence[tuple[Announced, float]]
    windows: Sequence[tuple[int, int]]

    @classmethod
    def of(
        cls, encoding: Encoding, evidence: Evidence, number: int, question: Question | None = None
    ) -> _Coming:
        """Choose the announcements that count.

        One of a question counts in full there, and in any other that every happening of the
        indicator answers; one of the indicator counts by the share of the question.
        """
        share = 1.0 if question is None else question.share
        counted = []
        for one in evidence.announced:
            named = map(encoding.beliefs.questions.get, one.question.split())
            asked = question is not None and any(n and n.text == question.text for n in named)
            weight = 1.0 if asked else 0.0 if one.question and share < 1.0 else share
            if one.indicator == number and weight:
                counted.append((one, weight))
        return cls(
            encoding.beliefs.brief.as_of,
            [(one, weight) for one, weight in counted if one.window is None],
            [one.window for one, _ in counted if one.window is not None],
        )

    def found(self, chances: Sequence[float], spans: Sequence[_Span]) -> tuple[float, ...]:
        """Probability that an announced happening is found in each span, if not in one before.

        ``g_t = 1 - (1 - F_t) / (1 - F_t-1)`` with ``F_t`` the sum of ``d s (S_begin - S_end)`` over
        the spans so far, S the probability that it has not happened by a day, d the `chances`
        and s what it counts for. Several announcements are independent.
        """
        if not self.announced:
            return ()
        missed = np.ones(len(spans))
        for one, weight in self.announced:
            days = [[one.still((day - self.origin).days) for day in span] for span in spans]
            came = np.array([begins - ends for begins, ends in days])
            left = 1.0 - np.cumsum(weight * np.array(chances) * came)
            missed *= left / np.concatenate([[1.0], left[:-1]])
        return tuple((1.0 - missed).tolist())

    def possible(self, chances: Sequence[float], spans: Sequence[_Span]) -> tuple[float, ...]:
        """Take out of the chances the days on which what is scheduled cannot occur."""
        if not self.windows:
            return tuple(chances)
        last = max(end for _, end in self.windows)
        out = []
        for chance, (begins, until) in zip(chances, spans, strict=True):
            days = range((begins - self.origin).days + 1, (until - self.origin).days + 1)
            free = [d > last or any(f <= d <= e for f, e in self.windows) for d in days]
            out.append(chance * (sum(free) / len(free) if free else 0.0))
        return tuple(out)
