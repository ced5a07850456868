"""Where an outcome says which state or sum came, the whole distribution is scored."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from forecast.beliefs import Beliefs
from forecast.beliefs.outcomes import Outcome
from forecast.errors import ReportsError
from forecast.judge.score import score_record
from forecast.judge.score_values import scores_of
from forecast.ledger import Ledger
from forecast.project.project import Project
from forecast.record.resolutions import question_states, record_outcomes

WEEKLY = "date,clashes\n" + "".join(
    f"{dt.date(2024, 1, 1) + dt.timedelta(7 * n)},{n % 5 + 2}\n" for n in range(30)
)
ASKED = """
  many:
    text: Will there be more than 14 clashes in the four weeks to {by}?
    node: {node}
    states: [{state}]
    mode: sum
    indicator: clashes
    over: 4 weeks
    above: 14
    by: {by}
    criteria: The sum of the weekly numbers.
    fallback: None needed.
    source: Example.
  where:
    text: Which state holds on {by}?
    node: {node}
    states: [{state}]
    mode: is
    by: {by}
    criteria: Judged.
    fallback: None needed.
    source: Example.
"""


@pytest.fixture
def project(tmp_path):
    """A model of a weekly series, with a question on a sum and one on a state."""
    from forecast.project.start import start_from_series

    series = tmp_path / "weekly.csv"
    series.write_text(WEEKLY, "utf-8")
    start_from_series(tmp_path / "project", series, states=4)
    project = Project(tmp_path / "project")
    beliefs = project.beliefs()
    node, first = next(iter(beliefs.nodes.items()))
    by = beliefs.brief.as_of + dt.timedelta(days=7 * 12)
    text = project.priors.read_text("utf-8")
    text += ASKED.format(by=by, node=node, state=first.states[-1])
    project.priors.write_text(text, "utf-8")
    return project


def issue(ledger: Ledger, beliefs: Beliefs, day: dt.date, spread: dict[str, Any]) -> None:
    rows = []
    for name, distribution in spread.items():
        asked = beliefs.questions[name].model_dump(mode="json")
        rows.append({"question": name, **asked, "probability": 0.5, "distribution": distribution})
    ledger.issues.record(
        as_of=day,
        model_fingerprint="m1",
        evidence_fingerprint=str(day),
        settings={},
        payload={"questions": rows},
    )


def test_states_and_sums_are_scored_beside_the_priors(project):
    beliefs = project.beliefs()
    asked = beliefs.questions["where"]
    states = beliefs.nodes[asked.node].states
    certain = {"states": {s: float(s == states[-1]) for s in states}, "quantiles": None}
    spread = {"where": certain, "many": {"states": None, "quantiles": [10.0, 20.0]}}
    came = {"where": states[-1], "many": "16"}
    record_outcomes(
        project, [Outcome(n, "yes", asked.by, "a wire", came=c) for n, c in came.items()]
    )
    with project.ledger() as ledger:
        ledger.models.record(fingerprint="m1", content={})
        issue(ledger, beliefs, beliefs.brief.as_of, spread)
        after = asked.by + dt.timedelta(1)
        value = scores_of(score_record(beliefs, ledger, as_of=after, others={})).plain()
    found = {row["question"]: row for row in value["distributions"]}
    assert set(found) == {"where", "many"}
    assert (found["where"]["rule"], found["where"]["score"]) == ("rps", 0.0)
    assert 0.0 < found["where"]["prior"] <= len(states) - 1
    assert found["many"]["rule"] == "crps"
    assert found["many"]["score"] == pytest.approx(5.0 - 10.0 / 4.0)  # E|X - y| - E|X - X'| / 2
    assert found["many"]["prior"] > 0.0
    assert {row["days"] for row in found.values()} == {(asked.by - beliefs.brief.as_of).days}


def test_the_numbers_of_the_weeks_propose_how_a_sum_came_out(project):
    """The four weeks to the date, from the file: 5, 6, 2 and 3."""
    found = {one.name: one.proposal for one in question_states(project)}
    assert found["where"] is None
    assert (found["many"].outcome, found["many"].came) == ("yes", "16")


@pytest.mark.parametrize(
    ("question", "outcome", "came", "said"),
    [
        ("many", "yes", "fourteen", "'fourteen' is not a number"),
        ("many", "yes", "14", "'14' does not go with yes; that makes it no"),
        ("where", "yes", "nowhere", "'nowhere' is no state of"),
        ("where", "yes", "{low}", "does not go with yes"),
    ],
)
def test_what_came_must_agree_with_the_outcome(project, question, outcome, came, said):
    beliefs = project.beliefs()
    asked = beliefs.questions[question]
    came = came.format(low=beliefs.nodes[asked.node].states[0])
    with pytest.raises(ReportsError, match="came: ") as refused:
        record_outcomes(project, [Outcome(question, outcome, asked.by, "a wire", came=came)])
    assert said in str(refused.value)


def test_a_question_that_has_no_distribution_takes_no_state(fresh):
    name = next(iter(fresh.beliefs().questions))
    asked = fresh.beliefs().questions[name]
    assert asked.mode == "reaches"
    with pytest.raises(ReportsError, match="only a question of mode 'is' or 'sum'"):
        record_outcomes(fresh, [Outcome(name, "yes", asked.by, "a wire", came="broken")])
