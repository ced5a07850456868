"""Cases: several projects may share a database, and none sees the rows of another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, insert, select

from forecast.ledger.moments import stamp
from forecast.ledger.schema import SEALED, known_case, sealed

__all__ = ["UNNAMED", "case_of", "entered", "known_as", "own"]

#: The case of rows from before there were cases, and of a ledger that nobody entered by name.
UNNAMED = ""


def case_of(connection: Connection) -> str:
    """Return the case whose rows a connection reads and writes."""
    return str(connection.get_execution_options()["case"])


def own(connection: Connection, table: Table) -> ColumnElement[bool]:
    """Select the rows of this connection's case."""
    return table.c.case_id == case_of(connection)


def known_as(connection: Connection, name: str) -> str | None:
    """Return the case of a project that has entered before under this name."""
    asked = select(known_case.c.case_id).where(known_case.c.name == name)
    found = connection.scalar(asked)
    return None if found is None else str(found)


def entered(
    connection: Connection, name: str, *, guest: bool, clock: Callable[[], datetime]
) -> str:
    """Enter under a name for the first time; return the case.

    Rows without a case go to the first who enters, unless it is a guest in another's ledger.
    """
    known = known_as(connection, name)
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
