"""Reweighting: the weights equal ArviZ's, and they say when they cannot be trusted."""

from __future__ import annotations

import numpy as np
import pytest
from arviz_stats.base import array_stats
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.inference.reweighting import smooth_weights


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), spread=st.floats(0.01, 6.0), draws=st.integers(40, 4000))
def test_weights_and_pareto_k_equal_those_of_arviz(seed, spread, draws):
    """Weights and Pareto k equal ArviZ's PSIS."""
    ratios = np.random.default_rng(seed).normal(0.0, spread, draws)
    found = smooth_weights(ratios)
    # ArviZ takes log-likelihoods left out, which is the ratio with the other sign
    log_weights, shape = array_stats.psislw(-ratios)
    expected = np.exp(log_weights - np.logaddexp.reduce(log_weights))
    np.testing.assert_allclose(found.weights, expected, rtol=1e-8, atol=1e-12)
    assert found.pareto_k == pytest.approx(float(shape), rel=1e-8)


def test_a_shift_of_all_ratios_changes_nothing():
    """Ratios are known up to a constant."""
    ratios = np.random.default_rng(1).normal(size=500)
    np.testing.assert_allclose(
        smooth_weights(ratios).weights, smooth_weights(ratios - 700.0).weights, rtol=1e-9
    )


def test_the_mean_of_a_shifted_normal_is_found():
    """Draws from N(0, 1) reweighted to N(0.5, 1) have mean 0.5 and variance 1."""
    x = np.random.default_rng(2).normal(size=100_000)
    found = smooth_weights(0.5 * x - 0.125)
    mean = (found.weights * x).sum()
    assert mean == pytest.approx(0.5, abs=0.02)
    assert (found.weights * (x - mean) ** 2).sum() == pytest.approx(1.0, abs=0.03)
    assert found.sound


def test_weights_that_rest_on_a_few_draws_are_not_sound():
    """A target far away from the draws is told by Pareto k."""
    x = np.random.default_rng(3).normal(size=4000)
    found = smooth_weights(5.0 * x)
    assert found.pareto_k > 0.7
    assert not found.sound


def test_too_few_draws_for_a_tail_are_not_sound():
    """Twenty draws have no tail to fit."""
    assert not smooth_weights(np.random.default_rng(4).normal(size=20)).sound


def test_weights_that_hardly_differ_are_sound_whatever_their_tail():
    """Rounding, or a weight taken back that was smoothed, has a heavy tail of no consequence."""
    tail = np.random.default_rng(5).pareto(0.8, 4000)
    for size in (1e-13, 0.05 / tail.max()):
        found = smooth_weights(np.log1p(size * tail))
        assert found.pareto_k > 0.7
        assert found.sound
