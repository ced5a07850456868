from datetime import date

from tests.ledger.samples import report, source, verdict


def test_sources_and_verdicts_come_back_as_they_went_in(ledger):
    sources = [source("b", lineages=("wire*",)), source("a", hosts=())]
    verdicts = [verdict("R2", "confirmed", by=("R3", "R4")), verdict("R1")]
    assert ledger.sync_sources(sources, verdicts, origin="events")
    assert ledger.sources() == sources
    assert ledger.verdicts() == sorted(verdicts, key=lambda one: one.key)


def test_a_second_time_adds_nothing_and_no_rows_at_all_are_not_worth_one(ledger):
    assert not ledger.sync_sources([], [], origin="events")
    assert ledger.recorded_until() is None
    ledger.sync_sources([source()], [verdict()], origin="events")
    until = ledger.recorded_until()
    assert not ledger.sync_sources([source()], [verdict()], origin="events")
    assert ledger.recorded_until() == until


def test_the_ledger_knows_what_was_said_at_each_moment(ledger):
    ledger.sync_sources([source()], [verdict(said="confirmed")], origin="events")
    first = ledger.recorded_until()
    ledger.sync_sources([source(reliability="D")], [verdict(said="refuted")], origin="events")
    second = ledger.recorded_until()
    ledger.sync_sources([], [], origin="events")
    assert [one.verdict for one in ledger.verdicts(recorded_by=first)] == ["confirmed"]
    assert [one.reliability for one in ledger.sources(recorded_by=first)] == ["B"]
    assert [one.verdict for one in ledger.verdicts(recorded_by=second)] == ["refuted"]
    assert ledger.verdicts() == []
    assert ledger.sources() == []


def test_a_verdict_is_added_corrected_and_known(ledger):
    assert ledger.add_verdict(verdict(said="confirmed"), origin="added") == "new"
    assert ledger.add_verdict(verdict(said="confirmed"), origin="added") == "known"
    assert ledger.add_verdict(verdict(said="refuted"), origin="added") == "corrected"
    later = verdict(said="open", known_on=date(2024, 7, 1))
    assert ledger.add_verdict(later, origin="added") == "new"
    assert [one.verdict for one in ledger.verdicts()] == ["refuted", "open"]


def test_a_row_of_the_folder_holds_over_what_was_added(ledger):
    ledger.add_verdict(verdict(said="confirmed"), origin="added")
    ledger.sync_sources([], [verdict(said="refuted")], origin="events")
    assert [one.verdict for one in ledger.verdicts()] == ["refuted"]
    assert [one.verdict for one in ledger.verdicts(origin="added")] == ["confirmed"]


def test_a_report_without_a_source_has_the_hash_it_always_had(ledger):
    """Rows recorded by earlier versions are not revised."""
    ledger.sync_reports([report()], origin="events")
    (record,) = ledger.reports()
    assert record.content_hash == (
        "ee435f5ae180e62444f3bb031cb49c7e0e7a725c90eaa605d2285d426a36c2a8"
    )
    assert not {"source_id", "reliability_reason", "inherits", "learnt"} & set(record.content)


def test_a_report_with_a_source_comes_back_with_it(ledger):
    row = report(source_id="wire", inherits=True)
    ledger.sync_reports([row], origin="events")
    assert [one.report for one in ledger.reports()] == [row]


def test_a_retracted_report_is_found_where_all_are_asked_for(ledger):
    ledger.sync_reports([report("R1"), report("R2")], origin="events")
    ledger.retract("R1", reason="withdrawn")
    assert [one.report_id for one in ledger.reports()] == ["R2"]
    assert [one.report_id for one in ledger.reports(withdrawn=True)] == ["R1", "R2"]
