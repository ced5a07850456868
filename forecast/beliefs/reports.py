"""Coded reports of events with their grades, and who looked for what and when.

An Admiralty grade, a letter and a digit, becomes the credibility of a report.
The table from grades to probabilities is a convention of this package, printed as one: no published
study validates any such table. A poor report is ignored, never reversed; and a letter F or a digit
6 means *no basis for a judgement*, so the report changes nothing.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from functools import cache
from importlib import resources
from typing import Any, Literal

from forecast.beliefs.values import log_odds, probability
from forecast.beliefs.words import read_plain

__all__ = [
    "CREDIBILITIES",
    "EVERY_INDICATOR",
    "OPTIONAL",
    "RARE",
    "RELIABILITIES",
    "REQUIRED",
    "CoverageWindow",
    "Report",
    "Use",
    "combine",
    "content",
    "corroborated",
    "credibility",
    "credibility_of",
    "daily_detection",
    "detection_spans",
    "grade_meaning",
    "learnt_truth",
    "looked_until",
    "source_reliability",
    "truth_probability",
]


RELIABILITIES = ("A", "B", "C", "D", "E", "F")
CREDIBILITIES = (1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class _Table:
    reliability: dict[str, str]
    credibility: dict[int, str]
    truth: dict[str, tuple[float, ...]]
    source: dict[str, float]
    letter_weight: float
    open: dict[str, dict[int, float]]
    weights: dict[tuple[str, int, bool], float] = field(default_factory=dict)  # as asked for


def truth_probability(reliability: str, digit: int, *, open_act: bool = False) -> float:
    """P(the reported event happened | the report), at even odds beforehand.

    Parameters
    ----------
    reliability : str
        Letter of the source, A to F.
    digit : int
        Credibility of the information, 1 to 6.
    open_act : bool
        Whether it is of an act done in the open, which letters A to C with digits 1 and 2 establish
        nearly; other grades say of one what they say of anything.

    Raises
    ------
    ValueError
        When the grade is not on the scale.

    Examples
    --------
    >>> truth_probability("B", 2), truth_probability("B", 2, open_act=True)
    (0.74, 0.95)
    """
    _check(reliability, digit)
    table = _table()
    if open_act and reliability in table.open and digit in table.open[reliability]:
        return table.open[reliability][digit]
    return table.truth[reliability][digit - 1]


def credibility(reliability: str, digit: int, *, open_act: bool = False) -> float:
    """Weight of one report in the likelihood, ``c = max(0, 2 tau - 1)``.

    With ``tau`` from :func:`truth_probability`; 0 whenever the letter is F or the digit 6, whatever
    the table says, because those mean that there is no basis for a judgement and must leave every
    state as likely as it was.

    Raises
    ------
    ValueError
        When the grade is not on the scale.

    Examples
    --------
    >>> round(credibility("B", 2), 12), credibility("F", 1), credibility("A", 6)
    (0.48, 0.0, 0.0)
    >>> [round(credibility("B", digit, open_act=True), 12) for digit in (1, 2, 3)]
    [0.98, 0.9, 0.24]
    """
    known, grade = _table().weights, (reliability, digit, open_act)
    if grade not in known:
        truth = truth_probability(reliability, digit, open_act=open_act)
        known[grade] = credibility_of(truth, reliability, digit)
    return known[grade]


def credibility_of(truth: float, reliability: str, digit: int) -> float:
    """Turn a probability of truth into a weight; 0 for a letter F or a digit 6.

    Examples
    --------
    >>> credibility_of(0.75, "B", 2), credibility_of(0.25, "B", 2), credibility_of(0.75, "F", 2)
    (0.5, 0.0, 0.0)
    """
    if reliability == "F" or digit == 6:
        return 0.0
    return max(0.0, 2 * truth - 1)


def source_reliability(letter: str) -> float:
    """P(a report is true) that a letter says of its source, before the report is looked at.

    Raises
    ------
    ValueError
        When the letter is not on the scale.

    Examples
    --------
    >>> source_reliability("B")
    0.8
    """
    _check(letter, 1)
    return _table().source[letter]


def learnt_truth(letter: str, digit: int, reliability: float, *, open_act: bool = False) -> float:
    """P(the reported event happened | the report), with what was learnt of its source.

    ``logit tau = logit tau(letter, digit) + 0.35 (logit reliability - logit r(letter))``: the table
    weighs the letter 0.35 on the log-odds scale, and so is weighed what takes the letter's place.

    Parameters
    ----------
    letter : str
        Of the source, A to F.
    digit : int
        Credibility of the information, 1 to 6.
    reliability : float
        Share of the source's reports that are true, above 0 and below 1.
    open_act : bool
        Whether it is of an act done in the open.

    Raises
    ------
    ValueError
        When the grade is not on the scale.

    Examples
    --------
    >>> round(learnt_truth("B", 2, 0.8), 12), round(learnt_truth("B", 2, 0.3), 2)
    (0.74, 0.57)
    """
    stated = truth_probability(letter, digit, open_act=open_act)
    moved = log_odds(reliability) - log_odds(source_reliability(letter))
    return probability(log_odds(stated) + _table().letter_weight * moved)


def combine(credibilities: Iterable[float]) -> float:
    """Credibility of one event from its independent lineages, ``1 - prod(1 - c)``.

    Examples
    --------
    >>> combine([0.5, 0.5]), combine([])
    (0.75, 0.0)
    """
    return 1.0 - math.prod(1.0 - c for c in credibilities)


def grade_meaning(reliability: str, digit: int) -> str:
    """Grade in words, for notes and tables.

    Raises
    ------
    ValueError
        When the grade is not on the scale.

    Examples
    --------
    >>> grade_meaning("B", 2)
    'B2: usually reliable, probably true'
    """
    _check(reliability, digit)
    letters, digits = _table().reliability, _table().credibility
    return f"{reliability}{digit}: {letters[reliability].lower()}, {digits[digit].lower()}"


def _check(reliability: str, digit: int) -> None:
    if reliability not in RELIABILITIES:
        raise ValueError(f"{reliability!r} is not a reliability; it is a letter from A to F")
    if digit not in CREDIBILITIES:
        raise ValueError(f"{digit!r} is not a credibility; it is a digit from 1 to 6")


@cache
def _table() -> _Table:
    text = resources.files("forecast.beliefs").joinpath("data/admiralty.yaml").read_text("utf-8")
    data = read_plain(text)
    truth = {letter: tuple(row) for letter, row in data["truth"].items()}
    weights = data["source"], data["letter_weight"]
    open_acts = dict.fromkeys(data["open"]["letters"], data["open"]["truth"])
    return _Table(data["reliability"], data["credibility"], truth, *weights, open_acts)


#: In a coverage file, every indicator that has no row of its own.
EVERY_INDICATOR = "*"

Use = Literal["evidence", "prior"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A claim by a source that an event happened.

    Attributes
    ----------
    report_id, event_id, lineage : str
        The report, the happening it tells of, and the origin it shares with its copies.
    occurred_on, reported_on : datetime.date
    indicator : str
    reliability : str
        Admiralty letter, A to F.
    credibility : int
        Admiralty digit, 1 to 6.
    use : {"evidence", "prior"}
        A report the brief's author already weighed documents the prior and is never counted.
    value : float or None
        Count or level; None for a presence.
    exposure : float
        What a count is out of, relative to the usual.
    source_id : str
        Its source in ``events/sources.csv``, where the row names one.
    reliability_reason : str
        Why its letter is another than that of its source.
    inherits : bool
        Whether the letter is that of its source, and changes with it.
    learnt : tuple of (datetime.date, float)
        P(true) by what was learnt of its source, each from a day on; empty where nothing was. It is
        worked out, and no part of the report's identity.
    file, line
        Where it stands, for messages only; no part of its identity.
    """

    report_id: str
    event_id: str
    lineage: str
    occurred_on: dt.date
    reported_on: dt.date
    indicator: str
    reliability: str
    credibility: int
    use: Use
    summary: str
    value: float | None = None
    exposure: float = 1.0
    actors: str = ""
    source_title: str = ""
    source_url: str = ""
    source_type: str = ""
    verified: str = ""
    note: str = ""
    source_id: str = field(default="", metadata={"sparse": True})
    reliability_reason: str = field(default="", metadata={"sparse": True})
    inherits: bool = field(default=False, metadata={"sparse": True})
    learnt: tuple[tuple[dt.date, float], ...] = field(default=(), compare=False)
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    @property
    def grade(self) -> str:
        """Letter and digit, as in ``B2``."""
        return f"{self.reliability}{self.credibility}"

    def weight(self, as_of: dt.date, *, open_act: bool) -> float:
        """Credibility in the likelihood: by its grade, or by what its source had shown by a day.

        Whether its indicator is an act done in the open, `Beliefs.weigh` knows.

        Examples
        --------
        >>> from datetime import date
        >>> day = date(2024, 1, 2)
        >>> report = Report(report_id="r", event_id="e", lineage="l", occurred_on=day,
        ...     reported_on=day, indicator="i", reliability="B", credibility=2, use="evidence",
        ...     summary="s", learnt=((date(2024, 3, 1), 0.625),))
        >>> for day in (date(2024, 2, 1), date(2024, 3, 1)):
        ...     print(round(report.weight(day, open_act=False), 12))
        0.48
        0.25
        """
        truth = [truth for day, truth in self.learnt if day <= as_of]
        if not truth:
            return credibility(self.reliability, self.credibility, open_act=open_act)
        return credibility_of(truth[-1], self.reliability, self.credibility)

    def known_by(self, as_of: dt.date) -> Report:
        """Forget what was learnt of its source after a day."""
        if not self.learnt:
            return self
        return replace(self, learnt=tuple(item for item in self.learnt if item[0] <= as_of))


