"""The ledger: a database and its logs; and trust, but look again.

::

    with Ledger.open(".forecast/ledger.sqlite") as ledger:
        ledger.reports.sync(reports, origin="events")
        ledger.reports.latest(as_of=date(2024, 7, 1))

What a log holds now, or held when the ledger stood as it did at a moment, is ``latest``; all that
was ever said under one key is ``versions``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, column, func, insert, select, text
from sqlalchemy import table as sql_table

from forecast.beliefs.announcements import Announcement
from forecast.errors import LedgerError
from forecast.ledger.database import UNNAMED, Database
from forecast.ledger.forecasts import (
    FORECAST_CONTENT,
    POSTERIOR_CONTENT,
    HistoryLog,
    IssueLog,
    ModelLog,
    PosteriorLog,
)
from forecast.ledger.hashing import content_hash, moment, text_hash, utc_now
from forecast.ledger.origins import CoverageLog, SourceLog
from forecast.ledger.records import AppliedFile, SyncResult
from forecast.ledger.reports import ReportLog
from forecast.ledger.schema import (
    ID_DIGITS,
    SEALED,
    applied_file,
    intact,
    issued_forecast,
    known_case,
    missing_guards,
    posterior,
    report_version,
    retraction,
    sealed,
)
from forecast.ledger.versions import AlertLog, AnnouncementLog, ResolutionLog

__all__ = ["Ledger"]

_DAYS = ("occurred_on", "reported_on", "resolved_on", "told_on", "as_of")


class Ledger(Database):
    """The memory of a project: append-only, and readable as it stood at any moment.

    Two times are kept apart: when a report became known to the world (``reported_on``, asked for
    with ``as_of``) and when it was written here (``recorded_at``, asked for with ``recorded_by``).

    Attributes
    ----------
    reports, coverage, sources : ReportLog, CoverageLog, SourceLog
        What was read from files, by origin.
    announcements : AnnouncementLog
        What was announced, and what became of it.
    models, posteriors, issues, history : ModelLog, PosteriorLog, IssueLog, HistoryLog
        Beliefs, fits, forecasts as they were published, and as they would have been.
    resolutions, alerts : ResolutionLog, AlertLog
        How questions came out, and which alerts were raised.

    Examples
    --------
    >>> row = {"report_id": "R1", "occurred_on": "2024-06-19", "reported_on": "2024-06-20"}
    >>> with Ledger.open(":memory:") as ledger:
    ...     first = ledger.reports.sync([row], origin="events")
    ...     again = ledger.reports.sync([row], origin="events")
    ...     first.new, again.known, again.changed
    (('R1',), ('R1',), False)
    """

    def __init__(
        self,
        engine: Engine,
        *,
        place: str,
        folder: Path | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(engine, place=place, folder=folder, clock=clock)
        self.reports = ReportLog(self)
        self.coverage = CoverageLog(self)
        self.sources = SourceLog(self)
        self.announcements = AnnouncementLog(self)
        self.models = ModelLog(self)
        self.posteriors = PosteriorLog(self, self.models)
        self.issues = IssueLog(self, self.models)
        self.history = HistoryLog(self, self.models)
        self.resolutions = ResolutionLog(self)
        self.alerts = AlertLog(self)

    def take_in(
        self,
        reports: Iterable[object],
        windows: Iterable[object] = (),
        announcements: Iterable[Announcement] = (),
        *,
        origin: str,
        files: Sequence[tuple[str, str]] = (),
    ) -> SyncResult:
        """Add reports, coverage and announcements beside what is held: all of it, or none.

        Parameters
        ----------
        reports : iterable of Report, ReportRecord or mapping
            As in `ReportLog.add`.
        windows : iterable of CoverageWindow or mapping
            Added behind those of the origin ``{origin} coverage``, as in `CoverageLog.add`.
        announcements : iterable of Announcement
            Each the last word on what it announces, unless that says the very same.
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
            As in `ReportLog.sync`; nothing is stored then.
        """
        arrived = list(windows)
        with self.writing() as (connection, now):
            found = self.reports.take(connection, reports, origin=origin, now=now, whole=False)
            if arrived:
                self.coverage.add(connection, arrived, origin=f"{origin} coverage", now=now)
            self.announcements.add(connection, announcements, now=now)
            for name, file_hash in dict.fromkeys(files):
                row = {"name": name, "file_hash": file_hash, "recorded_at": now}
                connection.execute(insert(applied_file), sealed(applied_file, row, case=self.case))
            return found

    def applied_files(self) -> list[AppliedFile]:
        """Return every file that was taken in, in that order."""
        columns = applied_file.c
        statement = select(applied_file).where(self.own(applied_file))
        with self.reading() as connection:
            rows = connection.execute(statement.order_by(columns.recorded_at, columns.name)).all()
        out = []
        for row in rows:
            with self.intact(applied_file, row, f"applied file {row.name}"):
                out.append(AppliedFile(row.name, row.file_hash, moment(row.recorded_at)))
        return out

    def verify(self) -> list[str]:
        """List, one line each, everything that is not as it was recorded; empty when all is well.

        It looks at the database's own structure, the guards against changes, the hash of every
        row and content, the numbering of versions, and the posterior files. A row removed from
        the end of a history, guards and all, leaves no trace to find.
        """
        problems: list[str] = []
        try:
            with self.reading() as connection:
                for check in (_structure, _guards, _cases, _rows, _histories, _retractions):
                    problems += check(connection, self.case)
            return problems + self.posteriors.problems()
        except LedgerError as error:
            return [*problems, str(error)]

    def sizes(self) -> dict[str, int]:
        """Count the rows of every table that `verify` derives the hashes of."""
        with self.reading() as connection:
            return {
                table.name: connection.scalar(
                    select(func.count()).select_from(table).where(self.own(table))
                )
                or 0
                for table in SEALED
            }


def _structure(connection: Connection, case: str) -> Iterator[str]:
    if connection.dialect.name != "sqlite":
        return
    for said in connection.scalars(text("PRAGMA integrity_check")):
        if said != "ok":
            yield f"the database file is damaged: {said}"
    for row in connection.execute(text("PRAGMA foreign_key_check")).all():
        named = sql_table(row[0], column("rowid"), column("case_id"))
        asked = select(named.c.case_id).where(named.c.rowid == row[1])
        if connection.scalar(asked) == case:
            yield f"{row[0]}: a row names something in {row[2]} that is not there"


def _guards(connection: Connection, _case: str) -> Iterator[str]:
    for guard, (table, _) in missing_guards(connection).items():
        yield f"{table}: the guard {guard} is gone, so rows can be changed"


def _cases(connection: Connection, case: str) -> Iterator[str]:
    """Names are as they were given, and every row belongs to a case of a name, or to none."""
    for row in connection.execute(select(known_case).where(known_case.c.case_id == case)):
        if not intact(known_case, row):
            yield f"known_case {row.name}: the row was changed after it was recorded"
    known = select(known_case.c.case_id)
    for table in SEALED:
        lost = select(table).where(table.c.case_id.not_in(known), table.c.case_id != UNNAMED)
        for row in connection.execute(lost):
            yield f"{table.name} {_key(table, row)}: the row belongs to no case that has entered"


def _rows(connection: Connection, case: str) -> Iterator[str]:
    for table in SEALED:
        for row in connection.execute(select(table).where(table.c.case_id == case)):
            name = f"{table.name} {_key(table, row)}"
            if not intact(table, row):
                yield f"{name}: the row was changed after it was recorded"
            elif not _content_agrees(table, row):
                yield f"{name}: the content does not have the hash it was recorded with"
            elif not _columns_agree(table, row):
                yield f"{name}: the columns do not say what the content says"


def _key(table: Table, row: Row[Any]) -> str:
    names = [column.name for column in table.primary_key.columns if column.name != "case_id"]
    return " ".join(str(getattr(row, name)) for name in names)


def _content_agrees(table: Table, row: Row[Any]) -> bool:
    if "content" in table.c:
        return bool(text_hash(row.content) == row.content_hash)
    if table is posterior:
        found = content_hash({name: getattr(row, name) for name in POSTERIOR_CONTENT})
        return bool(row.id == found[:ID_DIGITS])
    if table is issued_forecast:
        found = content_hash({name: getattr(row, name) for name in FORECAST_CONTENT})
        return bool(row.content_hash == found and row.id == found[:ID_DIGITS])
    return True


def _columns_agree(table: Table, row: Row[Any]) -> bool:
    """Whether the columns that repeat something of the content, for queries, repeat it."""
    repeated = [name for name in ("report_id", *_DAYS) if name in table.c and "version" in table.c]
    if not repeated:
        return True
    content = json.loads(row.content)
    said = {name: str(content.get(name)) for name in repeated}
    return all(
        (text[:10] if name in _DAYS else text) == getattr(row, name) for name, text in said.items()
    )


def _histories(connection: Connection, case: str) -> Iterator[str]:
    """Versions count 1, 2, 3 and are recorded in that order."""
    for table in (table for table in SEALED if "version" in table.c):
        key = table.c[table.primary_key.columns.keys()[1]]
        last: tuple[str, int, str] = ("", 0, "")
        for row in connection.execute(
            select(key, table.c.version, table.c.recorded_at)
            .where(table.c.case_id == case)
            .order_by(key, table.c.version)
        ):
            if not isinstance(row.version, int) or not isinstance(row.recorded_at, str):
                continue  # named above, since its seal does not fit
            before = last if last[0] == row[0] else (row[0], 0, "")
            if row.version != before[1] + 1:
                yield f"{table.name} {row[0]}: version {before[1] + 1} is missing"
            if row.recorded_at <= before[2]:
                yield f"{table.name} {row[0]}: version {row.version} is older than the one before"
            last = (row[0], row.version, row.recorded_at)


def _retractions(connection: Connection, case: str) -> Iterator[str]:
    known = select(report_version.c.report_id).where(report_version.c.case_id == case)
    orphans = select(retraction.c.report_id).where(
        retraction.c.case_id == case, retraction.c.report_id.not_in(known)
    )
    for report_id in connection.scalars(orphans.distinct()):
        yield f"retraction {report_id}: the report it speaks of is missing"
