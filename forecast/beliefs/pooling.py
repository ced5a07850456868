"""Several experts, one prior: disagreement widens it.

Each expert gives a central 90 % interval of a probability, read as a Normal on the log odds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist, fmean, pvariance
from typing import Literal

from forecast.beliefs.rates import Z90, level

__all__ = ["Pool", "pool"]

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
