"""Sources: where each stands, and how its reports turned out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from forecast.beliefs import Report, Source, Verdict
from forecast.beliefs.identity import unified
from forecast.beliefs.reports import source_reliability
from forecast.beliefs.sources import Found
from forecast.errors import ArgumentError, EvidenceError, Problem, ReportsError
from forecast.inference.remembering import (
    NOTHING,
    Memory,
    follows,
    number_of,
    outcomes,
    owners,
    recall_memory,
)
from forecast.ledger import Ledger
from forecast.project.project import EVENTS, Project, Record, faults_of_verdicts, today
from forecast.record.reports import ADDED
from forecast.result import Fraction, Result, Rows, Share, rounded, unit

__all__ = ["SourceList", "SourceRow", "VerdictGiven", "judge", "list_sources"]

_PLACE = "sources"


class SourceRow(Result):
    """A source and what its reports have shown."""

    source_id: str
    label: str
    letter: str = Field(description="Admiralty letter, A to F")
    letter_reliability: Share = Field(description="what the letter says before any outcome")
    reports: Rows = Field(description="evidence or not")
    own_letter: Rows = Field(description="those of them that keep a letter or a grade of their own")
    confirmed: Annotated[float, rounded(6), unit("reports")] = Field(
        description="in shares where several sources carried one"
    )
    refuted: Annotated[float, rounded(6), unit("reports")]
    reliability: Fraction = Field(description="expected share of its reports that are true, learnt")
    lo80: Fraction
    hi80: Fraction
    in_use: bool = Field(description="never for the letter F")


class SourceList(Result):
    """Every source, and whether their records are in use."""

    as_of: dt.date = Field(description="only reports and verdicts known by this day are seen")
    on: bool = Field(description="whether `source_memory` is on in `priors.yaml`")
    outcomes: int = Field(description="reports of a source with a verdict; copies count once")
    least: int = Field(description="outcomes that are needed")
    in_use: bool = Field(
        description="whether reports weigh by what was learnt: it is on, and there are enough "
        "outcomes"
    )
    reports_without_source: Rows = Field(description="reports that no source fits")
    sources: tuple[SourceRow, ...] = Field(
        description="the most outcomes first, then the most reports, then by id"
    )


class VerdictGiven(Result):
    """A verdict that was given."""

    state: str = Field(
        description="`new`, `corrected`, or `known`: it stood already, and nothing was written"
    )
    report_id: str
    verdict: str = Field(description="`confirmed`, `refuted` or `open`")
    known_on: dt.date
    by: tuple[str, ...] = Field(description="reports that say so")
    source_title: str
    source_url: str
    reason: str
    source_id: str | None = Field(
        description="the source of the report; null where none fits, and then no record changes"
    )


def list_sources(project: Project, *, as_of: dt.date | None = None) -> SourceList:
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
        sources, verdicts = ledger.sources.latest(), ledger.sources.verdicts()
        judged = _judged(ledger)
    reports = [report for report in record.reports if report.reported_on <= day]
    found = outcomes(judged, owners(judged.values(), sources), verdicts, as_of=day)
    memory = recall_memory(sources, found, beliefs.source_memory)
    owned = owners(reports, sources)
    count = Counter(source.source_id for source in owned.values())
    apart = Counter(
        owned[report.report_id].source_id
        for report in reports
        if report.report_id in owned and not follows(report, owned[report.report_id])
    )
    settings, number = beliefs.source_memory, number_of(found)
    in_use = settings.on and number >= settings.least
    ordered = sorted(sources, key=lambda one: _order(one, memory, count))
    return SourceList(
        as_of=day,
        on=settings.on,
        outcomes=number,
        least=settings.least,
        in_use=in_use,
        reports_without_source=len(reports) - len(owned),
        sources=[_row(one, memory, count, apart, in_use=in_use) for one in ordered],
    )


def _judged(ledger: Ledger) -> dict[str, Report]:
    ever = unified(record.report for record in ledger.reports.latest(withdrawn=True))
    return {report.report_id: report for report in ever}


def _row(
    source: Source,
    memory: Memory,
    count: Mapping[str, int],
    apart: Mapping[str, int],
    *,
    in_use: bool,
) -> SourceRow:
    name, letter = source.source_id, source.reliability
    tally, learnt = memory.tallies.get(name, NOTHING), memory.letters[letter].reliability(name)
    return SourceRow(
        source_id=name,
        label=source.label,
        letter=letter,
        letter_reliability=source_reliability(letter),
        reports=count[name],
        own_letter=apart[name],
        confirmed=tally.confirmed,
        refuted=tally.refuted,
        reliability=learnt.mean,
        lo80=learnt.lo80,
        hi80=learnt.hi80,
        in_use=in_use and letter != "F",
    )


def _order(source: Source, memory: Memory, count: Mapping[str, int]) -> tuple[float, int, str]:
    name = source.source_id
    return -memory.tallies.get(name, NOTHING).number, -count[name], name


def judge(
    project: Project,
    report_id: str,
    verdict: Found,
    *,
    reason: str,
    by: Sequence[str] = (),
    on: dt.date | None = None,
    source_title: str = "",
    source_url: str = "",
) -> VerdictGiven:
    """Record how a report turned out; nothing is overwritten.

    Another verdict of the same day is a correction; one of a later day takes the place of the
    earlier from its own day on. Where no day is said, it is that by which the report and all of
    `by` were reported.

    Raises
    ------
    ArgumentError
        If nothing says so, no reason is given, or no day is known.
    ReportsError
        If there is no such report, the verdict cannot be, or a row of ``events/`` says otherwise.
    """
    if verdict != "open" and not (by or source_title or source_url):
        raise ArgumentError("say what says so: {by} REPORT, {source_title} or {source_url}")
    if not reason.strip():
        raise ArgumentError("{reason} is missing; say in a sentence why")
    if on is None and not by:
        raise ArgumentError("{on} is missing: the day it was known, such as 2024-06-19")
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        Record.synchronise(project, beliefs, ledger)
        judged = _judged(ledger)
        given = Verdict(
            report_id=report_id,
            verdict=verdict,
            known_on=on or _known_on((report_id, *by), judged),
            by=tuple(by),
            source_title=source_title,
            source_url=source_url,
            reason=reason.strip(),
        )
        state = _recorded(given, judged, ledger)
        sources = ledger.sources.latest()
    report = judged[report_id]
    source = owners([report], sources).get(report.report_id)
    return VerdictGiven(
        state=state,
        report_id=given.report_id,
        verdict=given.verdict,
        known_on=given.known_on,
        by=given.by,
        source_title=given.source_title,
        source_url=given.source_url,
        reason=given.reason,
        source_id=source.source_id if source else None,
    )


def _known_on(reports: Sequence[str], judged: Mapping[str, Report]) -> dt.date:
    """Return the day by which reports were all known; an unknown one is refused later."""
    return max((judged[name].reported_on for name in reports if name in judged), default=today())


def _recorded(verdict: Verdict, judged: Mapping[str, Report], ledger: Ledger) -> str:
    """Write a verdict unless a row of ``events/`` says the same, and tell which it was."""
    problems = faults_of_verdicts([replace(verdict, file=_PLACE)], judged)
    row = next((v for v in ledger.sources.verdicts(origin=EVENTS) if v.key == verdict.key), None)
    if row is not None and row != verdict:
        came = f"a row of events/ says {row.verdict} of {verdict.report_id} on {row.known_on}"
        problems.append(Problem(_PLACE, 0, "verdict", came, "correct that row, or give --on"))
    if problems:
        raise ReportsError(str(problems[0]), problems=problems)
    return "known" if row else ledger.sources.add_verdict(verdict, origin=ADDED)
