"""Announcements: what somebody said would happen, when, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args

from forecast.beliefs.cells import Cells
from forecast.beliefs.grading import CREDIBILITIES, RELIABILITIES, credibility
from forecast.beliefs.identity import identity
from forecast.beliefs.ids import ALLOWED, id_fault
from forecast.beliefs.indicators import PresenceIndicator
from forecast.beliefs.schema import Beliefs
from forecast.beliefs.tables import Layout, Row
from forecast.errors import Problem, ReportsError
from forecast.names import nearest

__all__ = [
    "ANNOUNCEMENTS",
    "Announcement",
    "announcement_content",
    "announcement_of",
    "known_announcements",
    "read_announcement",
    "read_announcements",
]

Kind = Literal["dated", "undated", "invited", "scheduled"]
Status = Literal["kept", "broken", "postponed"]

ANNOUNCEMENTS = Layout(
    "announcement_id",
    ("announcement_id", "indicator", "class", "told_on", "reliability", "credibility"),
    (
        *("question", "from", "to", "source_title", "source_url", "note"),
        *("status", "known_on"),
    ),
    alike=5,
    days=("told_on", "from", "to", "known_on"),
    numbers=("credibility",),
)
_FREE = ("source_title", "source_url", "note")
#: Classes that need the days of a window; the others have none.
_WITH_WINDOW = ("dated", "scheduled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Something that was announced, or that is due by a calendar.

    Attributes
    ----------
    announcement_id, indicator : str
        The indicator that happens where it is done.
    question : str
        The questions it is of, where the indicator is broader, a blank between two; empty if it is
        of the indicator.
    kind : {"dated", "undated", "invited", "scheduled"}
        ``class`` in the file. What is scheduled (a vote, an expiry) makes nothing more probable:
        the indicator can occur only in its window.
    told_on : datetime.date
        The day the world knew of it.
    starts_on, ends_on : datetime.date or None
        First and last day of the window, both in it; ``from`` and ``to`` in the file.
    reliability, credibility
        Admiralty grade of the report that announces it.
    status : str
        ``kept``, ``broken``, ``postponed``, or empty where it is open.
    known_on : datetime.date or None
        The day the world knew the status.
    """

    announcement_id: str
    indicator: str
    question: str = ""
    kind: Kind
    told_on: dt.date
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    reliability: str
    credibility: int
    source_title: str = ""
    source_url: str = ""
    note: str = ""
    status: str = ""
    known_on: dt.date | None = None
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    @property
    def grade(self) -> str:
        """Letter and digit, as in ``B2``."""
        return f"{self.reliability}{self.credibility}"

    @property
    def weight(self) -> float:
        """Credibility c of the report that announces it."""
        return credibility(self.reliability, self.credibility)

    @property
    def window(self) -> tuple[dt.date, dt.date] | None:
        """First and last day, where it has any."""
        if self.starts_on is None or self.ends_on is None:
            return None
        return self.starts_on, self.ends_on

    def known_by(self, as_of: dt.date) -> Announcement:
        """Forget what became known of it after a day."""
        if self.known_on is None or self.known_on <= as_of:
            return self
        return replace(self, status="", known_on=None)


def known_announcements(
    announcements: Iterable[Announcement], as_of: dt.date
) -> list[Announcement]:
    """Give the announcements the world knew on a day, as they stood then, by id."""
    known = [one.known_by(as_of) for one in announcements if one.told_on <= as_of]
    return sorted(known, key=lambda one: one.announcement_id)


def announcement_content(announcement: Announcement) -> dict[str, str]:
    """Give what it says as texts, the same wherever it is written."""
    values = {one.name: getattr(announcement, one.name) for one in fields(announcement)}
    del values["file"], values["line"]
    return {name: "" if value is None else str(value) for name, value in values.items()}


def announcement_of(content: Mapping[str, str]) -> Announcement:
    """Return the announcement that texts of `announcement_content` tell of."""
    days = ("told_on", "starts_on", "ends_on", "known_on")
    values: dict[str, Any] = {one.name: content.get(one.name, "") for one in fields(Announcement)}
    values |= {day: dt.date.fromisoformat(content[day]) if content[day] else None for day in days}
    return Announcement(**{**values, "credibility": int(content["credibility"]), "line": 0})


def read_announcements(
    rows: Iterable[Row], beliefs: Beliefs | None, problems: list[Problem]
) -> list[Announcement]:
    """Read announcements; what is wrong is added to the problems."""
    kept: dict[str, Announcement] = {}
    for row in rows:
        cells = Cells(row, problems, beliefs)
        found = _announcement(cells)
        if found is None:
            continue
        earlier = kept.setdefault(identity(found.announcement_id), found)
        if replace(earlier, announcement_id=found.announcement_id) != found:
            came = f"{found.announcement_id!r} already stands in {earlier.file}:{earlier.line}"
            cells.wrong("announcement_id", came, "an announcement has one row")
    return list(kept.values())


