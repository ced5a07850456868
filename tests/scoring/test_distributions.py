"""Whole distributions are scored as published, over the days they stood."""

import datetime as dt

import numpy as np
import pytest
import scipy.stats
from scoringrules import crps_poisson

from forecast.scoring.rules import score_distributions, score_of

DAY = dt.date(2024, 1, 1)
FOUR = {"states": {"a": 0.15, "b": 0.45, "c": 0.25, "d": 0.15}}
LEVELS = (np.arange(199) + 0.5) / 199


def quantiles(mean):
    return {"states": None, "quantiles": scipy.stats.poisson.ppf(LEVELS, mean).tolist()}


def test_ordered_states_give_the_published_ordinal_score():
    """Cultivate's example: (.15, .45, .25, .15) and the third came: 2 RPS / (K - 1) is .27."""
    assert round(2.0 * score_of(FOUR, "c") / 3.0, 2) == 0.27


def test_the_order_of_the_states_counts():
    """A forecast nearer to what came is better, though the state itself had the same chance."""
    near, far = {"states": {"a": 0.2, "b": 0.8, "c": 0.0}}, {"states": {"a": 0.8, "b": 0.2, "c": 0}}
    assert score_of(near, "c") < score_of(far, "c")


@pytest.mark.parametrize("came", [0, 3, 9])
def test_quantiles_are_scored_as_the_distribution_they_are_of(came):
    """Against the closed form for a Poisson, to within a two-hundredth of its range."""
    assert score_of(quantiles(3.0), str(came)) == pytest.approx(crps_poisson(came, 3.0), abs=0.05)


def test_each_forecast_is_weighed_by_the_days_it_stood():
    certain = {"states": {"a": 1.0, "b": 0.0}}
    wrong = {"states": {"a": 0.0, "b": 1.0}}
    found = score_distributions(
        "q",
        "a",
        forecasts=[(DAY, wrong), (DAY + dt.timedelta(30), certain)],
        prior=[(DAY, {"states": {"a": 0.5, "b": 0.5}})],
        opens=DAY,
        closes=DAY + dt.timedelta(40),
    )
    assert (found.rule, found.score, found.prior, found.days) == ("rps", 0.75, 0.25, 40)
    assert found.skill == pytest.approx(-2.0)


def test_what_never_stood_has_no_score():
    span = {"opens": DAY, "closes": DAY + dt.timedelta(9)}
    late = [(DAY + dt.timedelta(10), FOUR)]
    assert score_distributions("q", "a", forecasts=late, prior=[(DAY, FOUR)], **span) is None
    assert score_distributions("q", "a", forecasts=[], prior=[(DAY, FOUR)], **span) is None
