"""One step is a proper stochastic matrix, and the continuous-time network as steps shrink."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from forecast.network import Network, Parameters, Propagator, passes, tables
from tests.network.dense import joint_generator, moved_matrix, split_matrix
from tests.network.strategies import Case, cases, examples, random_parameters


def ring(nodes: int = 3) -> Network:
    """Nodes of three states, each coupled to the next, the last to the first."""
    hazards = [(n, i, j) for n in range(nodes) for i in range(3) for j in range(3) if i != j]
    links = [
        (h, row[0], (row[0] + 1) % nodes, state)
        for h, row in enumerate(hazards)
        for state in (1, 2)
        if row[1] < row[2]
    ]
    return Network(sizes=[3] * nodes, hazards=hazards, links=links)


def with_hazards(case: Case, rng: np.random.Generator, low: float, high: float) -> Case:
    """The same case with hazards so large or small that the step times them is in a range."""
    shape = case.parameters.log_hazard.shape
    per_step = rng.uniform(np.log(low), np.log(high), shape)
    return replace(
        case, parameters=replace(case.parameters, log_hazard=per_step - np.log(case.step))
    )


@examples(max_examples=40)
@given(cases(draws=3))
def test_a_step_is_the_dense_product_of_exponentials(case: Case) -> None:
    """Node by node equals the product of SciPy's joint-state exponentials, in file order."""
    found = moved_matrix(case.propagator)
    for d in range(case.parameters.draws):
        expected = split_matrix(case.network, case.parameters, case.step, d)
        np.testing.assert_allclose(found[d], expected, rtol=1e-10, atol=1e-13)


@examples(max_examples=40)
@given(cases(draws=3))
def test_pulling_back_is_the_dense_product_times_a_value(case: Case) -> None:
    """The expectation after a step, from SciPy's exponentials."""
    size = case.propagator.joint_size
    value = np.random.default_rng(1).random((size, case.parameters.draws))
    found = case.propagator.pull(value)
    for d in range(case.parameters.draws):
        dense = split_matrix(case.network, case.parameters, case.step, d)
        np.testing.assert_allclose(found[:, d], dense @ value[:, d], rtol=1e-10, atol=1e-13)


@examples(max_examples=40)
@given(cases(draws=3))
def test_a_draw_by_itself_moves_as_among_others(case: Case) -> None:
    """The loops for one draw are others than those for several."""
    alone = Propagator(case.tables, case.parameters.take(slice(1, 2)), step=case.step)
    value = np.random.default_rng(1).random((alone.joint_size, case.parameters.draws))
    np.testing.assert_array_equal(alone.move(value[:, 1:2]), case.propagator.move(value)[:, 1:2])
    seen = passes(alone, case.evidence).probability
    np.testing.assert_array_equal(
        seen, passes(case.propagator, case.evidence).probability[..., 1:2]
    )


@examples(max_examples=40)
@given(cases(draws=2), st.integers(0, 2**32 - 1))
def test_rows_stay_stochastic_under_any_hazard(case: Case, seed: int) -> None:
    """Rows sum to one and no entry is negative, from a step times hazard of 1e-6 to 1e3.

    A dozen squarings double a relative error of 1e-16 each time: 1e-11 is generous.
    """
    extreme = with_hazards(case, np.random.default_rng(seed), 1e-6, 1e3)
    found = moved_matrix(extreme.propagator)
    assert (found >= 0.0).all()
    np.testing.assert_allclose(found.sum(axis=2), 1.0, rtol=0.0, atol=1e-11)
    for d in range(extreme.parameters.draws):
        expected = split_matrix(extreme.network, extreme.parameters, extreme.step, d)
        np.testing.assert_allclose(found[d], expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("per_step", [1e3, 1e6, 1e9])
def test_a_hazard_beyond_reason_reaches_equilibrium(per_step: float) -> None:
    """Two states exchanged at rates 1 : 3 settle at 3/4 : 1/4, however long the step.

    The series is squared log2(rate) times, and each squaring doubles the error of the row sums.
    """
    network = Network(sizes=[2], hazards=[(0, 0, 1), (0, 1, 0)])
    rates = np.log([per_step, 3.0 * per_step])
    nothing = np.zeros((0, 1))
    p = Parameters(np.array([0.5, 0.5]), rates, *[nothing] * 6)
    found = moved_matrix(Propagator(tables(network, [0]), p, step=1.0))[0]
    tolerance = 8.0 * per_step * np.finfo(float).eps
    np.testing.assert_allclose(found, [[0.75, 0.25]] * 2, rtol=tolerance + 1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_error_of_splitting_halves_with_the_step(seed: int) -> None:
    """Thirty days in ever smaller steps converge on expm of the joint generator, first order."""
    network = ring()
    p = random_parameters(network, np.random.default_rng(seed), 1)
    exact = scipy.linalg.expm(joint_generator(network, p) * 30.0)
    t = tables(network, [0, 1, 2])
    errors = []
    for pieces in (64, 128, 256):
        step = moved_matrix(Propagator(t, p, step=30.0 / pieces))[0]
        errors.append(np.abs(np.linalg.matrix_power(step, pieces) - exact).max())
    ratios = np.array(errors[:-1]) / np.array(errors[1:])
    assert errors[0] > 1e-5  # couplings at work: otherwise splitting would be exact
    np.testing.assert_allclose(ratios, 2.0, atol=0.06)


@examples(max_examples=20)
@given(cases(), st.sampled_from([1.0, 30.0, 365.0]))
def test_without_couplings_splitting_is_exact(case: Case, dt: float) -> None:
    """Uncoupled nodes move as expm of the joint generator, whatever the step."""
    structure = case.network
    network = Network(sizes=structure.sizes, hazards=structure.hazards)
    t = tables(network, range(len(network.sizes)))
    found = moved_matrix(Propagator(t, case.parameters, step=dt))
    for d in range(case.parameters.draws):
        exact = scipy.linalg.expm(joint_generator(network, case.parameters, d) * dt)
        np.testing.assert_allclose(found[d], exact, rtol=1e-9, atol=1e-12)


@examples(max_examples=20)
@given(cases(), st.data())
def test_absorbing_states_are_never_left(case: Case, data: st.DataObject) -> None:
    """No mass leaves the states of a node that were made absorbing."""
    node = data.draw(st.integers(0, len(case.network.sizes) - 1))
    state = data.draw(st.integers(0, int(case.network.sizes[node]) - 1))
    absorbing = np.zeros((len(case.network.sizes), max(case.network.sizes)), dtype=np.int64)
    absorbing[node, state] = 1
    stopped = Propagator(case.tables, case.parameters, step=case.step, absorbing=absorbing)
    shape = (*case.network.sizes, case.parameters.draws)
    held = np.moveaxis(np.zeros(shape), node, 0)
    held[state] = 1.0 / np.prod(held.shape[1:-1])
    start = np.moveaxis(held, 0, node).reshape(-1, case.parameters.draws)
    moved = np.moveaxis(stopped.move(start).reshape(shape), node, 0)
    axes = tuple(range(len(case.network.sizes) - 1))
    np.testing.assert_allclose(moved[state].sum(axis=axes), 1.0, rtol=1e-12)
