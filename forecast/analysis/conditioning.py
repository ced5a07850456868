"""The judgement if one parameter were known: exact up to sampling, from draws that are there.

Given that parameter ``phi`` is ``x``, the other parameters ``r`` have the density
``p(r | phi = x, y) ~ p(r, x) L(r, x)``. Any density h over phi may be joined to it, so that
posterior draws ``(r, phi)`` stand in for it with the weights

``w = L(r, x) / L(r, phi) * p(x | r) / p(phi | r) * h(phi | r)``

after the importance-weighted marginal density estimation of Chen (1994). The weights vary least
where h is the posterior of phi given r; it is taken as Normal with the regression of phi on all
other parameters, cut off where phi is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, log_ndtr, xlog1py, xlogy

from forecast.analysis.inputs import Input
from forecast.inference.encoding import Component, Encoding
from forecast.inference.priors import NormalBlock
from forecast.network import Evidence, Parameters, Propagator, batches, filtered, joint_states

__all__ = ["Conditionals", "evaluate", "log_prior", "total_log_prior"]

Floats = npt.NDArray[np.float64]

_LOG_ROOT_2PI = 0.5 * float(np.log(2.0 * np.pi))


def evaluate(
    encoding: Encoding,
    component: Component,
    parameters: Parameters,
    evidence: Evidence,
    *,
    node: str,
    states: tuple[str, ...],
) -> tuple[Floats, Floats]:
    """Log-likelihood of the evidence, and probability of the states after it, draw by draw.

    Parameters
    ----------
    encoding, component
        The model, and the component of the node; others tell nothing of it unless they share rates
        or a level.
    parameters : Parameters
        D draws.
    evidence : Evidence
        T steps.
    node, states
        What is judged.

    Returns
    -------
    log_likelihood, probability : (D,)

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    standing = joint_states(component.tables.sizes)[:, encoding.place(node)[1]]
    inside = np.isin(standing, sorted(encoding.state_numbers(node, states)))
    total, judged = np.zeros(parameters.draws), np.empty(parameters.draws)
    for batch in batches(parameters.draws):
        some = Propagator(component.tables, parameters.take(batch), step=encoding.step)
        last = some.start()
        if evidence.steps:
            found = filtered(some, evidence)
            total[batch], last = found.log_likelihood, found.probability[-1]
        judged[batch] = last[inside].sum(axis=0)
        apart = not (encoding.priors.twins or encoding.priors.common_level)
        for other in () if apart or not evidence.steps else encoding.components:
            if other is not component:
                there = Propagator(other.tables, parameters.take(batch), step=encoding.step)
                total[batch] += filtered(there, evidence).log_likelihood
    return total, np.clip(judged, 0.0, 1.0)


def log_prior(encoding: Encoding, parameters: Parameters, given: Input) -> Floats:
    """Log density of one parameter under its prior, given all others, in every draw: (D,).

    Only that of a rate with a common level depends on others.
    """
    value = getattr(parameters, given.block)[given.row]
    if given.kind == "initial":
        weights = np.array(encoding.priors.weights)
        part = next(s for s in encoding.priors.node_slices() if s.start <= given.row < s.stop)
        a, b = weights[given.row], weights[part].sum() - weights[given.row]
        return _log_beta(value, a, b)
    block: NormalBlock = encoding.priors.blocks[given.block][1]
    level = encoding.priors.common_level
    if given.block == "log_rate" and level is not None:
        rates = parameters.log_rate[encoding.priors.rate_of]
        centre, sd = level.given_others(rates, given.position)
        return _log_normal(value, centre, sd, None)
    mean, sd = block.mean[given.position], block.sd[given.position]
    return _log_normal(value, np.full_like(value, mean), sd, block.floor)


