"""The record is scored from what was issued: by the days it stood, and only past the deadline."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from forecast.beliefs import load
from forecast.ledger import Ledger
from forecast.workflow.score_json import score_json
from forecast.workflow.scoring import score_record

TEMPLATE = Path(__file__).parents[2] / "forecast" / "workflow" / "template" / "priors.yaml"
QUESTION = "broken_by_end_2024"
BY = dt.date(2024, 12, 31)


@pytest.fixture
def beliefs():
    return load(TEMPLATE)


@pytest.fixture
def ledger():
    with Ledger.open(":memory:") as fresh:
        fresh.record_model(fingerprint="m1", content={})
        yield fresh


def issue(ledger, beliefs, day, probability, **changes):
    """Issue a forecast of the one question of the template."""
    asked = beliefs.questions[QUESTION].model_dump(mode="json")
    row = {"question": QUESTION, **asked, "probability": probability, **changes}
    return ledger.issue(
        as_of=day,
        model_fingerprint="m1",
        evidence_fingerprint=f"{day} {probability}",
        settings={},
        payload={"questions": [row]},
    )


def resolve(ledger, outcome, on):
    ledger.resolve(
        [{"question": QUESTION, "outcome": outcome, "resolved_on": on, "source": "a wire",
          "url": "", "note": ""}]
    )  # fmt: skip


def scored(beliefs, ledger, as_of=dt.date(2025, 2, 1), **others):
    return score_json(score_record(beliefs, ledger, as_of=as_of, others=others))


def test_forecasts_are_weighed_by_the_days_they_stood(beliefs, ledger):
    """0.2 for 60 days from the opening, then 0.6 for 40 until it was known to be true."""
    opens = beliefs.questions[QUESTION].opens
    issue(ledger, beliefs, opens, 0.2)
    issue(ledger, beliefs, opens + dt.timedelta(60), 0.9)
    issue(ledger, beliefs, opens + dt.timedelta(60), 0.6)  # issued last, so it counts
    issue(ledger, beliefs, opens + dt.timedelta(120), 0.99)  # after the outcome: not scored
    resolve(ledger, "yes", opens + dt.timedelta(100))
    found = scored(beliefs, ledger)
    assert found["brier"] == pytest.approx((60 * 0.64 + 40 * 0.16) / 100)
    [row] = found["questions"]
    assert (row["days"], row["life"], row["opening"], row["closing"]) == (100, 100, 0.2, 0.6)
    last = next(one for one in found["baselines"] if one["baseline"] == "last issue")
    assert (last["ours"], last["theirs"]) == (pytest.approx(0.16), pytest.approx(0.64))
    assert last["skill"] == pytest.approx(0.75)


def test_an_early_yes_waits_for_the_scheduled_deadline(beliefs, ledger):
    """Otherwise only what comes early would be scored early."""
    issue(ledger, beliefs, beliefs.questions[QUESTION].opens, 0.2)
    resolve(ledger, "yes", dt.date(2024, 4, 18))
    assert scored(beliefs, ledger, BY)["counts"]["scored"] == 0
    assert scored(beliefs, ledger, BY + dt.timedelta(1))["counts"]["scored"] == 1


@pytest.mark.parametrize("outcome", ["void", "open"])
def test_what_is_void_or_open_is_in_no_score(beliefs, ledger, outcome):
    issue(ledger, beliefs, beliefs.questions[QUESTION].opens, 0.2)
    resolve(ledger, "yes", BY)
    resolve(ledger, outcome, BY)
    found = scored(beliefs, ledger)
    assert found["counts"]["scored"] == 0
    assert found["counts"]["void"] == (outcome == "void")


def test_a_question_that_was_asked_otherwise_is_left_out(beliefs, ledger):
    issue(ledger, beliefs, beliefs.questions[QUESTION].opens, 0.2, by="2024-11-30")
    resolve(ledger, "no", BY)
    assert "asked otherwise" in scored(beliefs, ledger)["left"][0]["reason"]


def test_one_question_is_too_few_to_judge(beliefs, ledger):
    issue(ledger, beliefs, beliefs.questions[QUESTION].opens, 0.2)
    resolve(ledger, "no", BY)
    judged = scored(beliefs, ledger)["calibration"]
    assert judged["verdict"] == "too few to judge"
    assert (judged["murphy"], judged["corp"], judged["spiegelhalter"]) == (None, None, None)
