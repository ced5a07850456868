"""How much more probable other priors make posterior draws, for reweighting them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from forecast.inference.priors import NormalBlock, Priors
from forecast.network import Parameters

__all__ = ["log_prior_ratio"]

Floats = npt.NDArray[np.float64]


def log_prior_ratio(before: Priors, after: Priors, parameters: Parameters) -> Floats:
    """Log density of draws under other priors, less that under the priors they were drawn with.

    Parameters
    ----------
    before, after : Priors
        Of the same structure.
    parameters : Parameters
        D draws.

    Returns
    -------
    (D,) array
        Up to a constant.
    """
    total = np.zeros(parameters.draws)
    for name, (_, old) in before.blocks.items():
        new = after.blocks[name][1]
        values = getattr(parameters, name)
        owners = {"log_rate": before.rate_of, "log_dispersion": before.dispersion_of,
                  "log_spread": before.spread_of}.get(name)  # fmt: skip
        values = values if owners is None else values[owners]
        for number in range(len(old)):
            if (old.mean[number], old.sd[number]) != (new.mean[number], new.sd[number]):
                total += _log_normal(new, number, values[number])
                total -= _log_normal(old, number, values[number])
    for row, (less, more) in enumerate(zip(before.weights, after.weights, strict=True)):
        if less != more:
            total += (more - less) * np.log(np.maximum(parameters.initial[row], 1e-300))
    return total


def _log_normal(block: NormalBlock, number: int, values: Floats) -> Floats:
    mean, sd = block.mean[number], block.sd[number]
    kept = 0.0 if block.floor is None else float(log_ndtr((mean - block.floor) / sd))
    return np.asarray(-0.5 * ((values - mean) / sd) ** 2 - np.log(sd) - kept)
