"""Simulated records of marked moves: they are made as often as said, and the engine is right."""

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
from forecast.validation.reporting import sources
from forecast.validation.simulating import Design, World, medians, read_record
from forecast.validation.worlds import draw_path
from tests.validation.beacon import TEXT, Weighed, beacon
from tests.validation.test_faults import judged

NAMES = {"lit_up": ("dark", "lit"), "put_out": ("lit", "dark")}


@cache
def lamplighter() -> Encoding:
    """The beacon, seen by those who light it and put it out: it may begin and end many times."""
    values: Any = beacon().beliefs.model_dump(mode="json", by_alias=True)
    values["indicators"] = {
        name: {
            "label": name, "description": name, "detection": 0.6,
            "marks": {"node": "lamp", "from": ends[0], "to": ends[1]}, **TEXT,
        }
        for name, ends in NAMES.items()
    }  # fmt: skip
    return encode(Beliefs.model_validate(values))


def test_the_world_makes_moves_as_often_as_their_hazards_say() -> None:
    """Of a dark lamp, a week has a lighting with ``1 - exp(-q dt)``; the rest follows from it."""
    encoding, rng = lamplighter(), np.random.default_rng(3)
    middle = medians(encoding)
    rates = {**middle, "initial": {"lamp.dark": 1.0, "lamp.lit": 0.0}}
    made = 0
    for _ in range(2000):
        _, moves = draw_path(encoding.beliefs, rates, 1, rng)
        made += (0, 1) in (moves[0]["lamp"].jumps or ())
    chance = -np.expm1(-7.0 * np.exp(middle["log_hazard"]["lamp: dark > lit"]))
    assert scipy.stats.binomtest(made, 2000, chance).pvalue > 0.001
    assert encoding.network.average == pytest.approx([chance, chance], rel=1e-12)
    told = sources(encoding.beliefs, middle)
    assert [each.average for each in told.values()] == pytest.approx([chance, chance], rel=1e-12)


@pytest.mark.slow
def test_the_engine_is_calibrated_on_records_of_moves() -> None:
    """Ranks of hazards, likelihood and states are uniform; forecasts and reports come as often."""
    encoding = lamplighter()
    found = judged(encoding, Weighed(encoding), read_record, number=300, steps=20)
    assert found.passed, found.problems
    assert min(q.adjusted for q in found.quantities) > 0.05


def lost_ends(encoding: Encoding, world: World, design: Design) -> Evidence:
    """Reports of one move are lost on the way, and its steps are read as silent."""
    kept = [row for row in world.rows if row.indicator != "put_out"]
    return read_record(encoding, replace(world, rows=kept), design)


@pytest.mark.slow
def test_lost_reports_of_a_move_are_found() -> None:
    """What ends is never seen to end: hazards and states come out wrong."""
    encoding = lamplighter()
    found = judged(encoding, Weighed(encoding), lost_ends, number=300, steps=20)
    assert not found.passed
