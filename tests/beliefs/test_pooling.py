import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special, stats

from forecast.beliefs import pool
from forecast.beliefs.values import Z90

METHODS = st.sampled_from(["log_odds", "linear"])
INTERVALS = st.tuples(st.floats(0.02, 0.5), st.floats(0.05, 0.48)).map(
    lambda t: (t[0], t[0] + t[1])
)


@given(INTERVALS, st.integers(1, 5), METHODS)
def test_experts_who_agree_change_nothing(interval, count, method):
    assert pool([interval] * count, method=method) == pytest.approx(interval, abs=1e-9)


@given(st.lists(INTERVALS, min_size=1, max_size=5), METHODS)
def test_the_order_of_experts_does_not_matter(intervals, method):
    back = pool(intervals[::-1], method=method)
    assert pool(intervals, method=method) == pytest.approx(back, abs=1e-9)


@given(INTERVALS, st.floats(0.5, 3), METHODS)
def test_disagreement_widens_the_prior(interval, shift, method):
    """Two experts equally sure of different things are together less sure than either."""
    moved = tuple(special.expit(special.logit(interval) + shift))
    low, high = special.logit(pool([interval, moved], method=method))
    alone = special.logit(interval)
    assert high - low > (alone[1] - alone[0]) + 1e-9


def test_the_linear_pool_has_the_quantiles_of_the_mixture():
    """Checked with scipy's distributions and root finder."""
    intervals = [(0.05, 0.2), (0.3, 0.6), (0.5, 0.9)]
    ends = special.logit(np.array(intervals))
    experts = stats.norm(ends.mean(axis=1), (ends[:, 1] - ends[:, 0]) / (2 * Z90))

    def mixture(p: float, target: float) -> float:
        return float(experts.cdf(special.logit(p)).mean() - target)

    expected = [optimize.brentq(mixture, 1e-6, 1 - 1e-6, args=(t,)) for t in (0.05, 0.95)]
    assert pool(intervals, method="linear") == pytest.approx(expected, abs=1e-8)


def test_the_log_odds_pool_has_the_mean_and_variance_of_the_mixture():
    intervals = [(0.05, 0.2), (0.3, 0.6), (0.5, 0.9)]
    ends = special.logit(np.array(intervals))
    means, sds = ends.mean(axis=1), (ends[:, 1] - ends[:, 0]) / (2 * Z90)
    draws = np.random.default_rng(1).normal(means, sds, size=(400_000, 3))
    low, high = special.logit(pool(intervals, method="log_odds"))
    assert (low + high) / 2 == pytest.approx(draws.mean(), abs=0.01)
    assert (high - low) / (2 * Z90) == pytest.approx(draws.std(), abs=0.01)


@pytest.mark.parametrize("intervals", [[], [(0.0, 0.5)], [(0.5, 0.2)]])
def test_nothing_and_nonsense_cannot_be_pooled(intervals):
    with pytest.raises(ValueError, match=r"no expert to pool|must rise strictly between"):
        pool(intervals, method="linear")
