"""The one door to the database: open, read in a snapshot, write in a transaction.

A writer takes the write lock before it reads (``BEGIN IMMEDIATE`` on SQLite, an advisory lock on
PostgreSQL), so what it decides to write cannot be overtaken by another process.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from forecast.errors import ForecastError, LedgerError
from forecast.ledger.faults import explained
from forecast.ledger.migrations import apply_migration, pending
from forecast.ledger.moments import moment, stamp_after, utc_now
from forecast.ledger.tables import SEALED

__all__ = ["Database"]

_BUSY_SECONDS = 30.0
_ADVISORY_LOCK = 5_064_519_237  # any number, as long as every writer asks for the same


class Database:
    """An open database and the folder for the files that belong to it.

    Attributes
    ----------
    place : str
        Where it is, for messages; never with a password.
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
        ...     ledger.reports()
        []
        """
        url = _url(url_or_path)
        place = _place(url)
        with explained(place):
            file = _file(url)
            if file is not None:
                _prepare_file(file, place=place, create=create)
            home = Path(folder) if folder is not None else (file.parent if file else None)
            database = cls(_engine(url), place=place, folder=home, clock=clock)
            try:
                database._migrate()
            except BaseException:
                database.close()
                raise
        return database

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
        with explained(self.place), self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[tuple[Connection, str]]:
        """Give a connection and the moment of this transaction; commit at the end or not at all."""
        with self._locked() as connection:
            yield connection, stamp_after(self._clock(), last_recorded(connection))

    def recorded_until(self) -> datetime | None:
        """Return the moment of the last thing recorded; None in an empty ledger.

        Given as ``recorded_by`` later, it shows the ledger exactly as it is now.
        """
        with self.reading() as connection:
            last = last_recorded(connection)
        return None if last is None else moment(last)

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

    @contextmanager
    def _locked(self) -> Iterator[Connection]:
        with explained(self.place), self._engine.connect() as plain:
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


def last_recorded(connection: Connection) -> str | None:
    """Return the latest moment in any table."""
    columns = [table.c.get("recorded_at", table.c.get("issued_at")) for table in SEALED]
    latest = [connection.scalar(select(func.max(column))) for column in columns]
    return max((text for text in latest if text is not None), default=None)


def _url(url_or_path: str | Path) -> URL:
    name = str(url_or_path)
    if "://" not in name:
        return URL.create("sqlite", database=name)
    try:
        return make_url(name)
    except ArgumentError:
        raise LedgerError(
            f"{name.split('://', 1)[0]}://...: is not a database URL; allowed: a path, "
            "sqlite:///path or postgresql+psycopg://user@host/name"
        ) from None


def _file(url: URL) -> Path | None:
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return None
    return Path(str(url.database))


def _place(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return str(_file(url) or ":memory:")
    return url.render_as_string(hide_password=True)


def _prepare_file(file: Path, *, place: str, create: bool) -> None:
    if file.is_dir():
        raise LedgerError(f"{place}: is a folder; allowed: a file, such as {file / 'ledger.sqlite'}")
    if not create and not file.exists():
        raise LedgerError(f"{place}: there is no ledger here; it is made by the first run")
    file.parent.mkdir(parents=True, exist_ok=True)


def _engine(url: URL) -> Engine:
    sqlite = url.get_backend_name() == "sqlite"
    options: dict[str, Any] = {}
    if sqlite:
        options["connect_args"] = {"timeout": _BUSY_SECONDS, "isolation_level": None}
    if sqlite and _file(url) is None:
        # one connection, or every thread would see a database of its own
        options["poolclass"] = StaticPool
        options["connect_args"]["check_same_thread"] = False
    try:
        engine = create_engine(url, **options)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise LedgerError(
            f"{_place(url)}: the driver is not installed ({error}); "
            "install it, for example psycopg for PostgreSQL"
        ) from None
    if sqlite:
        event.listen(engine, "connect", _prepare_connection)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare_connection(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("foreign_keys = ON", "recursive_triggers = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    # SQLite does not wait by itself while two processes switch the journal at once
    give_up = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.02)
        else:
            return


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
