"""Indicators of a move: what they say is said of the transition, exactly."""

from __future__ import annotations

from dataclasses import fields
from itertools import product

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from scipy.stats import binom

from forecast.network import (
    MARK,
    Course,
    Evidence,
    Fewer,
    ImpossibleEvidenceError,
    Network,
    Parameters,
    carry,
    filtered,
    gradient,
    message,
    replay,
)
from forecast.network.evidence import with_told, without
from forecast.network.structure import Floats
from tests.network.enumeration import Enumeration, assert_smoothed
from tests.network.reaching import assert_reached
from tests.network.strategies import Case, cases, examples, random_parameters
from tests.network.test_gradient import complex_step_gradient

EXACT = {"rtol": 1e-10, "atol": 1e-12}
marked = cases(marks=True).filter(lambda case: len(case.network.marks) > 0)
small = cases(max_nodes=2, marks=True).filter(lambda case: len(case.network.marks) > 0)


@examples(max_examples=30)
@given(marked)
def test_the_filter_is_the_sum_over_all_paths(case: Case) -> None:
    """Log-likelihood and filtered probabilities, with couplings and several moves in one step."""
    result = filtered(case.propagator, case.evidence)
    by_gradient, _ = gradient(case.tables, case.parameters, case.evidence, step=case.step)
    for d in range(case.parameters.draws):
        every = Enumeration(case.network, case.draw(d), case.evidence, case.step)
        for step in range(case.evidence.steps):
            listed = every.paths(step + 1)
            np.testing.assert_allclose(
                result.probability[step, :, d], listed.marginal(step + 1), **EXACT
            )
        np.testing.assert_allclose(result.log_likelihood[d], np.log(listed.total), **EXACT)
        np.testing.assert_allclose(by_gradient[d], np.log(listed.total), **EXACT)


@examples(max_examples=30)
@given(marked)
def test_the_smoother_is_the_sum_over_all_paths(case: Case) -> None:
    """A report of a move weighs the past of the state it leaves, and of all coupled nodes."""
    assert_smoothed(case, rtol=EXACT["rtol"])


@examples(max_examples=20)
@given(small, st.data())
def test_first_passage_is_the_sum_over_all_paths(case: Case, data: st.DataObject) -> None:
    """What has not been reached is carried by the same reports, the target's exits switched off."""
    node = data.draw(st.integers(0, len(case.network.sizes) - 1))
    wanted = {node: {data.draw(st.integers(0, int(case.network.sizes[node]) - 1))}}
    length = case.evidence.steps
    known, opens = data.draw(st.integers(0, length)), data.draw(st.integers(0, length))
    assert_reached(case, wanted, known=known, opens=opens)


@examples(max_examples=12)
@given(cases(max_nodes=3, draws=1, steps=4, marks=True))
def test_the_gradient_is_a_complex_step_through_scipy(case: Case) -> None:
    """Reports of a move teach its hazard, and the couplings that act on it."""
    _, slopes = gradient(case.tables, case.parameters, case.evidence, step=case.step)
    for family in (field.name for field in fields(Parameters)):
        expected = complex_step_gradient(case, family, 0)
        np.testing.assert_allclose(
            getattr(slopes, family)[:, 0], expected, rtol=1e-8, atol=1e-10, err_msg=family
        )


AHEAD = 2


def first_mark(case: Case) -> int:
    """The first indicator of a move."""
    return int(case.network.marks[0, 0])


def counts(case: Case, chance: float, most: int) -> Floats:
    """Probability of every number of reports of the move in two steps to come, below a largest."""
    course = Course(case.tables, case.parameters, step=case.step)
    now, end = case.evidence.steps, case.evidence.steps + AHEAD
    whole = course.whole(case.evidence, steps=end)
    fewer = Fewer(first_mark(case), most, now, end, (0.0, chance))
    return carry(course, whole, [fewer], steps=end)[end].sum(axis=1)


def future(case: Case, evidence: Evidence, told: tuple[bool, ...]) -> Evidence:
    """The evidence, and after it steps in which the move is reported for certain or looked for."""
    k, steps = first_mark(case), evidence.steps
    looked = np.zeros((1, evidence.indicators))
    looked[0, k] = 1.0
    at = [steps + n for n, each in enumerate(told) if each]
    ones = np.ones(len(at))
    return Evidence(
        np.concatenate([evidence.pattern, np.full(len(told), len(evidence.detection))]),
        np.concatenate([evidence.detection, looked]),
        np.concatenate([evidence.cell_step, at]),
        np.concatenate([evidence.cell_indicator, np.full(len(at), k)]),
        np.concatenate([evidence.cell_value, ones]),
        np.concatenate([evidence.cell_exposure, ones]),
    )


@examples(max_examples=25)
@given(small, st.floats(0.0, 1.0), st.integers(1, 3))
def test_counting_reports_is_the_sum_over_what_may_happen(
    case: Case, chance: float, most: int
) -> None:
    """Each step makes the move or not; each move made is found with the chance of who looks."""
    found = counts(case, chance, most)
    before = filtered(case.propagator, case.evidence).log_likelihood
    expected = np.zeros_like(found)
    for made in product([False, True], repeat=AHEAD):
        try:
            seen = filtered(case.propagator, future(case, case.evidence, made))
        except ImpossibleEvidenceError:  # a move whose state is out of reach, in some draw
            reject()
        each = np.exp(seen.log_likelihood - before)
        for number in range(min(most, sum(made) + 1)):
            expected[number] += each * binom.pmf(number, sum(made), chance)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12)


