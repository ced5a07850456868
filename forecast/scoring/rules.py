"""Proper scoring rules, through ``scoringrules``; a lower score is better in all of them.

============================  ======================================  =========================
rule                          of                                      formula
============================  ======================================  =========================
`brier`                       yes or no                               ``(p - y)^2``
`logarithmic`                 yes or no                               ``-ln p(what happened)``
`ranked_probability`          ordered states                          ``sum (F_k - O_k)^2``
`crps_of_draws`               a count or another number               ``∫ (F(x) - 1[y <= x])^2``
============================  ======================================  =========================

They score the forecast that stood at each moment of a question's life, and that life as a whole. A
forecast stands from the day it is as of until the next one: a step function of time. Its score
over the life of the question is an integral, weighed by the exact number of days.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "CLIP",
    "DistributionScore",
    "Series",
    "at_lead",
    "brier",
    "clipped",
    "constant",
    "crps_of_draws",
    "days_of",
    "logarithmic",
    "ranked_probability",
    "scorable",
    "score_distributions",
    "score_of",
    "shifted",
    "stood",
    "time_weighted",
    "together",
]


Floats = npt.NDArray[np.float64]

#: Probabilities are moved this far away from 0 and 1 before their logarithm is taken: half of the
#: last of the six digits that an issue holds. So only what is written as 0 or 1 is moved, and by
#: less than what rounding took from it; a forecast of one in a hundred thousand is scored as such.
CLIP = 5e-7

_SUM = 1e-6


def brier(p: npt.ArrayLike, y: npt.ArrayLike) -> Floats:
    """Brier score on 0 to 1: ``(p - y)^2``.

    Parameters
    ----------
    p : array_like
        Probabilities of yes.
    y : array_like
        1 where it came true, 0 where not.

    Returns
    -------
    array of float
        One score each; 0.25 for an answer of one half.

    Raises
    ------
    ValueError
        If `p` is no probability, or `y` neither 0 nor 1.

    Examples
    --------
    >>> brier([0.8, 0.8], [1, 0]).round(2).tolist()
    [0.04, 0.64]
    """
    from scoringrules import brier_score

    forecast, outcome = _binary(p, y)
    return np.asarray(brier_score(outcome, forecast), dtype=np.float64)


def logarithmic(p: npt.ArrayLike, y: npt.ArrayLike, *, clip: float = CLIP) -> Floats:
    """Logarithmic score ``-ln |p + y - 1|``, with `p` kept `clip` away from 0 and 1.

    Without the clip one wrong certainty makes every other forecast irrelevant. It is there for
    what cannot be told from certainty, as the precision of the number type is in scikit-learn's
    ``log_loss``; `clipped` says which forecasts it moves.

    Parameters
    ----------
    p, y : array_like
        As in `brier`.
    clip : float
        At most this near to certainty is a forecast taken at its word.

    Returns
    -------
    array of float
        Nats; ln 2 for an answer of one half.

    Examples
    --------
    >>> logarithmic([0.5, 0.0], [1, 1]).round(3).tolist()
    [0.693, 14.509]
    """
    from scoringrules import log_score

    forecast, outcome = _binary(p, y)
    kept = np.clip(forecast, clip, 1.0 - clip)
    return np.asarray(log_score(outcome, kept), dtype=np.float64)


def clipped(p: npt.ArrayLike, *, clip: float = CLIP) -> npt.NDArray[np.bool_]:
    """Say which forecasts `logarithmic` does not take at their word.

    Examples
    --------
    >>> clipped([0.0, 0.00001, 0.5, 1.0]).tolist()
    [True, False, False, True]
    """
    forecast = np.asarray(p, dtype=np.float64)
    return np.asarray((forecast < clip) | (forecast > 1.0 - clip))


def ranked_probability(p: npt.ArrayLike, state: int) -> float:
    """Ranked probability score of ordered states: ``sum_k (F_k - O_k)^2`` over their cumulations.

    Two states give the Brier score. Twice this over the number of splits is the ordinal score of
    forecasting platforms, which lies between 0 and 2.

    Parameters
    ----------
    p : (K,) array_like
        Probabilities of the states, in their order.
    state : int
        Number of the state that came true, from 0.

    Raises
    ------
    ValueError
        If the probabilities do not sum to 1, or there is no such state.

    Examples
    --------
    >>> round(ranked_probability([0.15, 0.45, 0.25, 0.15], 2), 3)
    0.405
    """
    from scoringrules import rps_score

    forecast = np.asarray(p, dtype=np.float64)
    sums = forecast.ndim == 1 and abs(forecast.sum() - 1.0) <= _SUM  # never where one is nan
    if not sums or (forecast < 0).any():
        raise ValueError(f"probabilities of the states must sum to 1; came: {forecast.tolist()}")
    if not 0 <= state < len(forecast):
        raise ValueError(f"there is no state {state}; there are {len(forecast)}, from 0")
    # one-hot, since scoringrules counts categories from 1 and takes any number for one
    outcome = np.eye(len(forecast))[state]
    return float(rps_score(outcome, forecast, onehot=True))


def crps_of_draws(draws: npt.ArrayLike, y: float) -> float:
    """Continuous ranked probability score of draws from a predictive distribution.

    Parameters
    ----------
    draws : (D,) array_like
        Of the predicted count or number.
    y : float
        What came.

    Examples
    --------
    One draw is a point forecast, scored by its absolute error:

    >>> crps_of_draws([3.0], 5.0)
    2.0
    """
    from scoringrules import crps_ensemble

    sample = np.asarray(draws, dtype=np.float64)
    if sample.ndim != 1 or not len(sample) or not np.isfinite(sample).all():
        raise ValueError("draws must be a list of finite numbers")
    return float(crps_ensemble(_finite(y), sample))


def _finite(y: float) -> float:
    if not np.isfinite(y):
        raise ValueError(f"what came must be a finite number; came: {y}")
    return y


def _binary(p: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
    forecast, outcome = np.asarray(p, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if not ((forecast >= 0.0) & (forecast <= 1.0)).all():
        raise ValueError("a probability must be between 0 and 1")
    if not np.isin(outcome, (0.0, 1.0)).all():
        raise ValueError("an outcome must be 0 or 1")
    return forecast, outcome


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


@dataclass(frozen=True)
class DistributionScore:
    """Score of the distributions that were forecast for one question, over its life.

    Attributes
    ----------
    question : str
    rule : {"rps", "crps"}
        Ranked probability score of ordered states, or continuous ranked probability score.
    came : str
        The state or the sum that came.
    score : float
        Weighed by the days each forecast stood; the CRPS is in the units of the sum.
    prior : float
        The same of the model with no report, over the same days.
    days : int
        Days on which both stood.
    """

    question: str
    rule: str
    came: str
    score: float
    prior: float
    days: int

    @property
    def skill(self) -> float | None:
        """``1 - score / prior``; None where the priors make no error."""
        return None if self.prior == 0 else 1.0 - self.score / self.prior


def score_of(distribution: Mapping[str, object], came: str) -> float:
    """Score one distribution, as an issued forecast holds it.

    The quantiles of a sum have equal weight and are scored as draws. With 199 of them that misses
    the score of the whole distribution by less than its range over 199.

    Parameters
    ----------
    distribution : mapping
        ``states`` with their probabilities in their order, or ``quantiles`` of a sum.
    came : str
        The state or the number that came.

    Raises
    ------
    ValueError
        If that is neither one of the states nor a number.

    Examples
    --------
    >>> forecast = {"states": {"low": 0.15, "some": 0.45, "much": 0.25, "most": 0.15}}
    >>> round(score_of(forecast, "much"), 3)
    0.405
    >>> score_of({"states": None, "quantiles": [3.0]}, "5")
    2.0
    """
    states, quantiles = distribution.get("states"), distribution.get("quantiles")
    if isinstance(states, Mapping):
        chances = np.array(list(states.values()), dtype=np.float64)
        return ranked_probability(chances / chances.sum(), list(states).index(came))
    return crps_of_draws(np.asarray(quantiles, dtype=np.float64), float(came))


def scorable(distribution: Mapping[str, object], came: str) -> bool:
    """Say whether what came is one of the states of a distribution, or a number for one of a sum.

    States may have been renamed since the outcome was recorded.

    Examples
    --------
    >>> scorable({"states": {"low": 0.4, "high": 0.6}}, "none")
    False
    """
    try:
        score_of(distribution, came)
    except ValueError:
        return False
    return True


def score_distributions(
    question: str,
    came: str,
    *,
    forecasts: Sequence[tuple[dt.date, Mapping[str, object]]],
    prior: Sequence[tuple[dt.date, Mapping[str, object]]],
    opens: dt.date,
    closes: dt.date,
) -> DistributionScore | None:
    """Score the distributions of a question over its life; None where none stood.

    Parameters
    ----------
    question, came : str
    forecasts, prior : sequence of (date, distribution)
        Ours, and those of the model with no report. Each stands from its day until the next; days
        increase.
    opens, closes : date
        The life.
    """
    ours, theirs = (
        Series(tuple(day for day, _ in said), tuple(score_of(one, came) for _, one in said))
        for said in (forecasts, prior)
    )
    found = together(
        ours, theirs, 1, opens=opens, closes=closes, rule=lambda scores, _: np.asarray(scores)
    )
    if found is None:
        return None
    rule = "crps" if prior[0][1].get("states") is None else "rps"
    return DistributionScore(question, rule, came, *found)
