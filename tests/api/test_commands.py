"""Every command has its method, and what it gives is what the command prints, stores and writes."""

import inspect
import json
import re
import shutil

import click
import pandas as pd
import pytest

import forecast
from forecast import Project
from forecast.api.frames import REPORT_COLUMNS
from forecast.beliefs.event_files import REPORTS
from forecast.cli import forecast as root
from forecast.inference.sampling import Settings
from forecast.project.sampler import SamplerSettings
from forecast.record.reports import ReportRow
from tests.api.test_public_door import PAGE
from tests.cli.terminal import in_this_process
from tests.project.repository import ROOT

TABLE = re.search(r"^## Commands and methods\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE)[1]
METHODS = {
    command: re.findall(r"`([\w.]+)`", methods)
    for command, methods in re.findall(r"^\| `([\w -]+)` \| (.+) \|$", TABLE, re.MULTILINE)
}
GIVEN = ROOT / "tests" / "frozen" / "given"


def commands(group=root, above=()):
    """Yield the name of every command that does something."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))
        elif not command.hidden:
            yield " ".join((*above, name))


def said(project, *arguments, capsys, code=0):
    """Return what a command prints with --json."""
    done = in_this_process([*arguments, "--project", str(project.folder), "--json"], capsys)
    assert done.code == code, done.err
    return json.loads(done.out)


def test_every_command_has_its_methods_and_there_are_no_others():
    """docs/python.md lists the tree of commands, and each method that it names is there."""
    assert sorted(METHODS) == sorted(commands())
    for methods in METHODS.values():
        assert methods
        for method in methods:
            door, *path = method.split(".")
            place = forecast if door == "forecast" else forecast.Project
            for name in path[:-1]:
                place = getattr(forecast, {"brief": "Briefs"}.get(name, name.title()))
            assert hasattr(place, path[-1]), method


def test_a_report_has_the_same_columns_in_its_file_its_row_and_its_table():
    row = [name for name in ReportRow.model_fields if name != "inherits"]
    assert list(REPORT_COLUMNS) == list(REPORTS.columns) == row


def test_how_to_sample_is_the_same_wherever_nobody_says():
    """In a command, in Python, and in the sampler itself."""
    usual = vars(SamplerSettings())
    assert usual == {name: vars(Settings())[name] for name in usual}
    for command, method in (("run", Project.run), ("backtest", Project.backtest)):
        options = {one.name: one.default for one in root.commands[command].params}
        given = inspect.signature(method).parameters
        for name in ("draws", "tune"):
            assert options[name] == given[name].default == usual[name]


def test_the_verbs_of_a_namespace_are_all_commands():
    named = {method for methods in METHODS.values() for method in methods}
    for name, door in (("events", "Events"), ("sources", "Sources"), ("brief", "Briefs")):
        own = {one for one in dir(getattr(forecast, door)) if not one.startswith("_")}
        assert own == {one.rpartition(".")[2] for one in named if f".{name}." in one}


def test_nodes_indicators_and_scenarios_are_those_of_the_files(kept):
    assert kept.nodes.index.to_list() == ["ceasefire", "talks"]
    node = kept.nodes.loc["ceasefire"]
    assert (node.states, node.headline) == (["holds", "broken"], ["broken"])
    assert "shelling_reported" in node.indicators
    assert node.label
    assert node.source
    assert kept.indicators.loc["shelling_reported", "nodes"] == ("ceasefire",)
    assert set(kept.indicators["kind"]) <= {"presence", "count", "value"}
    assert kept.indicators["source"].all()
    assert kept.scenarios.index.to_list() == sorted(
        path.stem for path in (kept.folder / "scenarios").glob("*.yaml")
    )


def test_problems_are_those_that_check_lists(project, capsys):
    file = project.folder / "events" / "reports.csv"
    file.write_text(file.read_text("utf-8").replace("shelling_reported", "shelling"), "utf-8")
    listed = said(project, "check", capsys=capsys, code=1)["problems"]
    assert project.problems.to_dict("records") == listed
    assert (project.problems.severity == "error").any()


def test_diagnosis_and_verification_are_what_the_commands_print(kept, capsys):
    found = kept.diagnose()
    assert found.plain() == said(kept, "check", "--fit", capsys=capsys)
    rates = kept.last().posterior()["posterior"].log_hazard
    assert found.learnt.loc["log_hazard"].index.to_list() == rates.hazard.to_numpy().tolist()
    assert found.checks["divergences"] == 0
    looked = kept.verify()
    assert looked.plain() == said(kept, "check", "--ledger", capsys=capsys)
    assert looked.sound
    assert looked.problems == ()
    assert looked.rows.loc["issued_forecast", "rows"] == 2


def test_a_backtest_is_what_the_command_prints(project, capsys):
    days = ("2024-04-10", "2024-05-10")
    found = project.backtest(*days, every="1 month", draws=400)
    line = ("backtest", "--from", days[0], "--to", days[1], "--draws", "400")
    assert found.plain() == said(project, *line, capsys=capsys)
    assert found.dates.index.to_list() == [*map(pd.Timestamp, days)]
    assert found.dates.tight.all()
    assert found.forecasts.shape == (2, len(project.questions))
    assert found.questions.empty


def test_half_lives_are_what_the_command_prints(tmp_path, capsys):
    weeks = pd.date_range("2023-01-01", periods=80, freq="W")
    rows = pd.DataFrame({"date": weeks, "calls": [n * 7 % 5 for n in range(80)]})
    rows.to_csv(tmp_path / "weekly.csv", index=False)
    project = forecast.init(tmp_path / "stream", from_series=tmp_path / "weekly.csv", states=4)
    found = project.half_life("1 year", every=40)
    line = ("half-life", "--try", "1 year", "--every", "40")
    assert found.plain() == said(project, *line, capsys=capsys)
    best = found.tried.half_life[found.tried.score.idxmax()]
    assert pd.isna(best) if found.best is None else best == found.best


def test_answers_become_priors_as_the_command_makes_them(project, tmp_path, capsys):
    sheet = project.elicit_template()
    assert sheet.question.all()
    answer = ["A", "2024-05-01", "5-20%", "Invented"]
    sheet.loc[sheet.index[-1], ["expert", "on", "answer", "rationale"]] = answer
    file = tmp_path / "answers.csv"
    sheet.to_csv(file, index=False)
    found = project.elicit(file, extremise=1.5)
    line = ("elicit", "--answers", str(file), "--extremise", "1.5")
    assert found.plain() == said(project, *line, capsys=capsys)
    assert found.priors.index.to_list() == [sheet.prior.iloc[-1]]
    assert len(found.implied) == len(project.check().implied)
    project.elicit(file, write=tmp_path / "revised.yaml")
    assert "Elicited from A" in (tmp_path / "revised.yaml").read_text("utf-8")


def test_reports_are_added_corrected_withdrawn_and_restored(project, tmp_path):
    row = {
        "event_id": "E-900", "lineage": "monitors", "occurred_on": pd.Timestamp("2024-06-20"),
        "reported_on": "2024-06-21", "indicator": "shelling_reported", "reliability": "B",
        "credibility": 2.0, "summary": "Invented", "source_title": "Example",
    }  # fmt: skip
    added = project.events.add(row)
    (name,) = added.index
    assert added.state[name] == "new"
    assert project.events.add(row).state[name] == "known"
    assert project.events.add({"credibility": 3}, correct=name).credibility[name] == 3
    assert name in project.events.list(indicator="shelling_reported").index
    assert project.events.retract(name, reason="Invented")
    assert not project.events.retract(name, reason="Invented")
    assert name not in project.reports.index
    assert project.events.restore(name, reason="Invented")
    written = project.events.export(tmp_path / "added.csv", added=True)
    assert written.index.to_list() == [name]
    assert pd.read_csv(tmp_path / "added.csv").report_id.to_list() == [name]


def test_what_is_announced_is_told_listed_and_settled(project, capsys):
    row = {
        "indicator": "envoys_meet", "class": "dated", "told_on": pd.Timestamp("2024-06-01"),
        "from": "2024-07-01", "to": "2024-07-31", "reliability": "A", "credibility": 1,
        "source_title": "Gazette",
    }  # fmt: skip
    told = project.events.announce(row)
    (name,) = told.index
    assert told.state[name] == "new"
    assert project.events.announce(row).state[name] == "known"
    assert 0 < project.events.announced(as_of="2024-06-30").kept[name] < 1
    assert project.events.announced(indicator="shelling_reported").empty
    came = {"status": "kept", "known_on": "2024-07-10"}
    assert project.events.announce(came, correct=name).state[name] == "revised"
    (listed,) = said(project, "events", "list", "--announced", capsys=capsys)["announcements"]
    assert project.events.announced().status.to_dict() == {name: listed["status"]}


def test_coverage_is_added_ended_and_listed(project, capsys):
    days = {"from": "2024-07-01", "to": pd.Timestamp("2024-07-31")}
    row = {"indicator": "*", **days, "source": "Desk", "rationale": "Invented"}
    assert project.events.add_coverage(row).state.to_list() == ["new"]
    assert project.events.add_coverage(row).state.to_list() == ["known"]
    ended = project.events.end_coverage(on="2024-07-15", reason="Closed")
    assert ended.starts_on.to_list() == [pd.Timestamp("2024-07-16")]
    listed = said(project, "events", "coverage", "list", capsys=capsys)["coverage"]
    assert project.events.coverage().source.to_list() == [one["source"] for one in listed]


def test_event_data_become_reports(project, tmp_path):
    found = project.events.import_from(
        GIVEN / "acled.csv", form="acled", mapping=GIVEN / "acled.yaml", out=tmp_path / "out.csv"
    )
    fates = found.rows.set_index("fate")["rows"]
    assert fates["kept"] == 1
    assert fates.drop("remarks", errors="ignore").sum() == found.plain()["read"] == 2
    assert len(pd.read_csv(found.out)) == found.plain()["written"] == 1
    assert "rows read, 1 kept" in repr(found)


def test_a_verdict_counts_for_its_source(project, capsys):
    shutil.copy(GIVEN / "sources.csv", project.folder / "events")
    done = project.sources.refute(
        "R001", on="2024-05-01", reason="Invented", source_title="A correction"
    )
    assert done.loc["R001", ["verdict", "state"]].to_list() == ["refuted", "new"]
    rows = project.sources.list().reset_index().to_dict("records")
    assert rows == said(project, "sources", capsys=capsys)["sources"]
    assert project.sources.reopen("R001", on="2024-05-02", reason="Invented").state["R001"] == "new"


def test_an_outcome_is_recorded_once(project, capsys):
    name = project.questions.index[0]
    done = project.resolve(name, "no", note="Invented")
    assert done.loc[name, ["version", "outcome"]].to_list() == [1, "no"]
    assert done.on[name] == project.questions.by[name]
    assert project.resolve(name, "no", note="Invented").empty
    file = project.folder / "more.csv"
    file.write_text(f"question,outcome,on,note\n{name},void,2025-01-02,Invented\n", "utf-8")
    assert project.resolve_from(file).version[name] == 2
    assert project.questions.status[name] == "void"


def test_documents_are_written_checked_and_traced(project, tmp_path, capsys):
    file = tmp_path / "brief.md"
    made = project.brief.new(file)
    assert made.paths[-1] == file
    found = project.brief.check(file)
    assert found.agrees
    assert found.plain() == said(project, "brief", "check", str(file), capsys=capsys)
    file.write_text(file.read_text("utf-8").replace("%", "!", 1), "utf-8")
    assert not project.brief.check(file).agrees
    assert len(project.brief.refresh(file).changed) == 1
    assert project.brief.provenance(file).agrees
    template = tmp_path / "own.md"
    template.write_text('It is {{ forecast.probability("talks") }}.\n', "utf-8")
    assert project.brief.render(template, tmp_path / "filled.md").paths[-1].is_file()
    with pytest.raises(forecast.OutputError, match="is there already"):
        project.brief.new(file)


def test_the_page_and_the_charts_are_written(project, tmp_path):
    assert project.report(tmp_path / "page.html", watch=False).is_file()
    found = project.chart_set(tmp_path / "charts", formats="svg")
    assert found.paths[-1].name == "index.html"
    assert all(path.is_file() for path in found.paths)
    assert "score" in found.left.index


def test_files_of_a_folder_are_applied_once(project, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    reports = project.folder / "events" / "reports.csv"
    head, first, *_ = reports.read_text("utf-8").splitlines()
    (inbox / "new.csv").write_text(f"{head}\n{first.replace('R001', 'R901')}\n", "utf-8")
    (inbox / "bad.csv").write_text("no,report\n1,2\n", "utf-8")
    found = project.watch_folder(inbox, settle=0.0).set_index("file")
    assert found.state[str(inbox / "new.csv")] == "applied"
    assert found.state[str(inbox / "bad.csv")] == "refused"
    assert "R901" in project.reports.index


SHOWN = [
    lambda p: p.diagnose(),
    lambda p: p.verify(),
    lambda p: p.backtest("2024-04-10", "2024-04-10", draws=400),
]


@pytest.mark.parametrize("verb", SHOWN)
def test_a_result_shows_itself(project, verb):
    found = verb(project)
    assert "object at 0x" not in repr(found)
    assert found._repr_html_().startswith("<p><strong>")


MISTAKES = [
    (lambda p: p.events.list(node="talsk"), "did you mean 'talks'?"),
    (lambda p: p.events.list(use="x"), "there is no use 'x'"),
    (lambda p: p.events.add({"indicatr": "x"}), "did you mean 'indicator'?"),
    (lambda p: p.events.add([1]), "a value of type list is no report"),
    (lambda p: p.events.add({"note": ["x"]}), "note: a value of type list is no text"),
    (lambda p: p.events.retract("R999", reason="x"), "R999"),
    (lambda p: p.events.import_from("x.csv", form="gdelt3"), "did you mean 'gdelt2'?"),
    (lambda p: p.events.import_from("x.csv", form="acled"), "x.csv: there is no such file"),
    (lambda p: p.sources.confirm("R001", reason="x"), "say what says so"),
    (lambda p: p.sources.confirm("R001", by="R002", reason=" "), "reason is missing"),
    (lambda p: p.sources.reopen("R001", reason="x"), "on is missing"),
    (lambda p: p.resolve("x", "yes"), "there is no question 'x'"),
    (lambda p: p.backtest("2024-05-10", "2024-04-10"), "last: 2024-04-10 is before 2024-05-10"),
    (lambda p: p.backtest(None, "2024-04-10"), "both days are needed"),
    (lambda p: p.backtest("2024-04-10", "2024-04-10", every="often"), "every: 'often' is not a"),
    (lambda p: p.half_life("soon"), "tried: 'soon' is not a period"),
    (lambda p: p.validate(method="mcmc"), "there is no method 'mcmc'"),
    (lambda p: p.validate(simulations=3), "simulations: 3 came"),
    (lambda p: p.elicit("none.csv"), "answers: none.csv is not there"),
    (lambda p: p.elicit("none.csv", extremise=9), "extremise: 9 came; allowed: numbers from 0.1"),
    (lambda p: p.brief.new("x.md", notes="apa"), "there is no style of notes 'apa'"),
    (lambda p: p.brief.check("x.md"), "x.md"),
    (lambda p: p.chart_set("x", formats="gif"), "there is no format 'gif'"),
    (lambda p: p.chart_set("x", size="a3"), "there is no size 'a3'"),
    (lambda p: p.watch_folder("none"), "none: cannot be watched"),
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "words"), MISTAKES)
def test_a_mistake_is_an_error_of_the_package_in_one_line(kept, mistake, words, monkeypatch):
    monkeypatch.chdir(kept.folder)
    with pytest.raises(forecast.ForecastError) as caught:
        mistake(kept)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
