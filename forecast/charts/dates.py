"""Ticks of a date axis: months, with the year under the first and under every January."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.dates import date2num

from forecast.charts.data import Floats

__all__ = ["Tick", "day_number", "day_numbers", "ticks"]

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
