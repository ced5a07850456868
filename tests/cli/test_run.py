"""`forecast run`: what it prints, what it remembers, and what each option changes."""

import datetime as dt
import json
import re
import shutil

import pytest

from forecast.errors import StatisticsError
from tests.cli.projects import EARLY, END, edit, files, ledger, outputs
from tests.cli.terminal import typed, without_traceback

HELD = "Taken from the ledger: nothing has changed since it was issued."
LOADED = """
import atexit, sys
heavy = {"pymc", "pytensor", "nutpie", "arviz_stats", "numba", "netCDF4"}
atexit.register(lambda: print("LOADED", *sorted(heavy & set(sys.modules)), file=sys.stderr))
from forecast.cli import main
main()
"""


@pytest.fixture
def first(history):
    """What the first run to the end of the record printed."""
    return outputs(history, "first")


@pytest.fixture
def early(history):
    """The forecast of the earlier day, as JSON."""
    return json.loads(outputs(history, "early").out)


def again(forecast, *options):
    """Run without charts and return the JSON."""
    done = forecast("run", "--no-charts", "--json", *options)
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_the_table_has_every_judgement_and_question(first):
    assert first.code == 0
    for text in ("Will the ceasefire hold?", "Ceasefire: broken", "Peace talks: moving"):
        assert text in first.out
    assert "Will the ceasefire be broken by 31 December 2024?" in first.out
    assert f"as of {END}" in first.out
    assert "2 reports of 2 events" in first.out


def test_a_number_stands_before_its_word(first, project, forecast):
    for judgement in again(forecast)["judgements"]:
        shown = rf"{judgement['probability']:.0%} +{judgement['word'].split()[0]}"
        assert re.search(shown, first.out), shown


def test_the_error_stream_is_silent_when_it_is_no_terminal(history):
    assert outputs(history, "first").err == ""
    assert outputs(history, "early").err == ""


def test_in_a_pipe_every_row_is_one_line(first):
    """Whoever cuts and searches finds judgement, probability, band and horizon on the same line."""
    lines = first.out.splitlines()
    for row in ("Ceasefire: broken", "Peace talks: moving"):
        (line,) = [line for line in lines if line.startswith(row)]
        assert re.fullmatch(r".+?  +\d+% \D+?  +[\d-]+%  +[+-]?\d+  +[+-]?\d+  +\d+% .+", line)
    asked = "Will the ceasefire be broken by 31 December 2024?"
    assert any(re.match(rf"{re.escape(asked)}  +2024-12-31  +\d+% ", line) for line in lines)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_cut(
    width, project, forecast, monkeypatch
):
    """Every word of the judgements and the open question stands whole, whatever the width."""
    monkeypatch.setenv("FORECAST_COLUMNS", str(width))
    shown = forecast("run", "--no-charts").out
    assert max(map(len, shown.splitlines())) <= width
    words = set(shown.split())
    for text in ("Peace talks: moving", "Will the ceasefire be broken by 31 December 2024?"):
        assert words >= set(text.split())
    assert "…" not in shown


def test_past_questions_are_one_line_until_they_are_asked_for(project, forecast):
    """JSON keeps all of them."""
    past = forecast("run", "--no-charts", "--as-of", END)
    assert "--past" not in past.out
    edit(project / "priors.yaml", "by: 2024-12-31\n    criteria", "by: 2024-06-20\n    criteria")
    short = forecast("run", "--no-charts")
    assert "1 past: --past (1 to be resolved: forecast resolve)" in short.out
    assert "2024-06-20" not in short.out
    assert "2024-06-20 (past)" in forecast("run", "--no-charts", "--past").out
    assert [row["by"] for row in again(forecast)["questions"]] == ["2024-06-20"]
    assert (
        forecast("run", "--json", "--past", "--no-charts").out
        == forecast("run", "--json", "--no-charts").out
    )


def test_json_is_all_that_stands_on_the_output(project, forecast):
    done = forecast("run", "--json")
    value = json.loads(done.out)
    assert done.err == ""
    assert [judgement["node"] for judgement in value["judgements"]] == ["ceasefire", "talks"]


def test_probabilities_are_probabilities_and_bands_hold_each_other(project, forecast):
    value = again(forecast)
    for row in (*value["judgements"], *value["questions"]):
        assert 0 <= row["lo80"] <= row["lo50"] <= row["hi50"] <= row["hi80"] <= 1
        assert row["lo80"] <= row["probability"] <= row["hi80"]


