from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import LedgerError
from forecast.ledger.hashing import day, moment, stamp, stamp_after

zones = st.integers(-12 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
moments = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=zones)  # noqa: DTZ001


@given(moments)
def test_a_moment_reads_back_as_itself(value):
    assert moment(stamp(value)) == value
    assert len(stamp(value)) == 27


@given(moments, moments)
def test_stamps_sort_as_moments_do(one, other):
    assert (stamp(one) < stamp(other)) == (one < other)


@given(moments, moments)
def test_every_stamp_is_later_than_the_last(now, last):
    following = stamp_after(now, stamp(last))
    assert following > stamp(last)
    assert following >= stamp(now)


def test_a_moment_without_time_zone_is_refused():
    with pytest.raises(LedgerError, match="has no time zone"):
        stamp(datetime(2024, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    "value", [date(2024, 6, 19), datetime(2024, 6, 19, 23, tzinfo=UTC), "2024-06-19"]
)
def test_a_day_is_read_from_a_date_a_moment_or_text(value):
    assert day(value, where="as_of") == "2024-06-19"


@pytest.mark.parametrize("value", [None, "", "19.6.2024", "2024-02-30"])
def test_what_is_no_day_is_refused_by_name(value):
    with pytest.raises(LedgerError, match=r"as_of: .* is not a day"):
        day(value, where="as_of")
