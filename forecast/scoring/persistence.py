"""Cheap forecasts of a stream, hard to beat: what was lately goes on, learnt from what is resolved.

All of them see the numbers to an origin, and outcomes that are known by then. The exponentially
weighted mean starts at the first number; its weight of 0.15 is a convention, not fitted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.optimize
import scipy.stats

__all__ = ["ALPHA", "base_rates", "ewma", "ewma_counts", "ewma_regression"]

Floats = npt.NDArray[np.float64]

#: Weight of the newest number.
ALPHA = 0.15
_LEAST, _ROUNDS, _RIDGE = 1e-3, 60, 1e-6


def ewma(values: Floats, alpha: float = ALPHA) -> Floats:
    """Exponentially weighted mean, started at the first value.

    Examples
    --------
    >>> ewma(np.array([0.0, 1.0]), alpha=0.5).tolist()
    [0.0, 0.5]
    """
    out = np.array(values, np.float64)
    for t in range(1, len(out)):
        out[t] = (1 - alpha) * out[t - 1] + alpha * out[t]
    return out


def base_rates(outcome: npt.NDArray[np.bool_], *, first: int, lead: int) -> Floats:
    """Share that came out yes among what is resolved, at every origin from `first` on.

    A yes and a no are added, so that nothing is ever certain.

    Parameters
    ----------
    outcome : (T,)
        Of every origin.
    first : int
    lead : int
        Steps until a target is resolved.
    """
    known = np.concatenate([[0], np.cumsum(outcome)])
    at = np.arange(first, len(outcome)) - lead + 1
    return np.asarray((known[at] + 1.0) / (at + 2.0))


def ewma_regression(
    features: Sequence[Floats],
    outcomes: Sequence[npt.NDArray[np.bool_]],
    *,
    first: int,
    lead: int,
) -> list[Floats]:
    """Forecast by a logistic regression that several courses share, learnt anew at every origin.

    Parameters
    ----------
    features : sequence of (T, n) arrays
        Of each course.
    outcomes : sequence of (T,) arrays
    first, lead : int
        As in `base_rates`.

    Returns
    -------
    list of (T - first,) arrays
    """
    out: list[list[float]] = [[] for _ in outcomes]
    weights = np.zeros(features[0].shape[1] + 1)
    for t in range(first, len(outcomes[0])):
        seen = slice(0, t - lead + 1)
        x = _with_one(np.concatenate([part[seen] for part in features]))
        y = np.concatenate([part[seen] for part in outcomes]).astype(np.float64)
        weights = _logistic(x, y, weights)
        for place, part in enumerate(features):
            out[place].append(float(_chance(_with_one(part[t : t + 1]), weights)[0]))
    return [np.array(each) for each in out]


def _with_one(x: Floats) -> Floats:
    return np.concatenate([np.ones((len(x), 1)), x], axis=1)


def _chance(x: Floats, weights: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x @ weights, -30.0, 30.0))))


def _logistic(x: Floats, y: Floats, start: Floats) -> Floats:
    """Find the mode by Newton's steps, with a ridge that only keeps it finite."""
    weights = start.copy()
    for _ in range(_ROUNDS):
        p = _chance(x, weights)
        slope = x.T @ (y - p) - _RIDGE * weights
        bend = (x * (p * (1.0 - p))[:, None]).T @ x + _RIDGE * np.eye(len(weights))
        move = np.linalg.solve(bend, slope)
        weights = weights + move / max(1.0, float(np.abs(move).max()) / 2.0)
        if np.abs(move).max() < 1e-8:
            break
    return weights


def ewma_counts(
    means: Sequence[Floats], sums: Sequence[Floats], *, first: int, lead: int, size: int, every: int
) -> list[Floats]:
    """Forecast sums of counts by a negative binomial around the weighted mean.

    Its mean is `lead` times the weighted mean; its dispersion is that which made the resolved sums
    most probable, learnt anew every so many origins.

    Parameters
    ----------
    means, sums : sequence of (T,) arrays
        Weighted mean at each origin of each course, and the sum of the `lead` numbers after it.
    first, lead : int
        As in `base_rates`.
    size : int
        Sums are told apart up to ``size - 1``.
    every : int
        Origins between two learnings.

    Returns
    -------
    list of (T - first, size) arrays
    """
    out: list[list[Floats]] = [[] for _ in sums]
    log_size = 0.0
    for t in range(first, len(sums[0])):
        if (t - first) % every == 0:
            seen = slice(0, t - lead + 1)
            mean = lead * np.concatenate([part[seen] for part in means]) + _LEAST
            came = np.concatenate([part[seen] for part in sums])
            log_size = _dispersion(mean, came)
        for place, part in enumerate(means):
            out[place].append(_chances(lead * part[t] + _LEAST, log_size, size))
    return [np.array(each) for each in out]


def _dispersion(mean: Floats, came: Floats) -> float:
    def cost(log_size: float) -> float:
        r = np.exp(log_size)
        return -float(scipy.stats.nbinom.logpmf(came, r, r / (r + mean)).sum())

    return float(scipy.optimize.minimize_scalar(cost, bounds=(-5.0, 8.0), method="bounded").x)


def _chances(mean: float, log_size: float, size: int) -> Floats:
    r = np.exp(log_size)
    return np.asarray(scipy.stats.nbinom.pmf(np.arange(size), r, r / (r + mean)))
