"""Reports: every version that was ever read, and whether it stands.

A report stands unless the last word on it in ``retraction`` withdrew it. Synchronising an origin
(a folder or a file) withdraws what is no longer there and restores what came back; what was
retracted by hand stays retracted until it is restored by hand.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, select

from forecast.errors import LedgerError, ReportsError
from forecast.ledger.arrivals import Arrival, Standing, arrivals, as_held, compare, word
from forecast.ledger.database import Database
from forecast.ledger.hashing import day, moment, stamp
from forecast.ledger.records import ReportRecord, SyncResult
from forecast.ledger.schema import report_version, retraction
from forecast.ledger.versions import VersionedLog
from forecast.names import nearest

__all__ = ["ReportLog"]


class ReportLog(VersionedLog[ReportRecord]):
    """Reports, and the words that withdraw them or let them stand again."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, report_version, "report")

    def sync(self, reports: Iterable[object], *, origin: str) -> SyncResult:
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

    def add(self, reports: Iterable[object], *, origin: str) -> SyncResult:
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
            As in `sync`.
        """
        return self._record(reports, origin=origin, whole=False)

    def _record(self, reports: Iterable[object], *, origin: str, whole: bool) -> SyncResult:
        came = arrivals(reports, origin=origin)
        with self.database.writing() as (connection, now):
            return self.take(connection, came, origin=origin, now=now, whole=whole)

    def take(
        self,
        connection: Connection,
        came: Mapping[str, Arrival],
        *,
        origin: str,
        now: str,
        whole: bool,
    ) -> SyncResult:
        """Write what is new among reports that came, in the caller's transaction."""
        held = self._standing(connection)
        came = as_held(came, held)
        versions, words, result = compare(
            came, held, origin=origin, now=now, case=self.database.case, whole=whole
        )
        if versions:
            connection.execute(insert(report_version), versions)
        if words:
            connection.execute(insert(retraction), words)
        return result

    def latest(
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
        statement = _latest(self.database, recorded_by, withdrawn=withdrawn)
        if as_of is not None:
            limit = day(as_of, where="as_of")
            statement = statement.where(report_version.c.reported_on <= limit)
        return sorted(
            self.read(statement), key=lambda record: (record.reported_on, record.report_id)
        )

    def versions(self, report_id: str) -> list[ReportRecord]:
        """Return every version of one report, the first one first.

        Raises
        ------
        ReportsError
            If the ledger has never seen this report.
        """
        with self.database.reading() as connection:
            rows = connection.execute(self.of(report_id)).all()
            if not rows:
                raise self._unknown(connection, report_id)
        return [self.value(row) for row in rows]

    def would_stand(self, reports: Iterable[object], *, origin: str) -> tuple[set[str], set[str]]:
        """Tell what `sync` would leave, and write nothing.

        Returns
        -------
        taken : set of str
            Ids of the rows that would be recorded, as new or as another version.
        stands : set of str
            Ids of all reports that would stand, of this origin and of every other.
        """
        came = arrivals(reports, origin=origin)
        with self.database.reading() as connection:
            held = self._standing(connection)
        versions, words, _ = compare(came, held, origin=origin, now="", case=self.database.case)
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
        case = self.database.case
        with self.database.writing() as (connection, now):
            known = self._standing(connection, report_id).get(report_id)
            if known is None:
                raise self._unknown(connection, report_id)
            done = known.retracted and known.by_hand if retracted else not known.retracted
            if done:
                return False
            row = word(
                report_id, now=now, retracted=retracted, origin=None, reason=reason, case=case
            )
            connection.execute(insert(retraction), row)
        return True

    def _standing(
        self, connection: Connection, report_id: str | None = None
    ) -> dict[str, Standing]:
        """Return how each report stands in the ledger, or only one of them."""
        columns = report_version.c
        versions = select(columns.report_id, columns.version, columns.content_hash, columns.origin)
        versions = versions.where(self.database.own(report_version))
        words = select(retraction.c.report_id, retraction.c.retracted, retraction.c.origin)
        words = words.where(self.database.own(retraction))
        if report_id is not None:
            versions = versions.where(columns.report_id == report_id)
            words = words.where(retraction.c.report_id == report_id)
        # later rows overwrite earlier ones, so the last of each report remains
        said = {
            row.report_id: (row.retracted == 1, row.origin is None)
            for row in connection.execute(words.order_by(retraction.c.recorded_at))
        }
        told: dict[str, dict[str, str]] = defaultdict(dict)
        out = {}
        for row in connection.execute(versions.order_by(columns.version)):
            texts = (row.report_id, row.content_hash, row.origin)
            if not (isinstance(row.version, int) and all(isinstance(one, str) for one in texts)):
                raise LedgerError(
                    f"version {row.version!r} of report {row.report_id} was changed from outside; "
                    "forecast check --ledger lists all such rows; restore a copy of the ledger"
                )
            told[row.report_id][row.origin] = row.content_hash
            out[row.report_id] = Standing(
                row.version,
                row.content_hash,
                row.origin,
                *said.get(row.report_id, (False, False)),
                said=told[row.report_id],
            )
        return out

    def _value(self, row: Row[Any]) -> ReportRecord:
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

    def _unknown(self, connection: Connection, report_id: str) -> ReportsError:
        known = select(report_version.c.report_id).where(self.database.own(report_version))
        ids = connection.scalars(known.distinct()).all()
        hint = nearest(report_id, ids) or f"{len(ids)} are known; see: forecast events list"
        return ReportsError(f"unknown report {report_id!r}; {hint}")


def _latest(database: Database, recorded_by: datetime | None, *, withdrawn: bool) -> Select[Any]:
    """Select the latest versions recorded by a moment; those not withdrawn by then, or all."""
    mine, own_word = database.own(report_version), database.own(retraction)
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
