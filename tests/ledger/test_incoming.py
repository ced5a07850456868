"""Files are taken in whole, and known again; what was said of alerts is kept in order."""

from datetime import date

import pytest

from forecast.errors import ReportsError
from forecast.ledger import SyncResult
from tests.ledger.samples import alert_row, report, window

DAY = date(2024, 6, 30)


def test_reports_windows_and_the_file_are_written_at_one_moment(ledger):
    ledger.take_in([report("R1")], [window("a")], origin="update", files=[("new.csv", "h")])
    [file] = ledger.applied_files()
    assert (file.name, file.file_hash) == ("new.csv", "h")
    assert {r.recorded_at for r in [*ledger.reports.latest(), *ledger.coverage.latest()]} == {
        file.recorded_at
    }


def test_a_second_time_adds_the_file_only(ledger):
    for _ in range(2):
        found = ledger.take_in([report("R1")], [window("a")], origin="update", files=[("n", "h")])
    assert found == SyncResult(known=("R1",))
    assert len(ledger.reports.versions("R1")) == len(ledger.coverage.latest()) == 1
    assert len(ledger.applied_files()) == 2


def test_windows_come_behind_those_that_are_there_in_their_order(ledger):
    ledger.take_in([], [window("b")], origin="update")
    ledger.take_in([], [window("a"), window("b")], origin="update")
    assert [r.window.indicator for r in ledger.coverage.latest()] == ["b", "a"]


def test_a_window_that_another_overrides_is_said_again_behind_it(ledger):
    looked, ended = window(), window(starts_on=date(2024, 2, 1), detection=0.0)
    ledger.take_in([], [looked, ended], origin="update")
    ledger.take_in([], [looked, ended], origin="update")  # the same file again
    assert [one.window for one in ledger.coverage.latest()] == [looked, ended]
    until = ledger.recorded_until()
    ledger.take_in([], [looked], origin="update")
    assert [one.window for one in ledger.coverage.latest()] == [ended, looked]
    then = ledger.coverage.latest(recorded_by=until)
    assert [one.window for one in then] == [looked, ended]


def test_where_a_report_is_refused_neither_window_nor_file_is_kept(ledger):
    with pytest.raises(ReportsError, match="came twice"):
        ledger.take_in(
            [report("R1"), report("R1")], [window("a")], origin="update", files=[("n", "h")]
        )
    assert (ledger.coverage.latest(), ledger.applied_files()) == ([], [])


def test_a_word_on_an_alert_follows_the_one_its_writer_knew(ledger):
    assert ledger.alerts.record([alert_row(version=0, word="raised")], as_of=DAY) == ["a1"]
    assert ledger.alerts.record([alert_row(version=0, word="raised")], as_of=DAY) == []
    assert ledger.alerts.record([alert_row(version=1, word="cleared")], as_of=DAY) == ["a1"]
    assert [r.word for r in ledger.alerts.versions()] == ["raised", "cleared"]
    assert ledger.alerts.latest()["a1"].word == "cleared"


def test_words_can_be_read_as_of_a_day_and_as_recorded_by_a_moment(ledger):
    ledger.alerts.record([alert_row(version=0)], as_of=date(2024, 5, 31))
    moment = ledger.recorded_until()
    ledger.alerts.record([alert_row(version=1, word="cleared")], as_of=DAY)
    assert [r.word for r in ledger.alerts.versions(as_of=date(2024, 6, 1))] == ["raised"]
    assert [r.word for r in ledger.alerts.versions(recorded_by=moment)] == ["raised"]
    assert len(ledger.alerts.versions()) == 2
