"""Periods as people write them: ``12 months``, ``90 days``, ``2 weeks``, ``1 year``."""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re

__all__ = ["dates", "days", "later", "wording"]

#: Days in one of each unit. A year is 365.25 days and a month a twelfth of it.
_UNITS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
_MONTHS = {"month": 1.0, "year": 12.0}
_SHORT = {"d": "day", "w": "week", "m": "month", "y": "year"}
_PERIOD = re.compile(r"(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*([a-z]+)")
_ALLOWED = "write a number and a unit, such as '90 days', '2 weeks', '12 months' or '1 year'"


def days(period: str) -> float:
    """Length of a period in days.

    Parameters
    ----------
    period : str
        A positive number and a unit: day, week, month (365.25 / 12 days) or year (365.25 days),
        in the singular, the plural or as the first letter (``12m``).

    Raises
    ------
    ValueError
        When the text is not a period; the message says what would be.

    Examples
    --------
    >>> days("2 weeks")
    14.0
    >>> days("12 months") == days("1 year") == 365.25
    True
    """
    number, unit = _parts(period)
    return number * _UNITS[unit]


def later(first: dt.date, period: str | float) -> dt.date:
    """Day that is a period after another.

    Whole months and years are those of the calendar: the same day of the month, or its last where
    the month is shorter. Other periods are their length in days, a part of a day counting as one.

    Parameters
    ----------
    first : datetime.date
    period : str or float
        As for `days`, or a number of days; one that `days` makes of whole months is read as these.

    Raises
    ------
    ValueError
        When the text is not a period, or the day lies beyond the calendar.

    Examples
    --------
    >>> [str(later(dt.date(2024, 10, 31), each)) for each in ("12 months", "4m", "2 weeks", 90.5)]
    ['2025-10-31', '2025-02-28', '2024-11-14', '2025-01-30']
    >>> str(later(dt.date(2024, 10, 31), days("12 months")))
    '2025-10-31'
    """
    said = period if isinstance(period, str) else _said(period)
    number, unit = _parts(said)
    months = number * _MONTHS.get(unit, 0.0)
    try:
        if months and months.is_integer():
            return _months_later(first, round(months))
        # a hair of tolerance: rounding is no part of a day
        return first + dt.timedelta(days=math.ceil(number * _UNITS[unit] - 1e-6))
    except (OverflowError, ValueError):
        raise ValueError(f"{period!r} after {first} lies beyond the calendar") from None


def dates(first: dt.date, last: dt.date, *, every: str) -> list[dt.date]:
    """List the days from the first to the last, a period apart.

    Whole months and years are those of the calendar, counted from the first day: on the same day of
    the month, or on its last where the month is shorter. Other periods are their length in whole
    days.

    Parameters
    ----------
    first, last : datetime.date
    every : str
        As for `days`.

    Raises
    ------
    ValueError
        When the text is not a period, or the period is shorter than a day.

    Examples
    --------
    >>> [str(day) for day in dates(dt.date(2024, 1, 31), dt.date(2024, 4, 1), every="1 month")]
    ['2024-01-31', '2024-02-29', '2024-03-31']
    """
    number, unit = _parts(every)
    months = number * _MONTHS.get(unit, 0.0)
    step = round(number * _UNITS[unit])
    if step < 1:
        raise ValueError(f"{every!r} is shorter than a day")
    if not (months and months.is_integer()):
        span = range(0, (last - first).days + 1, step)
        return [first + dt.timedelta(days=n) for n in span]
    until = 12 * (last.year - first.year) + last.month - first.month
    found = (_months_later(first, count) for count in range(0, until + 1, round(months)))
    return [day for day in found if day <= last]


def _said(length: float) -> str:
    """Write a number of days as a period; a whole number of days stays one."""
    months = length / _UNITS["month"]
    if not length.is_integer() and math.isclose(months, round(months), rel_tol=1e-9):
        return f"{round(months)} months"
    return f"{length!r} days"


def _months_later(first: dt.date, months: int) -> dt.date:
    """Give the same day of a later month, or its last where it is shorter."""
    years, month = divmod(first.month - 1 + months, 12)
    year = first.year + years
    return dt.date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def _parts(period: str) -> tuple[float, str]:
    """Read the number and the unit of a period."""
    match = _PERIOD.fullmatch(period.strip().lower())
    if match is None:
        raise ValueError(f"{period!r} is not a period; {_hint(period) or _ALLOWED}")
    number, unit = float(match[1]), _SHORT.get(match[2], match[2].removesuffix("s"))
    length = number * _UNITS.get(unit, math.nan)
    if not (math.isfinite(length) and length > 0):
        more = " (the number above 0)" if length == 0 else ""
        raise ValueError(f"{period!r} is not a period; {_ALLOWED}{more}")
    return number, unit


def _hint(period: str) -> str:
    """Say how a period has to be written, where it can be told what was meant."""
    text = period.strip().lower()
    said = ""
    if match := re.fullmatch(r"p(\d+)([ymwd])", text):  # of ISO 8601
        said = _plural(int(match[1]), _SHORT[match[2]])
    elif re.fullmatch(r"\d+,\d+\s*[a-z]+", text):
        said = text.replace(",", ".")
    elif match := re.fullmatch(r"(an?|one) ([a-z]+)", text):
        said = f"1 {match[2]}"
    return f"write it as '{said}'" if said and _PERIOD.fullmatch(said) else ""


def wording(length: float) -> str:
    """Write a length in days as a reader would say it, in the largest unit that fits whole.

    Months come before years, so that windows of one year read as the field writes them.

    Examples
    --------
    >>> wording(365.25), wording(14.0), wording(10.0)
    ('12 months', '2 weeks', '10 days')
    """
    for unit in ("month", "week"):
        count = length / _UNITS[unit]
        if round(count) >= 1 and math.isclose(count, round(count), rel_tol=1e-9):
            return _plural(round(count), unit)
    if math.isclose(length, round(length), rel_tol=1e-9):
        return _plural(round(length), "day")
    return f"{length:.4g} days"


def _plural(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
