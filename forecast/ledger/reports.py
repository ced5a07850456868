"""Reports: every version that was ever read, and whether it stands.

A report stands unless the last word on it in ``retraction`` withdrew it. Synchronising an origin
(a folder or a file) withdraws what is no longer there and restores what came back; what was
retracted by hand stays retracted until it is restored by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, select

from forecast.errors import ReportsError
from forecast.ledger.arrivals import Arrival, arrivals, as_held, compare, standing, word
from forecast.ledger.cases import case_of, own
from forecast.ledger.database import Database
from forecast.ledger.faults import intact_row
from forecast.ledger.moments import day, moment, stamp
from forecast.ledger.records import ReportRecord, SyncResult
from forecast.ledger.schema import report_version, retraction
from forecast.names import nearest

__all__ = ["ReportLog", "write_reports"]


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
        return self._record(reports, origin=origin, whole=True)

    def add_reports(self, reports: Iterable[object], *, origin: str) -> SyncResult:
        """Record reports beside what an origin holds already, in one transaction.

        Nothing is withdrawn: what came earlier and is not among them stands as it stood.

        Parameters
        ----------
        reports : iterable of Report, ReportRecord or mapping
            New rows, and corrected ones under the id they had.
        origin : str
            Where they come from. It has to differ from that of a folder which is synchronised, or
            the next synchronisation withdraws them; a report known under another origin keeps it.

        Raises
        ------
        ReportsError, LedgerError
            As in `sync_reports`.
        """
        return self._record(reports, origin=origin, whole=False)

    def _record(self, reports: Iterable[object], *, origin: str, whole: bool) -> SyncResult:
        came = arrivals(reports, origin=origin)
        with self.writing() as (connection, now):
            return write_reports(connection, came, origin=origin, now=now, whole=whole)

    def reports(
        self,
        *,
        as_of: date | None = None,
        recorded_by: datetime | None = None,
        withdrawn: bool = False,
    ) -> list[ReportRecord]:
        """Return the latest version of every report that stands, by day of report, then id.

        Parameters
        ----------
        as_of : date, optional
            Only reports with ``reported_on`` up to and including this day.
        recorded_by : datetime, optional
            The ledger as it stood at this moment; the default is now.
        withdrawn : bool
            Also those that were retracted or withdrawn.
        """
        statement = _latest(self.case, recorded_by, withdrawn=withdrawn)
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
            .where(self.own(report_version), report_version.c.report_id == report_id)
            .order_by(report_version.c.version)
        )
        with self.reading() as connection:
            rows = connection.execute(statement).all()
            if not rows:
                raise _unknown(connection, report_id)
        return [_record(row, place=self.place) for row in rows]

    def would_stand(self, reports: Iterable[object], *, origin: str) -> tuple[set[str], set[str]]:
        """Tell what `sync_reports` would leave, and write nothing.

        Returns
        -------
        taken : set of str
            Ids of the rows that would be recorded, as new or as another version.
        stands : set of str
            Ids of all reports that would stand, of this origin and of every other.
        """
        came = arrivals(reports, origin=origin)
        with self.reading() as connection:
            held = standing(connection)
        versions, words, _ = compare(came, held, origin=origin, now="", case=self.case)
        last = {name: not one.retracted for name, one in held.items()}
        last |= {str(row["report_id"]): not row["retracted"] for row in words}
        stands = {name for name in {*came, *held} if last.get(name, True)}
        return {str(row["report_id"]) for row in versions}, stands

    def retract(self, report_id: str, *, reason: str) -> bool:
        """Withdraw a report by hand; return False if it was retracted by hand already.

        Raises
        ------
        ReportsError
            If the ledger has never seen this report, or no reason is given.
        """
        return self._decide(report_id, reason=reason, retracted=True)

    def restore(self, report_id: str, *, reason: str) -> bool:
        """Let a retracted report stand again; return False if it stands already.

        Raises
        ------
        ReportsError
            If the ledger has never seen this report, or no reason is given.
        """
        return self._decide(report_id, reason=reason, retracted=False)

    def _decide(self, report_id: str, *, reason: str, retracted: bool) -> bool:
        if not reason.strip():
            raise ReportsError(f"{report_id}: no reason came; allowed: a sentence that says why")
        with self.writing() as (connection, now):
            known = standing(connection, report_id).get(report_id)
            if known is None:
                raise _unknown(connection, report_id)
            done = known.retracted and known.by_hand if retracted else not known.retracted
            if done:
                return False
            connection.execute(
                insert(retraction),
                word(
                    report_id,
                    now=now,
                    retracted=retracted,
                    origin=None,
                    reason=reason,
                    case=self.case,
                ),
            )
        return True


def write_reports(
    connection: Connection, came: Mapping[str, Arrival], *, origin: str, now: str, whole: bool
) -> SyncResult:
    """Write what is new among reports that came, in the caller's transaction."""
    held = standing(connection)
    came = as_held(came, held)
    versions, words, result = compare(
        came, held, origin=origin, now=now, case=case_of(connection), whole=whole
    )
    if versions:
        connection.execute(insert(report_version), versions)
    if words:
        connection.execute(insert(retraction), words)
    return result


def _latest(case: str, recorded_by: datetime | None, *, withdrawn: bool) -> Select[Any]:
    """Select the latest versions recorded by a moment; those not withdrawn by then, or all."""
    mine, own_word = report_version.c.case_id == case, retraction.c.case_id == case
    versions = (
        select(report_version.c.report_id, func.max(report_version.c.version).label("version"))
        .where(mine)
        .group_by(report_version.c.report_id)
    )
    words = (
        select(retraction.c.report_id, func.max(retraction.c.recorded_at).label("recorded_at"))
        .where(own_word)
        .group_by(retraction.c.report_id)
    )
    if recorded_by is not None:
        limit = stamp(recorded_by)
        versions = versions.where(report_version.c.recorded_at <= limit)
        words = words.where(retraction.c.recorded_at <= limit)
    last, last_word = versions.subquery(), words.subquery()
    gone = (
        select(retraction.c.report_id)
        .join(
            last_word,
            and_(
                retraction.c.report_id == last_word.c.report_id,
                retraction.c.recorded_at == last_word.c.recorded_at,
            ),
        )
        .where(own_word, retraction.c.retracted == 1)
    )
    same = and_(
        report_version.c.report_id == last.c.report_id, report_version.c.version == last.c.version
    )
    every = select(report_version).join(last, same).where(mine)
    return every if withdrawn else every.where(report_version.c.report_id.not_in(gone))


def _record(row: Row[Any], *, place: str) -> ReportRecord:
    with intact_row(place, report_version, row, f"version {row.version} of report {row.report_id}"):
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
    known = select(report_version.c.report_id).where(own(connection, report_version)).distinct()
    ids = connection.scalars(known).all()
    hint = nearest(report_id, ids) or f"{len(ids)} are known; see: forecast events list"
    return ReportsError(f"unknown report {report_id!r}; {hint}")
