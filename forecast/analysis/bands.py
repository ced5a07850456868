"""Bands: what draws say together, and how far a scenario is from the baseline.

Every band of a posterior, wherever it is printed or drawn, is made here. On common draws a
difference is taken draw by draw, and its band is the spread of these; what a scenario teaches about
the rates moves all of them by one amount, the change of the baseline's mean under the scenario's
weights. So a scenario that changes nothing differs by exactly nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Band", "Curve", "Difference", "band_of", "difference", "quantiles"]

Floats = npt.NDArray[np.float64]

_LEVELS = (0.25, 0.75, 0.10, 0.90)


@dataclass(frozen=True)
class Band:
    """A probability with its 50 % and 80 % bands."""

    probability: float
    lo50: float
    hi50: float
    lo80: float
    hi80: float


@dataclass(frozen=True, eq=False)
class Curve:
    """A probability with its bands over the dates of a reading, (n_dates,) each."""

    probability: Floats
    lo50: Floats
    hi50: Floats
    lo80: Floats
    hi80: Floats

    @classmethod
    def of(cls, draws: Floats, weights: Floats | None = None) -> Curve:
        """Summarise draws (n_dates, D), with weights (D,) that sum to one if they differ."""
        mean = draws.mean(axis=-1) if weights is None else draws @ weights
        return cls(mean, *quantiles(draws, weights))

    def at(self, index: int) -> Band:
        """Return the band at one date."""
        return Band(*(float(getattr(self, name)[index]) for name in Band.__dataclass_fields__))


@dataclass(frozen=True)
class Difference:
    """How far a scenario is from the baseline, with its 50 % and 80 % bands."""

    difference: float
    lo50: float
    hi50: float
    lo80: float
    hi80: float


def quantiles(draws: Floats, weights: Floats | None = None) -> Floats:
    """Quantiles .25, .75, .10 and .90 of draws.

    Draws of equal weight are interpolated (Hyndman & Fan's type 7, NumPy's ``linear``); of
    weighted ones a quantile is the smallest at or below which at least its share of the weight
    lies (``inverted_cdf``, the one definition that NumPy has for weights).

    Parameters
    ----------
    draws : (..., D) array
    weights : (D,) array, optional
        Summing to one; by default all weigh the same.

    Returns
    -------
    (4, ...) array

    Examples
    --------
    >>> quantiles(np.array([0.0, 1.0])).tolist()
    [0.25, 0.75, 0.1, 0.9]
    >>> quantiles(np.array([0.1, 0.2, 0.9]), np.array([0.25, 0.25, 0.5])).tolist()
    [0.1, 0.9, 0.1, 0.9]
    """
    if weights is None or np.ptp(weights) <= 1e-12 * weights.max():
        return np.asarray(np.quantile(draws, _LEVELS, axis=-1))
    order = np.argsort(draws, axis=-1)
    below = np.cumsum(weights[order], axis=-1)
    at = [np.minimum((below < q).sum(axis=-1), draws.shape[-1] - 1) for q in _LEVELS]
    ranked = np.take_along_axis(draws, order, axis=-1)
    return np.array([np.take_along_axis(ranked, n[..., None], axis=-1)[..., 0] for n in at])


def band_of(draws: Floats, weights: Floats) -> Band:
    """Mean and bands of draws (D,) with weights that sum to one."""
    return Curve.of(draws[None], weights).at(0)


def difference(
    scenario: Floats,
    baseline: Floats,
    *,
    weights: Floats,
    baseline_weights: Floats,
    common: bool = True,
) -> Difference:
    """Compare the draws of a scenario with those of the baseline.

    Parameters
    ----------
    scenario, baseline : (D,) arrays
    weights, baseline_weights : (D,) arrays
        Each summing to one.
    common : bool
        Whether draw d is the same in both; if not (after a new fit), the band is that of the
        quantiles against each other.

    Returns
    -------
    Difference

    Examples
    --------
    Half a point more in every draw, whatever the draws are:

    >>> even = np.full(3, 1 / 3)
    >>> found = difference(np.array([0.15, 0.35, 0.6]), np.array([0.1, 0.3, 0.55]),
    ...                    weights=even, baseline_weights=even)
    >>> round(found.difference, 3), round(found.lo80, 3), round(found.hi80, 3)
    (0.05, 0.05, 0.05)
    """
    moved = float(scenario @ weights - baseline @ baseline_weights)
    if common:
        shift = float(baseline @ weights - baseline @ baseline_weights)
        return Difference(moved, *(quantiles(scenario - baseline, weights) + shift).tolist())
    levels = np.linspace(0.005, 0.995, 100)
    pairs = [
        np.interp(levels, np.cumsum(w[order]) - 0.5 * w[order], values[order])
        for values, w in ((scenario, weights), (baseline, baseline_weights))
        for order in [np.argsort(values)]
    ]
    return Difference(moved, *quantiles(pairs[0] - pairs[1]).tolist())
