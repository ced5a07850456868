"""Sampling: NUTS through nutpie, and the posterior as a tree that can be reproduced.

Draws are known by what they are a function of, and read out of their file without importing xarray.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from forecast.fingerprints import code_fingerprint, value_fingerprint
from forecast.inference.encoding import Encoding, encode
from forecast.inference.quick import levels_alone, quick_posterior
from forecast.network import Evidence, Parameters

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "Progress",
    "Sampler",
    "Settings",
    "encoded_fingerprint",
    "fit",
    "machine",
    "observed_fingerprint",
    "posterior_parameters",
    "read_draws",
    "read_posterior",
    "sampler_fingerprint",
    "versions",
    "write_posterior",
]


Floats = npt.NDArray[np.float64]

#: Called with the number of finished and of all iterations, over all chains.
Progress = Callable[[int, int], None]

_WARM_TUNE = 100
_WARM_ACCEPT = 0.65

_VERSIONED = ("living-forecast", "numba", "numpy", "nutpie", "pymc", "pytensor")


@dataclass(frozen=True)
class Settings:
    """How to sample.

    Attributes
    ----------
    draws, tune, chains : int
        Kept and discarded iterations of each chain, and chains.
    seed : int
        The same seed gives the same draws on the same versions and C library.
    target_accept : float
        Of the step size adaptation.
    """

    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    seed: int = 1
    target_accept: float = 0.9

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the ledger."""
        return asdict(self)

    def warm(self) -> Settings:
        """Return settings for chains that start at draws of a fit to much the same evidence.

        They begin where the mass is, so that a short warm-up does; and their steps are longer,
        since that fit has shown a posterior without the sharp places that short steps are for. On
        the bundled case that halves the gradients of a draw (7 for 15), for 0.8 of its effective
        draws. Divergences and R-hat decide, as they do for a cold fit.
        """
        return replace(self, tune=min(self.tune, _WARM_TUNE), target_accept=_WARM_ACCEPT)


def versions() -> dict[str, str]:
    """Versions of everything that shapes the draws, and the machine they were made on."""
    packages = {name: version(name) for name in _VERSIONED}
    return {"python": platform.python_version(), **packages, **machine()}


def machine() -> dict[str, str]:
    """Name the C library and the processor: their last bits shape the draws."""
    binding: Any = import_module("llvmlite.binding")  # what compiles the kernels; untyped
    features = binding.get_host_cpu_features()
    vectors = [name for name in ("fma", "avx2", "avx512f") if features.get(name)]
    return {
        "c_library": " ".join(platform.libc_ver()).strip() or platform.platform(),
        "processor": " ".join([binding.get_host_cpu_name(), *vectors]),
    }


def fit(
    encoding: Encoding,
    evidence: Evidence,
    settings: Settings,
    *,
    progress: Progress | None = None,
    cores: int = 2,
    start: xr.DataTree | None = None,
) -> xr.DataTree:
    """Sample the posterior of every rate; of a file of levels alone, draw from the quick one.

    Parameters
    ----------
    encoding : Encoding
        Structure and priors.
    evidence : Evidence
        What was reported.
    settings : Settings
        How to sample.
    progress : callable, optional
        Called now and then with finished and total iterations.
    cores : int
        Chains sampled at once; the draws do not depend on it.
    start : xarray.DataTree, optional
        An earlier fit of this model, at whose draws the chains start; see `Settings.warm`.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior`` and ``sample_stats``.
    """
    sampler = Sampler(encoding)
    return sampler.fit(evidence, settings, progress=progress, cores=cores, start=start)


class Sampler:
    """A model that is compiled once and fitted to one evidence after the other.

    Parameters
    ----------
    encoding : Encoding
        Structure and priors.
    """

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._model: Any = None
        self._compiled: Any = None

    def fit(
        self,
        evidence: Evidence,
        settings: Settings,
        *,
        progress: Progress | None = None,
        cores: int = 2,
        start: xr.DataTree | None = None,
    ) -> xr.DataTree:
        """Sample the posterior; see `fit`."""
        if levels_alone(self._encoding.beliefs):
            size = {"chains": settings.chains, "seed": settings.seed}
            return quick_posterior(self._encoding, evidence, **size, progress=progress)
        import nutpie
        from xarray import DataTree

        compiled = self._with(evidence)
        if start is not None:
            compiled = replace(compiled, initial_point_func=self._starts(start))

        def report(chains: list[Any]) -> None:
            if progress is not None:
                done = sum(chain.finished_draws for chain in chains)
                progress(done, sum(chain.total_draws for chain in chains))

        tree = nutpie.sample(
            compiled,
            draws=settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            cores=cores,
            seed=settings.seed,
            target_accept=settings.target_accept,
            progress_bar=False,
            progress_callback=report,
            progress_rate=200,
            save_warmup=False,
        )
        kept = {name: tree[name].to_dataset() for name in ("posterior", "sample_stats")}
        for group in kept.values():
            group.attrs.clear()  # the moment of sampling: equal fits are to have equal files
        return DataTree.from_dict(kept)

    def _with(self, evidence: Evidence) -> Any:
        import nutpie

        from forecast.inference.model import build_model, evidence_arrays

        if self._compiled is None:
            self._model = build_model(self._encoding, evidence)
            self._compiled = nutpie.compile_pymc_model(self._model)
            return self._compiled
        return self._compiled.with_data(**evidence_arrays(evidence))

    def _starts(self, tree: xr.DataTree) -> Callable[[Any], Floats]:
        """Give a function from the seed of a chain to the draw it starts at, unconstrained."""
        posterior = tree["posterior"].to_dataset().sel(self._encoding.priors.coords())
        columns = []
        for variable in self._model.free_RVs:
            values = posterior[variable.name].values
            transform = self._model.rvs_to_transforms[variable]
            flat = values.reshape(-1, values.shape[-1])
            columns.append(flat if transform is None else transform.forward(flat).eval())
        points = np.concatenate(columns, axis=1)

        def start(seed: Any) -> Floats:
            row = np.random.default_rng(seed).integers(len(points))
            return np.ascontiguousarray(points[row])

        return start


