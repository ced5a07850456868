"""The analytic gradient is the derivative of the log-likelihood.

Two derivatives that know nothing of the backward pass: a complex step through a dense forward
algorithm of SciPy functions (no subtraction, so right to round-off), and central differences of
the engine's own log-likelihood.
"""

from __future__ import annotations

from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import loggamma

from forecast.network import (
    COUNT,
    MARK,
    PRESENCE,
    VALUE,
    Evidence,
    Network,
    Parameters,
    filtered,
    gradient,
    joint_states,
)
from tests.network.dense import split_matrix
from tests.network.enumeration import or_announced, said_of
from tests.network.strategies import Case, cases, examples, random_parameters

FAMILIES = [field.name for field in fields(Parameters) if field.name != "motion"]
IMAGINARY = 1e-20


def log_emission(network: Network, p: Any, evidence: Evidence, dt: float) -> Any:
    """Log-likelihood of each step in each joint state, for complex rates."""
    states = joint_states(network.sizes)
    out = np.zeros((evidence.steps, len(states)), dtype=complex)
    cells = {
        (int(step), int(k)): m
        for m, (step, k) in enumerate(zip(evidence.cell_step, evidence.cell_indicator, strict=True))
    }
    for k, kind in enumerate(network.kinds):
        log_rate = np.full(len(states), p.log_rate[k, 0], dtype=complex)
        for indicator, node, at, ratio in network.points:
            log_rate -= np.where((indicator == k) & (states[:, node] == at), p.rarity[ratio, 0], 0)
        level = np.zeros(len(states), dtype=complex)
        for indicator, node, at, number in network.levels:
            level += np.where((indicator == k) & (states[:, node] == at), p.level[number, 0], 0)
        for step in range(evidence.steps):
            m = cells.get((step, k))
            if kind == MARK:
                continue
            a = or_announced(evidence, step, k, 1.0 - np.exp(-np.exp(log_rate) * dt))
            if m is None:
                detection = evidence.detection[evidence.pattern[step], k]
                out[step] += np.log(1.0 - detection * a) if kind == PRESENCE else 0.0
            elif kind == PRESENCE:
                c = evidence.cell_value[m]
                out[step] += np.log(c * a + (1.0 - c) * network.average[k])
            elif kind == COUNT:
                y, size = evidence.cell_value[m], np.exp(p.log_dispersion[k, 0])
                mean = np.exp(log_rate) * dt * evidence.cell_exposure[m]
                out[step] += loggamma(y + size) - loggamma(size) - loggamma(y + 1.0)
                out[step] += size * np.log(size / (size + mean)) + y * np.log(mean / (size + mean))
            else:
                freedom, spread = network.degrees_of_freedom[k], np.exp(p.log_spread[k, 0])
                z = (evidence.cell_value[m] - level) / spread
                out[step] += loggamma((freedom + 1) / 2) - loggamma(freedom / 2)
                out[step] -= 0.5 * np.log(freedom * np.pi) + np.log(spread)
                out[step] -= (freedom + 1) / 2 * np.log(1.0 + z * z / freedom)
    return out


def dense_log_likelihood(network: Network, p: Any, evidence: Evidence, dt: float) -> Any:
    """Forward algorithm with S x S matrices, for complex rates."""
    states = joint_states(network.sizes)
    first = np.concatenate([[0], np.cumsum(network.sizes)])
    now = np.ones(len(states), dtype=complex)
    for n in range(len(network.sizes)):
        now *= p.initial[first[n] + states[:, n], 0]
    plain = split_matrix(network, p, dt)
    total = 0.0
    rows = np.exp(log_emission(network, p, evidence, dt))
    for step, (row, counts) in enumerate(zip(rows, evidence.weights, strict=True)):
        said = said_of(network, evidence, step)
        matrix = split_matrix(network, p, dt, said=said) if said else plain
        now = (now @ matrix) * row
        total = total + counts * np.log(now.sum())
        now = now / now.sum()
    return total


def complex_step_gradient(case: Case, family: str, d: int) -> Any:
    """Derivative by the imaginary part: f'(x) = Im f(x + ih) / h."""
    p = case.draw(d)
    values = {name: getattr(p, name).astype(complex) for name in p.__dataclass_fields__}
    out = np.zeros(len(values[family]))
    for i in range(len(out)):
        moved = values[family].copy()
        moved[i, 0] += IMAGINARY * 1j
        bent = SimpleNamespace(**{**values, family: moved})
        total = dense_log_likelihood(case.network, bent, case.evidence, case.step)
        out[i] = total.imag / IMAGINARY
    return out


def every_family(draws: int = 2) -> Case:
    """Two nodes coupled in a cycle, a presence, a count and a value, all reported on."""
    network = Network(
        sizes=[3, 2],
        hazards=[(0, 0, 1), (0, 1, 2), (0, 2, 1), (1, 0, 1), (1, 1, 0)],
        links=[(1, 0, 1, 1), (3, 1, 0, 1), (3, 1, 0, 2), (4, 1, 0, 2)],
        kinds=[PRESENCE, COUNT, VALUE],
        points=[(0, 0, 0, 0), (0, 0, 1, 1), (0, 1, 0, 2), (1, 1, 0, 3)],
        levels=[(2, 0, 0, 0), (2, 0, 1, 1), (2, 0, 2, 2)],
        average=[0.1, 0.5, 0.5],
    )
    evidence = Evidence(
        pattern=[0, 0, 1, 1, 0, 1],
        detection=[[0.6, 0.0, 0.0], [0.0, 0.0, 0.0]],
        cell_step=[1, 1, 3, 4, 5],
        cell_indicator=[0, 1, 2, 0, 1],
        cell_value=[0.7, 3.0, 1.2, 1.0, 0.0],
        cell_exposure=[1.0, 2.0, 1.0, 1.0, 1.0],
    )
    parameters = random_parameters(network, np.random.default_rng(7), draws)
    return Case(network, parameters, evidence, 7.0)


