"""Foreseen: the steps in which what was announced may have happened, and what is scheduled can."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from forecast.beliefs.announcements import Announcement, StepsForeseen, done_by, steps_foreseen
from tests.inference.samples import day, harbour

STEPS = 6
AS_OF = day(7 * STEPS)


def told(kind: str = "dated", on: int = 7, *, days: Any = (15, 28), **changes: Any) -> Any:
    """An announcement of patrols at the end of the first week, for the third and fourth."""
    dated = kind in {"dated", "scheduled"}
    fields: dict[str, Any] = {
        "announcement_id": "a",
        "indicator": "patrols",
        "told_on": day(on),
        "starts_on": day(days[0]) if dated else None,
        "ends_on": day(days[1]) if dated else None,
        "reliability": "A",
        "credibility": 1,
        **changes,
    }
    return Announcement(kind=kind, **fields)  # type: ignore[arg-type]


def found(*every: Announcement, happened: Any = (), as_of: dt.date = AS_OF) -> StepsForeseen:
    """What is foreseen of patrols."""
    beliefs = harbour().beliefs
    came = {"patrols": [((on - 1) // 7, day(on)) for on in happened]}
    every_one = steps_foreseen(beliefs, every, came, steps=STEPS, as_of=as_of)
    return every_one.get("patrols", StepsForeseen())


def hazard(one: Announcement, first: int, last: int, rho: float) -> float:
    """``phi (G_t - G_s) / (1 - G_s)`` with ``phi = rho (1 - G_s) / (1 - rho G_s)``."""
    before, after = done_by(one, day(first)), done_by(one, day(last))
    phi = rho * (1 - before) / (1 - rho * before)
    return phi * (after - before) / (1 - before)


RHO = 0.84 * 0.8 + 0.16 * 0.3  # told A1, of a class of which 8 of 10 are kept


def test_an_open_one_has_its_hazard_in_every_step_after_it_was_told():
    one = told()
    missed = found(one).missed
    assert sorted(missed) == [1, 2, 3, 4, 5]
    for step, left in missed.items():
        assert 1 - left == pytest.approx(hazard(one, 7 * step, 7 * step + 7, RHO), abs=1e-12)
    kept = 1 - np.prod(list(missed.values()))
    assert kept == pytest.approx(RHO * done_by(one, AS_OF), abs=1e-12)


def test_one_told_within_a_step_counts_from_then_on_and_not_for_what_came_before_it():
    one = told(on=10)
    assert 1 - found(one).missed[1] == pytest.approx(hazard(one, 10, 14, RHO), abs=1e-12)
    assert found(one, happened=[12]).missed == found(one).missed
    assert sorted(found(one, happened=[9]).missed) == [2, 3, 4, 5]
    assert sorted(found(one, happened=[9, 12]).missed) == [1, 2, 3, 4, 5]


def test_one_told_before_the_brief_has_not_happened_by_then():
    one = told("undated", on=-20)
    rho = 0.84 * 6 / 9 + 0.16 * 0.3
    assert 1 - found(one).missed[0] == pytest.approx(hazard(one, 0, 7, rho), abs=1e-12)


def test_a_kept_one_ends_with_the_step_of_the_happening_that_kept_it():
    one = told(status="kept", known_on=day(30))
    assert sorted(found(one, happened=[5, 12, 24]).missed) == [1, 2, 3]  # the last one by then
    assert sorted(found(one, happened=[12, 33]).missed) == [1]
    assert sorted(found(one).missed) == [1, 2, 3, 4]  # no report of it: the step it was known in
    open_one = found(told()).missed
    assert all(left == open_one[step] for step, left in found(one).missed.items())


@pytest.mark.parametrize("status", ["broken", "postponed"])
def test_a_broken_one_ends_with_the_day_on_which_that_is_known(status):
    one = told(status=status, known_on=day(25))
    missed = found(one).missed
    assert sorted(missed) == [1, 2, 3]
    assert 1 - missed[3] == pytest.approx(hazard(one, 21, 25, RHO), abs=1e-12)


def test_what_becomes_known_later_changes_nothing():
    broken = told(status="broken", known_on=day(25))
    assert found(broken, as_of=day(24)) == found(told(), as_of=day(24))
    assert found(told(on=12), as_of=day(11)) == StepsForeseen()


def test_what_became_of_it_does_not_make_its_happening_more_probable():
    """The share of its class is that of the day it was told; what was settled by then counts."""
    kept = told(status="kept", known_on=day(30))
    assert found(kept, happened=[30]).missed[1] == found(told()).missed[1]
    earlier = told(on=-90, days=(-80, -60), status="broken", known_on=day(-50), announcement_id="b")
    learnt = 0.84 * 8 / 11 + 0.16 * 0.3
    missed = found(earlier, told()).missed
    assert 1 - missed[2] == pytest.approx(hazard(told(), 14, 21, learnt), abs=1e-12)


def test_days_that_are_still_to_come_do_not_count():
    missed = found(told(), as_of=day(24)).missed
    assert 1 - missed[3] == pytest.approx(hazard(told(), 21, 24, RHO), abs=1e-12)
    assert found(told(on=24), as_of=day(24)).missed == {}


def test_several_are_independent():
    one, other = told(), told("undated", on=0, announcement_id="b")
    both = found(one, other).missed
    assert both[2] == pytest.approx(found(one).missed[2] * found(other).missed[2], abs=1e-15)


@pytest.mark.parametrize(
    "one",
    [
        told(reliability="F", credibility=6),
        told(indicator="boardings"),  # a stream
        told(indicator="gone"),
    ],
)
def test_what_says_nothing_or_is_no_presence_is_left_out(one):
    beliefs = harbour().beliefs
    assert steps_foreseen(beliefs, [one], {}, steps=STEPS, as_of=AS_OF) == {}


def test_what_is_scheduled_can_occur_in_its_window_only():
    """From the day after it was told to the end of its window, by days."""
    vote = told("scheduled", on=7, days=(18, 24))
    assert found(vote).missed == {}
    shares = [found(vote).possible.get(step, 1.0) for step in range(STEPS)]
    assert shares == pytest.approx([1.0, 0.0, 4 / 7, 1.0, 1.0, 1.0])  # after the window, free


def test_a_second_window_keeps_the_days_between_closed():
    votes = [
        told("scheduled", days=(15, 16)),
        told("scheduled", days=(34, 34), announcement_id="b"),
    ]
    shares = [found(*votes).possible.get(step, 1.0) for step in range(STEPS)]
    assert shares == pytest.approx([1.0, 0.0, 2 / 7, 0.0, 2 / 7, 1.0])


def test_a_calendar_binds_until_it_is_known_to_be_off():
    vote = told("scheduled", days=(36, 36), status="postponed", known_on=day(24))
    shares = [found(vote).possible.get(step, 1.0) for step in range(STEPS)]
    assert shares == pytest.approx([1.0, 0.0, 0.0, 4 / 7, 1.0, 1.0])
