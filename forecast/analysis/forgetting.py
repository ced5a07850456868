"""How fast old data should be forgotten: one-step forecasts of the record under each half-life.

``s_t = log p(y_t | y_1..t-1)``, with rates learnt from the discounted past only (Dawid 1984,
"Present position and potential developments: the prequential approach"). West & Harrison (1997),
"Bayesian forecasting and dynamic models", discount so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecast.inference.encoding import Encoding
from forecast.inference.laplace import Laplace, approximate
from forecast.network import Evidence, Parameters, Propagator, passes

__all__ = ["Scored", "one_step_scores"]

Floats = npt.NDArray[np.float64]

#: Draws of the rates a forecast is averaged over.
_DRAWS = 100


class Scored(NamedTuple):
    """Log scores of one-step forecasts of the steps that say anything.

    Attributes
    ----------
    step : (n,)
        The steps, from 0.
    score : (n,)
        Log probability or density of what was seen in each; higher is better.
    """

    step: npt.NDArray[np.int64]
    score: Floats


def one_step_scores(
    encoding: Encoding,
    evidence: Evidence,
    *,
    keep: float,
    first: int,
    every: int,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> Scored:
    """Forecast each step from the steps before it, and score what came.

    Rates are learnt anew every so many steps, by the mode of the posterior and a Normal around it.
    States are filtered up to the step before.

    Parameters
    ----------
    encoding : Encoding
        The model.
    evidence : Evidence
        The whole record; its own weights are not used.
    keep : float
        Weight of a step against the one after it in learning the rates; 1 forgets nothing.
    first : int
        First step that is forecast.
    every : int
        Steps between two learnings.
    told : callable
        Told how many steps of how many are done.

    Returns
    -------
    Scored
    """
    learnt: Laplace | None = None
    total = evidence.steps - first
    out = np.zeros(total)
    for begin in range(first, evidence.steps, every):
        end = min(begin + every, evidence.steps)
        known = evidence.between(0, begin).discounted(keep)
        learnt = approximate(encoding, known, start=learnt)
        rates = learnt.draw(_DRAWS, seed=begin)
        logs = _step_log_likelihood(encoding, rates, evidence.between(0, end))[begin:]
        most = logs.max(axis=1)
        out[begin - first : end - first] = most + np.log(np.exp(logs - most[:, None]).mean(axis=1))
        told(end - first, total)
    says = evidence.says[first:]
    return Scored(np.flatnonzero(says) + first, out[says])


def _step_log_likelihood(encoding: Encoding, rates: Parameters, evidence: Evidence) -> Floats:
    """Log probability of each step given the steps before it, in every draw: (T, D)."""
    parts: Sequence[Floats] = [
        passes(Propagator(component.tables, rates, step=encoding.step), evidence).step_logs
        for component in encoding.components
    ]
    return np.asarray(sum(parts))
