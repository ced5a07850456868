"""A report as a row of text: what the reader of CSV files makes the same report of again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from forecast.beliefs.reports import Report, content
from forecast.escaping import csv_rows

__all__ = ["as_cells", "as_csv"]

_ORDER = (
    *("report_id", "event_id", "lineage", "occurred_on", "reported_on", "indicator"),
    *("reliability", "credibility", "use", "value", "exposure", "actors", "summary"),
    *("source_title", "source_url", "source_type", "verified", "note"),
    *("source_id", "reliability_reason"),
)
#: Left out of a file in which no report has them.
_RARE = ("value", "exposure", "source_id", "reliability_reason")


def as_cells(report: Report) -> dict[str, str]:
    """Write each field as the text of its cell; empty where the reader's default says the same.

    Examples
    --------
    >>> import datetime as dt
    >>> day = dt.date(2024, 1, 2)
    >>> cells = as_cells(Report(report_id="r", event_id="e", lineage="l", occurred_on=day,
    ...     reported_on=day, indicator="i", reliability="B", credibility=2, use="evidence",
    ...     summary="s", value=3.0))
    >>> cells["value"], cells["exposure"], cells["credibility"], cells["occurred_on"]
    ('3', '', '2', '2024-01-02')
    """
    values = {"source_id": "", "reliability_reason": "", **content(report)}
    values.pop("inherits", None)
    cells = {name: _text(value) for name, value in values.items()}
    return {
        **cells,
        "exposure": "" if report.exposure == 1.0 else cells["exposure"],
        "reliability": "" if report.inherits else report.reliability,
    }


def _text(value: object) -> str:
    if value is None:
        return ""
    # repr is the shortest text that reads back as the same number
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def as_csv(reports: Iterable[Report]) -> str:
    """Write reports as a CSV file of ``events/``, in the order they come; no cell is a formula."""
    written: list[Mapping[str, str]] = [as_cells(report) for report in reports]
    used = [name for name in _ORDER if name not in _RARE or any(row[name] for row in written)]
    return csv_rows([used, *([row[name] for name in used] for row in written)])
