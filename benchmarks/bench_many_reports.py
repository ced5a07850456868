"""A record of many reports, in whole processes: checked, read for the first time, and one more."""

from __future__ import annotations

import csv
import datetime as dt
import os
import random
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from forecast.project.start import start

FORECAST = [sys.executable, "-c", "from forecast.cli import main; main()"]
#: Rows, three of an event, of as many outlets as a desk reads; a million take about 350 MB.
ROWS, OUTLETS = int(os.environ.get("FORECAST_REPORTS", "100000")), 40
_WORDS = ["shelling", "convoy", "patrol", "village", "observers", "minister", "talks", "bridge"]


def write_reports(folder: Path, rows: int, *, seed: int = 1) -> None:
    """Write made-up reports of half a year beside what `forecast init` writes."""
    rng = random.Random(seed)
    with (folder / "reports.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    first = dt.date(2024, 1, 1)
    with (folder / "many.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        for n in range(rows):
            event, outlet = n // 3, rng.randrange(OUTLETS)
            occurred = first + dt.timedelta(days=1 + event * 3 * 170 // rows)
            reported = occurred + dt.timedelta(days=rng.randrange(5))
            own = {
                "report_id": f"M{n}", "event_id": f"E-m{event}", "lineage": f"outlet-{outlet}",
                "occurred_on": occurred, "reported_on": reported,
                "indicator": ("envoys_meet", "shelling_reported")[event % 2],
                "reliability": "BCD"[outlet % 3], "credibility": rng.choice("234"),
                "summary": " ".join(rng.choices(_WORDS, k=14)),
                "source_title": f"Outlet {outlet}: {' '.join(rng.choices(_WORDS, k=5))}",
                "source_url": f"https://www.outlet{outlet}.example.org/{reported}/{n}",
            }  # fmt: skip
            writer.writerow({**row, **own})


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Give a project with many reports, and one more in a file."""
    folder = tmp_path_factory.mktemp("many")
    start(folder)
    write_reports(folder / "events", ROWS)
    with (folder / "events" / "reports.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    with (folder / "one.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow({**row, "report_id": "X1", "event_id": "E-x1"})
    return folder


def _time(benchmark, folder: Path, *arguments: str) -> None:
    def work() -> None:
        subprocess.run([*FORECAST, *arguments], cwd=folder, check=True, capture_output=True)

    benchmark.pedantic(work, rounds=1)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    benchmark.extra_info["peak memory so far, GB"] = round(peak, 2)


def test_check(benchmark, many):
    """Time `forecast check`."""
    _time(benchmark, many, "check")


def test_first_run(benchmark, many):
    """Time the first `forecast run`: every row is read, recorded, fitted to and read out."""
    _time(benchmark, many, "run", "--no-charts")


def test_one_report_more(benchmark, many):
    """Time an update by one report."""
    _time(benchmark, many, "update", "one.csv")


def test_every_hash(benchmark, many):
    """Time `forecast check --ledger`."""
    _time(benchmark, many, "check", "--ledger")
