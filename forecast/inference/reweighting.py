"""Reweighting: draws of one posterior stand in for another, as long as the weights allow it.

Pareto-smoothed importance sampling after Vehtari, Simpson, Gelman, Yao & Gabry (2024), "Pareto
smoothed importance sampling", JMLR 25(72); the tail is fitted by the method of Zhang & Stephens
(2009). It is written out here because importing ArviZ takes longer than a whole update.

After Kallioinen, Paananen, Buerkner & Vehtari (2024), "Detecting and diagnosing prior and
likelihood sensitivity with power-scaling", Statistics and Computing 34, 57; the index is ArviZ's
``psense``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from forecast import dims

__all__ = [
    "ALPHAS",
    "PARETO_LIMIT",
    "THRESHOLD",
    "PowerScaling",
    "Weights",
    "power_scaling",
    "smooth_weights",
]

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


#: Powers at which the quantity itself is shown: a fifth less weight, and a quarter more.
ALPHAS = (0.8, 1.25)
#: At or above it, the authors call a quantity sensitive.
THRESHOLD = 0.05
_FLAT = 1e-12


@dataclass(frozen=True)
class PowerScaling:
    """How a quantity answers to prior and likelihood.

    Attributes
    ----------
    prior, likelihood : float
        Distance by which its distribution moves per doubling of the weight; ArviZ's ``psense``.
    prior_ends, likelihood_ends : (float, float)
        Its mean with either raised to each of `ALPHAS`.
    """

    prior: float
    likelihood: float
    prior_ends: tuple[float, float]
    likelihood_ends: tuple[float, float]

    @property
    def rests_on(self) -> Literal["both", "priors", "reports", "neither"]:
        """Which of the two the quantity is sensitive to."""
        found = self.prior >= THRESHOLD, self.likelihood >= THRESHOLD
        if all(found):
            return "both"
        return "priors" if found[0] else "reports" if found[1] else "neither"


def power_scaling(quantity: Floats, *, log_prior: Floats, log_likelihood: Floats) -> PowerScaling:
    """Scale prior and likelihood by powers and see how a quantity moves.

    Parameters
    ----------
    quantity : (D,)
        In equally weighted posterior draws.
    log_prior, log_likelihood : (D,)
        Log densities in the same draws, up to constants.

    Returns
    -------
    PowerScaling
    """
    import arviz_stats
    import xarray as xr

    def group(name: str, values: Floats) -> xr.Dataset:
        return xr.Dataset({name: ((dims.CHAIN, dims.DRAW), values[None])})

    tree = xr.DataTree.from_dict(
        {
            "posterior": group("quantity", quantity),
            "log_prior": group("prior", log_prior),
            "log_likelihood": group("likelihood", log_likelihood),
        }
    )
    terms = {"prior": log_prior, "likelihood": log_likelihood}
    found = {
        # where nothing varies, nothing moves, and ArviZ would refuse to say so
        name: float(arviz_stats.psense(tree, group=name)["quantity"])
        if np.ptp(term) > _FLAT and np.ptp(quantity) > _FLAT
        else 0.0
        for name, term in terms.items()
    }
    return PowerScaling(
        **found,
        prior_ends=_ends(quantity, log_prior),
        likelihood_ends=_ends(quantity, log_likelihood),
    )


def _ends(quantity: Floats, log_term: Floats) -> tuple[float, float]:
    low, high = (
        float(smooth_weights((alpha - 1.0) * log_term).weights @ quantity) for alpha in ALPHAS
    )
    return low, high
