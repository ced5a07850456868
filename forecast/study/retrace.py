"""Retrace: the steps from what was known then to what is known now, in one order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forecast.analysis.explanation import Kind, Part, Reader
from forecast.beliefs import CoverageWindow, Report, fingerprint
from forecast.beliefs.announcements import Announcement, known_announcements
from forecast.beliefs.reports import looked_until
from forecast.errors import EvidenceError, LedgerError
from forecast.inference.observations import observe
from forecast.issue.reweigh import recorded
from forecast.ledger import IssuedForecast
from forecast.network import Evidence
from forecast.project.project import Project
from forecast.project.recorded import held_beliefs
from forecast.study.last_issue import HeldIssue

__all__ = ["Retraced", "Route", "evidence_of", "retrace"]

_LABELS: dict[Kind, str] = {
    "revised": "Revised or retracted reports",
    "time": "Time passing",
    "announced": "Announcements",
    "silence": "Silence: looked for, not reported",
}


@dataclass(frozen=True, eq=False)
class Retraced:
    """The way from then to now, whatever the judgement.

    Attributes
    ----------
    day : datetime.date
        Where it begins.
    first : Evidence
        What was known then.
    known : frozenset of str
        Reports known then.
    announced : sequence of Announcement
        What was announced and known then.
    edited : bool
        Whether the beliefs were others.
    told : IssuedForecast or None
        The forecast that published the judgements of that day.
    name : str
        Under which name it holds them.
    stages : list of (label, kind, evidence, reports)
        What is known after each step.
    lineages : list of str
        Those with new reports, in the order in which they first appear.
    """

    day: dt.date
    first: Evidence
    known: frozenset[str]
    announced: Sequence[Announcement] = ()
    edited: bool = False
    told: IssuedForecast | None = None
    name: str = "probability"
    stages: Sequence[tuple[str, Kind, Evidence, int]] = ()
    lineages: Sequence[str] = ()

    @property
    def from_brief(self) -> bool:
        """Whether it begins before any report."""
        return self.name == "at_brief" and self.told is not None

    def published(self, node: str) -> float | None:
        """Judgement of that day as it was published, where it was."""
        row = self.row("judgements", "node", node)
        return None if row is None else float(row[self.name])

    def row(self, table: str, key: str, name: str) -> Mapping[str, Any] | None:
        """Row of a table of the forecast that published the numbers of that day."""
        payload: Any = {} if self.told is None else self.told.payload
        return next((row for row in payload.get(table, ()) if row[key] == name), None)


@dataclass(frozen=True, eq=False)
class Route:
    """The way from then to now, as one number walks it.

    Attributes
    ----------
    reader : Reader
        Of the number, under every evidence below.
    first : Evidence
        What was known then, and counted.
    stages : list of (label, kind, evidence, reports)
        What is known after each step.
    seen : callable
        Gives other evidence of today as the number sees it.
    last : Evidence
        That of today.
    start : float or None
        The number before the first part, where it is known.
    opening : list of Part
        What had moved it already before anything became known.
    """

    reader: Reader
    first: Evidence
    stages: Sequence[tuple[str, Kind, Evidence, int]]
    seen: Callable[[Evidence], Evidence]
    last: Evidence
    start: float | None
    opening: Sequence[Part] = ()


def retrace(
    project: Project, held: HeldIssue, *, since: dt.date | None, since_issue: bool
) -> Retraced:
    """Lay out the way from a day or the issue before to a forecast.

    Parameters
    ----------
    project : Project
    held : HeldIssue
        The forecast it leads to.
    since : datetime.date, optional
        From what was known on this day; by default from the brief.
    since_issue : bool
        From the issue before, with what is recorded differently now.

    Raises
    ------
    LedgerError, EvidenceError
        If there is no such issue, or the date is out of range.
    """
    if since_issue:
        previous = held.issue.previous
        if previous is None:
            raise LedgerError("there is no issue before this one; leave --since-issue out")
        begun = _from_issue(project, held, previous)
    else:
        begun = _from_day(held, since)
    stages, lineages = _stages(held, begun)
    return replace(begun, stages=stages, lineages=lineages)


def evidence_of(
    held: HeldIssue,
    reports: Sequence[Report],
    *,
    coverage: Sequence[CoverageWindow] | None = None,
    announcements: Sequence[Announcement] | None = None,
) -> Evidence:
    """Put some reports on the grid of a forecast, with its coverage and announcements or others."""
    return observe(
        *(held.encoding, reports, held.coverage if coverage is None else coverage),
        as_of=held.as_of,
        announcements=held.announcements if announcements is None else announcements,
    )


def _from_day(held: HeldIssue, since: dt.date | None) -> Retraced:
    brief = held.encoding.beliefs.brief.as_of
    day = since or brief
    if not brief <= day <= held.as_of:
        raise EvidenceError(
            f"--since {day} is not between the brief ({brief}) and the forecast "
            f"({held.as_of}); name another date"
        )
    if day == held.as_of:
        which = "the day of the brief" if day == brief else "that day"
        raise EvidenceError(
            f"the forecast is as of {day}, {which}: nothing lies between that could be explained"
        )
    told_of = known_announcements(held.announcements, day)
    first = observe(
        *(held.encoding, held.reports, held.coverage),
        as_of=day,
        announcements=told_of,
    )
    known = frozenset(r.report_id for r in held.reports if r.reported_on <= day)
    told = held.issued if day == brief else None
    return Retraced(day, first, known, told_of, told=told, name="at_brief")


def _from_issue(project: Project, held: HeldIssue, previous: IssuedForecast) -> Retraced:
    beliefs = held.encoding.beliefs
    with project.ledger(create=False) as ledger:
        model = ledger.models.find(previous.model_fingerprint)
        then = beliefs if model is None else held_beliefs(model.content)
        reports, coverage, every = recorded(ledger, then, previous.recorded_by)
    edited = model is None or fingerprint(then, texts=False) != fingerprint(beliefs, texts=False)
    day, told_of = previous.as_of, known_announcements(every, previous.as_of)
    first = observe(held.encoding, reports, coverage, as_of=day, announcements=told_of)
    known = frozenset(r.report_id for r in reports if r.reported_on <= day)
    return Retraced(day, first, known, told_of, edited, told=previous)


def _stages(
    held: HeldIssue, begun: Retraced
) -> tuple[list[tuple[str, Kind, Evidence, int]], list[str]]:
    """Lay out what is known after each step of the way, and name the lineages that are new."""
    weigh = _weigh(held)
    known = [r for r in held.reports if r.report_id in begun.known]
    late = sorted(
        (
            r
            for r in held.reports
            if r.report_id not in begun.known
            and r.reported_on <= held.as_of
            and r.use == "evidence"
            and weigh(r, held.as_of) > 0.0
        ),
        key=lambda r: (r.reported_on, r.lineage, r.report_id),
    )
    looked = looked_until(held.coverage, begun.day)
    stages: list[tuple[str, Kind, Evidence, int]] = []
    told_of = begun.announced
    # what was learnt of their sources since is a revision of reports, and no passing of time
    then = observe(
        *(held.encoding, known, held.coverage),
        as_of=begun.day,
        weigh=weigh,
        announcements=told_of,
    )
    stages.append((_LABELS["revised"], "revised", then, 0))
    later = evidence_of(held, known, coverage=looked, announcements=told_of)
    stages.append((_LABELS["time"], "time", later, 0))
    silent = evidence_of(held, known, announcements=told_of)
    stages.append((_LABELS["silence"], "silence", silent, 0))
    new = known_announcements(held.announcements, held.as_of) != list(told_of)
    if new or held.evidence.foreseen is not None or then.foreseen is not None:
        stages.append((_LABELS["announced"], "announced", evidence_of(held, known), 0))
    names = list(dict.fromkeys(report.lineage for report in late))
    seen = list(known)
    for name in names:
        added = [report for report in late if report.lineage == name]
        seen += added
        stages.append((name, "reports", evidence_of(held, seen), len(added)))
    return stages, names


def _weigh(held: HeldIssue) -> Callable[[Report, dt.date], float]:
    """Weigh reports by what their sources had shown by the day of the forecast."""
    return lambda report, _: held.encoding.beliefs.weigh(report, held.as_of)
