"""The schema, step by step: each migration has a number, runs once, and is recorded.

Neither SQLite nor PostgreSQL can widen a key in place without giving up what refers to it. The
copied rows have no case; they belong to the project that enters first (`forecast.ledger.cases`).

A migration that has been released is never edited; a change of the tables is a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, TableClause, column, insert, inspect, literal, select
from sqlalchemy import table as sql_table

from forecast.errors import LedgerError
from forecast.ledger.moments import stamp
from forecast.ledger.tables import migration

__all__ = [
    "GUARDED",
    "KNOWN_CASE",
    "MIGRATIONS",
    "Migration",
    "apply_migration",
    "give_every_row_a_case",
    "pending",
]

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


_FIRST_WITHOUT_CASES = (
    """CREATE TABLE migration (
        number INTEGER NOT NULL, name TEXT NOT NULL, applied_at TEXT NOT NULL,
        PRIMARY KEY (number))""",
    """CREATE TABLE report_version (
        report_id TEXT NOT NULL, version INTEGER NOT NULL CHECK (version >= 1),
        content TEXT NOT NULL, content_hash TEXT NOT NULL,
        occurred_on TEXT NOT NULL, reported_on TEXT NOT NULL,
        recorded_at TEXT NOT NULL, origin TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (report_id, version))""",
    "CREATE INDEX report_version_recorded_at ON report_version (recorded_at)",
    """CREATE TABLE retraction (
        report_id TEXT NOT NULL, recorded_at TEXT NOT NULL,
        retracted INTEGER NOT NULL CHECK (retracted IN (0, 1)),
        origin TEXT, reason TEXT NOT NULL CHECK (reason <> ''), row_hash TEXT NOT NULL,
        PRIMARY KEY (report_id, recorded_at))""",
    "CREATE INDEX retraction_recorded_at ON retraction (recorded_at)",
    """CREATE TABLE coverage_version (
        origin TEXT NOT NULL, version INTEGER NOT NULL CHECK (version >= 1),
        content TEXT NOT NULL, content_hash TEXT NOT NULL,
        recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (origin, version))""",
    "CREATE INDEX coverage_version_recorded_at ON coverage_version (recorded_at)",
    """CREATE TABLE model (
        fingerprint TEXT NOT NULL, content TEXT NOT NULL, content_hash TEXT NOT NULL,
        recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (fingerprint))""",
    "CREATE INDEX model_recorded_at ON model (recorded_at)",
    """CREATE TABLE posterior (
        id TEXT NOT NULL,
        model_fingerprint TEXT NOT NULL REFERENCES model (fingerprint),
        evidence_fingerprint TEXT NOT NULL, as_of TEXT,
        settings TEXT NOT NULL, versions TEXT NOT NULL, diagnostics TEXT NOT NULL,
        file_name TEXT NOT NULL, file_hash TEXT NOT NULL,
        recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (id))""",
    """CREATE INDEX posterior_fingerprints
        ON posterior (model_fingerprint, evidence_fingerprint)""",
    "CREATE INDEX posterior_recorded_at ON posterior (recorded_at)",
    """CREATE TABLE issued_forecast (
        id TEXT NOT NULL, issued_at TEXT NOT NULL, as_of TEXT NOT NULL, recorded_by TEXT,
        model_fingerprint TEXT NOT NULL REFERENCES model (fingerprint),
        evidence_fingerprint TEXT NOT NULL,
        posterior_id TEXT REFERENCES posterior (id),
        settings TEXT NOT NULL, payload TEXT NOT NULL,
        content_hash TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (id), UNIQUE (content_hash))""",
    "CREATE INDEX issued_forecast_as_of ON issued_forecast (as_of)",
    "CREATE INDEX issued_forecast_issued_at ON issued_forecast (issued_at)",
)

_RESOLUTION = (
    """CREATE TABLE resolution (
        question TEXT NOT NULL, version INTEGER NOT NULL CHECK (version >= 1),
        content TEXT NOT NULL, content_hash TEXT NOT NULL,
        resolved_on TEXT NOT NULL, recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (question, version))""",
    "CREATE INDEX resolution_recorded_at ON resolution (recorded_at)",
)

_HISTORY = (
    """CREATE TABLE history_point (
        id TEXT NOT NULL, as_of TEXT NOT NULL,
        model_fingerprint TEXT NOT NULL REFERENCES model (fingerprint),
        evidence_fingerprint TEXT NOT NULL, settings TEXT NOT NULL, base TEXT NOT NULL,
        posterior_id TEXT REFERENCES posterior (id),
        payload TEXT NOT NULL, recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (id))""",
    "CREATE INDEX history_point_recorded_at ON history_point (recorded_at)",
)

_OF_ORIGINS = ("source_version", "verdict_version")

_ALERTS = (
    """CREATE TABLE alert_version (
        alert TEXT NOT NULL, version INTEGER NOT NULL CHECK (version >= 1),
        content TEXT NOT NULL, content_hash TEXT NOT NULL,
        as_of TEXT NOT NULL, recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (alert, version))""",
    "CREATE INDEX alert_version_recorded_at ON alert_version (recorded_at)",
)

_FILES = (
    """CREATE TABLE applied_file (
        name TEXT NOT NULL, file_hash TEXT NOT NULL,
        recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (name, file_hash, recorded_at))""",
    "CREATE INDEX applied_file_recorded_at ON applied_file (recorded_at)",
)

_FIRST_TABLES = (
    "migration",
    "report_version",
    "retraction",
    "coverage_version",
    "model",
    "posterior",
    "issued_forecast",
)

#: Every table whose rows can be neither changed nor removed.
GUARDED = (
    *_FIRST_TABLES,
    "resolution",
    "history_point",
    *_OF_ORIGINS,
    "alert_version",
    "applied_file",
    "known_case",
)

_POSTGRESQL_GUARD = """CREATE FUNCTION forecast_append_only() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$ LANGUAGE plpgsql"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered change of the schema."""

    number: int
    name: str
    apply: Callable[[Connection], None]


