import datetime as dt
from itertools import pairwise

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import days, later, wording
from forecast.beliefs.literals import dates


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


FIRST = st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31))


@given(FIRST, st.integers(1, 30), st.integers(0, 2000))
def test_months_are_those_of_the_calendar(first, months, span):
    """On the day of the first, or the last day of a shorter month; one in each such month."""
    last = first + dt.timedelta(days=span)
    found = dates(first, last, every=f"{months} months")
    assert found[0] == first
    assert found[-1] <= last
    assert found == sorted(set(found))
    count = [12 * (day.year - first.year) + day.month - first.month for day in found]
    assert count == list(range(0, months * len(found), months))
    for day in found:
        assert day.day == first.day or ((day + dt.timedelta(1)).day == 1 and day.day < first.day)


def test_fifteen_months_have_fifteen_first_days():
    found = dates(dt.date(2023, 10, 1), dt.date(2024, 12, 31), every="1m")
    assert [day.day for day in found] == [1] * 15
    assert (found[-1], len(dates(dt.date(2020, 2, 29), found[-1], every="1 year"))) == (
        dt.date(2024, 12, 1), 5,
    )  # fmt: skip


@given(FIRST, st.integers(1, 90), st.integers(0, 2000))
def test_other_periods_are_their_length_in_days(first, length, span):
    found = dates(first, first + dt.timedelta(days=span), every=f"{length} days")
    assert {(after - before).days for before, after in pairwise(found)} <= {length}
    assert len(found) == span // length + 1


def test_a_part_of_a_month_is_a_number_of_days():
    found = dates(dt.date(2024, 1, 1), dt.date(2024, 2, 1), every="0.5 months")
    assert [day.day for day in found] == [1, 16, 31]


@pytest.mark.parametrize("every", ["0.1 days", "moons", "0 months"])
def test_a_period_that_is_none_gives_no_dates(every):
    with pytest.raises(ValueError, match=r"is not a period|shorter than a day"):
        dates(dt.date(2024, 1, 1), dt.date(2024, 2, 1), every=every)


SHORT = {"day": "d", "week": "w", "month": "m", "year": "y"}


@given(FIRST, st.integers(1, 60), st.sampled_from(["day", "week", "month", "year"]))
def test_a_day_a_period_later_is_that_of_the_calendar(first, count, unit):
    expected = first + relativedelta(**{f"{unit}s": count})
    assert later(first, f"{count} {unit}s") == later(first, f"{count}{SHORT[unit]}") == expected


@given(FIRST, st.integers(1, 3653))
def test_a_number_of_days_is_these_days(first, count):
    assert later(first, count) == later(first, float(count)) == first + dt.timedelta(days=count)


@given(FIRST, st.integers(1, 120).filter(lambda months: months % 16))
def test_a_length_that_was_read_from_months_is_months_of_the_calendar(first, months):
    """16 months are 487 whole days, and then these are meant."""
    assert later(first, days(f"{months} months")) == first + relativedelta(months=months)


@pytest.mark.parametrize(
    ("first", "period", "last"),
    [
        ("2024-10-31", "12 months", "2025-10-31"),
        ("2024-01-31", "1 month", "2024-02-29"),
        ("2023-01-31", "1 month", "2023-02-28"),
        ("2024-02-29", "1 year", "2025-02-28"),
        ("2024-02-29", "4 years", "2028-02-29"),
        ("2024-01-31", "0.5 weeks", "2024-02-04"),
    ],
)
def test_a_period_ends_where_people_say_it_does(first, period, last):
    assert later(dt.date.fromisoformat(first), period) == dt.date.fromisoformat(last)


@pytest.mark.parametrize("period", ["9000 years", "1e9 days", 1e12])
def test_a_day_beyond_the_calendar_is_refused(period):
    with pytest.raises(ValueError, match="lies beyond the calendar"):
        later(dt.date(2024, 1, 1), period)
