"""Announcements by hand, and the calendar of what is still to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field

from forecast.beliefs import Beliefs
from forecast.beliefs.announcements import (
    Announcement,
    Expected,
    announcement_content,
    expected,
    known_announcements,
    read_announcement,
)
from forecast.beliefs.identity import spelling_of
from forecast.errors import ArgumentError, ReportsError
from forecast.ledger.hashing import content_hash
from forecast.project.project import Project, Record, require_told_today, today
from forecast.result import Fraction, Result

if TYPE_CHECKING:
    from rich.table import Table

__all__ = [
    "AnnouncementAdded",
    "AnnouncementRow",
    "add_announcement",
    "announced_table",
    "announcement_rows",
    "calendar",
]

_PLACE = "events add"
_DIGITS = 12
#: Where the cells of a row stand in an announcement under another name.
_RENAMED = {"kind": "class", "starts_on": "from", "ends_on": "to"}


class AnnouncementRow(Result):
    """An announcement, and what is expected of it."""

    announcement_id: str
    indicator: str
    question: str = Field(
        description="the questions it is of, a blank between two; empty if it is of the indicator"
    )
    kind: str = Field(description="`dated`, `undated`, `invited` or `scheduled`")
    told_on: dt.date
    starts_on: dt.date | None = Field(description="first day of its window, where it has one")
    ends_on: dt.date | None
    reliability: str = Field(description="Admiralty letter, A to F")
    credibility: int = Field(description="Admiralty digit, 1 to 6")
    status: str = Field(description="`kept`, `broken`, `postponed`; empty where it is open")
    known_on: dt.date | None = Field(description="the day the status was known")
    kept: Fraction | None = Field(
        description="probability that it is still kept, given that it has not happened; null where "
        "it is settled, scheduled, or told by a report without credibility"
    )
    source_title: str = Field(description="this and the following may be empty")
    source_url: str
    note: str

    @property
    def grade(self) -> str:
        """Letter and digit, as in ``B2``."""
        return f"{self.reliability}{self.credibility}"


class AnnouncementAdded(Result):
    """What became of an announcement that was added."""

    state: str = Field(
        description="`new`, `revised`, or `known`: the ledger held the very same, and nothing was "
        "written"
    )
    announcement: AnnouncementRow = Field(
        description="as in [`forecast events list --json`](#forecast-events-list---json)"
    )


def announcement_rows(
    beliefs: Beliefs, announcements: Iterable[Announcement], *, as_of: dt.date
) -> list[AnnouncementRow]:
    """Give the announcements known on a day, and what was expected of them then.

    Open ones come first, by the beginning of their window or else the day they were told.
    """
    every = list(announcements)
    hopes = {e.announcement.announcement_id: e for e in expected(beliefs, every, as_of=as_of)}
    rows = [_row(one, hopes) for one in known_announcements(every, as_of)]
    return sorted(rows, key=_order)


def calendar(
    beliefs: Beliefs, announcements: Iterable[Announcement], *, as_of: dt.date
) -> list[AnnouncementRow]:
    """Give the announcements that were open on a day, as `announcement_rows` does."""
    return [one for one in announcement_rows(beliefs, announcements, as_of=as_of) if not one.status]


def _row(one: Announcement, hopes: Mapping[str, Expected]) -> AnnouncementRow:
    hope = hopes.get(one.announcement_id)
    return AnnouncementRow(
        kept=None if hope is None else hope.kept,
        **{name: getattr(one, name) for name in AnnouncementRow.model_fields if name != "kept"},
    )


def _order(row: AnnouncementRow) -> tuple[bool, dt.date, str]:
    return bool(row.status), row.starts_on or row.told_on, row.announcement_id


def announced_table(rows: Iterable[AnnouncementRow]) -> Table:
    """Lay announcements out for a terminal: what, its window, and P(kept) or what became of it."""
    from forecast.beliefs.words import format_probability
    from forecast.terminal.tables import plain_table

    table = plain_table("announced", "class", "told", "window", "kept", "grade", "id")
    for row in rows:
        window = f"{row.starts_on} to {row.ends_on}" if row.starts_on else ""
        kept = row.status if row.kept is None else format_probability(row.kept)
        what, told = row.question or row.indicator, str(row.told_on)
        table.add_row(what, row.kind, told, window, kept, row.grade, row.announcement_id)
    return table


def add_announcement(
    project: Project, cells: Mapping[str, str], *, correct: str | None = None
) -> AnnouncementAdded:
    """Store one announcement beside those of ``events/``, which is read first.

    Parameters
    ----------
    project : Project
    cells : mapping of str to str
        As in a row of ``events/announcements.csv``; ``announcement_id`` may be missing.
    correct : str, optional
        The announcement that is corrected, such as by its status: only what is given changes.

    Raises
    ------
    ArgumentError
        If a correction has an id of its own.
    ReportsError
        With every problem; nothing is stored then.
    """
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        Record.synchronise(project, beliefs, ledger)
        held = {one.announcement_id: one for one in ledger.announcements.latest()}
        if correct is not None:
            known = held.get(spelling_of(correct, held))
            if known is None:
                raise ReportsError(
                    f"there is no announcement {correct!r}; see: forecast events list"
                )
            if cells.get("announcement_id"):
                raise ArgumentError("give {id} or {correct}, not both")
            cells = {**_cells(known), **cells}
        found = read_announcement(_named(cells), beliefs=beliefs, name=_PLACE)
        found = replace(found, announcement_id=spelling_of(found.announcement_id, held))
        require_told_today([found])
        before = held.get(found.announcement_id)
        if before not in (None, found) and correct is None:
            raise ReportsError(
                f"{_PLACE}: {found.announcement_id!r} is another announcement; give another --id, "
                f"or correct that one with --correct {found.announcement_id}"
            )
        written = ledger.announcements.record([found], origin="")
        every = ledger.announcements.latest()
    state = "known" if not written else "new" if before is None else "revised"
    rows = announcement_rows(beliefs, every, as_of=today())
    row = next(one for one in rows if one.announcement_id == found.announcement_id)
    return AnnouncementAdded(state=state, announcement=row)


def _cells(known: Announcement) -> dict[str, str]:
    return {_RENAMED.get(name, name): text for name, text in announcement_content(known).items()}


def _named(cells: Mapping[str, str]) -> dict[str, str]:
    """Give an announcement without an id one that is made of what it says."""
    if cells.get("announcement_id"):
        return dict(cells)
    return {**cells, "announcement_id": f"N-{content_hash(dict(cells))[:_DIGITS]}"}
