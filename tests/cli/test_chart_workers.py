"""The chart set drawn by several processes at once: nobody can tell, and none is left behind."""

from pathlib import Path

import pytest

from forecast.errors import OutputError
from forecast.issue.issued import recall
from forecast.project.project import Project
from forecast.publish import chart_set
from forecast.publish.chart_kinds import ChartInputs
from forecast.publish.chart_set import Drawn, Undrawn, Wanted, wanted
from tests.cli.projects import files

FORMATS = "--format", "svg", "--format", "png", "--format", "pdf"


@pytest.fixture
def inputs(project):
    here = Project(Path(project))
    return ChartInputs(here, recall(here))


@pytest.mark.slow  # tests/charts/test_files.py has two processes write every kind
def test_two_processes_write_the_bytes_one_would(project, forecast, monkeypatch):
    said = {}
    for count in (1, 2):
        monkeypatch.setattr(chart_set, "_processors", lambda count=count: count)
        done = forecast("chart", "all", "--out", "set", *FORMATS)
        assert done.code == 0, done.err
        said[count] = done.out, done.err, files(project / "set")
    assert said[1] == said[2]


def test_other_processes_draw_and_are_gone_after(inputs, monkeypatch):
    monkeypatch.setattr(chart_set, "_processors", lambda: 2)
    asked = [Wanted("trajectory", "talks"), Wanted("trajectory", "armistice")] * 7
    with chart_set.workers(inputs, Path("new"), len(asked), size=None, formats=("svg",)) as those:
        found = dict(those.draw_all(asked))
        assert those.pool is not None
        (other,) = those.pool._processes.values()
    assert not other.is_alive()
    assert sorted(found) == list(range(len(asked)))
    for place, what in enumerate(asked):
        assert isinstance(found[place], Drawn if what.name == "talks" else Undrawn)


def test_what_a_process_that_died_left_undone_is_drawn_here(inputs, monkeypatch):
    monkeypatch.setattr(chart_set, "_processors", lambda: 2)
    asked = [what for what in wanted(inputs) if what.kind in {"fan", "trajectory", "network"}] * 3
    with chart_set.workers(inputs, Path("new"), len(asked), size=None, formats=("svg",)) as those:
        drawing = those.draw_all(asked)
        first = next(drawing)
        for process in those.pool._processes.values():
            process.kill()
        found = dict([first, *drawing])
    assert sorted(found) == list(range(len(asked)))
    assert all(isinstance(one, Drawn) for one in found.values())


def test_a_folder_that_cannot_be_written_to_stops_all_in_one_line(inputs, monkeypatch):
    monkeypatch.setattr(chart_set, "_processors", lambda: 2)
    Path("taken").write_text("a file, no folder", "utf-8")
    asked = [Wanted("fan", "talks")] * 14
    with (
        chart_set.workers(inputs, Path("taken"), len(asked), size=None, formats=("svg",)) as those,
        pytest.raises(OutputError, match=r"^taken/talks__fan\.svg: cannot be written"),
    ):
        list(those.draw_all(asked))


def test_a_few_charts_are_drawn_here(inputs):
    with chart_set.workers(inputs, Path("new"), 11, size=None, formats=("svg",)) as those:
        assert those.pool is None
