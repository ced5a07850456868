"""Where a ledger lies, how a connection is made ready, and what goes wrong, in one line."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from forecast.errors import ForecastError, LedgerError
from forecast.names import nearest

__all__ = [
    "AWAY",
    "BUSY_SECONDS",
    "connect",
    "explained",
    "file_of",
    "name_of",
    "prepare_file",
    "secrets_of",
    "url_of",
]

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
        If it has the look of a URL and is none.
    """
    name = str(url_or_path)
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
