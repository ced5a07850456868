"""Whatever a user gets wrong is one line on the error stream, exit 1, and nothing is lost."""

import shutil

import pytest

from tests.cli.projects import edit, files, ledger, rewrite
from tests.cli.terminal import without_traceback


def no_priors(project):
    (project / "priors.yaml").unlink()


def unreadable_yaml(project):
    (project / "priors.yaml").write_text("nodes: [a, b\nbrief: {", "utf-8")


def no_text(project):
    (project / "priors.yaml").write_bytes(b"\xff\xfe\x00\x01")


def empty_priors(project):
    (project / "priors.yaml").write_bytes(b"")


def priors_is_a_folder(project):
    (project / "priors.yaml").unlink()
    (project / "priors.yaml").mkdir()


def misspelt_state(project):
    edit(project / "priors.yaml", "headline: [moving]", "headline: [movin]")


def unknown_indicator(project):
    edit(project / "events" / "reports.csv", "shelling_reported,B", "shelling_reportd,B")


def column_missing(project):
    rewrite(
        project / "events" / "reports.csv",
        lambda row: {name: cell for name, cell in row.items() if name != "lineage"},
    )


def date_in_the_wrong_form(project):
    edit(project / "events" / "reports.csv", "2024-02-06", "06.02.2024")


def reported_before_it_happened(project):
    edit(project / "events" / "reports.csv", "2024-02-07", "2024-02-01")


def dated_after_today(project):
    edit(project / "events" / "reports.csv", "2024-04-18", "2999-04-18")


def ungraded(project):
    edit(project / "events" / "reports.csv", "envoys_meet,A,1", "envoys_meet,A,7")


def a_cell_too_many(project):
    edit(project / "events" / "reports.csv", "mediator,2024-02-06", "mediator,x,2024-02-06")


def an_id_twice(project):
    edit(project / "events" / "reports.csv", "R003,", "R002,")


def coverage_backwards(project):
    edit(project / "events" / "coverage.csv", "2024-01-01,2024-06-30", "2024-06-30,2024-01-01")


def empty_events(project):
    for path in (project / "events").iterdir():
        path.unlink()


def no_events(project):
    shutil.rmtree(project / "events")


def events_is_a_file(project):
    shutil.rmtree(project / "events")
    (project / "events").write_text("x", "utf-8")


FILES = [
    (no_priors, "forecast init"),
    (unreadable_yaml, "priors.yaml:2: is not readable YAML"),
    (no_text, "priors.yaml:1: is not UTF-8 text"),
    (empty_priors, "priors.yaml: is empty"),
    (priors_is_a_folder, "priors.yaml"),
    (misspelt_state, "priors.yaml:52: nodes.talks.headline: unknown state 'movin' of talks"),
    (misspelt_state, "did you mean 'moving'?"),
    (unknown_indicator, "events/reports.csv:3: indicator: unknown indicator 'shelling_reportd'"),
    (unknown_indicator, "did you mean 'shelling_reported'?"),
    (column_missing, "events/reports.csv:1: header: column 'lineage' is missing"),
    (date_in_the_wrong_form, "events/reports.csv:2: occurred_on: '06.02.2024' is not a date"),
    (reported_before_it_happened, "events/reports.csv:2: reported_on: 2024-02-01 is before"),
    (dated_after_today, "events/reports.csv:3: reported_on: 2999-04-18 is after today"),
    (ungraded, "events/reports.csv:2: credibility: '7'"),
    (a_cell_too_many, "events/reports.csv:2: has 19 cells"),
    (an_id_twice, "events/reports.csv:4: report_id: 'R002' already stands"),
    (coverage_backwards, "events/coverage.csv:2: to: 2024-01-01 is before 2024-06-30"),
    (empty_events, "events: holds no file of reports"),
    (no_events, "events: cannot be read"),
    (events_is_a_file, "events: cannot be read"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("break_it", "said"), FILES, ids=[break_it.__name__ for break_it, _ in FILES]
)
def test_a_broken_file_is_named_and_the_issue_before_stands(break_it, said, project, forecast):
    with ledger(project) as held:
        moment, issues = held.recorded_until(), held.issues.all()
    charts = files(project / "out")
    break_it(project)
    done = forecast("run")
    assert done.code == 1
    assert done.out == ""
    assert said in without_traceback(done)
    with ledger(project) as held:
        assert held.verify() == []
        assert (held.recorded_until(), held.issues.all()) == (moment, issues)
    assert files(project / "out") == charts


def test_many_mistakes_are_told_at_once_each_on_its_line(project, forecast):
    unknown_indicator(project)
    date_in_the_wrong_form(project)
    done = forecast("run")
    *problems, total = done.err.splitlines()
    assert done.code == 1
    assert [line.split(": ")[0] for line in problems] == [
        "events/reports.csv:2",
        "events/reports.csv:3",
    ]
    assert total == "forecast: 2 problems; nothing was changed"


@pytest.mark.parametrize(
    ("day", "said"), [("2023-12-31", "is before the brief"), ("2999-01-01", "is after today")]
)
def test_a_day_out_of_reach_is_refused(day, said, project, forecast):
    done = forecast("run", "--as-of", day)
    assert done.code == 1
    assert f"--as-of {day} {said}" in without_traceback(done)


@pytest.mark.parametrize("below", ["priors.yaml/out", "priors.yaml/deep/out", "/proc/out"])
def test_a_folder_that_cannot_be_made_is_refused_before_any_work(below, project, forecast):
    for command in (("run",), ("chart", "panel")):
        done = forecast(*command, "--out", below)
        assert done.code == 1
        assert "--out" in without_traceback(done)
        assert "results cannot be written there" in done.err


def test_results_into_a_file_are_wrong_usage(project, forecast):
    done = forecast("run", "--out", "priors.yaml")
    assert (done.code, done.out) == (2, "")
    assert "priors.yaml" in done.err


def test_a_refused_run_makes_no_folder_for_results(fresh, forecast):
    no_events(fresh)
    assert forecast("run", "--out", "new/deep").code == 1
    assert not (fresh / "new").exists()


def test_impossible_evidence_names_the_step_and_its_indicators(fresh, forecast):
    """A meeting that no state can bring about in a billion years was seen all the same."""
    text = (fresh / "priors.yaml").read_text("utf-8")
    start, end = text.index("    within: 3 months"), text.index("    detection: 0.9")
    never = "    within: 1e9 years\n    probability: [1.0e-322, 1.0e-321]\n"
    (fresh / "priors.yaml").write_text(text[:start] + never + text[end:], "utf-8")
    done = forecast("run", "--no-charts")
    assert done.code == 1
    assert "the step to 2024-02-12: envoys_meet" in without_traceback(done)
    with ledger(fresh) as held:
        assert held.verify() == []
        assert held.issues.all() == []
    (fresh / "priors.yaml").write_text(text, "utf-8")
    assert forecast("events", "list").code == 0
