from datetime import UTC, date, datetime

import pytest

from forecast.beliefs import content
from forecast.errors import LedgerError, ReportsError
from forecast.ledger import SyncResult
from tests.ledger.samples import FIRST_TICK, ids, report


def test_a_report_comes_back_as_it_went_in(ledger):
    rows = [report(value=2.5, exposure=0.5, summary="Ein Vertrag; договор; 조약", line=12)]
    ledger.reports.sync(rows, origin="events")
    [record] = ledger.reports.latest()
    assert record.report == rows[0]
    assert record.content == content(rows[0])
    assert (record.version, record.origin) == (1, "events")
    assert record.recorded_at == FIRST_TICK.replace(second=record.recorded_at.second)


def test_a_second_run_adds_nothing(ledger):
    rows = [report("R1"), report("R2")]
    assert ledger.reports.sync(rows, origin="events") == SyncResult(new=("R1", "R2"))
    until = ledger.recorded_until()
    again = ledger.reports.sync(rows, origin="events")
    assert again == SyncResult(known=("R1", "R2"))
    assert not again.changed
    assert ledger.recorded_until() == until


def test_moving_a_row_in_its_file_is_no_revision(ledger):
    ledger.reports.sync([report(line=3, file="a.csv")], origin="events")
    assert ledger.reports.sync([report(line=9, file="b.csv")], origin="events").known == ("R1",)


def test_an_edited_row_becomes_a_new_version_and_the_old_one_stays(ledger):
    ledger.reports.sync([report(summary="first")], origin="events")
    result = ledger.reports.sync([report(summary="second")], origin="events")
    assert result == SyncResult(revised=("R1",))
    assert result.changed
    assert [r.report.summary for r in ledger.reports.latest()] == ["second"]
    versions = ledger.reports.versions("R1")
    assert [(v.version, v.report.summary) for v in versions] == [(1, "first"), (2, "second")]


def test_an_edit_taken_back_is_a_third_version(ledger):
    for summary in ("first", "second", "first"):
        ledger.reports.sync([report(summary=summary)], origin="events")
    assert [v.report.summary for v in ledger.reports.versions("R1")] == ["first", "second", "first"]


def test_a_row_that_vanished_is_withdrawn_and_restored_when_it_comes_back(ledger):
    both = [report("R1"), report("R2")]
    ledger.reports.sync(both, origin="events")
    assert ledger.reports.sync(both[:1], origin="events") == SyncResult(
        known=("R1",), withdrawn=("R2",)
    )
    assert ids(ledger.reports.latest()) == ["R1"]
    assert ledger.reports.sync(both[:1], origin="events") == SyncResult(known=("R1",))
    assert ledger.reports.sync(both, origin="events") == SyncResult(known=("R1",), restored=("R2",))
    assert ids(ledger.reports.latest()) == ["R1", "R2"]
    assert len(ledger.reports.versions("R2")) == 1


def test_a_row_can_come_back_edited(ledger):
    ledger.reports.sync([report(summary="first")], origin="events")
    ledger.reports.sync([], origin="events")
    assert ledger.reports.sync([report(summary="second")], origin="events").restored == ("R1",)
    assert [r.report.summary for r in ledger.reports.latest()] == ["second"]


def test_one_origin_does_not_withdraw_the_reports_of_another(ledger):
    ledger.reports.sync([report("R1")], origin="a.csv")
    assert ledger.reports.sync([report("R2")], origin="b.csv").withdrawn == ()
    assert ids(ledger.reports.latest()) == ["R1", "R2"]


@pytest.mark.parametrize("order", [("a.csv", "b.csv"), ("b.csv", "a.csv")])
def test_a_row_moved_to_another_file_stands_whichever_file_is_read_first(ledger, order):
    ledger.reports.sync([report("R1"), report("R2")], origin="a.csv")
    ledger.reports.sync([], origin="b.csv")
    now = {"a.csv": [report("R2")], "b.csv": [report("R1")]}
    for _ in range(2):
        for origin in order:
            ledger.reports.sync(now[origin], origin=origin)
        assert ids(ledger.reports.latest()) == ["R1", "R2"]


def test_reports_are_in_order_of_the_day_they_were_reported_then_of_their_ids(ledger):
    rows = [
        report("R3", reported_on=date(2024, 1, 1)),
        report("b", reported_on=date(2024, 1, 2)),
        report("Z", reported_on=date(2024, 1, 2)),
    ]
    ledger.reports.sync(rows, origin="events")
    assert ids(ledger.reports.latest()) == ["R3", "Z", "b"]


def test_a_report_after_the_day_asked_for_is_not_seen(ledger):
    rows = [report(f"R{day}", reported_on=date(2024, 7, day)) for day in (1, 2, 3)]
    ledger.reports.sync(rows, origin="events")
    assert ids(ledger.reports.latest(as_of=date(2024, 7, 2))) == ["R1", "R2"]


def test_a_revision_that_moves_a_report_past_the_day_hides_it(ledger):
    """The latest version counts, not an older one that would fit."""
    ledger.reports.sync([report(reported_on=date(2024, 7, 1))], origin="events")
    ledger.reports.sync([report(reported_on=date(2024, 8, 1))], origin="events")
    assert ledger.reports.latest(as_of=date(2024, 7, 15)) == []


