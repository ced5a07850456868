"""Worlds with levels that move, and what the engine makes of their records."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecast.beliefs import load
from forecast.inference.encoding import encode
from forecast.judge.validate import Plan, validate
from forecast.network.levels import SLOW, moves, pace
from forecast.validation.simulating import Design, Laplace, simulate
from forecast.validation.worlds import _drift, place

MODEL = Path(__file__).with_name("levels.yaml")


@pytest.fixture(scope="module")
def encoding():
    return encode(load(MODEL))


def test_the_worlds_and_the_engine_move_a_level_alike(encoding):
    """Two ways to write the hazards give one generator, far from the mean too."""
    drawn = encoding.priors.draw(20, seed=1)
    level = encoding.priors.levels[0]
    points = np.array(level.points)
    hazards = np.exp(pace(points, drawn.motion[level.rows], burst=True).slow)
    for d in range(20):
        own = dict(zip(SLOW, drawn.motion[level.rows][:4, d], strict=True))
        expected = _drift(level.points, own)
        found = [expected[i, j] for i, j in moves(len(points))]
        np.testing.assert_allclose(hazards[:, d], found, rtol=1e-9)


def test_a_level_stands_at_its_point_with_its_burst(encoding):
    """On the scale of the stream; a level that shares its parameters has a burst of its own."""
    rates = {"motion": {"north_level: burst": np.log(0.5)}}
    now = {"south_level": "level_3", "south_level:burst": "4"}
    at = encoding.beliefs.nodes["south_level"].level.points[2]
    assert place(encoding.beliefs, rates, "south_level", now) == pytest.approx(at + 0.5 * 3.5)


def test_a_simulation_ranks_every_parameter_and_scores_every_level(encoding):
    """Six of the counts, which two levels share, six of the value, and one of each stream."""
    design = Design.of(encoding.beliefs, 24)
    found = simulate(encoding, design, Laplace(encoding), 0, seed=1)
    own = [name for name in found.ranks if name.startswith(("motion", "log_"))]
    assert len(own) == 14
    assert all(0 <= rank <= 99 for rank in found.ranks.values())
    assert {name.split()[0] for name in found.events} == set(encoding.beliefs.nodes)


@pytest.mark.slow
def test_the_engine_knows_how_much_it_knows_of_levels(tmp_path):
    """Ranks of every parameter and forecasts of every level on 40 simulated records."""
    done = validate(Plan(simulations=40, steps=52, lengths=False), memory=tmp_path, model=MODEL)
    assert done.assessment.passed
