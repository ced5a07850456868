"""``forecast whatif`` as typed: beside the baseline, and one line for what cannot be."""

import json

import pytest

from tests.cli.terminal import without_traceback

HEAD = "label: {0}\ndescription: Of {0}.\nauthor: A\nrationale: Because.\nassumptions:\n"


def write(project, name, *assumptions):
    """Write a scenario of the project."""
    folder = project / "scenarios"
    folder.mkdir(exist_ok=True)
    body = "".join(f"  - {one}\n" for one in assumptions)
    (folder / f"{name}.yaml").write_text(HEAD.format(name) + body, "utf-8")


def rows(done, kind="judgement"):
    """Rows of a result in JSON, by name and day."""
    assert done.code == 0, done.err
    value = json.loads(done.out)
    return {(row["name"], row["on"]): row for row in value["rows"] if row["kind"] == kind}


def test_an_intervention_moves_what_it_acts_on_and_nothing_else(project, forecast):
    """Talks held up raise the hazard of the ceasefire; held on, talks feel nothing of it."""
    done = forecast("whatif", "--do", "talks=stalled@2024-06-30", "--json", "--no-charts")
    found = rows(done)
    (first, last) = sorted({on for _, on in found})
    changed = {key: row["scenarios"][0]["difference"] for key, row in found.items()}
    assert changed["talks", first]["points"] == changed["ceasefire", first]["points"] == 0.0
    assert found["talks", last]["scenarios"][0]["probability"] == 0.0
    assert changed["ceasefire", last]["points"] > 0.0
    assert changed["ceasefire", last]["lo80"] >= 0.0
    away = rows(forecast("whatif", "--do", "ceasefire=broken@2024-06-30", "--json", "--no-charts"))
    apart = away["talks", last]["scenarios"][0]["difference"]
    assert apart == dict.fromkeys(apart, 0.0)


def test_the_same_seen_instead_of_done_is_learnt_from(project, forecast):
    """Shelling seen speaks of the present too; a broken ceasefire by intervention does not."""
    seen = forecast("whatif", "--observe", "shelling_reported@2024-07-20", "--json", "--no-charts")
    found = rows(seen)
    first = min(on for _, on in found)
    assert found["ceasefire", first]["scenarios"][0]["difference"]["points"] > 0.01
    (scenario,) = json.loads(seen.out)["scenarios"]
    assert scenario["method"] == "reweighted"
    assert scenario["effective_draws"] > 100
    assert scenario["assumptions"][0]["kind"] == "observation"


def test_the_baseline_is_the_issued_forecast_on_all_draws(project, forecast):
    """With every draw in use, the baseline column is the table of `forecast run`."""
    issued = json.loads(forecast("run", "--json", "--no-charts").out)
    done = forecast(
        "whatif", "--do", "talks=moving@2024-06-30", "--json", "--no-charts", "--draws", "100000"
    )
    found = rows(done)
    for judgement in issued["judgements"]:
        for on, told in (
            (issued["as_of"], judgement),
            (issued["horizon"], judgement["at_horizon"]),
        ):
            base = found[judgement["node"], on]["baseline"]
            assert base == pytest.approx({k: told[k] for k in base if k != "word"}
                                         | {"word": told["word"]}, abs=2e-6)  # fmt: skip
    asked = rows(done, "question")
    for question in issued["questions"]:
        base = asked[question["question"], question["by"]]["baseline"]
        assert base["probability"] == pytest.approx(question["probability"], abs=2e-6)


def test_what_changes_nothing_differs_by_exactly_nothing(project, forecast):
    """Common draws: a hazard multiplied by one leaves no noise behind."""
    done = forecast("whatif", "--do", "talks:stalled>moving*1@2024-06-30", "--json", "--no-charts")
    for row in json.loads(done.out)["rows"]:
        assert set(row["scenarios"][0]["difference"].values()) == {0.0}


