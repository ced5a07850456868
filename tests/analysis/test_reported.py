"""Questions about the record equal the sum over all paths."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from forecast.analysis.readout import answer
from forecast.beliefs import Question
from forecast.inference.observations import observe
from forecast.network import Evidence
from tests.inference.samples import day, harbour, report, window
from tests.network.enumeration import Enumeration

ROWS = [report("patrols", 3), report("communique", 11, grade="A1")]
DRAWS = 2


def question(indicator: str, by: dt.date, *, opens: int = 0, **chances: float) -> Question:
    """A question about a report."""
    node = next(iter(harbour().beliefs.pointed(indicator)))
    states = harbour().beliefs.nodes[node].states[:1]
    text = dict.fromkeys(("text", "criteria", "fallback", "source"), "invented")
    return Question(
        node=node,
        states=states,
        mode="reported",
        indicator=indicator,
        by=by,
        opens=day(opens),
        **chances,
        **text,
    )


def evidence_until(until: int) -> Evidence:
    """The reports known by a day, with looking every day."""
    return observe(harbour(), ROWS, [window(1, 60)], as_of=day(until))


def asked(one: Question, *, until: int) -> Any:
    parameters = harbour().priors.draw(DRAWS, seed=4)
    return answer(harbour(), parameters, evidence_until(until), "q", one, as_of=day(until))


def by_paths(indicator: str, chances: list[float], *, until: int) -> Any:
    """Probability of no report in steps to come: evidence with silence over evidence without."""
    encoding = harbour()
    known = evidence_until(until)
    number = encoding.indicators.index(indicator)
    detection = np.zeros((len(chances), len(encoding.indicators)))
    detection[:, number] = chances
    longer = Evidence(
        np.concatenate([known.pattern, len(known.detection) + np.arange(len(chances))]),
        np.concatenate([known.detection, detection]),
        known.cell_step,
        known.cell_indicator,
        known.cell_value,
        known.cell_exposure,
    )
    length = longer.steps
    parameters = encoding.priors.draw(DRAWS, seed=4)
    out = []
    for d in range(DRAWS):
        one = parameters.take(slice(d, d + 1))
        with_silence = Enumeration(encoding.network, one, longer, 7.0).paths(length).total
        without = Enumeration(encoding.network, one, known, 7.0).paths(length).total
        out.append(with_silence / without)
    return np.array(out)


@pytest.mark.parametrize("share", [1.0, 0.25])
@pytest.mark.parametrize("detection", [1.0, 0.6])
def test_a_report_to_come_is_as_likely_as_over_all_paths(share, detection):
    """Two whole steps ahead, looked at by whoever resolves the question."""
    one = question("patrols", day(7 + 14), opens=7, share=share, detection=detection)
    found = asked(one, until=7).band.probability
    expected = 1.0 - by_paths("patrols", [detection * share] * 2, until=7).mean()
    assert found == pytest.approx(expected, abs=1e-12)


def test_detection_is_that_of_whoever_resolves_and_not_of_the_desk():
    """The desk misses some of what happens; by default whoever resolves does not."""
    desk = harbour().beliefs.indicators["patrols"].detection
    assert desk < 1.0
    by_default, perfect, as_desk = (
        asked(question("patrols", day(21), opens=7, **given), until=7).band.probability
        for given in ({}, {"detection": 1.0}, {"detection": desk})
    )
    assert by_default == perfect > as_desk


def test_a_deadline_inside_a_step_counts_its_days():
    """The last step is looked at for three days of seven."""
    found = asked(question("patrols", day(17), opens=7), until=7)
    chances = [1.0, 3 / 7]
    still = by_paths("patrols", chances, until=7)
    assert found.band.probability == pytest.approx(1.0 - still.mean(), abs=1e-12)


def test_a_report_that_came_counts_by_its_credibility():
    """After the deadline the answer is the credibility of what was reported in time."""
    found = asked(question("communique", day(14), opens=7), until=14)
    assert found.past
    assert found.band.probability == pytest.approx(0.84)
    assert found.curve.probability[0] == 0.0


def test_a_report_before_the_opening_does_not_count():
    """It belongs to an earlier step."""
    found = asked(question("patrols", day(14), opens=7), until=14)
    assert found.band.probability == 0.0


def test_a_later_deadline_is_never_less_probable():
    """The curve of a question about the record does not fall."""
    curve = asked(question("patrols", day(56)), until=14).curve.probability
    assert (np.diff(curve) >= -1e-12).all()
    assert curve[-1] > curve[0]
