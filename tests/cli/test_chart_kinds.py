"""`forecast chart` of every kind: what has to be worked out is worked out once for an issue."""

import csv
import json
import re

import pytest

from forecast.publish.chart_kinds import KINDS
from tests.cli.projects import files
from tests.cli.terminal import typed, without_traceback
from tests.cli.test_charts import LOADED

SCENARIO = """\
name: {name}
label: Talks held
description: Of {name}.
author: tests
rationale: For a test.
assumptions:
  - do: {{node: talks, state: {state}, from: 2024-07-01, to: 2024-08-01}}
    rationale: For a test.
"""


def table(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_question_is_drawn_in_every_kind_that_its_mode_suits(project, forecast):
    value = json.loads((project / "out" / "forecast.json").read_text("utf-8"))
    for asked in value["questions"]:
        for kind, one in KINDS.items():
            if one.of == "QUESTION":
                done = forecast("chart", kind, asked["question"], "--format", "svg")
                suits = not one.modes or asked["mode"] in one.modes
                assert (done.code == 0) is suits, f"{kind} {asked['question']}: {done.err}"


@pytest.mark.parametrize("kind", ["comparison", "weights", "tornado"])
def test_what_was_worked_out_is_drawn_again_from_memory_without_pymc(kind, project):
    done = typed("chart", kind, "talks", "--format", "svg", "--out", "one", cwd=project)
    assert done.code == 0, done.err
    again = typed(
        "chart", kind, "talks", "--format", "svg", "--out", "two", cwd=project, program=LOADED
    )
    assert (again.code, again.err.split()) == (0, ["LOADED"])
    assert files(project / "one") == files(project / "two")


def test_states_sum_to_one_and_the_headline_is_the_number_issued(project, forecast):
    assert forecast("chart", "comparison", "talks", "--out", "new").code == 0
    rows = {row["label"]: row for row in table(project / "new" / "talks__states.csv")}
    assert sum(float(row["p"]) for row in rows.values()) == pytest.approx(1)
    value = json.loads((project / "out" / "forecast.json").read_text("utf-8"))
    issued = next(row for row in value["judgements"] if row["node"] == "talks")
    (headline,) = issued["states"]
    for ours, theirs in (("p", "probability"), ("lo80", "lo80"), ("hi80", "hi80")):
        assert float(rows[headline][ours]) == pytest.approx(issued[theirs], abs=2e-6)


def test_explain_and_sensitivity_leave_the_same_chart(project, forecast):
    assert forecast("explain", "talks", "--out", "told").code == 0
    assert forecast("sensitivity", "talks", "--out", "told").code == 0
    for kind in ("weights", "tornado"):
        assert forecast("chart", kind, "talks", "--out", "drawn").code == 0
    assert files(project / "drawn") == files(project / "told")


def test_scenarios_are_remembered_until_their_file_changes(project, forecast):
    folder = project / "scenarios"
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.yaml"):
        path.unlink()
    write(folder, "stall", "stalled")
    assert forecast("chart", "side-by-side", "talks", "--out", "one").code == 0
    kept = set((project / ".forecast" / "analyses").iterdir())
    assert forecast("chart", "scenarios", "talks", "--scenario", "stall", "--out", "one").code == 0
    assert set((project / ".forecast" / "analyses").iterdir()) == kept
    write(folder, "stall", "moving")
    assert forecast("chart", "side-by-side", "talks", "--out", "two").code == 0
    assert len(set((project / ".forecast" / "analyses").iterdir())) == len(kept) + 1
    assert files(project / "one") != files(project / "two")


def write(folder, name: str, state: str) -> None:
    (folder / f"{name}.yaml").write_text(SCENARIO.format(name=name, state=state), "utf-8")


def test_a_question_that_asks_for_no_sum_has_no_distribution_to_draw(project, forecast):
    done = forecast("chart", "sum", "broken_by_end_2024")
    assert done.code == 1
    assert "broken_by_end_2024 asks for no sum; questions that do: none" in without_traceback(done)
    assert forecast("chart", "sum").code == 2


def test_the_network_has_a_row_for_every_coupling_and_indicator(project):
    done = typed("chart", "network", "--format", "svg", "--out", "new", cwd=project, program=LOADED)
    assert (done.code, done.err.split()) == (0, ["LOADED"])
    kinds = [row["kind"] for row in table(project / "new" / "all__network.csv")]
    assert kinds.count("node") == 2
    assert "indicator" in kinds


def test_the_whole_set_has_an_index_and_says_what_is_missing(project, forecast):
    done = forecast("chart", "all", "--out", "set", "--format", "svg")
    assert done.code == 0, done.err
    page = (project / "set" / "index.html").read_text("utf-8")
    for shown in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert (project / "set" / shown).is_file(), shown
    kinds = ("weights", "tornado", "states", "network", "fan", "trajectory")
    names = {f"{node}__{kind}.svg" for node in ("talks", "ceasefire") for kind in kinds}
    assert names <= set(files(project / "set"))
    assert "not drawn: reliability: no question can be scored yet" in done.err
    assert "Not drawn" in page


def test_few_outcomes_are_too_few_to_judge_and_draw_no_curve(project, forecast):
    value = json.loads((project / "out" / "forecast.json").read_text("utf-8"))
    names = [row["question"] for row in value["questions"]]
    for number, name in enumerate(names):
        given = ("yes", "no")[number % 2], "--on", "2024-06-30", "--note", "a test"
        assert forecast("resolve", name, *given).code == 0
    scored = json.loads(forecast("score", "--json").out)["counts"]["scored"]
    assert scored > 0
    for kind in ("reliability", "words"):
        assert forecast("chart", kind, "--format", "svg", "--out", "new").code == 0
        rows = table(project / "new" / f"record__{kind}.csv")
        assert sum(int(row["questions"]) for row in rows) == scored
        text = (project / "new" / f"record__{kind}.alt.txt").read_text("utf-8")
        assert f"too few to judge ({scored} resolved question" in text


def test_the_table_of_scores_holds_what_score_prints(project, forecast):
    value = json.loads((project / "out" / "forecast.json").read_text("utf-8"))
    for number, row in enumerate(value["questions"]):
        given = ("yes", "no")[number % 2], "--on", "2024-06-30", "--note", "a test"
        assert forecast("resolve", row["question"], *given).code == 0
    told = json.loads(forecast("score", "--json").out)
    assert forecast("chart", "score", "--format", "svg", "--out", "new").code == 0
    rows = {row["label"]: row for row in table(project / "new" / "record__score.csv")}
    assert float(rows["Over the life of each"]["brier"]) == told["brier"]
    assert {row["baseline"] for row in told["baselines"]} <= set(rows)
    for one in told["baselines"]:
        row = rows[one["baseline"]]
        assert float(row["baseline_brier"]) == one["theirs"]
        assert (float(row["lo90"]), float(row["hi90"])) == (
            one["difference"]["low"], one["difference"]["high"],
        )  # fmt: skip
    text = (project / "new" / "record__score.alt.txt").read_text("utf-8")
    assert "too few to judge" in text
    again = typed("chart", "score", "--format", "svg", "--out", "two", cwd=project, program=LOADED)
    assert again.code == 0
    assert "pymc" not in again.err
    assert files(project / "new") == files(project / "two")


def test_without_outcomes_there_is_no_table_of_scores(project, forecast):
    done = forecast("chart", "score", "--out", "new")
    assert done.code == 1
    assert "no question can be scored yet" in without_traceback(done)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("network", "armistice"), "there is no node 'armistice'"),
        (("tornado", "armistice"), "there is no node 'armistice'"),
        (("scenarios", "talks", "--scenario", "nowhere"), "there is no such scenario"),
    ],
)
def test_an_unknown_name_is_one_line(words, said, project, forecast):
    done = forecast("chart", *words, "--out", "new")
    assert done.code == 1
    assert said in without_traceback(done)
    assert not (project / "new").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("weights",), "weights needs a NODE, as in: forecast chart weights NODE"),
        (("words", "talks"), "words is not of one node; leave the name out"),
        (("panel", "talks"), "a panel shows all nodes; leave the name out"),
        (("fan", "talks", "--scenario", "x"), "fan shows no scenarios; leave --scenario out"),
    ],
)
def test_a_name_or_a_scenario_in_the_wrong_place_is_wrong_usage(words, said, project, forecast):
    done = forecast("chart", *words, "--out", "new")
    assert done.code == 2
    assert said in done.err
    assert not (project / "new").exists()