def _create_tables(connection: Connection) -> None:
    for statement in _FIRST_WITHOUT_CASES:
        connection.exec_driver_sql(statement)


def _forbid_changes(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_POSTGRESQL_GUARD)
    for table in _FIRST_TABLES:
        _guard(connection, table)


def _guard(connection: Connection, table: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION forecast_append_only()"
        )
        return
    for action in ("update", "delete"):
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_no_{action} BEFORE {action.upper()} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )


def _create_resolution(connection: Connection) -> None:
    for statement in _RESOLUTION:
        connection.exec_driver_sql(statement)
    _guard(connection, "resolution")


def _create_history(connection: Connection) -> None:
    for statement in _HISTORY:
        connection.exec_driver_sql(statement)
    _guard(connection, "history_point")


def _create_sources(connection: Connection) -> None:
    for table in _OF_ORIGINS:
        connection.exec_driver_sql(
            f"""CREATE TABLE {table} (
                origin TEXT NOT NULL, version INTEGER NOT NULL CHECK (version >= 1),
                content TEXT NOT NULL, content_hash TEXT NOT NULL,
                recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
                PRIMARY KEY (origin, version))"""
        )
        connection.exec_driver_sql(f"CREATE INDEX {table}_recorded_at ON {table} (recorded_at)")
        _guard(connection, table)


def _create_alerts(connection: Connection) -> None:
    for statement in _ALERTS:
        connection.exec_driver_sql(statement)
    _guard(connection, "alert_version")


def _create_files(connection: Connection) -> None:
    for statement in _FILES:
        connection.exec_driver_sql(statement)
    _guard(connection, "applied_file")


def _create_cases(connection: Connection) -> None:
    for table in give_every_row_a_case(connection):
        _guard(connection, table)


MIGRATIONS = (
    Migration(1, "create the tables", _create_tables),
    Migration(2, "forbid changes to what is recorded", _forbid_changes),
    Migration(3, "record how questions were resolved", _create_resolution),
    Migration(4, "record what would have been published", _create_history),
    Migration(5, "record sources and how their reports turned out", _create_sources),
    Migration(6, "record which alerts were raised and cleared", _create_alerts),
    Migration(7, "record which files were applied", _create_files),
    Migration(8, "give every row a case", _create_cases),
)


def pending(connection: Connection, *, place: str) -> list[Migration]:
    """Return the migrations this database has still to see, in order.

    Raises
    ------
    LedgerError
        If the database belongs to something else, or to a newer version of this package.
    """
    tables = set(inspect(connection).get_table_names())
    if migration.name not in tables:
        if tables:
            raise LedgerError(
                f"{place}: is a database, but not a ledger (it holds the table "
                f"{min(tables)!r}); choose another place for the ledger"
            )
        return list(MIGRATIONS)
    applied = set(connection.scalars(select(migration.c.number)))
    known = {step.number for step in MIGRATIONS}
    if applied - known:
        raise LedgerError(
            f"{place}: was written by a newer version of forecast (schema {max(applied)}, this "
            f"one knows {max(known)}); upgrade forecast, or move the ledger and posteriors/ away "
            "and run again: events/ will be read again"
        )
    return [step for step in MIGRATIONS if step.number not in applied]


def apply_migration(connection: Connection, step: Migration, *, now: datetime) -> None:
    """Change the schema and record that it was done, in the caller's transaction."""
    step.apply(connection)
    connection.execute(
        insert(migration), {"number": step.number, "name": step.name, "applied_at": stamp(now)}
    )
