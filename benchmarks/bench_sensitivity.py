"""What a judgement rests on, and what to watch, on the bundled case, once its posterior exists."""

from __future__ import annotations

import shutil

import pytest

from benchmarks.cases import ROOT
from forecast.issue.run import run
from forecast.project.project import Project
from forecast.study.sensitivity import analyse
from forecast.study.watch import watch


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Give a copy of the bundled case that has been run once."""
    folder = tmp_path_factory.mktemp("bundled")
    shutil.copy(ROOT / "priors.yaml", folder)
    shutil.copytree(ROOT / "events", folder / "events")
    run(Project(folder))
    return Project(folder)


def test_sensitivity_of_one_node(benchmark, project):
    """All inputs, all sources and power-scaling stay under half a minute."""
    found = benchmark.pedantic(analyse, (project, "tech_transfer"), rounds=2, warmup_rounds=1)
    assert len(found.found.swings) > 150
    assert benchmark.stats["max"] < 30.0


def test_watch_list_of_every_target(benchmark, project):
    """Every indicator for every judgement and open question."""
    found = benchmark.pedantic(watch, (project,), rounds=2, warmup_rounds=1)
    assert len(found.found.targets) > 5
    assert benchmark.stats["max"] < 30.0
