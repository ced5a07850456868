"""What goes wrong with a database, said in one line with a way out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Row, Table
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from forecast.errors import ForecastError, LedgerError
from forecast.ledger.schema import intact

__all__ = ["AWAY", "explained", "intact_row", "unreadable_row"]

AWAY = "move it and posteriors/ away and run again: events/ will be read again"

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
    for fragments, text in _EXPLANATIONS:
        if any(fragment in lowered for fragment in fragments):
            return text.format(reason=reason)
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
        What is not repeated; from `forecast.ledger.places.secrets_of`.
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


def _changed(place: str, row: str) -> LedgerError:
    return LedgerError(
        f"{place}: {row} was changed from outside and cannot be read; "
        f"forecast verify lists all such rows; restore a copy, or {AWAY}"
    )


@contextmanager
def unreadable_row(place: str, row: str) -> Iterator[None]:
    """Name the row that was changed from outside, where its content cannot be read."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise _changed(place, row) from error


@contextmanager
def intact_row(place: str, table: Table, row: Row[Any], name: str) -> Iterator[None]:
    """Read a row that is as it was sealed, or name the one that was changed from outside.

    A number or a word that was changed to another that can be read would go on into forecasts.
    """
    if not intact(table, row):
        raise _changed(place, name)
    with unreadable_row(place, name):
        yield
