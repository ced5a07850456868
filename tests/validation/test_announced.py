"""Simulated records with announcements: right about states, rates and the share that is kept."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import scipy.stats

from forecast.beliefs import Beliefs
from forecast.inference.encoding import Encoding, encode
from forecast.network import Evidence
from forecast.validation.reporting import Foretold, foretell
from forecast.validation.simulating import Design, World, draw_world, read_record
from forecast.validation.worlds import day_of
from tests.validation.beacon import TEXT, Weighed, beacon
from tests.validation.test_faults import judged

KEPT = {"dated": [12, 2], **TEXT}


@cache
def herald() -> Encoding:
    """The beacon, with a sign of it that is due on a day, and visits that are announced."""
    values: Any = beacon().beliefs.model_dump(mode="json", by_alias=True)
    values["follow_through"] = KEPT
    seen = values["indicators"]["sightings"]
    values["indicators"] = {"surveys": seen, "visits": seen | {"probability": [0.1, 0.4]}}
    return encode(Beliefs.model_validate(values))


def told(seed: int, *, steps: int = 20) -> Foretold:
    found = foretell(herald().beliefs, steps=steps, rng=np.random.default_rng(seed))
    assert found is not None
    return found


def test_what_is_kept_is_done_as_often_and_as_soon_as_the_story_says() -> None:
    """Kept with .84 rho + .16 x .3; of these 5 % in the week it is told, 40 % in each of two."""
    many = [told(seed) for seed in range(4000)]
    done = [one.happens - one.told for one in many if one.happens is not None]
    chance = 0.84 * 12 / 14 + 0.16 * 0.3
    assert scipy.stats.binomtest(len(done), len(many), chance).pvalue > 0.001
    counts = np.bincount(np.minimum(done, 3), minlength=4)
    expected = np.array([0.05, 0.40, 0.40, 0.15]) * len(done)
    assert scipy.stats.chisquare(counts, expected).pvalue > 0.001
    shares = scipy.stats.kstest([one.rho for one in many], scipy.stats.beta(12, 2).cdf)
    assert shares.pvalue > 0.001


def test_an_indicator_occurs_where_it_is_done_once_and_on_its_day_of_the_calendar_only() -> None:
    one = replace(told(1), happens=11)
    assert (one.dated, one.due, one.told) == ("visits", "surveys", 10)
    chances = [one.occurs("visits", step, 0.2, reported=[4]) for step in range(9, 13)]
    assert chances == [0.2, 0.2, 1.0, 0.2]
    assert one.occurs("visits", 11, 0.2, reported=[10]) == 0.2
    due = [one.occurs("surveys", step, 0.2, reported=[]) for step in range(9, 14)]
    assert due == [0.2, 0.0, 0.2, 0.2, 0.2]


def test_the_first_report_after_it_was_told_is_that_of_the_one_that_was_kept() -> None:
    design = Design.of(herald().beliefs, 20)
    statuses = set()
    for seed in range(12):
        world = draw_world(herald(), design, seed=[seed])
        assert world.foretold is not None
        days = [row.occurred_on for row in world.rows if row.indicator == "visits"]
        since = [day for day in days if day > day_of(herald().beliefs, world.foretold.told)]
        (found,) = (
            one
            for one in world.foretold.settled(herald().beliefs, world.rows)
            if one.announcement_id == "dated"
        )
        assert found.status == ("kept" if since else "")
        assert not since or 0 <= (found.known_on - min(since)).days < 7  # type: ignore[operator]
        statuses.add(found.status)
    assert statuses == {"kept", ""}


def test_without_follow_through_nothing_is_announced() -> None:
    assert foretell(beacon().beliefs, steps=20, rng=np.random.default_rng(1)) is None


@pytest.mark.slow
def test_the_engine_is_calibrated_on_records_with_announcements() -> None:
    """Ranks of rates, states and of the share that is kept are uniform; reports come as often."""
    found = judged(herald(), Weighed(herald()), read_record, number=500, steps=6)
    assert found.passed, found.problems
    assert min(q.adjusted for q in found.quantities) > 0.05
    assert "follow_through" in {q.block for q in found.quantities}


def not_told(encoding: Encoding, world: World, design: Design) -> Evidence:
    """What was announced is left out of the likelihood."""
    return replace(read_record(encoding, world, design), foreseen=None)


@pytest.mark.slow
def test_an_engine_that_is_not_told_what_was_announced_is_found_out() -> None:
    """It takes what was announced for the doing of the states: the rate comes out too high."""
    found = judged(herald(), Weighed(herald()), not_told, number=500, steps=6)
    assert "log_rate visits: ranks" in found.problems
