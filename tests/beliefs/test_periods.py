import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import days, wording


@pytest.mark.parametrize(
    ("period", "length"),
    [
        ("12 months", 365.25),
        ("90 days", 90),
        ("2 weeks", 14),
        ("1 year", 365.25),
        ("1 month", 365.25 / 12),
        ("12m", 365.25),
        (" 3 Days ", 3),
        ("0.5 years", 182.625),
    ],
)
def test_a_period_has_its_length_in_days(period, length):
    assert days(period) == pytest.approx(length, rel=1e-12)


def test_four_years_have_the_days_of_the_calendar():
    assert days("4 years") == (dt.date(2024, 3, 1) - dt.date(2020, 3, 1)).days


@pytest.mark.parametrize(
    "period", ["", "12", "months", "12 moons", "-1 day", "0 days", "1e999 days"]
)
def test_what_is_not_a_period_is_refused_with_an_example(period):
    with pytest.raises(
        ValueError, match=r"is not a period; write a number and a unit.*'12 months'"
    ):
        days(period)


@given(st.integers(1, 5000), st.sampled_from(["day", "week", "month", "year"]))
def test_the_wording_of_a_length_reads_back_as_that_length(count, unit):
    length = days(f"{count} {unit}")
    assert days(wording(length)) == pytest.approx(length, rel=1e-9)


@pytest.mark.parametrize(("length", "text"), [(1, "1 day"), (30, "30 days"), (1.5, "1.5 days")])
def test_a_length_is_worded_in_the_largest_whole_unit(length, text):
    assert wording(length) == text
