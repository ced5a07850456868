"""The Op: one evaluation for value and gradient, the same with and without Numba."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.gradient import NullTypeGradError, verify_grad

from forecast.inference.model import (
    PARAMETERS,
    NetworkLogLikelihood,
    evidence_arrays,
    network_log_likelihood,
)
from forecast.network import Evidence, Parameters, Tables, gradient
from tests.inference.samples import harbour, observed, window


def symbols() -> list[Any]:
    """One symbol for each array of the evidence."""
    kinds = [pt.lvector, pt.dmatrix, pt.lvector, pt.lvector, *[pt.dvector] * 3]
    return [kind() for kind in kinds]


def compiled_op(tables: Tables, mode: str | None = None) -> Any:
    """Value and gradient of one component as a function of parameters and evidence."""
    inputs, seen = [pt.dvector(name) for name in PARAMETERS], symbols()
    total = network_log_likelihood(inputs, seen, tables, step=7)
    return pytensor.function([*inputs, *seen], [total, *pytensor.grad(total, inputs)], mode=mode)


def arguments(p: Parameters, evidence: Evidence, draw: int = 0) -> list[Any]:
    """One draw and the evidence, in the order of the Op's inputs."""
    vectors = [getattr(p, name)[:, draw].copy() for name in PARAMETERS]
    return [*vectors, *evidence_arrays(evidence).values()]


@pytest.fixture(scope="module")
def fast() -> list[Any]:
    """Both components through Numba, which is the default."""
    return [compiled_op(component.tables) for component in harbour().components]


@pytest.fixture(scope="module")
def slow() -> list[Any]:
    """Both components through `perform`."""
    return [compiled_op(component.tables, "FAST_COMPILE") for component in harbour().components]


def test_one_evaluation_serves_value_and_gradient(fast: list[Any]) -> None:
    """The compiled graph holds the Op once."""
    for function in fast:
        nodes = function.maker.fgraph.apply_nodes
        assert sum(isinstance(node.op, NetworkLogLikelihood) for node in nodes) == 1


@pytest.mark.parametrize("keep", [1.0, 0.8])
def test_the_op_is_the_gradient_of_the_network(
    fast: list[Any], evidence: Evidence, keep: float
) -> None:
    """Value and gradient equal those of `forecast.network.gradient`, discounted or not."""
    evidence = evidence.discounted(keep)
    p = harbour().priors.draw(5, seed=6)
    for component, function in zip(harbour().components, fast, strict=True):
        total, slopes = gradient(component.tables, p, evidence, step=7)
        for d in range(5):
            value, *found = function(*arguments(p, evidence, d))
            assert float(value) == pytest.approx(total[d], rel=1e-12)
            for name, part in zip(PARAMETERS, found, strict=True):
                expected = getattr(slopes, name)[:, d]
                np.testing.assert_allclose(part, expected, rtol=1e-10, atol=1e-12, err_msg=name)


def test_without_numba_it_is_the_same(fast: list[Any], slow: list[Any], evidence: Evidence) -> None:
    """The Python path of a fast compilation equals the Numba path."""
    evidence = evidence.discounted(0.9)
    p = harbour().priors.draw(3, seed=7)
    for one, other in zip(fast, slow, strict=True):
        for d in range(3):
            these = one(*arguments(p, evidence, d)), other(*arguments(p, evidence, d))
            for a, b in zip(*these, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def test_the_gradient_equals_finite_differences(evidence: Evidence) -> None:
    """PyTensor's own check, on random directions at a draw from the priors."""
    tables = harbour().components[0].tables
    points = arguments(harbour().priors.draw(1, seed=8), evidence)
    seen = [pt.constant(array) for array in points[len(PARAMETERS) :]]
    verify_grad(
        lambda *inputs: network_log_likelihood(inputs, seen, tables, step=7),
        points[: len(PARAMETERS)],
        rng=np.random.default_rng(3),
        mode="FAST_COMPILE",
    )


def test_impossible_evidence_is_minus_infinity_without_a_slope(
    fast: list[Any], slow: list[Any]
) -> None:
    """The sampler turns away from it: no error, no NaN, on either path."""
    sure = observed([], [window(1, 14, "patrols", 1.0)], until=14)
    p = harbour().priors.draw(1, seed=1)
    p = replace(p, log_rate=p.log_rate + 800.0, rarity=p.rarity * 0.0)  # endless
    for function in (fast[0], slow[0]):
        value, *slopes = function(*arguments(p, sure))
        assert float(value) == -np.inf
        assert not any(np.any(slope) for slope in slopes)


def test_shapes_are_those_of_the_parameters(evidence: Evidence) -> None:
    """PyTensor knows the shape of every gradient without running the Op."""
    inputs, seen = [pt.dvector(name) for name in PARAMETERS], symbols()
    total = network_log_likelihood(inputs, seen, harbour().components[0].tables, step=7)
    shapes = [output.shape for output in total.owner.outputs]
    every = [*inputs, *seen]
    function = pytensor.function(every, shapes, mode="FAST_COMPILE", on_unused_input="ignore")
    nodes = function.maker.fgraph.apply_nodes
    assert not any(isinstance(node.op, NetworkLogLikelihood) for node in nodes)
    given = arguments(harbour().priors.draw(1, seed=1), evidence)
    expected = [[], *([len(vector)] for vector in given[: len(PARAMETERS)])]
    assert [shape.tolist() for shape in function(*given)] == expected


def test_the_wrong_number_of_inputs_is_refused() -> None:
    """Parameters, the step, evidence and tables, all of them."""
    with pytest.raises(TypeError, match="expected"):
        NetworkLogLikelihood()(pt.dvector(), pt.dvector())


def test_a_second_derivative_is_refused() -> None:
    """There is none, and no wrong one is given."""
    inputs = [pt.dvector(name) for name in PARAMETERS]
    tables = harbour().components[0].tables
    total = network_log_likelihood(inputs, symbols(), tables, step=7)
    slope = pytensor.grad(total, inputs[1])
    with pytest.raises(NullTypeGradError, match="not implemented"):
        pytensor.grad(slope.sum(), inputs[1])
