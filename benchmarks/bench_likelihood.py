"""Value and gradient of the whole log-density: the engine against a PyTensor scan, in one run."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import forecast.inference  # noqa: F401 - sets the compiler's flags first
from benchmarks.cases import bundled, five_by_three
from benchmarks.scan_model import build_scan_model
from forecast.inference.model import build_model

CASES = {"bundled": bundled, "five three-state nodes": five_by_three}


def _density(model):
    function = model.logp_dlogp_function(ravel_inputs=True)
    function.set_extra_values({})
    point = model.initial_point(random_seed=1)
    raveled = np.concatenate([np.ravel(point[v.name]) for v in model.value_vars])
    return function, raveled + np.random.default_rng(1).normal(0, 0.05, raveled.shape)


@functools.cache
def _engine(case):
    return _density(_model(case, "engine"))


def _model(case, form):
    encoding, evidence = CASES[case]()
    if form == "engine":
        return build_model(encoding, evidence)
    return build_scan_model(encoding, evidence, step=form)


@pytest.mark.parametrize("form", ["engine", "dense", "nodes"])
@pytest.mark.parametrize("case", CASES)
def test_value_and_gradient(benchmark, case, form):
    """Time one value and gradient; the scan gives the same numbers."""
    function, point = _engine(case) if form == "engine" else _density(_model(case, form))
    value, gradient = function(point)
    reference = _engine(case)[0](point)
    assert value == pytest.approx(reference[0], rel=1e-9)
    np.testing.assert_allclose(gradient, reference[1], rtol=1e-6, atol=1e-6)
    benchmark.group = case
    benchmark(function, point)
