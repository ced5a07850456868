"""A log of versioned content, and those of outcomes, of announcements and of alerts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, insert, select

from forecast.beliefs.announcements import (
    Announcement,
    announcement_content,
    announcement_of,
    known_announcements,
)
from forecast.beliefs.identity import row_fault
from forecast.errors import ReportsError
from forecast.ledger.database import Database
from forecast.ledger.hashing import canonical_json, day, moment, stamp, text_hash
from forecast.ledger.records import AlertRecord, AnnouncementRecord, ResolutionRecord
from forecast.ledger.schema import alert_version, announced_version, resolution, sealed

__all__ = ["AlertLog", "AnnouncementLog", "Log", "ResolutionLog", "VersionedLog"]

_OUTCOME = ("outcome", "resolved_on", "source", "url", "note")
_ALERT = ("word", "rule", "probability", "certainty", "reference")


class Log[T]:
    """The rows of one table that belong to the case of a database, and what they say.

    Parameters
    ----------
    named : str
        What the first column of the key names, in messages.
    """

    def __init__(self, database: Database, table: Table, named: str) -> None:
        self.database = database
        self.table = table
        self.key = table.primary_key.columns.keys()[1]
        self.named = named

    def select(self, *where: ColumnElement[bool]) -> Select[Any]:
        """Select rows of this case."""
        return select(self.table).where(self.database.own(self.table), *where)

    def of(self, key: str | None) -> Select[Any]:
        """Select what stands under one key."""
        return self.select(self.table.c[self.key] == key)

    def read(self, statement: Select[Any]) -> list[T]:
        """Return what was selected, each row as it was sealed.

        Raises
        ------
        LedgerError
            With the first row that was changed from outside.
        """
        with self.database.reading() as connection:
            rows = connection.execute(statement).all()
        return [self.value(row) for row in rows]

    def first(self, statement: Select[Any]) -> T | None:
        """Return the first of what was selected; None if there is none."""
        return next(iter(self.read(statement.limit(1))), None)

    def write(self, connection: Connection, **values: object) -> None:
        """Add a row, in the caller's transaction."""
        row = sealed(self.table, values, case=self.database.case)
        connection.execute(insert(self.table), row)

    def value(self, row: Row[Any]) -> T:
        """Return what a row says, if it is as it was sealed."""
        with self.database.intact(self.table, row, self._name(row)):
            return self._value(row)

    def _name(self, row: Row[Any]) -> str:
        return f"{self.named} {getattr(row, self.key)}"

    def _value(self, row: Row[Any]) -> T:
        raise NotImplementedError


class VersionedLog[T](Log[T]):
    """What was said under each key: first, later, and last; nothing is ever overwritten."""

    def select(
        self, *where: ColumnElement[bool], recorded_by: datetime | None = None
    ) -> Select[Any]:
        """Select versions of this case, now or at a moment, the earlier ones of a key first."""
        statement = super().select(*where).order_by(self.table.c.version)
        if recorded_by is None:
            return statement
        return statement.where(self.table.c.recorded_at <= stamp(recorded_by))

    def append(
        self, connection: Connection, key: str, text: str, *, number: int, now: str, **others: str
    ) -> None:
        """Add a version, in the caller's transaction."""
        content = {"content": text, "content_hash": text_hash(text)}
        when = {"version": number, "recorded_at": now}
        self.write(connection, **{self.key: key}, **content, **when, **others)

    def _name(self, row: Row[Any]) -> str:
        return f"version {row.version} of {super()._name(row)}"


