"""The world's major earthquakes 1900-2006: published likelihoods of Poisson hidden Markov chains.

The yearly numbers of earthquakes of magnitude 7 and above are those of Zucchini, MacDonald and
Langrock (2016), Hidden Markov Models for Time Series, 2nd edition, from the U.S. Geological Survey;
their minus log-likelihoods of stationary models with one to four states are 391.9189, 342.3183,
329.4603 and 327.8316. The counts were compared with independent copies in public code.

Their models are in discrete time. The engine's filter reads any stochastic matrix, so the first
tests put theirs in place of the matrix exponential; the last says what continuous time costs.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import scipy.optimize
from hmmlearn.hmm import PoissonHMM

from forecast.network import (
    COUNT,
    Evidence,
    Network,
    Parameters,
    Propagator,
    filtered,
    passes,
    tables,
)

# fmt: off
COUNTS = np.array([
    13, 14, 8, 10, 16, 26, 32, 27, 18, 32, 36, 24, 22, 23, 22, 18, 25, 21, 21, 14,
    8, 11, 14, 23, 18, 17, 19, 20, 22, 19, 13, 26, 13, 14, 22, 24, 21, 22, 26, 21,
    23, 24, 27, 41, 31, 27, 35, 26, 28, 36, 39, 21, 17, 22, 17, 19, 15, 34, 10, 15,
    22, 18, 15, 20, 15, 22, 19, 16, 30, 27, 29, 23, 20, 16, 21, 21, 25, 16, 18, 15,
    18, 14, 10, 15, 8, 15, 6, 11, 8, 7, 18, 16, 13, 12, 13, 20, 15, 16, 12, 18,
    15, 16, 13, 15, 16, 11, 11,
])
# fmt: on
PUBLISHED = {1: 391.9189, 2: 342.3183, 3: 329.4603, 4: 327.8316}
POISSON = 60.0  # log size of a negative binomial that is the Poisson to the last digit
LEAST = -20.0  # log of a transition probability over its diagonal: the published ones are near 0


def evidence() -> Evidence:
    """One count a step."""
    years = len(COUNTS)
    nothing = np.zeros(years)
    return Evidence(
        nothing, np.zeros((1, 1)), np.arange(years), nothing, COUNTS.astype(float), nothing + 1
    )


def structure(size: int) -> Any:
    """One node; each state has its own log mean, written as a rarity below 0."""
    hazards = [(0, i, j) for i in range(size) for j in range(size) if i != j]
    points = [(0, 0, state, state) for state in range(size)]
    network = Network(sizes=[size], hazards=hazards, kinds=[COUNT], points=points)
    return tables(network, [0])


def unpack(x: Any, size: int) -> tuple[Any, Any]:
    """Working parameters, (n, D), to log means and logs of transition ratios."""
    log_mean = x[:size]
    ratios = np.zeros((size, size, x.shape[1]))
    ratios[~np.eye(size, dtype=bool)] = x[size:]
    return log_mean, ratios


def stationary(matrix: Any) -> Any:
    """Solve delta = delta Gamma, sum 1, for (K, K, D)."""
    size = len(matrix)
    system = np.moveaxis(np.eye(size)[..., None] - matrix + 1.0, 2, 0)
    ones = np.ones((len(system), size, 1))
    return np.linalg.solve(np.swapaxes(system, 1, 2), ones)[..., 0].T


def propagator(x: Any, size: int, *, continuous: bool = False) -> tuple[Propagator, Any]:
    """Build the engine's filter for a batch of working parameters, and the matrices it uses."""
    log_mean, ratios = unpack(x, size)
    draws = x.shape[1]
    none = np.zeros((0, draws))
    hazard = x[size:] if continuous else np.zeros((size * (size - 1), draws))
    p = Parameters(
        initial=np.full((size, draws), 1.0 / size),
        log_hazard=hazard,
        log_hazard_ratio=none,
        log_rate=np.zeros((1, draws)),
        rarity=-log_mean,
        log_dispersion=np.full((1, draws), POISSON),
        level=none,
        log_spread=np.zeros((1, draws)),
    )
    built = Propagator(structure(size), p, step=1.0)
    if not continuous:
        matrix = np.exp(ratios)
        matrix /= matrix.sum(axis=1, keepdims=True)
        built.table = np.ascontiguousarray(matrix).reshape(-1)
    return built, built.table.reshape(size, size, draws)


def minus_log_likelihood(x: Any, size: int, *, continuous: bool = False) -> Any:
    """Of each column of working parameters, started at the stationary distribution."""
    built, matrix = propagator(x, size, continuous=continuous)
    return -filtered(built, evidence(), start=stationary(matrix)).log_likelihood


def fit(size: int, *, continuous: bool = False) -> Any:
    """Maximise the likelihood by L-BFGS with central differences, all in one batch of draws.

    It begins at evenly spread means. With quantiles it finds a lesser maximum for four states.
    """
    off = np.full(size * (size - 1), -3.0)
    start = np.concatenate([np.log(np.linspace(8, 30, size) if size > 1 else [19.0]), off])
    nudge = 1e-5 * np.eye(len(start))

    def objective(x: Any) -> tuple[float, Any]:
        batch = np.concatenate([x[:, None], x[:, None] + nudge, x[:, None] - nudge], axis=1)
        value = minus_log_likelihood(batch, size, continuous=continuous)
        up, down = value[1 : len(x) + 1], value[len(x) + 1 :]
        return value[0], (up - down) / 2e-5

    bounds = [(0.0, 5.0)] * size + [(LEAST, 3.0)] * len(off)
    options = {"maxiter": 2000, "maxfun": 4000, "ftol": 1e-13, "gtol": 1e-6}
    return scipy.optimize.minimize(objective, start, jac=True, bounds=bounds, options=options)


@cache
def fitted(size: int) -> Any:
    """Maximum likelihood, once."""
    return fit(size)


@pytest.mark.parametrize("size", PUBLISHED)
def test_maximum_likelihood_is_the_published_one(size: int) -> None:
    """Minus log-likelihoods agree to the four printed digits."""
    assert fitted(size).fun == pytest.approx(PUBLISHED[size], abs=6e-5)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_smoothing_is_hmmlearns(size: int) -> None:
    """Smoothed probabilities agree with an independent library."""
    built, matrix = propagator(fitted(size).x[:, None], size)
    model = PoissonHMM(n_components=size)
    model.startprob_ = stationary(matrix)[:, 0]
    model.transmat_ = matrix[..., 0]
    model.lambdas_ = np.exp(fitted(size).x[:size])[:, None]
    start = Parameters(**{**vars(built.parameters), "initial": stationary(matrix)})
    again = Propagator(built.tables, start, step=1.0)
    again.table = built.table
    known = passes(again, evidence())
    found = known.hindsight[1:] * known.probability[1:]
    np.testing.assert_allclose(found[:, :, 0], model.predict_proba(COUNTS[:, None]), atol=1e-9)


def test_continuous_time_cannot_be_likelier() -> None:
    """A matrix exponential is a stochastic matrix, so continuous time is at best as likely.

    Two states lose nothing. Three lose 0.064 and four 0.186: their best matrices have a zero
    where two moves lead, and a matrix exponential has none there.
    """
    assert fit(2, continuous=True).fun == pytest.approx(PUBLISHED[2], abs=6e-5)
    assert fit(3, continuous=True).fun == pytest.approx(PUBLISHED[3] + 0.064, abs=1e-3)
    assert fit(4, continuous=True).fun == pytest.approx(PUBLISHED[4] + 0.186, abs=1e-3)