def test_a_second_run_is_served_from_the_ledger_without_pymc(project):
    done = typed("run", "--no-charts", cwd=project, program=LOADED)
    assert done.code == 0
    assert HELD in done.out
    assert done.err.split() == ["LOADED"]


def test_a_second_run_prints_the_same_numbers(first, project, forecast):
    second = forecast("run")
    assert second.out.replace(f"{HELD}\n", "") == first.out.replace("project/out", "out")


def test_a_second_run_adds_nothing_to_the_ledger(project, forecast):
    def counts():
        with ledger(project) as held:
            return [
                len(held.issues.all()),
                len(list(held.posteriors.whole())),
                held.recorded_until(),
            ]

    before = counts()
    one, two = again(forecast), again(forecast)
    assert one == two
    assert counts() == before == [2, 2, before[2]]


def test_the_earlier_day_sees_fewer_reports_and_says_how_many_it_does_not(early, project, forecast):
    late = again(forecast)
    assert early["evidence"]["reports"] < late["evidence"]["reports"]
    assert (early["issue"]["unseen"], late["issue"]["unseen"]) == (1, 0)
    shown = forecast("run", "--no-charts", "--as-of", EARLY)
    assert f"Not seen: 1 report dated after {EARLY}." in shown.out


def test_the_first_forecast_has_nothing_to_be_compared_with(early):
    assert [judgement["since_issue"] for judgement in early["judgements"]] == [None, None]


def test_table_and_json_show_the_change_since_the_issue_before(early, first, project, forecast):
    before = {row["node"]: row["probability"] for row in early["judgements"]}
    for row in again(forecast)["judgements"]:
        since = row["since_issue"]
        assert since["as_of"] == EARLY
        assert since["probability"] == before[row["node"]]
        assert since["change"] == pytest.approx(row["probability"] - before[row["node"]], abs=1e-6)
        points = round(since["change"] * 100)
        line = next(line for line in first.out.splitlines() if line.startswith(row["label"]))
        assert f" {points:+d} " in line or points == 0
    assert f"since {EARLY}" in first.out


def test_an_earlier_day_is_never_compared_with_a_later_one(project, forecast):
    """It is compared with what was issued for the same day or before, whenever it is asked."""
    value = again(forecast, "--as-of", EARLY, "--horizon", "3m")
    assert {row["since_issue"]["as_of"] for row in value["judgements"]} == {EARLY}


def test_the_horizon_is_as_asked_and_needs_no_new_fit(project, forecast):
    value = again(forecast, "--horizon", "6m")
    days = dt.date.fromisoformat(value["horizon"]) - dt.date.fromisoformat(END)
    assert 182 <= days.days <= 182 + 14
    full = again(forecast)
    assert value["issue"]["posterior"] == full["issue"]["posterior"]
    assert value["issue"]["id"] != full["issue"]["id"]
    for short, long in zip(value["judgements"], full["judgements"], strict=True):
        assert short["probability"] == long["probability"]


@pytest.mark.parametrize(
    "horizon", ["6x", "soon", "-3m", "0d", "11y", "1e9 years", "9" * 400 + "d"]
)
def test_a_horizon_that_is_none_is_refused_in_one_line(horizon, project, forecast):
    done = forecast("run", "--no-charts", "--horizon", horizon)
    assert done.code == 1
    assert "horizon" in without_traceback(done)


def test_another_seed_is_sampled_anew(project, forecast, monkeypatch):
    asked = []

    def refuse(encoding, evidence, settings, *, progress):
        asked.append(settings)
        raise StatisticsError("not sampled in this test")

    monkeypatch.setattr("forecast.inference.sampling.fit", refuse)
    assert forecast("run", "--no-charts").code == 0
    assert not asked
    assert forecast("run", "--no-charts", "--seed", "2").code == 3
    assert [settings.seed for settings in asked] == [2]


@pytest.mark.slow
def test_another_seed_is_another_issue_that_agrees(project, forecast):
    done = typed("run", "--no-charts", "--json", "--seed", "2", cwd=project)
    one, two = again(forecast), json.loads(done.out)
    assert one["issue"]["id"] != two["issue"]["id"]
    for a, b in zip(one["judgements"], two["judgements"], strict=True):
        assert a["probability"] != b["probability"]
        assert a["probability"] == pytest.approx(b["probability"], abs=0.02)