def total_log_prior(encoding: Encoding, parameters: Parameters, inputs: Sequence[Input]) -> Floats:
    """Log density of everything with a prior that bears on a judgement, up to a constant: (D,).

    Parameters
    ----------
    encoding, parameters
        The model and D draws.
    inputs : sequence of Input
        From `forecast.analysis.inputs.inputs_of`; an initial distribution counts as a whole.
    """
    out, level = np.zeros(parameters.draws), encoding.priors.common_level
    if level is not None:  # whatever one rate is learnt from bears on all
        out += level.log_density(parameters.log_rate[encoding.priors.rate_of])
    for given in inputs:
        together = given.block == "log_rate" and level is not None
        if given.block and given.kind != "initial" and not together:
            out += log_prior(encoding, parameters, given)
    rows = {given.row for given in inputs if given.kind == "initial"}
    for part in encoding.priors.node_slices():
        if rows & set(range(part.start, part.stop)):
            weights = np.array(encoding.priors.weights[part])[:, None]
            out += xlogy(weights - 1.0, parameters.initial[part]).sum(axis=0)
    return out


def _log_beta(value: Floats, a: float, b: float) -> Floats:
    """Log density of a Beta."""
    return np.asarray(xlogy(a - 1.0, value) + xlog1py(b - 1.0, -value) - betaln(a, b))


def _log_normal(value: Floats, mean: Floats, sd: float, floor: float | None) -> Floats:
    """Log density of a Normal, truncated from below where there is a floor."""
    out = -0.5 * ((value - mean) / sd) ** 2 - np.log(sd) - _LOG_ROOT_2PI
    return np.asarray(out if floor is None else out - log_ndtr((mean - floor) / sd))


@dataclass(frozen=True, eq=False)
class Conditionals:
    """Every parameter given all others, as the draws show it.

    Attributes
    ----------
    encoding : Encoding
    order : dict
        Number of each (block, row) among the rows of `precision`.
    mean : (P,)
    precision : (P, P)
        Inverse of the covariance of the draws.
    """

    encoding: Encoding
    order: dict[tuple[str, int], int]
    mean: Floats
    precision: Floats

    @classmethod
    def of(cls, encoding: Encoding, parameters: Parameters, weights: Floats) -> Conditionals:
        """Regress every parameter with a Normal prior on all others.

        Parameters
        ----------
        encoding, parameters
            The model and D draws.
        weights : (D,)
            Of the draws, summing to one.
        """
        rows = [
            (block, row)
            for block, (_, normal) in encoding.priors.blocks.items()
            for row in _rows(encoding, block, len(normal))
        ]
        stacked = np.array([getattr(parameters, block)[row] for block, row in rows])
        mean = stacked @ weights
        apart = stacked - mean[:, None]
        covariance = (apart * weights) @ apart.T
        covariance[np.diag_indices_from(covariance)] *= 1.0 + 1e-6
        return cls(
            encoding, {key: n for n, key in enumerate(rows)}, mean, np.linalg.inv(covariance)
        )

    def log_density(self, parameters: Parameters, given: Input) -> Floats:
        """Log density of a parameter given all others, in every draw: (D,)."""
        value = getattr(parameters, given.block)[given.row]
        if given.kind == "initial":
            mean = float(value.mean())
            size = max(mean * (1.0 - mean) / float(value.var()) - 1.0, 1e-3)
            return _log_beta(value, mean * size, (1.0 - mean) * size)
        own = self.order[given.block, given.row]
        stacked = np.array([getattr(parameters, block)[row] for block, row in self.order])
        pull = self.precision[own] @ (stacked - self.mean[:, None])
        sd = 1.0 / np.sqrt(self.precision[own, own])
        centre = value - pull * sd**2
        return _log_normal(
            value, centre, float(sd), self.encoding.priors.blocks[given.block][1].floor
        )


def _rows(encoding: Encoding, block: str, length: int) -> list[int]:
    owners = {
        "log_rate": encoding.priors.rate_of,
        "log_dispersion": encoding.priors.dispersion_of,
        "log_spread": encoding.priors.spread_of,
    }
    return list(owners.get(block, range(length)))
