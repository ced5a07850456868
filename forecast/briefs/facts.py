"""What a document may say about a forecast, as plain frozen values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

__all__ = [
    "AnnouncedFacts",
    "Band",
    "Change",
    "Confidence",
    "Facts",
    "JudgementFacts",
    "Level",
    "Missed",
    "QuestionFacts",
    "ReportFacts",
    "Stamp",
    "Watched",
]

Level = Literal["low", "moderate", "high"]


@dataclass(frozen=True, slots=True)
class Band:
    """A probability with its word and, where there is one, its 80 % interval."""

    probability: float
    word: str
    lo80: float | None = None
    hi80: float | None = None


@dataclass(frozen=True, slots=True)
class Confidence:
    """How well founded a judgement is, apart from how probable it is.

    Attributes
    ----------
    level : {"low", "moderate", "high"}
    reasons : tuple of str
        One clause a test, such as ``four independent lineages``.
    """

    level: Level
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """One report as a note cites it; `nodes` are those its indicator points at.

    `source_label` is the name of the source that its lineage goes back to, `publisher` that of the
    source it was read at, where they have one; `sign` that of its indicator.
    """

    report_id: str
    event_id: str
    lineage: str
    reported_on: dt.date
    indicator: str
    grade: str
    credibility: float
    summary: str
    source_title: str
    source_url: str
    verified: str
    nodes: tuple[str, ...]
    source_label: str = ""
    publisher: str = ""
    sign: str = ""

    @property
    def origin(self) -> str:
        """Lineage as readers know it: the name of its source, or its own."""
        return self.source_label or self.lineage

    @property
    def site(self) -> str:
        """Name of who published it: that of its source, else its host, else its origin."""
        try:
            host = urlsplit(self.source_url).hostname or ""
        except ValueError:
            host = ""
        return self.publisher or host.removeprefix("www.") or self.origin


@dataclass(frozen=True, slots=True)
class Missed:
    """An indicator that was looked for and not reported.

    Attributes
    ----------
    label : str
    chance : float
        Probability that it would have been reported since, given everything else.
    effect : float
        Change of the judgement by this silence alone.
    """

    label: str
    chance: float
    effect: float


@dataclass(frozen=True, slots=True)
class Change:
    """Change since the forecast issued before, or the brief, and what arrived in between.

    Attributes
    ----------
    as_of : date
        Of the issue before, or of the brief.
    before : float
        Its probability.
    parts : tuple of (str, float)
        Named parts of the change in points of probability; they add up. Empty where no explanation
        is at hand.
    arrived : tuple of str
        Ids of the credible reports on this node that arrived since, the weightiest first.
    missed : tuple of Missed
        What was looked for in vain and told most, the most telling first.
    """

    as_of: dt.date
    before: float
    parts: tuple[tuple[str, float], ...] = ()
    arrived: tuple[str, ...] = ()
    missed: tuple[Missed, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgementFacts:
    """One node: its headline and every state, now, at the brief and at the horizon.

    `contradiction` says why the model could not have found what was found, where that is so.
    """

    node: str
    label: str
    proposition: str
    headline: tuple[str, ...]
    states: Mapping[str, float]
    now: Band
    at_brief: float
    horizon_date: dt.date
    horizon: Band
    confidence: Confidence
    quotes: tuple[str, ...] = ()
    brief_reading: tuple[float, float] | None = None
    change: Change | None = None
    contradiction: str = ""


@dataclass(frozen=True, slots=True)
class QuestionFacts:
    """One question with its answer, and how it came out where that is known (or is due).

    `made_of` says of a number that was stated for it, of the model alone, and of an announcement.
    """

    name: str
    text: str
    by: dt.date
    past: bool
    answer: Band
    settled: str = ""
    made_of: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """One indicator to watch: what the judgement becomes if it is seen, and if it is not.

    `collection` says whether somebody looks for it, `status` when it was reported last.
    """

    indicator: str
    label: str
    node: str
    window: str
    now: float
    if_seen: float
    if_silent: float
    collection: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class AnnouncedFacts:
    """Something that is announced, or due by a calendar, and open on the forecast's date.

    Attributes
    ----------
    sign : str
        Name of its indicator.
    questions : tuple of str
        Texts of the questions it is of; empty where it is of the indicator.
    window : (date, date) or None
        First and last day, where it has any.
    scheduled : bool
        Whether it can happen only in its window, and is made no more probable.
    kept : float or None
        Probability that it is still kept; None where it is scheduled, or told without credibility.
    source : ReportFacts
        The report that announces it, on the day it was told.
    """

    sign: str
    questions: tuple[str, ...]
    window: tuple[dt.date, dt.date] | None
    scheduled: bool
    kept: float | None
    source: ReportFacts


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which forecast a document shows.

    Attributes
    ----------
    as_of : date
    issued_at : datetime
        With its offset.
    issue, model, evidence : str
        Id of the issue, and fingerprints of beliefs and evidence.
    """

    as_of: dt.date
    issued_at: dt.datetime
    issue: str
    model: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a document may say.

    Attributes
    ----------
    stamp : Stamp
    title, house : str
        Of the brief that is updated.
    brief_as_of : date
    scale : str
        Key of the scale of words.
    scale_title : str
    bands : tuple of (low, high, word)
        Of the scale.
    counts : mapping
        reports, events, indicators, lineages.
    checks : mapping
        Diagnostics of the fit.
    """

    stamp: Stamp
    title: str
    house: str
    brief_as_of: dt.date
    scale: str
    scale_title: str
    bands: tuple[tuple[float, float, str], ...]
    counts: Mapping[str, int]
    checks: Mapping[str, float]
    judgements: tuple[JudgementFacts, ...]
    questions: tuple[QuestionFacts, ...]
    reports: tuple[ReportFacts, ...]
    watched: tuple[Watched, ...] = ()
    calendar: tuple[AnnouncedFacts, ...] = ()
    record: str = field(default="")

    @property
    def sources(self) -> tuple[ReportFacts, ...]:
        """Everything a note may cite: the reports, and what announces what is open."""
        return (*self.reports, *(one.source for one in self.calendar))
