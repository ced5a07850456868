"""What a project holds, as tables: its questions with their outcomes, and its reports."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from forecast.workflow.listing import list_reports
from forecast.workflow.project import Project as Files
from forecast.workflow.resolving import question_states

__all__ = ["question_table", "report_table"]

_QUESTION = ("question", "text", "by", "status", "criteria", "known_on")
_REPORT = (
    "report_id", "event_id", "lineage", "occurred_on", "reported_on", "indicator", "reliability",
    "credibility", "use", "summary", "value", "exposure", "actors", "source_title", "source_url",
    "source_type", "verified", "note",
)  # fmt: skip


def question_table(files: Files) -> pd.DataFrame:
    """Give every question of the file, with its outcome where there is one.

    Raises
    ------
    BeliefsError, ReportsError, LedgerError
        If a file or the ledger cannot be read.
    """
    rows: list[dict[str, object]] = [
        {
            "question": one.name,
            "text": one.question.text,
            "by": one.question.by,
            "status": one.status,
            "criteria": one.question.criteria,
            "known_on": one.resolution.resolved_on if one.resolution else None,
        }
        for one in question_states(files)
    ]
    return _table(rows, _QUESTION, ("by", "known_on"))


def report_table(files: Files) -> pd.DataFrame:
    """Give every report, by day.

    Raises
    ------
    BeliefsError, ReportsError, LedgerError
        If a file or the ledger cannot be read.
    """
    rows = [asdict(one) for one in list_reports(files, use="all")]
    return _table(rows, _REPORT, ("occurred_on", "reported_on"))


def _table(
    rows: list[dict[str, object]], columns: tuple[str, ...], dates: tuple[str, ...]
) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns)).set_index(columns[0])
    return frame.astype(dict.fromkeys(dates, "datetime64[ns]"))
