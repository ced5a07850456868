"""The tables, the seal of a row, and the steps that bring a database to them.

=================  ====================================================  ======================
table              one row is                                            key
=================  ====================================================  ======================
migration          a change of the schema that was applied               number
report_version     a report as it read when it was recorded              report_id, version
retraction         a word on whether a report stands; the last counts    report_id, recorded_at
coverage_version   all coverage windows of one origin                    origin, version
model              the beliefs a fingerprint stands for                  fingerprint
posterior          draws from one fit, kept in a file beside the ledger  id
issued_forecast    a forecast as it was published                        id
resolution         what was said about the outcome of a question         question, version
history_point      what would have been published on a day               id
source_version     all sources of one origin                             origin, version
verdict_version    all verdicts on reports of one origin                 origin, version
alert_version      what was last said of an alert                        alert, version
announced_version  what was said of an announcement                      announcement, version
applied_file       a file whose rows were added                          name, file_hash,
                                                                         recorded_at
known_case         a project that has entered, and its case              name
=================  ====================================================  ======================

Rows are only ever added; triggers guard them. Every row belongs to one case: ``case_id`` comes
before the key, and is empty for rows from before there were cases. ``recorded_at`` (``issued_at``
for a forecast) is later in every transaction of a case than in the one before; ``row_hash`` seals
all other columns, in the order in which they stand here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Row,
    Table,
    Text,
    UniqueConstraint,
    column,
    insert,
    inspect,
    literal,
    select,
    text,
)
from sqlalchemy import table as sql_table

from forecast.errors import LedgerError
from forecast.ledger.hashing import canonical_json, stamp, text_hash

__all__ = [
    "ID_DIGITS",
    "MIGRATIONS",
    "SEALED",
    "Migration",
    "alert_version",
    "announced_version",
    "applied_file",
    "apply_migration",
    "coverage_version",
    "history_point",
    "intact",
    "issued_forecast",
    "known_case",
    "metadata",
    "migration",
    "missing_guards",
    "model",
    "pending",
    "posterior",
    "report_version",
    "resolution",
    "retraction",
    "sealed",
    "source_version",
    "verdict_version",
]

#: An id of a posterior or a forecast is the beginning of the hash of its content.
ID_DIGITS = 16

metadata = MetaData()

_OF_ORIGIN = "origin version content content_hash recorded_at"
_CHECKS = {"version": "version >= 1", "retracted": "retracted IN (0, 1)", "reason": "reason <> ''"}


def _columns(names: str) -> list[Column[Any]]:
    """Lay out columns of text, and of numbers by their names; ``?`` marks one that may be null."""
    return [_column(each.rstrip("?"), nullable=each.endswith("?")) for each in names.split()]


def _column(name: str, *, nullable: bool) -> Column[Any]:
    kind = Integer if name in {"number", "version", "retracted"} else Text
    checks = [CheckConstraint(_CHECKS[name])] if name in _CHECKS else []
    return Column(name, kind, *checks, nullable=nullable)


def _table(
    name: str,
    columns: str,
    *others: ForeignKeyConstraint | UniqueConstraint | Index,
    key: str,
    indexes: str = "recorded_at",
) -> Table:
    """Lay out a table whose rows belong to a case and are sealed."""
    return Table(
        name,
        metadata,
        *_columns(f"case_id {columns} row_hash"),
        PrimaryKeyConstraint("case_id", *key.split()),
        *others,
        *(Index(f"{name}_{each}", "case_id", each) for each in indexes.split()),
    )


def _of(column: str, parent: str, key: str) -> ForeignKeyConstraint:
    """Name a row of the same case."""
    return ForeignKeyConstraint(["case_id", column], [f"{parent}.case_id", f"{parent}.{key}"])


migration = Table(
    "migration", metadata, *_columns("number name applied_at"), PrimaryKeyConstraint("number")
)

report_version = _table(
    "report_version",
    "report_id version content content_hash occurred_on reported_on recorded_at origin",
    key="report_id version",
)

# retracted: 1 where it is withdrawn, 0 where it stands again; no origin where that was by hand
retraction = _table(
    "retraction", "report_id recorded_at retracted origin? reason", key="report_id recorded_at"
)

coverage_version = _table("coverage_version", _OF_ORIGIN, key="origin version")

model = _table("model", "fingerprint content content_hash recorded_at", key="fingerprint")

posterior = _table(
    "posterior",
    "id model_fingerprint evidence_fingerprint as_of? settings versions diagnostics "
    "file_name file_hash recorded_at",
    _of("model_fingerprint", "model", "fingerprint"),
    Index("posterior_fingerprints", "case_id", "model_fingerprint", "evidence_fingerprint"),
    key="id",
)

issued_forecast = _table(
    "issued_forecast",
    "id issued_at as_of recorded_by? model_fingerprint evidence_fingerprint posterior_id? "
    "settings payload content_hash",
    UniqueConstraint("case_id", "content_hash"),
    _of("model_fingerprint", "model", "fingerprint"),
    _of("posterior_id", "posterior", "id"),
    key="id",
    indexes="as_of issued_at",
)

resolution = _table(
    "resolution",
    "question version content content_hash resolved_on recorded_at",
    key="question version",
)

# base: the fit whose draws stand before this point, or "prior"
history_point = _table(
    "history_point",
    "id as_of model_fingerprint evidence_fingerprint settings base posterior_id? payload "
    "recorded_at",
    _of("model_fingerprint", "model", "fingerprint"),
    _of("posterior_id", "posterior", "id"),
    key="id",
)

source_version = _table("source_version", _OF_ORIGIN, key="origin version")

verdict_version = _table("verdict_version", _OF_ORIGIN, key="origin version")

alert_version = _table(
    "alert_version", "alert version content content_hash as_of recorded_at", key="alert version"
)

announced_version = _table(
    "announced_version",
    "announcement version content content_hash told_on recorded_at",
    key="announcement version",
)

applied_file = _table(
    "applied_file", "name file_hash recorded_at", key="name file_hash recorded_at"
)

known_case = Table(
    "known_case",
    metadata,
    *_columns("name case_id recorded_at row_hash"),
    PrimaryKeyConstraint("name"),
)

SEALED = tuple(table for table in metadata.tables.values() if table not in (migration, known_case))


def sealed(table: Table, row: Mapping[str, object], *, case: str) -> dict[str, object]:
    """Return the row of a case with its ``row_hash``: the SHA-256 of table and all other columns.

    An empty case is left out, as in rows from before there were cases, which keep their hashes.

    Examples
    --------
    >>> row = sealed(model, {"fingerprint": "f", "content": "{}", "content_hash": "h",
    ...                      "recorded_at": "2024-06-19T12:00:00.000000Z"}, case="")
    >>> row == sealed(model, row, case="")
    True
    """
    whole = {**row, "case_id": case}
    values = [whole[name] for name in _sealing(table, of_case=bool(case))]
    return {**whole, "row_hash": text_hash(canonical_json([str(table.name), *values]))}


@cache
def _sealing(table: Table, *, of_case: bool) -> tuple[str, ...]:
    """Name the columns that a seal is of, in their order."""
    left = {"row_hash"} if of_case else {"row_hash", "case_id"}
    return tuple(column.name for column in table.columns if column.name not in left)


def intact(table: Table, row: Row[Any]) -> bool:
    """Whether a whole row is as it was sealed; what has no JSON form was never recorded."""
    case = row.case_id
    try:
        values = [getattr(row, name) for name in _sealing(table, of_case=bool(case))]
        return bool(text_hash(canonical_json([str(table.name), *values])) == row.row_hash)
    except LedgerError:
        return False


_STANDING_GUARDS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
}
_REFUSES = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
_GUARDS = {
    "sqlite": {
        "no_update": f"BEFORE UPDATE ON {{table}} {_REFUSES}",
        "no_delete": f"BEFORE DELETE ON {{table}} {_REFUSES}",
    },
    "postgresql": {
        "append_only": "BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION forecast_append_only()"
    },
}
_POSTGRESQL_REFUSES = """CREATE OR REPLACE FUNCTION forecast_append_only() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$ LANGUAGE plpgsql"""


def missing_guards(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return the guards against changes that do not stand: table and statement, by name."""
    kind = connection.dialect.name
    there = set(connection.scalars(text(_STANDING_GUARDS[kind])))
    guards = {
        f"{table}_{suffix}": (table, f"CREATE TRIGGER {table}_{suffix} {does.format(table=table)}")
        for table in metadata.tables
        for suffix, does in _GUARDS[kind].items()
    }
    return {name: guard for name, guard in guards.items() if name not in there}


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered change of the schema; it runs once and is recorded."""

    number: int
    name: str
    apply: Callable[[Connection], None]


def _make_tables(connection: Connection) -> None:
    """Make every table and guard that is not there; what an earlier ledger holds is kept.

    Tables from before there were cases are made anew, since neither SQLite nor PostgreSQL widens a
    key in place; their rows have no case, and belong to the project that enters first.
    """
    there = inspect(connection)
    held = set(there.get_table_names())
    before: dict[Table, list[str]] = {}
    for table in metadata.sorted_tables:
        names = [one["name"] for one in there.get_columns(table.name)] if table.name in held else []
        if "case_id" in table.c and names and "case_id" not in names:
            before[table] = names
    for table in before:
        for index in there.get_indexes(table.name):
            if "duplicates_constraint" not in index:
                connection.exec_driver_sql(f"DROP INDEX {index['name']}")
        connection.exec_driver_sql(f"ALTER TABLE {table.name} RENAME TO before_{table.name}")
    metadata.create_all(connection)
    for table, names in before.items():
        old = sql_table(f"before_{table.name}", *(column(name) for name in names))
        rows = select(literal("").label("case_id"), *old.columns)
        connection.execute(insert(table).from_select(["case_id", *names], rows))
    for table in reversed(before):
        connection.exec_driver_sql(f"DROP TABLE before_{table.name}")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_POSTGRESQL_REFUSES)
    for _, statement in missing_guards(connection).values():
        connection.exec_driver_sql(statement)


#: A change of the tables of a released version is a step of its own. Ledgers from before the first
#: release hold some of the numbers 1 to 7: the first step leads from each of them.
MIGRATIONS = (
    Migration(8, "make the tables", _make_tables),
    Migration(9, "make the table of announcements", _make_tables),
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
    known = MIGRATIONS[-1].number
    if max(applied, default=0) > known:
        raise LedgerError(
            f"{place}: was written by a newer version of forecast (schema {max(applied)}, this "
            f"one knows {known}); upgrade forecast, or move the ledger and posteriors/ away "
            "and run again: events/ will be read again"
        )
    return [step for step in MIGRATIONS if step.number not in applied]


def apply_migration(connection: Connection, step: Migration, *, now: datetime) -> None:
    """Change the schema and record that it was done, in the caller's transaction."""
    step.apply(connection)
    connection.execute(
        insert(migration), {"number": step.number, "name": step.name, "applied_at": stamp(now)}
    )