def test_scenarios_stand_side_by_side_and_stack(project, forecast):
    """Two names are two columns; --with puts both into one."""
    write(project, "quiet", "observe: {indicator: '*', absent: true, from: 2024-07-01, "
          "to: 2024-08-31}")  # fmt: skip
    write(project, "stalled", "do: {node: talks, state: stalled, from: 2024-07-01}")
    two = json.loads(forecast("whatif", "quiet", "stalled", "--json", "--no-charts").out)
    assert [one["scenario"] for one in two["scenarios"]] == ["quiet", "stalled"]
    one = json.loads(
        forecast("whatif", "--with", "quiet", "--with", "stalled", "--json", "--no-charts").out
    )
    assert [one["scenario"] for one in one["scenarios"]] == ["quiet+stalled"]
    kinds = [each["kind"] for each in one["scenarios"][0]["assumptions"]]
    assert kinds == ["observation", "intervention"]
    shown = forecast("whatif", "quiet", "stalled", "--out", "charts")
    assert "intervention: talks is held in stalled, from 2024-07-01 on." in shown.out
    stems = ("whatif__scenarios", "ceasefire__side_by_side", "talks__side_by_side")
    names = {path.name for path in (project / "charts").iterdir()}
    endings = ("svg", "png", "csv", "alt.txt")
    assert names == {f"{stem}.{ending}" for stem in stems for ending in endings}
    listed = forecast("whatif", "--list")
    assert "Of quiet." in listed.out


def test_a_dropped_report_is_unlearnt_and_another_prior_learnt_with(project, forecast):
    """Both are beliefs; what is left out no longer raises the judgement."""
    write(project, "doubt", "belief: {reports: {indicator: shelling_reported}, dropped: true}")
    write(project, "calm", "belief: {hazard: {node: ceasefire, from: holds, to: broken}, "
          "probability: [0.12, 0.42]}")  # fmt: skip
    done = forecast("whatif", "doubt", "calm", "--json", "--no-charts")
    row = next(r for r in json.loads(done.out)["rows"] if r["name"] == "ceasefire")
    assert row["scenarios"][0]["difference"]["points"] < -0.004
    assert abs(row["scenarios"][1]["difference"]["points"]) < 0.05
    assert {one["method"] for one in json.loads(done.out)["scenarios"]} == {"reweighted"}


def test_what_had_been_different_is_replayed(project, forecast):
    """A past intervention is a third kind; its present changes too, which no other does."""
    done = forecast("whatif", "--do", "talks=moving@2024-03-01", "--json", "--no-charts")
    (scenario,) = json.loads(done.out)["scenarios"]
    assert scenario["method"] == "replayed"
    assert scenario["assumptions"][0]["kind"] == "counterfactual"
    assert scenario["monte_carlo_error"] < 0.01
    found = rows(done)
    first = min(on for _, on in found)
    assert found["talks", first]["scenarios"][0]["probability"] == 1.0
    shown = forecast("whatif", "--do", "talks=moving@2024-03-01", "--no-charts")
    assert "counterfactual: had talks been moving, from 2024-03-01 on, given all" in shown.out
    mixed = forecast("whatif", "--do", "talks=moving@2024-03-01",
                     "--observe", "envoys_meet@2024-08-01")  # fmt: skip
    assert mixed.code == 1
    assert "stands beside a counterfactual" in without_traceback(mixed)


WRONG = [
    (("nowhere",), "scenarios/nowhere.yaml: there is no such scenario"),
    (("--do", "talk=stalled@2024-07-01"), "unknown node 'talk'; did you mean 'talks'?"),
    (("--do", "talks=stale@2024-07-01"), "unknown state 'stale' of talks"),
    (("--do", "talks=stalled@2023-07-01"), "2023-07-01 is before the brief (2024-01-01)"),
    (("--do", "talks=stalled"), "cannot be read; write NODE=STATE@2025-01-01"),
    (("--observe", "shelling@2024-07-01"), "did you mean 'shelling_reported'?"),
    (("--do", "talks=stalled@2024-07-01", "--do", "talks=moving@2024-07-01"),
     "holds talks in 'moving' while it is held in 'stalled'"),
    (("--do", "talks=stalled@2024-07-01", "--horizon", "soon"), "'soon' is not a period"),
    (("--do", "talks=stalled@2024-07-01", "--as-of", "2024-05-01"), "forecast run"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "expected"), WRONG, ids=lambda x: x[-1] if x else "")
def test_what_cannot_be_is_one_line(typed, expected, project, forecast):
    """Exit 1, nothing on the output, no traceback."""
    done = forecast("whatif", *typed, "--no-charts")
    assert (done.code, done.out) == (1, "")
    assert expected in without_traceback(done)


def test_nothing_asked_is_wrong_usage(project, forecast):
    """And says how to find out what there is."""
    done = forecast("whatif")
    assert done.code == 2
    assert "forecast whatif --list" in done.err


def test_before_the_first_forecast_it_says_what_to_run(fresh, forecast):
    """One line."""
    done = forecast("whatif", "--do", "talks=stalled@2024-07-01")
    assert done.code == 1
    assert "first run" in without_traceback(done)
