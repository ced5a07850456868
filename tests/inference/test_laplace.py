"""The quick posterior: its density is that of the model, its mode is the mode."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
import scipy.stats

from forecast.inference.laplace import _log_density, _Scale, approximate
from forecast.network import Evidence
from tests.inference.density import free_number, log_density
from tests.inference.samples import harbour, observed, report, window

BLOCKS = (
    *("log_hazard", "log_hazard_ratio", "log_rate", "rarity"),
    *("log_dispersion", "level", "log_spread"),
)


def seen() -> Evidence:
    """Some reports of every kind."""
    rows = [
        *(report("patrols", 3), report("accord", 10)),
        *(report("boardings", day, value=value) for day, value in ((4, 3.0), (11, 9.0))),
        *(report("freight", day, value=value) for day, value in ((5, 40.0), (12, 55.0))),
    ]
    return observed(rows, [window(1, 28)], until=28)


def named(scale: _Scale, x: np.ndarray) -> dict[str, np.ndarray]:
    """Values as the model names them."""
    out = {"initial_score": x[: len(scale.weights)]}
    for name in BLOCKS:
        out["rarity_score" if name == "rarity" else name] = x[scale.slices[name]]
    return out


def _gamma_for_normal(scale: _Scale, x: np.ndarray) -> float:
    """Log density of the free number of each node: of log Gamma in place of Normal."""
    out = 0.0
    for part in scale.priors.node_slices():
        total = scipy.special.logsumexp(x[part])
        shape = scale.weights[part].sum()
        out += scipy.stats.gamma.logpdf(np.exp(total), shape) + total
        out -= free_number(scale.weights[part]).logpdf(total)
    return float(out)


def test_differences_of_the_density_are_the_models() -> None:
    """Against SciPy's densities and matrices, up to a constant.

    The logs of Gamma weights are scores whose sum is not Normal but log Gamma.
    """
    scale, rng, evidence = _Scale(harbour()), np.random.default_rng(3), seen()
    points = scale.middle()[:, None] + rng.normal(0, 0.3, (scale.size, 3))
    value, _ = _log_density(scale, [evidence], points)
    exact = [
        log_density(harbour(), named(scale, x), evidence) + _gamma_for_normal(scale, x)
        for x in points.T
    ]
    np.testing.assert_allclose(np.diff(value), np.diff(exact), rtol=1e-7, atol=1e-7)


def test_slopes_are_differences_of_the_density() -> None:
    """By every coordinate."""
    scale, evidence = _Scale(harbour()), seen()
    x = scale.middle() + 0.1
    around = np.concatenate([x[:, None] + d * np.eye(scale.size) for d in (1e-5, -1e-5)], axis=1)
    value, _ = _log_density(scale, [evidence], around)
    expected = (value[: scale.size] - value[scale.size :]) / 2e-5
    _, slope = _log_density(scale, [evidence], x[:, None])
    np.testing.assert_allclose(slope[:, 0], expected, rtol=1e-4, atol=1e-5)


def test_nothing_near_the_mode_is_more_probable() -> None:
    """And the curvature is that of the density in every direction tried."""
    evidence = seen()
    found = approximate(harbour(), evidence)
    scale, rng = _Scale(harbour()), np.random.default_rng(1)
    off = rng.normal(0, 0.05, (scale.size, 40))
    around, _ = _log_density(scale, [evidence], found.mode[:, None] + off)
    assert (around < found.log_density).all()
    drop = 0.5 * np.einsum("id,ij,jd->d", off, np.linalg.inv(found.covariance), off)
    np.testing.assert_allclose(found.log_density - around, drop, rtol=0.15)


def test_two_courses_are_twice_the_evidence() -> None:
    """Courses that are the same count twice: the curvature by the data doubles, not the prior's."""
    evidence = seen()
    scale = _Scale(harbour())
    x = scale.middle()[:, None]
    prior = scale.log_prior(x)[0]
    one, two = (_log_density(scale, [evidence] * n, x)[0] - prior for n in (1, 2))
    assert two == pytest.approx(2 * one)


def test_the_same_seed_gives_the_same_draws() -> None:
    """Another does not."""
    found = approximate(harbour(), seen())
    first, again, other = (found.draw(5, seed=s).log_hazard for s in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