def read_announcement(
    cells: dict[str, str], *, beliefs: Beliefs | None = None, name: str = "announcement"
) -> Announcement:
    """Read one out of its cells, by the rules for a row of a file.

    Raises
    ------
    ReportsError
        With every problem.
    """
    problems: list[Problem] = []
    texts = {column: cells.get(column, "").strip() for column in ANNOUNCEMENTS.columns}
    found = _announcement(Cells(Row(name, 0, texts), problems, beliefs))
    if found is None:
        raise ReportsError(str(problems[0]), problems=problems)
    return found


def _announcement(cells: Cells) -> Announcement | None:
    texts: dict[str, Any] = {"announcement_id": cells.id("announcement_id")}
    texts["indicator"] = indicator = cells.indicator()
    entry = cells.beliefs.indicators.get(indicator) if cells.beliefs else None
    if entry is not None and not isinstance(entry, PresenceIndicator):
        what = "marks a move of a node" if entry.kind == "presence" else "is a stream"
        cells.wrong("indicator", f"{indicator} {what}", "announce what happens or does not")
    texts["question"] = _question(cells, indicator)
    kind = cells.one_of("class", get_args(Kind), f"write {', '.join(get_args(Kind))}")
    told_on = cells.day("told_on")
    starts_on, ends_on = _window(cells, kind, told_on)
    letter = cells.one_of("reliability", RELIABILITIES, "write a letter from A to F")
    digit = cells.one_of("credibility", tuple(map(str, CREDIBILITIES)), "write a digit from 1 to 6")
    texts |= {name: cells.row.cells.get(name, "") for name in _FREE}
    if not any(texts[name] for name in _FREE):
        cells.wrong("source_title", "no source", "give a title, an address, or a note saying why")
    status, known_on = _status(cells, told_on)
    if not cells.clean or told_on is None:
        return None
    chosen: Any = kind
    return Announcement(
        **texts,
        kind=chosen,
        told_on=told_on,
        starts_on=starts_on,
        ends_on=ends_on,
        reliability=letter,
        credibility=int(digit),
        status=status,
        known_on=known_on,
        file=cells.row.file,
        line=cells.row.line,
    )


def _question(cells: Cells, indicator: str) -> str:
    """Read the questions it is of: about the record of the same indicator, a blank between two."""
    names = cells.row.cells.get("question", "").split()
    known = None if cells.beliefs is None else cells.beliefs.questions
    for name in names:
        if fault := id_fault(name):
            cells.wrong("question", fault, ALLOWED)
        elif known is not None and name not in known:
            hint = nearest(name, known) or "name a question of priors.yaml"
            cells.wrong("question", f"unknown question {name!r}", hint)
        elif known is not None and known[name].indicator != indicator:
            allowed = f"name one of mode reported on {indicator}, or leave it empty"
            came = f"{name!r} does not ask whether {indicator} is reported"
            cells.wrong("question", came, allowed)
    return " ".join(names)


def _window(
    cells: Cells, kind: str, told_on: dt.date | None
) -> tuple[dt.date | None, dt.date | None]:
    there = [name for name in ("from", "to") if cells.row.cells.get(name)]
    if kind and kind not in _WITH_WINDOW:
        for name in there:
            cells.wrong(
                name, f"a day came, but the class is {kind}", "leave it empty, or say dated"
            )
        return None, None
    for name in {"from", "to"} - set(there) if kind else ():
        cells.wrong(name, f"is empty, but the class is {kind}", "give the days of its window")
    starts_on, ends_on = (cells.day(name) if name in there else None for name in ("from", "to"))
    if starts_on and ends_on and ends_on < starts_on:
        cells.wrong("to", f"{ends_on} is before {starts_on}", "from comes first")
    elif ends_on and told_on and ends_on < told_on:
        cells.wrong("to", f"{ends_on} is before it was told on {told_on}", "code it as a report")
    return starts_on, ends_on


def _status(cells: Cells, told_on: dt.date | None) -> tuple[str, dt.date | None]:
    if not cells.row.cells.get("status"):
        if cells.row.cells.get("known_on"):
            cells.wrong("known_on", "is a day without a status", "give kept, broken or postponed")
        return "", None
    status = cells.one_of(
        "status", get_args(Status), "write kept, broken or postponed, or leave it empty"
    )
    if not cells.row.cells.get("known_on"):
        cells.wrong("known_on", "is empty, but there is a status", "give the day it was known")
        return status, None
    known_on = cells.day("known_on")
    if known_on and told_on and known_on < told_on:
        came = f"{known_on} is before it was told on {told_on}"
        cells.wrong("known_on", came, "give the day the status was known")
    return status, known_on
