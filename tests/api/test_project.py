"""What Python gives is what the command line prints, as tables, datasets and charts."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import forecast
from forecast import dims
from tests.cli.projects import EARLY, END
from tests.cli.terminal import in_this_process

ASKED = "broken_by_end_2024"
QUESTION = "ceasefire reaches broken by 2024-12-31"
ROW = {
    "report_id": "R900",
    "event_id": "E-900",
    "lineage": "monitors",
    "occurred_on": dt.date(2024, 6, 20),
    "reported_on": pd.Timestamp("2024-06-21"),
    "indicator": "shelling_reported",
    "reliability": "B",
    "credibility": 2.0,
    "use": "evidence",
    "value": float("nan"),
    "summary": "Monitors counted impacts (invented example)",
    "source_title": "Example monitors' report",
}

VERBS = [
    (("check", "--prior"), lambda project: project.check()),
    (("run", "--no-charts"), lambda project: project.run()),
    (("run", "--no-charts", "--as-of", EARLY), lambda project: project.run(as_of=EARLY)),
    (("explain", "ceasefire", "--no-charts"), lambda project: project.explain("ceasefire")),
    (
        ("explain", "ceasefire", "--since", EARLY, "--no-charts"),
        lambda project: project.explain("ceasefire", since=EARLY),
    ),
    (("explain", ASKED, "--no-charts"), lambda project: project.explain(ASKED)),
    (("watch", "ceasefire", "--within", "6m"), lambda p: p.watch("ceasefire", within="6m")),
    (("sensitivity", "ceasefire", "--no-charts"), lambda p: p.sensitivity("ceasefire")),
    (("ask", QUESTION, "--no-charts"), lambda project: project.ask(QUESTION)),
    (
        ("whatif", "--do", "talks=moving@2024-08-01", "--no-charts"),
        lambda project: project.what_if(do="talks=moving@2024-08-01"),
    ),
    (("score", "--as-of", "2025-06-30"), lambda project: project.score(as_of="2025-06-30")),
]

NAMES = [" ".join(command[:4]) for command, _ in VERBS]


def said(project, *arguments, capsys):
    """Return what a command prints with --json."""
    done = in_this_process([*arguments, "--project", str(project.folder), "--json"], capsys)
    assert done.code == 0, done.err
    return json.loads(done.out)


@pytest.mark.parametrize(("command", "verb"), VERBS, ids=NAMES)
def test_a_verb_gives_what_the_command_prints(kept, command, verb, capsys):
    assert verb(kept).plain() == said(kept, *command, capsys=capsys)


def test_a_dry_update_gives_what_the_command_prints(project, tmp_path, capsys):
    """One report, as a file, as rows and as a table, has the same effect; nothing is written."""
    table = pd.DataFrame([ROW])
    file = tmp_path / "new.csv"
    table.assign(credibility=2).to_csv(file, index=False)
    printed = said(project, "update", str(file), "--dry-run", capsys=capsys)
    for given in (file, str(file), [file], ROW, [ROW], table):
        assert project.update(given, dry=True).plain() == printed
    assert printed["new"] == ["R900"]
    assert "R900" not in project.reports.index


def test_an_update_is_stored_and_issued(project):
    before = project.last()
    found = project.update([ROW], issue=True)
    after = project.last()
    assert found.plain()["issue"] == after.id != before.id
    assert found.moves.after["ceasefire"] == pytest.approx(after.probability("ceasefire"), abs=1e-6)
    assert after.probability("ceasefire") > before.probability("ceasefire")
    stored = project.reports.loc["R900"]
    assert (stored.credibility, stored.reported_on) == (2, pd.Timestamp("2024-06-21"))
    assert pd.isna(stored.value)


def test_an_alert_is_given_once_and_remembered(project):
    """A rule crossed by the update is raised in its table; the next update says nothing of it."""
    rules = """
