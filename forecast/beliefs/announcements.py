"""Announcements: what somebody said would happen, when, what became of it, what it promises.

Follow-through is how probable it is that what was announced is done, and by when.
The table of `data/follow_through.yaml` is our judgement. `priors.yaml` may replace it.

Foreseen: in which steps what was announced may have happened, and what is scheduled can occur.

An announcement is open from the day after it was told. It ends with the day on which it is known
that it was broken or postponed, and with the step of the happening that keeps it, which is the last
one of its indicator by the day on which that is known. In each step in which it is open, it brings
the indicator with the hazard g, with rho as known on the day it was told: what became of it must
not make it more probable that it did. Several announcements leave ``1 - prod (1 - g)``. What is
scheduled leaves the days that are in a window, of those from the day after it was told to the last
of its window.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

from forecast.beliefs.identity import ALLOWED, id_fault, identity
from forecast.beliefs.indicators import PresenceIndicator
from forecast.beliefs.reports import CREDIBILITIES, RELIABILITIES, credibility
from forecast.beliefs.schema import Beliefs
from forecast.beliefs.tables import Cells, Layout, Row, read_cells
from forecast.beliefs.words import read_plain
from forecast.errors import Problem
from forecast.names import nearest

__all__ = [
    "ANNOUNCEMENTS",
    "Announcement",
    "Expected",
    "StepsForeseen",
    "announcement_content",
    "announcement_of",
    "done_by",
    "expected",
    "expected_when_told",
    "known_announcements",
    "learnt_follow_through",
    "read_announcement",
    "read_announcements",
    "steps_foreseen",
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
    return read_cells(_announcement, cells, ANNOUNCEMENTS.columns, beliefs=beliefs, name=name)


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


@dataclass(frozen=True, slots=True)
class Expected:
    """An announcement that is open on a day, and what is expected of it.

    Attributes
    ----------
    announcement : Announcement
    rho : float
        Probability, on the day it was told, that it is done at all.
    as_of : datetime.date
    """

    announcement: Announcement
    rho: float
    as_of: dt.date

    def left(self, day: dt.date) -> float:
        """Probability that it has not happened by a day, on the day it was told: ``1 - rho G``."""
        return 1.0 - self.rho * done_by(self.announcement, day)

    @property
    def kept(self) -> float:
        """Probability that it is still kept, given that it has not happened: phi."""
        return (self.left(self.as_of) - (1.0 - self.rho)) / self.left(self.as_of)


def done_by(announcement: Announcement, day: dt.date) -> float:
    """Share of what is done of its class that is done by the end of a day, G; 0 when it is told.

    Raises
    ------
    ValueError
        For what is scheduled.

    Examples
    --------
    >>> months = dt.date(2023, 11, 1), dt.date(2023, 11, 30)
    >>> session = Announcement(announcement_id="a", indicator="i", kind="dated", reliability="B",
    ...     told_on=dt.date(2023, 9, 17), starts_on=months[0], ends_on=months[1], credibility=1)
    >>> [round(done_by(session, dt.date(2023, *on)), 3) for on in ((9, 17), (10, 31), (11, 30))]
    [0.0, 0.05, 0.85]
    """
    timing = _table()["timing"]
    if announcement.kind in {"undated", "invited"}:
        since = max(0, (day - announcement.told_on).days)
        return float(1.0 - 2.0 ** (-since / timing[announcement.kind]))
    if announcement.kind != "dated" or announcement.window is None:
        raise ValueError(f"{announcement.kind} has no timing of its own")
    starts_on, ends_on = announcement.window
    begins = max(starts_on, announcement.told_on + dt.timedelta(days=1))
    ahead = (begins - announcement.told_on).days - 1  # days between, in which it may come early
    before = timing["before"] if ahead else 0.0
    inside = timing["before"] + timing["inside"]
    if day <= announcement.told_on:
        return 0.0
    if day < begins:
        return float(before * (day - announcement.told_on).days / ahead)
    if day <= ends_on:
        of_window = ((day - begins).days + 1) / ((ends_on - begins).days + 1)
        return float(before + (inside - before) * of_window)
    since = (day - max(ends_on, begins)).days
    return float(inside + (1.0 - inside) * (1.0 - 2.0 ** (-since / timing["late"])))


def learnt_follow_through(
    beliefs: Beliefs, announcements: Iterable[Announcement], *, as_of: dt.date
) -> dict[str, tuple[float, float]]:
    """Give the Beta of each class as known on a day: what is stated, and what was kept or broken.

    An announcement counts in full for its own class, and half for each other.

    Returns
    -------
    dict of str to (float, float)
        Kept and broken.
    """
    stated: dict[str, tuple[float, float]] = {
        kind: (float(kept), float(broken))
        for kind, (kept, broken) in _table()["follow_through"].items()
    }
    if beliefs.follow_through is not None:
        stated |= beliefs.follow_through.stated
    settled = [one for one in known_announcements(announcements, as_of) if one.kind in stated]

    def number(kind: str, status: str) -> float:
        borrowed: float = _table()["borrowed"]
        found = [one for one in settled if one.status == status]
        return sum(1.0 if one.kind == kind else borrowed for one in found)

    return {
        kind: (kept + number(kind, "kept"), broken + number(kind, "broken"))
        for kind, (kept, broken) in stated.items()
    }


def expected(
    beliefs: Beliefs, announcements: Iterable[Announcement], *, as_of: dt.date
) -> list[Expected]:
    """Say what is expected of the announcements that are open on a day, by id.

    One whose report has no credibility says nothing, and what is scheduled has no follow-through:
    both are left out.
    """
    every = list(announcements)
    rates = learnt_follow_through(beliefs, every, as_of=as_of)
    return [
        Expected(one, _told(rates[one.kind], one.weight), as_of)
        for one in known_announcements(every, as_of)
        if one.kind in rates and not one.status and one.weight > 0.0
    ]


def expected_when_told(
    beliefs: Beliefs, announcements: Iterable[Announcement], *, as_of: dt.date
) -> list[Expected]:
    """Say what was expected of each announcement on the day it was told, whatever became of it.

    Of those the world knew on a day, by id, as they stood then; others are left out as in
    `expected`.
    """
    every = list(announcements)
    known = [one for one in known_announcements(every, as_of) if one.weight > 0.0]
    days = {one.told_on for one in known}
    rates = {day: learnt_follow_through(beliefs, every, as_of=day) for day in days}
    return [
        Expected(one, _told(rates[one.told_on][one.kind], one.weight), one.told_on)
        for one in known
        if one.kind in rates[one.told_on]
    ]


def _told(rate: tuple[float, float], weight: float) -> float:
    kept, broken = rate
    unfounded: float = _table()["unfounded"]
    return weight * kept / (kept + broken) + (1.0 - weight) * unfounded


@cache
def _table() -> Mapping[str, Any]:
    text = resources.files("forecast.beliefs").joinpath("data/follow_through.yaml")
    found: Mapping[str, Any] = read_plain(text.read_text("utf-8"))
    return found


#: Of each indicator, the events that were reported: step, counted from 0, and day.
Happened = Mapping[str, Sequence[tuple[int, dt.date]]]


@dataclass(frozen=True)
class StepsForeseen:
    """What is foreseen of one indicator, by step; only the steps in which anything is.

    Attributes
    ----------
    missed : dict of int to float
        Probability that nothing of what is announced happens in a step: ``prod (1 - g)``.
    possible : dict of int to float
        Share of the days of a step in which the indicator can occur.
    """

    missed: dict[int, float] = field(default_factory=dict)
    possible: dict[int, float] = field(default_factory=dict)


def steps_foreseen(
    beliefs: Beliefs,
    announcements: Iterable[Announcement],
    happened: Happened,
    *,
    steps: int,
    as_of: dt.date,
) -> dict[str, StepsForeseen]:
    """Lay out what was foreseen in the steps after the brief, as known on a day.

    An announcement told within a step counts from then on, and not where all that is reported of
    the step came before it.

    Parameters
    ----------
    beliefs, announcements
    happened : mapping
        Reported by `as_of`.
    steps : int
        From the brief's date on.
    as_of : datetime.date

    Returns
    -------
    dict of str to StepsForeseen
        Of presence indicators of which anything is.
    """
    every = list(announcements)
    grid = _Grid(beliefs.brief.as_of, beliefs.grid.step, steps, as_of)
    out: dict[str, StepsForeseen] = {}
    for hope in expected_when_told(beliefs, every, as_of=as_of):
        name = hope.announcement.indicator
        if _rated(beliefs, name):
            missed = out.setdefault(name, StepsForeseen()).missed
            for step, left in grid.missed(hope, happened.get(name, ())):
                missed[step] = missed.get(step, 1.0) * left
    due: dict[str, list[Announcement]] = {}
    for one in known_announcements(every, as_of):
        if one.kind == "scheduled" and _rated(beliefs, one.indicator):
            due.setdefault(one.indicator, []).append(one)
    for name, calendar in due.items():
        out.setdefault(name, StepsForeseen()).possible.update(grid.possible(calendar))
    return out


def _rated(beliefs: Beliefs, name: str) -> bool:
    """Whether an indicator is there, and has a rate that the states tell."""
    return isinstance(beliefs.indicators.get(name), PresenceIndicator)


@dataclass(frozen=True)
class _Grid:
    origin: dt.date
    days: int
    steps: int
    as_of: dt.date

    def end(self, step: int) -> dt.date:
        """Last day of a step, counted from 0."""
        return self.origin + dt.timedelta(days=(step + 1) * self.days)

    def of(self, day: dt.date) -> int:
        """Step that a day lies in."""
        return -(-(day - self.origin).days // self.days) - 1

    def missed(
        self, hope: Expected, happened: Sequence[tuple[int, dt.date]]
    ) -> Iterator[tuple[int, float]]:
        """Probability that it does not happen in each step in which it is open: ``1 - g``."""
        told = hope.announcement.told_on
        last = self._open_until(hope.announcement, happened)
        latest: dict[int, dt.date] = {}
        for step, day in happened:
            latest[step] = max(day, latest.get(step, day))
        following = told + dt.timedelta(days=1)
        for step in range(max(0, self.of(following)), self.steps):
            begins = max(self.end(step - 1), told)
            until = min(self.end(step), last)
            before = hope.left(begins)
            if until <= begins or before <= 0.0:
                break
            if latest.get(step, dt.date.max) > told:
                yield step, hope.left(until) / before

    def _open_until(self, one: Announcement, happened: Sequence[tuple[int, dt.date]]) -> dt.date:
        if one.known_on is None:
            return self.as_of
        if one.status != "kept":
            return one.known_on
        kept = [(day, step) for step, day in happened if one.told_on < day <= one.known_on]
        return min(self.as_of, self.end(max(kept)[1] if kept else self.of(one.known_on)))

    def possible(self, calendar: Sequence[Announcement]) -> Iterator[tuple[int, float]]:
        """Share of the days on which it can occur, of each step in which that is not all."""
        ends = [(one, *one.window) for one in calendar if one.window is not None]
        first = min((self.of(one.told_on) for one, *_ in ends), default=0)
        last = max((self.of(end) for *_, end in ends), default=-1)
        for step in range(max(0, first), min(self.steps, last + 1)):
            free = 0
            for back in range(self.days):
                day = self.end(step) - dt.timedelta(days=back)
                due = [
                    (begin, end)
                    for one, begin, end in ends
                    if one.told_on < day <= min(end, one.known_on or end)
                ]
                free += not due or any(begin <= day <= end for begin, end in due)
            if free < self.days:
                yield step, free / self.days
