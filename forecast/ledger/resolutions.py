"""Resolutions: how questions came out, as it was said at each moment; a correction is a new row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, select

from forecast.ledger.database import Database
from forecast.ledger.faults import intact_row
from forecast.ledger.hashing import canonical_json, text_hash
from forecast.ledger.moments import day, moment, stamp
from forecast.ledger.records import ResolutionRecord
from forecast.ledger.schema import resolution, sealed

__all__ = ["ResolutionLog"]

_FIELDS = ("outcome", "resolved_on", "source", "url", "note")


class ResolutionLog(Database):
    """The part of the ledger that holds the outcomes of questions."""

    def resolve(
        self, rows: Iterable[Mapping[str, object]], *, origin: str = ""
    ) -> list[ResolutionRecord]:
        """Record outcomes in one transaction; what stands already is not written again.

        A row that stayed as it was in its origin does not undo what was said elsewhere since; one
        that changed there is the last word. What is gone from its origin is open again, if its word
        was the last.

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
        written = []
        with self.writing() as (connection, now):
            statement = select(resolution).where(self.own(resolution))
            held: dict[str, list[dict[str, str]]] = {}
            for one in connection.execute(statement.order_by(resolution.c.version)):
                with intact_row(self.place, resolution, one, f"a resolution of {one.question}"):
                    held.setdefault(one.question, []).append(json.loads(one.content))
            came = {str(row["question"]): _content(row) for row in rows}
            if origin:
                came |= _gone(held, came, origin=origin)
            for question, content in came.items():
                earlier = held.get(question, [])
                if _told_before(content, earlier, origin=origin):
                    continue
                text = canonical_json(content | _of(origin), where=question)
                values = {
                    "question": question,
                    "version": len(earlier) + 1,
                    "content": text,
                    "content_hash": text_hash(text),
                    "resolved_on": content["resolved_on"],
                    "recorded_at": now,
                }
                connection.execute(insert(resolution), sealed(resolution, values, case=self.case))
                written.append(question)
        return [record for record in self.resolutions() if record.question in written]

    def resolutions(
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
        statement = select(resolution).where(self.own(resolution))
        statement = statement.order_by(resolution.c.question, resolution.c.version)
        if recorded_by is not None:
            statement = statement.where(resolution.c.recorded_at <= stamp(recorded_by))
        with self.reading() as connection:
            rows = connection.execute(statement).all()
        last = {row.question: _record(row, place=self.place) for row in rows}
        return [r for r in last.values() if as_of is None or r.resolved_on <= as_of]

    def resolution_versions(self, question: str) -> list[ResolutionRecord]:
        """Return everything that was said about one question, the first word first."""
        statement = (
            select(resolution)
            .where(self.own(resolution), resolution.c.question == question)
            .order_by(resolution.c.version)
        )
        with self.reading() as connection:
            rows = connection.execute(statement).all()
        return [_record(row, place=self.place) for row in rows]


def _content(row: Mapping[str, object]) -> dict[str, str]:
    content = {name: str(row[name]) for name in _FIELDS}
    if row.get("came"):  # left out where it is not said, as in ledgers of before
        content["came"] = str(row["came"])
    content["resolved_on"] = day(row["resolved_on"], where=f"{row['question']}: resolved_on")
    return content


def _of(origin: str) -> dict[str, str]:
    return {"origin": origin} if origin else {}


def _told_before(
    content: Mapping[str, str], earlier: Sequence[Mapping[str, str]], *, origin: str
) -> bool:
    """Whether an origin says what it said before, or nothing new is said at all."""
    theirs = [one for one in earlier if origin and one.get("origin", "") == origin]
    among = theirs[-1:] or (earlier if origin else earlier[-1:])
    return any({**one, "origin": ""} == {**content, "origin": ""} for one in among)


def _gone(
    held: Mapping[str, Sequence[Mapping[str, str]]], came: Mapping[str, object], *, origin: str
) -> dict[str, dict[str, str]]:
    """Open the questions again whose last word was that of a row which is no longer there."""
    out = {}
    for question, earlier in held.items():
        last = earlier[-1]
        if last.get("origin") == origin and question not in came and last["outcome"] != "open":
            none = dict.fromkeys(_FIELDS, "")
            said = {"outcome": "open", "resolved_on": last["resolved_on"]}
            out[question] = {**none, **said, "note": f"no longer in {origin}"}
    return out


def _record(row: Row[Any], *, place: str) -> ResolutionRecord:
    with intact_row(
        place, resolution, row, f"version {row.version} of the resolution of {row.question}"
    ):
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
