from datetime import date

import pytest

from forecast.errors import LedgerError
from forecast.ledger import SyncResult
from tests.ledger.samples import window


def test_windows_come_back_as_they_went_in_and_in_order(ledger):
    rows = [window("b", detection=None), window(), window("a")]
    ledger.coverage.sync(rows, origin="events")
    assert [record.window for record in ledger.coverage.latest()] == rows
    assert [record.position for record in ledger.coverage.latest()] == [0, 1, 2]


def test_a_second_run_adds_nothing(ledger):
    ledger.coverage.sync([window()], origin="events")
    until = ledger.recorded_until()
    again = ledger.coverage.sync([window()], origin="events")
    assert again == SyncResult(known=("* 2024-01-01..2024-06-30",))
    assert ledger.recorded_until() == until


def test_no_windows_at_all_are_not_worth_a_row(ledger):
    assert ledger.coverage.sync([], origin="events") == SyncResult()
    assert ledger.recorded_until() is None


def test_a_window_is_new_revised_withdrawn_and_restored(ledger):
    name = "* 2024-01-01..2024-06-30"
    results = [
        ledger.coverage.sync(rows, origin="events")
        for rows in ([window()], [window(detection=0.5)], [], [window()])
    ]
    assert results == [
        SyncResult(new=(name,)),
        SyncResult(revised=(name,)),
        SyncResult(withdrawn=(name,)),
        SyncResult(restored=(name,)),
    ]
    assert [record.window.detection for record in ledger.coverage.latest()] == [0.3]


def test_two_windows_of_one_name_are_told_apart(ledger):
    both = [window(detection=0.1), window(detection=0.2)]
    result = ledger.coverage.sync(both, origin="events")
    assert result.new == ("* 2024-01-01..2024-06-30", "* 2024-01-01..2024-06-30 (2)")


def test_another_order_is_recorded_because_a_later_window_overrides(ledger):
    both = [window(detection=0.1), window(ends_on=date(2024, 3, 1), detection=0.2)]
    ledger.coverage.sync(both, origin="events")
    ledger.coverage.sync(both[::-1], origin="events")
    assert [record.window.detection for record in ledger.coverage.latest()] == [0.2, 0.1]


def test_coverage_can_be_read_as_it_stood(ledger):
    ledger.coverage.sync([window(detection=0.1)], origin="events")
    then = ledger.recorded_until()
    ledger.coverage.sync([window(detection=0.2)], origin="events")
    assert [r.window.detection for r in ledger.coverage.latest(recorded_by=then)] == [0.1]


def test_a_mapping_without_days_says_so_when_asked_for_a_window(ledger):
    ledger.coverage.sync([{"indicator": "a"}], origin="events")
    [record] = ledger.coverage.latest()
    with pytest.raises(LedgerError, match=r"coverage events\[0\]: starts_on: None is not a day"):
        _ = record.window
