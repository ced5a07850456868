"""Beliefs and reports as the ledger holds them, read at one door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError

from forecast.beliefs import Beliefs, Report, Source
from forecast.beliefs.identity import unified
from forecast.errors import LedgerError
from forecast.ledger import Ledger

__all__ = ["follow_sources", "held_beliefs", "read_reports", "remembered"]


def held_beliefs(content: Mapping[str, object] | None) -> Beliefs:
    """Read what a model fingerprint stands for.

    Raises
    ------
    LedgerError
        If the ledger does not hold it, or holds what this version cannot read.
    """
    if content is None:
        raise LedgerError(
            "the ledger does not hold the beliefs of this forecast; run: forecast run"
        )
    try:
        return Beliefs.model_validate(content)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise LedgerError(
            f"the beliefs of this forecast cannot be read ({place}: {error.errors()[0]['msg']}); "
            "they were recorded by another version of forecast; make them anew with: forecast run"
        ) from None


def read_reports(
    ledger: Ledger, beliefs: Beliefs, *, recorded_by: dt.datetime | None
) -> list[Report]:
    """Read the reports that stood at a moment, with what was recorded of their sources by then."""
    reports = unified(record.report for record in ledger.reports.latest(recorded_by=recorded_by))
    return remembered(reports, ledger, beliefs, recorded_by=recorded_by)


def remembered(
    reports: Sequence[Report],
    ledger: Ledger,
    beliefs: Beliefs,
    *,
    recorded_by: dt.datetime | None,
) -> list[Report]:
    """Give reports what was learnt of their sources, if that is on; else give them as they are."""
    verdicts = ledger.sources.verdicts(recorded_by=recorded_by) if beliefs.source_memory.on else []
    if not verdicts:
        return list(reports)
    from forecast.inference.remembering import remember

    ever = ledger.reports.latest(recorded_by=recorded_by, withdrawn=True)
    judged = {report.report_id: report for report in unified(record.report for record in ever)}
    sources = ledger.sources.latest(recorded_by=recorded_by)
    return remember(reports, sources, verdicts, beliefs, judged=judged)


def follow_sources(ledger: Ledger, sources: Sequence[Source]) -> tuple[str, ...]:
    """Give reports that are only in the ledger the letter their source has now.

    Rows of ``events/`` take it whenever they are read.

    Returns
    -------
    tuple of str
        Ids of the reports that were revised, sorted.
    """
    letters = {source.source_id: source.reliability for source in sources}
    if not letters:
        return ()
    revised = []
    for record in ledger.reports.latest():
        report = record.report
        letter = letters.get(report.source_id, report.reliability)
        if report.inherits and letter != report.reliability:
            ledger.reports.add([replace(report, reliability=letter)], origin=record.origin)
            revised.append(report.report_id)
    return tuple(sorted(revised))