@examples(max_examples=12)
@given(cases(max_nodes=3, draws=1, steps=4))
def test_gradient_equals_a_complex_step_through_scipy(case: Case) -> None:
    """Every parameter's slope is that of a dense forward algorithm, to round-off."""
    total, slopes = gradient(case.tables, case.parameters, case.evidence, step=case.step)
    dense = dense_log_likelihood(case.network, case.draw(0), case.evidence, case.step)
    np.testing.assert_allclose(total[0], dense.real, rtol=1e-10, atol=1e-10)
    for family in FAMILIES:
        expected = complex_step_gradient(case, family, 0)
        np.testing.assert_allclose(
            getattr(slopes, family)[:, 0], expected, rtol=1e-8, atol=1e-10, err_msg=family
        )


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_of_parameters_has_a_slope(family: str) -> None:
    """In a case that uses them all, no family is flat, and each slope is right in each draw."""
    case = every_family()
    _, slopes = gradient(case.tables, case.parameters, case.evidence, step=case.step)
    found = getattr(slopes, family)
    assert np.abs(found).max() > 1e-3
    for d in range(case.parameters.draws):
        expected = complex_step_gradient(case, family, d)
        np.testing.assert_allclose(found[:, d], expected, rtol=1e-9, atol=1e-12)


@examples(max_examples=12)
@given(cases(max_nodes=3, draws=2), st.integers(0, 2**32 - 1))
def test_gradient_equals_central_differences(case: Case, seed: int) -> None:
    """Along a random direction the log-likelihood rises as the gradient says.

    With h = 1e-5 truncation costs about h^2 times a third derivative (below 1e3 here) and
    round-off 1e-16 |f| / h: 1e-6 covers both.
    """
    rng = np.random.default_rng(seed)
    _, slopes = gradient(case.tables, case.parameters, case.evidence, step=case.step)
    way = {name: rng.normal(size=getattr(slopes, name).shape) for name in FAMILIES}
    way["initial"] *= case.parameters.initial  # stays positive
    ends = []
    for h in (1e-5, -1e-5):
        moved = {name: getattr(case.parameters, name) + h * way[name] for name in FAMILIES}
        ends.append(gradient(case.tables, Parameters(**moved), case.evidence, step=case.step)[0])
    expected = sum((getattr(slopes, name) * way[name]).sum(axis=0) for name in FAMILIES)
    np.testing.assert_allclose((ends[0] - ends[1]) / 2e-5, expected, rtol=1e-6, atol=1e-6)


@examples(max_examples=20)
@given(cases(draws=5))
def test_a_batch_equals_its_draws_one_at_a_time(case: Case) -> None:
    """Draws side by side never touch each other: value, slopes and filter are the same."""
    total, slopes = gradient(case.tables, case.parameters, case.evidence, step=case.step)
    for d in range(case.parameters.draws):
        alone, own = gradient(case.tables, case.draw(d), case.evidence, step=case.step)
        np.testing.assert_allclose(total[d], alone[0], rtol=1e-12)
        for family in FAMILIES:
            np.testing.assert_allclose(
                getattr(slopes, family)[:, d],
                getattr(own, family)[:, 0],
                rtol=1e-10,
                atol=1e-13,
                err_msg=family,
            )


def test_slope_is_right_where_an_initial_probability_is_zero() -> None:
    """A state that starts impossible still has a slope: what a little mass there would do."""
    case = every_family(draws=1)
    initial = case.parameters.initial.copy()
    initial[:3, 0] = [0.0, 0.4, 0.6]
    corner = replace(case, parameters=replace(case.parameters, initial=initial))
    _, slopes = gradient(corner.tables, corner.parameters, corner.evidence, step=corner.step)
    expected = complex_step_gradient(corner, "initial", 0)
    np.testing.assert_allclose(slopes.initial[:, 0], expected, rtol=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("keep", [0.5, 0.97])
def test_discounted_steps_have_the_slopes_of_the_discounted_sum(family: str, keep: float) -> None:
    """Old steps count for less in the sum, and the slopes are those of that sum."""
    plain = every_family()
    case = replace(plain, evidence=plain.evidence.discounted(keep))
    total, slopes = gradient(case.tables, case.parameters, case.evidence, step=case.step)
    for d in range(case.parameters.draws):
        dense = dense_log_likelihood(case.network, case.draw(d), case.evidence, case.step)
        np.testing.assert_allclose(total[d], dense.real, rtol=1e-12)
        expected = complex_step_gradient(case, family, d)
        found = getattr(slopes, family)[:, d]
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)


def test_states_are_filtered_by_all_steps_alike() -> None:
    """A discount bears on the sum of the log-likelihood, not on where the nodes stand."""
    case = every_family()
    plain = filtered(case.propagator, case.evidence)
    old = filtered(case.propagator, case.evidence.discounted(0.5))
    np.testing.assert_array_equal(plain.probability, old.probability)
    assert (plain.log_likelihood != old.log_likelihood).all()
