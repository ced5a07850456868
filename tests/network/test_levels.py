"""Levels that move: their hazards, and the network with them, against what is written by hand."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import scipy.stats

from forecast.network import COUNT, VALUE, Evidence, Network, Parameters, gradient, tables
from forecast.network.levels import FAST, SHARES, SLOW, UNITS, Pace, moves, pace, pull_pace

POINTS = np.linspace(-1.0, 1.5, 3)
MOTION = np.array([0.2, -1.5, -3.0, -4.0, -0.4, 2.0])[:, None]


def generator(size, log_hazards):
    """Lay hazards out as a generator."""
    q = np.zeros((size, size))
    for (i, j), rate in zip(moves(size), np.exp(log_hazards), strict=True):
        q[i, j] = rate
    return q - np.diag(q.sum(axis=1))


def test_names_stand_for_rows():
    """Four parameters of a slow level, two more of a burst."""
    assert (len(SLOW), len(FAST)) == (4, 2)
    assert SHARES.sum() == pytest.approx(1.0)
    assert len(UNITS) == len(SHARES)


def test_a_level_without_jumps_is_normal_in_the_long_run():
    """On a fine grid its stationary distribution has the mean and the variance of the process."""
    points = np.linspace(-4.0, 4.0, 81)
    motion = np.array([0.3, np.log(0.2), np.log(0.05), -60.0])[:, None]
    q = generator(81, pace(points, motion, burst=False).slow[:, 0])
    share = scipy.linalg.null_space(q.T)[:, 0]
    share /= share.sum()
    mean = share @ points
    assert mean == pytest.approx(0.3, abs=1e-3)
    assert share @ (points - mean) ** 2 == pytest.approx(0.2**2 / (2 * 0.05), rel=0.01)


def test_a_level_returns_to_its_mean_at_its_pull():
    """From a point on a fine grid the expectation decays as that of the process."""
    points = np.linspace(-4.0, 4.0, 161)
    motion = np.array([0.0, np.log(0.2), np.log(0.05), -60.0])[:, None]
    q = generator(161, pace(points, motion, burst=False).slow[:, 0])
    start = np.searchsorted(points, 1.0)
    expected = scipy.linalg.expm(q * 10.0)[start] @ points
    assert expected == pytest.approx(points[start] * np.exp(-0.5), rel=0.01)


def test_a_burst_forgets_itself_exponentially():
    """Its autocorrelation over a time t is exp(-t / fade), and its shares are those stated."""
    q = generator(len(SHARES), pace(POINTS, MOTION, burst=True).fast[:, 0])
    step = scipy.linalg.expm(q * 7.0)
    np.testing.assert_allclose(SHARES @ step, SHARES, atol=1e-12)
    kept = np.exp(-7.0 / np.exp(2.0))
    np.testing.assert_allclose(step, kept * np.eye(5) + (1 - kept) * SHARES, atol=1e-12)


def test_jumps_reach_every_point_alike():
    """Where nothing else moves, every other point is as likely."""
    motion = np.array([0.0, -40.0, -40.0, np.log(0.3)])[:, None]
    hazards = np.exp(pace(POINTS, motion, burst=False).slow[:, 0])
    np.testing.assert_allclose(hazards, 0.1, rtol=1e-9)


def test_slopes_are_those_of_the_hazards():
    """Against central differences, for several draws at once."""
    rng = np.random.default_rng(1)
    points, motion = np.linspace(-2.0, 3.0, 7), MOTION + rng.normal(0, 0.5, (6, 3))
    weights = Pace(rng.normal(size=(42, 3)), rng.normal(size=(20, 3)))

    def total(at):
        found = pace(points, at, burst=True)
        return (found.slow * weights.slow).sum() + (found.fast * weights.fast).sum()

    pulled = pull_pace(points, motion, weights)
    for place in np.ndindex(*motion.shape):
        nudge = np.zeros_like(motion)
        nudge[place] = 1e-5
        slope = (total(motion + nudge) - total(motion - nudge)) / 2e-5
        assert pulled[place] == pytest.approx(slope, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("step", [1.0, 3.0, 7.0])
def test_the_step_is_resolution(step):
    """Two half steps are one whole step: hazards are in continuous time."""
    q = generator(3, pace(POINTS, MOTION, burst=False).slow[:, 0])
    half = scipy.linalg.expm(q * step / 2)
    np.testing.assert_allclose(half @ half, scipy.linalg.expm(q * step), atol=1e-12)


def _network(kind, power=0.0):
    """Three points with a burst of five, seen by one stream."""
    slow, fast = [(0, i) for i in range(3)], [(1, k) for k in range(5)]
    hazards = [(0, i, j) for i, j in moves(3)] + [(1, k, other) for k, other in moves(5)]
    rows = [*slow, *fast] if kind == VALUE else [*slow[:-1], *fast[:-1]]
    said = [(0, node, state, row) for row, (node, state) in enumerate(rows)]
    named = {"levels" if kind == VALUE else "points": said}
    return Network(sizes=[3, 5], hazards=hazards, kinds=[kind], power=[power], **named)


def _parameters(kind, step):
    found = pace(POINTS, MOTION, burst=True)
    x, u = POINTS[:, None], UNITS[:, None] * np.exp(MOTION[4])
    values = {"level": np.zeros((0, 1)), "rarity": np.zeros((0, 1))}
    if kind == VALUE:
        values["level"] = np.concatenate([x, u])
    else:
        values["rarity"] = np.concatenate([x[-1] - x[:-1], u[-1] - u[:-1]])
    top = float(x[-1, 0] + u[-1, 0]) - np.log(step)
    return Parameters(
        initial=np.concatenate([np.full(3, 1 / 3), SHARES]),
        log_hazard=np.concatenate([found.slow, found.fast]),
        log_hazard_ratio=np.zeros(0),
        log_rate=[top],
        log_dispersion=[0.8],
        log_spread=[-0.7],
        **values,
    )


def _by_hand(kind, power, seen, step):
    """Sum over all paths of level and burst, each moving by the exponential of its generator."""
    found = pace(POINTS, MOTION, burst=True)
    slow = scipy.linalg.expm(generator(3, found.slow[:, 0]) * step)
    fast = scipy.linalg.expm(generator(5, found.fast[:, 0]) * step)
    place = POINTS[:, None] + UNITS * np.exp(MOTION[4, 0])
    weight = np.full((3, 1), 1 / 3) * SHARES
    for y in seen:
        if kind == VALUE:
            chance = scipy.stats.t.pdf(y, 4.0, loc=place, scale=np.exp(-0.7))
        else:
            mean, size = np.exp(place), np.exp(0.8 + power * place)
            chance = scipy.stats.nbinom.pmf(y, size, size / (size + mean))
        weight = np.einsum("ik,ij,kl->jl", weight, slow, fast) * chance
    return np.log(weight.sum())


@pytest.mark.parametrize(
    ("kind", "power"), [(COUNT, 0.0), (COUNT, 0.5), (COUNT, 1.0), (VALUE, 0.0)]
)
def test_the_likelihood_is_that_of_a_sum_of_level_and_burst(kind, power):
    """A mean or a level that is a sum over two nodes, to rounding."""
    seen = np.array([0.0, 3.0, 1.0, 7.0, 0.0, 2.0])
    evidence = Evidence(np.zeros(6), np.zeros((1, 1)), np.arange(6), np.zeros(6), seen, np.ones(6))
    t = tables(_network(kind, power), [0, 1])
    found, slopes = gradient(t, _parameters(kind, 7.0), evidence, step=7.0)
    assert found[0] == pytest.approx(_by_hand(kind, power, seen, 7.0), abs=1e-10)
    assert np.isfinite(slopes.log_hazard).all()


@pytest.mark.parametrize(("kind", "power"), [(COUNT, 0.5), (VALUE, 0.0)])
def test_slopes_of_a_stream_that_follows_a_sum(kind, power):
    """By the size, the spread, the rates and the levels, against central differences."""
    rng = np.random.default_rng(3)
    seen = rng.poisson(2.0, 9).astype(float)
    evidence = Evidence(np.zeros(9), np.zeros((1, 1)), np.arange(9), np.zeros(9), seen, np.ones(9))
    t, p = tables(_network(kind, power), [0, 1]), _parameters(kind, 7.0)
    slopes = gradient(t, p, evidence, step=7.0)[1]
    for name in ("log_rate", "rarity", "log_dispersion", "level", "log_spread"):
        own = getattr(p, name)
        for row in range(len(own)):
            ends = []
            for way in (1e-5, -1e-5):
                moved = own.copy()
                moved[row] += way
                values = {field: getattr(p, field) for field in p.__dataclass_fields__}
                ends.append(
                    gradient(t, Parameters(**{**values, name: moved}), evidence, step=7.0)[0]
                )
            slope = (ends[0][0] - ends[1][0]) / 2e-5
            assert getattr(slopes, name)[row, 0] == pytest.approx(slope, rel=1e-5, abs=1e-6)
