"""A monthly backtest of the bundled case over fifteen months, from an empty ledger."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from benchmarks.cases import ROOT

FORECAST = [sys.executable, "-c", "from forecast.cli import main; main()"]
SPAN = ("--from", "2023-10-01", "--to", "2024-12-31", "--every", "1m")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Give a copy of the bundled case with its outcomes and nothing else in the ledger."""
    folder = tmp_path_factory.mktemp("bundled")
    shutil.copy(ROOT / "priors.yaml", folder)
    for name in ("events", "resolutions"):
        shutil.copytree(ROOT / name, folder / name)
    _run(folder, "resolve", "--from", "resolutions/resolutions.csv")
    return folder


def _run(folder, *arguments):
    subprocess.run([*FORECAST, *arguments], cwd=folder, check=True, capture_output=True)


def test_backtest_from_nothing(benchmark, project):
    """Time the whole backtest with its report; asked are 10 minutes on 2 cores."""
    arguments = (project, "backtest", *SPAN, "--report", "backtest.md")
    benchmark.pedantic(_run, args=arguments, rounds=1, iterations=1)


def test_backtest_again(benchmark, project):
    """Time it again, with every date in the ledger."""
    benchmark.pedantic(_run, args=(project, "backtest", *SPAN), rounds=1, iterations=1)
