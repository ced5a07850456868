"""Comparison: a scenario beside the baseline, with the band of the difference.

On common draws the difference is taken draw by draw, and its band is the spread of these; what a
scenario teaches about the rates moves all of them by one amount, the change of the baseline's mean
under the scenario's weights. So a scenario that changes nothing differs by exactly nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.analysis.readout import Band

__all__ = ["Difference", "band_of", "difference", "quantiles"]

Floats = npt.NDArray[np.float64]

_QUANTILES = (0.25, 0.75, 0.10, 0.90)


@dataclass(frozen=True)
class Difference:
    """How far a scenario is from the baseline, with its 50 % and 80 % bands."""

    difference: float
    lo50: float
    hi50: float
    lo80: float
    hi80: float


def quantiles(values: Floats, weights: Floats) -> list[float]:
    """Quantiles .25, .75, .10 and .90 of weighted draws (D,).

    Examples
    --------
    >>> [round(q, 3) for q in quantiles(np.array([0.0, 1.0]), np.array([0.5, 0.5]))]
    [0.25, 0.75, 0.1, 0.9]
    """
    if np.ptp(weights) <= 1e-12 * weights.max():
        return [float(q) for q in np.quantile(values, _QUANTILES)]
    order = np.argsort(values)
    middle = np.cumsum(weights[order]) - 0.5 * weights[order]
    return [float(q) for q in np.interp(_QUANTILES, middle, values[order])]


def band_of(values: Floats, weights: Floats) -> Band:
    """Mean and bands of weighted draws (D,); the weights sum to one."""
    return Band(float(values @ weights), *quantiles(values, weights))


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
        spread = [q + shift for q in quantiles(scenario - baseline, weights)]
        return Difference(moved, *spread)
    levels = np.linspace(0.005, 0.995, 100)
    pairs = [
        np.interp(levels, np.cumsum(w[order]) - 0.5 * w[order], values[order])
        for values, w in ((scenario, weights), (baseline, baseline_weights))
        for order in [np.argsort(values)]
    ]
    even = np.full(len(levels), 1.0 / len(levels))
    return Difference(moved, *quantiles(pairs[0] - pairs[1], even))
