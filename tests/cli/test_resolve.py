"""`forecast resolve`: outcomes are recorded with a source, corrected openly, and listed."""

import json

import pytest

from tests.cli.terminal import without_traceback

QUESTION = "broken_by_end_2024"
ASKED = """
  shelling_by_june:
    text: Will shelling be reported by 30 June 2024?
    node: ceasefire
    states: [broken]
    mode: reported
    indicator: shelling_reported
    by: 2024-06-30
    criteria: Yes if it is reported.
    fallback: None needed.
    source: Example.
  shelling_by_march:
    text: Will shelling be reported by 31 March 2024?
    node: ceasefire
    states: [broken]
    mode: reported
    indicator: shelling_reported
    by: 2024-03-31
    criteria: Yes if it is reported.
    fallback: None needed.
    source: Example.
"""

#: Asked with another number, deadline and share.
OFTEN = """
  {name}:
    text: Will shelling be reported {at_least} times?
    node: ceasefire
    states: [broken]
    mode: reported
    indicator: shelling_reported
    at_least: {at_least}
    by: {by}
    criteria: Yes if it is reported as often.
    fallback: None needed.
    source: Example.
"""
ROW = (
    "{id},{event},{id},{day},{day},shelling_reported,B,2,evidence,,,,{id} (invented example),"
    "Example report,,official,,invented example\n"
)


def listed(forecast, *options):
    done = forecast("resolve", "--json", *options)
    assert (done.code, done.err) == (0, "")
    return {row["question"]: row for row in json.loads(done.out)["questions"]}


def test_each_question_names_its_judgement(project, forecast):
    assert listed(forecast)[QUESTION]["node"] == "ceasefire"


def test_an_outcome_is_recorded_corrected_and_taken_back(fresh, forecast):
    assert listed(forecast)[QUESTION]["status"] == "due"
    first = forecast("resolve", QUESTION, "no", "--note", "nobody declared it")
    assert first.out == f"{QUESTION}: no, known on 2024-12-31; recorded\n"
    again = forecast("resolve", QUESTION, "no", "--note", "nobody declared it")
    assert again.out == "1 outcome stood already; nothing was added for them\n"
    changed = forecast("resolve", QUESTION, "yes", "--on", "2024-12-30", "--source", "Monitors")
    assert "corrected (version 2)" in changed.out
    assert listed(forecast)[QUESTION]["resolution"]["source"] == "Monitors"
    assert listed(forecast, "--as-of", "2024-12-29")[QUESTION]["status"] == "open"
    forecast("resolve", QUESTION, "open")
    assert listed(forecast)[QUESTION]["status"] == "due"


def test_a_file_is_recorded_whole_or_not_at_all(fresh, forecast):
    good = f"question,outcome,on,source_title\n{QUESTION},void,2025-01-02,Monitors withdrew\n"
    (fresh / "good.csv").write_bytes(b"\xef\xbb\xbf" + good.encode())
    bad = good + f"{QUESTION},no,2025-01-02,again\nbroken_by_end,yes,2025-01-02,a wire\n"
    (fresh / "bad.csv").write_text(bad, "utf-8")
    refused = forecast("resolve", "--from", "bad.csv")
    assert refused.code == 1
    assert "bad.csv:3: question: stands twice" in refused.err
    assert "bad.csv:4: question: there is no question 'broken_by_end'" in refused.err
    assert f"did you mean '{QUESTION}'?" in refused.err
    assert listed(forecast)[QUESTION]["status"] == "due"
    assert forecast("resolve", "--from", "good.csv").code == 0
    assert "1 question: 0 yes, 0 no, 1 void, 0 due, 0 open." in forecast("resolve").out


def test_a_question_about_the_record_proposes_its_outcome(fresh, forecast):
    with (fresh / "priors.yaml").open("a", encoding="utf-8") as file:
        file.write(ASKED)
    found = listed(forecast)
    assert found["shelling_by_june"]["proposal"]["outcome"] == "yes"
    assert found["shelling_by_june"]["proposal"]["on"] == "2024-04-18"
    assert "R002" in found["shelling_by_june"]["proposal"]["note"]
    assert found["shelling_by_march"]["proposal"]["outcome"] == "no"
    assert found[QUESTION]["proposal"] is None
    assert listed(forecast, "--as-of", "2024-04-01")["shelling_by_june"]["proposal"] is None


