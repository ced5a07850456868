"""Numbers stated for questions: pooled with the model's, and carried on from their day."""

from __future__ import annotations

import copy
import datetime as dt
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from forecast.analysis.anchoring import MODEL_SD, Anchor, Anchoring, kappas
from forecast.analysis.answering import Answer, answers, ask
from forecast.beliefs.outcomes import Said
from forecast.beliefs.question_language import read_question
from forecast.inference.encoding import Encoding
from forecast.inference.observations import observe
from tests.inference.samples import day, encoding_of, harbour, harbour_values, report, window
from tests.network.enumeration import Enumeration, all_states, rate

ROWS = [report("patrols", 3), report("communique", 11, grade="A1")]
COVERAGE = [window(1, 60)]
DRAWS = 40
_TEXTS = dict.fromkeys(("source", "rationale"), "invented")


def with_questions(**questions: dict[str, Any]) -> Encoding:
    """The harbour with questions on its patrols."""
    values = harbour_values()
    about = {"node": "blockade", "states": ["full"], "mode": "reported", "indicator": "patrols"}
    texts = dict.fromkeys(("text", "criteria", "fallback", "source"), "invented")
    values["questions"] = {name: {**about, **texts, **one} for name, one in questions.items()}
    values["alerts"] = {}
    return encoding_of(values)


def point(probability: float, *, on: int = 0) -> dict[str, Any]:
    """A prior that is next to certain."""
    either = [float(expit(logit(probability) + d)) for d in (-1e-9, 1e-9)]
    return {"probability": either, "as_of": day(on), **_TEXTS}


def said(
    encoding: Encoding, *, until: int, crowd: tuple[Said, ...] = (), rows: Any = ROWS
) -> tuple[dict[str, Answer], dict[str, Anchor]]:
    """Answers and anchors as of a day, from draws of the priors."""
    evidence = observe(encoding, rows, COVERAGE, as_of=day(until))
    parameters = encoding.priors.draw(DRAWS, seed=4)
    anchoring = Anchoring(encoding, rows, COVERAGE, (), crowd, 4)
    anchors = anchoring.at(parameters, evidence, as_of=day(until))
    found = answers(
        encoding, parameters, evidence, encoding.beliefs.questions,
        as_of=day(until), kappa=kappas(anchors),
    )  # fmt: skip
    return {one.name: one for one in found}, anchors


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("stated", [0.02, 0.7, 0.97])
def test_a_point_prior_is_reproduced(stated: float, count: int) -> None:
    """Whatever number of reports is asked for, the rates being uncertain."""
    asked = {"by": day(60), "opens": day(0), "at_least": count, "prior": point(stated)}
    found, _ = said(with_questions(q=asked), until=0)
    assert found["q"].band.probability == pytest.approx(stated, abs=1e-12)
    assert found["q"].alone != pytest.approx(stated, abs=0.01)


def test_a_wide_prior_is_pooled_by_precision_on_the_log_odds() -> None:
    prior = {"probability": [0.5, 0.9], "as_of": day(0), **_TEXTS}
    found, anchors = said(with_questions(q={"by": day(60), "prior": prior}), until=0)
    centre = (logit(0.5) + logit(0.9)) / 2
    sd = (logit(0.9) - logit(0.5)) / (2 * 1.6448536269514722)
    weight = MODEL_SD**2 / (MODEL_SD**2 + sd**2)
    alone = found["q"].alone
    assert alone is not None
    expected = expit(weight * centre + (1 - weight) * logit(alone))
    assert found["q"].band.probability == pytest.approx(expected, abs=1e-12)
    assert anchors["q"].model_then == pytest.approx(alone, abs=1e-12)


def test_a_reference_class_is_its_empirical_logit() -> None:
    prior = {"yes": 37, "of": 142, "as_of": day(0), **_TEXTS}
    encoding = with_questions(q={"by": day(60), "prior": prior})
    found = encoding.beliefs.questions["q"].prior
    assert found is not None
    assert found.log_odds.mean == pytest.approx(np.log(37.5 / 105.5))
    assert found.log_odds.sd == pytest.approx(np.sqrt(1 / 37.5 + 1 / 105.5))


