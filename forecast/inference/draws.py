"""Posterior draws straight out of their file, for commands that have no time to import xarray."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from forecast.inference.encoding import Encoding
from forecast.network import Parameters

__all__ = ["read_draws"]


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
