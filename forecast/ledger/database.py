"""The one door to the database: open, read in a snapshot, write in a transaction.

A writer takes the write lock before it reads (``BEGIN IMMEDIATE`` on SQLite, an advisory lock on
PostgreSQL), so what it decides to write cannot be overtaken by another process. Several projects
may share a database, each with a case of its own, and none sees the rows of another.

Where a ledger lies is an address; what goes wrong with it is told in one line.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, quote_plus

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Row,
    Table,
    create_engine,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from forecast.errors import ForecastError, LedgerError
from forecast.ledger.hashing import moment, stamp, stamp_after, utc_now
from forecast.ledger.schema import SEALED, apply_migration, intact, known_case, pending, sealed
from forecast.names import nearest

__all__ = [
    "AWAY",
    "BUSY_SECONDS",
    "UNNAMED",
    "Database",
    "connect",
    "explained",
    "file_of",
    "name_of",
    "prepare_file",
    "secrets_of",
    "url_of",
]


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


AWAY = "move it and posteriors/ away and run again: events/ will be read again"

BUSY_SECONDS = 30.0
#: Words with which only an address of a database begins, and never a folder by chance.
_LETTERS = re.compile(
    r"(sqlite|post?gre?s?(ql)?|mysql|mariadb|oracle|mssql)(?![a-z])", re.IGNORECASE
)
_KINDS = ("sqlite", "postgresql", "mysql", "mariadb", "oracle", "mssql")
#: A scheme (two letters or more: one is a drive), a scheme without its colon, or user@host.
_MEANT = re.compile(r"^[A-Za-z][\w+.-]+:(?!memory:)|^[\w+.-]+//|^[^/\\]*@")
#: A password by name, or between a colon and an @.
_SECRET = re.compile(
    r"(password|passfile|sslkey|host|user)\s*=|:[^/\\]*@|//[^/]*:.*@", re.IGNORECASE
)


def url_of(url_or_path: str | Path) -> URL:
    """Read a path, ``:memory:`` or a database URL.

    Raises
    ------
    LedgerError
        If it has the look of a URL and is none, or if a text is not UTF-8; a path need not be.
    """
    name = str(url_or_path)
    if isinstance(url_or_path, str):
        try:
            name.encode()
        except UnicodeEncodeError:
            raise LedgerError(
                "the address of the ledger is not UTF-8; write it anew"
            ) from None  # and not repeated: it may hold a password
    if "://" not in name:
        if _MEANT.search(name) and not Path(name).is_absolute():
            raise _no_address(name)
        if _SECRET.search(name):
            raise _no_address(name)
        return URL.create("sqlite", database=name)
    try:
        url = make_url(name)
    except (ArgumentError, ValueError):
        raise _no_address(name) from None
    if url.get_backend_name() != "sqlite" and not set(f"{url.host}{url.database}").isdisjoint(
        ":@="
    ):
        raise _no_address(name)  # a password stands where none is looked for
    if url.get_backend_name() == "sqlite" and url.query:
        raise LedgerError(
            f"{name_of(url)}: an address of SQLite has nothing behind a question mark; leave it out"
        )
    return url


def _no_address(name: str) -> LedgerError:
    """Refuse an address by its first letters alone: the rest may hold a password."""
    begins = _LETTERS.match(name)
    shown = f"{begins[0]}..." if begins else "the address of the ledger"
    return LedgerError(
        f"{shown}: is not a database URL; allowed: a path, sqlite:///path or "
        "postgresql+psycopg://user@host/name"
    )


def file_of(url: URL) -> Path | None:
    """Return the file of a SQLite database; None in memory and on a server."""
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return None
    return Path(str(url.database))


def name_of(url: URL) -> str:
    """Return the place as messages call it, without a password."""
    if url.get_backend_name() == "sqlite":
        return str(file_of(url) or ":memory:")
    # the query goes too: drivers take a password there, by many names
    return url.set(query={}).render_as_string(hide_password=True)


def secrets_of(url: URL) -> tuple[str, ...]:
    """Return what of an address no message may repeat, the longest first; drivers repeat much."""
    if url.get_backend_name() == "sqlite":
        return ()
    values = [
        each for one in url.query.values() for each in ((one,) if isinstance(one, str) else one)
    ]
    said = [str(url.password or ""), *values]
    whole = url.render_as_string(hide_password=False)
    return tuple(sorted({whole, *said, *map(quote, said), *map(quote_plus, said)} - {""}, key=len))[
        ::-1
    ]


def prepare_file(file: Path, *, place: str, create: bool) -> None:
    """Make the folder of a database file.

    Raises
    ------
    LedgerError
        If the file is a folder, or is not there and must be.
    """
    if file.is_dir():
        raise LedgerError(
            f"{place}: is a folder; allowed: a file, such as {file / 'ledger.sqlite'}"
        )
    if not create and not file.exists():
        raise LedgerError(f"{place}: there is no ledger here; it is made by the first run")
    file.parent.mkdir(parents=True, exist_ok=True)


def connect(url: URL) -> Engine:
    """Make ready the connections to a database; none is opened yet.

    Raises
    ------
    LedgerError
        If the database's driver is not installed.
    """
    sqlite = url.get_backend_name() == "sqlite"
    options: dict[str, Any] = {}
    only_read = _only_readable(file_of(url))
    if only_read is not None:
        options["creator"] = only_read
    elif sqlite:
        options["connect_args"] = {"timeout": BUSY_SECONDS, "isolation_level": None}
    if sqlite and file_of(url) is None:
        # one connection, or every thread would see a database of its own
        options["poolclass"] = StaticPool
        options["connect_args"]["check_same_thread"] = False
    try:
        engine = create_engine(url, **options)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        if (kind := url.get_backend_name()) not in _KINDS:
            raise LedgerError(
                f"{name_of(url)}: {kind!r} is no kind of database; "
                f"{nearest(kind, _KINDS) or 'write sqlite or postgresql+psycopg'}"
            ) from None
        raise LedgerError(
            f"{name_of(url)}: the driver is not installed ({error}); "
            "install it, for example psycopg for PostgreSQL"
        ) from None
    if only_read is not None:
        # what would be written nevertheless is refused by SQLite, and what is as it was is not
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    elif sqlite:
        event.listen(engine, "connect", _prepare_connection)
        event.listen(engine, "begin", _begin)
    return engine


def _only_readable(file: Path | None) -> Callable[[], sqlite3.Connection] | None:
    """Give what opens a database file that can be read and not be written; None of any other.

    A database that nobody has open is one file then, and is read without the files of a lock that
    cannot be made; one that somebody writes needs them.
    """
    if file is None or not file.is_file() or not os.access(file, os.R_OK):
        return None
    if os.access(file, os.W_OK) and os.access(file.parent, os.W_OK):
        return None
    log = file.with_name(f"{file.name}-wal")
    with suppress(OSError):
        if log.stat().st_size:
            return _opens(f"file:{quote(str(file.absolute()))}?mode=ro")
    return _opens(f"file:{quote(str(file.absolute()))}?mode=ro&immutable=1")


def _opens(address: str) -> Callable[[], sqlite3.Connection]:
    return lambda: sqlite3.connect(
        address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


def _prepare_connection(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("foreign_keys = ON", "recursive_triggers = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    # SQLite does not wait by itself while two processes switch the journal at once
    give_up = time.monotonic() + BUSY_SECONDS
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


_EXPLANATIONS = (
    (
        ("connection failed", "connection to server"),
        "there is no connection to the ledger ({reason}); check the address, and its server",
    ),
    (
        ("not a database", "malformed", "corrupt", "could not decode"),
        f"the ledger is damaged ({{reason}}); {AWAY}",
    ),
    (
        ("locked", "busy"),
        (
            "another process held the ledger for more than 30 seconds; wait for it to end, "
            "then run again: nothing was half written"
        ),
    ),
    (
        (
            "readonly",
            "read-only",
            "unable to open",
            "permission denied",
            "not a directory",
            "file exists",
        ),
        (
            "the ledger cannot be written ({reason}); make its folder and the file writable, "
            "or choose another place"
        ),
    ),
    (
        ("full", "no space"),
        "no space is left ({reason}); free some and run again: nothing was half written",
    ),
    (
        ("disk i/o error",),  # SQLite's word for a full disk too, where it opens its own files
        (
            "the disk does not take what is written ({reason}); if it is full, free some space "
            "and run again: nothing was half written"
        ),
    ),
    (
        ("no such table", "no such column", "does not exist"),
        f"the ledger has lost a part ({{reason}}); {AWAY}",
    ),
)


def _explanation(reason: str) -> str:
    lowered = reason.lower()
    for fragments, said in _EXPLANATIONS:
        if any(fragment in lowered for fragment in fragments):
            return said.format(reason=reason)
    return f"the ledger cannot be used ({reason}); check the place, or {AWAY}"


@contextmanager
def explained(place: str, *, secrets: Sequence[str] = ()) -> Iterator[None]:
    """Turn what the database or the operating system says into a `LedgerError` of one line.

    The error stands alone: what a driver said may repeat the address, and a traceback shows causes.

    Parameters
    ----------
    place : str
        What it is called.
    secrets : sequence of str
        What is not repeated; from `secrets_of`.
    """
    try:
        yield
    except ForecastError:
        raise
    except (sqlite3.Error, SQLAlchemyError) as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        reason = (str(cause).strip() or type(cause).__name__).splitlines()[0]
        for secret in secrets:
            reason = reason.replace(secret, "***")
        raise LedgerError(f"{place}: {_explanation(reason)}") from None
    except UnicodeEncodeError as error:
        raise LedgerError(f"{place}: cannot record text that is not UTF-8") from error
    except UnicodeDecodeError as error:
        raise LedgerError(f"{place}: {_explanation('text in it is corrupt')}") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise LedgerError(f"{place}: {_explanation(reason.lower())}") from error
