"""Draws that can be kept, read back and drawn again."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from itertools import combinations
from pathlib import Path

import numpy as np
import xarray as xr

from forecast.inference.sampling import (
    Settings,
    fit,
    posterior_parameters,
    read_posterior,
    versions,
    write_posterior,
)
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
