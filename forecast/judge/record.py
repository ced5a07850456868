"""A fair test out of the record itself: whether each indicator is in it within the next weeks.

Nobody chose these questions by how they came out. At each date, of every presence indicator that
may still occur: will an event of it that falls in the next h steps be in the record? The outcome is
a cell of those steps that is known by the end of coverage.

The result is plain values, tables and sentences.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from forecast.beliefs.literals import later, wording
from forecast.beliefs.words import counted
from forecast.judge.score_values import Brier, Nats, Number, Questions, ScoreDifference
from forecast.project.project import Record, today
from forecast.result import Days, Fraction, Result, Share, rounded, unit
from forecast.scoring.calibration import Bin, CalibrationLine, auc, bins, calibration_line
from forecast.scoring.rules import brier, logarithmic
from forecast.scoring.scorecard import MeanDifference, block_bootstrap

if TYPE_CHECKING:
    from forecast.inference.encoding import Encoding
    from forecast.network import Evidence, Parameters
    from forecast.project.sampler import SamplerSettings

__all__ = [
    "ARMS",
    "AskedRecord",
    "Horizon",
    "RecordQuestion",
    "RecordResult",
    "RecordTest",
    "arms",
    "heading",
    "reliability",
    "score_horizon",
    "sentences",
    "steps_of",
]


Floats = npt.NDArray[np.float64]
Chances = Mapping[str, Sequence[float]]

#: Who else is asked, in the order they are shown.
ARMS = ("prior only", "one rate for all", "a rate for each")

#: Found over expected is as it should be between these.
FITS = (0.8, 1.25)
#: The common rate: Gamma with this shape, and so many steps for each indicator.
_SHAPE, _STEPS = 1.3, 4.0
_LEARNT = "5 months"  # later than that after the brief is the sixth month on


@dataclass(frozen=True)
class Arm:
    """Another forecast of the same questions.

    Attributes
    ----------
    name : str
    brier, logarithmic : float
        Its mean scores.
    difference : MeanDifference
        Brier score of ours less its, resampled over indicators.
    """

    name: str
    brier: float
    logarithmic: float
    difference: MeanDifference


@dataclass(frozen=True)
class Count:
    """Reports found and expected of one indicator."""

    indicator: str
    found: int
    expected: float


@dataclass(frozen=True)
class Horizon:
    """The questions of one horizon, and how they did.

    Attributes
    ----------
    steps : int
    days : float
        Length.
    questions, indicators, dates : int
        How many, of how many indicators, on how many dates.
    uncovered : int
        Questions left out since their steps are not covered to the end.
    found, expected : int, float
        How many came out yes, and the sum of the forecasts.
    found_later, expected_later : int, float
        The same at dates from `since` on, the sixth month.
    brier, logarithmic : float or None
        Mean scores; None without a question.
    auc, line
        See `forecast.scoring.calibration`.
    bins : sequence of Bin
    arms : sequence of Arm
    counts : sequence of Count
        Of each indicator, those furthest from what was expected first.
    """

    steps: int
    days: float
    questions: int
    indicators: int
    dates: int
    uncovered: int
    found: int
    expected: float
    since: dt.date
    found_later: int
    expected_later: float
    brier: float | None
    logarithmic: float | None
    auc: float | None
    line: CalibrationLine | None
    bins: Sequence[Bin]
    arms: Sequence[Arm]
    counts: Sequence[Count]

    @property
    def yes(self) -> float | None:
        """Share that came out yes."""
        return self.found / self.questions if self.questions else None

    @property
    def said(self) -> float | None:
        """Mean forecast."""
        return self.expected / self.questions if self.questions else None

    @property
    def slope(self) -> float | None:
        """Slope of the calibration line."""
        return None if self.line is None else self.line.slope

    @property
    def intercept(self) -> float | None:
        """Where the calibration line begins."""
        return None if self.line is None else self.line.intercept

    @property
    def ratio(self) -> float | None:
        """Found over expected."""
        return self.found / self.expected if self.expected else None

    @property
    def ratio_later(self) -> float | None:
        """Found over expected from the sixth month on."""
        return self.found_later / self.expected_later if self.expected_later else None

    @property
    def fits(self) -> bool:
        """Whether as many reports were found as expected, as nearly as is asked for."""
        return self.ratio is None or FITS[0] <= self.ratio <= FITS[1]


@dataclass(frozen=True)
class RecordTest:
    """The test at each horizon, and how far the record is covered."""

    until: dt.date | None
    horizons: Sequence[Horizon]


def steps_of(days: float, step: float) -> int:
    """Count the steps nearest to a length in days, at least one.

    Examples
    --------
    >>> steps_of(28.0, 7.0), steps_of(28.0, 30.0)
    (4, 1)
    """
    return max(1, round(days / step))


@dataclass(frozen=True)
class RecordQuestion:
    """One question, its outcome, and what everybody said: ours, then the arms."""

    indicator: str
    day: dt.date
    said: tuple[float, ...]
    outcome: int


@dataclass(eq=False)
class AskedRecord:
    """What is asked of a record: its horizons, who looked when, and what was found by the end.

    Attributes
    ----------
    days : sequence of float
        Lengths of the horizons in days.
    horizons : tuple of int
        In steps, increasing.
    until : datetime.date or None
        End of coverage; None where nobody looked.
    looking : (T, K) array
        The coder's detection in each step to then.
    final : Evidence
        All that was known then.
    """

    encoding: Encoding
    record: Record
    sampler: SamplerSettings
    days: Sequence[float]
    horizons: tuple[int, ...] = field(init=False)
    until: dt.date | None = field(init=False)
    looking: Floats = field(init=False)
    final: Evidence = field(init=False)

    def __post_init__(self) -> None:
        """Lay out coverage and cells to the end of coverage."""
        from forecast.inference.observations import declared, observe

        steps = {steps_of(days, self.encoding.step) for days in self.days}
        self.horizons = tuple(sorted(steps))
        windows, start = self.record.coverage, self.encoding.beliefs.brief.as_of
        self.until = min(max(one.ends_on for one in windows), today()) if windows else None
        end = max(start, self.until or start)
        self.final = observe(self.encoding, self.record.reports, windows, as_of=end)
        self.looking = declared(self.encoding, windows, steps=self.final.steps, as_of=end)

    @property
    def ahead(self) -> int:
        """The longest horizon in steps."""
        return max(self.horizons)

    def judge(
        self, by_date: Mapping[dt.date, Chances], progress: Callable[[int], None]
    ) -> RecordTest:
        """Score what was said at each date.

        Parameters
        ----------
        by_date : mapping of date to mapping
            Of each date that did not fail, `chances_of_report`.
        progress : callable
            Told how many dates are done.
        """
        from forecast.network import Evidence

        rows: dict[int, list[RecordQuestion]] = {steps: [] for steps in self.horizons}
        uncovered = dict.fromkeys(self.horizons, 0)
        number = self.sampler.draws * self.sampler.chains
        prior = self.encoding.priors.draw(number, seed=self.sampler.seed)
        for number, (day, ours) in enumerate(by_date.items()):
            progress(number)
            evidence = self.record.evidence(self.encoding, as_of=day)
            blank = Evidence.empty(steps=evidence.steps, indicators=len(self.encoding.indicators))
            before, rates = self.chances(prior, blank, day), self._rates(evidence)
            for name, steps in self._open(evidence):
                if not self._covered(name, evidence.steps, steps):
                    uncovered[steps] += 1
                    continue
                arms = ours[name][steps - 1], before[name][steps - 1], *rates(name, steps)
                yes = self._outcome(name, evidence.steps, steps)
                rows[steps].append(RecordQuestion(name, day, arms, yes))
        since = later(self.encoding.beliefs.brief.as_of, _LEARNT)
        return RecordTest(
            self.until,
            [
                score_horizon(rows[n], n, n * self.encoding.step, uncovered[n], since)
                for n in self.horizons
            ],
        )

    def chances(
        self, drawn: Parameters, evidence: Evidence, day: dt.date
    ) -> dict[str, list[float]]:
        """Ask draws of equal weight; see `chances_of_report`."""
        from forecast.analysis.answering import chances_of_report

        return chances_of_report(self.encoding, drawn, evidence, self.noticed(evidence, day))

    def noticed(self, evidence: Evidence, day: dt.date) -> Floats:
        """Probability (H, K) of a report, given a happening, in each step to come.

        The record holds false reports as well: where a report is of a happening with c, ``1 / c``
        reports come for each happening that is noticed.
        """
        looked = self.looking[evidence.steps : evidence.steps + self.ahead]
        return np.minimum(1.0, looked / self.credible(day))

    def credible(self, day: dt.date) -> Floats:
        """Mean credibility (K,) of the events reported of each indicator by a day.

        ``(sum c_k + 4 c) / (n_k + 4)`` with the mean c of all presence indicators; those that stood
        behind the brief count too.
        """
        from forecast.inference.observations import happenings

        known = [replace(report, use="evidence") for report in self.record.reports]
        names, beliefs = list(self.encoding.indicators), self.encoding.beliefs
        every = [
            (names.index(one.indicator), one.credibility)
            for one in happenings(self.encoding, known, as_of=day)
            if beliefs.indicators[one.indicator].kind == "presence"
        ]
        if not every:
            return np.ones(len(names))
        numbers, credibility = map(np.array, zip(*every, strict=True))
        total = np.bincount(numbers, weights=credibility, minlength=len(names))
        count = np.bincount(numbers, minlength=len(names))
        return np.asarray((total + _STEPS * credibility.mean()) / (count + _STEPS))

    def _open(self, evidence: Evidence) -> list[tuple[str, int]]:
        """Every presence indicator that may still occur, at every horizon."""
        reached = set(evidence.cell_indicator.tolist())
        out = []
        for number, name in enumerate(self.encoding.indicators):
            entry = self.encoding.beliefs.indicators[name]
            if entry.kind == "presence" and (entry.recurs or number not in reached):
                out += [(name, steps) for steps in self.horizons]
        return out

    def _covered(self, name: str, now: int, steps: int) -> bool:
        looked = self.looking[now : now + steps, self.encoding.indicators.index(name)]
        return len(looked) == steps and bool((looked > 0.0).all())

    def _outcome(self, name: str, now: int, steps: int) -> int:
        mine = self.final.cell_indicator == self.encoding.indicators.index(name)
        there = self.final.cell_step[mine]
        return int(((there >= now) & (there < now + steps)).any())

    def _rates(self, evidence: Evidence) -> Callable[[str, int], tuple[float, float]]:
        """Rates a step of what is in the record: one for all, and one for each around it.

        With n of the K indicators' steps that hold a report and L that were looked at,
        ``r = (n + 1.3) / (L + 4 K)``; that of one indicator has a prior Gamma(1) of mean r.
        """
        presence = [
            number
            for number, name in enumerate(self.encoding.indicators)
            if self.encoding.beliefs.indicators[name].kind == "presence"
        ]
        looked = (evidence.detection[evidence.pattern] > 0.0).sum(axis=0)
        found = np.bincount(evidence.cell_indicator, minlength=len(self.encoding.indicators))
        rate = (found[presence].sum() + _SHAPE) / (looked[presence].sum() + _STEPS * len(presence))

        def ahead(name: str, steps: int) -> tuple[float, float]:
            number = self.encoding.indicators.index(name)
            known = 1.0 / rate + looked[number]
            none = (known / (known + steps)) ** (1.0 + found[number])
            return float(-np.expm1(-rate * steps)), float(1.0 - none)

        return ahead


def score_horizon(
    rows: Sequence[RecordQuestion], steps: int, days: float, uncovered: int, since: dt.date
) -> Horizon:
    """Score the questions of one horizon."""
    said = np.array([row.said for row in rows]).reshape(len(rows), 1 + len(ARMS)).T
    came = np.array([row.outcome for row in rows], dtype=np.int64)
    names = list(dict.fromkeys(row.indicator for row in rows))
    units = [names.index(row.indicator) for row in rows]
    late = np.array([row.day >= since for row in rows], dtype=bool)
    ours = brier(said[0], came)
    arms = [
        Arm(
            name,
            float(brier(other, came).mean()),
            float(logarithmic(other, came).mean()),
            block_bootstrap(ours - brier(other, came), units),
        )
        for name, other in zip(ARMS, said[1:], strict=True)
        if rows
    ]
    counts = [
        Count(name, int(came[mine].sum()), float(said[0][mine].sum()))
        for number, name in enumerate(names)
        for mine in [np.array(units) == number]
    ]
    return Horizon(
        steps=steps,
        days=days,
        questions=len(rows),
        indicators=len(names),
        dates=len({row.day for row in rows}),
        uncovered=uncovered,
        found=int(came.sum()),
        expected=float(said[0].sum()),
        since=since,
        found_later=int(came[late].sum()),
        expected_later=float(said[0][late].sum()),
        brier=float(ours.mean()) if rows else None,
        logarithmic=float(logarithmic(said[0], came).mean()) if rows else None,
        auc=auc(said[0], came),
        line=calibration_line(said[0], came),
        bins=bins(said[0], came),
        arms=arms,
        counts=sorted(counts, key=lambda one: -abs(one.found - one.expected)),
    )


Expected = Annotated[float, rounded(6), unit("questions")]
_NAMED = 3  # indicators in a sentence

type Table = tuple[Sequence[str], list[list[str]]]


class RecordBin(Result):
    """Forecasts of one reliability bin."""

    low: Share = Field(description="forecasts from here")
    high: Share = Field(description="to below here")
    number: Questions
    came_true: Questions
    said: Fraction | None = Field(description="mean forecast")


class RecordArm(Result):
    """Another forecast of the same questions."""

    name: str = Field(description="`prior only`, `one rate for all`, `a rate for each`")
    brier: Brier
    logarithmic: Nats
    difference: ScoreDifference = Field(
        description="Brier score of ours less theirs, resampled over indicators"
    )


class RecordCount(Result):
    """Reports found and expected of one indicator."""

    indicator: str
    found: Questions
    expected: Expected


class RecordHorizon(Result):
    """The test at one horizon."""

    steps: Annotated[int, unit("steps")]
    days: Days
    questions: int = Field(
        description="of an indicator at a date: will it be in the record within the horizon?"
    )
    indicators: int
    dates: int
    uncovered: Questions = Field(
        description="left out, since their steps are not covered to the end"
    )
    yes: Fraction | None = Field(description="came out yes")
    said: Fraction | None = Field(description="mean forecast")
    found: Questions = Field(description="came out yes")
    expected: Expected = Field(description="sum of the forecasts")
    ratio: Number | None = Field(description="found over expected")
    fits: bool = Field(description="whether that is between 0.8 and 1.25")
    since: dt.date = Field(description="from here on it is the sixth month after the brief")
    found_later: Questions = Field(description="came out yes, of dates from then on")
    expected_later: Expected
    ratio_later: Number | None
    brier: Brier | None
    logarithmic: Nats | None
    auc: Fraction | None = Field(description="as `set.auc`")
    slope: Number | None = Field(description="as `set.slope`")
    intercept: Number | None
    bins: tuple[RecordBin, ...] = Field(description="reliability")
    arms: tuple[RecordArm, ...] = Field(description="other forecasts of the same questions")
    counts: tuple[RecordCount, ...] = Field(
        description="by indicator, those furthest from what was expected first"
    )


class RecordResult(Result):
    """The test on the record itself."""

    until: dt.date | None = Field(description="end of coverage; null where nobody looked")
    horizons: tuple[RecordHorizon, ...] = Field(
        description="one for each `--horizon`, rounded to whole steps"
    )


def heading(one: Horizon) -> str:
    """Name a horizon."""
    return f"In the record within {wording(one.days)}"


def arms(one: Horizon) -> Table:
    """Lay out ours and the other forecasts of the same questions."""
    header = ("forecast", "Brier", "log", "ours less theirs, 90%")
    rows = [["ours", _number(one.brier), _number(one.logarithmic), ""]]
    for arm in one.arms:
        between = arm.difference
        spread = f"{between.mean:+.4f} ({between.low:+.4f} to {between.high:+.4f})"
        rows.append([arm.name, _number(arm.brier), _number(arm.logarithmic), spread])
    return header, rows


def reliability(one: Horizon) -> Table:
    """Lay out how often came true what was said."""
    header = ("said between", "questions", "mean said", "came true", "share")
    rows = [
        [
            f"{each.low:.0%} and {each.high:.0%}",
            str(each.number),
            "" if each.said is None else f"{each.said:.1%}",
            str(each.came_true),
            f"{each.came_true / each.number:.0%}" if each.number else "",
        ]
        for each in one.bins
    ]
    return header, rows


def sentences(one: Horizon) -> list[str]:
    """Say what the set is like, how many reports were found, and whether that fits."""
    if not one.questions:
        return [f"No question: the steps of {one.uncovered} are not covered to their end."]
    area = "no AUC" if one.auc is None else f"AUC {one.auc:.2f}"
    slope = "no calibration slope" if one.slope is None else f"slope {one.slope:.2f}"
    which = (
        f"{counted(one.questions, 'question')} of {counted(one.indicators, 'indicator')} on "
        f"{counted(one.dates, 'date')}, {one.uncovered} left out as not covered to their end: "
        f"{one.found / one.questions:.1%} came out yes, {one.expected / one.questions:.1%} was "
        f"said; {area}, {slope}."
    )
    ratios = (
        f"Found / expected: {one.found} / {one.expected:.1f}{_ratio(one.ratio)}; from the sixth "
        f"month on ({one.since}) {one.found_later} / {one.expected_later:.1f}"
        f"{_ratio(one.ratio_later)}."
    )
    out = [which, ratios]
    return out if one.fits else [*out, _misfit(one)]


def _misfit(one: Horizon) -> str:
    """Say that the record does not fit the stated rates and detection, and where most of it is."""
    assert one.ratio is not None
    more = one.ratio > 1.0
    apart = [each for each in one.counts if (each.found > each.expected) == more]
    named = ", ".join(
        f"{each.indicator} ({each.found} for {each.expected:.1f})" for each in apart[:_NAMED]
    )
    low, wide = ("low", "wider") if more else ("high", "narrower")
    return (
        f"The record does not fit what is expected of it: {one.ratio:.2f} times as many came true "
        f"as were said to ({FITS[0]:g} to {FITS[1]:g} would fit). Detection or rates are stated "
        f"too {low}, or reports are coded by a {wide} reading than the indicators have. Most of "
        f"it: {named}."
    )


def _ratio(value: float | None) -> str:
    return "" if value is None else f" = {value:.2f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
