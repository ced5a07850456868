"""Priors as an analyst thinks: a probability within a period, read as a Normal on the log rate.

Every interval is a central 90 % interval. With rate ``r`` per day, an event happens within ``D``
days with probability ``p = 1 - exp(-r D)``, so ``log r = log(-log(1 - p)) - log D``: the
complementary log-log of ``p``, less the log of the period.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Z90", "NormalPrior", "level", "log_rate", "log_ratio", "probability_within"]

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
