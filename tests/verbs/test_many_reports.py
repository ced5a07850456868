"""A long record is followed in the memory that its reports take once."""

import csv
import datetime as dt
import subprocess
import sys
from dataclasses import replace

import pytest

from forecast.issue.arrivals import thinned_reports
from forecast.ledger import Ledger
from forecast.project import case
from forecast.project.case import read_held, read_reports
from tests.inference.samples import day, harbour, window
from tests.inference.samples import report as coded
from tests.ledger.samples import TickingClock, report

#: Bytes of memory that one report more may take while a project is read.
_EACH = 2_000
_READ = """
import resource, sys
from pathlib import Path
from forecast.project.project import Project, Record
project = Project(Path(sys.argv[1]))
beliefs = project.beliefs()
with project.ledger() as ledger:
    record = Record.synchronise(project, beliefs, ledger, texts=False)
print(len(record.reports), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@pytest.fixture
def names():
    """Reports that spell an event and a lineage in several ways, the first one late."""
    spelt = [("E-1", "Wire"), ("e-1", "WIRE"), ("E-1", "wire"), ("E-2", "wire")]
    return [
        report(f"R{n}", event_id=event, lineage=lineage,
               reported_on=dt.date(2024, 6, 20) + dt.timedelta(n))
        for n, (event, lineage) in enumerate(spelt)
    ]  # fmt: skip


def test_reports_of_another_moment_are_those_that_changed_among_those_there_are(names, monkeypatch):
    """Also where the report went that had spelt a name first; others are not read again."""
    monkeypatch.setattr(case, "_FEW", 1)
    beliefs = harbour().beliefs
    with Ledger.open(":memory:", clock=TickingClock()) as ledger:
        moments = []
        for rows in (names[1:], names, names[1:], [*names[:2], replace(names[3], value=2.0)]):
            ledger.reports.sync(rows, origin="events")
            moments.append(ledger.recorded_until())
        held = [read_held(ledger, beliefs, recorded_by=one, texts=False) for one in moments]
        plain = [[row.report_id for row in one.rows] for one in held]
        assert plain == [["R1", "R2", "R3"], ["R0", "R1", "R2", "R3"], ["R1", "R2", "R3"],
                         ["R0", "R1", "R3"]]  # fmt: skip
        read = ledger.reports.held
        asked = []
        monkeypatch.setattr(
            ledger.reports, "held", lambda **how: asked.append(how.get("only")) or read(**how)
        )
        for one in held:
            for moment, other in zip(moments, held, strict=True):
                assert one.at(ledger, moment).rows == other.rows
                near = read_reports(ledger, beliefs, recorded_by=moment, near=one)
                assert near == read_reports(ledger, beliefs, recorded_by=moment, near=other)
        assert asked
        assert all(only is not None for only in asked)


def test_a_quarter_with_less_than_half_of_thousands_of_reports_is_asked_about():
    """The chance of so few is worked out however many were expected."""
    rows = [coded("patrols", 1 + n % 270, report_id=f"r{n}") for n in range(6_000)]
    rows += [coded("patrols", 280 + n % 80, report_id=f"s{n}") for n in range(500)]
    (said,) = thinned_reports(harbour().beliefs, [window(1, 364)], rows, as_of=day(364))
    assert said.startswith("500 reports coded in the last 91 days")


@pytest.mark.slow
def test_memory_grows_by_a_report_and_not_by_its_copies(fresh):
    """From 25,000 to 100,000 rows: linear, and by about the size of a row."""
    folder = fresh.events
    with (folder / "reports.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))

    def peak(count):
        with (folder / "reports.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, row)
            writer.writeheader()
            for n in range(count):
                own = {
                    "report_id": f"R{n}",
                    "event_id": f"E{n // 3}",
                    "source_url": f"https://example.org/{n}",
                    "summary": f"Meeting {n} " * 8,
                }
                writer.writerow({**row, **own})  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", _READ, str(fresh.root)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        read, memory = map(int, done.stdout.split())
        assert read == count
        return memory

    small, large = peak(25_000), peak(100_000)
    assert (large - small) / 75_000 < _EACH
