"""From rows to evidence: what counts, what counts once, and what does not count."""

from __future__ import annotations

from itertools import permutations
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import Beliefs, Report, fingerprint
from forecast.inference.observations import happenings, observe
from tests.inference.samples import (
    GRADES,
    cells,
    day,
    encoding_of,
    harbour,
    harbour_values,
    looked,
    observed,
    report,
    same,
    some_reports,
    window,
)
from tests.network.strategies import examples

EVERYWHERE = [window(1, 42)]


def test_the_grades_have_the_credibility_worked_out_by_hand() -> None:
    """A report of one event puts its own credibility into the cell, and none if it has none."""
    for grade, c in GRADES.items():
        found = cells(observed([report(grade=grade)]))
        assert found == ({(0, "communique"): pytest.approx(c)} if c else {})


def test_a_report_of_an_open_act_is_nearly_the_act() -> None:
    """Another indicator beside it, and the same file without the word, stay as they were."""
    values = harbour_values()
    values["indicators"]["patrols"]["open"] = True
    rows = [report("patrols"), report("communique"), report("patrols", 10, grade="C3")]
    found = observe(encoding_of(values), rows, [], as_of=day(14))
    assert cells(found) == {
        (0, "patrols"): pytest.approx(0.90),
        (0, "communique"): pytest.approx(0.48),
        (1, "patrols"): pytest.approx(0.08),
    }
    values["indicators"]["patrols"]["open"] = False
    spelt = Beliefs.model_validate(values)
    assert fingerprint(spelt) == fingerprint(harbour().beliefs)


def test_six_copies_move_what_one_does() -> None:
    """Reports of one event with one lineage count once."""
    copies = [report(report_id=f"r{n}", reported=3 + n) for n in range(6)]
    assert same(observed(copies, EVERYWHERE), observed(copies[:1], EVERYWHERE))


def test_a_lineage_counts_at_its_best() -> None:
    """A worse copy of a report takes nothing from it."""
    rows = [report(grade=grade, report_id=grade) for grade in ("C3", "A1", "B2", "F1")]
    assert cells(observed(rows)) == {(0, "communique"): pytest.approx(0.84)}


def test_lineages_combine() -> None:
    """Independent lineages of one event combine as 1 - prod(1 - c)."""
    rows = [report(grade=g, lineage=g, report_id=g) for g in ("A1", "B2", "C3")]
    expected = 1 - (1 - 0.84) * (1 - 0.48) * (1 - 0.08)
    assert cells(observed(rows)) == {(0, "communique"): pytest.approx(expected)}
    (event,) = happenings(harbour(), rows, as_of=day(28))
    assert event.lineages == ("A1", "B2", "C3")


def test_events_of_one_step_combine() -> None:
    """Several events of one indicator in one step combine as 1 - prod(1 - c)."""
    rows = [report(occurred=n, grade=g) for n, g in ((1, "B2"), (4, "B2"), (7, "C3"), (8, "A1"))]
    expected = 1 - (1 - 0.48) ** 2 * (1 - 0.08)
    assert cells(observed(rows)) == {
        (0, "communique"): pytest.approx(expected),
        (1, "communique"): pytest.approx(0.84),
    }


def test_an_event_belongs_to_the_step_of_its_earliest_day() -> None:
    """Days 1 to 7 are the first step; an event is as old as its oldest report says."""
    rows = [
        report(occurred=15, event_id="e", lineage="late"),
        report(occurred=7, event_id="e", lineage="early"),
    ]
    assert list(cells(observed(rows))) == [(0, "communique")]
    assert list(cells(observed(rows[:1]))) == [(2, "communique")]


def test_what_happened_before_the_brief_and_was_told_after_it_is_in_the_first_step() -> None:
    """A late report of something older than the grid is not lost."""
    assert list(cells(observed([report(occurred=-40, reported=20)]))) == [(0, "communique")]


@pytest.mark.parametrize("grade", ["D4", "F1", "A6"])
@examples(max_examples=60)
@given(rows=some_reports(), data=st.data())
def test_a_report_without_credibility_changes_nothing(
    grade: str, rows: list[Report], data: st.DataObject
) -> None:
    """Evidence is the same to the last bit with and without it, whatever event it speaks of."""
    events = [(row.indicator, row.event_id) for row in rows] + [("patrols", "new")]
    presence = [key for key in events if key[0] not in ("boardings", "freight")]
    indicator, event = data.draw(st.sampled_from(presence))
    occurred = data.draw(st.integers(1, 42))
    empty = report(indicator, occurred, grade=grade, report_id="empty", event_id=event)
    with_it = observed([*rows, empty], EVERYWHERE, until=42)
    assert same(with_it, observed(rows, EVERYWHERE, until=42))


def test_a_report_without_credibility_moves_no_event() -> None:
    """An F6 row that dates an event earlier leaves it in the step of the credible reports."""
    rows = [report(occurred=15, event_id="e", grade="A1")]
    rumour = report(occurred=2, reported=16, event_id="e", grade="F6", lineage="rumour")
    assert same(observed([*rows, rumour], EVERYWHERE), observed(rows, EVERYWHERE))


