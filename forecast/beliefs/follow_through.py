"""Follow-through: how probable it is that what was announced is done, and by when.

Of a class a share ``rho ~ Beta(a, b)`` is done; G is the share of these that are done by a day.
Told with credibility c, an announcement is kept with ``c rho + (1 - c) 0.3`` in the place of rho.
It has not happened by a day with ``1 - rho G``. Given that, it is still kept with
``phi = rho (1 - G) / (1 - rho G)``, and happens in the step from s to t with
``g = phi (G_t - G_s) / (1 - G_s) = 1 - (1 - rho G_t) / (1 - rho G_s)``. Since ``1 - rho G`` is
linear in rho, the mean of rho gives the same numbers as rho draw by draw, each draw weighed by how
probable it makes it that nothing has happened yet.

The table of `data/follow_through.yaml` is our judgement. `priors.yaml` may replace it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from forecast.beliefs.announcements import Announcement, known_announcements
from forecast.beliefs.composing import read_plain
from forecast.beliefs.schema import Beliefs

__all__ = ["Expected", "done_by", "expected", "expected_when_told", "learnt_follow_through"]


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
