from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import content
from forecast.ledger import Ledger, evidence_fingerprint
from tests.ledger.samples import report, window

START = date(2024, 1, 1)
windows = st.builds(
    lambda name, start, length, detection: window(
        name, START + timedelta(start), START + timedelta(start + length), detection=detection
    ),
    st.sampled_from(["*", "a", "b"]),
    st.integers(0, 12),
    st.integers(0, 8),
    st.sampled_from([None, 0.1, 0.3]),
)


def looked(coverage):
    """Say day by day, the slow and obvious way, which window holds for each indicator."""
    days = {}
    for item in coverage:
        day = item.starts_on
        while day <= item.ends_on:
            days[item.indicator, day] = item.detection
            day += timedelta(1)
    return days


@given(st.lists(windows, max_size=5), st.lists(windows, max_size=5))
def test_coverage_has_one_print_exactly_when_it_says_the_same_of_every_day(one, other):
    same_print = evidence_fingerprint([], one) == evidence_fingerprint([], other)
    assert same_print == (looked(one) == looked(other))


@given(st.lists(windows, max_size=6), st.integers(-2, 25))
def test_as_of_ends_all_coverage(coverage, days):
    as_of = START + timedelta(days)
    seen = {key: value for key, value in looked(coverage).items() if key[1] <= as_of}
    daily = [window(name, day, day, detection=value) for (name, day), value in seen.items()]
    assert evidence_fingerprint([], coverage, as_of=as_of) == evidence_fingerprint([], daily)


@given(st.permutations([report("R1"), report("R2", lineage="x"), report("R3", value=2.0)]))
def test_the_order_of_reports_changes_nothing(reports):
    in_order = sorted(reports, key=lambda r: r.report_id)
    assert evidence_fingerprint(reports, []) == evidence_fingerprint(in_order, [])


@pytest.mark.parametrize(
    "change",
    [
        {"event_id": "other"},
        {"lineage": "other"},
        {"occurred_on": date(2024, 6, 18)},
        {"reported_on": date(2024, 6, 21)},
        {"indicator": "other"},
        {"reliability": "C"},
        {"credibility": 3},
        {"use": "prior"},
        {"value": 2.0},
        {"exposure": 2.0},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_inference_sees_changes_the_print(change):
    before = evidence_fingerprint([report()], [])
    assert evidence_fingerprint([report(**change)], []) != before


@pytest.mark.parametrize(
    "change",
    [
        {"summary": "other"},
        {"note": "other"},
        {"source_url": "other"},
        {"verified": "other"},
        {"actors": "other"},
        {"source_title": "other"},
        {"source_type": "other"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_only_people_read_leaves_the_print(change):
    assert evidence_fingerprint([report(**change)], []) == evidence_fingerprint([report()], [])


def test_a_copy_and_the_original_are_two_reports():
    one, two = [report("R1")], [report("R1"), report("R2", event_id="E-R1")]
    assert evidence_fingerprint(one, []) != evidence_fingerprint(two, [])


def test_reports_after_the_day_are_left_out():
    later = report("R2", reported_on=date(2024, 8, 1))
    seen = evidence_fingerprint([report(), later], [], as_of=date(2024, 7, 31))
    assert seen == evidence_fingerprint([report()], [])


def test_the_last_day_there_is_can_be_covered():
    endless = window(ends_on=date.max)
    assert evidence_fingerprint([], [endless]) != evidence_fingerprint([], [window()])


def test_values_mappings_and_records_have_the_same_print():
    reports, coverage = [report(), report("R2", value=3.0)], [window()]
    expected = evidence_fingerprint(reports, coverage)
    assert evidence_fingerprint(map(content, reports), coverage) == expected
    with Ledger.open(":memory:") as ledger:
        ledger.reports.sync(reports, origin="events")
        ledger.coverage.sync(coverage, origin="events")
        assert evidence_fingerprint(ledger.reports.latest(), ledger.coverage.latest()) == expected
