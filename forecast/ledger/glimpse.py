"""A look at the reports of a ledger without opening it: quick, and it writes nothing at all.

For a shell that completes ids while somebody types. SQLite only, by the standard library alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

__all__ = ["Glimpsed", "glimpse"]

_PATIENCE = 0.2
_REPORTS = """
SELECT report_id, max(version), reported_on, CASE WHEN json_valid(content)
    THEN json_extract(content, '$.summary') END
FROM report_version WHERE {own} GROUP BY report_id ORDER BY report_id"""
_RETRACTED = "SELECT report_id, retracted FROM retraction WHERE {own} ORDER BY recorded_at"


@dataclass(frozen=True, slots=True)
class Glimpsed:
    """A report as it is offered: whether it stands, and what it says."""

    report_id: str
    stands: bool
    about: str


def glimpse(file: Path, names: Sequence[str], *, alone: bool) -> list[Glimpsed]:
    """Look which reports a ledger holds for a case.

    Parameters
    ----------
    file : Path
        The database.
    names : sequence of str
        What the case may be called; the first that has entered counts.
    alone : bool
        Whether the ledger is the project's own: rows without a case are then its own, too.

    Raises
    ------
    sqlite3.Error
        If it cannot be read.
    """
    # a connection to a journal leaves files behind, unless the file is taken as it stands
    journal = Path(f"{file}-wal")
    as_it_stands = not (journal.exists() and journal.stat().st_size)
    query = "immutable=1" if as_it_stands else "mode=ro"
    address = f"file:{quote(str(file.resolve()))}?{query}"
    with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as connection:
        case = _case(connection, names)
        if case is None:
            if not alone:
                return []
            case = ""
        columns = connection.execute("SELECT name FROM pragma_table_info('report_version')")
        has_cases = ("case_id",) in columns.fetchall()
        own, asked = ("case_id = ?", (case,)) if has_cases else ("true", ())
        gone = dict(connection.execute(_RETRACTED.format(own=own), asked).fetchall())
        rows = connection.execute(_REPORTS.format(own=own), asked).fetchall()
    return [
        Glimpsed(str(name), not gone.get(name), f"{day} {summary or ''}".strip())
        for name, _, day, summary in rows
    ]


def _case(connection: sqlite3.Connection, names: Sequence[str]) -> str | None:
    try:
        known = dict(connection.execute("SELECT name, case_id FROM known_case").fetchall())
    except sqlite3.OperationalError:  # a ledger from before there were cases
        return None
    return next((str(known[name]) for name in names if name in known), None)
