"""Reports: every version that was ever read, and whether it stands.

A report stands unless the last word on it in ``retraction`` withdrew it. Synchronising an origin
(a folder or a file) withdraws what is no longer there and restores what came back; what was
retracted by hand stays retracted until it is restored by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, select

from forecast.errors import LedgerError, ReportsError
from forecast.ledger.database import Database
from forecast.ledger.faults import unreadable_row
from forecast.ledger.hashing import canonical_json, content_of, text_hash
from forecast.ledger.moments import day, moment, stamp
from forecast.ledger.records import ReportRecord, SyncResult
from forecast.ledger.tables import report_version, retraction, sealed

__all__ = ["ReportLog"]


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A report as it comes from outside, ready to be written."""

    report_id: str
    content: str
    content_hash: str
    occurred_on: str
    reported_on: str


@dataclass(frozen=True, slots=True)
class _Standing:
    """The latest version of a report, and the last word on whether it stands."""

    version: int
    content_hash: str
    origin: str
    retracted: bool = False
    by_hand: bool = False


class ReportLog(Database):
    """The part of the ledger that holds reports."""

    def sync_reports(self, reports: Iterable[object], *, origin: str) -> SyncResult:
        """Record what an origin holds now, in one transaction; a second time adds nothing.

        Parameters
        ----------
        reports : iterable of Report, ReportRecord or mapping
            All rows of the origin, with at least ``report_id``, ``occurred_on``, ``reported_on``.
        origin : str
            The folder or file they come from. A report belongs to the origin it last came from.

        Raises
        ------
        ReportsError
            If two rows have the same ``report_id``; nothing is stored then.
        LedgerError
            If a row has no JSON form or the database cannot be written.
        """
        arrivals = _arrivals(reports, origin=origin)
        with self.writing() as (connection, now):
            standing = _standing(connection)
            versions, words, result = _compare(arrivals, standing, origin=origin, now=now)
            if versions:
                connection.execute(insert(report_version), versions)
            if words:
                connection.execute(insert(retraction), words)
        return result

    def reports(
        self, *, as_of: date | None = None, recorded_by: datetime | None = None
    ) -> list[ReportRecord]:
        """Return the latest version of every report that stands, by day of report, then id.

        Parameters
        ----------
        as_of : date, optional
            Only reports with ``reported_on`` up to and including this day.
        recorded_by : datetime, optional
            The ledger as it stood at this moment; the default is now.
        """
        statement = _latest(recorded_by)
        if as_of is not None:
            limit = day(as_of, where="as_of")
            statement = statement.where(report_version.c.reported_on <= limit)
        with self.reading() as connection:
            rows = connection.execute(statement).all()
        records = [_record(row, place=self.place) for row in rows]
        return sorted(records, key=lambda record: (record.reported_on, record.report_id))

    def report_versions(self, report_id: str) -> list[ReportRecord]:
        """Return every version of one report, the first one first.

        Raises
        ------
        ReportsError
            If the ledger has never seen this report.
        """
        statement = (
            select(report_version)
            .where(report_version.c.report_id == report_id)
            .order_by(report_version.c.version)
        )
        with self.reading() as connection:
            rows = connection.execute(statement).all()
            if not rows:
                raise _unknown(connection, report_id)
        return [_record(row, place=self.place) for row in rows]

    def retract(self, report_id: str, *, reason: str) -> bool:
        """Withdraw a report by hand; return False if it was retracted by hand already.

        Raises
        ------
        ReportsError
            If the ledger has never seen this report, or no reason is given.
        """
        return self._say(report_id, reason=reason, retracted=True)

    def restore(self, report_id: str, *, reason: str) -> bool:
        """Let a retracted report stand again; return False if it stands already.

        Raises
        ------
        ReportsError
            If the ledger has never seen this report, or no reason is given.
        """
        return self._say(report_id, reason=reason, retracted=False)

    def _say(self, report_id: str, *, reason: str, retracted: bool) -> bool:
        if not reason.strip():
            raise ReportsError(f"{report_id}: no reason came; allowed: a sentence that says why")
        with self.writing() as (connection, now):
            known = _standing(connection, report_id).get(report_id)
            if known is None:
                raise _unknown(connection, report_id)
            done = known.retracted and known.by_hand if retracted else not known.retracted
            if done:
                return False
            connection.execute(
                insert(retraction),
                _word(report_id, now=now, retracted=retracted, origin=None, reason=reason),
            )
        return True


def _arrivals(reports: Iterable[object], *, origin: str) -> dict[str, _Arrival]:
    arrivals: dict[str, _Arrival] = {}
    for item in reports:
        content = content_of(item)
        report_id = str(content.get("report_id") or "")
        where = f"{origin}: {report_id or 'a row'}"
        if not report_id:
            raise ReportsError(f"{origin}: a row came without report_id; allowed: any unique text")
        if report_id in arrivals:
            raise ReportsError(f"{where}: this report_id came twice; allowed: once")
        text = canonical_json(content, where=where)
        arrivals[report_id] = _Arrival(
            report_id,
            text,
            text_hash(text),
            day(content.get("occurred_on"), where=f"{where}: occurred_on"),
            day(content.get("reported_on"), where=f"{where}: reported_on"),
        )
    return arrivals


