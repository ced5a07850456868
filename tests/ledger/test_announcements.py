"""What was announced, and what became of it: bitemporal, append-only, by case."""

from dataclasses import replace
from datetime import date

import pytest

from forecast.errors import ReportsError
from forecast.ledger import Ledger, evidence_fingerprint
from tests.ledger.samples import announced, report

KEPT = announced(status="kept", known_on=date(2024, 7, 1))


def every_word(ledger):
    """Everything that was said of the first one, in that order."""
    log = ledger.announcements
    return log.read(log.of("a1"))


def test_an_announcement_is_recorded_once_and_comes_back_as_it_was(ledger):
    window = {"starts_on": date(2024, 8, 1), "ends_on": date(2024, 8, 9)}
    rows = [announced(), announced("a2", kind="dated", **window)]
    assert ledger.announcements.record(rows, origin="events") == ["a1", "a2"]
    assert ledger.announcements.record(rows, origin="events") == []
    assert ledger.announcements.latest() == rows
    assert ledger.verify() == []


def test_what_was_known_when_can_be_asked_by_both_clocks(ledger):
    ledger.announcements.record([announced()], origin="events")
    before = ledger.recorded_until()
    ledger.announcements.record([KEPT], origin="events")
    assert ledger.announcements.latest(recorded_by=before) == [announced()]
    assert ledger.announcements.latest() == [KEPT]
    assert ledger.announcements.latest(as_of=date(2024, 6, 30)) == [announced()]
    assert ledger.announcements.latest(as_of=date(2024, 5, 31)) == []
    assert [one.announcement.status for one in every_word(ledger)] == ["", "kept"]


def test_a_row_that_leaves_its_file_is_taken_back_and_may_come_again(ledger):
    ledger.announcements.record([announced(), announced("a2")], origin="events")
    assert ledger.announcements.record([announced("a2")], origin="events") == ["a1"]
    assert ledger.announcements.record([announced("a2")], origin="events") == []
    assert [one.announcement_id for one in ledger.announcements.latest()] == ["a2"]
    assert ledger.announcements.record([announced(), announced("a2")], origin="events") == ["a1"]
    assert len(every_word(ledger)) == 3


def test_what_is_told_by_hand_is_not_undone_by_a_file_that_stays_as_it_was(ledger):
    ledger.announcements.record([announced()], origin="events")
    ledger.announcements.record([KEPT, announced("by-hand")], origin="")
    ledger.announcements.record([announced()], origin="events")
    assert ledger.announcements.latest() == [KEPT, announced("by-hand")]


def test_another_case_sees_nothing_of_it(place):
    with Ledger.open(place) as ledger:
        ledger.enter("one").announcements.record([announced()], origin="events")
    with Ledger.open(place) as ledger:
        assert ledger.enter("other").announcements.latest() == []


def test_an_id_made_of_markup_is_refused(ledger):
    with pytest.raises(ReportsError, match="announcement_id: '<b>' is not an id"):
        ledger.announcements.record([announced("<b>")], origin="events")


def test_without_announcements_the_print_of_the_evidence_is_that_of_before():
    reports = [report()]
    assert evidence_fingerprint(reports, [], []) == evidence_fingerprint(reports, [])


@pytest.mark.parametrize(
    ("change", "moves"),
    [
        ({"kind": "invited"}, True),
        ({"question": "q"}, True),
        ({"credibility": 2}, True),
        ({"status": "broken", "known_on": date(2024, 6, 20)}, True),
        ({"status": "broken", "known_on": date(2024, 7, 20)}, False),
        ({"note": "other"}, False),
        ({"source_url": "https://example.org"}, False),
    ],
    ids=str,
)
def test_what_inference_sees_by_then_changes_the_print(change, moves):
    def printed(one):
        return evidence_fingerprint([], [], [one], as_of=date(2024, 6, 30))

    assert (printed(announced()) != printed(replace(announced(), **change))) is moves


def test_what_is_told_later_is_left_out_of_the_print():
    early = date(2024, 5, 31)
    assert evidence_fingerprint([], [], [announced()], as_of=early) == evidence_fingerprint([], [])
