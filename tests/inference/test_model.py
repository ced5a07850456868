"""The pm.Model is the priors times the likelihood, and its gradient is a gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor
import pytest
import scipy.stats

from forecast import dims
from forecast.network import Evidence
from tests.inference.density import NORMAL, log_density, truncated
from tests.inference.samples import harbour

BLOCKS = (*NORMAL, "rarity_score")
# Both sides add some hundred logs of doubles.
ROUND_OFF = 1e-9


@pytest.fixture(scope="module")
def whole(model: Any) -> Any:
    """Log density and gradient as one function of the vector that the sampler moves."""
    function = model.logp_dlogp_function(ravel_inputs=True)
    function.set_extra_values({})
    return function


def random_points(model: Any, count: int) -> list[dict[str, Any]]:
    """Values of every free variable, drawn from the priors."""
    priors, rng = harbour().priors, np.random.default_rng(5)
    out = []
    for _ in range(count):
        values = {
            name: rng.normal(b.mean, b.sd) for name, (_, b) in priors.blocks.items() if len(b)
        }
        values["rarity_score"] = rng.standard_normal(len(values.pop("rarity")))
        values["initial_score"] = np.log(rng.gamma(priors.weights))
        out.append(values)
    assert set(out[0]) == {variable.name for variable in model.free_RVs}
    return out


def moved(values: dict[str, Any]) -> dict[str, Any]:
    """The same point by the names of the value variables."""
    return {name: values[name] for name in ("initial_score", *BLOCKS)}


def raveled(model: Any, values: dict[str, Any]) -> Any:
    """The vector of a point, in the order of the value variables."""
    point = moved(values)
    return np.concatenate([point[variable.name] for variable in model.value_vars])


def test_the_log_density_is_prior_times_likelihood(
    model: Any, whole: Any, evidence: Evidence
) -> None:
    """At 12 random points it equals SciPy's densities and a dense forward pass."""
    for values in random_points(model, 12):
        found, _ = whole(raveled(model, values))
        expected = log_density(harbour(), values, evidence)
        assert float(found) == pytest.approx(expected, rel=ROUND_OFF)


def test_the_gradient_is_the_slope_of_the_log_density(model: Any, whole: Any) -> None:
    """At 3 random points it equals central differences of all 33 coordinates.

    With a step of 1e-5 the error of the differences is of the order 1e-10 times the third
    derivative plus round-off of 1e-13 / 1e-5.
    """
    for values in random_points(model, 3):
        x = raveled(model, values)
        _, gradient = whole(x)
        steps = 1e-5 * np.eye(len(x))
        slopes = [(float(whole(x + h)[0]) - float(whole(x - h)[0])) / 2e-5 for h in steps]
        np.testing.assert_allclose(gradient, slopes, rtol=2e-6, atol=2e-6)


def test_every_variable_has_a_named_dimension(model: Any) -> None:
    """Each free or derived variable has one of the dimensions of `forecast.dims`, with names."""
    known = {value for name, value in vars(dims).items() if name.isupper()}
    blocks = {name: one for name, one in harbour().priors.blocks.items() if len(one[1])}
    variables = {variable.name for variable in (*model.free_RVs, *model.deterministics)}
    assert variables == {"initial_score", "initial", "rarity_score", *blocks}
    for name in variables:
        (dim,) = model.named_vars_to_dims[name]
        assert dim in known
    for name, (dim, block) in blocks.items():
        assert model.named_vars_to_dims[name] == (dim,)
        assert list(model.coords[dim]) == block.names


def test_a_standard_score_stands_for_a_truncated_normal(model: Any) -> None:
    """The rarity of a score is SciPy's quantile of the truncated Normal at the same level."""
    function = pytensor.function([model["rarity_score"]], model["rarity"], mode="FAST_COMPILE")
    scores = np.linspace(-6.0, 6.0, 25)
    for score in scores:
        found = function(np.full(len(harbour().priors.rarity), score))
        expected = truncated(harbour()).isf(scipy.stats.norm.sf(score))
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("weeks", [9, 0])
def test_new_evidence_needs_no_compiling(compiled: Any, later: Evidence, weeks: int) -> None:
    """With data of other lengths, the compiled model has the log density of the new evidence.

    The sampler's own log density of each draw equals SciPy's; also as of the brief's date, when
    there is no step and the prior is all there is.
    """
    import nutpie

    from forecast.inference.model import evidence_arrays

    seen = later if weeks else Evidence.empty(steps=0, indicators=6)
    assert seen.steps == weeks
    tree = nutpie.sample(
        compiled.with_data(**evidence_arrays(seen)),
        draws=6,
        tune=60,
        chains=1,
        cores=1,
        seed=2,
        progress_bar=False,
        save_warmup=False,
    )
    posterior, logp = tree["posterior"], tree["sample_stats"]["logp"].values[0]
    for draw in range(6):
        values = {name: posterior[name].values[0, draw] for name in ("initial_score", *BLOCKS)}
        assert logp[draw] == pytest.approx(log_density(harbour(), values, seen), rel=ROUND_OFF)


def test_the_rebuilt_model_agrees(model: Any, later: Evidence) -> None:
    """A model built from the new evidence has the log density that `set_data` gives the old."""
    import pymc as pm

    from forecast.inference.model import build_model, evidence_arrays

    old = {name: model[name].get_value() for name in evidence_arrays(later)}
    (values,) = random_points(model, 1)
    rebuilt = build_model(harbour(), later).compile_logp(mode="FAST_COMPILE")(moved(values))
    try:
        with model:
            pm.set_data(evidence_arrays(later))
        renewed = model.compile_logp(mode="FAST_COMPILE")(moved(values))
        assert float(renewed) == float(rebuilt)
    finally:
        with model:
            pm.set_data(old)
    assert float(rebuilt) == pytest.approx(log_density(harbour(), values, later), rel=ROUND_OFF)


def test_kinds_that_are_missing_leave_no_variable() -> None:
    """A model without counts, values and couplings has none of their variables."""
    from forecast.inference.model import build_model
    from tests.inference.samples import encoding_of, harbour_values

    values = harbour_values()
    del values["couplings"], values["indicators"]["boardings"], values["indicators"]["freight"]
    encoding = encoding_of(values)
    built = build_model(encoding, Evidence.empty(steps=2, indicators=4))
    found = {variable.name for variable in built.free_RVs}
    assert found == {"initial_score", "log_hazard", "log_rate", "rarity_score"}
    logp = built.compile_logp(mode="FAST_COMPILE")
    assert np.isfinite(float(logp(built.initial_point())))
