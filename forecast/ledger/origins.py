"""Logs whose versions hold all rows of an origin: coverage, and sources with their verdicts.

The order of the rows is part of what an origin (a folder, a file) says, so a version holds all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row

from forecast.beliefs.identity import row_fault
from forecast.beliefs.reports import CoverageWindow
from forecast.beliefs.sources import Source, Verdict
from forecast.errors import ReportsError
from forecast.ledger.database import Database
from forecast.ledger.hashing import canonical_json, content_of, day, moment, plain
from forecast.ledger.records import CoverageRecord, SyncResult
from forecast.ledger.schema import coverage_version, source_version, verdict_version
from forecast.ledger.versions import VersionedLog

__all__ = ["CoverageLog", "SourceLog"]


class OriginLog(VersionedLog[list[dict[str, Any]]]):
    """Versions of which each holds all rows of one origin."""

    def _value(self, row: Row[Any]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(row.content)
        return rows

    def texts(self, connection: Connection, origin: str) -> list[str]:
        """Return the text of every version of an origin, the first one first."""
        return [str(row.content) for row in connection.execute(self.of(origin))]

    def replace(self, connection: Connection, text: str, *, origin: str, now: str) -> list[str]:
        """Write a version unless it says the same; return the versions before."""
        before = self.texts(connection, origin)
        if text != (before[-1] if before else "[]"):
            self.append(connection, origin, text, number=len(before) + 1, now=now)
        return before

    def rows(
        self, *, recorded_by: datetime | None, origin: str | None = None
    ) -> Iterator[tuple[Row[Any], list[dict[str, Any]]]]:
        """Give the last version of every origin, by name, with the rows it holds."""
        with self.database.reading() as connection:
            held = connection.execute(self.select(recorded_by=recorded_by))
            last = {row.origin: row for row in held}
        for name in sorted(last, key=str):  # one may have been damaged
            if origin in (None, name):
                yield last[name], self.value(last[name])


def _text(rows: Iterable[object], *, origin: str) -> str:
    """Write rows as the one text that stands for them."""
    return canonical_json([content_of(row) for row in rows], where=origin)


class CoverageLog(OriginLog):
    """Coverage windows: when somebody looked, and how well."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, coverage_version, "coverage")

    def sync(self, windows: Iterable[object], *, origin: str) -> SyncResult:
        """Record the coverage windows an origin holds now; a second time adds nothing.

        Parameters
        ----------
        windows : iterable of CoverageWindow, CoverageRecord or mapping
            All windows of the origin, in order.
        origin : str
            The folder or file they come from.

        Returns
        -------
        SyncResult
            Windows are named ``indicator first..last``, by days; a window with the same name and
            other content is revised.

        Raises
        ------
        LedgerError
            If a window has no JSON form or the database cannot be written.
        """
        text = _text(windows, origin=origin)
        with self.database.writing() as (connection, now):
            before = self.replace(connection, text, origin=origin, now=now)
        with self.database.readable(f"coverage of {origin}"):
            return _compare(_windows(text), [_windows(content) for content in before])

    def add(
        self, connection: Connection, arrived: Sequence[object], *, origin: str, now: str
    ) -> None:
        """Put windows behind those that are there, in the caller's transaction.

        One that is there goes behind the others only if one of these overrides it.
        """
        before = self.texts(connection, origin)
        with self.database.readable(f"coverage of {origin}"):
            held: list[dict[str, Any]] = json.loads(before[-1]) if before else []
        for row in json.loads(_text(arrived, origin=origin)):
            if row not in held or _overridden(row, held):
                held = [*(one for one in held if one != row), row]
        self.replace(connection, _text(held, origin=origin), origin=origin, now=now)

    def would_stand(
        self, windows: Iterable[CoverageWindow], *, origin: str
    ) -> list[CoverageWindow]:
        """Return what `latest` would give once an origin has said this; nothing is written."""
        held: dict[str, list[CoverageWindow]] = {}
        for one in self.latest():
            held.setdefault(one.origin, []).append(one.window)
        held[origin] = list(windows)
        return [one for name in sorted(held) for one in held[name]]

    def latest(self, *, recorded_by: datetime | None = None) -> list[CoverageRecord]:
        """Return the coverage windows by origin, each origin's in its order.

        Parameters
        ----------
        recorded_by : datetime, optional
            The ledger as it stood at this moment; the default is now.
        """
        return [
            CoverageRecord(row.origin, position, content, moment(row.recorded_at))
            for row, windows in self.rows(recorded_by=recorded_by)
            for position, content in enumerate(windows)
        ]