_SPARSE = tuple(one.name for one in fields(Report) if one.metadata.get("sparse"))
_COLUMNS = [one for one in fields(Report) if one.compare and one.name != "inherits"]

#: Columns of a file of reports: those that each has, and those that it may have.
REQUIRED = tuple(one.name for one in _COLUMNS if one.default is MISSING)
OPTIONAL = tuple(one.name for one in _COLUMNS if one.default is not MISSING)
#: Optional ones that are no mere text; left out of a file in which no report has them.
RARE = tuple(one for one in OPTIONAL if one in {"value", "exposure", *_SPARSE})


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageWindow:
    """Days on which somebody looked for an indicator.

    Attributes
    ----------
    indicator : str
        Its name, or ``*`` for every indicator without a row of its own on those days.
    starts_on, ends_on : datetime.date
        First and last day, both covered; ``from`` and ``to`` in the file.
    detection : float or None
        P(a coder hears of it within the step | it happened); None for the indicator's own.
    """

    indicator: str
    starts_on: dt.date
    ends_on: dt.date
    detection: float | None
    source: str
    rationale: str
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


def corroborated(reports: Iterable[Report], weigh: Callable[[Report], float]) -> float:
    """Credibility of what reports say together: ``1 - prod(1 - c)``.

    Copies of one lineage about one event count once, at their best c; lineages and events are
    independent.
    """
    best: dict[tuple[str, str], float] = {}
    for report in reports:
        key = report.event_id, report.lineage
        best[key] = max(best.get(key, 0.0), weigh(report))
    return combine(sorted(best.values()))