def _compare(
    arrivals: Mapping[str, _Arrival], standing: Mapping[str, _Standing], *, origin: str, now: str
) -> tuple[list[dict[str, object]], list[dict[str, object]], SyncResult]:
    """Say what has to be written, and what a reader would call it."""
    versions, words = [], []
    found: dict[str, list[str]] = {name: [] for name in SyncResult.__dataclass_fields__}
    for report_id, arrival in sorted(arrivals.items()):
        before = standing.get(report_id)
        if before is None or (before.content_hash, before.origin) != (arrival.content_hash, origin):
            number = before.version + 1 if before else 1
            versions.append(_version(arrival, number=number, origin=origin, now=now))
        found[_kind(arrival, before)].append(report_id)
        if before and before.retracted and before.by_hand:
            found["held"].append(report_id)
        elif before and before.retracted:
            reason = f"came back in {origin}"
            words.append(_word(report_id, now=now, retracted=False, origin=origin, reason=reason))
    for report_id, before in sorted(standing.items()):
        if before.origin == origin and not before.retracted and report_id not in arrivals:
            found["withdrawn"].append(report_id)
            reason = f"no longer in {origin}"
            words.append(_word(report_id, now=now, retracted=True, origin=origin, reason=reason))
    return versions, words, SyncResult(**{name: tuple(ids) for name, ids in found.items()})


def _kind(arrival: _Arrival, before: _Standing | None) -> str:
    if before is None:
        return "new"
    if before.retracted and not before.by_hand:
        return "restored"
    return "known" if before.content_hash == arrival.content_hash else "revised"


def _version(arrival: _Arrival, *, number: int, origin: str, now: str) -> dict[str, object]:
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
    return sealed(report_version, row)


def _word(
    report_id: str, *, now: str, retracted: bool, origin: str | None, reason: str
) -> dict[str, object]:
    row = {
        "report_id": report_id,
        "recorded_at": now,
        "retracted": int(retracted),
        "origin": origin,
        "reason": reason,
    }
    return sealed(retraction, row)


def _latest(recorded_by: datetime | None) -> Select[Any]:
    """Select the latest versions recorded by a moment and not withdrawn by then."""
    versions = select(
        report_version.c.report_id, func.max(report_version.c.version).label("version")
    ).group_by(report_version.c.report_id)
    words = select(
        retraction.c.report_id, func.max(retraction.c.recorded_at).label("recorded_at")
    ).group_by(retraction.c.report_id)
    if recorded_by is not None:
        limit = stamp(recorded_by)
        versions = versions.where(report_version.c.recorded_at <= limit)
        words = words.where(retraction.c.recorded_at <= limit)
    last, word = versions.subquery(), words.subquery()
    withdrawn = (
        select(retraction.c.report_id)
        .join(
            word,
            and_(
                retraction.c.report_id == word.c.report_id,
                retraction.c.recorded_at == word.c.recorded_at,
            ),
        )
        .where(retraction.c.retracted == 1)
    )
    same = and_(
        report_version.c.report_id == last.c.report_id, report_version.c.version == last.c.version
    )
    return (
        select(report_version)
        .join(last, same)
        .where(report_version.c.report_id.not_in(withdrawn))
    )


def _standing(connection: Connection, report_id: str | None = None) -> dict[str, _Standing]:
    columns = report_version.c
    versions = select(columns.report_id, columns.version, columns.content_hash, columns.origin)
    words = select(retraction.c.report_id, retraction.c.retracted, retraction.c.origin)
    if report_id is not None:
        versions = versions.where(columns.report_id == report_id)
        words = words.where(retraction.c.report_id == report_id)
    # later rows overwrite earlier ones, so the last of each report remains
    said = {
        row.report_id: (row.retracted == 1, row.origin is None)
        for row in connection.execute(words.order_by(retraction.c.recorded_at))
    }
    return {
        row.report_id: _Standing(
            row.version, row.content_hash, row.origin, *said.get(row.report_id, (False, False))
        )
        for row in connection.execute(versions.order_by(columns.version))
    }


def _record(row: Row[Any], *, place: str) -> ReportRecord:
    with unreadable_row(place, f"version {row.version} of report {row.report_id}"):
        return ReportRecord(
            row.report_id,
            row.version,
            json.loads(row.content),
            row.content_hash,
            date.fromisoformat(row.occurred_on),
            date.fromisoformat(row.reported_on),
            moment(row.recorded_at),
            row.origin,
        )


def _unknown(connection: Connection, report_id: str) -> ReportsError:
    ids = connection.scalars(select(report_version.c.report_id).distinct()).all()
    near = get_close_matches(report_id, ids, n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"{len(ids)} are known"
    return ReportsError(f"unknown report {report_id!r}; {hint}")
