"""Draws become probabilities, bands and dates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.answering import Curve
from forecast.analysis.readout import Reading, read_out
from forecast.inference.observations import steps_until
from forecast.inference.tracking import knowledge, track
from tests.inference.samples import (
    day,
    encoding_of,
    harbour,
    harbour_values,
    report,
    window,
)
from tests.network.enumeration import initial_vector, step_matrix
from tests.network.strategies import examples

ROWS = [report("patrols", 3), report("accord", 12, reported=24, grade="A1"), report("notices", 20)]
COVERAGE = [window(1, 60)]
UNTIL, HORIZON, DRAWS = 25, 5, 40
LAST = day(UNTIL + 35)  # four days into the last step


def knowledge_of(until: int) -> Any:
    """What was known of the harbour at the end of each step."""
    steps = steps_until(harbour(), day(until))
    return knowledge(harbour(), ROWS, COVERAGE, as_of=day(until), steps=steps)


def reading_of(until: int, *, seed: int = 3) -> Reading:
    """Read the harbour out of draws from its priors."""
    parameters = harbour().priors.draw(DRAWS, seed=1)
    known = knowledge_of(until)
    return read_out(
        harbour(), parameters, known, as_of=day(until), horizon=day(until + 35), seed=seed
    )


@pytest.fixture(scope="module")
def reading() -> Reading:
    """As of day 25, in the middle of the fourth step."""
    return reading_of(UNTIL)


@examples(max_examples=50)
@given(st.integers(1, 4), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_a_curve_is_the_mean_and_the_quantiles(dates: int, draws: int, seed: int) -> None:
    """The bands are NumPy's quantiles at 25, 75, 10 and 90 %."""
    values = np.random.default_rng(seed).random((dates, draws))
    curve = Curve.of(values)
    for name, expected in (
        ("probability", values.mean(axis=1)),
        ("lo50", np.quantile(values, 0.25, axis=1)),
        ("hi50", np.quantile(values, 0.75, axis=1)),
        ("lo80", np.quantile(values, 0.10, axis=1)),
        ("hi80", np.quantile(values, 0.90, axis=1)),
    ):
        np.testing.assert_allclose(getattr(curve, name), expected, rtol=1e-12)
        assert getattr(curve.at(-1), name) == getattr(curve, name)[-1]
    assert (curve.lo80 <= curve.lo50).all()
    assert (curve.lo50 <= curve.hi50).all()
    assert (curve.hi50 <= curve.hi80).all()


def test_one_draw_has_no_band() -> None:
    """Where the rates are known, every end of every band is the probability."""
    curve = Curve.of(np.array([[0.2], [0.7]]))
    for name in ("probability", "lo50", "hi50", "lo80", "hi80"):
        assert getattr(curve, name).tolist() == [0.2, 0.7]


def test_dates_run_from_the_brief_over_today_to_the_horizon(reading: Reading) -> None:
    """Steps end every seven days; the present and the horizon are days within a step."""
    expected = [*(day(n) for n in (0, 7, 14, 21, UNTIL, 35, 42, 49, 56)), LAST]
    assert reading.dates == expected
    assert reading.dates[reading.now] == day(UNTIL)


def test_headlines_are_the_track_summed_over_their_states(reading: Reading) -> None:
    """Mean and quantiles over draws of the sum of the headline states."""
    parameters = harbour().priors.draw(DRAWS, seed=1)
    found = track(harbour(), parameters, knowledge_of(UNTIL), horizon=HORIZON).probability
    found[-1] = found[-2] * 3 / 7 + found[-1] * 4 / 7
    names = harbour().priors.node_states
    for node, states in (
        ("blockade", ["partial", "full"]),
        ("election", ["called"]),
        ("talks", ["open"]),
    ):
        draws = sum(found[:, names.index(f"{node}.{state}")] for state in states)
        curve = reading.headline[node]
        np.testing.assert_allclose(curve.probability, draws.mean(axis=1), rtol=1e-12)
        np.testing.assert_allclose(curve.lo80, np.quantile(draws, 0.1, axis=1), rtol=1e-9)
        np.testing.assert_allclose(curve.hi50, np.quantile(draws, 0.75, axis=1), rtol=1e-9)
        assert curve.probability.shape == (len(reading.dates),)