@examples(max_examples=100)
@given(rows=some_reports(), data=st.data())
def test_the_order_of_rows_changes_nothing(rows: list[Report], data: st.DataObject) -> None:
    """Any order of the rows gives the same evidence to the last bit."""
    shuffled = data.draw(st.permutations(rows))
    assert same(observed(shuffled, EVERYWHERE, until=42), observed(rows, EVERYWHERE, until=42))


def test_the_order_of_lineages_changes_nothing() -> None:
    """Not even the last bit: the same file in another order must give the same draws."""
    rows = [report(grade=g, lineage=g, report_id=g) for g in ("B2", "B3", "C3")]
    assert all(same(observed(each), observed(rows)) for each in permutations(rows))


@examples(max_examples=100)
@given(rows=some_reports())
def test_rows_of_the_prior_are_never_counted(rows: list[Report]) -> None:
    """Evidence with the rows marked `prior` is the evidence without them."""
    counted = [row for row in rows if row.use == "evidence"]
    assert same(observed(rows, EVERYWHERE, until=42), observed(counted, EVERYWHERE, until=42))


@examples(max_examples=100)
@given(rows=some_reports())
def test_a_cell_is_worked_out_from_the_rows_alone(rows: list[Report]) -> None:
    """Every presence cell that recurs is 1 - prod over its events and their lineages of 1 - c."""
    doubt: dict[tuple[int, str], float] = {}
    counted = [r for r in rows if r.use == "evidence" and r.reported_on <= day(42)]
    for indicator in ("patrols", "communique", "notices"):
        own = [r for r in counted if r.indicator == indicator]
        for event in {r.event_id for r in own}:
            told = [r for r in own if r.event_id == event and GRADES[r.grade] > 0]
            if not told:
                continue
            step = (min(r.occurred_on for r in told) - day(1)).days // 7
            best = [
                max(GRADES[r.grade] for r in told if r.lineage == name)
                for name in {r.lineage for r in told}
            ]
            key = step, indicator
            doubt[key] = doubt.get(key, 1.0) * prod(1.0 - c for c in best)
    found = cells(observed(rows, until=42))
    found = {key: c for key, c in found.items() if key[1] in ("patrols", "communique", "notices")}
    assert found == {key: pytest.approx(1.0 - left) for key, left in doubt.items()}


def test_a_milestone_is_not_looked_for_after_its_first_occurrence() -> None:
    """Silence about it ends with the step in which it happened; other silence goes on."""
    evidence = observed([report("accord", 10)], EVERYWHERE, until=35)
    assert looked(evidence, "accord") == pytest.approx([0.8, 0.8, 0, 0, 0])
    assert looked(evidence, "patrols") == pytest.approx([0.6] * 5)
    nothing = observed([report("accord", 10, grade="F6")], EVERYWHERE, until=35)
    assert looked(nothing, "accord") == pytest.approx([0.8] * 5)


def test_later_events_of_a_milestone_merge_into_the_first() -> None:
    """It happens once: another event of it is another report of the first."""
    rows = [report("accord", 10), report("accord", 24, grade="A1")]
    expected = 1 - (1 - 0.48) * (1 - 0.84)
    assert cells(observed(rows)) == {(1, "accord"): pytest.approx(expected)}


def test_counts_of_a_step_add_and_so_does_their_exposure() -> None:
    """Two counts of one step are one count out of both exposures."""
    rows = [
        report("boardings", 2, value=3.0, exposure=0.5),
        report("boardings", 5, value=4.0, exposure=1.5),
        report("boardings", 9, value=0.0),
    ]
    evidence = observed(rows)
    assert cells(evidence) == {(0, "boardings"): 7.0, (1, "boardings"): 0.0}
    assert evidence.cell_exposure.tolist() == [2.0, 1.0]


def test_values_of_a_step_average() -> None:
    """Two values of one step are their mean."""
    rows = [report("freight", 2, value=3.0), report("freight", 5, value=4.0)]
    assert cells(observed(rows)) == {(0, "freight"): 3.5}


def test_a_count_is_revised_by_its_latest_report() -> None:
    """Of several reports of one count the last is believed, once it is known."""
    rows = [
        report("boardings", 2, value=3.0, report_id="first"),
        report("boardings", 2, value=5.0, report_id="second", reported=15),
    ]
    assert cells(observed(rows, until=14)) == {(0, "boardings"): 3.0}
    assert cells(observed(rows, until=15)) == {(0, "boardings"): 5.0}


def test_no_report_and_no_coverage_say_nothing() -> None:
    """Evidence without rows has its steps, no cell and no detection."""
    evidence = observed([], until=20)
    assert evidence.steps == 3
    assert not cells(evidence)
    assert not np.any(evidence.detection)


def test_on_the_day_of_the_brief_there_is_no_evidence() -> None:
    """As of the brief's date there is no step, whatever is covered or reported that day."""
    rows = [report(occurred=-1, reported=0)]
    evidence = observed(rows, [window(-10, 30)], until=0)
    assert evidence.steps == 0
    assert not cells(evidence)
