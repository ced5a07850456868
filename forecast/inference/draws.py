"""Posterior draws: what they are known by, and out of their file without importing xarray."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from forecast.fingerprints import code_fingerprint, value_fingerprint
from forecast.inference.encoding import Encoding, encode
from forecast.network import Evidence, Parameters

__all__ = ["encoded_fingerprint", "observed_fingerprint", "read_draws", "sampler_fingerprint"]


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
