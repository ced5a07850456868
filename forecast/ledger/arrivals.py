"""What an origin holds now against what the ledger holds: the rows that have to be written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from forecast.beliefs.identity import identity
from forecast.beliefs.ids import row_fault
from forecast.errors import ReportsError
from forecast.ledger.hashing import canonical_json, content_of, text_hash
from forecast.ledger.moments import day
from forecast.ledger.records import SyncResult
from forecast.ledger.schema import report_version, retraction, sealed

__all__ = ["Arrival", "Standing", "arrivals", "as_held", "compare", "word"]

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
