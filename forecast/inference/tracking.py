"""Tracking: the probability of every state as it would have been read at each step.

At each step the filter sees only what had been *reported* by then. A report that arrives late
rewrites the past: the filter goes back to the first step it touches and comes forward again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from forecast.beliefs import CoverageWindow, Report
from forecast.inference.encoding import Component, Encoding
from forecast.inference.milestones import Milestone, nearest_milestone
from forecast.inference.observations import date_of_step, observe
from forecast.network import (
    Evidence,
    ImpossibleEvidenceError,
    Parameters,
    Propagator,
    each_batch,
    filtered,
    forecast,
    node_marginals,
    passes,
)

__all__ = [
    "Appraisal",
    "Track",
    "appraise",
    "appraise_each",
    "knowledge",
    "log_likelihood",
    "track",
]

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
    """

    probability: Floats
    steps: int


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
    rows = len(encoding.priors.node_states)
    out = np.empty((len(known) + 1 + horizon, rows, parameters.draws))
    for component in encoding.components:
        follow = partial(
            _follow, component, parameters, known, restart, step=encoding.step, horizon=horizon
        )
        parts = each_batch(parameters.draws, follow)
        out[:, _columns(encoding, component)] = np.concatenate(parts, axis=-1)
    return Track(out, len(known))


def _runs(restart: Sequence[int]) -> list[tuple[int, int]]:
    """Group steps that no later report rewrites: (step to restart from, last step) of each run."""
    out: list[tuple[int, int]] = []
    for now, first in enumerate(restart):
        if out and first == now:
            out[-1] = (out[-1][0], now)
        else:
            out.append((first, now))
    return out


def _follow(
    component: Component,
    parameters: Parameters,
    known: Sequence[Evidence],
    restart: Sequence[int],
    batch: slice,
    *,
    step: float,
    horizon: int,
) -> Floats:
    """Track one component with one batch of draws."""
    t = component.tables
    propagator = Propagator(t, parameters.take(batch), step=step)
    joint = np.empty((len(known) + 1, propagator.joint_size, propagator.draws))
    joint[0] = propagator.start()
    shown = joint.copy()
    done = 0
    for first, last in _runs(restart):
        try:
            result = filtered(propagator, known[last].between(first, last + 1), start=joint[first])
        except ImpossibleEvidenceError as error:
            raise ImpossibleEvidenceError(error.step + first, error.indicators) from None
        joint[first + 1 : last + 2] = result.probability
        shown[done + 1 : last + 2] = joint[done + 1 : last + 2]
        done = last + 1
    ahead = forecast(propagator, joint[len(known)], steps=horizon)
    return node_marginals(t, np.concatenate([shown, ahead]))


def log_likelihood(encoding: Encoding, parameters: Parameters, evidence: Evidence) -> Floats:
    """Log-likelihood of the evidence under each draw: (D,).

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    return appraise(encoding, parameters, evidence).log_likelihood


@dataclass(frozen=True, eq=False)
class Appraisal:
    """Evidence as seen by each draw.

    Attributes
    ----------
    log_likelihood : (D,)
        Each step by what it counts for in this evidence.
    probability : (sum(K_n), D)
        Of every state of every node at the end of the last step, in the order of the file.
    """

    log_likelihood: Floats
    probability: Floats


def appraise(encoding: Encoding, parameters: Parameters, evidence: Evidence) -> Appraisal:
    """Filter once, for the likelihood and for where the nodes stand now.

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    return appraise_each(encoding, parameters, [evidence])[0]


def appraise_each(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Sequence[Evidence],
    *,
    milestones: Path | None = None,
) -> list[Appraisal]:
    """Appraise several states of knowledge; the steps that they share are filtered once.

    Parameters
    ----------
    encoding, parameters
        The model and draws of its rates.
    evidence : sequence of Evidence
        Such as what was known before a report came, and after.
    milestones : Path, optional
        From `forecast.inference.milestones.write_milestones`, of the first of these and of these
        draws: what is shared is then filtered from the latest of them only.

    Returns
    -------
    list of Appraisal
        One for each.

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    shared = _shared_steps(evidence)
    early = first = None
    if milestones is not None:
        early = nearest_milestone(encoding, milestones, shared=shared, draws=parameters.draws)
        first = _at_its_end(encoding, parameters, evidence[0], milestones)
    begin = evidence[0].between(early.step if early else 0, shared)
    rests = [seen.between(shared, seen.steps) for seen in evidence[first is not None :]]
    ages = [seen.aged(evidence[0]) for seen in evidence[first is not None :]]
    out = [_blank(encoding, parameters) for _ in rests]
    for number, component in enumerate(encoding.components):
        behind = early.of(number) if early else None
        work = partial(_appraise, component, parameters, begin, rests)
        work = partial(work, ages=ages, behind=behind, step=encoding.step)
        parts = each_batch(parameters.draws, work)
        for which, appraisal in enumerate(out):
            mine = [part[which] for part in parts]
            appraisal.log_likelihood[:] += np.concatenate([found for found, _ in mine])
            last = np.concatenate([last for _, last in mine], axis=1)
            appraisal.probability[_columns(encoding, component)] = last
    return [first, *out] if first else out


def _blank(encoding: Encoding, parameters: Parameters) -> Appraisal:
    rows = len(encoding.priors.node_states)
    return Appraisal(np.zeros(parameters.draws), np.empty((rows, parameters.draws)))


def _columns(encoding: Encoding, component: Component) -> npt.NDArray[np.int64]:
    """Give the rows of the states of a component's nodes among those of all nodes."""
    slices = encoding.priors.node_slices()
    every = np.arange(len(encoding.priors.node_states))
    return np.concatenate([every[slices[node]] for node in component.nodes])


def _at_its_end(
    encoding: Encoding, parameters: Parameters, evidence: Evidence, milestones: Path
) -> Appraisal | None:
    """Appraise what was known by the milestone at its end, if there is one."""
    draws = parameters.draws
    end = nearest_milestone(encoding, milestones, shared=evidence.steps, draws=draws)
    if end is None or end.step < evidence.steps:
        return None
    out = _blank(encoding, parameters)
    for number, component in enumerate(encoding.components):
        out.log_likelihood[:] += end.log_likelihood[number]
        last = node_marginals(component.tables, end.joint[number])
        out.probability[_columns(encoding, component)] = last
    return out


def _shared_steps(evidence: Sequence[Evidence]) -> int:
    """Count the steps from the first on in which all say the same."""
    shortest = min(evidence, key=lambda seen: seen.steps)
    return min(_first_change(shortest, seen) for seen in evidence)


def _appraise(
    component: Component,
    parameters: Parameters,
    begin: Evidence,
    rests: Sequence[Evidence],
    batch: slice,
    *,
    ages: Sequence[float],
    behind: Milestone | None,
    step: float,
) -> list[tuple[Floats, Floats]]:
    propagator = Propagator(component.tables, parameters.take(batch), step=step)
    start = None if behind is None else behind.joint[0][:, batch]
    common = passes(propagator, begin, start=start)
    total, done = common.log_likelihood, begin.steps
    if behind is not None:
        total, done = total + behind.log_likelihood[0][batch], done + behind.step
    out = []
    for rest, age in zip(rests, ages, strict=True):
        try:
            known = passes(propagator, rest, start=common.probability[-1])
        except ImpossibleEvidenceError as error:
            raise ImpossibleEvidenceError(error.step + done, error.indicators) from None
        last = node_marginals(component.tables, known.probability[-1])
        out.append((age * total + known.log_likelihood, last))
    return out
