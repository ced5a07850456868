"""Issues: what a run keeps, what it is compared with, and how an issue is recalled."""

import datetime as dt
import json
import os
from dataclasses import replace

import pytest

from forecast.errors import BeliefsError, ForecastError, LedgerError, OutputError
from forecast.issue.charts import draw_one, require_writable, write_outputs
from forecast.issue.issued import issue_json, issued, recall
from forecast.issue.run import run
from forecast.project.sampler import SamplerSettings
from tests.cli.projects import EARLY, END, edit, files

EARLY_DAY, END_DAY = dt.date.fromisoformat(EARLY), dt.date.fromisoformat(END)


class Listener:
    """Writes down the stages it is told."""

    def __init__(self):
        self.stages = []

    def stage(self, text):
        self.stages.append(text)

    def progress(self, done, total):
        assert 0 <= done <= total


@pytest.fixture
def unsampled(monkeypatch):
    """No fit is made: where one is asked for, the test fails."""

    def fail(*arguments, **options):
        pytest.fail("a fit was asked for")

    monkeypatch.setattr("forecast.inference.sampling.fit", fail)


@pytest.mark.usefixtures("unsampled")
def test_the_same_run_is_the_same_issue_not_computed_again(fitted):
    first, second = run(fitted), run(fitted)
    assert not first.fresh
    assert first == second
    assert first.issued.as_of == END_DAY


@pytest.mark.usefixtures("unsampled")
def test_where_nothing_is_computed_only_the_reading_is_told(fitted):
    told = Listener()
    run(fitted, reporter=told)
    assert told.stages == ["reading the brief and its reports"]


@pytest.mark.usefixtures("unsampled")
def test_the_issue_before_is_of_the_same_day_or_earlier(fitted):
    late, early = run(fitted), run(fitted, as_of=EARLY_DAY)
    assert late.previous == early.issued
    assert early.previous is None
    again = run(fitted, as_of=EARLY_DAY, horizon=90.0)
    assert again.fresh
    assert again.previous == early.issued


@pytest.mark.usefixtures("unsampled")
def test_a_new_issue_knows_the_ledger_it_was_read_from(fitted):
    issue = run(fitted, horizon=60.0)
    with fitted.ledger() as ledger:
        seen = ledger.reports.latest(as_of=issue.issued.as_of, recorded_by=issue.issued.recorded_by)
    assert [record.report_id for record in seen] == ["R001", "R003", "R002"]


def test_another_grade_is_other_evidence(fitted, monkeypatch):
    """A report that weighs less asks for a new fit; one that reads otherwise does not."""
    asked = []

    def refuse(*arguments, **options):
        asked.append(options)
        raise ForecastError("asked for a fit")

    monkeypatch.setattr("forecast.inference.sampling.fit", refuse)
    before = run(fitted)
    edit(fitted.events / "reports.csv", "Monitors counted a dozen", "Monitors counted twelve")
    assert run(fitted).issued == before.issued
    assert not asked
    edit(fitted.events / "reports.csv", "B,2,evidence", "B,3,evidence")
    with pytest.raises(ForecastError, match="asked for a fit"):
        run(fitted)
    assert run(fitted, as_of=EARLY_DAY).issued.as_of == EARLY_DAY


@pytest.mark.parametrize("days", [0.0, -1.0, 4000.0, float("nan"), float("inf")])
def test_a_horizon_out_of_reach_is_refused_before_anything_is_read(days, fresh):
    with pytest.raises(BeliefsError, match="horizon"):
        run(fresh, horizon=days)
    assert not fresh.memory.exists()


def test_settings_are_part_of_what_is_issued(fitted):
    settings = dict(run(fitted).issued.settings)
    assert {name: settings[name] for name in vars(SamplerSettings())} == vars(SamplerSettings())


def test_recall_gives_the_latest_day_and_any_day_issued(fitted):
    assert recall(fitted).issued.as_of == END_DAY
    assert recall(fitted, as_of=EARLY_DAY).issued.as_of == EARLY_DAY
    assert recall(fitted).issued == run(fitted).issued
    assert recall(fitted).previous == run(fitted).previous
    with pytest.raises(LedgerError, match=r"forecast run --as-of 2024-05-01"):
        recall(fitted, as_of=dt.date(2024, 5, 1))


def test_recall_from_an_empty_ledger_says_what_to_run(fresh):
    with fresh.ledger():
        pass
    with pytest.raises(LedgerError, match="no forecast has been issued yet; run: forecast run"):
        recall(fresh)


def test_a_new_node_has_no_change_since_an_issue_without_it(fitted):
    issue = recall(fitted)
    assert issue.previous is not None
    kept = [row for row in issue.previous.payload["judgements"] if row["node"] != "talks"]
    issue.previous.payload["judgements"][:] = kept
    since = {row["node"]: row["since_issue"] for row in issue_json(issue)["judgements"]}
    assert since["talks"] is None
    assert since["ceasefire"]["as_of"] == EARLY


def test_what_another_version_issued_is_told_in_one_line(fitted):
    issue = recall(fitted)
    del issue.issued.payload["evidence"]
    with pytest.raises(LedgerError, match=r"another version of the program \(evidence: Field req"):
        issued(issue)


def test_the_files_of_an_issue_are_whole_or_not_there(fitted, tmp_path, monkeypatch):
    """A chart that cannot be written stops the rest, and forecast.json comes last."""
    issue = recall(fitted)
    out = tmp_path / "out"
    out.mkdir()
    (out / "talks__trajectory.png").mkdir()
    with pytest.raises(OutputError, match=r"talks__trajectory\.png"):
        write_outputs(issue, out)
    assert "forecast.json" not in files(out)
    assert not [name for name in files(out) if name.endswith(".part")]
    (out / "talks__trajectory.png").rmdir()
    assert len(write_outputs(issue, out)[0]) == len(files(out)) == 13


@pytest.mark.parametrize("part", ["word", "outcome"])
def test_forecast_json_of_the_same_issue_is_renewed_where_it_is_told_otherwise_now(
    part, fitted, tmp_path
):
    """By an earlier version's words, or before a question came out; the files are drawn again."""
    issue, record = recall(fitted), tmp_path / "forecast.json"
    write_outputs(issue, tmp_path)
    drawn = files(tmp_path)
    if part == "word":
        held = json.loads(record.read_text("utf-8"))
        held["judgements"][0]["word"] = "highly likely"
        record.write_text(json.dumps(held), "utf-8")
    else:
        asked = issue.payload["questions"][0]["question"]
        issue = replace(issue, outcomes={asked: ("yes", EARLY_DAY)})
    (tmp_path / "all__panel.csv").write_text("old\n", "utf-8")
    os.utime(tmp_path / "all__panel.csv", (0, 0))
    write_outputs(issue, tmp_path)
    now = json.loads(record.read_text("utf-8"))
    now.pop("files")
    assert now == issue_json(issue)
    assert files(tmp_path)["all__panel.csv"] == drawn["all__panel.csv"]


def test_an_unknown_node_has_no_chart(fitted, tmp_path):
    with pytest.raises(BeliefsError, match="ceasefire, talks"):
        draw_one(
            recall(fitted), "trajectory", "peace", tmp_path / "out", size="a4", formats=["svg"]
        )
    assert not (tmp_path / "out").exists()


def test_looking_whether_a_folder_can_be_written_leaves_nothing(tmp_path):
    require_writable(tmp_path / "a" / "b")
    require_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["file/below", "file", "x" * 300])
def test_a_folder_that_cannot_be_is_refused(name, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="results cannot be written there"):
        require_writable(tmp_path / name)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        require_writable(tmp_path / "out")