class SaidLog[T](VersionedLog[T]):
    """What was last said of each thing, in files and by hand; a correction is a new row.

    A row that stayed as it was in its origin does not undo what was said elsewhere since; one that
    changed there is the last word. What is gone from its origin is taken back, if its word was the
    last.

    Parameters
    ----------
    on : str
        The column that repeats a day of the content.
    """

    def __init__(self, database: Database, table: Table, named: str, *, on: str) -> None:
        super().__init__(database, table, named)
        self.on = on

    def say(self, came: Mapping[str, Mapping[str, str]], *, origin: str) -> list[str]:
        """Write what is new in one transaction, and return the keys of what was written.

        Parameters
        ----------
        came : mapping
            Contents by key.
        origin : str
            The folder of which these are all rows; empty for what is said by hand.
        """
        with self.database.writing() as (connection, now):
            return self.put(connection, came, origin=origin, now=now)

    def put(
        self,
        connection: Connection,
        came: Mapping[str, Mapping[str, str]],
        *,
        origin: str,
        now: str,
    ) -> list[str]:
        """Write what is new as `say` does, in the caller's transaction."""
        held, written = self._held(connection), []
        for key, content in self._news(held, came, origin).items():
            said = {**content, "origin": origin} if origin else content
            text = canonical_json(said, where=key)
            number = len(held.get(key, [])) + 1
            on = {self.on: content[self.on]}
            self.append(connection, key, text, number=number, now=now, **on)
            written.append(key)
        return written

    def _held(self, connection: Connection) -> dict[str, list[dict[str, str]]]:
        """Return everything that was said of each thing, the first word first."""
        held: dict[str, list[dict[str, str]]] = {}
        for row in connection.execute(self.select()):
            self.value(row)
            held.setdefault(getattr(row, self.key), []).append(json.loads(row.content))
        return held

    def _news(
        self,
        held: Mapping[str, Sequence[Mapping[str, str]]],
        came: Mapping[str, Mapping[str, str]],
        origin: str,
    ) -> dict[str, Mapping[str, str]]:
        """Return what is new or changed, and what is taken back."""
        every = {**came, **self._gone(held, came, origin)}
        return {
            key: content
            for key, content in every.items()
            if not _told_before(content, held.get(key, []), origin=origin)
        }

    def last(self, *, recorded_by: datetime | None) -> dict[str, T]:
        """Return the last word on everything, by key."""
        with self.database.reading() as connection:
            rows = connection.execute(self.select(recorded_by=recorded_by)).all()
        found = {getattr(row, self.key): self.value(row) for row in rows}
        return {key: found[key] for key in sorted(found)}

    def _gone(
        self,
        held: Mapping[str, Sequence[Mapping[str, str]]],
        came: Mapping[str, object],
        origin: str,
    ) -> dict[str, Mapping[str, str]]:
        """Take back what is no longer among the rows of its origin."""
        out = {}
        for key, earlier in held.items():
            last = earlier[-1]
            if origin and last.get("origin") == origin and key not in came:
                taken_back = self._taken_back(last, f"no longer in {origin}")
                if taken_back is not None:
                    out[key] = taken_back
        return out

    def _taken_back(self, last: Mapping[str, str], reason: str) -> Mapping[str, str] | None:
        """Return what is said of something that is gone; None where that stands already."""
        raise NotImplementedError


def _told_before(
    content: Mapping[str, str], earlier: Sequence[Mapping[str, str]], *, origin: str
) -> bool:
    """Whether an origin says what it said before, or nothing new is said at all."""
    theirs = [one for one in earlier if origin and one.get("origin", "") == origin]
    among = theirs[-1:] or (earlier if origin else earlier[-1:])
    return any({**one, "origin": ""} == {**content, "origin": ""} for one in among)


class ResolutionLog(SaidLog[ResolutionRecord]):
    """How questions came out, as it was said at each moment; a correction is a new row."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, resolution, "the resolution of", on="resolved_on")

    def record(
        self, rows: Iterable[Mapping[str, object]], *, origin: str = ""
    ) -> list[ResolutionRecord]:
        """Record outcomes in one transaction; what stands already is not written again.

        Parameters
        ----------
        rows : iterable of mapping
            ``question``, ``outcome``, ``resolved_on``, ``source``, ``url``, ``note``, and perhaps
            ``came``.
        origin : str, optional
            The folder of which these are all rows.

        Returns
        -------
        list of ResolutionRecord
            The rows that were new or changed what was said before.

        Raises
        ------
        LedgerError
            If a day is not one or the database cannot be written.
        """
        written = self.say({str(row["question"]): _outcome(row) for row in rows}, origin=origin)
        return [record for record in self.latest() if record.question in written]

    def latest(
        self, *, as_of: date | None = None, recorded_by: datetime | None = None
    ) -> list[ResolutionRecord]:
        """Return the last word on every question, by name.

        Parameters
        ----------
        as_of : date, optional
            Only outcomes the world knew by this day.
        recorded_by : datetime, optional
            The ledger as it stood at this moment; the default is now.
        """
        said = self.last(recorded_by=recorded_by).values()
        return [one for one in said if as_of is None or one.resolved_on <= as_of]

    def versions(self, question: str) -> list[ResolutionRecord]:
        """Return everything that was said about one question, the first word first."""
        return self.read(self.of(question))

    def _taken_back(self, last: Mapping[str, str], reason: str) -> Mapping[str, str] | None:
        """Open the question again."""
        if last["outcome"] == "open":
            return None
        none = dict.fromkeys(_OUTCOME, "")
        return {**none, "outcome": "open", "resolved_on": last["resolved_on"], "note": reason}

    def _value(self, row: Row[Any]) -> ResolutionRecord:
        content = json.loads(row.content)
        return ResolutionRecord(
            row.question,
            row.version,
            content["outcome"],
            date.fromisoformat(row.resolved_on),
            content["source"],
            content["url"],
            content["note"],
            moment(row.recorded_at),
            content.get("came", ""),
        )


def _outcome(row: Mapping[str, object]) -> dict[str, str]:
    content = {name: str(row[name]) for name in _OUTCOME}
    if row.get("came"):  # left out where it is not said, as in ledgers of before
        content["came"] = str(row["came"])
    content["resolved_on"] = day(row["resolved_on"], where=f"{row['question']}: resolved_on")
    return content


class AnnouncementLog(SaidLog[AnnouncementRecord]):
    """What was announced, and what became of it, as it was said at each moment."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, announced_version, "announcement", on="told_on")

    def record(self, announcements: Iterable[Announcement], *, origin: str) -> list[str]:
        """Record what an origin says of announcements; a second time adds nothing.

        Parameters
        ----------
        announcements : iterable of Announcement
        origin : str
            The folder of which these are all rows; empty for one that is told by hand.

        Returns
        -------
        list of str
            Ids of those that were new, changed or taken back.

        Raises
        ------
        ReportsError
            If an id is not made of what ids are made of.
        LedgerError
            If the database cannot be written.
        """
        return self.say(_announced(announcements, origin), origin=origin)

    def add(
        self, connection: Connection, announcements: Iterable[Announcement], *, now: str
    ) -> list[str]:
        """Record announcements that are told by hand or came in a file, in its transaction."""
        return self.put(connection, _announced(announcements, ""), origin="", now=now)

    def latest(
        self, *, as_of: date | None = None, recorded_by: datetime | None = None
    ) -> list[Announcement]:
        """Return the announcements that stand, by id.

        Parameters
        ----------
        as_of : date, optional
            As the world knew them on this day.
        recorded_by : datetime, optional
            The ledger as it stood at this moment; the default is now.
        """
        said = self.last(recorded_by=recorded_by).values()
        found = [one.announcement for one in said if not one.taken_back]
        return found if as_of is None else known_announcements(found, as_of)

    def would_stand(
        self, announcements: Iterable[Announcement], *, origin: str
    ) -> list[Announcement]:
        """Return what `latest` would give once an origin has said this; nothing is written."""
        came = {one.announcement_id: announcement_content(one) for one in announcements}
        with self.database.reading() as connection:
            held = self._held(connection)
        stands: dict[str, Mapping[str, str]] = {k: said[-1] for k, said in held.items()}
        stands |= self._news(held, came, origin)
        last = [stands[key] for key in sorted(stands)]
        return [announcement_of(said) for said in last if not said.get("taken_back")]

    def _taken_back(self, last: Mapping[str, str], reason: str) -> Mapping[str, str] | None:
        return None if last.get("taken_back") else {**last, "taken_back": reason}

    def _value(self, row: Row[Any]) -> AnnouncementRecord:
        content = json.loads(row.content)
        return AnnouncementRecord(
            row.version,
            announcement_of(content),
            content.get("taken_back", ""),
            moment(row.recorded_at),
        )


