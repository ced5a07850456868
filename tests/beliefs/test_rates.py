import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forecast.beliefs import NormalPrior, level, log_rate, log_ratio, probability_within
from forecast.beliefs.values import Z90

ENDS = st.tuples(st.floats(1e-4, 0.999), st.floats(1e-4, 0.999)).map(sorted)
DAYS = st.floats(0.1, 5000)


def test_the_half_width_is_the_95_percent_point_of_the_normal():
    assert stats.norm.ppf(0.95) == pytest.approx(Z90, rel=1e-14)


@given(ENDS, DAYS)
def test_the_5_and_95_percent_points_give_the_stated_probabilities_back(ends, days):
    low, high = ends
    if high - low < 1e-6:
        return
    prior = log_rate(low, high, within_days=days)
    points = stats.norm(prior.mean, prior.sd).ppf([0.05, 0.95])
    back = [probability_within(point, days) for point in points]
    assert back == pytest.approx([low, high], rel=1e-6)


@given(ENDS, DAYS)
def test_the_prior_is_the_exponential_waiting_time_read_backwards(ends, days):
    low, high = ends
    if high - low < 1e-6:
        return
    prior = log_rate(low, high, within_days=days)
    for end, probability in zip(prior.interval, ends, strict=True):
        waiting = stats.expon(scale=1 / math.exp(end))
        assert waiting.cdf(days) == pytest.approx(probability, rel=1e-6)


@given(ENDS, DAYS, st.floats(0.1, 10))
def test_stretching_the_period_only_shifts_the_log_rate(ends, days, factor):
    if ends[1] - ends[0] < 1e-6:
        return
    one, other = (log_rate(*ends, within_days=d) for d in (days, factor * days))
    assert other.mean == pytest.approx(one.mean - math.log(factor), abs=1e-9)
    assert other.sd == pytest.approx(one.sd, abs=1e-9)


@given(st.floats(0.01, 10), st.floats(1.1, 10))
def test_a_ratio_is_log_normal_between_its_ends(low, factor):
    prior = log_ratio(low, low * factor)
    lognormal = stats.lognorm(s=prior.sd, scale=math.exp(prior.mean))
    assert lognormal.ppf([0.05, 0.95]) == pytest.approx([low, low * factor], rel=1e-9)


def test_a_level_is_normal_between_its_ends():
    prior = level(1.0, 3.0)
    assert stats.norm(prior.mean, prior.sd).interval(0.9) == pytest.approx((1, 3))
    assert prior == NormalPrior(2.0, 1 / Z90)


@pytest.mark.parametrize(
    ("low", "high", "days"), [(0, 0.5, 1), (0.5, 1, 1), (0.5, 0.5, 1), (0.6, 0.5, 1), (0.1, 0.2, 0)]
)
def test_an_impossible_prior_is_refused(low, high, days):
    with pytest.raises(ValueError, match=r"must rise strictly between 0 and 1|is not positive"):
        log_rate(low, high, within_days=days)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (2, 1), (1, 1)])
def test_an_impossible_ratio_is_refused(low, high):
    with pytest.raises(ValueError, match="must rise above 0"):
        log_ratio(low, high)


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (0, math.inf), (math.nan, 1)])
def test_an_impossible_level_is_refused(low, high):
    with pytest.raises(ValueError, match="is not an interval"):
        level(low, high)
