"""Power-scaling: whether more or less weight on the prior, or on the reports, moves a quantity.

After Kallioinen, Paananen, Buerkner & Vehtari (2024), "Detecting and diagnosing prior and
likelihood sensitivity with power-scaling", Statistics and Computing 34, 57; the index is ArviZ's
``psense``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from forecast import dims
from forecast.inference.reweighting import smooth_weights

__all__ = ["ALPHAS", "THRESHOLD", "PowerScaling", "power_scaling"]

Floats = npt.NDArray[np.float64]

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
