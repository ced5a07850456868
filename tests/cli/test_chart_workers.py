"""The chart set drawn by several processes at once: nobody can tell."""

from pathlib import Path

import pytest

from forecast.errors import OutputError
from forecast.issue.issued import recall
from forecast.project.project import Project
from forecast.publish import chart_set
from forecast.publish.chart_kinds import ChartInputs
from tests.cli.projects import files

FORMATS = "--format", "svg", "--format", "png", "--format", "pdf"


@pytest.mark.slow  # tests/charts/test_files.py has two processes write every kind
def test_two_processes_write_the_bytes_one_would(project, forecast, monkeypatch):
    said = {}
    for count in (1, 2):
        monkeypatch.setattr(chart_set, "processors", lambda count=count: count)
        done = forecast("chart", "all", "--out", "set", *FORMATS)
        assert done.code == 0, done.err
        said[count] = done.out, done.err, files(project / "set")
    assert said[1] == said[2]


def test_a_folder_that_cannot_be_written_to_stops_all_in_one_line(project, monkeypatch):
    monkeypatch.setattr(chart_set, "processors", lambda: 2)
    monkeypatch.setattr(chart_set, "_WORTH", 1)
    here = Project(Path(project))
    Path("taken").write_text("a file, no folder", "utf-8")
    with pytest.raises(OutputError, match=r"^taken/\w+\.svg: cannot be written"):
        chart_set.write_set(ChartInputs(here, recall(here)), Path("taken"), formats=("svg",))
