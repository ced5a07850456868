"""Outcomes are added, corrected and taken back; nothing that was said is lost."""

from datetime import date, timedelta

import pytest

from forecast.errors import LedgerError
from tests.ledger.samples import FIRST_TICK, outcome_of


def said(records):
    return [(one.question, one.version, one.outcome) for one in records]


def test_an_outcome_is_recorded_once(ledger):
    assert said(ledger.resolutions.record([outcome_of()])) == [("q1", 1, "yes")]
    assert ledger.resolutions.record([outcome_of()]) == []
    assert said(ledger.resolutions.versions("q1")) == [("q1", 1, "yes")]


def test_another_outcome_is_a_correction_and_the_first_word_stays(ledger):
    ledger.resolutions.record([outcome_of("q1", "no")])
    corrected = ledger.resolutions.record([outcome_of("q1", "yes"), outcome_of("q2", "void")])
    assert said(corrected) == [("q1", 2, "yes"), ("q2", 1, "void")]
    assert said(ledger.resolutions.versions("q1")) == [("q1", 1, "no"), ("q1", 2, "yes")]
    assert said(ledger.resolutions.latest()) == [("q1", 2, "yes"), ("q2", 1, "void")]


def test_the_ledger_can_be_read_as_it_stood(ledger):
    ledger.resolutions.record([outcome_of("q1", "no")])
    before = ledger.recorded_until()
    ledger.resolutions.record([outcome_of("q1", "yes")])
    assert said(ledger.resolutions.latest(recorded_by=before)) == [("q1", 1, "no")]
    assert ledger.resolutions.latest(recorded_by=FIRST_TICK - timedelta(days=1)) == []


def test_an_outcome_is_not_known_before_the_world_knew_it(ledger):
    ledger.resolutions.record([outcome_of(resolved_on=date(2024, 6, 30))])
    assert ledger.resolutions.latest(as_of=date(2024, 6, 29)) == []
    assert len(ledger.resolutions.latest(as_of=date(2024, 6, 30))) == 1


def test_what_is_no_day_is_refused_and_nothing_is_written(ledger):
    with pytest.raises(LedgerError, match="q2: resolved_on: 'soon' is not a day"):
        ledger.resolutions.record([outcome_of("q1"), outcome_of("q2", resolved_on="soon")])
    assert ledger.resolutions.latest() == []