def looked_until(coverage: Iterable[CoverageWindow], day: dt.date) -> list[CoverageWindow]:
    """Cut coverage off after a day."""
    return [
        replace(window, ends_on=min(window.ends_on, day))
        for window in coverage
        if window.starts_on <= day
    ]


def looked_last(windows: Iterable[CoverageWindow]) -> dt.date | None:
    """Last day on which somebody looked, by windows of which a later one overrides an earlier one.

    One of detection 0 says that nobody did.

    Examples
    --------
    >>> first, last = dt.date(2024, 1, 1), dt.date(2024, 1, 31)
    >>> looked = CoverageWindow(indicator="*", starts_on=first, ends_on=last, detection=None,
    ...     source="s", rationale="r")
    >>> ended = replace(looked, starts_on=dt.date(2024, 1, 11), detection=0.0)
    >>> str(looked_last([looked, ended])), str(looked_last([ended, looked]))
    ('2024-01-10', '2024-01-31')
    """
    last: dt.date | None = None
    for window in windows:
        if window.detection != 0.0:
            last = window.ends_on if last is None else max(last, window.ends_on)
        elif last is not None and window.starts_on <= last <= window.ends_on:
            last = window.starts_on - dt.timedelta(days=1)
    return last


def windows_of(coverage: Iterable[CoverageWindow], indicator: str) -> list[CoverageWindow]:
    """Give the windows that say who looked for an indicator, the overriding ones last.

    One that names the indicator overrides one for all, and a later one an earlier one.
    """
    found = [one for one in coverage if one.indicator in (EVERY_INDICATOR, indicator)]
    return sorted(found, key=lambda one: one.indicator != EVERY_INDICATOR)


