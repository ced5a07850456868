"""Reports as they come: what they tell inference, and which rows the ledger does not hold yet."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from forecast.beliefs.announcements import (
    Announcement,
    announcement_content,
    known_announcements,
)
from forecast.beliefs.identity import identity
from forecast.beliefs.ids import row_fault
from forecast.errors import ReportsError
from forecast.ledger.hashing import canonical_json, content_hash, content_of, day, text_hash
from forecast.ledger.records import SyncResult
from forecast.ledger.schema import report_version, retraction, sealed

__all__ = [
    "Arrival",
    "Standing",
    "arrivals",
    "as_held",
    "compare",
    "evidence_fingerprint",
    "word",
]

type _Rows = list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report as it comes from outside, ready to be written."""

    report_id: str
    content: str
    content_hash: str
    occurred_on: str
    reported_on: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The latest version of a report, and the last word on whether it stands."""

    version: int
    content_hash: str
    origin: str
    retracted: bool = False
    by_hand: bool = False
    said: Mapping[str, str] = field(default_factory=dict)  # what each origin said last


def arrivals(reports: Iterable[object], *, origin: str) -> dict[str, Arrival]:
    """Make the rows of an origin ready, each under its id.

    Raises
    ------
    ReportsError
        If a row has no id, or two have the same.
    LedgerError
        If a row has no JSON form, or a day is not one.
    """
    found: dict[str, Arrival] = {}
    came: set[str] = set()
    for item in reports:
        content = content_of(item)
        report_id = str(content.get("report_id") or "")
        where = f"{origin}: {report_id or 'a row'}"
        if not report_id:
            raise ReportsError(f"{origin}: a row came without report_id; allowed: a unique id")
        if identity(report_id) in came:
            raise ReportsError(f"{where}: this report_id came twice; allowed: once")
        came.add(identity(report_id))
        if fault := row_fault(content):
            raise ReportsError(f"{origin}: a row: {fault}")
        text = canonical_json(content, where=where)
        found[report_id] = Arrival(
            report_id,
            text,
            text_hash(text),
            day(content.get("occurred_on"), where=f"{where}: occurred_on"),
            day(content.get("reported_on"), where=f"{where}: reported_on"),
        )
    return found


def as_held(came: Mapping[str, Arrival], held: Iterable[str]) -> dict[str, Arrival]:
    """Give reports that are in the ledger under another spelling of their id that spelling."""
    known = set(held)
    spellings = {identity(report_id): report_id for report_id in sorted(known)} if came else {}
    out = {}
    for report_id, arrival in came.items():
        spelt = report_id if report_id in known else spellings.get(identity(report_id), report_id)
        if spelt != report_id:
            content = {**json.loads(arrival.content), "report_id": spelt}
            text = canonical_json(content, where=report_id)
            out[spelt] = replace(
                arrival, report_id=spelt, content=text, content_hash=text_hash(text)
            )
        else:
            out[spelt] = arrival
    return out


def compare(
    came: Mapping[str, Arrival],
    held: Mapping[str, Standing],
    *,
    origin: str,
    now: str,
    case: str,
    whole: bool = True,
) -> tuple[_Rows, _Rows, SyncResult]:
    """Return the versions and the retractions to write, and what a reader would call them.

    Unless what came is the `whole` of its origin, nothing is withdrawn, and a report that came from
    elsewhere and says the same again stays as it is.
    """
    versions: _Rows = []
    words: list[tuple[str, bool, str]] = []
    found: dict[str, list[str]] = {name: [] for name in SyncResult.__dataclass_fields__}
    for report_id, arrival in sorted(came.items()):
        before = held.get(report_id)
        told = before is not None and _told_before(arrival, before, origin=origin, whole=whole)
        if not told:
            number = before.version + 1 if before else 1
            versions.append(_version(arrival, number=number, origin=origin, now=now, case=case))
        found[_kind(arrival, before, told_before=told)].append(report_id)
        if before and before.retracted and before.by_hand:
            found["held"].append(report_id)
        elif before and before.retracted:
            reason = f"came back in {origin}"
            words.append((report_id, False, reason))
    for report_id, before in sorted(held.items()):
        gone = whole and before.origin == origin and report_id not in came
        if gone and not before.retracted:
            found["withdrawn"].append(report_id)
            reason = f"no longer in {origin}"
            words.append((report_id, True, reason))
    said = [
        word(report_id, now=now, retracted=retracted, origin=origin, reason=reason, case=case)
        for report_id, retracted, reason in words
    ]
    return versions, said, SyncResult(**{name: tuple(ids) for name, ids in found.items()})


def _told_before(arrival: Arrival, before: Standing, *, origin: str, whole: bool) -> bool:
    """Whether nothing new is said: a row that stayed as it was does not undo a later correction."""
    if whole and before.origin != origin:
        return not before.retracted and before.said.get(origin) == arrival.content_hash
    return before.content_hash == arrival.content_hash


def _kind(arrival: Arrival, before: Standing | None, *, told_before: bool) -> str:
    if before is None:
        return "new"
    if before.retracted and not before.by_hand:
        return "restored"
    same = told_before or before.content_hash == arrival.content_hash
    return "known" if same else "revised"


def _version(
    arrival: Arrival, *, number: int, origin: str, now: str, case: str
) -> dict[str, object]:
    row = {
        "report_id": arrival.report_id,
        "version": number,
        "content": arrival.content,
        "content_hash": arrival.content_hash,
        "occurred_on": arrival.occurred_on,
        "reported_on": arrival.reported_on,
        "recorded_at": now,
        "origin": origin,
    }
    return sealed(report_version, row, case=case)


def word(
    report_id: str, *, now: str, retracted: bool, origin: str | None, reason: str, case: str
) -> dict[str, object]:
    """Return the row that withdraws a report or lets it stand again."""
    row = {
        "report_id": report_id,
        "recorded_at": now,
        "retracted": int(retracted),
        "origin": origin,
        "reason": reason,
    }
    return sealed(retraction, row, case=case)


_FORMAT = 1  # changes when the document below changes its meaning
_WHO = ("event_id", "lineage", "indicator", "use", "reliability")

type _Window = tuple[int, int, float | None]  # first day, day after the last, detection


def evidence_fingerprint(
    reports: Iterable[object],
    coverage: Iterable[object],
    announcements: Iterable[Announcement] = (),
    *,
    as_of: date | None = None,
) -> str:
    """Return the SHA-256 of what reports, coverage and announcements tell inference.

    Of a report that is: event, lineage, both days, indicator, grade, use, value, exposure, and what
    was learnt of its source, where anything was; of coverage: the detection probability of each
    indicator on each day; of an announcement all but what only people read (source, note). What
    they read of a report (summary, source, note) changes nothing either; nor does the order of
    reports, nor that of windows unless they overlap, where the later one holds.

    Parameters
    ----------
    reports : iterable of Report, ReportRecord or mapping
    coverage : iterable of CoverageWindow, CoverageRecord or mapping
        In order: a later window overrides an earlier one of the same indicator.
    announcements : iterable of Announcement, optional
        Without any, the print is that of before there were announcements.
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
    document: dict[str, object] = {
        "format": _FORMAT,
        "reports": sorted(told, key=canonical_json),
        "coverage": {name: _effective(rows) for name, rows in windows.items()},
    }
    known = known_announcements(announcements, date.max if limit is None else limit)
    if known:
        document["announcements"] = [_announced(one) for one in known]
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


def _announced(announcement: Announcement) -> dict[str, str]:
    content = announcement_content(announcement)
    return {k: v for k, v in content.items() if k not in {"source_title", "source_url", "note"}}


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
