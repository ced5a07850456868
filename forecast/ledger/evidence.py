"""A fingerprint of the evidence: equal prints mean that inference sees the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise

from forecast.ledger.hashing import canonical_json, content_hash, content_of
from forecast.ledger.moments import day

__all__ = ["evidence_fingerprint"]

_FORMAT = 1  # changes when the document below changes its meaning
_WHO = ("event_id", "lineage", "indicator", "use", "reliability")

type _Window = tuple[int, int, float | None]  # first day, day after the last, detection


def evidence_fingerprint(
    reports: Iterable[object], coverage: Iterable[object], *, as_of: date | None = None
) -> str:
    """Return the SHA-256 of what reports and coverage tell inference.

    Of a report that is: event, lineage, both days, indicator, grade, use, value, exposure, and what
    was learnt of its source, where anything was; of coverage: the detection probability of each
    indicator on each day. What only people read (summary, source, note) changes nothing; nor does
    the order of reports, nor that of windows unless they overlap, where the later one holds.

    Parameters
    ----------
    reports : iterable of Report, ReportRecord or mapping
    coverage : iterable of CoverageWindow, CoverageRecord or mapping
        In order: a later window overrides an earlier one of the same indicator.
    as_of : date, optional
        Leave out reports after this day, and end all coverage on it: a week of silence more is
        other evidence, a week in which nobody looked is not.

    Raises
    ------
    LedgerError
        If a day or a number cannot be read.

    Examples
    --------
    >>> window = {"indicator": "*", "starts_on": "2024-01-01", "ends_on": "2024-01-31",
    ...           "detection": 0.3, "source": "desk", "rationale": "weekly reading"}
    >>> print_ = evidence_fingerprint([], [window])
    >>> print_ == evidence_fingerprint([], [{**window, "rationale": "other words"}])
    True
    >>> print_ == evidence_fingerprint([], [{**window, "detection": 0.4}])
    False
    """
    limit = None if as_of is None else date.fromisoformat(day(as_of, where="as_of"))
    told = [{**_told(content_of(report)), **_learnt(report, limit)} for report in reports]
    if limit is not None:
        told = [row for row in told if str(row["reported_on"]) <= limit.isoformat()]
    windows: dict[str, list[_Window]] = defaultdict(list)
    for item in coverage:
        content = content_of(item)
        first, last = _date(content, "starts_on"), _date(content, "ends_on")
        last = last if limit is None else min(last, limit)
        if first <= last:
            chance = _number(content.get("detection"))
            window = (first.toordinal(), last.toordinal() + 1, chance)
            windows[str(content["indicator"])].append(window)
    document = {
        "format": _FORMAT,
        "reports": sorted(told, key=canonical_json),
        "coverage": {name: _effective(rows) for name, rows in windows.items()},
    }
    return content_hash(document)


def _told(content: Mapping[str, object]) -> dict[str, object]:
    exposure = _number(content.get("exposure"))
    return {
        **{name: str(content.get(name)) for name in _WHO},
        "credibility": str(content.get("credibility")),
        "occurred_on": _date(content, "occurred_on"),
        "reported_on": _date(content, "reported_on"),
        "value": _number(content.get("value")),
        "exposure": 1.0 if exposure is None else exposure,
    }


def _learnt(report: object, limit: date | None) -> dict[str, object]:
    """Say what was learnt of a report's source; where nothing was, the print stays as it was."""
    learnt = [
        [day.isoformat(), truth]
        for day, truth in getattr(report, "learnt", ())
        if limit is None or day <= limit
    ]
    return {"learnt": learnt} if learnt else {}


def _effective(windows: Sequence[_Window]) -> list[list[object]]:
    """Cut overlapping windows into stretches that do not overlap; equal neighbours are one."""
    cuts = sorted({cut for first, after, _ in windows for cut in (first, after)})
    stretches: list[list[object]] = []
    for begin, end in pairwise(cuts):
        chances = [chance for first, after, chance in windows if first <= begin < after]
        if not chances:
            continue
        if stretches and stretches[-1][1:] == [begin, chances[-1]]:
            stretches[-1][1] = end
        else:
            stretches.append([begin, end, chances[-1]])
    return stretches


def _date(content: Mapping[str, object], name: str) -> date:
    return date.fromisoformat(day(content.get(name), where=name))


def _number(value: object) -> float | None:
    return None if value is None or value == "" else float(str(value))
