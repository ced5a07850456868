"""`forecast check` and `forecast check --fit`: what is wrong, what is believed, what was learnt."""

import json
import re

import jsonschema
import pytest
from ruamel.yaml import YAML

from tests.cli.projects import edit
from tests.cli.terminal import without_traceback


@pytest.fixture
def broken(fresh):
    """A project with one mistake in each of its three files."""
    edit(fresh / "priors.yaml", "headline: [moving]", "headline: [movin]")
    edit(fresh / "events" / "reports.csv", "2024-04-18", "18.4.24")
    edit(fresh / "events" / "coverage.csv", "2024-06-30", "30.6.24")
    return fresh


def test_a_project_in_order_has_no_problems(fresh, forecast):
    assert forecast("check") == forecast("check", "--project", ".")
    done = forecast("check")
    assert (done.code, done.out, done.err) == (0, "0 errors, 0 warnings\n", "")


def test_every_problem_of_every_file_is_listed_with_its_line(broken, forecast):
    done = forecast("check")
    *problems, total = done.out.splitlines()
    assert done.code == 1
    assert total == "3 errors, 0 warnings"
    assert [line.split(": ")[:3] for line in problems] == [
        ["error", "priors.yaml:52", "nodes.talks.headline"],
        ["error", "events/coverage.csv:2", "to"],
        ["error", "events/reports.csv:3", "reported_on"],
    ]


def test_an_open_act_that_is_graded_as_if_in_doubt_is_pointed_at(fresh, forecast):
    edit(fresh / "priors.yaml", "label: Envoys meet", "label: Envoys meet\n    open: true")
    assert forecast("check").out == "0 errors, 0 warnings\n"
    edit(fresh / "events" / "reports.csv", "envoys_meet,A,1", "envoys_meet,A,3")
    done = forecast("check")
    said = " ".join(done.out.split())
    assert done.code == 0
    assert "events/reports.csv:2: credibility: envoys_meet is done in the open" in said
    assert "1 report of it is graded 3 to 6 (R001)" in said


STATED = """questions:
  envoys_by_august:
    text: Will the envoys meet by 31 August 2024?
    node: talks
    states: [moving]
    mode: reported
    indicator: envoys_meet
    by: 2024-08-31
    criteria: Yes if a meeting is reported.
    fallback: No if none is.
    source: Invented.
    prior: {probability: PROBABILITY, source: Invented., rationale: Invented.}
"""


@pytest.mark.parametrize(("stated", "far"), [("[0.01, 0.03]", True), ("[0.5, 0.9]", False)])
def test_a_prior_far_from_the_number_of_the_model_is_pointed_at(fresh, forecast, stated, far):
    """More than 2 apart in the log odds; the model says 67 % before the first report."""
    edit(fresh / "priors.yaml", "questions:\n", STATED.replace("PROBABILITY", stated))
    done = forecast("check")
    assert done.code == 0
    said = "questions.envoys_by_august.prior: says 2%, and the model alone 67%"
    assert (said in done.out) == far
    assert done.out.endswith(f"0 errors, {int(far)} warning{'' if far else 's'}\n")
    if far:
        assert re.search(
            r"priors.yaml:\d+: .+ on 2024-01-01: \d.\d apart in the log odds", done.out
        )


def test_the_examples_that_the_template_comments_out_can_be_taken(fresh, forecast):
    """A move, an open act, an announcement, and a question with a prior of its own."""
    priors = fresh / "priors.yaml"
    lines = priors.read_text("utf-8").splitlines()
    taken = [line.replace("  # ", "  ", 1) if line.startswith("  # ") else line for line in lines]
    rows = [line.strip() for line in taken if line.strip().count(",") > 10]
    kept = [line for line in taken if line.strip() not in rows and "events/" not in line]
    priors.write_text("\n".join([*kept, ""]), "utf-8")
    (fresh / "events" / "announcements.csv").write_text("\n".join([*rows, ""]), "utf-8")
    assert forecast("check").out == "0 errors, 0 warnings\n"
    found = json.loads(forecast("nodes", "--json").out)
    text = json.dumps(found)
    assert "truce_signed" in text
    assert "envoys_meet_by_september_2024" in text
    listed = json.loads(forecast("events", "list", "--json").out)["announcements"]
    assert [row["announcement_id"] for row in listed] == ["N1"]


