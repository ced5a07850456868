"""Scores equal those that were published, to the digits that were printed."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st

from forecast.scoring.rules import (
    CLIP,
    brier,
    clipped,
    crps_of_draws,
    logarithmic,
    ranked_probability,
)

probability = st.floats(0.0, 1.0)


def test_scores_equal_the_constants_of_scoringrules_own_tests():
    """frazane/scoringrules, tests/test_brier.py."""
    assert round(float(brier(0.271, 0)), 6) == 0.073441
    assert round(float(logarithmic(0.481, 0)), 7) == 0.6558514
    assert round(ranked_probability([0.01, 0.32, 0.44, 0.23], 2), 4) == 0.1619


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


@given(st.integers(1, 10**6 - 1), st.integers(0, 1))
def test_every_probability_of_six_digits_is_taken_at_its_word(millionth, y):
    """Only what an issue prints as 0 or 1 is moved: rare events keep their scores."""
    p = millionth / 10**6
    assert not clipped(p)
    assert float(logarithmic(p, y)) == pytest.approx(-math.log(p if y else 1 - p), rel=1e-9)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_certainties_are_counted_as_clipped_and_a_right_one_costs_next_to_nothing(p):
    assert clipped(p)
    assert float(logarithmic(p, p)) == pytest.approx(0.0, abs=1e-6)
    assert float(brier(p, p)) == 0.0
    assert float(brier(p, 1 - p)) == 1.0


@given(st.lists(probability, min_size=1, max_size=5), st.data())
def test_yes_or_no_and_states_equal_scoringrules(weights, data):
    """Also at 0, at 1 and between equal states."""
    y = [data.draw(st.integers(0, 1)) for _ in weights]
    assert brier(weights, y) == pytest.approx(
        scoringrules.brier_score(np.array(y), np.array(weights)), abs=1e-12
    )
    inside = np.clip(weights, CLIP, 1 - CLIP)
    assert logarithmic(weights, y) == pytest.approx(
        scoringrules.log_score(np.array(y), inside), abs=1e-12
    )
    p = (np.array(weights) + 1e-9) / (np.array(weights) + 1e-9).sum()
    state = data.draw(st.integers(0, len(p) - 1))
    ours = ranked_probability(p, state)
    assert ours == pytest.approx(float(scoringrules.rps_score(state + 1, p)), abs=1e-9)


@pytest.mark.parametrize(("p", "state", "score"), [([0, 1, 0], 1, 0.0), ([1, 0, 0], 2, 2.0)])
def test_certain_states_score_nothing_or_their_distance(p, state, score):
    assert ranked_probability(p, state) == score


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=8), st.floats(-6, 6))
def test_draws_are_scored_by_the_definition_with_ties_too(draws, y):
    """Mean distance to what came less half the mean distance between two draws."""
    x = np.array(draws, dtype=float)
    expected = np.abs(x - y).mean() - np.abs(x[:, None] - x).mean() / 2
    assert crps_of_draws(draws, y) == pytest.approx(expected, abs=1e-9)


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
        lambda: ranked_probability([0.5, math.nan], 0),
        lambda: crps_of_draws([], 1.0),
        lambda: crps_of_draws([1.0], math.nan),
    ],
)
def test_what_is_no_forecast_is_refused(wrong):
    """scoringrules takes the third and the fifth without a word."""
    with pytest.raises(ValueError):
        wrong()