def test_states_of_a_node_sum_to_one_on_every_date(reading: Reading) -> None:
    """Exclusive states share certainty; the headline is some of them."""
    for name, node in harbour().beliefs.nodes.items():
        shares = {state: reading.states[f"{name}.{state}"] for state in node.states}
        np.testing.assert_allclose(sum(shares.values()), 1.0, rtol=1e-12)
        head = sum(shares[state] for state in node.headline)
        np.testing.assert_allclose(reading.headline[name].probability, head, rtol=1e-12)


def test_no_news_is_the_forecast_of_the_brief_alone(reading: Reading) -> None:
    """Powers of SciPy's matrix, averaged over the draws from the priors that the seed names."""
    prior = harbour().priors.draw(DRAWS, seed=3)
    network = harbour().network
    opens = np.array([z % 2 for z in range(network.joint_size)])  # talks is the last node
    expected = np.zeros(len(reading.dates))
    for d in range(DRAWS):
        p = prior.take(slice(d, d + 1))
        now, matrix = initial_vector(network, p), step_matrix(network, p, 7.0)
        for at in range(len(expected)):
            expected[at] += (now @ opens) / DRAWS
            now = now @ matrix
    expected[-1] = expected[-2] * 3 / 7 + expected[-1] * 4 / 7
    np.testing.assert_allclose(reading.no_news["talks"], expected, rtol=1e-9)


def test_no_news_does_not_depend_on_the_reports(reading: Reading) -> None:
    """It is the same curve as of the brief's date, with another number of steps known."""
    before = reading_of(4)
    for node in harbour().nodes:
        shared = min(len(before.no_news[node]), len(reading.no_news[node])) - 1
        np.testing.assert_allclose(
            before.no_news[node][:shared], reading.no_news[node][:shared], rtol=1e-12
        )


def test_on_the_day_of_the_brief_it_reads_the_priors() -> None:
    """With no step known, history is one date and the forecast begins there."""
    opening = reading_of(0)
    assert opening.now == 0
    assert opening.dates[0] == day(0)
    assert len(opening.dates) == HORIZON + 1
    prior = harbour().priors.draw(DRAWS, seed=1)
    names = harbour().priors.node_states
    for name in names:
        mean = prior.initial[names.index(name)].mean()
        assert opening.states[name][0] == pytest.approx(mean)


def test_a_question_due_today_is_todays_probability() -> None:
    """On its deadline, `is` reads the present with all that is known, also within a step."""
    values = harbour_values()
    values["questions"] = {
        "now": values["questions"]["talking_in_june"] | {"by": day(UNTIL).isoformat()}
    }
    encoding = encoding_of(values)
    parameters = encoding.priors.draw(DRAWS, seed=1)
    known = knowledge_of(UNTIL)
    found = read_out(encoding, parameters, known, as_of=day(UNTIL), horizon=day(UNTIL + 14), seed=1)
    now = found.headline["talks"].at(found.now)
    assert found.answers[0].band.probability == pytest.approx(now.probability, rel=1e-12)


def test_every_question_is_answered_in_order(reading: Reading) -> None:
    """One answer for each question of the file."""
    assert [each.name for each in reading.answers] == ["full_by_june", "talking_in_june"]
    assert not any(each.past for each in reading.answers)


@pytest.mark.parametrize("ahead", [1, 2, 3, 4, 10, 31, 36])
def test_the_horizon_is_the_very_day_and_says_what_a_question_about_it_says(ahead: int) -> None:
    """Also where it lies in the step of the as-of date, or a day before or after a step ends."""
    last = day(UNTIL + ahead)
    values = harbour_values()
    values["questions"] = {
        "then": values["questions"]["talking_in_june"] | {"by": last.isoformat()}
    }
    encoding = encoding_of(values)
    parameters = encoding.priors.draw(DRAWS, seed=1)
    known = knowledge_of(UNTIL)
    found = read_out(encoding, parameters, known, as_of=day(UNTIL), horizon=last, seed=1)
    assert found.dates[-1] == last
    then = found.headline["talks"].at(-1)
    assert found.answers[0].band.probability == pytest.approx(then.probability, rel=1e-12)