def posterior_parameters(encoding: Encoding, tree: xr.DataTree) -> Parameters:
    """Take the draws out of the tree: chains one after the other, draws last.

    Coordinates are looked up by name, so that a file whose entries were only put in another order
    can use the posterior of the file before.
    """
    posterior = tree["posterior"].to_dataset().sel(encoding.priors.coords())
    stacked = {
        str(name): np.ascontiguousarray(values.values.reshape(-1, values.shape[-1]).T)
        for name, values in posterior.data_vars.items()
    }
    return encoding.priors.parameters(stacked)


def write_posterior(tree: xr.DataTree, path: Path, *, attributes: Mapping[str, Any]) -> None:
    """Write the tree to netCDF with everything needed to reproduce it.

    Parameters
    ----------
    tree : xarray.DataTree
        From `fit`.
    path : Path
        File to write.
    attributes : mapping
        Fingerprints, settings, versions; stored as JSON.
    """
    tree.attrs["reproduce"] = json.dumps(attributes, sort_keys=True)
    encoding = {
        f"/{group}": {str(v): {"zlib": True, "complevel": 1} for v in tree[group].data_vars}
        for group in tree.children
    }
    for group in tree.children:
        for name in list(tree[group].data_vars):
            if tree[group][name].dtype == object:
                encoding[f"/{group}"].pop(str(name))
                del tree[group][name]
    tree.to_netcdf(path, engine="netcdf4", encoding=encoding)


def read_posterior(path: Path) -> xr.DataTree:
    """Read a tree back, whole, and close its file."""
    from xarray import open_datatree

    with open_datatree(path, engine="netcdf4") as tree:
        return tree.load()


def encoded_fingerprint(encoding: Encoding) -> str:
    """Fingerprint of the arrays that beliefs become; draws of equal arrays are the same draws.

    The order of indicators and of couplings changes nothing, for draws are read by name.
    """
    beliefs = encoding.beliefs
    ordered = {
        "indicators": dict(sorted(beliefs.indicators.items())),
        "couplings": dict(sorted(beliefs.couplings.items())),
    }
    plain = encode(beliefs.model_copy(update=ordered))
    return value_fingerprint(plain.network, plain.priors, plain.step)


def observed_fingerprint(encoding: Encoding, evidence: Evidence) -> str:
    """Fingerprint of the arrays of evidence, in whatever order the indicators stand."""
    seen, columns = evidence.observed, np.argsort(encoding.indicators)
    indicator = np.argsort(columns)[seen.cell_indicator]
    cells = np.lexsort((indicator, seen.cell_step))
    return value_fingerprint(
        evidence.looked[:, columns],
        seen.cell_step,
        indicator[cells],
        seen.cell_value[cells],
        seen.cell_exposure[cells],
        seen.step_weight,
    )


def sampler_fingerprint() -> str:
    """Fingerprint of the code that turns arrays into draws, and of the numerical libraries."""
    followed = ("forecast.inference", "forecast.network", "forecast.dims")
    return code_fingerprint("forecast.inference.sampling", within=followed)


def read_draws(encoding: Encoding, path: Path) -> Parameters:
    """Read the draws of a posterior: the same as `posterior_parameters` of `read_posterior`.

    Parameters
    ----------
    encoding : Encoding
        The model; its coordinates are looked up by name.
    path : Path
        A file written by `write_posterior`.

    Returns
    -------
    forecast.network.Parameters
        Chains one after the other, draws last.

    Raises
    ------
    KeyError
        If the file lacks a coordinate of the model.
    """
    from netCDF4 import Dataset

    values = {}
    with Dataset(path) as file:
        group = file["posterior"]
        for dim, wanted in encoding.priors.coords().items():
            place = {str(name): number for number, name in enumerate(group[dim][:])}
            order = [place[name] for name in wanted]
            for name, variable in group.variables.items():
                # scores are what the sampler moved to draw the rates
                score = name.endswith("_score")
                if variable.dimensions[-1] == dim and variable.ndim > 1 and not score:
                    draws = np.asarray(variable[:], dtype=np.float64)[..., order]
                    values[name] = np.ascontiguousarray(draws.reshape(-1, len(order)).T)
    return encoding.priors.parameters(values)
