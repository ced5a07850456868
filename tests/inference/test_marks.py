"""A report of a move moves the node by its credibility, as often as it happens."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from forecast.analysis.answering import answers
from forecast.analysis.explanation import quiet, unseen
from forecast.beliefs import load
from forecast.inference.encoding import Encoding, encode
from forecast.inference.laplace import approximate
from forecast.inference.model import PARAMETERS
from forecast.inference.observations import observe
from forecast.inference.tracking import appraise, log_likelihood
from forecast.network import Evidence, Parameters, gradient
from tests.inference.samples import day, encoding_of, report, window
from tests.inference.test_op import arguments, compiled_op

TRUCE = Path(__file__).parent / "data" / "truce.yaml"
UNTIL = 182
STATES = ("war", "truce", "peace")


@cache
def truce() -> Encoding:
    """The invented truce as arrays."""
    return encode(load(TRUCE))


def known(*rows, encoding=None, until=UNTIL) -> Evidence:
    """What is known after half a year in which somebody always looked."""
    return observe(encoding or truce(), rows, [window(0, until)], as_of=day(until))


@cache
def middle(encoding=None) -> Parameters:
    """One draw: every rate at its prior median."""
    priors = (encoding or truce()).priors
    values = {name: block.median()[:, None] for name, (_, block) in priors.blocks.items()}
    weights = np.array(priors.weights)
    shares = [weights[part] / weights[part].sum() for part in priors.node_slices()]
    return priors.parameters({"initial": np.concatenate(shares)[:, None], **values})


def stands(evidence: Evidence) -> dict[str, float]:
    """Where the front stands, at the prior medians."""
    return dict(zip(STATES, appraise(truce(), middle(), evidence).probability[:3, 0], strict=True))


def test_a_truce_three_weeks_old_stands_at_the_credibility_of_its_report():
    """Reported A1 (c = .84), and nothing since: it is about as probable as the report is good."""
    found = stands(known(report("truce_takes_effect", 161, grade="A1")))
    assert found["truce"] + found["peace"] == pytest.approx(0.84, abs=0.01)


@pytest.mark.parametrize(("grade", "credible"), [("A1", 0.84), ("B2", 0.48), ("C3", 0.08)])
def test_a_move_just_reported_is_as_probable_as_the_report_is_credible(grade, credible):
    """``P(m | report) = c + (1 - c) P(m)`` where the node stood in the state that is left."""
    sure = {"truce_takes_effect": report("truce_takes_effect", 5, grade=grade)}
    encoding = truce()
    p = middle().initial.copy()
    p[:3, 0] = [1.0, 0.0, 0.0]
    at_war = Parameters(**{**vars(middle()), "initial": p})
    evidence = observe(encoding, sure.values(), [], as_of=day(7))
    hazard = encoding.priors.log_hazard.mean[0]
    moved = -np.expm1(-7.0 * np.exp(hazard))
    found = appraise(encoding, at_war, evidence).probability[0, 0]
    # a truce that ends within its first week stands at war again
    assert 1.0 - found == pytest.approx(credible + (1 - credible) * moved, abs=0.012)


def test_a_state_that_begins_ends_and_begins_again_is_followed():
    """Each report moves it: up, down and up again, though reported states would have piled up."""
    begins, again = report("truce_takes_effect", 30, grade="A1"), "truce_takes_effect"
    ends = report("truce_ends", 60, grade="A1")
    first = stands(known(begins, until=56))
    second = stands(known(begins, ends, until=84))
    third = stands(known(begins, ends, report(again, 150, grade="A1")))
    assert first["truce"] > 0.8
    assert second["war"] > 0.8
    assert third["truce"] > 0.8


def test_a_truce_that_begins_and_ends_within_one_week_is_both():
    """The grid sees no move at all; the reports of both moves are still taken as true."""
    both = report("truce_takes_effect", 29, grade="A1"), report("truce_ends", 34, grade="A1")
    silent, together = (appraise(truce(), middle(), known(*r, until=35)) for r in ((), both))
    assert together.probability[0, 0] > 0.7
    false = np.prod((1 - 0.84) * truce().network.average[:2])
    ratio = np.exp(together.log_likelihood - silent.log_likelihood)[0]
    assert ratio > 15 * false  # the two reports are seldom both false


def test_silence_of_a_move_keeps_a_node_where_it_is():
    """Looked for in vain for half a year, a truce has hardly begun; unlooked for, it may have."""
    looked, not_looked = known(), observe(truce(), [], [], as_of=day(UNTIL))
    assert stands(looked)["war"] > 0.96
    assert stands(not_looked)["war"] < 0.9


def test_what_is_coupled_follows():
    """Trade is more probable half a year after a truce took effect."""
    with_truce = appraise(truce(), middle(), known(report("truce_takes_effect", 9, grade="A1")))
    without = appraise(truce(), middle(), known())
    assert with_truce.probability[4, 0] > 1.5 * without.probability[4, 0]


def test_the_compiled_model_is_the_filter_with_its_gradient():
    """The Op gives the log-likelihood and every slope."""
    rows = report("truce_takes_effect", 30, grade="A1"), report("truce_ends", 90)
    evidence, encoding = known(*rows), truce()
    (component,) = encoding.components
    function = compiled_op(component.tables)
    p = encoding.priors.draw(3, seed=7)
    total, slopes = gradient(component.tables, p, evidence, step=encoding.step)
    for d in range(3):
        value, *found = function(*arguments(p, evidence, d))
        assert float(value) == pytest.approx(total[d], rel=1e-12)
        for name, part in zip(PARAMETERS, found, strict=True):
            expected = getattr(slopes, name)[:, d]
            np.testing.assert_allclose(part, expected, rtol=1e-10, atol=1e-12, err_msg=name)


def test_the_quick_posterior_learns_the_hazard_of_a_move():
    """Three truces in half a year make their hazard higher than none do."""
    many = [report("truce_takes_effect", 20 + 50 * n, grade="A1") for n in range(3)]
    many += [report("truce_ends", 40 + 50 * n, grade="A1") for n in range(3)]
    taught, blank = (approximate(truce(), known(*rows)).draw(400, seed=1) for rows in (many, []))
    assert taught.log_hazard[0].mean() > blank.log_hazard[0].mean() + 0.5


def test_a_question_about_a_move_is_answered_from_its_hazard():
    """No report of a truce in twelve weeks: what the filter makes of so much silence."""
    encoding, evidence = truce(), known()
    question = encoding.beliefs.questions["truce_by_autumn"]
    asked = {"q": question.model_copy(update={"by": day(UNTIL + 84), "opens": day(UNTIL)})}
    (found,) = answers(encoding, middle(), evidence, asked, as_of=day(UNTIL))
    longer = known(until=UNTIL)
    silence = observe(
        encoding, [], [window(0, UNTIL), window(UNTIL + 1, UNTIL + 84, "truce_takes_effect", 1.0)],
        as_of=day(UNTIL + 84),
    )  # fmt: skip
    ratio = log_likelihood(encoding, middle(), silence) - log_likelihood(encoding, middle(), longer)
    assert found.band.probability == pytest.approx(1.0 - np.exp(ratio[0]), abs=1e-12)


def test_silence_of_a_move_is_explained():
    """How probable a report would have been, and what its absence did to the front."""
    encoding, evidence = truce(), known()
    number = encoding.indicators.index("truce_takes_effect")
    assert number in quiet(encoding, evidence, since=13)
    draws = encoding.priors.draw(200, seed=1)
    (found,) = unseen(encoding, draws, evidence, [number], since=13, weights=np.full(200, 1 / 200))
    assert 0.05 < found.chance < 0.4
    assert found.effect[0] > 0.02


def test_without_the_move_the_same_report_leaves_the_truce_at_its_rate():
    """Coded as pointing at the truce, a report three weeks old says only that it is frequent then.

    It is the reason for indicators of a move: the same A1 report leaves it far from its worth.
    """
    values = load(TRUCE).model_dump(mode="json", by_alias=True)
    text = {"label": "x", "description": "x", "source": "x", "rationale": "x"}
    values["indicators"]["truce_takes_effect"] = {
        "points_at": [{"node": "front", "states": ["truce"], "rarer": [20, 200]}],
        "within": "12 months", "probability": [0.8, 0.95], "detection": 0.95, **text,
    }  # fmt: skip
    values["questions"] = {}
    values["brief"]["as_of"] = dt.date(2020, 1, 6)
    other = encoding_of(values)
    evidence = known(report("truce_takes_effect", 161, grade="A1"), encoding=other)
    found = appraise(other, middle(other), evidence).probability[1:3, 0].sum()
    assert found == pytest.approx(0.59, abs=0.01)
