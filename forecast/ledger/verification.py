"""Trust, and look again: re-derive every hash and list what disagrees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Table, column, func, select, text
from sqlalchemy import table as sql_table

from forecast.errors import LedgerError
from forecast.ledger.cases import UNNAMED, case_of, own
from forecast.ledger.forecasts import FORECAST_CONTENT
from forecast.ledger.hashing import content_hash, text_hash
from forecast.ledger.posteriors import POSTERIOR_CONTENT, PosteriorLog, file_problem
from forecast.ledger.schema import (
    ID_DIGITS,
    SEALED,
    alert_version,
    coverage_version,
    intact,
    issued_forecast,
    known_case,
    missing_guards,
    posterior,
    report_version,
    resolution,
    retraction,
    source_version,
    verdict_version,
)

__all__ = ["Verification"]

_DAYS = ("occurred_on", "reported_on")


class Verification(PosteriorLog):
    """The part of the ledger that looks whether it is still what was written."""

    def verify(self) -> list[str]:
        """List, one line each, everything that is not as it was recorded; empty when all is well.

        It looks at the database's own structure, the guards against changes, the hash of every
        row and content, the numbering of versions, and the posterior files. A row removed from
        the end of a history, guards and all, leaves no trace to find.
        """
        problems: list[str] = []
        try:
            with self.reading() as connection:
                for check in (_structure, _guards, _cases, _rows, _histories, _retractions):
                    problems += check(connection)
            records = self._records(self._posteriors(None))
        except LedgerError as error:
            return [*problems, str(error)]
        found = [file_problem(record) for record in records]
        return problems + [problem for problem in found if problem is not None]

    def sizes(self) -> dict[str, int]:
        """Count the rows of every table that `verify` derives the hashes of."""
        with self.reading() as connection:
            return {
                table.name: connection.scalar(
                    select(func.count()).select_from(table).where(self.own(table))
                )
                or 0
                for table in SEALED
            }


def _structure(connection: Connection) -> Iterator[str]:
    if connection.dialect.name != "sqlite":
        return
    for said in connection.scalars(text("PRAGMA integrity_check")):
        if said != "ok":
            yield f"the database file is damaged: {said}"
    for row in connection.execute(text("PRAGMA foreign_key_check")).all():
        named = sql_table(row[0], column("rowid"), column("case_id"))
        asked = select(named.c.case_id).where(named.c.rowid == row[1])
        if connection.scalar(asked) == case_of(connection):
            yield f"{row[0]}: a row names something in {row[2]} that is not there"


def _guards(connection: Connection) -> Iterator[str]:
    for guard, (table, _) in missing_guards(connection).items():
        yield f"{table}: the guard {guard} is gone, so rows can be changed"


def _cases(connection: Connection) -> Iterator[str]:
    """Names are as they were given, and every row belongs to a case of a name, or to none."""
    for row in connection.execute(select(known_case).where(own(connection, known_case))):
        if not intact(known_case, row):
            yield f"known_case {row.name}: the row was changed after it was recorded"
    known = select(known_case.c.case_id)
    for table in SEALED:
        lost = select(table).where(table.c.case_id.not_in(known), table.c.case_id != UNNAMED)
        for row in connection.execute(lost):
            yield f"{table.name} {_key(table, row)}: the row belongs to no case that has entered"


def _rows(connection: Connection) -> Iterator[str]:
    for table in SEALED:
        for row in connection.execute(select(table).where(own(connection, table))):
            name = f"{table.name} {_key(table, row)}"
            if not intact(table, row):
                yield f"{name}: the row was changed after it was recorded"
            elif not _content_agrees(table, row):
                yield f"{name}: the content does not have the hash it was recorded with"
            elif not _columns_agree(table, row):
                yield f"{name}: the columns do not say what the content says"


def _key(table: Table, row: Row[Any]) -> str:
    names = [column.name for column in table.primary_key.columns if column.name != "case_id"]
    return " ".join(str(getattr(row, name)) for name in names)


def _content_agrees(table: Table, row: Row[Any]) -> bool:
    if "content" in table.c:
        return bool(text_hash(row.content) == row.content_hash)
    if table is posterior:
        found = content_hash({name: getattr(row, name) for name in POSTERIOR_CONTENT})
        return bool(row.id == found[:ID_DIGITS])
    if table is issued_forecast:
        found = content_hash({name: getattr(row, name) for name in FORECAST_CONTENT})
        return bool(row.content_hash == found and row.id == found[:ID_DIGITS])
    return True


def _columns_agree(table: Table, row: Row[Any]) -> bool:
    for of, name in ((resolution, "resolved_on"), (alert_version, "as_of")):
        if table is of:
            return bool(json.loads(row.content).get(name) == getattr(row, name))
    if table is not report_version:
        return True
    content = json.loads(row.content)
    said = [content.get("report_id"), *(str(content.get(name))[:10] for name in _DAYS)]
    return said == [row.report_id, row.occurred_on, row.reported_on]


def _histories(connection: Connection) -> Iterator[str]:
    """Versions count 1, 2, 3 and are recorded in that order."""
    named = (
        (report_version, "report_id"),
        (coverage_version, "origin"),
        (resolution, "question"),
        (source_version, "origin"),
        (verdict_version, "origin"),
        (alert_version, "alert"),
    )
    for table, name in named:
        key = table.c[name]
        last: tuple[str, int, str] = ("", 0, "")
        for row in connection.execute(
            select(key, table.c.version, table.c.recorded_at)
            .where(own(connection, table))
            .order_by(key, table.c.version)
        ):
            if not isinstance(row.version, int) or not isinstance(row.recorded_at, str):
                continue  # named above, since its seal does not fit
            before = last if last[0] == row[0] else (row[0], 0, "")
            if row.version != before[1] + 1:
                yield f"{table.name} {row[0]}: version {before[1] + 1} is missing"
            if row.recorded_at <= before[2]:
                yield f"{table.name} {row[0]}: version {row.version} is older than the one before"
            last = (row[0], row.version, row.recorded_at)


def _retractions(connection: Connection) -> Iterator[str]:
    known = select(report_version.c.report_id).where(own(connection, report_version))
    orphans = select(retraction.c.report_id).where(
        own(connection, retraction), retraction.c.report_id.not_in(known)
    )
    orphans = orphans.distinct()
    for report_id in connection.scalars(orphans):
        yield f"retraction {report_id}: the report it speaks of is missing"