alerts:
  broken:
    node: ceasefire
    above: 0.04
    certainty: 0.5
    change: 0.0
    hysteresis: 0.01
    source: Ours.
    rationale: For a test.
"""
    with (project.folder / "priors.yaml").open("a", encoding="utf-8") as file:
        file.write(rules)
    assert project.update([ROW], dry=True).alerts.word["broken"] == "raised"
    assert project.update([ROW]).alerts.word["broken"] == "raised"
    again = project.update([ROW]).alerts.loc["broken"]
    assert again.word is None
    assert again.raised


def test_judgements_and_questions_are_those_of_the_payload(kept):
    found = kept.last()
    value = found.plain()
    rows = found.judgements
    assert rows.index.to_list() == [row["node"] for row in value["judgements"]]
    assert rows.probability.to_list() == [row["probability"] for row in value["judgements"]]
    ends = [row["at_horizon"]["hi80"] for row in value["judgements"]]
    assert rows["at_horizon.hi80"].to_list() == ends
    asked = found.questions
    assert asked.probability.to_list() == [row["probability"] for row in value["questions"]]
    assert str(asked["by"].dtype).startswith("datetime64")
    assert not rows.isna().any(axis=None)


def test_trajectories_have_named_dimensions_and_the_numbers_of_the_payload(kept):
    found = kept.last()
    data = found.trajectories
    assert data.probability.dims == (dims.NODE, dims.DATE)
    assert data.states.dims == (dims.NODE_STATE, dims.DATE)
    for row in found.plain()["trajectories"]:
        one = found.trajectory(row["node"])
        np.testing.assert_array_equal(one.probability, row["probability"])
        np.testing.assert_array_equal(one.no_news, row["no_news"])
        np.testing.assert_allclose(one.states.sum(dims.NODE_STATE), 1.0, atol=3e-6)
    now = kept.trajectory("ceasefire").where(data.history, drop=True).isel(date=-1)
    assert str(now.date.to_numpy())[:10] >= END
    assert float(now.probability) == kept.probability("ceasefire")
    assert one.attrs == {"as_of": END, "issue": found.id}


def test_states_stand_in_the_order_of_the_file(kept):
    assert kept.trajectory("ceasefire").node_state.to_numpy().tolist() == ["holds", "broken"]


def test_a_probability_is_a_number_with_its_word_and_band(kept):
    row = kept.last().plain()["judgements"][0]
    found = kept.probability("ceasefire")
    assert (float(found), found.word, found.lo80) == (row["probability"], row["word"], row["lo80"])
    assert repr(found).startswith(f"{100 * row['probability']:.0f}% {row['word']}, 80% band ")
    assert kept.probability("ceasefire", "broken").hi50 == row["hi50"]
    other = kept.probability("ceasefire", "holds")
    assert other + found == pytest.approx(1.0, abs=2e-6)
    assert np.isnan(other.lo80)
    assert "band" not in str(other)
    assert kept.probability("ceasefire", "holds", "broken") == pytest.approx(1.0)


def test_an_answer_agrees_with_the_question_of_the_file(kept):
    name = kept.last().questions.index[0]
    found = kept.ask(name)
    assert found.estimate == pytest.approx(kept.last().answer(name), abs=2e-6)
    assert found.estimate.word == kept.last().answer(name).word


def test_the_curve_of_an_answer_never_falls(kept):
    curve = kept.ask(QUESTION).curve
    assert curve.probability.dims == (dims.DATE,)
    assert (curve.probability.diff(dims.DATE) >= 0).all()
    assert float(curve.probability[-1]) == kept.ask(QUESTION).estimate


def test_scenarios_are_told_apart_by_a_dimension(kept):
    found = kept.what_if(do=["talks=moving@2024-08-01"])
    data = found.trajectories
    assert data.probability.dims == (dims.SCENARIO, dims.NODE, dims.DATE)
    name = str(data.scenario[1].item())
    last = data.probability.sel(node="ceasefire").isel(date=-1)
    rows = found.rows.loc["ceasefire"].query("kind == 'judgement' and not past")
    rows = rows.set_index("scenario")
    assert rows.probability["baseline"] == float(last.sel(scenario="baseline"))
    difference = float(last.sel(scenario=name) - last.sel(scenario="baseline"))
    assert rows["difference.points"][name] == pytest.approx(difference, abs=2e-6)
    assert pd.isna(rows["difference.points"]["baseline"])
    assert found.assumptions["kind"].to_list() == ["intervention"]
    assert found.scenarios["method"].to_list() == ["same draws"]


def test_the_parts_of_an_explanation_add_up(kept):
    found = kept.explain("ceasefire")
    assert found.parts.decibans.sum() == pytest.approx(found.plain()["decibans"], abs=0.01)


def test_tables_of_the_other_verbs_have_the_rows_of_the_plain_values(kept):
    rests = kept.sensitivity("ceasefire")
    assert len(rests.inputs) == len(rests.plain()["inputs"])
    assert rests.sources["change"].to_list() == [r["change"] for r in rests.plain()["sources"]]
    looked = kept.watch()
    assert len(looked.indicators) == sum(len(t["indicators"]) for t in looked.plain()["targets"])
    assert kept.score().questions.empty
    assert kept.score().baselines.empty


def test_reports_and_questions_of_the_project(kept):
    assert kept.reports.index.to_list() == ["R001", "R003", "R002"]
    assert kept.reports["occurred_on"].max() == pd.Timestamp("2024-04-16")
    assert set(kept.questions.status) == {"due"}


def test_the_posterior_is_a_tree_that_arviz_takes(kept):
    """`az.loo` and a plot work on it; the draws are those the forecast was read from."""
    import arviz as az
    from matplotlib import pyplot as plt

    found = kept.last()
    tree = found.posterior()
    assert isinstance(tree, xr.DataTree)
    rates = tree["posterior"].log_hazard
    assert rates.dims == (dims.CHAIN, dims.DRAW, dims.HAZARD)
    assert rates.sizes[dims.DRAW] == found.plain()["issue"]["settings"]["draws"]
    assert np.ptp(tree["sample_stats"].weight.values) == 0.0
    steps = tree["log_likelihood"].sizes[dims.STEP]
    loo = az.loo(tree, pointwise=True)
    assert loo.n_data_points == steps == loo.elpd_i.sizes[dims.STEP]
    assert loo.elpd < float(tree["log_likelihood"].evidence.mean([dims.CHAIN, dims.DRAW]).sum())
    rows = az.summary(tree, var_names=["log_hazard"])
    assert len(rows) == rates.sizes[dims.HAZARD]
    drawn = az.plot_prior_posterior(tree, var_names=["log_hazard"])
    assert drawn.viz["figure"].item().axes
    plt.close("all")


def test_an_update_that_weighs_draws_says_so_in_the_posterior(project):
    """The likelihood stays that of the fit, and the weights are those of the issue."""
    before = project.last().posterior()
    assert project.update([ROW], issue=True).plain()["method"] == "reweighted"
    after = project.last().posterior()
    assert np.ptp(after["sample_stats"].weight.values) > 0.0
    assert float(after["sample_stats"].weight.sum()) == pytest.approx(1.0)
    xr.testing.assert_equal(
        after["log_likelihood"].to_dataset(), before["log_likelihood"].to_dataset()
    )


CHARTS = [
    lambda project: project.chart("trajectory", "ceasefire"),
    lambda project: project.chart("fan", "ceasefire"),
    lambda project: project.chart("panel"),
    lambda project: project.explain("ceasefire").chart(),
    lambda project: project.ask(QUESTION).chart(),
    lambda project: project.what_if(do="talks=moving@2024-08-01").chart(),
]


@pytest.mark.parametrize("draw", CHARTS)
def test_a_chart_shows_itself(kept, draw):
    chart = draw(kept)
    assert isinstance(chart, forecast.Chart)
    assert chart._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(("command", "verb"), VERBS, ids=NAMES)
def test_a_result_shows_itself_as_text_and_in_a_notebook(kept, command, verb):
    found = verb(kept)
    assert "object at 0x" not in repr(found)
    html = found._repr_html_()
    assert html.startswith("<p><strong>")
    assert html.count("<p>") == html.count("</p>")


def test_what_is_shown_is_escaped(kept):
    found = kept.last()
    found._value["brief"] = {**found._value["brief"], "title": "<script>alert(1)</script>"}
    found._value["judgements"] = [
        {**row, "label": "<b>bold</b>"} for row in found._value["judgements"]
    ]
    assert "<script>" not in found._repr_html_()
    assert "<b>" not in found._repr_html_()


MISTAKES = [
    (lambda p: p.run(as_of="2024-13-01"), forecast.ForecastError, "as_of: '2024-13-01' is not"),
    (lambda p: p.run(horizon="soon"), forecast.ForecastError, "horizon: 'soon' is not a period"),
    (lambda p: p.run(as_of="2020-01-01"), forecast.EvidenceError, "before the brief"),
    (lambda p: p.last(as_of="2024-02-01"), forecast.LedgerError, "no forecast was issued as of"),
    (lambda p: p.probability("ceasfire"), forecast.BeliefsError, "did you mean 'ceasefire'"),
    (lambda p: p.probability("ceasefire", "brok"), forecast.BeliefsError, "no state 'brok'"),
    (lambda p: p.trajectory("x"), forecast.BeliefsError, "there are: ceasefire, talks"),
    (lambda p: p.last().answer("x"), forecast.BeliefsError, "there is no question 'x'"),
    (lambda p: p.chart("pie"), forecast.BeliefsError, "there is no chart 'pie'; there are: tra"),
    (
        lambda p: p.chart("trajectory"),
        forecast.BeliefsError,
        "no node is named in this forecast; there are: ce",
    ),
    (lambda p: p.update("none.csv"), forecast.ReportsError, "none.csv: cannot be read"),
    (lambda p: p.update([]), forecast.ReportsError, "no report came"),
    (lambda p: p.update([{**ROW, "indicator": "x"}]), forecast.ReportsError, "rows:1: indicator"),
    (lambda p: p.what_if("nothing"), forecast.BeliefsError, "there is no such scenario"),
    (lambda p: p.what_if(do="talks=moving@2024-08-01").chart("x"), forecast.BeliefsError, "'x'"),
    (lambda p: p.ask("talks is moving on 2024-12-31").chart(), forecast.BeliefsError, "no chart"),
    (lambda p: p.explain("x"), forecast.BeliefsError, "there is no node or question 'x'"),
    (lambda p: p.watch(grade="Z9"), forecast.EvidenceError, "'Z9' is not a grade"),
    (lambda p: forecast.load(p.folder / "x"), forecast.BeliefsError, "there is no such file"),
    (lambda p: forecast.init(p.folder), forecast.OutputError, "is there already"),
]


@pytest.mark.parametrize(("mistake", "error", "words"), MISTAKES)
def test_a_mistake_is_an_error_of_the_package_in_one_line(kept, mistake, error, words):
    with pytest.raises(error) as caught:
        mistake(kept)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_project_of_ones_own_starts_as_the_command_starts_it(tmp_path):
    project = forecast.init(tmp_path / "mine")
    assert project.title == "Will the ceasefire hold?"
    assert repr(project).endswith("mine'): Will the ceasefire hold?")
    series = tmp_path / "weekly.csv"
    weeks = pd.DataFrame({"date": pd.date_range("2024-01-01", periods=20, freq="W")})
    weeks.assign(calls=range(20)).to_csv(series, index=False)
    stream = forecast.init(tmp_path / "stream", from_series=series, states=4)
    assert len(stream.reports) == 20