def test_without_anything_stated_all_is_as_it_was() -> None:
    """To the last bit, also beside a question that has a prior."""
    plain, _ = said(with_questions(q={"by": day(60)}, r={"by": day(60), "share": 0.5}), until=14)
    prior = {"by": day(60), "share": 0.5, "prior": point(0.7)}
    beside, anchors = said(with_questions(q={"by": day(60)}, r=prior), until=14)
    assert set(anchors) == {"r"}
    assert np.array_equal(beside["q"].curve.probability, plain["q"].curve.probability)
    assert beside["r"].alone == plain["r"].band.probability
    assert beside["q"].alone is None


@cache
def _paths(until: int, steps: int) -> list[tuple[Any, Any, Any]]:
    """Weight of every path of states, chance of a patrol in its later steps, and where it ends."""
    encoding = harbour()
    network = encoding.network
    known = observe(encoding, ROWS, COVERAGE, as_of=day(until))
    number = encoding.indicators.index("patrols")
    out = []
    for d in range(DRAWS):
        one = encoding.priors.draw(DRAWS, seed=4).take(slice(d, d + 1))
        paths = Enumeration(network, one, known, 7.0).paths(known.steps + steps)
        happens = np.array(
            [1 - np.exp(-7.0 * rate(network, one, number, s)) for s in all_states(network)]
        )
        later = paths.path[:, known.steps + 1 :]
        out.append((paths.weight / paths.total, happens[later], paths.path[:, -1]))
    return out


def test_kappa_of_two_counts_every_step_twice_as_over_all_paths() -> None:
    """A week known, and two to come."""
    encoding = with_questions(q={"by": day(21), "opens": day(7)})
    evidence = observe(encoding, ROWS, COVERAGE, as_of=day(7))
    parameters = encoding.priors.draw(DRAWS, seed=4)
    asked = encoding.beliefs.questions
    (found,) = answers(encoding, parameters, evidence, asked, as_of=day(7), kappa={"q": 2.0})
    expected = [1 - weight @ np.prod((1 - q) ** 2, axis=1) for weight, q, _ in _paths(7, 2)]
    assert found.band.probability == pytest.approx(np.mean(expected), abs=1e-12)


def test_a_part_that_counts_reports_counts_them_as_often_as_alone() -> None:
    """With a state beside it, and in what is given: by the sum over all paths, kappa being 2."""
    encoding = with_questions()
    evidence = observe(encoding, ROWS, COVERAGE, as_of=day(7))
    parameters = encoding.priors.draw(DRAWS, seed=4)
    seen: Any = encoding.beliefs.indicators["patrols"]
    place = encoding.nodes.index("blockade")
    full = np.array([state[place] == 2 for state in all_states(encoding.network)])
    both, reported = [], []
    for weight, q, ends in _paths(7, 2):
        came = weight * (1 - np.prod((1 - seen.detection * q) ** 2, axis=1))
        both.append(came @ full[ends])
        reported.append(came.sum())
    here, there = "at least 1 reports of patrols by 2020-01-27", "blockade is full on 2020-01-27"
    for text, expected in (
        (f"{here} and {there}", np.mean(both)),
        (f"{there} and {here}", np.mean(both)),
        (f"{there} given {here}", np.mean(both) / np.mean(reported)),
    ):
        asked = read_question(text, encoding.beliefs, as_of=day(7))
        found = ask(
            encoding, parameters, evidence, asked,
            weights=np.full(DRAWS, 1 / DRAWS), as_of=day(7), kappa=2.0,
        )  # fmt: skip
        assert found.probability[-1] @ found.weights == pytest.approx(expected, abs=1e-12)


@settings(max_examples=10, deadline=None)
@given(
    stated=st.floats(0.01, 0.99), until=st.integers(0, 40), first=st.integers(45, 80),
    more=st.integers(0, 60), share=st.sampled_from([1.0, 0.3]),
)  # fmt: skip
def test_a_later_deadline_is_never_less_probable(
    stated: float, until: int, first: int, more: int, share: float
) -> None:
    """Of the curve, and of a question with a later deadline that takes the anchor of another."""
    one = {"by": day(first), "share": share, "prior": point(stated)}
    found, anchors = said(
        with_questions(q=one, later={"by": day(first + more), "share": share}), until=until
    )
    assert np.all(np.diff(found["q"].curve.probability) >= -1e-12)
    assert found["later"].band.probability >= found["q"].band.probability - 1e-12
    assert anchors["later"].of == "q"


