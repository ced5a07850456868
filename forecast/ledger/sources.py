"""Sources and how their reports turned out, as each origin said it at each moment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table

from forecast.beliefs import Source, Verdict
from forecast.beliefs.ids import row_fault
from forecast.errors import ReportsError
from forecast.ledger.arrivals import contents_of, latest_versions, record_origin, rows_text
from forecast.ledger.database import Database
from forecast.ledger.faults import intact_row, unreadable_row
from forecast.ledger.hashing import content_of, plain
from forecast.ledger.moments import day
from forecast.ledger.schema import source_version, verdict_version

__all__ = ["SourceLog"]


class SourceLog(Database):
    """The part of the ledger that holds sources and verdicts on reports."""

    def sync_sources(
        self, sources: Iterable[object], verdicts: Iterable[object], *, origin: str
    ) -> bool:
        """Record the sources and verdicts an origin holds now; a second time adds nothing.

        Returns
        -------
        bool
            Whether anything was written.

        Raises
        ------
        ReportsError
            If an id is not made of what ids are made of.
        LedgerError
            If a row has no JSON form or the database cannot be written.
        """
        texts = {
            source_version: rows_text(_checked(sources, origin), origin=origin),
            verdict_version: rows_text(_checked(verdicts, origin), origin=origin),
        }
        with self.reading() as connection:
            held = {table: contents_of(connection, table, origin) for table in texts}
        if all(text == (held[table] or ["[]"])[-1] for table, text in texts.items()):
            return False
        with self.writing() as (connection, now):
            for table, text in texts.items():
                record_origin(connection, table, text, origin=origin, now=now)
        return True

    def add_verdict(self, verdict: object, *, origin: str) -> str:
        """Record one verdict beside those an origin holds; one of the same day is corrected.

        Returns
        -------
        str
            ``new``, ``corrected``, or ``known`` where nothing was written.

        Raises
        ------
        LedgerError
            As in `sync_sources`.
        """
        said = plain(content_of(*_checked([verdict], origin)), where=origin)
        assert isinstance(said, dict)
        with self.writing() as (connection, now):
            before = contents_of(connection, verdict_version, origin)
            with unreadable_row(self.place, f"verdicts of {origin}"):
                rows: list[dict[str, Any]] = json.loads(before[-1]) if before else []
                same = [row for row in rows if _key(row) == _key(said)]
            if said in same:
                return "known"
            rows = [row for row in rows if row not in same]
            text = rows_text([*rows, said], origin=origin)
            record_origin(connection, verdict_version, text, origin=origin, now=now)
        return "corrected" if same else "new"

    def sources(self, *, recorded_by: datetime | None = None) -> list[Source]:
        """Return the sources, by origin, each origin's in its order.

        Parameters
        ----------
        recorded_by : datetime, optional
            The ledger as it stood at this moment; the default is now.
        """
        found = []
        for row in self._rows(source_version, recorded_by):
            values = {name: tuple(row.pop(name)) for name in ("hosts", "lineages")}
            found.append(Source(**{**row, **values}))
        return found

    def verdicts(
        self, *, recorded_by: datetime | None = None, origin: str | None = None
    ) -> list[Verdict]:
        """Return the verdicts by report and day; of one report and day the last origin's.

        Origins go by name, so that what ``events`` says holds over what was ``added``.

        Parameters
        ----------
        recorded_by : datetime, optional
            The ledger as it stood at this moment; the default is now.
        origin : str, optional
            Only what this origin says.
        """
        found: dict[tuple[str, date], Verdict] = {}
        for row in self._rows(verdict_version, recorded_by, origin=origin):
            known_on = date.fromisoformat(day(row.pop("known_on"), where="known_on"))
            verdict = Verdict(**{**row, "known_on": known_on, "by": tuple(row["by"])})
            found[verdict.key] = verdict
        return [found[key] for key in sorted(found)]

    def _rows(
        self, table: Table, recorded_by: datetime | None, *, origin: str | None = None
    ) -> list[dict[str, Any]]:
        with self.reading() as connection:
            latest = latest_versions(connection, table, recorded_by=recorded_by)
        rows: list[dict[str, Any]] = []
        for name, row in latest.items():
            if origin in (None, name):
                with intact_row(
                    self.place, table, row, f"version {row.version} of {table.name} {name}"
                ):
                    rows += json.loads(row.content)
        return rows


def _checked(rows: Iterable[object], origin: str) -> list[object]:
    held = list(rows)
    for row in held:
        if fault := row_fault(content_of(row)):
            raise ReportsError(f"{origin}: a row: {fault}")
    return held


def _key(row: Mapping[str, object]) -> tuple[object, object]:
    return row["report_id"], row["known_on"]
