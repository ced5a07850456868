"""Incoming files: reports, coverage, and that they were taken in, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, insert, select

from forecast.ledger.arrivals import arrivals
from forecast.ledger.coverage import CoverageLog
from forecast.ledger.faults import intact_row, unreadable_row
from forecast.ledger.hashing import canonical_json, content_of
from forecast.ledger.moments import moment
from forecast.ledger.origins import contents_of, record_origin
from forecast.ledger.records import AppliedFile, SyncResult
from forecast.ledger.reports import ReportLog, write_reports
from forecast.ledger.tables import applied_file, coverage_version, sealed

__all__ = ["IncomingLog"]


class IncomingLog(ReportLog, CoverageLog):
    """The part of the ledger that takes in whole files."""

    def take_in(
        self,
        reports: Iterable[object],
        windows: Iterable[object] = (),
        *,
        origin: str,
        files: Sequence[tuple[str, str]] = (),
    ) -> SyncResult:
        """Add reports and coverage beside what an origin holds already: all of it, or none.

        Parameters
        ----------
        reports : iterable of Report, ReportRecord or mapping
            As in `add_reports`.
        windows : iterable of CoverageWindow or mapping
            Added behind those of the origin ``{origin} coverage``; one that is there is left out.
        origin : str
            Where they come from.
        files : sequence of (str, str)
            Name and SHA-256 of the files they came in, so that they are known again.

        Returns
        -------
        SyncResult
            Of the reports.

        Raises
        ------
        ReportsError, LedgerError
            As in `sync_reports`; nothing is stored then.
        """
        came = arrivals(reports, origin=origin)
        arrived = [canonical_json(content_of(window), where=origin) for window in windows]
        with self.writing() as (connection, now):
            found = write_reports(connection, came, origin=origin, now=now, whole=False)
            if arrived:
                _add_windows(connection, arrived, origin=f"{origin} coverage", now=now)
            for name, file_hash in dict.fromkeys(files):
                row = {"name": name, "file_hash": file_hash, "recorded_at": now}
                connection.execute(insert(applied_file), sealed(applied_file, row, case=self.case))
            return found

    def applied_files(self) -> list[AppliedFile]:
        """Return every file that was taken in, in that order."""
        columns = applied_file.c
        with self.reading() as connection:
            rows = connection.execute(
                select(applied_file)
                .where(self.own(applied_file))
                .order_by(columns.recorded_at, columns.name)
            ).all()
        out = []
        for row in rows:
            with intact_row(self.place, applied_file, row, f"applied file {row.name}"):
                out.append(AppliedFile(row.name, row.file_hash, moment(row.recorded_at)))
        return out


def _add_windows(connection: Connection, arrived: Sequence[str], *, origin: str, now: str) -> None:
    """Put windows behind those that are there."""
    before = contents_of(connection, coverage_version, origin)
    with unreadable_row("the ledger", origin):
        held = [canonical_json(window) for window in json.loads(before[-1])] if before else []
    whole = dict.fromkeys([*held, *arrived])
    text = f"[{','.join(whole)}]"
    record_origin(connection, coverage_version, text, origin=origin, now=now)
