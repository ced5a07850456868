"""Answers to questions equal the sum over all paths."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.answering import Answer, answer
from forecast.beliefs import Question
from forecast.inference.observations import observe
from forecast.network import Evidence
from tests.inference.samples import day, harbour, report, window
from tests.network.enumeration import Enumeration, all_states
from tests.network.strategies import examples

ROWS = [report("patrols", 3), report("communique", 11, grade="A1"), report("freight", 9, value=6.0)]
DRAWS = 2
PLACES = {"blockade": 0, "election": 1, "talks": 2}
Mode = Literal["reaches", "is"]


def question(
    mode: Mode,
    by: dt.date,
    node: str = "blockade",
    states: tuple[str, ...] = ("full",),
    **more: Any,
) -> Question:
    """A question about the harbour."""
    text = dict.fromkeys(("text", "criteria", "fallback", "source"), "invented")
    opens = more.get("opens", day(0))
    return Question(node=node, states=states, mode=mode, by=by, opens=opens, **text)


def evidence_until(until: int) -> Evidence:
    """The reports known by a day, with looking every day."""
    return observe(harbour(), ROWS, [window(1, 60)], as_of=day(until))


def ask(asked: Question, *, until: int = 14, draws: int = DRAWS) -> Answer:
    """Answer from draws of the priors."""
    parameters = harbour().priors.draw(draws, seed=4)
    return answer(harbour(), parameters, evidence_until(until), "q", asked, as_of=day(until))


def by_paths(asked: Question, steps: int, *, opens: int = 0, until: int = 14) -> Any:
    """Probability of yes at the opening and every step since: (steps - opens + 1, draws)."""
    place = PLACES[asked.node]
    wanted = harbour().state_numbers(asked.node, asked.states)
    inside = np.array([state[place] in wanted for state in all_states(harbour().network)])
    parameters = harbour().priors.draw(DRAWS, seed=4)
    columns = []
    for d in range(DRAWS):
        every = Enumeration(
            harbour().network, parameters.take(slice(d, d + 1)), evidence_until(until), 7.0
        )
        lengths = range(opens, steps + 1)
        known = len(every.seen)  # all the evidence counts, also that after the date
        if asked.mode == "is":
            columns.append([every.paths(max(n, known)).marginal(n)[inside].sum() for n in lengths])
        else:
            waiting = every.not_reached(lengths, {place: wanted}, opens, known=known)
            whole = [every.paths(max(n, known)).total for n in lengths]
            columns.append(list(1.0 - np.array(waiting) / whole))
    return np.array(columns).T


@pytest.mark.parametrize("mode", ["reaches", "is"])
@pytest.mark.parametrize("node", ["blockade", "talks", "election"])
def test_an_answer_is_the_sum_over_all_paths(mode: Mode, node: str) -> None:
    """Two steps of evidence and one ahead: at every date, over both draws."""
    states = {"blockade": ("full",), "talks": ("open",), "election": ("called",)}[node]
    asked = question(mode, day(21), node, states)
    found = ask(asked)
    expected = by_paths(asked, 3)
    assert found.dates == [day(0), day(7), day(14), day(21)]
    np.testing.assert_allclose(found.curve.probability, expected.mean(axis=1), rtol=1e-9)
    np.testing.assert_allclose(found.curve.hi80, np.quantile(expected, 0.9, axis=1), rtol=1e-9)
    assert found.band == found.curve.at(-1)


@pytest.mark.parametrize("mode", ["reaches", "is"])
def test_a_deadline_within_a_step_is_interpolated(mode: Mode) -> None:
    """Day 17 is three sevenths of the way from day 14 to day 21."""
    asked = question(mode, day(17), states=("partial", "full"))
    found = ask(asked)
    expected = by_paths(asked, 3)
    between = expected[2] + 3 / 7 * (expected[3] - expected[2])
    assert found.dates == [day(0), day(7), day(14), day(17)]
    assert found.band.probability == pytest.approx(between.mean(), rel=1e-9)
    np.testing.assert_allclose(found.curve.probability[:-1], expected[:-1].mean(axis=1), rtol=1e-9)


@pytest.mark.parametrize("mode", ["reaches", "is"])
def test_a_question_that_opens_later_counts_from_there(mode: Mode) -> None:
    """What was reached before the opening and left again does not count."""
    asked = question(mode, day(21), opens=day(7))
    found = ask(asked)
    assert found.dates == [day(7), day(14), day(21)]
    expected = by_paths(asked, 3, opens=1)
    np.testing.assert_allclose(found.curve.probability, expected.mean(axis=1), rtol=1e-9)


@examples(max_examples=60)
@given(early=st.integers(8, 200), later=st.integers(0, 200), until=st.integers(1, 21))
def test_a_later_deadline_is_no_less_probable(early: int, later: int, until: int) -> None:
    """Beyond the evidence, reached by a date implies reached by any later date."""
    after = max(early, until)
    first = ask(question("reaches", day(after)), until=until, draws=3)
    second = ask(question("reaches", day(after + later)), until=until, draws=3)
    assert second.band.probability >= first.band.probability - 1e-12
    known = sum(date <= day(until + 6) for date in second.dates)
    assert (np.diff(second.curve.probability[known:]) >= -1e-12).all()


@examples(max_examples=60)
@given(by=st.integers(1, 250), until=st.integers(1, 21))
def test_exclusive_states_share_certainty(by: int, until: int) -> None:
    """Being in each state of a node on a date sums to one, on any date."""
    shares = [
        ask(question("is", day(by), states=(state,)), until=until, draws=3).band.probability
        for state in ("none", "partial", "full")
    ]
    assert sum(shares) == pytest.approx(1.0, abs=1e-12)


@examples(max_examples=40)
@given(by=st.integers(22, 250))
def test_reached_by_a_date_is_no_less_than_being_there(by: int) -> None:
    """And reaching one of two states is no less than reaching one of them."""
    reached = ask(question("reaches", day(by)), draws=3).band.probability
    there = ask(question("is", day(by)), draws=3).band.probability
    either = ask(question("reaches", day(by), states=("partial", "full")), draws=3).band.probability
    assert there - 1e-12 <= reached <= either + 1e-12


def test_more_draws_than_a_batch_are_all_counted() -> None:
    """The mean over 300 draws is the mean of the answers to each part of them."""
    asked = question("reaches", day(60))
    parameters = harbour().priors.draw(300, seed=4)
    seen = evidence_until(14)
    whole = answer(harbour(), parameters, seen, "q", asked, as_of=day(14))
    parts = [
        answer(harbour(), parameters.take(part), seen, "q", asked, as_of=day(14)).band.probability
        for part in (slice(0, 100), slice(100, 200), slice(200, 300))
    ]
    assert whole.band.probability == pytest.approx(np.mean(parts), rel=1e-12)


def test_a_question_is_past_from_its_deadline_on() -> None:
    """On the day itself it has passed; the eve is still ahead of it."""
    asked = question("reaches", day(14))
    assert [ask(asked, until=n).past for n in (13, 14, 15)] == [False, True, True]
