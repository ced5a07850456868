"""Counterfactuals read out: exact where they must be, and no noise where nothing changes."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.analysis.answering import difference
from forecast.analysis.outlook import Outlook, had_been, look_ahead, look_back
from forecast.network import Evidence, Regime
from tests.inference.samples import day, harbour, observed, report, window

DRAWS, NOW, AHEAD, PATHS = 60, 4, 6, 200
BLOCKADE = 0  # first component: blockade and talks


def outlook(evidence: Evidence, regimes: list[list[Regime]]) -> Outlook:
    """Exact, from the step after the evidence."""
    parameters = harbour().priors.draw(DRAWS, seed=2)
    past = look_back(harbour(), parameters, evidence, as_of=day(28))
    return look_ahead(harbour(), parameters, past, evidence=evidence, regimes=regimes,
                      as_of=day(28), horizon=day(28 + 7 * AHEAD))  # fmt: skip


def had(evidence: Evidence, regimes: list[list[Regime]]) -> Outlook:
    """Replayed."""
    parameters = harbour().priors.draw(DRAWS, seed=2)
    baseline = outlook(evidence, [[], []])
    found = had_been(harbour(), parameters, evidence, baseline, regimes=regimes, as_of=day(28),
                     paths=PATHS)  # fmt: skip
    assert found.error < 0.01
    return found.outlook


def test_without_evidence_a_counterfactual_is_an_intervention() -> None:
    """Chance that nothing is known of replays to chance: the means of judgements and answers."""
    nothing = Evidence.empty(steps=NOW, indicators=len(harbour().indicators))
    held = [Regime(2, {1: 1})]  # talks held open from the second step on
    found = had(nothing, [held, []])
    parameters = harbour().priors.draw(DRAWS, seed=2)
    blank = Evidence.empty(steps=0, indicators=len(harbour().indicators))
    past = look_back(harbour(), parameters, blank, as_of=day(0))
    exact = look_ahead(harbour(), parameters, past, evidence=blank, regimes=[held, []],
                       as_of=day(0), horizon=day(7 * (NOW + AHEAD)))  # fmt: skip
    for node in harbour().nodes:
        expected = exact.headline[node][NOW:].mean(axis=1)
        np.testing.assert_allclose(found.headline[node].mean(axis=1), expected, atol=0.012)


def test_a_held_node_is_where_it_is_held_and_strangers_feel_nothing() -> None:
    """Exactly: no sampling is left in what is certain, nor in a component of its own."""
    evidence = observed([report("patrols", 3), report("communique", 11)], [window(1, 28)])
    baseline, found = outlook(evidence, [[], []]), had(evidence, [[Regime(1, {1: 1})], []])
    np.testing.assert_allclose(found.headline["talks"], 1.0, atol=1e-12)
    np.testing.assert_array_equal(found.headline["election"], baseline.headline["election"])
    assert abs(found.headline["blockade"] - baseline.headline["blockade"]).mean() > 0.001
    assert found.answers["talking_in_june"].mean() == pytest.approx(1.0)


def test_a_hazard_multiplied_by_one_changes_nothing() -> None:
    """Every path is walked again as it was."""
    evidence = observed([report("patrols", 3)], [window(1, 28)])
    baseline = outlook(evidence, [[], []])
    found = had(evidence, [[Regime(1, {}, {0: 0.0})], []])
    for node in harbour().nodes:
        np.testing.assert_allclose(found.headline[node], baseline.headline[node], atol=1e-12)


def test_the_band_of_a_difference_on_other_draws_compares_quantiles() -> None:
    """After a new fit: the same distribution in another order differs by nothing."""
    values = np.linspace(0.1, 0.9, 101)
    even = np.full(101, 1 / 101)
    found = difference(values[::-1], values, weights=even, baseline_weights=even, common=False)
    assert found.difference == pytest.approx(0.0, abs=1e-12)
    assert found.hi80 == pytest.approx(0.0, abs=1e-12)
    moved = difference(values + 0.05, values, weights=even, baseline_weights=even, common=False)
    assert (moved.lo80, moved.hi80) == pytest.approx((0.05, 0.05))


def test_learning_about_the_rates_moves_the_whole_band() -> None:
    """Draws as they were under other weights: all of the difference is learning, none is spread."""
    values, even = np.array([0.1, 0.2, 0.6]), np.full(3, 1 / 3)
    found = difference(values, values, weights=np.array([0.0, 0.5, 0.5]), baseline_weights=even)
    assert found.difference == pytest.approx(0.1)
    assert (found.lo80, found.hi80) == pytest.approx((0.1, 0.1))
