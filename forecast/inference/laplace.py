"""A quick posterior: the mode of the rates, and a Normal with the curvature there.

For long streams, where NUTS takes minutes and a rolling forecast needs a fit for every half year.
The density is that of `inference.model`, with the initial probabilities as logs of Gamma weights
and the rarities as standard Normal scores; a test compares it with SciPy's densities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.optimize
import scipy.stats
from scipy.special import log_ndtr, logsumexp, ndtr, ndtri_exp

from forecast.errors import StatisticsError
from forecast.inference.encoding import Encoding
from forecast.inference.priors import NormalBlock
from forecast.inference.reweighting import smooth_weights
from forecast.network import (
    Evidence,
    Parameters,
    Propagator,
    Tables,
    each_batch,
    filtered,
    gradient,
)

__all__ = ["Laplace", "approximate"]

Floats = npt.NDArray[np.float64]

#: Proposals at a time, how many of them from the priors, how many times at most, degrees of freedom
#: of the others, and effective draws that they learn from at least.
_BATCH, _FROM_PRIOR, _ROUNDS, _FREEDOM, _LEARNS_FROM = 250, 25, 12, 5, 40.0


@dataclass(frozen=True, eq=False)
class Laplace:
    """A Normal on the sampler's scale.

    Attributes
    ----------
    encoding : Encoding
    mode : (P,)
    covariance : (P, P)
        Inverse of minus the second derivatives at the mode.
    log_density : float
        Prior times likelihood at the mode, up to the constants of the priors.
    """

    encoding: Encoding
    mode: Floats
    covariance: Floats
    log_density: float

    def draw(self, draws: int, *, seed: int) -> Parameters:
        """Draw rates.

        Parameters
        ----------
        draws : int
            Number of draws, D.
        seed : int
            The same seed gives the same draws.
        """
        return _Scale(self.encoding).parameters(self._points(draws, seed))

    def blocks(self, draws: int, *, seed: int) -> dict[str, Floats]:
        """Draw as `draw`, and give every block that is not empty by name, each (n, D)."""
        scale = _Scale(self.encoding)
        return scale.values(self._points(draws, seed))

    def _points(self, draws: int, seed: int) -> Floats:
        rng = np.random.default_rng(seed)
        root = np.linalg.cholesky(self.covariance)
        normal = rng.standard_normal((len(self.mode), draws))
        return np.asarray(self.mode[:, None] + root @ normal)

    def corrected(
        self, evidence: Evidence, draws: int, *, seed: int
    ) -> tuple[dict[str, Floats], float]:
        """Draw from the posterior itself: what is proposed is weighed, and proposals learn from it.

        Adaptive multiple importance sampling. In every round a share comes from the priors, which
        keeps the weights bounded, and the rest from a Student-t: first around the mode, then with
        the mean and the covariance of all that was weighed so far. All rounds are weighed by the
        mixture of all proposals (Cornuet et al. 2012), and draws chosen by the smoothed weights.
        Of a model without starts to learn and without rarities, whose priors are Normal on the
        scale of the search.

        Parameters
        ----------
        evidence : Evidence
            What it was fitted to.
        draws, seed : int

        Returns
        -------
        blocks : dict of str to (n, D) array
        ess : float
            Effective sample size of the weights.

        References
        ----------
        Cornuet, Marin, Mira & Robert (2012), "Adaptive multiple importance sampling",
        arXiv:0907.1254.
        """
        rng, scale = np.random.default_rng(seed), _Scale(self.encoding)
        prior = scipy.stats.multivariate_normal(scale.middle(), np.diag(scale.spread() ** 2))
        around = [scipy.stats.multivariate_t(self.mode, self.covariance, df=_FREEDOM)]
        points, targets = np.zeros((scale.size, 0)), np.zeros(0)
        for number in range(_ROUNDS):
            near = around[-1].rvs(_BATCH - _FROM_PRIOR, random_state=rng)
            x = np.concatenate([near, prior.rvs(_FROM_PRIOR, random_state=rng)]).T
            points = np.concatenate([points, x], axis=1)
            targets = np.concatenate([targets, self._log_target(scale, x, evidence)])
            logs = [each.logpdf(points.T) for each in around]
            share = _FROM_PRIOR / _BATCH
            mixed = np.logaddexp(
                np.log(share) + prior.logpdf(points.T),
                np.log1p(-share) + logsumexp(logs, axis=0) - np.log(len(logs)),
            )
            weighed = smooth_weights(targets - mixed)
            if weighed.ess >= draws or number == _ROUNDS - 1:
                break
            around.append(_learnt(points, targets - mixed))
        return scale.values(points[:, _resampled(weighed.weights, draws, rng)]), weighed.ess

    def _log_target(self, scale: _Scale, x: Floats, evidence: Evidence) -> Floats:
        out, _ = scale.log_prior(x)
        parameters = scale.parameters(x)
        step = self.encoding.step
        for component in self.encoding.components:
            t = component.tables

            def likely(batch: slice, t: Tables = t) -> Floats:
                p = Propagator(t, parameters.take(batch), step=step)
                return filtered(p, evidence).log_likelihood

            out = out + np.concatenate(each_batch(x.shape[1], likely))
        return out


def approximate(
    encoding: Encoding, evidence: Sequence[Evidence] | Evidence, *, start: Laplace | None = None
) -> Laplace:
    """Find the mode by L-BFGS and the curvature by differences of the analytic gradient.

    ``log p(x | y) ~ log p(x_0 | y) - (x - x_0)' H (x - x_0) / 2``

    Parameters
    ----------
    encoding : Encoding
        Structure and priors.
    evidence : Evidence or sequence of Evidence
        What was reported; several series are independent courses of one model with the same rates.
    start : Laplace, optional
        Begin at its mode, such as that of the fit before.

    Returns
    -------
    Laplace

    Raises
    ------
    StatisticsError
        If no mode is found.
    """
    series = [evidence] if isinstance(evidence, Evidence) else list(evidence)
    scale = _Scale(encoding)

    def objective(x: Floats) -> tuple[float, Floats]:
        value, slope = _log_density(scale, series, x[:, None])
        return -float(value[0]), -slope[:, 0]

    begin = scale.middle() if start is None else start.mode
    options = {"maxiter": 3000, "maxfun": 5000, "maxcor": 30, "ftol": 1e-11, "gtol": 1e-4}
    minimize: Any = scipy.optimize.minimize  # its stubs know no objective that returns its slopes
    found = minimize(objective, begin, jac=True, method="L-BFGS-B", options=options)
    if not np.isfinite(found.fun):
        raise StatisticsError("no mode of the posterior was found")
    covariance = _inverse(_curvature(scale, series, found.x))
    return Laplace(encoding, found.x, covariance, -float(found.fun))


def _curvature(scale: _Scale, series: Sequence[Evidence], mode: Floats) -> Floats:
    """Minus the second derivatives: central differences of the gradient, some columns at a time."""
    size, width = len(mode), 1e-4
    out = np.empty((size, size))
    for first in range(0, size, 32):
        columns = np.arange(first, min(size, first + 32))
        nudge = np.zeros((size, len(columns)))
        nudge[columns, np.arange(len(columns))] = width
        around = np.concatenate([mode[:, None] + nudge, mode[:, None] - nudge], axis=1)
        slope = _log_density(scale, series, around)[1]
        out[:, columns] = -(slope[:, : len(columns)] - slope[:, len(columns) :]) / (2 * width)
    return (out + out.T) / 2


def _inverse(curvature: Floats) -> Floats:
    """Invert, with no direction wider than the prior: its curvature on this scale is about one."""
    value, vector = np.linalg.eigh(curvature)
    kept = np.maximum(value, 1e-2)
    return np.asarray((vector / kept) @ vector.T)


def _log_density(scale: _Scale, series: Sequence[Evidence], x: Floats) -> tuple[Floats, Floats]:
    """Log density and its slopes for a batch: (D,), (P, D)."""
    parameters = scale.parameters(x)
    value, slope = scale.log_prior(x)
    for evidence in series:
        for component in scale.encoding.components:
            step = scale.encoding.step
            more, by = gradient(component.tables, parameters, evidence, step=step)
            value = value + more
            slope = slope + scale.pull_back(x, parameters, by)
    return value, slope


class _Scale:
    """The scale of the search: logs of initial weights, Normal blocks, scores of truncated ones.

    With a common level, the block of log rates holds them without what it adds, and it comes last.
    """

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.priors = encoding.priors
        self.weights = np.array(self.priors.weights)[self.priors.learnt, None]
        self.slices: dict[str, slice] = {}
        end = len(self.weights)
        for name, (_, block) in self.priors.blocks.items():
            self.slices[name] = slice(end, end + len(block))
            end += len(block)
        self.level = self.priors.common_level
        self.common = slice(end, end + (2 if self.level else 0))
        self.size = self.common.stop

    def middle(self) -> Floats:
        """Where the search begins: the middle of every prior."""
        out = np.zeros(self.size)
        out[: len(self.weights)] = np.log(self.weights[:, 0])
        for name, part in self.slices.items():
            block = self.priors.blocks[name][1]
            if block.floor is None:
                out[part] = block.mean
        if self.level is not None:
            out[self.common] = self.level.mean
        return out

    def spread(self) -> Floats:
        """Give the standard deviation of every prior on this scale, where all are Normal."""
        out = np.ones(self.size)
        for name, part in self.slices.items():
            out[part] = self.priors.blocks[name][1].sd
        return out

    def parameters(self, x: Floats) -> Parameters:
        """Rates of each column."""
        return self.priors.parameters(self.values(x))

    def values(self, x: Floats) -> dict[str, Floats]:
        """Give every block that is not empty, each column a draw."""
        weight = np.exp(x[: len(self.weights)])
        initial = np.empty_like(weight)
        for part in self.priors.free_slices():
            initial[part] = weight[part] / weight[part].sum(axis=0)
        values = {"initial": initial} if len(initial) else {}
        for name, part in self.slices.items():
            block = self.priors.blocks[name][1]
            if len(block):
                values[name] = x[part] if block.floor is None else _unscored(block, x[part])[0]
        if self.level is not None:
            values["log_rate"] = values["log_rate"] + self.level.added(x[self.common])
        return values

    def log_prior(self, x: Floats) -> tuple[Floats, Floats]:
        """Log prior without its constants, and its slopes."""
        slope = np.empty_like(x)
        head = x[: len(self.weights)]
        weight = np.exp(head)
        value = (self.weights * head - weight).sum(axis=0)
        slope[: len(self.weights)] = self.weights - weight
        for name, part in self.slices.items():
            block = self.priors.blocks[name][1]
            mean, sd = np.array(block.mean)[:, None], np.array(block.sd)[:, None]
            z = (x[part] - mean) / sd if block.floor is None else x[part]
            value = value - 0.5 * (z * z).sum(axis=0)
            slope[part] = -z / sd if block.floor is None else -z
        if self.level is not None:
            mean, sd = (np.array(part)[:, None] for part in (self.level.mean, self.level.sd))
            z = (x[self.common] - mean) / sd
            value, slope[self.common] = value - 0.5 * (z * z).sum(axis=0), -z / sd
        return value, slope

    def pull_back(self, x: Floats, p: Parameters, by: Parameters) -> Floats:
        """Turn slopes by rates into slopes on this scale."""
        out = np.zeros_like(x)
        learnt = self.priors.learnt
        shares, slopes = p.initial[learnt], by.initial[learnt]
        for part in self.priors.free_slices():
            share = shares[part]
            out[part] = share * (slopes[part] - (share * slopes[part]).sum(axis=0))
        owners = {
            "log_rate": self.priors.rate_of,
            "log_dispersion": self.priors.dispersion_of,
            "log_spread": self.priors.spread_of,
        }
        for name, part in self.slices.items():
            block = self.priors.blocks[name][1]
            slope = self._by_motion(p, by) if name == "motion" else getattr(by, name)
            if name in self.priors.twins:
                slope = slope.copy()
                for row, original in self.priors.twins[name]:
                    slope[original] += slope[row]
            slope = slope[owners.get(name, range(len(block)))]
            out[part] = slope if block.floor is None else slope * _unscored(block, x[part])[1]
        if self.level is not None:
            out[self.common] = self.level.pull_back(out[self.slices["log_rate"]])
        return out

    def _by_motion(self, p: Parameters, by: Parameters) -> Floats:
        """Turn slopes by the rates of levels into slopes by what they are worked out from."""
        out = np.zeros_like(p.motion)
        for level in self.priors.levels:
            out[level.rows] += level.pull(p.motion, by)
        return out


def _learnt(points: Floats, ratios: Floats) -> Any:
    """Give a Student-t with the mean and the covariance of weighed points.

    Weights are raised to a power below 1 where too few points would have them all.
    """
    power, ratios = 1.0, ratios - ratios.max()
    while True:
        weights = np.exp(power * ratios)
        weights /= weights.sum()
        if 1.0 / np.square(weights).sum() >= _LEARNS_FROM or power < 0.01:
            break
        power *= 0.7
    mean = points @ weights
    apart = points - mean[:, None]
    covariance = (apart * weights) @ apart.T + 1e-6 * np.eye(len(mean))
    return scipy.stats.multivariate_t(mean, covariance, df=_FREEDOM)


def _resampled(weights: Floats, draws: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Choose draws in proportion to their weights, evenly (systematic), in random order."""
    ladder = np.minimum(np.cumsum(weights), 1.0)
    ladder[-1] = 1.0
    steps = (np.arange(draws) + rng.random()) / draws
    return np.asarray(rng.permutation(np.searchsorted(ladder, steps, side="right")), np.int64)


def _unscored(block: NormalBlock, score: Floats) -> tuple[Floats, Floats]:
    """Give the truncated Normals of standard Normal scores, and their slopes (see `model`)."""
    assert block.floor is not None
    mean, sd = np.array(block.mean)[:, None], np.array(block.sd)[:, None]
    m = (mean - block.floor) / sd
    above = -ndtri_exp(log_ndtr(m) + log_ndtr(-score))
    value = block.floor + sd * np.maximum(m + above, 0.0)
    slope = sd * ndtr(m) * np.exp(0.5 * (above * above - score * score))
    return value, slope