def detection_spans(
    coverage: Iterable[CoverageWindow],
    indicator: str,
    *,
    detection: float,
    after: dt.date,
    days: int,
) -> Iterator[tuple[int, int, float]]:
    """Tell on which of the days after a date somebody looked, and how well.

    Windows override one another as in `windows_of`.

    Parameters
    ----------
    coverage : iterable of CoverageWindow
    indicator : str
    detection : float
        The indicator's own, where a window names none.
    after : datetime.date
        The day before the first that is counted.
    days : int
        How many are counted.

    Yields
    ------
    first, last, detection
        Half-open spans of days from 0; each overrides those before it.
    """
    for window in windows_of(coverage, indicator):
        first = max(0, (window.starts_on - after).days - 1)
        last = min(days, (window.ends_on - after).days)
        if first < last:
            yield first, last, detection if window.detection is None else window.detection


def daily_detection(
    coverage: Iterable[CoverageWindow],
    indicator: str,
    *,
    detection: float,
    after: dt.date,
    days: int,
) -> list[float]:
    """Give the detection of each day after a date, by `detection_spans`; 0 where nobody looked.

    Examples
    --------
    >>> day = dt.date(2024, 1, 2)
    >>> all_ = CoverageWindow(indicator="*", starts_on=day, ends_on=dt.date(2024, 1, 3),
    ...     detection=None, source="s", rationale="r")
    >>> own = replace(all_, indicator="i", starts_on=dt.date(2024, 1, 3), detection=0.0)
    >>> daily_detection([own, all_], "i", detection=0.5, after=dt.date(2024, 1, 1), days=3)
    [0.5, 0.0, 0.0]
    """
    out = [0.0] * days
    for first, last, chance in detection_spans(
        coverage, indicator, detection=detection, after=after, days=days
    ):
        out[first:last] = [chance] * (last - first)
    return out


def content(report: Report) -> dict[str, Any]:
    """Give what a report says as plain values, the same wherever it is written.

    What only a report with a source has is left out of others.

    Examples
    --------
    >>> day = dt.date(2024, 1, 2)
    >>> report = Report(report_id="r", event_id="e", lineage="l", occurred_on=day, reported_on=day,
    ...     indicator="i", reliability="B", credibility=2, use="evidence", summary="s", line=7)
    >>> content(report)["occurred_on"], "line" in content(report)
    ('2024-01-02', False)
    """
    values = asdict(report)
    del values["file"], values["line"], values["learnt"]
    for name in _SPARSE:
        if not values[name]:
            del values[name]
    return {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in values.items()}
