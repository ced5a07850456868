"""How long it takes with many reports; the bounds are loose, for slow machines."""

import time
from datetime import date, timedelta

import pytest

from forecast.ledger import Ledger
from tests.ledger.samples import report


def rows(count):
    start = date(2020, 1, 1)
    for i in range(count):
        day = start + timedelta(i % 1500)
        yield report(f"R{i:06}", occurred_on=day, reported_on=day, summary="A summary. " * 15)


def seconds(action):
    begin = time.perf_counter()
    result = action()
    return result, time.perf_counter() - begin


@pytest.mark.parametrize(
    ("count", "to_write", "to_read"),
    [(5_000, 10, 3), pytest.param(100_000, 60, 10, marks=pytest.mark.slow)],
)
def test_many_reports_are_written_and_read_fast(place, count, to_write, to_read):
    reports = list(rows(count))
    with Ledger.open(place) as ledger:
        first, writing = seconds(lambda: ledger.reports.sync(reports, origin="events"))
        again, rewriting = seconds(lambda: ledger.reports.sync(reports, origin="events"))
        records, reading = seconds(ledger.reports.latest)
        until = ledger.recorded_until()
        past, looking_back = seconds(
            lambda: ledger.reports.latest(as_of=date(2022, 1, 1), recorded_by=until)
        )
    assert len(first.new) == len(again.known) == len(records) == count
    assert {r.report_id for r in past} == {
        r.report_id for r in reports if r.reported_on <= date(2022, 1, 1)
    }
    assert max(writing, rewriting) < to_write
    assert max(reading, looking_back) < to_read
