"""As of a date nothing later is seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import Report
from forecast.inference.observations import date_of_step, happenings, observe, steps_until
from tests.inference.samples import (
    ROOT,
    cells,
    day,
    harbour,
    observed,
    report,
    same,
    some_reports,
    window,
)
from tests.network.strategies import examples

COVERAGE = [window(1, 60), window(20, 30, "patrols", 0.1)]


@examples(max_examples=150)
@given(rows=some_reports(), until=st.integers(1, 45))
def test_only_what_was_reported_by_then_is_seen(rows: list[Report], until: int) -> None:
    """Evidence as of a date is the evidence of the rows reported by that date."""
    known = [row for row in rows if row.reported_on <= day(until)]
    assert same(observed(rows, COVERAGE, until=until), observed(known, COVERAGE, until=until))
    assert happenings(harbour(), rows, as_of=day(until)) == happenings(
        harbour(), known, as_of=day(until)
    )


@pytest.mark.parametrize("indicator", ["patrols", "accord", "boardings", "freight"])
@examples(max_examples=40)
@given(rows=some_reports(), occurred=st.integers(-20, 28), late=st.integers(1, 400))
def test_a_canary_reported_a_day_too_late_changes_nothing(
    indicator: str, rows: list[Report], occurred: int, late: int
) -> None:
    """A report of the best grade, with any date of occurrence, waits for the day it is known."""
    value = None if indicator in ("patrols", "accord") else 1e6
    events = sorted({row.event_id for row in rows if row.indicator == indicator})
    canary = report(
        indicator,
        occurred,
        reported=28 + late,
        grade="A1",
        report_id="canary",
        event_id=events[0] if events else "canary",
        lineage="canary",
        value=value,
    )
    assert same(observed([*rows, canary], COVERAGE), observed(rows, COVERAGE))


def test_a_report_counts_from_the_day_it_is_reported() -> None:
    """On the eve it is not seen; on the day it is, in the step in which it happened."""
    row = report("patrols", 3, reported=24)
    assert not cells(observed([row], until=23))
    assert cells(observed([row], until=24)) == {(0, "patrols"): pytest.approx(0.48)}


def test_steps_are_counted_from_the_brief_and_rounded_up() -> None:
    """Day 0 is no step, days 1 to 7 the first; a step ends on its last day."""
    found = [steps_until(harbour(), day(n)) for n in (-3, 0, 1, 7, 8, 14)]
    assert found == [0, 0, 1, 1, 2, 2]
    assert date_of_step(harbour(), 0) == day(0)
    assert date_of_step(harbour(), 2) == day(14)


@pytest.mark.parametrize("date", ["2023-11-15", "2024-03-01", "2024-07-02"])
def test_the_bundled_case_sees_nothing_later_than_the_date(date: str) -> None:
    """With the bundled reports too, cutting the file at the date changes nothing."""
    import datetime as dt

    from forecast.beliefs import load, read_events
    from forecast.inference.encoding import encode

    beliefs = load(ROOT / "priors.yaml")
    rows, coverage = read_events(ROOT / "events", beliefs=beliefs)
    encoding, until = encode(beliefs), dt.date.fromisoformat(date)
    known = [row for row in rows if row.reported_on <= until]
    assert len(known) < len(rows)
    whole = observe(encoding, rows, coverage, as_of=until)
    assert same(whole, observe(encoding, known, coverage, as_of=until))
    assert whole.cell_step.size