def test_problems_as_json_exit_1_too(broken, forecast):
    done = forecast("check", "--json")
    found = json.loads(done.out)["problems"]
    assert done.code == 1
    assert {row["severity"] for row in found} == {"error"}
    assert all(row["line"] > 0 for row in found)


def test_a_report_dated_after_today_is_an_error_before_any_run(fresh, forecast):
    edit(fresh / "events" / "reports.csv", "2024-04-18", "2999-04-18")
    done = forecast("check")
    assert done.code == 1
    assert "events/reports.csv:3: reported_on: 2999-04-18 is after today" in done.out


def test_the_schema_accepts_the_template(fresh, forecast):
    schema = json.loads(forecast("check", "--schema").out)
    # dates as text, as an editor sees them
    yaml = YAML(typ="safe", pure=True)
    yaml.constructor.add_constructor(
        "tag:yaml.org,2002:timestamp", lambda _constructor, node: str(node.value)
    )
    value = yaml.load(fresh / "priors.yaml")
    checker = jsonschema.Draft202012Validator(schema)
    checker.check_schema(schema)
    checker.validate(value)
    value["nodes"]["talks"]["headlin"] = value["nodes"]["talks"].pop("headline")
    assert not checker.is_valid(value)


def test_prior_sets_the_brief_beside_what_its_priors_imply(fresh, forecast):
    shown = forecast("check", "--prior")
    assert (shown.code, shown.err) == (0, "")
    assert "the ceasefire is likely to hold" in " ".join(shown.out.split())
    assert "20-45%" in shown.out
    assert "agrees" in shown.out


def test_prior_as_json_gives_each_indicator_and_state(fresh, forecast):
    value = json.loads(forecast("check", "--prior", "--json").out)
    assert [row["verdict"] for row in value["implied"]] == ["agrees"]
    assert len(value["expected"]) == 4
    assert value["as_of"] == "2024-06-30"
    found = {row["indicator"]: row["found"] for row in value["expected"]}
    assert found == {"shelling_reported": 1, "envoys_meet": 1}


def test_prior_without_surprises_says_none_and_all_shows_every_row(fresh, forecast):
    *_, none, together = forecast("check", "--prior").out.splitlines()
    assert none == "none"
    assert together == "All indicators together: 1 [0, 5] weeks with a report expected, 2 found"
    shown = forecast("check", "--prior", "--all").out
    assert all(state in shown for state in ("ceasefire holds", "ceasefire broken *"))


@pytest.mark.parametrize("day", ["2023-12-31", "2999-01-01"])
def test_prior_refuses_a_day_before_the_brief_or_after_today(day, fresh, forecast):
    done = forecast("check", "--prior", "--as-of", day)
    assert done.code == 1
    assert f"--as-of {day}" in without_traceback(done)


def test_prior_of_a_broken_project_lists_the_problems(broken, forecast):
    done = forecast("check", "--prior")
    assert done.code == 1
    assert "3 errors" in done.out


def test_diagnose_shows_every_parameter_and_the_checks_in_words(project, forecast):
    shown = forecast("check", "--fit")
    assert (shown.code, shown.err) == (0, "")
    assert "envoys_meet | talks.stalled" in shown.out
    assert re.search(r"R-hat \d\.\d{3}, effective draws \d+ \(bulk\) and \d+ \(tail\)", shown.out)
    assert re.search(r"R-hat is largest at \w+\[.+\]\.", " ".join(shown.out.split()))
    assert not re.search(r"\d\.\d{6}", shown.out)


def test_diagnose_of_one_block_has_only_its_rows(project, forecast):
    value = json.loads(forecast("check", "--fit", "--block", "log_hazard", "--json").out)
    assert {row["block"] for row in value["learnt"]} == {"log_hazard"}
    assert value["checks"]["problems"] == []
    assert value["checks"]["ess_bulk"] >= 400


def test_diagnose_of_an_unknown_block_names_the_known_ones(project, forecast):
    near, far = (forecast("check", "--fit", "--block", name) for name in ("hazards", "x"))
    assert (near.code, far.code) == (2, 2)
    assert "did you mean 'log_hazard'?" in near.err
    assert "log_hazard, log_hazard_ratio" in " ".join(far.err.split())


def test_diagnose_before_the_first_run_says_so_and_makes_no_ledger(fresh, forecast):
    done = forecast("check", "--fit")
    assert done.code == 1
    assert "run" in without_traceback(done)
    assert not (fresh / ".forecast").exists()
