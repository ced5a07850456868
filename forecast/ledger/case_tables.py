"""The migration that gives every row a case: tables with a wider key, and the rows as they were.

Neither SQLite nor PostgreSQL can widen a key in place without giving up what refers to it. The
copied rows have no case; they belong to the project that enters first (`forecast.ledger.cases`).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, TableClause, column, insert, literal, select
from sqlalchemy import table as sql_table

__all__ = ["KNOWN_CASE", "give_every_row_a_case"]

KNOWN_CASE = """CREATE TABLE known_case (
    name TEXT NOT NULL, case_id TEXT NOT NULL,
    recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL, PRIMARY KEY (name))"""

_VERSION = "version INTEGER NOT NULL CHECK (version >= 1)"
_CONTENT = "content TEXT NOT NULL, content_hash TEXT NOT NULL"
_SEAL = "recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL"
_MODEL = "FOREIGN KEY (case_id, model_fingerprint) REFERENCES new_model (case_id, fingerprint)"
_POSTERIOR = "FOREIGN KEY (case_id, posterior_id) REFERENCES new_posterior (case_id, id)"


@dataclass(frozen=True, slots=True)
class _Table:
    """Columns behind ``case_id``, the key behind it, other constraints, and indexes by suffix."""

    columns: str
    key: str
    others: tuple[str, ...] = ()
    indexes: tuple[tuple[str, str], ...] = (("recorded_at", "recorded_at"),)


_ORIGIN = _Table(f"origin TEXT NOT NULL, {_VERSION}, {_CONTENT}, {_SEAL}", "origin, version")

#: Those that others refer to come first.
_TABLES = {
    "report_version": _Table(
        f"report_id TEXT NOT NULL, {_VERSION}, {_CONTENT}, occurred_on TEXT NOT NULL, "
        "reported_on TEXT NOT NULL, recorded_at TEXT NOT NULL, origin TEXT NOT NULL, "
        "row_hash TEXT NOT NULL",
        "report_id, version",
    ),
    "retraction": _Table(
        "report_id TEXT NOT NULL, recorded_at TEXT NOT NULL, "
        "retracted INTEGER NOT NULL CHECK (retracted IN (0, 1)), origin TEXT, "
        "reason TEXT NOT NULL CHECK (reason <> ''), row_hash TEXT NOT NULL",
        "report_id, recorded_at",
    ),
    "coverage_version": _ORIGIN,
    "source_version": _ORIGIN,
    "verdict_version": _ORIGIN,
    "model": _Table(f"fingerprint TEXT NOT NULL, {_CONTENT}, {_SEAL}", "fingerprint"),
    "posterior": _Table(
        "id TEXT NOT NULL, model_fingerprint TEXT NOT NULL, evidence_fingerprint TEXT NOT NULL, "
        "as_of TEXT, settings TEXT NOT NULL, versions TEXT NOT NULL, diagnostics TEXT NOT NULL, "
        f"file_name TEXT NOT NULL, file_hash TEXT NOT NULL, {_SEAL}",
        "id",
        (_MODEL,),
        (
            ("fingerprints", "model_fingerprint, evidence_fingerprint"),
            ("recorded_at", "recorded_at"),
        ),
    ),
    "issued_forecast": _Table(
        "id TEXT NOT NULL, issued_at TEXT NOT NULL, as_of TEXT NOT NULL, recorded_by TEXT, "
        "model_fingerprint TEXT NOT NULL, evidence_fingerprint TEXT NOT NULL, posterior_id TEXT, "
        "settings TEXT NOT NULL, payload TEXT NOT NULL, content_hash TEXT NOT NULL, "
        "row_hash TEXT NOT NULL",
        "id",
        ("UNIQUE (case_id, content_hash)", _MODEL, _POSTERIOR),
        (("as_of", "as_of"), ("issued_at", "issued_at")),
    ),
    "resolution": _Table(
        f"question TEXT NOT NULL, {_VERSION}, {_CONTENT}, resolved_on TEXT NOT NULL, {_SEAL}",
        "question, version",
    ),
    "history_point": _Table(
        "id TEXT NOT NULL, as_of TEXT NOT NULL, model_fingerprint TEXT NOT NULL, "
        "evidence_fingerprint TEXT NOT NULL, settings TEXT NOT NULL, base TEXT NOT NULL, "
        f"posterior_id TEXT, payload TEXT NOT NULL, {_SEAL}",
        "id",
        (_MODEL, _POSTERIOR),
    ),
    "alert_version": _Table(
        f"alert TEXT NOT NULL, {_VERSION}, {_CONTENT}, as_of TEXT NOT NULL, {_SEAL}",
        "alert, version",
    ),
    "applied_file": _Table(
        f"name TEXT NOT NULL, file_hash TEXT NOT NULL, {_SEAL}", "name, file_hash, recorded_at"
    ),
}


def give_every_row_a_case(connection: Connection) -> tuple[str, ...]:
    """Widen every table by ``case_id``; return the tables whose guards have to be set up again."""
    run = connection.exec_driver_sql
    run(KNOWN_CASE)
    for name, table in _TABLES.items():
        parts = (table.columns, f"PRIMARY KEY (case_id, {table.key})", *table.others)
        run(f"CREATE TABLE new_{name} (case_id TEXT NOT NULL, {', '.join(parts)})")
        names = _names(table)
        before, after = _sql_table(name, *names), _sql_table(f"new_{name}", "case_id", *names)
        rows = select(literal("").label("case_id"), *before.columns)
        connection.execute(insert(after).from_select(["case_id", *names], rows))
    for name in reversed(_TABLES):
        run(f"DROP TABLE {name}")
    for name, table in _TABLES.items():
        run(f"ALTER TABLE new_{name} RENAME TO {name}")
        for suffix, columns in table.indexes:
            run(f"CREATE INDEX {name}_{suffix} ON {name} (case_id, {columns})")
    return ("known_case", *_TABLES)


def _names(table: _Table) -> list[str]:
    """Return the names of the columns; a check has a comma in it."""
    return [words.split()[0] for words in table.columns.replace("(0, 1)", "").split(", ")]


def _sql_table(name: str, *columns: str) -> TableClause:
    return sql_table(name, *(column(each) for each in columns))
