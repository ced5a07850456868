"""Indicators of a move: what they say is said of the transition, exactly."""

from __future__ import annotations

from dataclasses import fields
from itertools import product

import numpy as np
from hypothesis import given, reject
from hypothesis import strategies as st
from scipy.stats import binom

from forecast.network import (
    Course,
    Evidence,
    Fewer,
    ImpossibleEvidenceError,
    Parameters,
    carry,
    filtered,
    first_passage,
    gradient,
    message,
    passes,
    report_counts,
)
from forecast.network.structure import Floats
from tests.network.enumeration import Enumeration
from tests.network.strategies import Case, cases, examples
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
    result = case.smoothed()
    for d in range(case.parameters.draws):
        every = Enumeration(case.network, case.draw(d), case.evidence, case.step)
        listed = every.paths(case.evidence.steps)
        for step in range(case.evidence.steps):
            np.testing.assert_allclose(result[step, :, d], listed.marginal(step + 1), **EXACT)


@examples(max_examples=20)
@given(small, st.data())
def test_first_passage_is_the_sum_over_all_paths(case: Case, data: st.DataObject) -> None:
    """What has not been reached is carried by the same reports, the target's exits switched off."""
    node = data.draw(st.integers(0, len(case.network.sizes) - 1))
    wanted = {node: {data.draw(st.integers(0, int(case.network.sizes[node]) - 1))}}
    length = case.evidence.steps
    known, opens = data.draw(st.integers(0, length)), data.draw(st.integers(0, length))
    evidence = case.evidence.between(0, known)
    found = passes(case.propagator, evidence)
    curve = first_passage(found, wanted=wanted, opens=opens, steps=length - opens)
    for d in range(case.parameters.draws):
        every = Enumeration(case.network, case.draw(d), evidence, case.step)
        lengths = range(opens, length + 1)
        waiting = every.not_reached(lengths, wanted, opens)
        whole = [every.paths(each).total for each in lengths]
        np.testing.assert_allclose(curve[:, d], 1.0 - np.array(waiting) / whole, atol=1e-11)


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
    return report_counts(
        passes(case.propagator, case.evidence),
        indicator=first_mark(case),
        detection=np.array([0.0, chance, chance]),
        begun=np.eye(most)[0],
    )[-1]


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
def test_a_condition_on_the_paths_counts_alike_forward_and_back(
    case: Case, chance: float, most: int
) -> None:
    """Fewer reports of a move than that, as questions with several parts count them."""
    course = Course(case.tables, case.parameters, step=case.step)
    now, end = case.evidence.steps, case.evidence.steps + AHEAD
    whole = course.whole(case.evidence, steps=end)
    fewer = Fewer(first_mark(case), most, now, end, chance)
    found = counts(case, chance, most)
    kept = carry(course, whole, [fewer], steps=end)
    np.testing.assert_allclose(kept[end].sum(axis=1), found, rtol=1e-9, atol=1e-12)
    later = message(course, whole, [fewer], steps=end)
    for step in (0, now, now + 1):
        total = (kept[step] * later[step]).sum(axis=(0, 1))
        np.testing.assert_allclose(total, found.sum(axis=0), rtol=1e-9, atol=1e-12)
