"""Foreseen: in which steps what was announced may have happened, and what is scheduled can occur.

An announcement is open from the day after it was told. It ends with the day on which it is known
that it was broken or postponed, and with the step of the happening that keeps it, which is the last
one of its indicator by the day on which that is known. In each step in which it is open, it brings
the indicator with the hazard ``g = 1 - (1 - rho G_t) / (1 - rho G_s)`` of
`forecast.beliefs.follow_through`, with rho as known on the day it was told: what became of it must
not make it more probable that it did. Several announcements leave ``1 - prod (1 - g)``. What is
scheduled leaves the days that are in a window, of those from the day after it was told to the last
of its window.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from forecast.beliefs.announcements import Announcement, known_announcements
from forecast.beliefs.follow_through import Expected, expected_when_told
from forecast.beliefs.indicators import PresenceIndicator
from forecast.beliefs.schema import Beliefs

__all__ = ["StepsForeseen", "steps_foreseen"]

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
