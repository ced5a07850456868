"""Ten scenarios on the bundled case, after its posterior exists."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.cases import ROOT
from forecast.issue.run import run
from forecast.project.project import Project
from forecast.study.whatif import Wish, what_if, whatif_json

#: All that are bundled but the one whose priors are so different that it needs a fit of its own.
TEN = (
    "ceasefire_in_ukraine",
    "china_enforces",
    "china_lifts_constraint",
    "china_weak_since_2024",
    "no_reports_for_a_year",
    "peace_and_china_enforces",
    "russia_supplies_fighters",
    "sanctions_monitoring_restored",
    "seventh_nuclear_test",
    "single_source_claims_dropped",
)


@dataclass(frozen=True)
class Bench:
    """A project with an issued forecast."""

    project: Project


@pytest.fixture(scope="module")
def issued(tmp_path_factory):
    """Give the bundled case with a forecast: that of FORECAST_BENCH_PROJECT, or a fresh fit."""
    given = os.environ.get("FORECAST_BENCH_PROJECT")
    folder = tmp_path_factory.mktemp("bundled")
    if given:
        shutil.copytree(Path(given), folder, dirs_exist_ok=True, symlinks=False)
    else:
        shutil.copy(ROOT / "priors.yaml", folder)
        shutil.copytree(ROOT / "events", folder / "events")
        run(Project(folder))
    shutil.copytree(ROOT / "scenarios", folder / "scenarios", dirs_exist_ok=True)
    shutil.rmtree(folder / ".forecast" / "whatif", ignore_errors=True)
    return Bench(Project(folder))


def test_ten_scenarios(benchmark, issued):
    """Time ten scenarios beside the baseline, to plain values; no fit is made."""
    found = benchmark.pedantic(
        lambda: whatif_json(what_if(issued.project, Wish(TEN))), rounds=3, warmup_rounds=1
    )
    methods = [one["method"] for one in found["scenarios"]]
    benchmark.extra_info["methods"] = ", ".join(sorted(set(methods)))
    assert "refitted" not in methods


def test_one_intervention(benchmark, issued):
    """Time one intervention beside the baseline."""
    wish = Wish(do=("china_constraint=weak@2025-01-01",))
    benchmark.pedantic(lambda: whatif_json(what_if(issued.project, wish)), rounds=3)
