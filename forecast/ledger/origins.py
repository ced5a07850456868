"""All rows of one kind that an origin holds, as one version of what it says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select

from forecast.ledger.cases import case_of, own
from forecast.ledger.hashing import canonical_json, content_of, text_hash
from forecast.ledger.moments import stamp
from forecast.ledger.tables import sealed

__all__ = ["contents_of", "latest_versions", "record_origin", "rows_text"]


def rows_text(rows: Iterable[object], *, origin: str) -> str:
    """Write rows as the one text that stands for them.

    Raises
    ------
    LedgerError
        If a row has no JSON form.
    """
    return canonical_json([content_of(row) for row in rows], where=origin)


def contents_of(connection: Connection, table: Table, origin: str) -> list[str]:
    """Return the text of every version of an origin, the first one first."""
    statement = select(table.c.content).where(own(connection, table), table.c.origin == origin)
    statement = statement.order_by(table.c.version)
    return [str(content) for content in connection.scalars(statement)]


def record_origin(
    connection: Connection, table: Table, text: str, *, origin: str, now: str
) -> list[str]:
    """Write a new version of an origin unless it says the same; return the versions before."""
    before = contents_of(connection, table, origin)
    if text != (before[-1] if before else "[]"):
        row = {
            "origin": origin,
            "version": len(before) + 1,
            "content": text,
            "content_hash": text_hash(text),
            "recorded_at": now,
        }
        connection.execute(insert(table), sealed(table, row, case=case_of(connection)))
    return before


def latest_versions(
    connection: Connection, table: Table, *, recorded_by: datetime | None
) -> dict[str, Row[Any]]:
    """Return the last version of every origin, by name of the origin."""
    statement = select(table).where(own(connection, table)).order_by(table.c.version)
    if recorded_by is not None:
        statement = statement.where(table.c.recorded_at <= stamp(recorded_by))
    found = {row.origin: row for row in connection.execute(statement)}
    return dict(sorted(found.items(), key=lambda row: str(row[0])))  # one may have been damaged
