"""Periods as people write them: ``12 months``, ``90 days``, ``2 weeks``, ``1 year``."""

from __future__ import annotations

import math
import re

__all__ = ["days", "wording"]

#: Days in one of each unit. A year is 365.25 days and a month a twelfth of it.
_UNITS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
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
    match = _PERIOD.fullmatch(period.strip().lower())
    if match is None:
        raise ValueError(f"{period!r} is not a period; {_ALLOWED}")
    unit = _SHORT.get(match[2], match[2].removesuffix("s"))
    length = float(match[1]) * _UNITS.get(unit, math.nan)
    if not (math.isfinite(length) and length > 0):
        raise ValueError(f"{period!r} is not a period; {_ALLOWED}")
    return length


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
