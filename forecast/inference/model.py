"""The pm.Model: all unknown rates with named dimensions; states are summed out by the Op."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from scipy.special import ndtr

from forecast import dims
from forecast.inference.encoding import Encoding
from forecast.inference.op import PARAMETERS, evidence_arrays, network_log_likelihood
from forecast.inference.priors import NormalBlock, Priors
from forecast.network import Evidence

__all__ = ["build_model"]


def build_model(encoding: Encoding, evidence: Evidence) -> pm.Model:
    """Build the model of one file of beliefs, with the evidence as `pm.Data`.

    The initial probabilities are Dirichlet, drawn as normalised Gamma weights; log hazards, log
    hazard ratios and log rates are Normal; rarities are Normal truncated at 0, written through a
    standard Normal score.

    Parameters
    ----------
    encoding : Encoding
        Structure and priors.
    evidence : Evidence
        What was reported; later evidence replaces it without compiling again.

    Returns
    -------
    pymc.Model
    """
    priors = encoding.priors
    with pm.Model(coords=priors.coords()) as model:
        weight = pm.Gamma("initial_weight", priors.weights, 1.0, dims=dims.NODE_STATE)
        shares = [weight[part] / weight[part].sum() for part in priors.node_slices()]
        initial = pm.Deterministic("initial", pt.join(0, *shares), dims=dims.NODE_STATE)
        values: dict[str, Any] = {"initial": initial}
        for name, (dim, block) in priors.blocks.items():
            if not len(block):
                values[name] = pt.zeros(0)
            elif block.floor is None:
                values[name] = pm.Normal(name, block.mean, block.sd, dims=dim)
            else:
                values[name] = _truncated(name, block, dim)
        _spread_over_indicators(priors, values)
        data = [pm.Data(name, array) for name, array in evidence_arrays(evidence).items()]
        parameters = [values[name] for name in PARAMETERS]
        total = pt.add(
            0.0,
            *(
                network_log_likelihood(parameters, data, c.tables, step=encoding.step)
                for c in encoding.components
            ),
        )
        pm.Potential("log_likelihood", total)
    return model


def _truncated(name: str, block: NormalBlock, dim: str) -> Any:
    """Write a Normal truncated from below as a function of a standard Normal score.

    With ``m = (mean - floor) / sd`` the value is ``floor + sd (m - Phi^-1(Phi(m) Phi(-score)))``. A
    ratio that is hardly above one has its mass at the edge, where the sampler would crawl.
    """
    assert block.floor is not None
    mean, sd = np.array(block.mean), np.array(block.sd)
    m = (mean - block.floor) / sd
    score = pm.Normal(f"{name}_score", 0.0, 1.0, dims=dim)
    above = pt.erfcinv(ndtr(m) * pt.erfc(score / np.sqrt(2.0))) * np.sqrt(2.0)
    return pm.Deterministic(name, block.floor + sd * pt.maximum(m + above, 0.0), dims=dim)


def _spread_over_indicators(priors: Priors, values: dict[str, Any]) -> None:
    """Give every hazard and every indicator an entry; unused entries are zero."""
    for name, owners in (
        ("log_rate", priors.rate_of),
        ("log_dispersion", priors.dispersion_of),
        ("log_spread", priors.spread_of),
    ):
        if owners != list(range(priors.indicators)):
            full = pt.zeros(priors.indicators)
            values[name] = full[np.array(owners, dtype=np.int64)].set(values[name])
    if "log_hazard" in priors.twins:
        more = pt.zeros(len(priors.twins["log_hazard"]))
        values["log_hazard"] = pt.concatenate([values["log_hazard"], more])
    for name, pairs in priors.twins.items():
        rows, originals = np.array(pairs, dtype=np.int64).T
        values[name] = values[name][rows].set(values[name][originals])
