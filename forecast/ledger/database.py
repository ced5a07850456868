"""The one door to the database: open, read in a snapshot, write in a transaction.

A writer takes the write lock before it reads (``BEGIN IMMEDIATE`` on SQLite, an advisory lock on
PostgreSQL), so what it decides to write cannot be overtaken by another process. Several projects
may share a database, each with a case of its own, and none sees the rows of another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Engine, Row, Table, func, insert, select, text

from forecast.errors import LedgerError
from forecast.ledger.hashing import moment, stamp, stamp_after, utc_now
from forecast.ledger.places import (
    AWAY,
    connect,
    explained,
    file_of,
    name_of,
    prepare_file,
    secrets_of,
    url_of,
)
from forecast.ledger.schema import SEALED, apply_migration, intact, known_case, pending, sealed

__all__ = ["UNNAMED", "Database"]

_ADVISORY_LOCK = 5_064_519_237  # any number, as long as every writer asks for the same
#: The case of rows from before there were cases, and of a ledger that nobody entered by name.
UNNAMED = ""


class Database:
    """An open database and the folder for the files that belong to it.

    Attributes
    ----------
    place : str
        Where it is, for messages; never with a password.
    case : str
        Whose rows are read and written; see `enter`.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        place: str,
        folder: Path | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.place = place
        self.case = UNNAMED
        self._engine = engine
        self._folder = folder
        self._clock = clock
        self._temporary: TemporaryDirectory[str] | None = None

    @classmethod
    def open(
        cls,
        url_or_path: str | Path,
        *,
        create: bool = True,
        folder: str | Path | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> Self:
        """Open a ledger; make it, or bring its schema up to date, where that is needed.

        Parameters
        ----------
        url_or_path : str or Path
            A path, ``:memory:``, or a database URL such as ``sqlite:///.forecast/ledger.sqlite``
            or ``postgresql+psycopg://host/name``.
        create : bool
            Whether a ledger that does not exist is made.
        folder : str or Path, optional
            Folder whose ``posteriors/`` holds the posterior files; the default is the folder of
            a SQLite file, and a temporary one for ``:memory:``.
        clock : callable
            Returns the moment now, with a time zone.

        Raises
        ------
        LedgerError
            If the place cannot be used, is damaged, or belongs to a newer version.

        Examples
        --------
        >>> from forecast.ledger import Ledger
        >>> with Ledger.open(":memory:") as ledger:
        ...     ledger.reports.latest()
        []
        """
        url = url_of(url_or_path)
        place = name_of(url)
        with explained(place, secrets=secrets_of(url)):
            file = file_of(url)
            if file is not None:
                prepare_file(file, place=place, create=create)
            home = (
                Path(folder) if folder is not None else (file.parent.absolute() if file else None)
            )
            database = cls(connect(url), place=place, folder=home, clock=clock)
            try:
                database._migrate()
            except BaseException:
                database.close()
                raise
        return database

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database; None in memory and on a server."""
        return file_of(self._engine.url)

    def enter(self, name: str, *, alone: bool = False, guest: bool = False) -> Self:
        """Read and write the rows of one case from now on.

        Parameters
        ----------
        name : str
            Of the case. Rows without a case, as in ledgers from before there were any, belong to
            the first that enters.
        alone : bool
            Whether the ledger is the project's own: rows without a case are then its own under any
            name, and nothing is written.
        guest : bool
            Whether it is another project's own: rows without a case are then that one's.
        """
        with self.reading() as connection:
            known = _known_as(connection, name)
        if known is None and not alone:
            with self._locked() as connection:
                known = _entered(connection, name, guest=guest, clock=self._clock)
        self.case = UNNAMED if known is None else known
        return self

    def close(self) -> None:
        """Let go of the database; opening it again is a new `open`."""
        self._engine.dispose()
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection on which every statement sees the same moment of the ledger."""
        with self._explained(), self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[tuple[Connection, str]]:
        """Give a connection and the moment of this transaction; commit at the end or not at all."""
        with self._locked() as connection:
            with self.readable("the moment that was recorded last"):
                now = stamp_after(self._clock(), self.last_recorded(connection))
            yield connection, now

    def recorded_until(self) -> datetime | None:
        """Return the moment of the last thing recorded; None in an empty ledger.

        Given as ``recorded_by`` later, it shows the ledger exactly as it is now.
        """
        named = "the moment that was recorded last"
        with self.reading() as connection, self.readable(named):
            last = self.last_recorded(connection)
            return None if last is None else moment(last)

    def last_recorded(self, connection: Connection) -> str | None:
        """Return the latest moment in any table, of this case."""
        moments = [
            (table, table.c.get("recorded_at", table.c.get("issued_at"))) for table in SEALED
        ]
        latest = [
            connection.scalar(select(func.max(when)).where(self.own(table)))
            for table, when in moments
        ]
        return max((text for text in latest if text is not None), default=None)

    def own(self, table: Table) -> ColumnElement[bool]:
        """Select the rows of this case."""
        return table.c.case_id == self.case

    @contextmanager
    def readable(self, row: str) -> Iterator[None]:
        """Name the row that was changed from outside, where its content cannot be read."""
        try:
            yield
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise self._changed(row) from error

    @contextmanager
    def intact(self, table: Table, row: Row[Any], name: str) -> Iterator[None]:
        """Read a row that is as it was sealed, or name the one that was changed from outside.

        A number or a word that was changed to another that can be read would go on into forecasts.
        """
        if not intact(table, row):
            raise self._changed(name)
        with self.readable(name):
            yield

    def _changed(self, row: str) -> LedgerError:
        return LedgerError(
            f"{self.place}: {row} was changed from outside and cannot be read; "
            f"forecast check --ledger lists all such rows; restore a copy, or {AWAY}"
        )

    @property
    def posteriors_folder(self) -> Path:
        """The folder of the posterior files; it may not exist yet.

        Raises
        ------
        LedgerError
            If the database is on a server and no ``folder`` was given to `open`.
        """
        if self._folder is None:
            if self._engine.url.get_backend_name() != "sqlite":
                raise LedgerError(f"{self.place}: open it with folder=..., a place for posteriors/")
            self._temporary = TemporaryDirectory(prefix="forecast-")
            self._folder = Path(self._temporary.name)
        return self._folder / "posteriors"

    def _explained(self) -> AbstractContextManager[None]:
        return explained(self.place, secrets=secrets_of(self._engine.url))

    @contextmanager
    def _locked(self) -> Iterator[Connection]:
        with self._explained(), self._engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    lock = text("SELECT pg_advisory_xact_lock(:key)")
                    connection.execute(lock, {"key": _ADVISORY_LOCK})
                yield connection

    def _migrate(self) -> None:
        with self.reading() as connection:
            steps = pending(connection, place=self.place)
        for step in steps:
            with self._locked() as connection:
                # another process may have been faster
                if step in pending(connection, place=self.place):
                    apply_migration(connection, step, now=self._clock())


def _known_as(connection: Connection, name: str) -> str | None:
    """Return the case of a project that has entered before under this name."""
    asked = select(known_case.c.case_id).where(known_case.c.name == name)
    found = connection.scalar(asked)
    return None if found is None else str(found)


def _entered(
    connection: Connection, name: str, *, guest: bool, clock: Callable[[], datetime]
) -> str:
    """Enter under a name for the first time; return the case.

    Rows without a case go to the first who enters, unless it is a guest in another's ledger.
    """
    known = _known_as(connection, name)
    if known is not None:
        return known
    taken = select(known_case.c.name).where(known_case.c.case_id == UNNAMED)
    kept = guest or connection.scalar(taken) is not None or not _unclaimed(connection)
    case = name if kept else UNNAMED
    row = {"name": name, "recorded_at": stamp(clock())}
    connection.execute(insert(known_case), sealed(known_case, row, case=case))
    return case


def _unclaimed(connection: Connection) -> bool:
    return any(
        connection.execute(
            select(table.c.case_id).where(table.c.case_id == UNNAMED).limit(1)
        ).first()
        for table in SEALED
    )
