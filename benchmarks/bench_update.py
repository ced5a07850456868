"""Updates of the bundled case, whole processes, after its posterior exists; and its history."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.cases import ROOT
from forecast.issue.run import run
from forecast.project.project import Project

FORECAST = [sys.executable, "-c", "from forecast.cli import main; main()"]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """Give the bundled case with one full fit."""
    folder = tmp_path_factory.mktemp("bundled")
    shutil.copy(ROOT / "priors.yaml", folder)
    shutil.copytree(ROOT / "events", folder / "events")
    run(Project(folder))
    return folder


#: A user's Python keeps compiled modules; some build machines forbid it.
SURROUNDINGS = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _type(folder: Path, *arguments: str) -> None:
    subprocess.run(
        [*FORECAST, *arguments], cwd=folder, check=True, capture_output=True, env=SURROUNDINGS
    )


def _reports(folder: Path, count: int, *, first: int) -> str:
    """Write made-up reports that cannot be judged: what is timed is the work, not a refit."""
    with (ROOT / "events" / "reports.csv").open(encoding="utf-8", newline="") as file:
        row = next(r for r in csv.DictReader(file) if r["use"] == "evidence")
    path = folder / f"new{first}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        for number in range(first, first + count):
            name = {"report_id": f"X{number}", "event_id": f"E-X{number}", "reliability": "F"}
            writer.writerow({**row, **name, "credibility": 6})
    return str(path)


def test_one_report(benchmark, fitted):
    """Time one new report, reweighted."""
    numbers = iter(range(10))

    def work() -> None:
        _type(fitted, "update", _reports(fitted, 1, first=next(numbers)))

    benchmark.pedantic(work, rounds=5, warmup_rounds=1)


def test_a_thousand_reports(benchmark, fitted):
    """Time a thousand new reports, reweighted."""
    path = _reports(fitted, 1000, first=1000)
    benchmark.pedantic(_type, args=(fitted, "update", path), rounds=1)


def test_a_hundred_thousand_reports(benchmark, fitted, tmp_path):
    """Time a hundred thousand new reports, reweighted, in a project of their own."""
    folder = tmp_path / "many"
    shutil.copytree(fitted, folder)
    path = _reports(folder, 100_000, first=100_000)
    benchmark.pedantic(_type, args=(folder, "update", path), rounds=1)


def test_the_whole_history(benchmark, fitted):
    """Time the weekly history from nothing: reweights, and refits where they are needed."""
    benchmark.pedantic(_type, args=(fitted, "run", "--history", "--no-charts"), rounds=1)


def test_the_history_again(benchmark, fitted):
    """Time the same again, unchanged."""
    _type(fitted, "run", "--history", "--no-charts")
    benchmark.pedantic(_type, args=(fitted, "run", "--history", "--no-charts"), rounds=3)
