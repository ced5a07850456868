"""Whether the model could have found what was found: rarely denied by chance, and never missed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forecast.analysis import prior_check
from forecast.analysis.prior_check import (
    Denial,
    contradictions,
    expected_reports,
    expected_together,
    told,
)
from forecast.beliefs import CoverageWindow, Report
from forecast.inference.encoding import Encoding
from forecast.inference.observations import declared, observe
from forecast.inference.tracking import log_likelihood
from forecast.validation.simulating import Design, draw_world
from tests.inference.samples import encoding_of, harbour, harbour_values, report, window

STEPS = 52
UNTIL = harbour().beliefs.brief.as_of + dt.timedelta(days=7 * STEPS)


def gate(
    encoding: Encoding, reports: Sequence[Report], coverage: Sequence[CoverageWindow]
) -> list[Denial]:
    """Ask the gate, with draws of the priors weighed by the likelihood for a posterior."""
    prior = encoding.priors.draw(2000, seed=9)
    evidence = observe(encoding, reports, coverage, as_of=UNTIL)
    raw = log_likelihood(encoding, prior, evidence)
    weights = np.exp(raw - raw.max())
    looked = declared(encoding, coverage, steps=evidence.steps, as_of=UNTIL)
    return contradictions(encoding, prior, evidence, looked, weights=weights / weights.sum())


def world(seed: int) -> Any:
    """A year of the harbour, with reports as its own sources bring them."""
    return draw_world(harbour(), Design.of(harbour().beliefs, STEPS), seed=[seed])


def changed(change: Callable[[dict[str, Any]], None]) -> Encoding:
    """The harbour with every presence indicator changed."""
    values = harbour_values()
    for indicator in values["indicators"].values():
        if indicator.get("kind", "presence") == "presence":
            change(indicator)
    return encoding_of(values)


def test_a_record_of_the_model_is_not_called_its_contradiction() -> None:
    """In 24 worlds with 72 nodes at most two are, which 1 % a node exceeds once in 30."""
    alarms = 0
    for seed in range(24):
        drawn = world(seed)
        alarms += len(gate(harbour(), drawn.rows, drawn.coverage))
    assert alarms <= 2


def sure(indicator: dict[str, Any]) -> None:
    """Nearly every week in the states pointed at, hardly ever elsewhere; as the spec's analyst."""
    indicator |= {"within": "1 week", "probability": [0.93, 0.98], "detection": 0.95}
    for point in indicator["points_at"]:
        point["rarer"] = [40, 80]


def test_a_detection_that_denies_the_record_is_caught_and_one_is_named_that_does_not() -> None:
    """Reports in every third week, and .95 declared: by the detection named it fits again."""
    encoding = changed(sure)
    rows = [report("patrols", 21 * number + 3, grade="A1") for number in range(17)]
    (window_of_all,) = stated = [window(1, 7 * STEPS)]
    found = {one.node: one.indicators[0] for one in gate(encoding, rows, stated)}
    wrong = found["blockade"]
    assert (wrong.indicator, wrong.found, wrong.state) == ("patrols", 17, "full")
    assert wrong.fitting_detection == pytest.approx(17 / STEPS, abs=0.05)
    told_of = replace(window_of_all, indicator="patrols", detection=wrong.fitting_detection)
    again = gate(encoding, rows, [*stated, told_of])
    assert "blockade" not in {one.node for one in again}


def test_rates_that_are_far_too_low_are_caught() -> None:
    """An eighth of each probability, and the text says which would fit."""

    def lower(indicator: dict[str, Any]) -> None:
        indicator["probability"] = [p / 8 for p in indicator["probability"]]

    low = changed(lower)
    drawn = world(1)
    found = gate(low, drawn.rows, drawn.coverage)
    assert found
    wrong = found[0].indicators[0]
    assert wrong.fitting_probability is not None
    assert wrong.fitting_probability > 3 * wrong.probability
    said = told(low.beliefs, found[0])
    assert low.beliefs.indicators[wrong.indicator].label in said
    assert f"{wrong.found} week" in said


def test_without_reports_and_without_coverage_nothing_is_contradicted() -> None:
    assert gate(harbour(), [], []) == []


def test_a_state_expects_what_the_check_of_the_priors_expects() -> None:
    """Simulated under certain reports, against the Poisson mean of `expected_reports`."""
    drawn = world(2)
    evidence = observe(harbour(), [], drawn.coverage, as_of=UNTIL)
    looked = declared(harbour(), drawn.coverage, steps=STEPS, as_of=UNTIL)
    record = prior_check._Record(harbour(), evidence, looked, simulations=4000, seed=3)
    nodes = harbour().nodes
    for row in expected_reports(harbour(), evidence):
        entry: Any = harbour().beliefs.indicators[row.indicator]
        at = {point.node: point.states[0] for point in entry.points_at} | {row.node: row.state}
        paths = np.zeros((STEPS, len(nodes), 4000), np.int64)
        for node, state in at.items():
            states = harbour().beliefs.nodes[node].states
            paths[:, nodes.index(node)] = states.index(state)
        found = record.numbers(harbour().indicators.index(row.indicator), paths)
        error = found.std() / np.sqrt(4000)
        assert found.mean() == pytest.approx(row.expected, abs=6 * error + 0.02 * row.expected)


def test_chance_alone_is_as_far_off_as_it_says() -> None:
    """The share is uniform or above where what was found is one more simulation."""
    rng = np.random.default_rng(8)
    shares = []
    for _ in range(300):
        every = rng.poisson([[3.0], [0.4], [12.0]], (3, 400))
        shares.append(prior_check._far(every[:, 1:], every[:, 0], every[:, 0])[0])
    assert np.mean(np.array(shares) < 0.05) <= 0.09
    assert np.mean(shares) >= 0.45


def test_all_indicators_together_are_counted_as_they_are_found() -> None:
    """The joint line expects about the mean over worlds of the priors."""
    drawn = [world(seed) for seed in range(40, 52)]
    counts = []
    for one in drawn:
        evidence = observe(harbour(), one.rows, one.coverage, as_of=UNTIL)
        looked = declared(harbour(), one.coverage, steps=STEPS, as_of=UNTIL)
        expected, found = expected_together(harbour(), evidence, looked)
        counts.append(found)
    low, high = np.percentile(expected, (2, 98))
    assert low <= np.median(counts) <= high
