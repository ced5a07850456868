"""Whole processes on the bundled case: from nothing, unchanged, and the help page."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys

import pytest

from benchmarks.cases import ROOT

FORECAST = [sys.executable, "-c", "from forecast.cli import main; main()"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Give a copy of the bundled case with no ledger and no compiler cache of any kind."""
    folder = tmp_path_factory.mktemp("bundled")
    shutil.copy(ROOT / "priors.yaml", folder)
    shutil.copytree(ROOT / "events", folder / "events")
    cache = tmp_path_factory.mktemp("cache")
    flags = f"numba__fastmath=False,base_compiledir={cache / 'pytensor'}"
    return folder, {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTENSOR_FLAGS": flags}


def _run(place, *arguments):
    folder, environment = place
    command = [*FORECAST, *arguments]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)


def _once(benchmark, place, *arguments, rounds=1):
    benchmark.pedantic(_run, args=(place, *arguments), rounds=rounds, iterations=1)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    benchmark.extra_info["peak memory so far, GB"] = round(children.ru_maxrss / 2**20, 2)


def test_help(benchmark, place):
    """Time ``forecast --help``."""
    _once(benchmark, place, "--help", rounds=5)


def test_run_from_nothing(benchmark, place):
    """Time ``forecast run`` with no ledger and cold caches: compile, sample, read out, draw."""
    _once(benchmark, place, "run", "--out", "out")


def test_run_unchanged(benchmark, place):
    """Time ``forecast run`` again, with nothing changed."""
    _once(benchmark, place, "run", "--out", "out", rounds=3)


def test_another_date_with_warm_caches(benchmark, place):
    """Time ``forecast run`` for an earlier date: a new fit, with the compilers' caches warm."""
    _once(benchmark, place, "run", "--as-of", "2024-06-30", "--out", "june")