def _overridden(row: Mapping[str, Any], held: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a window behind one that is held says something else of the same days."""
    return any(
        one["indicator"] == row["indicator"]
        and one["starts_on"] <= row["ends_on"]
        and row["starts_on"] <= one["ends_on"]
        for one in held[held.index(row) + 1 :]
    )


def _windows(text: str) -> dict[str, str]:
    """Give each window a name, numbered from the second of the same name on."""
    windows: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for window in json.loads(text):
        name = f"{window.get('indicator')} {window.get('starts_on')}..{window.get('ends_on')}"
        seen[name] += 1
        windows[name if seen[name] == 1 else f"{name} ({seen[name]})"] = canonical_json(window)
    return windows


def _compare(windows: Mapping[str, str], before: list[dict[str, str]]) -> SyncResult:
    last = before[-1] if before else {}
    ever = {name for version in before for name in version}
    kept = windows.keys() & last.keys()
    return SyncResult(
        new=tuple(sorted(windows.keys() - ever)),
        known=tuple(sorted(name for name in kept if last[name] == windows[name])),
        revised=tuple(sorted(name for name in kept if last[name] != windows[name])),
        withdrawn=tuple(sorted(last.keys() - windows.keys())),
        restored=tuple(sorted((windows.keys() & ever) - last.keys())),
    )


class SourceLog:
    """Sources and how their reports turned out, as each origin said it at each moment."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sources = OriginLog(database, source_version, source_version.name)
        self._verdicts = OriginLog(database, verdict_version, verdict_version.name)

    def sync(self, sources: Iterable[object], verdicts: Iterable[object], *, origin: str) -> bool:
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
            self._sources: _text(_checked(sources, origin), origin=origin),
            self._verdicts: _text(_checked(verdicts, origin), origin=origin),
        }
        with self._database.reading() as connection:
            held = {log: (log.texts(connection, origin) or ["[]"])[-1] for log in texts}
        if texts == held:
            return False
        with self._database.writing() as (connection, now):
            for log, text in texts.items():
                log.replace(connection, text, origin=origin, now=now)
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
            As in `sync`.
        """
        said = plain(content_of(*_checked([verdict], origin)), where=origin)
        assert isinstance(said, dict)
        with self._database.writing() as (connection, now):
            before = self._verdicts.texts(connection, origin)
            with self._database.readable(f"verdicts of {origin}"):
                rows: list[dict[str, Any]] = json.loads(before[-1]) if before else []
                same = [row for row in rows if _key(row) == _key(said)]
            if said in same:
                return "known"
            text = _text([*(row for row in rows if row not in same), said], origin=origin)
            self._verdicts.replace(connection, text, origin=origin, now=now)
        return "corrected" if same else "new"

    def latest(self, *, recorded_by: datetime | None = None) -> list[Source]:
        """Return the sources, by origin, each origin's in its order.

        Parameters
        ----------
        recorded_by : datetime, optional
            The ledger as it stood at this moment; the default is now.
        """
        return [
            Source(**{**row, **{name: tuple(row[name]) for name in ("hosts", "lineages")}})
            for _, rows in self._sources.rows(recorded_by=recorded_by)
            for row in rows
        ]

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
        for _, rows in self._verdicts.rows(recorded_by=recorded_by, origin=origin):
            for row in rows:
                known_on = date.fromisoformat(day(row["known_on"], where="known_on"))
                verdict = Verdict(**{**row, "known_on": known_on, "by": tuple(row["by"])})
                found[verdict.key] = verdict
        return [found[key] for key in sorted(found)]


def _checked(rows: Iterable[object], origin: str) -> list[object]:
    held = list(rows)
    for row in held:
        if fault := row_fault(content_of(row)):
            raise ReportsError(f"{origin}: a row: {fault}")
    return held


def _key(row: Mapping[str, object]) -> tuple[object, object]:
    return row["report_id"], row["known_on"]
