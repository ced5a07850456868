"""A forecast stands until the next one, and is weighed by the days it stood."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.scoring.rules import (
    Series,
    at_lead,
    brier,
    constant,
    days_of,
    shifted,
    time_weighted,
    together,
)

START = dt.date(2024, 1, 1)


def day(number):
    return START + dt.timedelta(days=number)


@given(
    st.lists(
        st.tuples(st.integers(-20, 60), st.floats(0, 1)), min_size=1, unique_by=lambda e: e[0]
    ),
    st.integers(0, 20),
    st.integers(21, 50),
)
def test_the_integral_is_the_mean_over_days(entries, opens, closes):
    """Looked up day by day, the mean is the same, and days without a forecast are left out."""
    series = days_of([(day(n), p) for n, p in entries])
    found = time_weighted(series, 1, opens=day(opens), closes=day(closes), rule=brier)
    stood = [series.on(day(n)) for n in range(opens, closes)]
    scores = [(1 - p) ** 2 for p in stood if p is not None]
    if not scores:
        assert found is None
        return
    assert found is not None
    assert found[1] == len(scores)
    assert found[0] == pytest.approx(np.mean(scores), abs=1e-12)


def test_two_series_are_compared_only_while_both_stood():
    """The crowd came ten days late, so the first ten days count for neither."""
    ours = Series((day(0), day(10)), (0.0, 0.8))
    crowd = constant(0.5, since=day(10))
    found = together(ours, crowd, 1, opens=day(0), closes=day(30), rule=brier)
    assert found == (pytest.approx(0.04), pytest.approx(0.25), 20)


def test_the_last_issue_is_the_forecast_before():
    """It stands one issue longer."""
    series = Series((day(0), day(10), day(20)), (0.1, 0.2, 0.3))
    assert shifted(series).on(day(15)) == 0.1
    assert shifted(series).on(day(9)) is None


@pytest.mark.parametrize(
    ("lead", "closes", "expected"),
    [(30, 100, 0.7), (90, 100, 0.2), (120, 100, None), (7, 80, None), (30, 70, None)],
)
def test_a_lead_counts_only_while_the_question_was_open(lead, closes, expected):
    """Not before it opened, and not once the outcome was known."""
    series = Series((day(0), day(50)), (0.2, 0.7))
    found = at_lead(series, lead=lead, by=day(100), opens=day(0), closes=day(closes))
    assert found == expected


def test_where_no_forecast_ever_stood_there_is_no_score():
    """As in a project whose first forecast came after the end of a question."""
    nothing = days_of([])
    span = {"opens": day(0), "closes": day(30)}
    assert time_weighted(nothing, 1, rule=brier, **span) is None
    assert together(nothing, constant(0.5, since=day(0)), 1, rule=brier, **span) is None
    assert at_lead(nothing, lead=7, by=day(30), **span) is None
    assert shifted(nothing).days == ()


def test_a_lead_before_the_first_year_has_no_forecast():
    series = constant(0.5, since=day(0))
    found = at_lead(series, lead=10**9, by=day(30), opens=day(0), closes=day(30))
    assert found is None


def test_days_out_of_order_are_refused():
    """A series is a step function."""
    with pytest.raises(ValueError):
        Series((day(1), day(0)), (0.1, 0.2))
    with pytest.raises(ValueError):
        Series((day(0),), (0.1, 0.2))
