from datetime import date, timedelta

import pytest

from forecast.errors import LedgerError
from tests.ledger.samples import ids, report

JULY = date(2024, 7, 1)


def issue(ledger, **changes):
    fields = {
        "as_of": JULY,
        "model_fingerprint": "m1",
        "evidence_fingerprint": "e1",
        "settings": {"seed": 7},
        "payload": {"tech_transfer": {"advanced": 0.125}},
        **changes,
    }
    return ledger.issues.record(**fields)


def test_a_forecast_comes_back_as_it_was_issued(modelled):
    record = issue(modelled)
    assert modelled.issues.all() == [record]
    assert record.payload == {"tech_transfer": {"advanced": 0.125}}
    assert (record.as_of, record.settings, record.posterior_id) == (JULY, {"seed": 7}, None)


def test_the_same_forecast_again_writes_nothing(modelled):
    first = issue(modelled)
    until = modelled.recorded_until()
    assert issue(modelled, settings={"seed": 7}) == first
    assert modelled.recorded_until() == until


@pytest.mark.parametrize(
    "change",
    [
        {"as_of": date(2024, 7, 2)},
        {"evidence_fingerprint": "e2"},
        {"settings": {"seed": 8}},
        {"payload": {"tech_transfer": {"advanced": 0.126}}},
        {"model_fingerprint": "m2"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_forecast_is_another_issue(modelled, change):
    modelled.models.record(fingerprint="m2", content={})
    assert issue(modelled, **change).id != issue(modelled).id
    assert len(modelled.issues.all()) == 2


def test_the_last_issue_has_the_latest_day_then_the_latest_moment(modelled):
    early = issue(modelled, as_of=date(2024, 5, 1))
    first = issue(modelled, payload={"p": 0.1})
    second = issue(modelled, payload={"p": 0.2})
    replayed = issue(modelled, as_of=date(2024, 3, 1))
    assert modelled.issues.last() == second
    assert modelled.issues.last(as_of=date(2024, 6, 1)) == early
    assert modelled.issues.last(as_of=date(2024, 4, 1)) == replayed
    assert modelled.issues.last(as_of=date(2024, 1, 1)) is None
    assert modelled.issues.last(model_fingerprint="m2") is None
    assert modelled.issues.all() == [early, first, second, replayed]
    assert modelled.issues.all(model_fingerprint="m2") == []


def test_the_same_forecast_told_otherwise_is_not_the_issue_before(modelled):
    """As with its past as it would have been published."""
    early = issue(modelled, as_of=date(2024, 5, 1))
    other = issue(modelled, evidence_fingerprint="e0")
    first = issue(modelled, settings={"seed": 7})
    again = issue(modelled, settings={"seed": 7, "history": True})
    alike = [first.settings, again.settings]
    for one in (first, again):
        assert modelled.issues.before(one, alike=alike) == other
    assert modelled.issues.before(again, alike=[again.settings]) == first
    assert modelled.issues.before(other, alike=alike) == early
    assert modelled.issues.before(early, alike=alike) is None


def test_an_issue_is_found_by_what_it_was_made_from(modelled):
    key = {
        "as_of": JULY,
        "model_fingerprint": "m1",
        "evidence_fingerprint": "e1",
        "settings": {"seed": 7},
    }
    assert modelled.issues.find(**key) is None
    first = issue(modelled)
    assert modelled.issues.find(**key) == first
    assert modelled.issues.find(**{**key, "as_of": date(2024, 7, 2)}) is None
    assert modelled.issues.find(**{**key, "settings": {"seed": 8}}) is None
    assert issue(modelled, payload={"p": 1}) == modelled.issues.find(**key)


def test_the_evidence_of_an_issue_can_be_read_again(modelled):
    modelled.reports.sync([report("R1"), report("R2")], origin="events")
    record = issue(modelled)
    modelled.reports.sync([report("R2", note="edited"), report("R3")], origin="events")
    assert record.recorded_by < record.issued_at
    again = modelled.reports.latest(as_of=record.as_of, recorded_by=record.recorded_by)
    assert ids(again) == ["R1", "R2"]
    assert [r.version for r in again] == [1, 1]


def test_the_moment_the_ledger_was_read_can_be_given(modelled):
    seen = modelled.recorded_until() - timedelta(seconds=1)
    assert issue(modelled, recorded_by=seen).recorded_by == seen


def test_an_issue_names_its_posterior(modelled):
    fit = modelled.posteriors.record(
        model_fingerprint="m1",
        evidence_fingerprint="e1",
        settings={},
        write=lambda path: path.write_bytes(b"draws"),
    )
    assert issue(modelled, posterior_id=fit.id).posterior_id == fit.id


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_fingerprint": "m9"}, "unknown model 'm9'; models.record comes first"),
        ({"posterior_id": "p9"}, "unknown posterior 'p9'; posteriors.record comes first"),
        ({"payload": {"p": float("nan")}}, r"payload\.p: cannot record the number nan"),
        ({"settings": {"f": print}}, r"settings\.f: cannot record a builtin"),
        ({"as_of": "today"}, "as_of: 'today' is not a day"),
    ],
)
def test_a_forecast_that_cannot_be_recorded_says_why(modelled, change, message):
    with pytest.raises(LedgerError, match=message):
        issue(modelled, **change)
    assert modelled.issues.all() == []
