"""Priors as an analyst thinks: a probability within a period, of one expert or of several.

Every interval is a central 90 % interval. With rate ``r`` per day, an event happens within ``D``
days with probability ``p = 1 - exp(-r D)``, so ``log r = log(-log(1 - p)) - log D``: the
complementary log-log of ``p``, less the log of the period.

Each expert gives a central 90 % interval of a probability, read as a Normal on the log odds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, pvariance
from typing import Literal

__all__ = [
    "Z90",
    "NormalPrior",
    "Pool",
    "level",
    "log_rate",
    "log_ratio",
    "pool",
    "probability_within",
]

#: Half width of a central 90 % interval of the standard Normal.
Z90 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class NormalPrior:
    """A Normal prior."""

    mean: float
    sd: float

    @property
    def interval(self) -> tuple[float, float]:
        """Central 90 % interval."""
        return self.mean - Z90 * self.sd, self.mean + Z90 * self.sd


def level(low: float, high: float) -> NormalPrior:
    """Fit the Normal whose central 90 % interval is [low, high].

    Raises
    ------
    ValueError
        Unless both ends are finite and rising.

    Examples
    --------
    >>> level(-Z90, Z90)
    NormalPrior(mean=0.0, sd=1.0)
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"[{low:g}, {high:g}] is not an interval; two finite rising numbers are")
    return NormalPrior((low + high) / 2, (high - low) / (2 * Z90))


def log_rate(low: float, high: float, *, within_days: float) -> NormalPrior:
    """Read a probability within a period as a Normal on the log rate per day.

    ``mean ∓ 1.645 sd = log(-log1p(-p) / D)`` at ``p = low`` and ``p = high``.

    Parameters
    ----------
    low, high : float
        Central 90 % interval of the probability, strictly between 0 and 1.
    within_days : float
        The period D in days.

    Raises
    ------
    ValueError
        When the interval does not rise inside (0, 1) or the period is not positive.

    Examples
    --------
    One half within one day is a rate of log 2:

    >>> import math
    >>> prior = log_rate(0.5, 0.75, within_days=1.0)
    >>> [round(math.exp(end) / math.log(2), 6) for end in prior.interval]
    [1.0, 2.0]
    """
    if not 0 < low < high < 1:
        raise ValueError(f"[{low:g}, {high:g}] must rise strictly between 0 and 1")
    if not (math.isfinite(within_days) and within_days > 0):
        raise ValueError(f"a period of {within_days:g} days is not positive")
    return level(*(math.log(-math.log1p(-p)) - math.log(within_days) for p in (low, high)))


def log_ratio(low: float, high: float) -> NormalPrior:
    """Read an interval of a positive quantity, such as a hazard ratio, as a Normal on its log.

    Raises
    ------
    ValueError
        When the interval does not rise above 0.

    Examples
    --------
    >>> log_ratio(0.5, 2.0).mean
    0.0
    """
    if not 0 < low < high:
        raise ValueError(f"[{low:g}, {high:g}] must rise above 0")
    return level(math.log(low), math.log(high))


def probability_within(log_rate: float, days: float) -> float:
    """Probability of at least one event within a period, ``1 - exp(-exp(log_rate) D)``.

    Examples
    --------
    >>> import math
    >>> round(probability_within(math.log(math.log(2)), 2.0), 12)
    0.75
    """
    return -math.expm1(-math.exp(log_rate) * days)


Pool = Literal["log_odds", "linear"]


def pool(intervals: Sequence[tuple[float, float]], *, method: Pool) -> tuple[float, float]:
    """Pooled central 90 % interval of a probability, every expert with equal weight.

    ``log_odds``: a Normal on the log odds with the mean of the experts' means, and the mean of
    their variances plus the variance between their means. ``linear``: the 5 % and 95 % points of
    the equal mixture of the experts' distributions, which also keeps two camps apart.

    Parameters
    ----------
    intervals : sequence of (float, float)
        At least one interval, each rising strictly between 0 and 1.
    method : {"log_odds", "linear"}

    Raises
    ------
    ValueError
        When there is no interval, or one does not rise strictly between 0 and 1.

    Examples
    --------
    Experts who agree change nothing:

    >>> [round(end, 9) for end in pool([(0.2, 0.6), (0.2, 0.6)], method="log_odds")]
    [0.2, 0.6]
    """
    if not intervals:
        raise ValueError("there is no expert to pool; give at least one")
    experts = [_log_odds(low, high) for low, high in intervals]
    if method == "log_odds":
        mean = fmean(expert.mean for expert in experts)
        within = fmean(expert.variance for expert in experts)
        sd = math.sqrt(within + pvariance([expert.mean for expert in experts]))
        return _probability(mean - Z90 * sd), _probability(mean + Z90 * sd)
    lowest = min(expert.mean - Z90 * expert.stdev for expert in experts)
    highest = max(expert.mean + Z90 * expert.stdev for expert in experts)

    def below(x: float) -> float:
        return fmean(expert.cdf(x) for expert in experts)

    ends = (_solve(below, share, lowest, highest) for share in (0.05, 0.95))
    low, high = (_probability(x) for x in ends)
    return low, high


def _log_odds(low: float, high: float) -> NormalDist:
    if not 0 < low < high < 1:
        raise ValueError(f"[{low:g}, {high:g}] must rise strictly between 0 and 1")
    prior = level(*(math.log(p / (1 - p)) for p in (low, high)))
    return NormalDist(prior.mean, prior.sd)


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _solve(rising: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Where a rising function passes `target`, by halving a bracket around it."""
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < target else (low, middle)
    return (low + high) / 2
