"""Tracking: the probability of every state as it would have been read at each step.

At each step the filter sees only what had been *reported* by then. A report that arrives late
rewrites the past: the filter goes back to the first step it touches and comes forward again.

Milestones are where the filter stood on its way over the evidence of a fit. A new report changes
what was known from the step it happened in, so with the filtered probabilities of an earlier step
at hand nothing before it has to be filtered again. What comes out is the same to rounding: the
steps are the same, and only the order of a sum of logs differs.
"""

from __future__ import annotations

import datetime as dt
import struct
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from operator import attrgetter, itemgetter
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from forecast.beliefs import CoverageWindow, Report
from forecast.beliefs.announcements import Announcement
from forecast.beliefs.identity import unified
from forecast.inference.encoding import Component, Encoding
from forecast.inference.observations import Gathering, date_of_step
from forecast.network import (
    Evidence,
    ImpossibleEvidenceError,
    Parameters,
    Propagator,
    distinct_steps,
    each_batch,
    filtered,
    forecast,
    node_marginals,
    passes,
)

__all__ = [
    "Appraisal",
    "Milestone",
    "Track",
    "appraise",
    "appraise_each",
    "knowledge",
    "lay_milestones",
    "log_likelihood",
    "nearest_milestone",
    "step_log_likelihood",
    "track",
    "write_milestones",
]


Floats = npt.NDArray[np.float64]

_MOST_BYTES = 2**26

#: What reading a damaged archive of arrays can raise; it is then as if it were not there.
_DAMAGED = (
    *(OSError, ValueError, TypeError, LookupError, EOFError, MemoryError, OverflowError),
    *(RuntimeError, SyntaxError, struct.error, zlib.error, BadZipFile),
)


@dataclass(frozen=True, eq=False)
class Milestone:
    """The filter after some steps.

    Attributes
    ----------
    step : int
        Number of steps it has behind it.
    log_likelihood : list of (D,) arrays
        Of their evidence, for each component.
    joint : list of (S, D) arrays
        Filtered probability of the joint states of each component.
    """

    step: int
    log_likelihood: list[Floats]
    joint: list[Floats]

    def of(self, component: int) -> Milestone:
        """Return the part of one component."""
        return Milestone(self.step, [self.log_likelihood[component]], [self.joint[component]])


def _stops(steps: int) -> list[int]:
    """Choose where to stop: the last steps densely, since most reports are of late.

    Examples
    --------
    >>> _stops(20)
    [4, 12, 16, 18, 19, 20]
    """
    back = [0, *(2**power for power in range(steps.bit_length()))]
    return sorted(steps - gap for gap in back if gap < steps)