def _announced(announcements: Iterable[Announcement], origin: str) -> dict[str, Mapping[str, str]]:
    came = {one.announcement_id: announcement_content(one) for one in announcements}
    for content in came.values():
        if fault := row_fault(content):
            raise ReportsError(f"{origin or 'an announcement'}: {fault}")
    return dict(came)


class AlertLog(VersionedLog[AlertRecord]):
    """What was said of each alert, and when, so that nothing is said twice."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, alert_version, "alert")

    def record(self, rows: Iterable[Mapping[str, Any]], *, as_of: date) -> list[str]:
        """Record what was said of alerts, in one transaction.

        Parameters
        ----------
        rows : iterable of mapping
            ``alert``, the ``version`` this one follows (0 for the first), and what an
            `AlertRecord` holds. Where another process has said something since, that stands.
        as_of : datetime.date
            The day up to which reports were seen.

        Returns
        -------
        list of str
            Names of the alerts that were written.
        """
        written = []
        on = day(as_of, where="as_of")
        with self.database.writing() as (connection, now):
            for row in rows:
                name = str(row["alert"])
                before = connection.execute(self.of(name))
                last = max((one.version for one in before), default=0)
                if last == row["version"]:
                    text = canonical_json({**{part: row[part] for part in _ALERT}, "as_of": on})
                    self.append(connection, name, text, number=last + 1, now=now, as_of=on)
                    written.append(name)
        return written

    def versions(
        self, *, as_of: date | None = None, recorded_by: datetime | None = None
    ) -> list[AlertRecord]:
        """Return everything that was said of alerts, in that order.

        Parameters
        ----------
        as_of : date, optional
            Only what was said of this day or earlier ones.
        recorded_by : datetime, optional
            The ledger as it stood at this moment; the default is now.
        """
        said = self.read(self.select(recorded_by=recorded_by))
        records = [one for one in said if as_of is None or one.as_of <= as_of]
        return sorted(records, key=lambda one: (one.recorded_at, one.alert))

    def latest(self, *, recorded_by: datetime | None = None) -> dict[str, AlertRecord]:
        """Return what was said last of each alert, now or when the ledger stood as it did then."""
        return {record.alert: record for record in self.versions(recorded_by=recorded_by)}

    def _value(self, row: Row[Any]) -> AlertRecord:
        said = json.loads(row.content)
        return AlertRecord(
            alert=row.alert,
            version=row.version,
            **{name: said[name] for name in _ALERT},
            as_of=date.fromisoformat(row.as_of),
            recorded_at=moment(row.recorded_at),
        )
