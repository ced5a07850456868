"""`forecast init`: a project that runs as it is, and never one in place of another."""

import pytest

from forecast.beliefs import inspect, read_events
from forecast.errors import OutputError
from forecast.project.project import Project
from forecast.project.start import start
from tests.cli.projects import files
from tests.cli.terminal import in_this_process, without_traceback


def test_the_template_has_no_problem_not_even_a_warning(fresh):
    beliefs, problems = inspect(fresh.priors)
    assert problems == []
    reports, coverage = read_events(fresh.events, beliefs=beliefs)
    assert (len(reports), len(coverage)) == (3, 1)


def test_the_template_says_that_it_is_invented(fresh):
    assert "invented example" in fresh.priors.read_text("utf-8")
    assert all("invented example" in row.summary for row in read_events(fresh.events)[0])


def test_the_template_has_an_alert_on_its_question_with_every_number_said(fresh):
    [(name, alert)] = fresh.beliefs().alerts.items()
    assert (name, alert.question) == ("a_break_is_expected", "broken_by_end_2024")
    assert alert.model_fields_set >= {"above", "certainty", "change", "hysteresis", "rationale"}
    assert "Chosen before the reports" in alert.rationale


def test_every_file_is_named_that_was_written(tmp_path):
    written = start(tmp_path / "deep" / "project")
    assert all(path.is_file() for path in written)
    assert len(written) == len(files(tmp_path))


@pytest.mark.parametrize("there", ["priors.yaml", "events/reports.csv", "events/coverage.csv"])
def test_nothing_is_overwritten_and_nothing_half_written(there, tmp_path):
    path = tmp_path / there
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine", "utf-8")
    with pytest.raises(OutputError, match="is there already"):
        start(tmp_path)
    assert files(tmp_path) == {there: b"mine"}


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x", "utf-8")
    done = in_this_process(["init", "file/project"], capsys)
    assert done.code == 1
    assert "cannot be written to" in without_traceback(done)


def test_what_init_says_to_type_next_can_be_pasted(tmp_path, capsys, monkeypatch):
    """Even where the folder's name has blanks in it."""
    monkeypatch.chdir(tmp_path)
    done = in_this_process(["init", "my brief"], capsys)
    *wrote, following = done.out.splitlines()
    assert done.code == 0
    assert [line.split()[0] for line in wrote] == ["wrote"] * 3
    assert following.endswith("cd 'my brief' && forecast check && forecast run")
    assert Project(tmp_path / "my brief").beliefs().brief.title == "Will the ceasefire hold?"
