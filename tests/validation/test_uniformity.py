"""The tests of ranks and outcomes hold their level, can fail, and agree with ArviZ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats
from arviz_stats.ecdf_utils import ecdf_pit

from forecast.validation.assessing import (
    coverage,
    ecdf_band,
    ecdf_p_value,
    holm,
    place_p_value,
    shape_p_value,
    z_of_outcomes,
)


def p_values(ranks: Any) -> tuple[float, ...]:
    """All three tests of ranks."""
    return shape_p_value(ranks), place_p_value(ranks), ecdf_p_value(ranks)


def test_rank_statistics_can_fail() -> None:
    """Uniform ranks pass; ranks that are shifted, too narrow or too wide do not."""
    rng = np.random.default_rng(0)
    uniform = rng.integers(0, 100, 300)
    shifted = np.minimum(uniform + 8, 99)
    narrow = np.clip(rng.normal(50, 22, 300), 0, 99).astype(int)
    wide = (100 * rng.beta(0.7, 0.7, 300)).astype(int)
    assert min(p_values(uniform)) > 0.01
    for ranks in (shifted, narrow, wide):
        assert min(p_values(ranks)) < 1e-4


def test_outcomes_can_fail() -> None:
    """Forecasts that hold pass; overconfident ones do not."""
    rng = np.random.default_rng(1)
    p = rng.uniform(0.1, 0.9, 400)
    yes = rng.random(400) < p
    assert abs(z_of_outcomes(p, yes)) < 3
    assert abs(z_of_outcomes(p, rng.random(400) < np.minimum(p + 0.12, 1))) > 3


def test_holm_by_hand() -> None:
    """Sorted p-values times the number that is left, never falling, never above 1."""
    assert holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])


def test_the_distribution_of_ranks_is_tested_at_its_level() -> None:
    """P-values of uniform ranks are uniform, but for their steps: 5 % lie below 0.05."""
    rng = np.random.default_rng(2)
    found = [ecdf_p_value(rng.integers(0, 100, 80)) for _ in range(1500)]
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.017)
    assert scipy.stats.kstest(found, "uniform").statistic < 0.06


def test_the_band_is_that_of_arviz() -> None:
    """Simultaneous bands agree with ArviZ to the steps of the distribution function."""
    number = 100
    low, high = ecdf_band(number)
    _, _, lower, upper = ecdf_pit(np.linspace(0, 1, number), 0.95, 4000)
    assert np.abs(low - lower[1:-1]).max() <= 1 / number + 1e-12
    assert np.abs(high - upper[1:-1]).max() <= 1 / number + 1e-12


def test_a_curve_leaves_the_band_as_often_as_its_test_fails() -> None:
    """Band and p-value are one test."""
    rng = np.random.default_rng(3)
    low, high = ecdf_band(60)
    for _ in range(300):
        ranks = rng.integers(0, 100, 60)
        curve = np.cumsum(np.bincount(ranks, minlength=100))[:-1] / 60
        outside = bool(((curve < low - 1e-9) | (curve > high + 1e-9)).any())
        assert outside == (ecdf_p_value(ranks) < 0.05) or abs(ecdf_p_value(ranks) - 0.05) < 0.01


def test_intervals_hold_as_many_ranks_as_they_say() -> None:
    """Of 100 possible ranks the middle 90 lie in the 90 % interval, exactly."""
    assert [coverage(range(100), share) for share in (0.5, 0.8, 0.9)] == [0.5, 0.8, 0.9]
    assert coverage([4], 0.9) == 0.0
    assert coverage([5], 0.9) == 1.0
