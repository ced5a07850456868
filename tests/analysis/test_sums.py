"""A sum of a stream has the distribution that listing every course of the states gives."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
import scipy.stats

from forecast.analysis.answering import answer
from forecast.analysis.scenes import LEVELS, place_sum, sum_forecast
from forecast.beliefs import Beliefs, Question
from forecast.beliefs.question_language import Sum, read_question
from forecast.errors import BeliefsError
from forecast.inference.observations import observe
from forecast.network import Evidence
from tests.inference.samples import day, encoding_of, harbour, harbour_values, report, window
from tests.network.enumeration import Enumeration, all_states, rate, step_matrix

DRAWS = 2
ROWS = [
    report("boardings", 3, value=4.0),
    report("patrols", 9),
    report("boardings", 12, value=2.0),
    report("freight", 12, value=6.0),
]


def known(until: int) -> Evidence:
    return observe(harbour(), ROWS, [window(1, 60)], as_of=day(until))


def summed(indicator: str, weeks: int, above: float, *, by: int, until: int) -> Any:
    asked = Sum(indicator, 7 * weeks, above, day(by))
    parameters = harbour().priors.draw(DRAWS, seed=4)
    return sum_forecast(place_sum(harbour(), known(until), asked, as_of=day(until)), parameters)


def by_courses(draw: int, *, until: int, gap: int, steps: int, size: int) -> Any:
    """Probability of every sum of boardings: filtered by enumeration, then moved and convolved."""
    encoding = harbour()
    network, number = encoding.network, encoding.indicators.index("boardings")
    p = encoding.priors.draw(DRAWS, seed=4).take(slice(draw, draw + 1))
    states = all_states(network)
    evidence = known(until)
    filtered = Enumeration(network, p, evidence, 7.0).paths(evidence.steps).marginal(evidence.steps)
    matrix = step_matrix(network, p, 7.0)
    r = np.exp(p.log_dispersion[number, 0])
    means = np.array([rate(network, p, number, s) * 7.0 for s in states])
    pmf = scipy.stats.nbinom.pmf(np.arange(size)[:, None], r, r / (r + means))
    now = filtered @ np.linalg.matrix_power(matrix, gap)
    joint = np.zeros((size, len(states)))
    joint[0] = now
    for _ in range(steps):
        moved = joint @ matrix
        joint = np.zeros_like(moved)
        for k in range(size):
            joint[k:] += moved[: size - k] * pmf[k]
    return joint.sum(axis=1)


@pytest.mark.parametrize(
    ("by", "weeks", "gap", "steps", "before"),
    [(28, 2, 0, 2, 0.0), (35, 2, 1, 2, 0.0), (21, 2, 0, 1, 2.0), (21, 3, 0, 1, 6.0)],
    ids=["from now on", "after a gap", "half of it known", "two thirds known"],
)
def test_a_sum_of_counts_is_exact(by, weeks, gap, steps, before):
    above = before + 6.0
    found = summed("boardings", weeks, above, by=by, until=14)
    assert found.known == before
    every = [by_courses(n, until=14, gap=gap, steps=steps, size=60) for n in range(DRAWS)]
    for draw, chance in enumerate(every):
        rest = 1.0 - chance[:7].sum()
        assert found.probability[draw] == pytest.approx(rest, abs=1e-6)
    mixed = np.mean(every, axis=0)
    assert found.mean == pytest.approx(before + np.arange(60) @ mixed, abs=1e-3)
    median = before + np.searchsorted(mixed.cumsum(), 0.5)
    assert found.quantiles[99] == median
    assert LEVELS[99] == 0.5


def test_a_week_that_is_not_over_is_still_to_come():
    """Day 17 lies in the third week: what it brings is open, from the states as they stand now."""
    found = summed("boardings", 1, 3.0, by=21, until=17)
    expected = [1.0 - by_courses(n, until=17, gap=0, steps=1, size=60)[:4].sum() for n in (0, 1)]
    assert found.known == 0.0
    assert np.abs(found.probability - expected).max() > 1e-4  # the states do not move once more
    begun = summed("boardings", 1, 3.0, by=21, until=21)
    assert (begun.known, begun.probability.max()) == (0.0, 0.0)  # over, and nobody reported it


def test_values_add_up_with_what_is_known():
    """The mean of drawn sums is that of the levels, within four standard errors."""
    found = summed("freight", 2, 12.0, by=21, until=14)
    rest = summed("freight", 1, 6.0, by=21, until=14)
    assert found.known == pytest.approx(6.0)
    assert found.mean == pytest.approx(6.0 + rest.mean)
    assert found.probability == pytest.approx(rest.probability)


def asked(**changes: Any) -> Question:
    text = dict.fromkeys(("text", "criteria", "fallback", "source"), "invented")
    fields = {"node": "blockade", "states": ["full"], "mode": "sum", "indicator": "boardings",
              "over": "2 weeks", "above": 8, "by": day(28), "opens": day(0)}  # fmt: skip
    return Question(**text, **(fields | changes))


def test_a_question_on_a_sum_is_answered_with_its_distribution():
    parameters = harbour().priors.draw(DRAWS, seed=4)
    found = answer(harbour(), parameters, known(14), "q", asked(), as_of=day(14))
    direct = summed("boardings", 2, 8.0, by=28, until=14)
    assert found.band.probability == pytest.approx(direct.probability.mean())
    assert found.total is not None
    assert found.total.quantiles == direct.quantiles
    assert found.dates == [day(28)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"over": "10 days"}, "10 days are not whole steps"),
        ({"by": day(30)}, "is not the end of a step of 7 days"),
        ({"over": "8 weeks"}, "begin before the brief"),
        ({"above": None}, "a sum without a threshold"),
        ({"over": None}, "'sum' goes with over and above"),
        ({"indicator": "patrols"}, "patrols is of kind presence"),
        ({"indicator": None}, "without an indicator"),
        ({"indicator": "freight", "node": "talks"}, "freight does not point at 'talks'"),
    ],
)
def test_a_sum_that_cannot_be_asked_is_refused(changes, said):
    from forecast.beliefs.references import references

    one = asked(**changes)
    values = harbour_values()
    beliefs = Beliefs.model_validate(values).model_copy(update={"questions": {"q": one}})
    found = " ".join(str(finding) for finding in references(beliefs))
    assert said in found


def test_the_language_reads_a_sum():
    beliefs = harbour().beliefs
    for text in ("sum of boardings over 2 weeks > 8 by 2020-02-03",
                 "sum of boardings over 14d above 8 by 2020-02-03"):  # fmt: skip
        read = read_question(text, beliefs, as_of=day(14))
        assert read.head == Sum("boardings", 14, 8.0, dt.date(2020, 2, 3))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sum boardings over 2 weeks > 8 by 2020-02-03", "'boardings' stands where 'of' should"),
        ("sum of boarding over 2 weeks > 8 by 2020-02-03", "did you mean 'boardings'?"),
        ("sum of patrols over 2 weeks > 8 by 2020-02-03", "is of kind presence"),
        ("sum of boardings over 2 > 8 by 2020-02-03", "is not a period"),
        ("sum of boardings over 10 days > 8 by 2020-02-03", "give a multiple of 7 days"),
        ("sum of boardings over 2 weeks > many by 2020-02-03", "'many' is not a number"),
        ("sum of boardings over 2 weeks > 8 by 2020-02-05", "give 2020-02-03 or 2020-02-10"),
        ("sum of boardings over 2 weeks > 8 by 2020-02-03 given talks is open on 2020-02-03",
         "a sum is asked alone"),
    ],
)  # fmt: skip
def test_a_sum_that_cannot_be_read_is_refused_in_one_line(text, said):
    with pytest.raises(BeliefsError, match=r"^question ") as refused:
        read_question(text, harbour().beliefs, as_of=day(14))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_states_of_a_question_on_a_day_sum_to_one_and_hold_its_answer():
    """The whole distribution behind a question of mode is."""
    encoding = encoding_of(harbour_values())
    one = asked(mode="is", indicator=None, over=None, above=None, by=day(24))
    parameters = encoding.priors.draw(DRAWS, seed=4)
    found = answer(encoding, parameters, known(14), "q", one, as_of=day(14))
    assert found.states is not None
    assert list(found.states) == list(encoding.beliefs.nodes["blockade"].states)
    assert sum(found.states.values()) == pytest.approx(1.0)
    assert found.states["full"] == pytest.approx(found.band.probability)


def test_a_large_network_is_answered_with_fewer_draws_that_carry_all_weights(monkeypatch):
    """One draw stands for a few neighbours, with the weight of all of them."""
    from forecast.analysis import scenes

    parameters = harbour().priors.draw(5, seed=4)
    weights = np.array([0.1, 0.2, 0.3, 0.1, 0.3])
    asked = place_sum(harbour(), known(14), Sum("boardings", 14, 6.0, day(28)), as_of=day(14))
    full = sum_forecast(asked, parameters, weights=weights)
    for work in np.geomspace(1e2, 1e6, 60):  # until every second draw is used
        monkeypatch.setattr(scenes, "_WORK", work)
        few = sum_forecast(asked, parameters, weights=weights)
        if len(few.weights) == 3:
            break
    np.testing.assert_allclose(few.weights, [0.3, 0.4, 0.3])
    np.testing.assert_allclose(few.probability, full.probability[[0, 2, 4]])