@examples(max_examples=25)
@given(small, st.floats(0.0, 1.0), st.integers(1, 3))
def test_reports_are_counted_alike_forward_and_back(case: Case, chance: float, most: int) -> None:
    """What is carried to a step, times the message from there, is the same at every step."""
    course = Course(case.tables, case.parameters, step=case.step)
    now, end = case.evidence.steps, case.evidence.steps + AHEAD
    whole = course.whole(case.evidence, steps=end)
    fewer = Fewer(first_mark(case), most, now, end, (0.3, chance), present=0.2)
    kept = carry(course, whole, [fewer], steps=end)
    later = message(course, whole, [fewer], steps=end)
    total = kept[end].sum(axis=(0, 1))
    for step in (now, now + 1):
        found = (kept[step] * later[step]).sum(axis=(0, 1))
        np.testing.assert_allclose(found, total, rtol=1e-9, atol=1e-12)


@examples(max_examples=25)
@given(small, st.floats(0.0, 1.0))
def test_the_rest_of_the_present_step_may_bring_a_report(case: Case, chance: float) -> None:
    """A move that may have been made in it is found with the chance of who looks at its end."""
    course = Course(case.tables, case.parameters, step=case.step)
    k, now = first_mark(case), case.evidence.steps
    bare = without(case.evidence, k)
    whole = course.whole(bare, steps=now)
    fewer = Fewer(k, 1, now, now, (chance,))
    found = carry(course, whole, [fewer], steps=now)[now, 0].sum(axis=0)
    made = with_told(bare.between(now - 1, now), k)
    before = filtered(case.propagator, bare).log_likelihood
    told = joined(bare.between(0, now - 1), made)
    try:
        again = filtered(case.propagator, told).log_likelihood
    except ImpossibleEvidenceError:
        reject()
    np.testing.assert_allclose(found, 1.0 - chance * np.exp(again - before), atol=1e-9)


def joined(first: Evidence, second: Evidence) -> Evidence:
    """One after the other."""
    return Evidence(
        np.concatenate([first.pattern, second.pattern + len(first.detection)]),
        np.concatenate([first.detection, second.detection]),
        np.concatenate([first.cell_step, second.cell_step + first.steps]),
        np.concatenate([first.cell_indicator, second.cell_indicator]),
        np.concatenate([first.cell_value, second.cell_value]),
        np.concatenate([first.cell_exposure, second.cell_exposure]),
    )


def test_sampled_paths_have_the_smoothed_frequencies() -> None:
    """Paths drawn backwards go through the transitions that the reports of moves have weighed."""
    network = Network(
        sizes=[3, 2],
        hazards=[(0, 0, 1), (0, 1, 0), (0, 1, 2), (1, 0, 1), (1, 1, 0)],
        links=[(3, 0, 0, 1), (3, 0, 0, 2)],
        kinds=[MARK, MARK, MARK],
        marks=[(0, 0), (1, 1), (2, 3)],
        average=[0.05, 0.1, 0.1],
    )
    parameters = random_parameters(network, np.random.default_rng(4), 1)
    evidence = Evidence(
        pattern=[0, 0, 1, 0],
        detection=[[0.6, 0.9, 0.0], [0.0, 0.0, 0.5]],
        cell_step=[1, 2, 2, 3],
        cell_indicator=[0, 1, 0, 2],
        cell_value=[0.84, 0.6, 0.48, 0.84],
        cell_exposure=np.ones(4),
    )
    case = Case(network, parameters, evidence, 7.0)
    course = Course(case.tables, parameters, step=7.0)
    found = replay(course, evidence, steps=4, paths=40_000, seed=1).factual[:, :, 0]
    joint = found[:, 0] * 2 + found[:, 1]
    smoothed = case.smoothed()[:, :, 0]
    for step in range(4):
        often = np.bincount(joint[step + 1], minlength=6) / 40_000
        error = np.sqrt(smoothed[step] * (1 - smoothed[step]) / 40_000)
        assert (np.abs(often - smoothed[step]) < 5 * error + 1e-9).all()


def test_reports_of_moves_that_no_state_can_make_are_refused() -> None:
    """A certain report of a move from a state that is out of reach names its step."""
    network = Network(sizes=[2], hazards=[(0, 0, 1)], kinds=[MARK], marks=[(0, 0)])
    none = np.zeros(0)
    rates = Parameters([0.0, 1.0], [-3.0], none, [0.0], none, [0.0], none, [0.0])
    at, one = np.ones(1, np.int64), np.ones(1)
    evidence = Evidence(np.zeros(2), np.zeros((1, 1)), at, 0 * at, one, one)
    with pytest.raises(ImpossibleEvidenceError) as caught:
        filtered(Case(network, rates, evidence, 7.0).propagator, evidence)
    assert (caught.value.step, caught.value.indicators) == (1, (0,))
