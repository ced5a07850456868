from datetime import date

from tests.ledger.samples import report, source, verdict


def test_sources_and_verdicts_come_back_as_they_went_in(ledger):
    sources = [source("b", lineages=("wire*",)), source("a", hosts=())]
    verdicts = [verdict("R2", "confirmed", by=("R3", "R4")), verdict("R1")]
    assert ledger.sources.sync(sources, verdicts, origin="events")
    assert ledger.sources.latest() == sources
    assert ledger.sources.verdicts() == sorted(verdicts, key=lambda one: one.key)


def test_a_second_time_adds_nothing_and_no_rows_at_all_are_not_worth_one(ledger):
    assert not ledger.sources.sync([], [], origin="events")
    assert ledger.recorded_until() is None
    ledger.sources.sync([source()], [verdict()], origin="events")
    until = ledger.recorded_until()
    assert not ledger.sources.sync([source()], [verdict()], origin="events")
    assert ledger.recorded_until() == until


def test_the_ledger_knows_what_was_said_at_each_moment(ledger):
    ledger.sources.sync([source()], [verdict(said="confirmed")], origin="events")
    first = ledger.recorded_until()
    ledger.sources.sync([source(reliability="D")], [verdict(said="refuted")], origin="events")
    second = ledger.recorded_until()
    ledger.sources.sync([], [], origin="events")
    assert [one.verdict for one in ledger.sources.verdicts(recorded_by=first)] == ["confirmed"]
    assert [one.reliability for one in ledger.sources.latest(recorded_by=first)] == ["B"]
    assert [one.verdict for one in ledger.sources.verdicts(recorded_by=second)] == ["refuted"]
    assert ledger.sources.verdicts() == []
    assert ledger.sources.latest() == []


def test_a_verdict_is_added_corrected_and_known(ledger):
    assert ledger.sources.add_verdict(verdict(said="confirmed"), origin="added") == "new"
    assert ledger.sources.add_verdict(verdict(said="confirmed"), origin="added") == "known"
    assert ledger.sources.add_verdict(verdict(said="refuted"), origin="added") == "corrected"
    later = verdict(said="open", known_on=date(2024, 7, 1))
    assert ledger.sources.add_verdict(later, origin="added") == "new"
    assert [one.verdict for one in ledger.sources.verdicts()] == ["refuted", "open"]


def test_a_row_of_the_folder_holds_over_what_was_added(ledger):
    ledger.sources.add_verdict(verdict(said="confirmed"), origin="added")
    ledger.sources.sync([], [verdict(said="refuted")], origin="events")
    assert [one.verdict for one in ledger.sources.verdicts()] == ["refuted"]
    assert [one.verdict for one in ledger.sources.verdicts(origin="added")] == ["confirmed"]


def test_a_report_without_a_source_has_the_hash_it_always_had(ledger):
    """Rows recorded by earlier versions are not revised."""
    ledger.reports.sync([report()], origin="events")
    (record,) = ledger.reports.latest()
    assert record.content_hash == (
        "ee435f5ae180e62444f3bb031cb49c7e0e7a725c90eaa605d2285d426a36c2a8"
    )
    assert not {"source_id", "reliability_reason", "inherits", "learnt"} & set(record.content)


def test_a_report_with_a_source_comes_back_with_it(ledger):
    row = report(source_id="wire", inherits=True)
    ledger.reports.sync([row], origin="events")
    assert [one.report for one in ledger.reports.latest()] == [row]


def test_a_retracted_report_is_found_where_all_are_asked_for(ledger):
    ledger.reports.sync([report("R1"), report("R2")], origin="events")
    ledger.reports.retract("R1", reason="withdrawn")
    assert [one.report_id for one in ledger.reports.latest()] == ["R2"]
    assert [one.report_id for one in ledger.reports.latest(withdrawn=True)] == ["R1", "R2"]
