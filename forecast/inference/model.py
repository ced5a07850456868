"""The pm.Model: all unknown rates with named dimensions; states are summed out by the Op."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from scipy.special import gammaln, ndtr, polygamma

from forecast import dims
from forecast.inference.common_level import CommonLevel
from forecast.inference.encoding import Encoding
from forecast.inference.op import PARAMETERS, evidence_arrays, network_log_likelihood
from forecast.inference.priors import NormalBlock, Priors
from forecast.network.evidence import Evidence

__all__ = ["build_model"]


def build_model(encoding: Encoding, evidence: Evidence) -> pm.Model:
    """Build the model of one file of beliefs, with the evidence as `pm.Data`.

    The initial probabilities are Dirichlet, written as the softmax of scores; log hazards, log
    hazard ratios and log rates are Normal; rarities are Normal truncated at 0, written through a
    standard Normal score, and so are log rates with a common level.

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
        values: dict[str, Any] = {"initial": _dirichlet(priors)}
        for name, (dim, block) in priors.blocks.items():
            if not len(block):
                values[name] = pt.zeros(0)
            elif name == "log_rate" and priors.common_level is not None:
                values[name] = _levelled(priors.common_level, block, dim)
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


def _dirichlet(priors: Priors) -> Any:
    """Write the initial probabilities of every node as the softmax of scores.

    With ``L = log sum_k exp(x_k)`` and ``log p_k = x_k - L``, the density ``prod_k p_k^a_k`` of the
    scores, times any density of L, which is otherwise free, makes p Dirichlet(a). A Normal with
    the variance ``trigamma(sum_k a_k)`` leaves the scores uncorrelated. Logs of Gamma weights
    would be independent, but have a wall above that long steps run into.
    """
    weights = np.array(priors.weights)
    slices = priors.node_slices()
    shares_of_mean = np.concatenate([weights[part] / weights[part].sum() for part in slices])
    middle = np.array([math.log(share) for share in shares_of_mean.tolist()])  # see encoding.py
    score = pm.Flat("initial_score", dims=dims.NODE_STATE, initval=middle)
    shares, terms = [], []
    for part in slices:
        total = pt.logsumexp(score[part])
        log_share = score[part] - total
        shares.append(pt.exp(log_share))
        size = weights[part].sum()
        constant = gammaln(size) - gammaln(weights[part]).sum()
        free = pm.Normal.dist(0.0, np.sqrt(polygamma(1, size)))
        terms.append(constant + pt.dot(weights[part], log_share) + pm.logp(free, total))
    pm.Potential("initial_prior", pt.add(0.0, *terms))
    return pm.Deterministic("initial", pt.join(0, *shares), dims=dims.NODE_STATE)


def _levelled(level: CommonLevel, block: NormalBlock, dim: str) -> Any:
    """Write log rates with a common level as a function of it and of standard Normal scores.

    What is reported of one indicator is little beside its stated width, so that the scores are
    nearly independent of the level, which the rates themselves are not.
    """
    mean, moves = np.array(level.mean), np.array(level.loadings)
    common = pm.Normal("common_level", mean, np.array(level.sd), dims=dims.LEVEL_TERM)
    score = pm.Normal("log_rate_score", 0.0, 1.0, dims=dim)
    own = np.array(block.mean) + np.array(block.sd) * score
    return pm.Deterministic("log_rate", own + pt.dot(moves, common - mean), dims=dim)


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
