"""What a trajectory draws in data: steps, bands, the line between past and future, ticks of dates.

Ticks are months, with the year under the first and under every January.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import date2num

from forecast.charts import style
from forecast.charts.data import Dates, Floats, Trajectory

__all__ = [
    "Part",
    "Tick",
    "day_number",
    "day_numbers",
    "draw_as_of",
    "draw_brief",
    "draw_curves",
    "draw_points",
    "parts",
    "ticks",
]


_FAINTER = 0.6  # the forecast's bands, against those of history


@dataclass(frozen=True, slots=True)
class Part:
    """History or forecast of a trajectory, ready to step through.

    Attributes
    ----------
    dates : (n,) datetime64[D]
    index : (n,) int
        Which value holds from each date.
    """

    dates: Dates
    index: Any

    def of(self, curve: Floats) -> Floats:
        """Values of a curve at the part's dates."""
        values: Floats = curve[self.index]
        return values


def parts(values: Trajectory) -> tuple[Part, Part | None]:
    """Split at the as-of date, so that both parts meet there.

    A value holds until the next date, so history's last is carried to the as-of date and the
    forecast starts from it.
    """
    now, n = values.n_history - 1, len(values.dates)
    as_of = np.array([np.datetime64(values.as_of, "D")])
    past = np.arange(now + 1)
    history = Part(np.concatenate([values.dates[: now + 1], as_of]), np.append(past, now))
    if not values.has_forecast:
        return history, None
    ahead = np.arange(now + 1, n)
    return history, Part(np.concatenate([as_of, values.dates[now + 1 :]]), np.append(now, ahead))


def draw_curves(ax: Axes, values: Trajectory, *, base: float) -> None:
    """Draw bands, the mean, and what silence would have left."""
    history, forecast = parts(values)
    for part, faint in ((history, 1.0), (forecast, _FAINTER)):
        if part is None:
            continue
        for low, high, cover, alpha in (
            (values.lo80, values.hi80, 80, style.OUTER),
            (values.lo50, values.hi50, 50, style.INNER),
        ):
            ax.fill_between(
                part.dates,
                part.of(low),
                part.of(high),
                step="post",
                color=style.BLUE,
                alpha=alpha * faint,
                lw=0,
                zorder=2.5,
                label=f"{cover}% interval",
            )
    if values.no_news is not None:
        ax.plot(
            day_numbers(values.dates),
            values.no_news,
            color=style.LIGHT,
            lw=0.11 * base,
            zorder=3,
            label="no reports",
        )
    width = 0.22 * base
    ax.step(
        history.dates,
        history.of(values.mean),
        where="post",
        color=style.BLUE,
        lw=width,
        zorder=4,
        label="mean",
    )
    if forecast is not None:
        ax.step(
            forecast.dates,
            forecast.of(values.mean),
            where="post",
            color=style.BLUE,
            lw=0.75 * width,
            ls=(0, (3.2, 1.4)),
            zorder=4,
            label="forecast",
        )


def draw_as_of(ax: Axes, values: Trajectory) -> None:
    """Mark where reports end and the forecast begins."""
    if values.has_forecast:
        ax.axvline(
            day_number(values.as_of),
            color=style.REFERENCE,
            lw=0.8,
            ls=(0, (4, 2)),
            zorder=2,
            label="_as-of",
        )


def draw_brief(ax: Axes, values: Trajectory, *, at: float, tick: float) -> None:
    """Bracket the brief's own reading; `at` and `tick` are an x and a length in days."""
    if values.brief_band is None:
        return
    low, high = values.brief_band
    ax.plot(
        [at + tick, at, at, at + tick],
        [low, low, high, high],
        color=style.INK,
        lw=1.0,
        zorder=5,
        clip_on=False,
        solid_joinstyle="miter",
        label="_brief",
    )


def draw_points(ax: Axes, values: Trajectory, *, base: float) -> None:
    """Mark the value as of now, and the value printed at the previous issue."""
    points = [(values.as_of, values.value, style.BLUE, "white", 0.07)]
    if values.previous is not None:
        points.insert(0, (*values.previous, "white", style.BLUE, 0.1))
    for date, p, face, edge, width in points:
        ax.plot(
            [day_number(date)],
            [p],
            "o",
            ms=0.56 * base,
            mfc=face,
            mec=edge,
            mew=width * base,
            zorder=6,
            clip_on=False,
            label="_point",
        )


_MONTHS = (1, 2, 3, 4, 6, 12)
_DAYS = (1, 2, 7, 14)
_WIDER = 1.6  # a day and a month take more room than a month
_SHORT = 75  # days; below this months are too coarse


@dataclass(frozen=True, slots=True)
class Tick:
    """A date and what is printed under it."""

    date: dt.date
    label: str


def day_numbers(dates: Any) -> Floats:
    """Dates as the numbers of a date axis."""
    numbers = date2num(dates)  # type: ignore[no-untyped-call]
    return np.asarray(numbers, dtype=np.float64)


def day_number(date: Any) -> float:
    """One date as its number on a date axis."""
    return float(day_numbers(date))


def ticks(first: dt.date, last: dt.date, *, width: float, apart: float = 9.0) -> tuple[Tick, ...]:
    r"""Ticks from `first` to `last` at least `apart` millimetres from one another.

    Parameters
    ----------
    first, last : date
        Ends of the axis, both included.
    width : float
        Length of the axis in millimetres.
    apart : float
        Least distance in millimetres between ticks.

    Examples
    --------
    >>> [t.label for t in ticks(dt.date(2023, 10, 1), dt.date(2024, 5, 31), width=60, apart=9)]
    ['Nov\n2023', 'Jan\n2024', 'Mar', 'May']
    """
    span = (last - first).days
    by_day = span < _SHORT
    least = apart * (_WIDER if by_day else 1.0) * max(span, 1) / width
    found = next(
        tried
        for tried in (_by_days(first, last) if by_day else _by_months(first, last))
        if tried and all((b - a).days >= least for a, b in pairwise(tried))
    )
    return tuple(
        Tick(date, _label(date, year=_opens_year(found, at), days=by_day))
        for at, date in enumerate(found)
    )


def _by_days(first: dt.date, last: dt.date) -> Iterator[list[dt.date]]:
    span = (last - first).days
    for step in (*_DAYS, span + 1):
        yield [first + dt.timedelta(days=n) for n in range(0, span + 1, step)]


def _by_months(first: dt.date, last: dt.date) -> Iterator[list[dt.date]]:
    begin = first.year * 12 + first.month - (first.day == 1)
    end = last.year * 12 + last.month - 1
    for step in (*_MONTHS, *range(24, 12 * 100, 12)):
        # Multiples counted from year 0 keep January on the axis.
        yield [dt.date(m // 12, m % 12 + 1, 1) for m in range(begin, end + 1) if m % step == 0]
    yield [first]


def _opens_year(found: list[dt.date], at: int) -> bool:
    return at == 0 or found[at].year != found[at - 1].year


def _label(date: dt.date, *, year: bool, days: bool) -> str:
    text = f"{date.day} {date:%b}" if days else f"{date:%b}"
    return f"{text}\n{date.year}" if year else text
