"""Reweighting: draws from one posterior stand in for another, as long as the weights allow it.

Pareto-smoothed importance sampling after Vehtari, Simpson, Gelman, Yao & Gabry (2024), "Pareto
smoothed importance sampling", JMLR 25(72); the tail is fitted by the method of Zhang & Stephens
(2009). It is written out here because importing ArviZ takes longer than a whole update.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["PARETO_LIMIT", "Weights", "smooth_weights"]

Floats = npt.NDArray[np.float64]

#: Above this Pareto k the weights cannot be trusted.
PARETO_LIMIT = 0.7
#: Unless no draw weighs more than this many times the mean: k then is that of small differences.
_NEARLY_EVEN = 2.0
#: Fewer effective draws than these are too few; nor may more than three quarters be lost.
_LEAST_EFFECTIVE = 400.0
_LEAST_SHARE = 0.25
_SMALLEST_TAIL = 5


@dataclass(frozen=True, eq=False)
class Weights:
    """Importance weights of posterior draws.

    Attributes
    ----------
    weights : (D,)
        Positive, summing to one.
    pareto_k : float
        Shape of the tail of the raw weights; nan where all are equal.
    ess : float
        Effective draws, ``1 / sum(w^2)``.
    """

    weights: Floats
    pareto_k: float
    ess: float

    @property
    def sound(self) -> bool:
        """Whether Pareto k and effective draws allow the weights to be used."""
        return not self.heavy and self.ess >= self.least

    @property
    def heavy(self) -> bool:
        """Whether a few draws, or others that were not drawn, may outweigh all the rest."""
        largest = float(self.weights.max()) * len(self.weights)
        return self.pareto_k > PARETO_LIMIT and largest > _NEARLY_EVEN

    @property
    def least(self) -> float:
        """How many effective draws are asked for."""
        return max(_LEAST_EFFECTIVE, _LEAST_SHARE * len(self.weights))

    @property
    def even(self) -> bool:
        """Whether every draw weighs the same."""
        return bool(np.ptp(self.weights) == 0.0)

    @classmethod
    def equal(cls, draws: int) -> Weights:
        """Weigh every draw the same."""
        return cls(np.full(draws, 1.0 / draws), float("nan"), float(draws))


def smooth_weights(log_ratios: Floats) -> Weights:
    """Smooth importance ratios and judge whether they can be trusted.

    The largest ``min(D / 5, 3 sqrt(D))`` ratios are replaced by the expected order statistics of
    the generalised Pareto distribution fitted to them, and cut at the largest raw ratio.

    Parameters
    ----------
    log_ratios : (D,)
        Log of the target density over that of the draws, up to a constant.

    Returns
    -------
    Weights

    Examples
    --------
    Equal ratios give equal weights:

    >>> found = smooth_weights(np.zeros(1000))
    >>> round(found.ess), found.sound
    (1000, True)
    """
    raw = log_ratios - log_ratios.max()
    draws = len(raw)
    tail = int(min(0.2 * draws, 3.0 * np.sqrt(draws)))
    smoothed, shape = _smooth_tail(raw, tail)
    weights = np.exp(smoothed)
    weights /= weights.sum()
    return Weights(weights, shape, float(1.0 / np.square(weights).sum()))


def _smooth_tail(raw: Floats, tail: int) -> tuple[Floats, float]:
    """Replace the tail of log ratios, whose largest is 0; give its Pareto shape too."""
    if tail < _SMALLEST_TAIL:
        return raw, float("inf")
    order = np.argsort(raw)
    largest = order[-tail:]
    values = raw[largest]
    if np.ptp(values) < np.finfo(float).tiny:
        return raw, float("nan")
    cutoff = float(np.exp(raw[order[-tail - 1]]))
    shape, scale = _fit_generalised_pareto(np.exp(values) - cutoff)
    if not np.isfinite(shape):
        return raw, shape
    chance = np.arange(0.5, tail) / tail
    exceeding = -np.log1p(-chance) if shape == 0 else np.expm1(-shape * np.log1p(-chance)) / shape
    out = raw.copy()
    out[largest] = np.minimum(np.log(cutoff + scale * exceeding), values.max())
    return out, shape


def _fit_generalised_pareto(excess: Floats) -> tuple[float, float]:
    """Fit shape and scale to sorted excesses; the shape is drawn a little towards 0.5."""
    count = len(excess)
    quartile = excess[int(count / 4 + 0.5) - 1]
    if quartile <= excess[0]:
        return float("nan"), float("nan")
    grid = np.arange(1, 31 + int(np.sqrt(count)), dtype=float)
    theta = (1.0 - np.sqrt(len(grid) / (grid - 0.5))) / (3.0 * quartile) + 1.0 / excess[-1]
    shapes = np.log1p(-theta[:, None] * excess).mean(axis=1)
    fit = count * (np.log(-theta / shapes) - shapes - 1.0)
    weight = np.exp(fit - fit.max())
    weight /= weight.sum()
    real = weight >= 10 * np.finfo(float).eps
    theta, weight = theta[real], weight[real]
    middle = float((theta * weight).sum() / weight.sum())
    shape = float(np.log1p(-middle * excess).mean())
    scale = -shape / middle
    shape = (count * shape + 10.0 * 0.5) / (count + 10.0)
    return (float("inf") if np.isnan(shape) else shape), scale
