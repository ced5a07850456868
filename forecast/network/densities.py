"""Log densities of one datum, each with its slopes, compiled.

Sources: the negative binomial in its mean and size form (Hilbe, Negative Binomial Regression);
the location-scale Student-t; the digamma series of Abramowitz & Stegun 6.3.18.
"""

from __future__ import annotations

from math import lgamma

import numpy as np

from forecast.network.compiled import compiled

__all__ = ["count_logp", "presence_logp", "silence_logp", "value_logp"]

#: From this size on the negative binomial is worked out by Stirling's series.
_LARGE = 1000.0
#: Log size above which nothing changes any more.
_POISSON = 100.0


@compiled
def _digamma(x: float) -> float:
    """Return the logarithmic derivative of the gamma function for x > 0."""
    total = 0.0
    while x < 10.0:
        total -= 1.0 / x
        x += 1.0
    inverse = 1.0 / (x * x)
    series = inverse * (
        1.0 / 12
        - inverse
        * (1.0 / 120 - inverse * (1.0 / 252 - inverse * (1.0 / 240 - inverse * (1.0 / 132))))
    )
    return float(total + np.log(x) - 0.5 / x - series)


@compiled
def silence_logp(log_expected: float, detection: float) -> tuple[float, float]:
    """Return ``log(1 - d a)`` and its slope, with ``a = 1 - exp(-expected)``.

    Parameters
    ----------
    log_expected : float
        Log of the expected number of occurrences within the step.
    detection : float
        Probability that an occurrence is noticed.

    Returns
    -------
    value, slope : float
        Slope with respect to `log_expected`.
    """
    expected = np.exp(log_expected)
    if detection == 1.0:  # exactly exp(-expected), where 1 - a would round to zero
        return -expected, (-expected if expected < np.inf else 0.0)
    missed = np.exp(-expected)
    noticed = -detection * np.expm1(-expected)
    left = (1.0 - detection) + detection * missed
    value = np.log1p(-noticed) if noticed < 0.5 else np.log(left)
    return value, (-detection * expected * missed / left if missed > 0.0 else 0.0)


@compiled
def presence_logp(log_expected: float, credible: float, average: float) -> tuple[float, float]:
    """Return ``log(c a + (1 - c) a_bar)`` and its slope.

    Parameters
    ----------
    log_expected : float
        Log of the expected number of occurrences within the step.
    credible : float
        Credibility c of what was reported.
    average : float
        The constant ``a_bar``.

    Returns
    -------
    value, slope : float
        Slope with respect to `log_expected`.
    """
    expected = np.exp(log_expected)
    likelihood = -credible * np.expm1(-expected) + (1.0 - credible) * average
    if not likelihood > 0.0:
        return -np.inf, 0.0
    return np.log(likelihood), credible * expected * np.exp(-expected) / likelihood


@compiled
def count_logp(y: float, log_mean: float, log_size: float) -> tuple[float, float, float]:
    """Return the negative binomial log probability of a count and its slopes.

    Parameters
    ----------
    y : float
        The count.
    log_mean, log_size : float
        Log of the mean and of the size (variance = mean + mean^2 / size). As the size grows, the
        distribution tends to the Poisson, and is it to rounding from a size of 1e20 on.

    Returns
    -------
    value, by_mean, by_size : float
        Slopes with respect to the two logs.
    """
    mean = np.exp(log_mean)
    size = np.exp(min(log_size, _POISSON))
    if size > _LARGE:
        return _count_logp_large(y, log_mean, mean, size)
    log_total = np.log(size + mean)
    share = (y + size) / (size + mean)
    value = (
        lgamma(y + size)
        - lgamma(size)
        - lgamma(y + 1.0)
        + size * (log_size - log_total)
        + y * (log_mean - log_total)
    )
    by_size = size * (_digamma(y + size) - _digamma(size) + log_size + 1.0 - log_total - share)
    return value, y - mean * share, by_size


@compiled
def _count_logp_large(
    y: float, log_mean: float, mean: float, size: float
) -> tuple[float, float, float]:
    """Return the same where the size is large, without differences of large numbers.

    ``log G(y + s) - log G(s) - y log s`` by Stirling's series; as s grows, all of it tends to 0 and
    the rest to the Poisson.
    """
    total = y + size
    grown = np.log1p(y / size)
    excess = np.log1p(mean / size)
    value = (
        (total - 0.5) * grown
        - y
        + (1.0 / total - 1.0 / size) / 12.0
        - (total**-3 - size**-3) / 360.0
        + y * log_mean
        - lgamma(y + 1.0)
        - total * excess
    )
    share = total / (size + mean)
    by_size = (
        size * (grown - excess)
        - (total - 0.5) * y / total
        + mean * share
        + size * (size**-2 - total**-2) / 12.0
        - size * (size**-4 - total**-4) / 120.0
    )
    return value, y - mean * share, by_size


@compiled
def value_logp(
    x: float, level: float, log_spread: float, freedom: float
) -> tuple[float, float, float]:
    """Return the Student-t log density of a value and its slopes.

    Parameters
    ----------
    x, level : float
        The value and the location.
    log_spread : float
        Log of the scale.
    freedom : float
        Degrees of freedom.

    Returns
    -------
    value, by_level, by_spread : float
        Slopes with respect to `level` and `log_spread`.
    """
    spread = np.exp(log_spread)
    z = (x - level) / spread
    value = (
        lgamma(0.5 * (freedom + 1.0))
        - lgamma(0.5 * freedom)
        - 0.5 * np.log(freedom * np.pi)
        - log_spread
        - 0.5 * (freedom + 1.0) * np.log1p(z * z / freedom)
    )
    weight = (freedom + 1.0) / (freedom + z * z)
    return value, weight * z / spread, weight * z * z - 1.0
