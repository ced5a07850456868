"""The payload says what was read, rounded, and nothing else."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from forecast.analysis.readout import Reading, build_payload, read_out
from forecast.beliefs import words
from forecast.inference.observations import happenings
from forecast.inference.tracking import knowledge
from tests.inference.samples import day, harbour, report, window

ROWS = [
    report("patrols", 3, report_id="one"),
    report("patrols", 3, report_id="copy"),
    report("patrols", 3, report_id="other", lineage="satellite", grade="A1"),
    report("accord", 12, reported=24, grade="A1"),
    report("notices", 20, grade="F6"),
    report("boardings", 9, value=4.0),
    report("boardings", 16, value=9.0, grade="F6"),
]
HALF = 0.5e-6 + 1e-12
UNTIL = 25


@pytest.fixture(scope="module")
def reading() -> Reading:
    """The harbour as of day 25, from draws of the priors."""
    known = knowledge(harbour(), ROWS, [window(1, 60)], as_of=day(UNTIL), steps=4)
    parameters = harbour().priors.draw(60, seed=1)
    return read_out(harbour(), parameters, known, as_of=day(UNTIL), horizon=day(UNTIL + 35), seed=1)


@pytest.fixture(scope="module")
def payload(reading: Reading) -> dict[str, Any]:
    """Its payload."""
    events = happenings(harbour(), ROWS, as_of=day(UNTIL))
    return build_payload(harbour(), reading, events, as_of=day(UNTIL))


def leaves(value: Any) -> list[Any]:
    """Every value that is no mapping and no list."""
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    return [value]


def test_it_is_plain_and_finite(payload: dict[str, Any]) -> None:
    """It survives JSON as it is, without NaN or infinity, and no number has a seventh digit."""
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload
    numbers = [leaf for leaf in leaves(payload) if isinstance(leaf, float)]
    assert len(numbers) > 100
    assert all(math.isfinite(number) and round(number, 6) == number for number in numbers)


def test_rounding_is_all_that_happens_to_a_number(
    payload: dict[str, Any], reading: Reading
) -> None:
    """Curves, bands and states differ from the reading by half of the sixth digit at most."""
    for each in payload["trajectories"]:
        curve = reading.headline[each["node"]]
        for name in ("probability", "lo50", "hi50", "lo80", "hi80"):
            np.testing.assert_allclose(each[name], getattr(curve, name), rtol=0, atol=HALF)
        np.testing.assert_allclose(
            each["no_news"], reading.no_news[each["node"]], rtol=0, atol=HALF
        )
        assert each["date"] == [date.isoformat() for date in reading.dates]
        assert each["history"] == reading.now + 1 == 5
    for name, values in reading.states.items():
        np.testing.assert_allclose(payload["states"][name], values, rtol=0, atol=HALF)
    for each, answer in zip(payload["questions"], reading.answers, strict=True):
        assert each["question"] == answer.name
        assert each["probability"] == pytest.approx(answer.band.probability, abs=HALF)
        np.testing.assert_allclose(each["curve"]["lo80"], answer.curve.lo80, rtol=0, atol=HALF)
        assert each["curve"]["date"] == [date.isoformat() for date in answer.dates]


def test_a_judgement_says_then_now_and_later(payload: dict[str, Any], reading: Reading) -> None:
    """At the brief, now, since the brief, and at the horizon; the word is that of the number."""
    scale = words.scale("icd203")
    for each in payload["judgements"]:
        node = each["node"]
        curve, opening = reading.headline[node], reading.no_news[node][0]
        now = curve.probability[reading.now]
        assert each["probability"] == pytest.approx(now, abs=HALF)
        assert each["at_brief"] == pytest.approx(opening, abs=HALF)
        assert each["since_brief"] == pytest.approx(now - opening, abs=HALF)
        assert each["word"] == scale.word(now)
        assert each["at_horizon"]["probability"] == pytest.approx(curve.probability[-1], abs=HALF)
        assert each["at_horizon"]["date"] == reading.dates[-1].isoformat() == payload["horizon"]
    quoted = payload["judgements"][0]["brief"]
    assert [(q["mode"], q["low"], q["high"]) for q in quoted] == [
        ("by", 0.4, 0.7),
        ("at", 0.9, 0.99),
    ]


def test_evidence_is_counted_by_hand(payload: dict[str, Any]) -> None:
    """Five rows with credibility tell of three events, of three indicators, by two lineages."""
    assert payload["evidence"] == {"reports": 5, "events": 3, "indicators": 3, "lineages": 2}


def test_marks_name_what_was_reported_on_the_node(payload: dict[str, Any]) -> None:
    """Each mark stands on the day its report came, with its rows; nothing without credibility."""
    marks = {each["node"]: each["marks"] for each in payload["trajectories"]}
    assert [mark["indicator"] for mark in marks["blockade"]] == ["patrols", "boardings"]
    assert marks["blockade"][0]["reports"] == ["copy", "one", "other"]
    assert marks["election"] == []
    talks = {mark["indicator"]: mark["date"] for mark in marks["talks"]}
    assert talks["accord"] == day(24).isoformat()
