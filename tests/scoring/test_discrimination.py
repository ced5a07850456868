"""AUC is Mann and Whitney's, the slope that of a logistic regression, and bins lose no forecast."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.scoring.calibration import auc, bins, calibration_line
from forecast.scoring.rules import CLIP


@pytest.fixture
def made():
    """Two hundred overconfident forecasts on a grid, so that many are equal."""
    rng = np.random.default_rng(5)
    truth = rng.normal(-1.0, 1.0, 200)
    p = np.round(1.0 / (1.0 + np.exp(-2.0 * truth)), 2)
    return p, (rng.random(200) < 1.0 / (1.0 + np.exp(-truth))).astype(int)


def test_the_auc_is_the_statistic_of_mann_and_whitney(made):
    from scipy.stats import mannwhitneyu

    p, y = made
    expected = mannwhitneyu(p[y == 1], p[y == 0]).statistic / ((y == 1).sum() * (y == 0).sum())
    assert auc(p, y) == pytest.approx(expected, abs=1e-12)
    pairs = [(a > b) + (a == b) / 2 for a in p[y == 1] for b in p[y == 0]]
    assert auc(p, y) == pytest.approx(np.mean(pairs), abs=1e-12)


def test_the_slope_is_that_of_a_logistic_regression(made):
    """As statsmodels fits it."""
    statsmodels = pytest.importorskip("statsmodels.api")
    p, y = made
    inner = np.clip(p, CLIP, 1.0 - CLIP)
    design = statsmodels.add_constant(np.log(inner / (1.0 - inner)))
    expected = statsmodels.Logit(y, design).fit(disp=False).params
    found = calibration_line(p, y)
    assert (found.intercept, found.slope) == pytest.approx(expected, abs=1e-6)
    assert found.slope < 0.9


@pytest.mark.parametrize("wrong", [1e-9, 1.0 - 1e-9])
def test_one_certainty_that_was_wrong_does_not_throw_it_off(wrong):
    found = calibration_line([wrong, 0.5, 0.4, 0.6], [wrong < 0.5, 0, 0, 1])
    assert -1.0 < found.slope < 0.2


def test_calibrated_forecasts_have_intercept_0_and_slope_1():
    rng = np.random.default_rng(8)
    p = rng.uniform(0.02, 0.98, 40_000)
    found = calibration_line(p, rng.random(p.size) < p)
    assert found.intercept == pytest.approx(0.0, abs=0.05)
    assert found.slope == pytest.approx(1.0, abs=0.04)


@pytest.mark.parametrize(
    ("p", "y"),
    [
        ([0.2, 0.7], [1, 1]),
        ([0.4, 0.4, 0.4], [0, 1, 0]),
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]),
        ([0.1, 0.5, 0.5, 0.9], [0, 0, 1, 1]),
        ([0.1, 0.9], [1, 0]),
        ([], []),
    ],
)
def test_where_no_line_fits_best_there_is_none(p, y):
    """All of one outcome, all forecasts equal, or a threshold parts them (at a tie, too)."""
    assert calibration_line(p, y) is None


def test_without_two_outcomes_nothing_is_told_apart():
    assert auc([0.1, 0.9], [0, 0]) is None
    assert auc([], []) is None


def test_every_forecast_is_in_one_bin(made):
    p, y = made
    found = bins(p, y)
    assert len(found) == 5
    assert sum(one.number for one in found) == len(p)
    assert sum(one.came_true for one in found) == y.sum()
    for one in found:
        assert one.low <= one.said <= one.high
    assert bins([0.5, 0.0], [1, 1])[1].said is None
