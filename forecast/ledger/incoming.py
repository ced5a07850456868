"""Incoming files: reports, coverage, and that they were taken in, in one transaction.

The order of windows is part of what an origin says, so a version holds all of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from forecast.ledger.arrivals import (
    arrivals,
    contents_of,
    latest_versions,
    record_origin,
    rows_text,
)
from forecast.ledger.database import Database
from forecast.ledger.faults import intact_row, unreadable_row
from forecast.ledger.hashing import canonical_json, content_of
from forecast.ledger.moments import moment
from forecast.ledger.records import AppliedFile, CoverageRecord, SyncResult
from forecast.ledger.reports import ReportLog, write_reports
from forecast.ledger.schema import applied_file, coverage_version, sealed

__all__ = ["CoverageLog", "IncomingLog"]


class CoverageLog(Database):
    """The part of the ledger that holds coverage windows."""

    def sync_coverage(self, windows: Iterable[object], *, origin: str) -> SyncResult:
        """Record the coverage windows an origin holds now; a second time adds nothing.

        Parameters
        ----------
        windows : iterable of CoverageWindow, CoverageRecord or mapping
            All windows of the origin, in order.
        origin : str
            The folder or file they come from.

        Returns
        -------
        SyncResult
            Windows are named ``indicator first..last``, by days; a window with the same name and
            other content is revised.

        Raises
        ------
        LedgerError
            If a window has no JSON form or the database cannot be written.
        """
        text = rows_text(windows, origin=origin)
        with self.writing() as (connection, now):
            before = record_origin(connection, coverage_version, text, origin=origin, now=now)
        with unreadable_row(self.place, f"coverage of {origin}"):
            return _compare(_named(text), [_named(content) for content in before])

    def coverage(self, *, recorded_by: datetime | None = None) -> list[CoverageRecord]:
        """Return the coverage windows by origin, each origin's in its order.

        Parameters
        ----------
        recorded_by : datetime, optional
            The ledger as it stood at this moment; the default is now.
        """
        with self.reading() as connection:
            latest = latest_versions(connection, coverage_version, recorded_by=recorded_by)
        records = []
        for origin, row in latest.items():
            with intact_row(
                self.place, coverage_version, row, f"version {row.version} of coverage {origin}"
            ):
                recorded_at = moment(row.recorded_at)
                records += [
                    CoverageRecord(origin, position, content, recorded_at)
                    for position, content in enumerate(json.loads(row.content))
                ]
        return records


def _named(text: str) -> dict[str, str]:
    """Give each window a name, numbered from the second of the same name on."""
    windows: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for window in json.loads(text):
        name = f"{window.get('indicator')} {window.get('starts_on')}..{window.get('ends_on')}"
        seen[name] += 1
        windows[name if seen[name] == 1 else f"{name} ({seen[name]})"] = canonical_json(window)
    return windows


def _compare(windows: Mapping[str, str], before: list[dict[str, str]]) -> SyncResult:
    last = before[-1] if before else {}
    ever = {name for version in before for name in version}
    return SyncResult(
        new=tuple(sorted(windows.keys() - ever)),
        known=tuple(sorted(name for name, text in windows.items() if last.get(name) == text)),
        revised=tuple(
            sorted(name for name, text in windows.items() if last.get(name, text) != text)
        ),
        withdrawn=tuple(sorted(last.keys() - windows.keys())),
        restored=tuple(sorted((windows.keys() & ever) - last.keys())),
    )


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
