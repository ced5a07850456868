"""Forecasting: where the nodes will stand."""

from __future__ import annotations

import numpy as np

from forecast.network import kernels
from forecast.network.filtering import Propagator
from forecast.network.structure import Floats

__all__ = ["forecast"]


def forecast(propagator: Propagator, start: Floats, *, steps: int) -> Floats:
    """Carry probabilities into the future, without evidence.

    Parameters
    ----------
    propagator : Propagator
        The component and the draws.
    start : (S, D)
        Probabilities now.
    steps : int
        How many steps ahead.

    Returns
    -------
    (steps, S, D) array
        ``p(z_{T+h} | y_1..T)`` for h = 1 .. steps.
    """
    p = propagator
    out = np.empty((steps, start.size))
    kernels.carry(p.tables, p.turns(), p.draws, np.ascontiguousarray(start).reshape(-1), out)
    return out.reshape(steps, *start.shape)
