"""What was announced or scheduled, in the likelihood: against all paths, and by hand."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.network import (
    PRESENCE,
    Evidence,
    Foreseen,
    Network,
    Parameters,
    distinct_steps,
    filtered,
    gradient,
    passes,
)
from tests.network.enumeration import Enumeration, assert_smoothed
from tests.network.strategies import Case, cases, examples
from tests.network.test_gradient import complex_step_gradient, dense_log_likelihood

EXACT = {"rtol": 1e-10, "atol": 1e-12}


def foresee(case: Case, seed: int) -> Case:
    """Announce presences, and schedule them, in about half of the steps."""
    rng, evidence = np.random.default_rng(seed), case.evidence
    shape = evidence.steps, evidence.indicators
    presence = case.network.kinds == PRESENCE
    hazard = np.where(presence, rng.choice([0.0, 0.05, 0.4, 0.9], shape), 0.0)
    possible = np.where(presence, rng.choice([1.0, 1.0, 0.4, 0.0], shape), 1.0)
    certain = evidence.cell_value == 1.0  # would contradict the calendar
    possible[evidence.cell_step[certain], evidence.cell_indicator[certain]] = 1.0
    seen = Foreseen(hazard, possible, case.network.average)
    return replace(case, evidence=replace(evidence, foreseen=seen))


foreseen = st.builds(foresee, cases(), st.integers(0, 2**32 - 1))


@examples(max_examples=40)
@given(foreseen)
def test_the_filter_is_the_sum_over_all_paths(case: Case) -> None:
    """Likelihood, but for the constant, and filtered states, with a' written out for each path."""
    result = filtered(case.propagator, case.evidence)
    for d in range(case.parameters.draws):
        every = Enumeration(case.network, case.draw(d), case.evidence, case.step)
        for step in range(case.evidence.steps):
            listed = every.paths(step + 1)
            np.testing.assert_allclose(
                result.probability[step, :, d], listed.marginal(step + 1), **EXACT
            )
        found = result.log_likelihood[d] + case.evidence.constant
        np.testing.assert_allclose(found, np.log(listed.total), **EXACT)


@examples(max_examples=20)
@given(foreseen)
def test_the_smoother_is_the_sum_over_all_paths(case: Case) -> None:
    assert_smoothed(case, rtol=EXACT["rtol"])


@examples(max_examples=15)
@given(st.builds(foresee, cases(max_nodes=3, draws=1, steps=4), st.integers(0, 2**32 - 1)))
def test_the_gradient_is_a_complex_step_through_scipy(case: Case) -> None:
    """A rate learns less from what was announced: its slope is that of a'."""
    total, slopes = gradient(case.tables, case.parameters, case.evidence, step=case.step)
    dense = dense_log_likelihood(case.network, case.draw(0), case.evidence, case.step)
    np.testing.assert_allclose(total[0] + case.evidence.constant, dense.real, **EXACT)
    for family in (field.name for field in fields(Parameters)):
        expected = complex_step_gradient(case, family, 0)
        np.testing.assert_allclose(
            getattr(slopes, family)[:, 0], expected, rtol=1e-8, atol=1e-10, err_msg=family
        )


