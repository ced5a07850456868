"""The log density of the harbour's model, worked out with SciPy from the file's intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.special
import scipy.stats

from forecast.inference.encoding import Encoding
from forecast.network import Evidence, Parameters
from tests.network.enumeration import emission_matrix, initial_vector, step_matrix

NORMAL = ("log_hazard", "log_hazard_ratio", "log_rate", "log_dispersion", "level", "log_spread")


def network_log_likelihood(encoding: Encoding, p: Parameters, evidence: Evidence) -> float:
    """Forward algorithm over all joint states of all components, with SciPy's matrices."""
    matrix = step_matrix(encoding.network, p, encoding.step)
    now, total = initial_vector(encoding.network, p), 0.0
    for row in emission_matrix(encoding.network, p, evidence, encoding.step):
        now = (now @ matrix) * row
        total += np.log(now.sum())
        now = now / now.sum()
    return float(total)


def constrained(encoding: Encoding, values: Mapping[str, Any]) -> Parameters:
    """Rates from weights and blocks as the model names them."""
    blocks = {name: np.reshape(v, (-1, 1)) for name, v in values.items() if name in NORMAL}
    weight = np.exp(values["initial_score"])
    shares = [weight[part] / weight[part].sum() for part in encoding.priors.node_slices()]
    rarity = truncated(encoding).isf(scipy.stats.norm.sf(values["rarity_score"]))
    exact = {"initial": np.concatenate(shares)[:, None], "rarity": rarity[:, None]}
    return encoding.priors.parameters({**exact, **blocks})


def truncated(encoding: Encoding) -> Any:
    """SciPy's Normals truncated at 0: the priors of the rarities."""
    block = encoding.priors.rarity
    mean, sd = np.array(block.mean), np.array(block.sd)
    return scipy.stats.truncnorm(-mean / sd, np.inf, mean, sd)


def free_number(weights: Any) -> Any:
    """Normal with the variance of the log of a Gamma of all the weights."""
    return scipy.stats.norm(0.0, scipy.stats.loggamma(weights.sum()).std())


def log_prior(encoding: Encoding, values: Mapping[str, Any]) -> float:
    """Dirichlet shares by their scores, Normals, and scores that stand for truncated ones.

    The scores are log shares plus one free number for each node, which is Normal. From shares to
    log shares less the last of them the density is multiplied by every share.
    """
    priors = encoding.priors
    score, weights = np.asarray(values["initial_score"]), np.array(priors.weights)
    total = 0.0
    for part in priors.node_slices():
        share = scipy.special.softmax(score[part])
        total += scipy.stats.dirichlet.logpdf(share, weights[part]) + np.log(share).sum()
        total += free_number(weights[part]).logpdf(scipy.special.logsumexp(score[part]))
    for name in NORMAL:
        block = priors.blocks[name][1]
        total += scipy.stats.norm.logpdf(values[name], block.mean, block.sd).sum()
    return float(total + scipy.stats.norm.logpdf(values["rarity_score"]).sum())


def log_density(encoding: Encoding, values: Mapping[str, Any], evidence: Evidence) -> float:
    """Prior times likelihood on the scale of the sampler."""
    likelihood = network_log_likelihood(encoding, constrained(encoding, values), evidence)
    return float(log_prior(encoding, values) + likelihood)
