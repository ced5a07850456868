"""The record is scored from what was issued: by the days it stood, and only past the deadline."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from forecast.beliefs import load
from forecast.judge.score import first_forecasts, score_record
from forecast.judge.score_values import clip_text, scores_of, set_text
from forecast.ledger import Ledger
from forecast.project.project import today
from forecast.scoring.rules import scorable

TEMPLATE = Path(__file__).parents[2] / "forecast" / "project" / "template" / "priors.yaml"
QUESTION = "broken_by_end_2024"
BY = dt.date(2024, 12, 31)


@pytest.fixture
def beliefs():
    return load(TEMPLATE)


@pytest.fixture
def ledger():
    with Ledger.open(":memory:") as fresh:
        fresh.models.record(fingerprint="m1", content={})
        yield fresh


def issue(ledger, beliefs, day, probability, **changes):
    """Issue a forecast of the one question of the template."""
    asked = beliefs.questions[QUESTION].model_dump(mode="json")
    row = {"question": QUESTION, **asked, "probability": probability, **changes}
    return ledger.issues.record(
        as_of=day,
        model_fingerprint="m1",
        evidence_fingerprint=f"{day} {probability}",
        settings={},
        payload={"questions": [row]},
    )


def resolve(ledger, outcome, on):
    ledger.resolutions.record(
        [{"question": QUESTION, "outcome": outcome, "resolved_on": on, "source": "a wire",
          "url": "", "note": ""}]
    )  # fmt: skip


def scored(beliefs, ledger, as_of=dt.date(2025, 2, 1), **others):
    return scores_of(score_record(beliefs, ledger, as_of=as_of, others=others)).plain()


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


@pytest.mark.parametrize("on", [None, dt.date(2024, 3, 1)])
def test_a_question_whose_first_forecast_came_too_late_is_left_out(beliefs, ledger, on):
    """After the deadline, or after the world knew the outcome."""
    asked = beliefs.questions[QUESTION]
    issue(ledger, beliefs, (on or BY) + dt.timedelta(10), 0.2)
    resolve(ledger, "yes", on or asked.by)
    found = scored(beliefs, ledger)
    assert found["counts"]["scored"] == 0
    assert found["left"][0]["reason"] == "no forecast stood while it was open"
    assert (found["brier"], found["clipped"]) == (None, {"forecasts": 0, "moved": 0})
    assert first_forecasts(beliefs, ledger, as_of=dt.date(2025, 2, 1)) == ([], None)


def test_outcomes_of_questions_that_are_gone_are_passed_over(beliefs, ledger):
    """Somebody took a question out of priors.yaml after it was resolved."""
    issue(ledger, beliefs, beliefs.questions[QUESTION].opens, 0.2)
    resolve(ledger, "yes", BY)
    fewer = beliefs.model_copy(update={"questions": {}})
    found = scored(fewer, ledger)
    assert (found["counts"], found["left"]) == ({"scored": 0, "void": 0, "left": 0}, [])


def test_a_corrected_outcome_is_scored_as_corrected(beliefs, ledger):
    issue(ledger, beliefs, beliefs.questions[QUESTION].opens, 0.2)
    resolve(ledger, "yes", BY)
    resolve(ledger, "no", BY)
    assert scored(beliefs, ledger)["brier"] == pytest.approx(0.04)


def test_forecasts_printed_as_certain_are_counted(beliefs, ledger):
    """0 and 1 are moved, 0.00001 is taken at its word; what came too late does not count."""
    opens = beliefs.questions[QUESTION].opens
    for number, p in enumerate((0.00001, 0.0, 0.3, 1.0)):
        issue(ledger, beliefs, opens + dt.timedelta(10 * number), p)
    resolve(ledger, "no", BY)
    found = scored(beliefs, ledger)
    assert found["clipped"] == {"forecasts": 4, "moved": 2}
    resolve(ledger, "yes", opens + dt.timedelta(25))
    assert scored(beliefs, ledger)["clipped"] == {"forecasts": 3, "moved": 1}
    assert "1 of 3 forecasts that stood" in clip_text(scored(beliefs, ledger))
    assert [one["clipped"] for one in scored(beliefs, ledger)["leads"]] == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("came", ["gone", "ten"])
def test_what_came_under_a_name_that_is_gone_scores_no_distribution(came):
    assert not scorable({"states": {"low": 0.4, "high": 0.6}}, came)
    assert not scorable({"states": None, "quantiles": [1.0]}, came)


def test_a_set_written_after_its_outcomes_is_called_that(beliefs, ledger):
    """By the day the project first recorded the question as it is asked, not by its own dates."""
    opens = beliefs.questions[QUESTION].opens
    issue(ledger, beliefs, opens, 0.2)
    resolve(ledger, "yes", dt.date(2024, 4, 18))
    content = beliefs.model_dump(mode="json", by_alias=True)
    asked = content["questions"][QUESTION]
    other = {**content, "questions": {QUESTION: {**asked, "by": "2024-11-30"}}}
    ledger.models.record(fingerprint="m2", content=other)
    assert scored(beliefs, ledger)["set"]["afterwards"] == 0  # nobody knows when it was written
    ledger.models.record(fingerprint="m3", content=content)
    found = scored(beliefs, ledger)
    assert found["set"] == {
        "questions": 1, "afterwards": 1, "yes": 1.0, "auc": None, "slope": None, "intercept": None,
    }  # fmt: skip
    assert set_text(found) == (
        "1 question written after its outcome: 100% came out yes; the first forecasts have no AUC "
        "and no calibration slope."
    )


def test_a_question_written_in_time_is_not_said_to_come_late(beliefs, ledger):
    ledger.models.record(fingerprint="m2", content=beliefs.model_dump(mode="json", by_alias=True))
    issue(ledger, beliefs, beliefs.questions[QUESTION].opens, 0.2)
    resolve(ledger, "yes", today() + dt.timedelta(1))
    card = score_record(beliefs, ledger, as_of=dt.date(2030, 1, 1), others={})
    assert card.afterwards == 0
    assert set_text(scores_of(card).plain()).startswith("1 question: 100% came out yes")