def test_an_anchor_is_taken_from_the_question_with_the_nearest_deadline() -> None:
    """And only where indicator and share are the same."""
    encoding = with_questions(
        near={"by": day(70), "prior": point(0.3)},
        far={"by": day(300), "prior": point(0.9)},
        asked={"by": day(80)},
        other={"by": day(80), "share": 0.5},
    )
    _, anchors = said(encoding, until=0)
    assert anchors["asked"].of == "near"
    assert anchors["asked"].kappa == anchors["near"].kappa
    assert "other" not in anchors


def test_what_is_stated_later_counts_from_its_day_on_and_on_what_was_known_then() -> None:
    """The last word counts, be it the prior or a row of the crowd."""
    encoding = with_questions(q={"by": day(90), "prior": point(0.7, on=7)})
    crowd = (Said("q", day(28), 0.6, "a market", 0.0), Said("q", day(42), 0.9, "a market"))
    assert said(encoding, until=6, crowd=crowd)[1] == {}
    for until, stated in ((7, "prior"), (27, "prior"), (28, "crowd"), (41, "crowd")):
        _, anchors = said(encoding, until=until, crowd=crowd)
        assert anchors["q"].stated.said == stated
    found, _ = said(encoding, until=28, crowd=crowd)
    assert found["q"].band.probability == pytest.approx(0.6, abs=1e-12)
    late = [*ROWS, report("patrols", 20, reported=35)]
    assert said(encoding, until=28, crowd=crowd, rows=late)[1]["q"] == pytest.approx(
        said(encoding, until=28, crowd=crowd)[1]["q"]
    )


def test_kappa_hardly_depends_on_the_day_it_is_found() -> None:
    """The draws of a later day stand in for those of the day itself."""
    encoding = with_questions(q={"by": day(120), "prior": point(0.7, on=14)})
    then, now = (said(encoding, until=until)[1]["q"].kappa for until in (14, 42))
    assert now == pytest.approx(then, rel=0.1)


def test_a_crowd_beside_a_question_about_states_moves_nothing() -> None:
    asked = {"mode": "reaches", "indicator": None, "by": day(90)}
    encoding = with_questions(q=asked)
    found, anchors = said(encoding, until=14, crowd=(Said("q", day(7), 0.9),))
    plain, _ = said(encoding, until=14)
    assert found["q"].band == plain["q"].band
    assert anchors["q"].kappa is None


def test_where_the_record_says_more_than_was_stated_nothing_more_can_come() -> None:
    """And the number stays what the record makes it."""
    rows = [report("patrols", 3, grade="A1")]
    encoding = with_questions(q={"by": day(60), "prior": point(0.05, on=14)})
    found, anchors = said(encoding, until=14, rows=rows)
    assert anchors["q"].kappa == 0.0
    assert found["q"].band.probability == pytest.approx(0.84, abs=1e-12)


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        ({"probability": 0.7}, "0.7 is not a probability"),
        ({"probability": [0.9, 0.2]}, "must rise"),
        ({"yes": 3}, "a reference class is two numbers"),
        ({"yes": 5, "of": 3}, "5 of 3 came"),
        ({}, "give either a probability"),
        ({"probability": [0.1, 0.2], "yes": 1, "of": 3}, "give either a probability"),
        ({"probability": [0.1, 0.2], "source": ""}, "at least 1 character"),
    ],
)
def test_a_prior_that_says_nothing_is_refused(prior: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        with_questions(q={"by": day(60), "prior": {"as_of": day(0), **_TEXTS, **prior}})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "reaches", "indicator": None}, "forecast elicit"),
        ({"prior": {**point(0.5), "as_of": day(60)}}, "before the deadline"),
        ({"prior": {**point(0.5), "as_of": day(-1)}}, "before the deadline"),
    ],
)
def test_a_prior_out_of_place_is_told_with_the_way_out(
    change: dict[str, Any], message: str
) -> None:
    from forecast.beliefs.references import references

    encoding = with_questions(q={"by": day(60), "prior": point(0.5), **copy.deepcopy(change)})
    (problem,) = references(encoding.beliefs)
    assert message in problem.allowed + problem.came


def test_days_are_days() -> None:
    """The default day is the brief's."""
    prior = {"probability": [0.1, 0.2], **_TEXTS}
    found = with_questions(q={"by": day(60), "prior": prior}).beliefs.questions["q"].prior
    assert found is not None
    assert found.as_of == day(0) == dt.date(2020, 1, 6)
