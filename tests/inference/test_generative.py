"""The world that calibration is tested in is the one its likelihood describes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import Report
from forecast.validation.reporting import KINDS
from tests.inference.generative import GAPS, STEPS, averages, coverage, draw_world
from tests.inference.samples import cells, harbour, looked, observed
from tests.network.strategies import examples


@examples(max_examples=100)
@given(a=st.floats(0.0, 1.0), average=st.floats(0.001, 0.999))
def test_the_three_lines_are_the_probabilities_of_the_world(a: float, average: float) -> None:
    """Silence has a probability proportional to 1 - d a, with a factor that knows no state."""
    known = sum(s * c for _, c, s in KINDS)
    made_up = sum(s * (1 - c) for _, c, s in KINDS)
    silence = 1 - sum(s * (c * a + (1 - c) * average) for _, c, s in KINDS)
    factor = 1 - average * made_up
    assert silence == pytest.approx(factor * (1 - known / factor * a))
    assert 0 < known / factor < 1


def reports_of(seed: int) -> list[Report]:
    """Rows of one world."""
    return draw_world(harbour().beliefs, seed).rows


def test_the_engine_reads_the_world_as_it_was_drawn() -> None:
    """Cells have the credibility of their kind; nothing is reported or looked for in the gaps."""
    credibilities = [pytest.approx(c) for _, c, _ in KINDS]
    for seed in range(20):
        evidence = observed(reports_of(seed), coverage(harbour().beliefs), until=7 * STEPS)
        found = cells(evidence)
        for (step, name), value in found.items():
            assert step not in GAPS["*"]
            assert step not in GAPS.get(name, ())
            if name not in ("boardings", "freight"):
                assert value in credibilities
        detection = np.array(looked(evidence, "patrols"))
        silent = [step in GAPS["*"] or step in GAPS["patrols"] for step in range(STEPS)]
        assert ((detection == 0.0) == silent).all()


def test_the_engine_has_the_same_average() -> None:
    """The constant of a report is worked out from the file on both sides."""
    for name, average in averages(harbour().beliefs).items():
        assert harbour().network.average is not None
        engine = harbour().network.average[harbour().indicators.index(name)]
        assert engine == pytest.approx(average, rel=1e-12)
