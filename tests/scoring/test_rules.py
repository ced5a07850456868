"""Scores equal those that were published, to the digits that were printed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.scoring.rules import (
    CLIP,
    brier,
    crps_of_draws,
    crps_of_negative_binomial,
    logarithmic,
    ranked_probability,
)

probability = st.floats(0.0, 1.0)


def test_scores_equal_the_constants_of_scoringrules_own_tests():
    """frazane/scoringrules, tests/test_brier.py."""
    assert round(float(brier(0.271, 0)), 6) == 0.073441
    assert round(float(logarithmic(0.481, 0)), 7) == 0.6558514
    assert round(ranked_probability([0.01, 0.32, 0.44, 0.23], 2), 4) == 0.1619


@pytest.mark.parametrize(
    ("count", "size", "chance", "expected"),
    [
        (5, 100, 0.95, 0.53215257681),
        (44, 200.1, 0.82, 1.70859687251),
        (41, 200.1, 0.83, 1.63833674721),
        (222, 2000.1, 0.9, 3.66926727576),
        (2222, 20000.1, 0.9, 11.6114812752),
    ],
)
def test_crps_of_counts_equals_the_constants_of_scoringrules_in_r(count, size, chance, expected):
    """FK83/scoringRules, tests/testthat/test-crps_nbinom.R, testthat's tolerance of 1.5e-8."""
    mean = size * (1 - chance) / chance
    assert crps_of_negative_binomial(mean, size, count) == pytest.approx(expected, rel=1.5e-8)


def test_uniform_states_score_the_sum_of_squares_of_the_test_in_r():
    """FK83/scoringRules, tests/testthat/test-rps.R: y = 5 of five equal states."""
    assert ranked_probability([0.2] * 5, 4) == pytest.approx(0.04 + 0.16 + 0.36 + 0.64)


def test_the_ordinal_score_is_that_of_the_platforms_example():
    """Cultivate's worked example prints .27 = 2 RPS / (K - 1) for K = 4."""
    assert round(2 * ranked_probability([0.15, 0.45, 0.25, 0.15], 2) / 3, 2) == 0.27


@given(probability, st.integers(0, 1))
def test_two_states_score_like_yes_and_no(p, y):
    """The ranked probability score of two states is the Brier score."""
    assert ranked_probability([1 - p, p], y) == pytest.approx(float(brier(p, y)), abs=1e-12)


@given(probability, probability)
def test_saying_what_one_believes_is_best(truth, said):
    """Brier and logarithmic score are proper: no other forecast is expected to score better."""
    truth = min(max(truth, CLIP), 1 - CLIP)
    for rule in (brier, logarithmic):

        def expected(p, rule=rule):
            return truth * float(rule(p, 1)) + (1 - truth) * float(rule(p, 0))

        assert expected(truth) <= expected(said) + 1e-12


def test_a_wrong_certainty_costs_a_stated_sum():
    """The logarithm is clipped."""
    assert float(logarithmic(0.0, 1)) == pytest.approx(-math.log(CLIP))


def test_crps_of_many_draws_is_that_of_the_distribution():
    """Two equal draws a and b, and y between: mean distance less half the mean spread."""
    assert crps_of_draws([1.0, 4.0], 2.0) == pytest.approx((1 + 2) / 2 - 3 / 4)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: brier(1.1, 1),
        lambda: brier(0.5, 0.5),
        lambda: ranked_probability([0.5, 0.6], 0),
        lambda: ranked_probability([0.5, 0.5], 2),
        lambda: ranked_probability([0.5, 0.5], -1),
        lambda: crps_of_draws([], 1.0),
        lambda: crps_of_negative_binomial(0.0, 1.0, 1.0),
    ],
)
def test_what_is_no_forecast_is_refused(wrong):
    """scoringrules takes the third and the fifth without a word."""
    with pytest.raises(ValueError):
        wrong()
