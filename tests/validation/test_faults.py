"""Validation passes an engine that is right, and finds one that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from forecast.beliefs import load
from forecast.beliefs.reports import credibility
from forecast.inference.encoding import Encoding, encode
from forecast.inference.observations import observe
from forecast.judge.validate import bundled
from forecast.network import Evidence
from forecast.validation.assessing import Assessment, assess
from forecast.validation.simulating import Design, Fit, Nuts, World, read_record, simulate
from forecast.validation.worlds import day_of
from tests.validation.beacon import Weighed, beacon

Read = Callable[[Encoding, World, Design], Evidence]


def judged(encoding: Encoding, fit: Fit, read: Read, *, number: int, steps: int) -> Assessment:
    """Simulate and judge."""
    design = Design.of(encoding.beliefs, steps)
    found = [simulate(encoding, design, fit, n, seed=5, read=read) for n in range(number)]
    return assess(found)


def halved_detection(encoding: Encoding, world: World, design: Design) -> Evidence:
    """Silence read as if somebody looked half as well as they did."""
    coverage = [replace(w, detection=(w.detection or 0.0) / 2) for w in world.coverage]
    as_of = day_of(encoding.beliefs, design.steps)
    return observe(encoding, world.rows, coverage, as_of=as_of)


def doubled_credibility(encoding: Encoding, world: World, design: Design) -> Evidence:
    """Every report weighs twice what its grade says, at most one."""
    as_of = day_of(encoding.beliefs, design.steps)
    return observe(
        encoding, world.rows, world.coverage, as_of=as_of,
        weigh=lambda r, _: min(1.0, 2 * credibility(r.reliability, r.credibility)),
    )  # fmt: skip


def lost_half(encoding: Encoding, world: World, design: Design) -> Evidence:
    """Every second report is lost on the way, and its step is read as silent."""
    kept = replace(world, rows=[row for n, row in enumerate(world.rows) if n % 2])
    return read_record(encoding, kept, design)


def test_a_right_engine_passes() -> None:
    """With a posterior that is exact but for its number of draws, nothing fails."""
    found = judged(beacon(), Weighed(beacon()), read_record, number=120, steps=20)
    assert found.passed, found.problems
    assert min(q.adjusted for q in found.quantities) > 0.05


@pytest.mark.parametrize("read", [halved_detection, lost_half], ids=lambda read: read.__name__)
def test_a_wrong_reading_of_the_record_is_found(read: Read) -> None:
    """Ranks of the rates and forecasts of the states both fail."""
    found = judged(beacon(), Weighed(beacon()), read, number=200, steps=20)
    assert not found.passed
    assert any("log_rate sightings" in problem for problem in found.problems)


def test_a_posterior_that_ignores_the_record_is_found() -> None:
    """Its rates have uniform ranks; the likelihood gives it away."""
    found = judged(beacon(), Weighed(beacon(), heed=0.0), read_record, number=120, steps=20)
    failed = {q.block for q in found.quantities if q.adjusted < 0.01}
    assert "likelihood" in failed
    assert "log_rate" not in failed


def test_a_posterior_that_is_too_sure_is_found() -> None:
    """The likelihood counted three times: intervals are too narrow."""
    found = judged(beacon(), Weighed(beacon(), heed=3.0), read_record, number=120, steps=20)
    assert not found.passed
    rate = next(q for q in found.quantities if q.block == "log_rate")
    assert rate.coverage[2] < 0.85


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("read", "passes"), [(read_record, True), (doubled_credibility, False)], ids=["right", "wrong"]
)
def test_the_sampler_passes_and_reports_that_weigh_twice_their_grade_are_found(
    read: Read, *, passes: bool
) -> None:
    """A fault this small needs the sampler's posterior, a year of steps and 240 records."""
    found = judged(beacon(), Nuts(beacon()), read, number=240, steps=60)
    print(found.problems, sorted((q.adjusted, q.block, q.name) for q in found.quantities)[:5])
    assert found.passed == passes, found.problems


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_sampler_passes_on_the_whole_model_class() -> None:
    """NUTS on the bundled model: every kind of indicator, couplings, gaps."""
    encoding = encode(load(bundled()))
    found = judged(encoding, Nuts(encoding), read_record, number=100, steps=26)
    assert found.passed, found.problems