def test_the_ledger_can_be_read_as_it_stood(ledger):
    ledger.reports.sync([report(summary="first")], origin="events")
    then = ledger.recorded_until()
    ledger.reports.sync([report(summary="second")], origin="events")
    ledger.reports.sync([], origin="events")
    assert ledger.reports.latest() == []
    assert [r.report.summary for r in ledger.reports.latest(recorded_by=then)] == ["first"]
    assert ledger.reports.latest(recorded_by=datetime(2000, 1, 1, tzinfo=UTC)) == []


def test_a_report_retracted_by_hand_stays_so_until_it_is_restored_by_hand(ledger):
    ledger.reports.sync([report(), report("R2")], origin="events")
    assert ledger.reports.retract("R1", reason="denied by its source")
    assert not ledger.reports.retract("R1", reason="denied again")
    assert ids(ledger.reports.latest()) == ["R2"]
    again = ledger.reports.sync([report(), report("R2")], origin="events")
    assert again == SyncResult(known=("R1", "R2"), held=("R1",))
    edited = ledger.reports.sync([report(note="doubtful"), report("R2")], origin="events")
    assert edited == SyncResult(known=("R2",), revised=("R1",), held=("R1",))
    assert ids(ledger.reports.latest()) == ["R2"]
    assert ledger.reports.restore("R1", reason="confirmed after all")
    assert not ledger.reports.restore("R1", reason="confirmed twice")
    assert ids(ledger.reports.latest()) == ["R1", "R2"]


def test_a_withdrawn_report_can_be_retracted_for_good(ledger):
    ledger.reports.sync([report()], origin="events")
    ledger.reports.sync([], origin="events")
    assert ledger.reports.retract("R1", reason="was a mistake")
    assert ledger.reports.sync([report()], origin="events").held == ("R1",)
    assert ledger.reports.latest() == []


@pytest.mark.parametrize("verb", ["retract", "restore"])
def test_an_unknown_report_is_met_with_the_nearest_one(ledger, verb):
    ledger.reports.sync([report("ISSI-2024-031")], origin="events")
    with pytest.raises(ReportsError, match=r"'ISSI-2024-13'; did you mean 'ISSI-2024-031'\?"):
        getattr(ledger.reports, verb)("ISSI-2024-13", reason="x")
    with pytest.raises(ReportsError, match="unknown report 'zzz'; 1 are known"):
        ledger.reports.versions("zzz")


def test_a_retraction_needs_a_reason(ledger):
    ledger.reports.sync([report()], origin="events")
    with pytest.raises(ReportsError, match="R1: no reason came"):
        ledger.reports.retract("R1", reason=" ")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([report("R9"), report("R9")], "events: R9: this report_id came twice; allowed: once"),
        ([{"summary": "x"}], "events: a row came without report_id"),
        ([{"report_id": "R9", "occurred_on": "soon"}], "events: R9: occurred_on: 'soon' is not"),
        ([report("R9", summary="\udcff")], "half character"),
        ([report("R9", value=float("nan"))], r"events: R9\.value: cannot record the number nan"),
    ],
)
def test_one_row_that_cannot_be_used_stores_none(ledger, rows, message):
    with pytest.raises((ReportsError, LedgerError), match=message):
        ledger.reports.sync([report("R1"), *rows], origin="events")
    assert ledger.reports.latest() == []


def test_a_mapping_without_the_fields_of_a_report_says_so_when_asked_for_one(ledger):
    row = {"report_id": "R1", "occurred_on": "2024-06-19", "reported_on": "2024-06-20"}
    ledger.reports.sync([row], origin="events")
    [record] = ledger.reports.latest()
    assert record.content == row
    with pytest.raises(LedgerError, match="report R1: was recorded by another version"):
        _ = record.report


def test_a_clock_set_back_does_not_disturb_the_order(ledger, clock):
    ledger.reports.sync([report(summary="first")], origin="events")
    then = ledger.recorded_until()
    clock.now = datetime(1999, 1, 1, tzinfo=UTC)
    ledger.reports.sync([report(summary="second")], origin="events")
    assert ledger.recorded_until() > then
    assert [r.report.summary for r in ledger.reports.latest()] == ["second"]
    assert [r.report.summary for r in ledger.reports.latest(recorded_by=then)] == ["first"]
    assert ledger.verify() == []


def test_added_reports_stand_beside_those_of_a_folder(ledger):
    ledger.reports.sync([report("R1")], origin="events")
    assert ledger.reports.add([report("R2")], origin="update") == SyncResult(new=("R2",))
    assert ledger.reports.add([report("R3")], origin="update") == SyncResult(new=("R3",))
    assert ledger.reports.sync([report("R1")], origin="events").withdrawn == ()
    assert ids(ledger.reports.latest()) == ["R1", "R2", "R3"]


def test_a_folder_that_did_not_change_does_not_undo_a_correction(ledger):
    ledger.reports.sync([report(summary="first")], origin="events")
    corrected = [report(summary="corrected")]
    assert ledger.reports.add(corrected, origin="update") == SyncResult(revised=("R1",))
    assert ledger.reports.add(corrected, origin="update") == SyncResult(known=("R1",))
    again = ledger.reports.sync([report(summary="first")], origin="events")
    assert again == SyncResult(known=("R1",))
    assert [r.report.summary for r in ledger.reports.latest()] == ["corrected"]
    ledger.reports.sync([report(summary="third")], origin="events")
    assert [r.report.summary for r in ledger.reports.latest()] == ["third"]
