"""Outcomes stand beside a forecast once the world knew them, and never change its numbers."""

import datetime as dt

import pytest

from forecast.beliefs.outcomes import read_outcomes
from forecast.ledger import Ledger
from forecast.record.resolutions import known_outcomes, settled, with_outcomes

DAY = dt.date(2023, 10, 18)
ROW = {"question": "q", "past": False, "share": 0.2, "probability": 0.1}


@pytest.fixture
def ledger():
    with Ledger.open(":memory:") as fresh:
        yield fresh


def resolve(ledger, outcome, on=DAY):
    words = {"source": "a wire", "url": "", "note": ""}
    ledger.resolutions.record([{"question": "q", "outcome": outcome, "resolved_on": on, **words}])


def shown(ledger, as_of, **changes):
    payload = {"questions": [{**ROW, **changes}]}
    [row] = with_outcomes(payload, known_outcomes(ledger, as_of=as_of))["questions"]
    assert payload == {"questions": [{**ROW, **changes}]}  # what was issued stays as it was
    return row


@pytest.mark.parametrize("outcome", ["yes", "no", "void"])
def test_an_outcome_is_shown_from_the_day_the_world_knew_it(ledger, outcome):
    resolve(ledger, outcome)
    before, after = (shown(ledger, DAY + dt.timedelta(n)) for n in (-1, 0))
    assert (before["status"], before["outcome"], settled(before)) == ("open", None, "")
    assert after["status"] == outcome
    assert settled(after) == f"{outcome}, on 2023-10-18"
    assert before["probability"] == after["probability"] == 0.1


def test_what_was_taken_back_is_open_again(ledger):
    resolve(ledger, "yes")
    resolve(ledger, "open")
    assert shown(ledger, DAY)["status"] == "open"


@pytest.mark.parametrize(
    ("share", "said"), [(0.2, "to be resolved"), (1.0, ""), (None, "")]
)  # fmt: skip
def test_past_its_deadline_only_a_narrower_question_loses_its_probability(ledger, share, said):
    """One as wide as its indicator is answered by the reports, one about states by the model."""
    row = shown(ledger, DAY, past=True, share=share)
    assert row["status"] == "due"
    assert settled(row) == said


def test_a_forecast_shown_again_carries_the_outcome_and_was_issued_without_it(fitted):
    """Table, JSON, briefs and report read it from the issue; scores read what was issued."""
    from forecast.beliefs.outcomes import Outcome
    from forecast.briefs.sentences import question_sentence
    from forecast.issue.issued import issue_json, recall
    from forecast.publish.gather import gather
    from forecast.record.resolutions import record_outcomes

    name = "broken_by_end_2024"
    record_outcomes(fitted, [Outcome(name, "yes", dt.date(2024, 5, 2), "a wire")])
    early, late = recall(fitted, as_of=dt.date(2024, 4, 17)), recall(fitted)
    rows = {day.issued.as_of: issue_json(day)["questions"][0] for day in (early, late)}
    assert [row["status"] for row in rows.values()] == ["open", "yes"]
    assert "status" not in late.issued.payload["questions"][0]
    facts = gather(fitted, late)
    assert question_sentence(facts.questions[0]).endswith("Yes, on 2 May 2024.")
    facts = gather(fitted, early)
    assert "We assess" in question_sentence(facts.questions[0])


def test_whoever_shows_a_forecast_reads_the_folder_of_outcomes(fitted):
    """Briefs, questions, charts and the report as `forecast run` and `forecast score` do.

    Beliefs in the middle of an edit hide neither the forecast nor what was read before.
    """
    from forecast.errors import ReportsError
    from forecast.issue.issued import recall

    fitted.resolutions.mkdir()
    file = fitted.resolutions / "outcomes.csv"
    head, row = "question,outcome,on,note", "broken_by_end_2024,{},2024-05-02,seen"
    file.write_text(f"{head}\n{row.format('yes')}\n", "utf-8")
    came = {"broken_by_end_2024": ("yes", dt.date(2024, 5, 2))}
    assert recall(fitted).outcomes == came
    file.write_text(f"{head}\n{row.format('perhaps')}\n", "utf-8")
    with pytest.raises(ReportsError, match=r"outcomes\.csv:2: outcome: "):
        recall(fitted)
    fitted.priors.write_text("nodes: [\n", "utf-8")
    assert recall(fitted).outcomes == came


def test_outcomes_with_semicolons_and_days_of_europe_are_read_and_that_is_told(fresh, tmp_path):
    beliefs = fresh.beliefs()
    path = tmp_path / "outcomes.csv"
    text = "Question;Outcome;On;Note\nbroken_by_end_2024;no;31.12.2024;né de rien\n"
    path.write_bytes(text.encode("cp1252"))
    notes = []
    states = {name: node.states for name, node in beliefs.nodes.items()}
    today = dt.date(2025, 1, 2)
    (found,) = read_outcomes(path, beliefs.questions, today=today, states=states, notes=notes)
    assert (found.on, found.note) == (dt.date(2024, 12, 31), "né de rien")
    assert [note.came for note in notes] == [
        "was read as Windows-1252: 'né'",
        "has a semicolon between cells",
    ]
