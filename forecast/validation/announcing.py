"""What is announced in a simulated world, and what becomes of it.

A share ``rho ~ Beta(a, b)`` of dated announcements is kept. Some were settled before the brief, and
teach it. One is told in the middle of the record: if its report is well founded it is such a one,
and else it is kept as often as one that deserves no belief. If it is kept, it is done before, in or
after its window in the shares of the story; the indicator then occurs in that step whatever the
states are. It is taken for kept with the first report of the indicator after it was told, and not
done again. Another indicator is due on a day of the calendar: until then it does not occur.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.beliefs import Beliefs, Report
from forecast.beliefs.announcements import Announcement
from forecast.beliefs.follow_through import learnt_follow_through
from forecast.beliefs.indicators import PresenceIndicator
from forecast.validation.worlds import day_of

__all__ = ["Foretold", "foretell"]

#: How many were settled before the brief; the grade of each, how often it is well founded, and how
#: often one that is not is kept.
_BEFORE, _GRADE, _FOUNDED, _UNFOUNDED = 10, ("A", 1), 0.84, 0.3
#: Shares ahead of the window and by its end; days in which half of what is late has come.
_AHEAD, _BY_ITS_END, _LATE = 0.05, 0.85, 60.0


@dataclass(frozen=True)
class Foretold:
    """What is announced of one world.

    Attributes
    ----------
    rho : float
        Share of the dated ones that are kept.
    told : int
        Number of steps before which nothing of it is told.
    dated, due : str
        The indicator that is announced, and the one that is on the calendar, for the step after
        the next; empty if there is none.
    happens : int or None
        Step, counted from 0, in which what is announced is done.
    rows : tuple of Announcement
        As they stand before any report came.
    """

    rho: float
    told: int
    dated: str
    due: str
    happens: int | None
    rows: tuple[Announcement, ...]

    def occurs(self, name: str, step: int, alone: float, *, reported: Sequence[int]) -> float:
        """Probability that an indicator occurs in a step, of that by the states alone.

        Parameters
        ----------
        name, step, alone
        reported : sequence of int
            Steps of the reports of it that came before.
        """
        if name == self.due and self.told <= step <= self.told + 1:
            return alone * (step == self.told + 1)
        kept = any(earlier >= self.told for earlier in reported)
        return 1.0 if name == self.dated and step == self.happens and not kept else alone

    def settled(self, beliefs: Beliefs, reports: Sequence[Report]) -> list[Announcement]:
        """Give the rows as they stand after the record: kept with the first report that came."""
        days = [one.occurred_on for one in reports if one.indicator == self.dated]
        since = [day for day in days if day > day_of(beliefs, self.told)]
        if not since:
            return list(self.rows)
        steps = -(-(min(since) - beliefs.brief.as_of).days // beliefs.grid.step)
        known = day_of(beliefs, steps)
        return [
            replace(one, status="kept", known_on=known) if one.announcement_id == "dated" else one
            for one in self.rows
        ]


def foretell(beliefs: Beliefs, *, steps: int, rng: np.random.Generator) -> Foretold | None:
    """Announce something in a world, if the model says how often that is kept.

    Parameters
    ----------
    beliefs : Beliefs
    steps : int
        Of the record.
    rng : numpy.random.Generator
    """
    names = [
        name
        for name, entry in beliefs.indicators.items()
        if isinstance(entry, PresenceIndicator) and entry.recurs
    ]
    if beliefs.follow_through is None or not names:
        return None
    rho = float(rng.beta(*learnt_follow_through(beliefs, [], as_of=beliefs.brief.as_of)["dated"]))
    dated, due, told = names[-1], names[0] if len(names) > 1 else "", steps // 2
    window = day_of(beliefs, told + 1) + dt.timedelta(days=1), day_of(beliefs, told + 3)
    rows = [_announcement("dated", dated, "dated", day_of(beliefs, told), window)]
    if due:
        window = day_of(beliefs, told + 1) + dt.timedelta(days=1), day_of(beliefs, told + 2)
        rows.append(_announcement("due", due, "scheduled", day_of(beliefs, told), window))
    for number in range(_BEFORE):
        day = beliefs.brief.as_of - dt.timedelta(days=40 + number)
        window = day + dt.timedelta(days=10), day + dt.timedelta(days=20)
        one = _announcement(f"before-{number}", dated, "dated", day, window)
        status = "kept" if rng.random() < rho else "broken"
        rows.append(replace(one, status=status, known_on=window[1]))
    happens = told + _done(beliefs.grid.step, rng)
    done = rng.random() < (rho if rng.random() < _FOUNDED else _UNFOUNDED)
    return Foretold(rho, told, dated, due, happens if done else None, tuple(rows))


def _done(step: int, rng: np.random.Generator) -> int:
    """Draw how many steps after it was told what is kept is done: one ahead of two of a window."""
    share = rng.random()
    if share < _AHEAD:
        return 0
    if share < _BY_ITS_END:
        return 1 + int(rng.integers(2))
    return 3 + int(rng.exponential(_LATE / np.log(2.0)) // step)


def _announcement(
    name: str, indicator: str, kind: str, told_on: dt.date, window: tuple[dt.date, dt.date]
) -> Announcement:
    return Announcement(
        announcement_id=name,
        indicator=indicator,
        kind="scheduled" if kind == "scheduled" else "dated",
        told_on=told_on,
        starts_on=window[0],
        ends_on=window[1],
        reliability=_GRADE[0],
        credibility=_GRADE[1],
        note="simulated",
    )