def test_several_events_propose_yes_with_the_last_and_articles_are_not_counted(fresh, forecast):
    """Two of the template, one of them of the same event; two later ones, of one event each."""
    with (fresh / "priors.yaml").open("a", encoding="utf-8") as file:
        file.write(OFTEN.format(name="two", at_least=2, by="2024-06-30"))
        file.write(OFTEN.format(name="three", at_least=3, by="2024-06-30"))
        file.write(OFTEN.format(name="early", at_least=2, by="2024-05-06"))
        file.write(OFTEN.format(name="later", at_least=3, by="2025-06-30"))
    with (fresh / "events/reports.csv").open("a", encoding="utf-8") as file:
        file.write(ROW.format(id="R004", event="E-shelling-2", day="2024-05-07"))
        file.write(ROW.format(id="R005", event="E-shelling-2", day="2024-05-08"))
    found = {name: row["proposal"] for name, row in listed(forecast).items()}
    assert (found["two"]["outcome"], found["two"]["on"]) == ("yes", "2024-05-07")
    assert "reports R002, R004 of 2 separate events" in found["two"]["note"]
    assert (found["three"]["outcome"], found["three"]["on"]) == ("no", "2024-06-30")
    assert "2 of 3 separate events with a credible report" in found["three"]["note"]
    assert found["early"]["outcome"] == "no"  # the second came a day after its deadline
    assert found["later"] is None  # nobody looked to its deadline


def test_several_events_of_one_week_are_left_to_a_reader(fresh, forecast):
    """The probability counts them as one; whoever resolves the question may count them all."""
    with (fresh / "priors.yaml").open("a", encoding="utf-8") as file:
        file.write(OFTEN.format(name="two", at_least=2, by="2024-06-30"))
    with (fresh / "events/reports.csv").open("a", encoding="utf-8") as file:
        file.write(ROW.format(id="R004", event="E-shelling-2", day="2024-04-17"))
    row = listed(forecast)["two"]
    assert row["proposal"] is None
    assert row["to_read"] == ["R004", "R002"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("broken", "no"), "there is no question 'broken' in priors.yaml"),
        ((QUESTION, "yes", "--on", "2999-01-01", "--note", "x"), "is after today"),
        ((QUESTION, "yes", "--on", "2023-01-01", "--note", "x"), "before the question opened"),
        (
            (QUESTION, "yes", "--on", "2024-05-01"),
            "no source came; a title, an address, or a note that says why (--source, --url, --note",
        ),
        ((QUESTION, "no", "--on", "2024-05-01", "--source", "x"), "before the deadline 2024-12-31"),
        (("--from", "absent.csv"), "cannot be read"),
        (("--from", "events/coverage.csv"), "has other columns"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(fresh, forecast, words, said):
    done = forecast("resolve", *words)
    assert done.code == 1
    assert said in done.err
    without_traceback(done)


@pytest.mark.parametrize(
    "words", [(QUESTION,), (QUESTION, "maybe"), (QUESTION, "yes"), (QUESTION, "--from", "x.csv")]
)
def test_wrong_usage_exits_2(fresh, forecast, words):
    assert forecast("resolve", *words).code == 2


def test_the_folder_of_outcomes_is_read_by_itself_and_the_last_word_counts(fresh, forecast):
    """A row that stays as it was undoes no later correction; one that changes, or goes, does."""
    folder = fresh / "resolutions"
    folder.mkdir()

    def says(outcome, day="2025-01-02"):
        row = f"question,outcome,on,note\n{QUESTION},{outcome},{day},invented\n"
        (folder / "outcomes.csv").write_text(row, "utf-8")

    says("no")
    assert listed(forecast)[QUESTION]["status"] == "no"
    assert listed(forecast)[QUESTION]["resolution"]["version"] == 1
    assert forecast("resolve", QUESTION, "void", "--on", "2025-01-03", "--note", "why").code == 0
    assert listed(forecast)[QUESTION]["status"] == "void"
    says("yes")
    assert listed(forecast)[QUESTION]["status"] == "yes"
    says("no")
    assert listed(forecast)[QUESTION]["resolution"]["version"] == 4
    (folder / "outcomes.csv").unlink()
    assert listed(forecast)[QUESTION]["status"] == "due"


def test_what_is_wrong_in_the_folder_of_outcomes_is_told_with_its_line(fresh, forecast):
    """By check and by every command that reads it."""
    (fresh / "resolutions").mkdir()
    row = "question,outcome,on,note\nbroken_by_end,no,2025-01-02,invented\n"
    (fresh / "resolutions" / "outcomes.csv").write_text(row, "utf-8")
    for command in (("check",), ("resolve",)):
        done = forecast(*command)
        assert done.code == 1
        assert "resolutions/outcomes.csv:2: question: there is no question" in done.out + done.err
        assert QUESTION in done.out + done.err


def test_charts_of_the_record_read_the_outcomes_that_score_reads(project, forecast):
    """Also where no other command has read ``resolutions/`` since."""
    place = project / "resolutions"
    place.mkdir()
    row = "broken_by_end_2024,no,2024-12-31,Invented example\n"
    (place / "ours.csv").write_text(f"question,outcome,on,source_title\n{row}", "utf-8")
    drawn = forecast("chart", "words", "--out", "charts")
    assert (drawn.code, drawn.err) == (0, "")
    assert "1 question scored" in forecast("score").out
    (place / "ours.csv").write_text(
        "question,outcome,on,source_title\nbroken,no,2024-12-31,x\n", "utf-8"
    )
    for kind in ("words", "reliability", "score"):
        assert "there is no question 'broken'" in forecast("chart", kind, "--out", "charts").err
