"""Draws that can be kept, read back and drawn again."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import xarray as xr

from forecast.inference.diagnostics import arviz_tree
from forecast.inference.observations import date_of_step
from forecast.inference.sampling import (
    Settings,
    fit,
    posterior_parameters,
    read_posterior,
    versions,
    write_posterior,
)
from forecast.inference.tracking import log_likelihood
from tests.inference.lighthouse import lighthouse, lit


def test_a_posterior_is_read_back_as_it_was_written(fitted: xr.DataTree, tmp_path: Path) -> None:
    """Every draw and every statistic to the last bit, dimensions and coordinates too."""
    before = fitted.copy(deep=True)
    write_posterior(before, tmp_path / "p.nc", attributes={"seed": 11})
    after = read_posterior(tmp_path / "p.nc")
    xr.testing.assert_identical(after["posterior"].to_dataset(), fitted["posterior"].to_dataset())
    kept = {
        name: values
        for name, values in fitted["sample_stats"].data_vars.items()
        if values.dtype != object
    }
    assert {"diverging", "logp", "n_steps", "energy"} <= set(kept)
    for name, values in kept.items():
        xr.testing.assert_equal(after["sample_stats"][name], values)


def test_a_posterior_carries_what_reproduces_it(fitted: xr.DataTree, tmp_path: Path) -> None:
    """Fingerprints, settings with the seed, and versions come back as they were given."""
    attributes = {
        "model_fingerprint": "m" * 64,
        "evidence_fingerprint": "e" * 64,
        "settings": Settings(draws=40, seed=5).as_dict(),
        "versions": versions(),
    }
    write_posterior(fitted.copy(deep=True), tmp_path / "p.nc", attributes=attributes)
    after = read_posterior(tmp_path / "p.nc")
    found = json.loads(after.attrs["reproduce"])
    assert found == attributes
    assert found["settings"] == {
        "draws": 40,
        "tune": 1000,
        "chains": 4,
        "seed": 5,
        "target_accept": 0.9,
    }


def test_the_file_can_be_replaced_after_reading(fitted: xr.DataTree, tmp_path: Path) -> None:
    """Reading keeps nothing open."""
    path = tmp_path / "p.nc"
    write_posterior(fitted.copy(deep=True), path, attributes={"n": 1})
    first = read_posterior(path)
    write_posterior(fitted.copy(deep=True), path, attributes={"n": 2})
    assert json.loads(read_posterior(path).attrs["reproduce"]) == {"n": 2}
    assert json.loads(first.attrs["reproduce"]) == {"n": 1}


def test_versions_are_those_installed() -> None:
    """Of everything that shapes the draws."""
    found = versions()
    assert found["python"] == platform.python_version()
    for name in ("numpy", "numba", "pymc", "pytensor", "nutpie"):
        assert found[name] == version(name)


def test_parameters_are_the_draws_chain_by_chain(fitted: xr.DataTree) -> None:
    """Draw d of chain c is number c * draws + d; rates stand at their indicator."""
    parameters = posterior_parameters(lighthouse(), fitted)
    posterior = fitted["posterior"]
    assert parameters.draws == 4000
    for chain, draw in ((0, 0), (1, 7), (3, 999)):
        number = chain * 1000 + draw
        for name in ("initial", "rarity", "log_rate"):
            expected = posterior[name].values[chain, draw]
            np.testing.assert_array_equal(getattr(parameters, name)[:, number], expected)
        dispersion = parameters.log_dispersion[:, number]
        assert dispersion.tolist() == [
            0.0,
            float(posterior["log_dispersion"].values[chain, draw, 0]),
        ]
    np.testing.assert_allclose(parameters.initial.sum(axis=0), 1.0, rtol=1e-12)


def test_the_same_seed_gives_the_same_draws(fitted: xr.DataTree, settings: Settings) -> None:
    """To the last bit, compiled again and on one core instead of two; progress is told."""
    told: list[tuple[int, int]] = []
    again = fit(lighthouse(), lit(), settings, cores=1, progress=lambda *at: told.append(at))
    for group in ("posterior", "sample_stats"):
        assert set(again[group].data_vars) == set(fitted[group].data_vars)
    xr.testing.assert_equal(again["posterior"].to_dataset(), fitted["posterior"].to_dataset())
    assert set(again.children) == {"posterior", "sample_stats"}
    sizes = fitted["posterior"].to_dataset().sizes
    assert (sizes["chain"], sizes["draw"]) == (settings.chains, settings.draws)
    assert all(0 <= done <= total == 6000 for done, total in told)


def test_no_two_chains_draw_the_same(fitted: xr.DataTree) -> None:
    """Chains have seeds of their own, so that no draw of one is a draw of another."""
    draws = fitted["posterior"]["log_rate"].values[..., 0]
    assert len(np.unique(draws)) > 0.5 * draws.size
    for one, other in combinations(draws, 2):
        assert not np.isin(one, other).any()


def test_a_posterior_stands_beside_its_priors_and_its_likelihood(
    fitted: xr.DataTree, tmp_path: Path
) -> None:
    """Steps that say anything sum to each draw's likelihood; prior draws have known moments."""
    encoding, evidence = lighthouse(), lit().discounted(0.9)
    path = tmp_path / "p.nc"
    write_posterior(fitted.copy(deep=True), path, attributes={})
    parameters = posterior_parameters(encoding, fitted)
    even = np.full(parameters.draws, 1.0 / parameters.draws)
    tree = arviz_tree(encoding, path, evidence, weights=even)
    logs = tree["log_likelihood"].evidence
    total = log_likelihood(encoding, parameters, evidence)
    np.testing.assert_allclose(logs.sum("step").values.reshape(-1), total, rtol=0, atol=1e-9)
    assert logs.step.values.tolist() == np.flatnonzero(evidence.says).tolist()
    assert str(logs.date.values[0])[:10] == str(date_of_step(encoding, 1))
    assert int(tree["observed_data"].evidence.sum()) == len(evidence.cell_step)
    assert float(tree["sample_stats"].weight.sum()) == pytest.approx(1.0)
    assert set(tree["prior"].data_vars) < set(tree["posterior"].data_vars)
    priors = encoding.priors
    for name, (_, block) in priors.blocks.items():
        if len(block):
            drawn = tree["prior"][name].values[0]
            low = -np.inf if block.floor is None else block.floor
            mean, sd = np.array(block.mean), np.array(block.sd)
            known = scipy.stats.truncnorm((low - mean) / sd, np.inf, mean, sd)
            error = known.std() / np.sqrt(len(drawn))
            assert (np.abs(drawn.mean(axis=0) - known.mean()) < 4.5 * error).all(), name
            np.testing.assert_allclose(drawn.std(axis=0), known.std(), rtol=0.1)
