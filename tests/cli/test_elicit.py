"""`forecast elicit`: priors from what experts say, shown before anything is written."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

from forecast.beliefs import load
from forecast.cli import forecast as front_door
from tests.cli.projects import edit
from tests.cli.terminal import without_traceback

HAZARD = "ceasefire: holds > broken"
ROWS = """\
expert,on,prior,answer,within,rationale
Ada,2024-01-02,ceasefire: holds > broken,5-10%,,Both sides need the pause
Bo,2024-01-03,ceasefire: holds > broken,1:1 to 4:1,,Two commanders do not obey
"""


@pytest.fixture
def answers(fresh):
    """A file of two experts who disagree."""
    (fresh / "answers.csv").write_text(ROWS, "utf-8")
    return fresh / "answers.csv"


def test_the_template_lists_every_question(fresh, forecast):
    done = forecast("elicit", "--template")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert done.code == 0
    assert HAZARD in {row["prior"] for row in rows}
    assert all(row["question"].endswith("?") for row in rows)


def test_rows_of_the_template_that_were_left_empty_are_passed_over(fresh, forecast):
    text = forecast("elicit", "--template").out
    (fresh / "answers.csv").write_text(text, "utf-8")
    assert "has no answer" in without_traceback(forecast("elicit", "--answers", "answers.csv"))
    edit(fresh / "answers.csv", f",,{HAZARD},,,,", f"Ada,2024-01-02,{HAZARD},5-10%,,why,")
    found = json.loads(forecast("elicit", "--answers", "answers.csv", "--json").out)
    assert [prior["prior"] for prior in found["priors"]] == [HAZARD]


def test_the_table_shows_experts_disagreement_and_what_is_implied(answers, forecast):
    done = forecast("elicit", "--answers", "answers.csv")
    assert done.code == 0
    assert "Ada and Bo do not overlap" in done.out
    for word in ("Ada alone", "Bo alone", "Nothing was written"):
        assert word in " ".join(done.out.split())


def test_what_is_implied_before_is_that_of_the_check(answers, forecast):
    found = json.loads(forecast("elicit", "--answers", "answers.csv", "--json").out)["implied"]
    checked = json.loads(forecast("check", "--prior", "--json").out)["implied"]
    assert [row["before"] for row in found] == pytest.approx(
        [row["probability"] for row in checked], abs=0.02
    )
    broken = next(row for row in found if row["node"] == "ceasefire")
    ada, bo = (row["probability"] for row in broken["alone"])
    assert ada < broken["after"] < bo


def test_the_written_file_reads_back_as_the_pooled_prior_and_keeps_its_comments(
    answers, fresh, forecast
):
    done = forecast("elicit", "--answers", "answers.csv", "--write", "revised.yaml", "--json")
    found = json.loads(done.out)
    before, after = load(fresh / "priors.yaml"), load(fresh / "revised.yaml")
    (hazard,) = [h for h in after.nodes["ceasefire"].hazards if h.to_state == "broken"]
    assert list(hazard.probability.interval) == pytest.approx(
        found["priors"][0]["pooled"], abs=1e-6
    )
    assert hazard.source == "Elicited from Ada, 2024-01-02; Bo, 2024-01-03; pooled (log odds)."
    assert "Two commanders do not obey" in hazard.rationale
    assert after.nodes["talks"] == before.nodes["talks"]
    assert "experts:" in (fresh / "revised.yaml").read_text("utf-8")
    comments = [line for line in (fresh / "priors.yaml").read_text("utf-8").splitlines()
                if line.startswith("#")]  # fmt: skip
    assert comments
    assert set(comments) <= set((fresh / "revised.yaml").read_text("utf-8").splitlines())


def test_shares_are_written_so_that_they_sum_to_one(answers, fresh, forecast):
    edit(answers, "Bo,2024-01-03,", "Bo,2024-01-03,talks.moving,0.45,,why\nBo,2024-01-03,")
    assert forecast("elicit", "--answers", "answers.csv", "--write", "revised.yaml").code == 0
    initial = load(fresh / "revised.yaml").nodes["talks"].initial
    assert initial.probabilities["moving"] == pytest.approx(0.45)
    assert sum(initial.probabilities.values()) == pytest.approx(1.0)
    assert initial.source == "Elicited from Bo, 2024-01-03."


def test_an_expert_is_asked_and_told_what_the_answer_implies(fresh):
    """A wrong answer is asked again; Enter passes a question over."""
    asked = forecast_questions(fresh, "ceasefire")
    place = asked.index(HAZARD)
    typed = "\n" * place + "30-10%\nwhy\n5-10%\nIt held in May\n" + "\n" * (len(asked) - place - 1)
    done = CliRunner().invoke(
        front_door,
        ["elicit", "--expert", "Ada", "--node", "ceasefire", "--answers", "said.csv"],
        input=typed,
    )
    assert done.exit_code == 0, done.output
    assert "above the one before" in done.stderr
    assert "ceasefire reaches broken" in done.stderr
    (row,) = csv.DictReader(io.StringIO((fresh / "said.csv").read_text("utf-8")))
    assert (row["expert"], row["prior"], row["answer"]) == ("Ada", HAZARD, "5-10%")
    assert row["rationale"] == "It held in May"


def forecast_questions(folder, node):
    """Names of the questions about a node, in their order."""
    from forecast.beliefs.elicitation import askable

    beliefs = load(folder / "priors.yaml")
    about = {n for n in beliefs.indicators if node in beliefs.pointed(n)}
    return [name for name in askable(beliefs)
            if name in about or name.replace(":", ".").startswith(f"{node}.")]  # fmt: skip


def test_a_line_that_is_no_text_is_asked_again(fresh):
    asked = forecast_questions(fresh, "ceasefire")
    place = asked.index(HAZARD)
    typed = b"\n" * place + b"\xff5-10%\n5-10%\nwh\x93\nwhy\n" + b"\n" * (len(asked) - place - 1)
    done = CliRunner().invoke(
        front_door,
        ["elicit", "--expert", "Ada", "--node", "ceasefire", "--answers", "said.csv"],
        input=typed,
    )
    assert done.exit_code == 0, done.output
    assert done.stderr.count("what was typed is not UTF-8 text; type it again") == 2
    (row,) = csv.DictReader(io.StringIO((fresh / "said.csv").read_text("utf-8")))
    assert (row["answer"], row["rationale"]) == ("5-10%", "why")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("5-10%", "often", "is not a word of the scale"),
        ("5-10%", "10-5%", "above the one before"),
        (HAZARD + ",5", "ceasefire: holds > brokn,5", "did you mean"),
        ("2024-01-02", "02.01.2024", "is not a date"),
        ("expert,", "who,", "column 'expert' is missing"),
    ],
    ids=str,
)
def test_a_wrong_row_is_one_line_with_its_place(old, new, said, answers, forecast):
    edit(answers, old, new)
    done = forecast("elicit", "--answers", "answers.csv")
    line = without_traceback(done)
    assert done.code == 1
    assert line.startswith("answers.csv:")
    assert said in line


def test_nothing_is_written_where_that_cannot_be(answers, forecast):
    done = forecast("elicit", "--answers", "answers.csv", "--write", "no/such/folder.yaml")
    assert done.code == 1
    assert "cannot be written" in without_traceback(done)


def test_answers_have_to_be_named_and_be_there(fresh, forecast):
    assert forecast("elicit").code == 2
    assert forecast("elicit", "--answers", "gone.csv").code == 2