@examples(max_examples=15)
@given(foreseen, st.data())
def test_steps_taken_out_keep_what_was_foreseen_of_them(case: Case, data: st.DataObject) -> None:
    """Filtering in two legs, and on rows that several evidences share, is filtering at once."""
    cut = data.draw(st.integers(0, case.evidence.steps))
    whole = filtered(case.propagator, case.evidence)
    parts = [case.evidence.between(0, cut), case.evidence.between(cut, case.evidence.steps)]
    steps, places = distinct_steps(parts)
    row, scaled, shift = case.propagator.emission(steps)
    joint, total = case.propagator.start(), 0.0
    for part, place in zip(parts, places, strict=True):
        emission = (row[place], scaled, shift)
        found = passes(case.propagator, part, start=joint, emission=emission)
        joint, total = found.probability[-1], total + found.log_likelihood
    np.testing.assert_allclose(total, whole.log_likelihood, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(joint, whole.probability[-1], rtol=1e-10, atol=1e-12)
    assert case.evidence.constant == pytest.approx(sum(part.constant for part in parts))


OFTEN, SELDOM = Fraction(1, 2), Fraction(1, 10)  # a in the two states


def odds(
    *, credible: float | None = None, hazard: float = 0.0, possible: float = 1.0,
    detection: float = 0.0,
) -> float:  # fmt: skip
    """Odds of the first of two states that were as probable, after one step."""
    network = Network(
        sizes=[2], hazards=[], links=[], kinds=[PRESENCE], points=[(0, 0, 1, 0)], average=[0.3]
    )
    often, seldom = (-np.log1p(-float(a)) for a in (OFTEN, SELDOM))
    values: dict[str, Any] = {name.name: np.zeros((0, 1)) for name in fields(Parameters)}
    values |= {"initial": np.full((2, 1), 0.5), "log_rate": np.log([[often]])}
    values |= {"rarity": np.log([[often / seldom]])}
    values |= {name: np.zeros((1, 1)) for name in ("log_dispersion", "log_spread")}
    cells = ([0], [0], [credible], [1.0]) if credible is not None else ([], [], [], [])
    seen = Foreseen(np.array([[hazard]]), np.array([[possible]]), network.average)
    evidence = Evidence([0], [[detection]], *cells, foreseen=seen)
    case = Case(network, Parameters(**values), evidence, 1.0)
    first, second = filtered(case.propagator, evidence).probability[0, :, 0]
    return float(first / second)


def test_a_report_of_what_was_announced_moves_the_state_less() -> None:
    """Unannounced, a certain one makes the odds 5; announced with one half, .75 / .55 = 15 / 11."""
    assert odds(credible=1.0) == pytest.approx(5.0)
    assert odds(credible=1.0, hazard=0.5) == pytest.approx(15 / 11)
    assert odds(credible=1.0, hazard=1.0) == pytest.approx(1.0)
    # of credibility .8 with a_bar = .3: (.8 x .75 + .06) / (.8 x .55 + .06)
    assert odds(credible=0.8, hazard=0.5) == pytest.approx(0.66 / 0.50)


def test_certain_silence_says_as_much_as_ever_and_uncertain_silence_less() -> None:
    """One that was broken leaves 5 / 9 where all is seen; with d = .5, (1 - .375) / (1 - .275)."""
    assert odds(detection=1.0) == pytest.approx(5 / 9)
    assert odds(detection=1.0, hazard=0.5) == pytest.approx(5 / 9)
    assert odds(detection=0.5) == pytest.approx(0.75 / 0.95)
    assert odds(detection=0.5, hazard=0.5) == pytest.approx(0.625 / 0.725)


def test_outside_the_window_of_what_is_scheduled_nothing_is_said() -> None:
    """Neither by silence nor by a report, which can only be wrong there."""
    assert odds(detection=0.9, possible=0.0) == pytest.approx(1.0)
    assert odds(credible=0.9, possible=0.0) == pytest.approx(1.0)
    assert odds(credible=1.0, possible=0.0) == pytest.approx(1.0)
    assert odds(detection=0.9, possible=0.5) == pytest.approx((1 - 0.225) / (1 - 0.045))


def test_where_nothing_is_foreseen_the_kernels_read_the_very_same_arrays() -> None:
    """So every number is equal to the last bit, and costs nothing more."""
    at = np.zeros(1, np.int64)
    plain = Evidence(np.zeros(3), np.full((1, 2), 0.7), at, at, np.array([0.9]), np.ones(1))
    assert all(getattr(plain, name) is array for name, array in plain.observed._asdict().items())
    nothing = Foreseen(np.zeros((3, 2)), np.ones((3, 2)), np.array([0.2, 0.4]))
    same = replace(plain, foreseen=nothing)
    assert np.array_equal(same.looked, plain.looked)
    assert np.array_equal(same.observed.cell_value, plain.cell_value)
    assert same.constant == plain.constant == 0.0
