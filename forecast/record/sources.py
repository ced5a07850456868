"""Sources: where each stands, and how its reports turned out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forecast.beliefs import Beliefs, Report, Source, SourceMemory, Verdict
from forecast.beliefs.grading import source_reliability
from forecast.beliefs.identity import unified
from forecast.errors import EvidenceError, Problem, ReportsError
from forecast.inference.remembering import (
    Memory,
    follows,
    number_of,
    outcomes,
    owners,
    recall_memory,
)
from forecast.inference.source_memory import NOTHING, Reliability, Tally
from forecast.ledger import Ledger
from forecast.project.project import EVENTS, Project, Record, faults_of_verdicts, today
from forecast.record.reports import ADDED

__all__ = ["SourceRecord", "Sources", "Spoken", "day_of", "list_sources", "say"]

_PLACE = "sources"


@dataclass(frozen=True)
class SourceRecord:
    """A source and what its reports have shown.

    Attributes
    ----------
    source : Source
    reports : int
        That stand and were known by the day, evidence or not.
    own_letter : int
        Those of them with another letter than the source, which they keep.
    tally : Tally
    reliability : Reliability
        Learnt from its record and those of its letter; of the letter alone, where it has none.
    in_use : bool
        Whether its reports weigh by it.
    """

    source: Source
    reports: int
    own_letter: int
    tally: Tally
    reliability: Reliability
    in_use: bool

    def plain(self) -> dict[str, Any]:
        """Plain values; see docs/schema.md."""
        source, learnt = self.source, self.reliability
        return {
            "source_id": source.source_id,
            "label": source.label,
            "letter": source.reliability,
            "letter_reliability": source_reliability(source.reliability),
            "reports": self.reports,
            "own_letter": self.own_letter,
            "confirmed": round(self.tally.confirmed, 6),
            "refuted": round(self.tally.refuted, 6),
            "reliability": round(learnt.mean, 6),
            "lo80": round(learnt.lo80, 6),
            "hi80": round(learnt.hi80, 6),
            "in_use": self.in_use,
        }


@dataclass(frozen=True)
class Sources:
    """Every source, and whether their records are in use.

    Attributes
    ----------
    as_of : datetime.date
    settings : SourceMemory
    outcomes : int
        Reports with a verdict by the day; copies once.
    unowned : int
        Reports that no source fits.
    records : sequence of SourceRecord
        The most reports with a verdict first, then the most reports, then by id.
    """

    as_of: dt.date
    settings: SourceMemory
    outcomes: int
    unowned: int
    records: Sequence[SourceRecord]

    @property
    def in_use(self) -> bool:
        """Whether reports weigh by what was learnt."""
        return self.settings.on and self.outcomes >= self.settings.least

    def plain(self) -> dict[str, Any]:
        """Plain values; see docs/schema.md."""
        return {
            "as_of": self.as_of.isoformat(),
            "on": self.settings.on,
            "outcomes": self.outcomes,
            "least": self.settings.least,
            "in_use": self.in_use,
            "reports_without_source": self.unowned,
            "sources": [one.plain() for one in self.records],
        }


@dataclass(frozen=True)
class Spoken:
    """A verdict that was given.

    Attributes
    ----------
    verdict : Verdict
    state : {"new", "corrected", "known"}
    source : Source or None
        Of the report; without one the verdict tells nothing of any source.
    """

    verdict: Verdict
    state: str
    source: Source | None

    def plain(self) -> dict[str, Any]:
        """Plain values; see docs/schema.md."""
        one = self.verdict
        return {
            "state": self.state,
            "report_id": one.report_id,
            "verdict": one.verdict,
            "known_on": one.known_on.isoformat(),
            "by": list(one.by),
            "source_title": one.source_title,
            "source_url": one.source_url,
            "reason": one.reason,
            "source_id": self.source.source_id if self.source else None,
        }


def list_sources(project: Project, *, as_of: dt.date | None = None) -> Sources:
    """Read ``events/`` into the ledger and say where every source stands, on a day or today.

    Raises
    ------
    EvidenceError
        If the day is after today.
    ReportsError
        With every row that cannot be used.
    """
    day = as_of or today()
    if day > today():
        raise EvidenceError(f"--as-of {day} is after today ({today()}); name an earlier date")
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
        sources, verdicts = ledger.sources(), ledger.verdicts()
        judged = _judged(ledger)
    reports = [report for report in record.reports if report.reported_on <= day]
    found = outcomes(judged, owners(judged.values(), sources), verdicts, as_of=day)
    memory = recall_memory(sources, found, beliefs.source_memory)
    owned = owners(reports, sources)
    shown = Sources(day, beliefs.source_memory, number_of(found), len(reports) - len(owned), ())
    count = Counter(source.source_id for source in owned.values())
    apart = Counter(
        owned[report.report_id].source_id
        for report in reports
        if report.report_id in owned and not follows(report, owned[report.report_id])
    )
    records = [_record(one, memory, shown, count, apart) for one in sources]
    return replace(shown, records=sorted(records, key=_order))


def _judged(ledger: Ledger) -> dict[str, Report]:
    ever = unified(record.report for record in ledger.reports(withdrawn=True))
    return {report.report_id: report for report in ever}


def _record(
    source: Source,
    memory: Memory,
    shown: Sources,
    count: Mapping[str, int],
    apart: Mapping[str, int],
) -> SourceRecord:
    name = source.source_id
    return SourceRecord(
        source=source,
        reports=count[name],
        own_letter=apart[name],
        tally=memory.tallies.get(name, NOTHING),
        reliability=memory.letters[source.reliability].reliability(name),
        in_use=shown.in_use and source.reliability != "F",
    )


def _order(record: SourceRecord) -> tuple[float, int, str]:
    return -record.tally.number, -record.reports, record.source.source_id


def day_of(project: Project, reports: Sequence[str]) -> dt.date:
    """Return the day by which some reports were all known; an unknown one is left to `say`."""
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        Record.synchronise(project, beliefs, ledger)
        judged = _judged(ledger)
    known = [judged[name].reported_on for name in reports if name in judged]
    return max(known, default=today())


def say(project: Project, verdict: Verdict) -> Spoken:
    """Record how a report turned out; nothing is overwritten.

    Another verdict of the same day is a correction; one of a later day takes the place of the
    earlier from its own day on.

    Raises
    ------
    ReportsError
        If there is no such report, the verdict cannot be, or a row of ``events/`` says otherwise.
    """
    beliefs: Beliefs = project.beliefs()
    with project.ledger() as ledger:
        Record.synchronise(project, beliefs, ledger)
        judged = _judged(ledger)
        problems = faults_of_verdicts([replace(verdict, file=_PLACE)], judged)
        row = next((v for v in ledger.verdicts(origin=EVENTS) if v.key == verdict.key), None)
        if row is not None and row != verdict:
            came = f"a row of events/ says {row.verdict} of {verdict.report_id} on {row.known_on}"
            problems.append(Problem(_PLACE, 0, "verdict", came, "correct that row, or give --on"))
        if problems:
            raise ReportsError(str(problems[0]), problems=problems)
        state = "known" if row else ledger.add_verdict(verdict, origin=ADDED)
        sources = ledger.sources()
    report = judged[verdict.report_id]
    return Spoken(verdict, state, owners([report], sources).get(report.report_id))
