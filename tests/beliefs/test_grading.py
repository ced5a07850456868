import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import combine, credibility, grade_meaning, truth_probability

LETTERS, DIGITS = "ABCDEF", range(1, 7)
GRADES = [(letter, digit) for letter in LETTERS for digit in DIGITS]
WEIGHTS = st.floats(0, 1)


@pytest.mark.parametrize("digit", DIGITS)
def test_a_report_with_letter_f_changes_nothing(digit):
    assert credibility("F", digit) == 0


@pytest.mark.parametrize("letter", LETTERS)
def test_a_report_with_digit_6_changes_nothing(letter):
    assert credibility(letter, 6) == 0


@pytest.mark.parametrize(("letter", "digit"), GRADES)
def test_a_fair_report_of_an_open_act_is_nearly_the_act_and_others_are_as_ever(letter, digit):
    c, stated = credibility(letter, digit, open_act=True), credibility(letter, digit)
    good = {1: 0.98, 2: 0.9}.get(digit) if letter in "ABC" else None
    assert c == (stated if good is None else pytest.approx(good))
    assert c >= stated


@pytest.mark.parametrize(("letter", "digit"), GRADES)
def test_the_likelihood_ratio_is_one_without_a_basis_and_never_below_one(letter, digit):
    c, here, elsewhere, average = credibility(letter, digit), 0.6, 0.1, 0.3
    ratio = (c * here + (1 - c) * average) / (c * elsewhere + (1 - c) * average)
    assert 1 <= ratio <= here / elsewhere
    assert (ratio == 1) == (letter == "F" or digit == 6 or truth_probability(letter, digit) <= 0.5)


@pytest.mark.parametrize(("letter", "digit"), [(g, d) for g, d in GRADES if g != "F" and d != 6])
def test_the_table_is_the_stated_mean_on_the_log_odds_scale(letter, digit):
    """Letter 0.35 and digit 0.65, from the standards' r and c, rounded to two places."""
    r = {"A": 0.95, "B": 0.80, "C": 0.60, "D": 0.40, "E": 0.20}[letter]
    c = {1: 0.90, 2: 0.70, 3: 0.50, 4: 0.30, 5: 0.10}[digit]
    x = 0.35 * math.log(r / (1 - r)) + 0.65 * math.log(c / (1 - c))
    assert truth_probability(letter, digit) == pytest.approx(1 / (1 + math.exp(-x)), abs=0.0051)


@pytest.mark.parametrize("letter", LETTERS)
def test_a_better_digit_is_never_less_credible(letter):
    weights = [credibility(letter, digit) for digit in range(1, 6)]
    assert weights == sorted(weights, reverse=True)


def test_b2_weighs_what_the_standard_says():
    assert credibility("B", 2) == pytest.approx(2 * 0.74 - 1)
    assert grade_meaning("B", 2) == "B2: usually reliable, probably true"


@pytest.mark.parametrize(("letter", "digit"), [("G", 1), ("b", 2), ("A", 0), ("A", 7)])
def test_a_grade_off_the_scale_is_refused(letter, digit):
    for function in (truth_probability, credibility, grade_meaning):
        with pytest.raises(ValueError, match=r"is not a (reliability|credibility); it is a"):
            function(letter, digit)


@given(st.lists(WEIGHTS, max_size=6))
def test_lineages_together_weigh_at_least_the_best_and_at_most_the_event(weights):
    assert max(weights, default=0) - 1e-12 <= combine(weights) <= 1


@given(st.lists(WEIGHTS, max_size=6))
def test_lineages_without_weight_change_nothing(weights):
    assert combine([*weights, 0, 0]) == combine(weights)


@given(st.lists(WEIGHTS, max_size=6))
def test_the_order_of_lineages_does_not_matter(weights):
    assert combine(weights) == pytest.approx(combine(reversed(weights)))
