"""Tracking: the probability of every state as it would have been read at each step.

At each step the filter sees only what had been *reported* by then. A report that arrives late
rewrites the past: the filter goes back to the first step it touches and comes forward again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.beliefs import CoverageWindow, Report
from forecast.inference.encoding import Component, Encoding
from forecast.inference.observations import date_of_step, observe
from forecast.network import (
    Evidence,
    Parameters,
    Propagator,
    batches,
    filtered,
    forecast,
    node_marginals,
)

__all__ = ["Track", "knowledge", "track"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Track:
    """Probabilities of every state of every node, step by step, past and future.

    Attributes
    ----------
    probability : (T + 1 + H, sum(K_n), D)
        From the brief's date (index 0) over the T steps of evidence to H steps ahead; states in
        the order of the file.
    steps : int
        T, the number of steps with evidence.
    log_likelihood : (D,)
        Of all the evidence.
    """

    probability: Floats
    steps: int
    log_likelihood: Floats


def knowledge(
    encoding: Encoding,
    reports: Sequence[Report],
    coverage: Sequence[CoverageWindow],
    *,
    as_of: dt.date,
    steps: int,
) -> list[Evidence]:
    """Lay out what was known at the end of each step.

    Parameters
    ----------
    encoding, reports, coverage
        As in `observe`.
    as_of : datetime.date
        Nothing reported later is ever seen.
    steps : int
        Number of steps, T.

    Returns
    -------
    list of Evidence
        T items; item t has t + 1 steps.
    """
    dates = [min(as_of, date_of_step(encoding, step + 1)) for step in range(steps)]
    return [observe(encoding, reports, coverage, as_of=date) for date in dates]


def _first_change(before: Evidence | None, after: Evidence) -> int:
    """Return the first step at which the later knowledge differs from the earlier."""
    if before is None:
        return 0
    shared = before.steps
    old, new = before.detection[before.pattern], after.detection[after.pattern[:shared]]
    changed = np.flatnonzero((old != new).any(axis=1))
    first = int(changed[0]) if len(changed) else shared
    cells = _cells(before) ^ {cell for cell in _cells(after) if cell[0] < shared}
    return min([first, *(step for step, *_ in cells)])


def _cells(seen: Evidence) -> set[tuple[int, int, float, float]]:
    columns = (seen.cell_step, seen.cell_indicator, seen.cell_value, seen.cell_exposure)
    return set(zip(*(column.tolist() for column in columns), strict=True))


def track(
    encoding: Encoding, parameters: Parameters, known: Sequence[Evidence], *, horizon: int
) -> Track:
    """Filter at every step with what was known then, and forecast from the last.

    Parameters
    ----------
    encoding : Encoding
        The model.
    parameters : Parameters
        Draws of the rates.
    known : sequence of Evidence
        From `knowledge`.
    horizon : int
        Steps ahead, H.

    Returns
    -------
    Track

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    restart = [
        _first_change(known[step - 1] if step else None, now) for step, now in enumerate(known)
    ]
    slices = encoding.priors.node_slices()
    total = np.zeros(parameters.draws)
    out = np.empty((len(known) + 1 + horizon, len(encoding.priors.node_states), parameters.draws))
    for component in encoding.components:
        columns = np.concatenate([np.arange(slices[n].start, slices[n].stop) for n in component.nodes])
        for batch in batches(parameters.draws):
            some = parameters.take(batch)
            marginals, log_likelihood = _follow(component, some, known, restart, encoding.step, horizon)
            out[:, columns, batch] = marginals
            total[batch] += log_likelihood
    return Track(out, len(known), total)


def _follow(
    component: Component,
    parameters: Parameters,
    known: Sequence[Evidence],
    restart: Sequence[int],
    step: float,
    horizon: int,
) -> tuple[Floats, Floats]:
    """Track one component with one batch of draws."""
    t = component.tables
    propagator = Propagator(t, parameters, step=step)
    steps = len(known)
    joint = np.empty((steps + 1, propagator.joint_size, propagator.draws))
    gained = np.zeros((steps + 1, propagator.draws))
    joint[0] = propagator.start()
    shown = [joint[0]]
    for now, (evidence, first) in enumerate(zip(known, restart, strict=True)):
        for at in range(first, now + 1):
            result = filtered(propagator, evidence.between(at, at + 1), start=joint[at])
            joint[at + 1] = result.probability[-1]
            gained[at + 1] = result.log_likelihood
        shown.append(joint[now + 1].copy())
    ahead = forecast(propagator, joint[steps], steps=horizon)
    return node_marginals(t, np.concatenate([np.array(shown), ahead])), gained.sum(axis=0)