@pytest.mark.slow
def test_the_same_files_give_the_same_issue_in_another_folder(history, template, tmp_path):
    other = shutil.copytree(template, tmp_path / "elsewhere")
    done = typed("run", "--as-of", EARLY, "--no-charts", "--json", cwd=other)
    first, second = json.loads(outputs(history, "early").out), json.loads(done.out)
    assert first["issue"].pop("issued_at") != second["issue"].pop("issued_at")
    assert first == second


def test_no_charts_writes_nothing(project, forecast):
    shutil.rmtree(project / "out")
    before = set(files(project))
    assert forecast("run", "--no-charts").code == 0
    assert {name for name in files(project) if not name.startswith(".forecast")} == {
        name for name in before if not name.startswith(".forecast")
    }


def test_a_corrected_sentence_is_another_issue_from_the_same_fit(project, forecast):
    before = again(forecast)
    edit(
        project / "priors.yaml", "Mediators stand ready.", "Mediators stand ready in two capitals."
    )
    after = again(forecast)
    assert before["issue"]["id"] != after["issue"]["id"]
    assert before["judgements"][0]["probability"] == after["judgements"][0]["probability"]
    with ledger(project) as held:
        assert len(list(held.posteriors.whole())) == 2


def test_a_fit_that_fails_its_checks_exits_3_and_issues_nothing(project, forecast):
    """A hundred draws a chain are too few; what was issued before stands."""
    before = again(forecast)
    failed = typed("run", "--no-charts", "--draws", "100", "--tune", "100", cwd=project)
    assert failed.code == 3
    assert failed.out == ""
    assert re.search(r"ESS \d+ < 400", without_traceback(failed))
    with ledger(project) as held:
        assert held.verify() == []
        assert len(held.issues.all()) == 2
        assert len(list(held.posteriors.whole())) == 2
    assert again(forecast) == before


@pytest.mark.usefixtures("unfitted")
def test_a_record_that_the_model_denies_is_said_above_the_number(fresh, forecast):
    """Shelling in a third of the weeks, and a detection that says a war would be in all of them."""
    priors, reports = fresh / "priors.yaml", fresh / "events" / "reports.csv"
    edit(priors, "detection: 0.5 ", "detection: 0.95 ")
    edit(priors, "rarer: [5, 30]", "rarer: [40, 80]")
    edit(priors, "1 month\n    probability: [0.6, 0.95]", "1 week\n    probability: [0.93, 0.98]")
    with reports.open("a") as file:
        for day in ("01-10", "01-31", "02-21", "03-13", "04-03", "04-24", "05-15", "06-05"):
            file.write(f"S{day},E-{day},monitors,2024-{day},2024-{day},shelling_reported,A,1,"
                       "evidence,,,,Impacts (invented),Example,,official,,\n")  # fmt: skip
    assert forecast("check").out == "0 errors, 0 warnings\n"
    done = forecast("run", "--no-charts", "--strict")
    assert done.code == 3
    said = " ".join(done.out.split())
    assert said.index("The record contradicts the model of Ceasefire") < said.index("judgement now")
    (found,) = json.loads(forecast("run", "--no-charts", "--json").out)["contradictions"]
    (wrong,) = found["indicators"]
    assert (found["node"], wrong["indicator"], wrong["found"]) == (
        "ceasefire",
        "shelling_reported",
        9,
    )
    assert found["share"] < 0.01
    assert wrong["state"] == "broken"
    assert f"a detection of {wrong['fitting_detection']:.2g} in place of 0.95" in said
    assert forecast("report", "page.html").code == 0
    page = " ".join((fresh / "page.html").read_text().split())
    assert "Our confidence in this judgement is low: the record contradicts the model" in page
    assert page.index("The record contradicts the model of Ceasefire") < page.index("we assess")
    assert forecast("brief", "new", "brief.md").code == 0
    brief = (fresh / "brief.md").read_text()
    assert found["text"].replace("<1%", "below 1%") in brief.replace("\\", "")
    assert brief.index("The record contradicts the model of Ceasefire") < brief.index("We assess")
    edit(priors, "detection: 0.95 ", f"detection: {wrong['fitting_detection']:.2g} ")
    assert forecast("run", "--no-charts", "--strict").code == 0
