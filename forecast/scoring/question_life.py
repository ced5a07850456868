"""The forecast that stood at each moment of a question's life, and its score over that life.

A forecast stands from the day it is as of until the next one: a step function of time. Its score
over the life of the question is an integral, weighed by the exact number of days.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "Series",
    "at_lead",
    "constant",
    "days_of",
    "shifted",
    "stood",
    "time_weighted",
    "together",
]

type Rule = Callable[[npt.ArrayLike, npt.ArrayLike], npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Series:
    """Forecasts of one question: each stands from its day until the next.

    Attributes
    ----------
    days : tuple of date
        Strictly increasing.
    values : tuple of float
        Probabilities of yes.

    Raises
    ------
    ValueError
        If days do not increase, or there are not as many values.

    Examples
    --------
    >>> series = Series((dt.date(2024, 1, 1), dt.date(2024, 2, 1)), (0.2, 0.6))
    >>> series.on(dt.date(2024, 1, 31)), series.on(dt.date(2023, 12, 31))
    (0.2, None)
    """

    days: tuple[dt.date, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse days out of order."""
        if len(self.days) != len(self.values):
            raise ValueError(f"{len(self.days)} days and {len(self.values)} values")
        if any(a >= b for a, b in zip(self.days, self.days[1:], strict=False)):
            raise ValueError("the days of a series must increase")

    def on(self, day: dt.date) -> float | None:
        """Forecast that stood at the end of a day; None before the first."""
        found = bisect_right(self.days, day) - 1
        return self.values[found] if found >= 0 else None


def constant(value: float, *, since: dt.date) -> Series:
    """One forecast, never changed."""
    return Series((since,), (value,))


def shifted(series: Series) -> Series:
    """Return the forecast before the one that stood: what the last issue would go on saying."""
    return Series(series.days[1:], series.values[:-1])


def time_weighted(
    series: Series, outcome: int, *, opens: dt.date, closes: dt.date, rule: Rule
) -> tuple[float, int] | None:
    """Mean score over the days from opening to closing on which a forecast stood.

    ``sum_i (t_{i+1} - t_i) S(p_i, y) / sum_i (t_{i+1} - t_i)``, with the days cut at both ends.

    Parameters
    ----------
    series : Series
    outcome : int
        1 or 0.
    opens, closes : date
        The life: days ``opens <= day < closes``.
    rule : callable
        Of probabilities and outcomes.

    Returns
    -------
    (score, days), or None where no forecast stood

    Examples
    --------
    Ten days at 0.5 and thirty at 1.0, and it came true:

    >>> from forecast.scoring.rules import brier
    >>> day = dt.date(2024, 1, 1)
    >>> series = Series((day, day + dt.timedelta(10)), (0.5, 1.0))
    >>> time_weighted(series, 1, opens=day, closes=day + dt.timedelta(40), rule=brier)
    (0.0625, 40)
    """
    spans = stood(series, opens=opens, closes=closes)
    days = sum(spans)
    if not days:
        return None
    scores = rule(series.values, [outcome] * len(series.values))
    return float(np.dot(spans, scores)) / days, days


def stood(series: Series, *, opens: dt.date, closes: dt.date) -> list[int]:
    """On how many days of a life each forecast of a series stood; none for a series of none."""
    ends = [*series.days[1:], dt.date.max][: len(series.days)]
    return [
        max(0, (min(end, closes) - max(day, opens)).days)
        for day, end in zip(series.days, ends, strict=True)
    ]


def together(
    one: Series, other: Series, outcome: int, *, opens: dt.date, closes: dt.date, rule: Rule
) -> tuple[float, float, int] | None:
    """Scores of two series over the days on which both stood, and the number of these days."""
    if not one.days or not other.days:
        return None
    since = max(opens, one.days[0], other.days[0])
    first = time_weighted(one, outcome, opens=since, closes=closes, rule=rule)
    second = time_weighted(other, outcome, opens=since, closes=closes, rule=rule)
    return None if first is None or second is None else (first[0], second[0], first[1])


def at_lead(
    series: Series, *, lead: int, by: dt.date, opens: dt.date, closes: dt.date
) -> float | None:
    """Forecast that stood so many days before the deadline.

    Returns
    -------
    float or None
        None where the question was not open then (not yet, or the outcome was known already), or
        no forecast stood.
    """
    if lead > (by - opens).days:
        return None
    day = by - dt.timedelta(days=lead)
    if not opens <= day < max(closes, opens + dt.timedelta(days=1)):
        return None
    return series.on(day)


def days_of(entries: Sequence[tuple[dt.date, float]]) -> Series:
    """Make a series of (day, probability), the last of a day counting.

    Examples
    --------
    >>> day = dt.date(2024, 1, 1)
    >>> days_of([(day, 0.2), (day, 0.3)]).values
    (0.3,)
    """
    last = dict(sorted(entries, key=lambda entry: entry[0]))
    return Series(tuple(last), tuple(last.values()))