def lay_milestones(
    encoding: Encoding, parameters: Parameters, evidence: Evidence
) -> list[Milestone]:
    """Filter the evidence of a fit and keep where it stood at some of the steps.

    Parameters
    ----------
    encoding : Encoding
        The model.
    parameters : Parameters
        The draws of the fit.
    evidence : Evidence
        What it saw.

    Returns
    -------
    list of Milestone
        From the earliest to the last step; as many of the latest as 64 MiB hold.
    """
    size = sum(c.tables.config.shape[1] for c in encoding.components) * parameters.draws * 8
    stops = _stops(evidence.steps)[-(_MOST_BYTES // size) :] if size <= _MOST_BYTES else []
    if not stops:
        return []
    out = [Milestone(stop, [], []) for stop in stops]
    for component in encoding.components:
        work = partial(_walk, component, parameters, evidence, stops, encoding.step)
        parts = each_batch(parameters.draws, work)
        for number, found in enumerate(out):
            found.log_likelihood.append(np.concatenate([part[number][0] for part in parts]))
            found.joint.append(np.concatenate([part[number][1] for part in parts], axis=1))
    return out


def _walk(
    component: Component,
    parameters: Parameters,
    evidence: Evidence,
    stops: list[int],
    step: float,
    batch: slice,
) -> list[tuple[Floats, Floats]]:
    propagator = Propagator(component.tables, parameters.take(batch), step=step)
    total, joint, done = np.zeros(propagator.draws), propagator.start(), 0
    out = []
    for stop in stops:
        found = passes(propagator, evidence.between(done, stop), start=joint)
        total, joint, done = total + found.log_likelihood, found.probability[-1], stop
        out.append((total, joint))
    return out


def write_milestones(path: Path, milestones: list[Milestone]) -> None:
    """Write milestones to an ``.npz`` file."""
    content: dict[str, npt.NDArray[np.generic]] = {"steps": np.array([m.step for m in milestones])}
    for one in milestones:
        for number, (total, joint) in enumerate(zip(one.log_likelihood, one.joint, strict=True)):
            content[f"log_likelihood_{one.step}_{number}"] = total
            content[f"joint_{one.step}_{number}"] = joint
    np.savez(path, allow_pickle=False, **content)


def nearest_milestone(
    encoding: Encoding, path: Path, *, shared: int, draws: int
) -> Milestone | None:
    """Read the latest milestone that lies in the steps that nothing has changed.

    Parameters
    ----------
    encoding : Encoding
        The model they were laid for.
    path : Path
        From `write_milestones`.
    shared : int
        Number of steps from the first that are as they were.
    draws : int
        Number of draws.

    Returns
    -------
    Milestone or None
        None if there is none so early, or the file is missing or damaged.
    """
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as file:
            early = [int(step) for step in file["steps"] if step <= shared]
            if not early:
                return None
            step = max(early)
            numbers = range(len(encoding.components))
            joint = [file[f"joint_{step}_{n}"] for n in numbers]
            total = [file[f"log_likelihood_{step}_{n}"] for n in numbers]
    except _DAMAGED:
        return None
    wanted = [(c.tables.config.shape[1], draws) for c in encoding.components]
    if [one.shape for one in joint] != wanted or {one.shape for one in total} != {(draws,)}:
        return None
    if not all(one.dtype == np.float64 and np.isfinite(one).all() for one in (*joint, *total)):
        return None
    if not all((one >= 0.0).all() and np.allclose(one.sum(axis=0), 1.0) for one in joint):
        return None
    return Milestone(step, total, joint)


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
    announcements: Sequence[Announcement] = (),
) -> list[Evidence]:
    """Lay out what was known at the end of each step.

    Parameters
    ----------
    encoding, reports, coverage, announcements
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
    rows = sorted(
        (one for one in unified(reports) if one.use == "evidence" and one.reported_on <= as_of),
        key=attrgetter("reported_on"),
    )
    learnt = sorted(
        ((max(day, one.reported_on), one) for one in rows for day, _ in one.learnt),
        key=itemgetter(0),
    )
    gathered, out, known, weighed = Gathering(encoding), [], 0, 0
    for step in range(steps):
        date = min(as_of, date_of_step(encoding, step + 1))
        until = bisect_right(rows, date, key=attrgetter("reported_on"))
        told = bisect_right(learnt, date, key=itemgetter(0))
        gathered.add(rows[known:until], as_of=date)
        gathered.weighed((one for _, one in learnt[weighed:told]), as_of=date)
        out.append(gathered.evidence(coverage, as_of=date, announcements=announcements))
        known, weighed = until, told
    return out


def _restarts(known: Sequence[Evidence]) -> list[int]:
    """Return the step from which each has to be filtered, after the one before it."""
    return [0, *(_first_change(*pair) for pair in pairwise(known))][: len(known)]


def _first_change(before: Evidence, after: Evidence) -> int:
    """Return the first step at which what is known differs; the shorter's end if none does."""
    shared = min(before.steps, after.steps)
    old, new = (seen.looked[:shared] for seen in (before, after))
    changed = np.flatnonzero((old != new).any(axis=1))
    first = int(changed[0]) if len(changed) else shared
    return min([first, *(step for step, *_ in _cells(before) ^ _cells(after))])


def _cells(evidence: Evidence) -> set[tuple[int, int, float, float]]:
    seen = evidence.observed
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
    restart = _restarts(known)
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


def step_log_likelihood(encoding: Encoding, parameters: Parameters, evidence: Evidence) -> Floats:
    """Log probability of each step given the steps before it, under each draw: (T, D).

    ``log p(y_t | y_1..t-1)``, from the filter; times the weights of the steps, the sum over steps
    is `log_likelihood`.

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """

    def logs(component: Component, batch: slice) -> Floats:
        own = Propagator(component.tables, parameters.take(batch), step=encoding.step)
        return passes(own, evidence).step_logs

    total = np.zeros((evidence.steps, parameters.draws))
    for component in encoding.components:
        parts = each_batch(parameters.draws, partial(logs, component))
        total += np.concatenate(parts, axis=1)
    return total


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
    """Appraise several states of knowledge, each from the first step that changed since the last.

    Parameters
    ----------
    encoding, parameters
        The model and draws of its rates.
    evidence : sequence of Evidence
        Such as what was known before a report came, and after. Neighbours that are alike save most.
    milestones : Path, optional
        From `forecast.inference.tracking.write_milestones`, of the first of these and of these
        draws: what it shares with all others is then not filtered again.

    Returns
    -------
    list of Appraisal
        One for each.

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    early = first = None
    if milestones is not None:
        shared = min(_first_change(evidence[0], seen) for seen in evidence)
        early = nearest_milestone(encoding, milestones, shared=shared, draws=parameters.draws)
        first = _at_its_end(encoding, parameters, evidence[0], milestones)
        if first is not None and len(evidence) == 1:
            return [first]
    rests = evidence[first is not None :]
    steps, legs = _legs(rests, behind=early.step if early else 0, since=evidence[0])
    out = [_blank(encoding, parameters) for _ in rests]
    for number, component in enumerate(encoding.components):
        behind = early.of(number) if early else None
        work = partial(_appraise, component, parameters, steps, legs)
        work = partial(work, behind=behind, step=encoding.step)
        parts = each_batch(parameters.draws, work)
        for which, appraisal in enumerate(out):
            mine = [part[which] for part in parts]
            appraisal.log_likelihood[:] += np.concatenate([found for found, _ in mine])
            last = np.concatenate([last for _, last in mine], axis=1)
            appraisal.probability[_columns(encoding, component)] = last
    return [first, *out] if first else out


@dataclass(frozen=True, eq=False)
class _Leg:
    """What has to be filtered of one state of knowledge, after the one before it.

    Attributes
    ----------
    first : int
        The step to go on from.
    rest : Evidence
        From there.
    place : (T - first,)
        Where its steps are among the distinct steps of all.
    weights : (T - behind,)
        What every step since the milestone counts for.
    age : float
        What those before it count for against what they did.
    """

    first: int
    rest: Evidence
    place: npt.NDArray[np.int64]
    weights: Floats
    age: float


def _legs(
    evidence: Sequence[Evidence], *, behind: int, since: Evidence
) -> tuple[Evidence, list[_Leg]]:
    starts = [max(behind, first) for first in _restarts(evidence)]
    rests = [seen.between(first, seen.steps) for first, seen in zip(starts, evidence, strict=True)]
    steps, places = distinct_steps(rests)
    weights = [seen.weights[behind:] for seen in evidence]
    ages = [seen.aged(since) for seen in evidence]
    return steps, [_Leg(*leg) for leg in zip(starts, rests, places, weights, ages, strict=True)]


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


def _appraise(
    component: Component,
    parameters: Parameters,
    steps: Evidence,
    legs: Sequence[_Leg],
    batch: slice,
    *,
    behind: Milestone | None,
    step: float,
) -> list[tuple[Floats, Floats]]:
    propagator = Propagator(component.tables, parameters.take(batch), step=step)
    row, scaled, shift = propagator.emission(steps)
    begin, total = 0, np.zeros(propagator.draws)
    if behind is not None:
        begin, total = behind.step, behind.log_likelihood[0][batch]
    longest = max([begin, *(begin + len(leg.weights) for leg in legs)])
    joint = np.empty((longest + 1, propagator.joint_size, propagator.draws))
    joint[begin] = propagator.start() if behind is None else behind.joint[0][:, batch]
    logs = np.empty((longest, propagator.draws))
    out = []
    for leg in legs:
        first, end = leg.first, leg.first + leg.rest.steps
        emission = (row[leg.place], scaled, shift)
        try:
            found = passes(propagator, leg.rest, start=joint[first], emission=emission)
        except ImpossibleEvidenceError as error:
            raise ImpossibleEvidenceError(error.step + first, error.indicators) from None
        joint[first + 1 : end + 1] = found.probability[1:]
        logs[first:end] = found.step_logs
        known = leg.weights @ logs[begin:end]
        last = node_marginals(component.tables, joint[end])
        out.append((leg.age * total + known, last))
    return out
