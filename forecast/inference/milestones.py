"""Milestones: where the filter stood on its way over the evidence of a fit, to go on from there.

A new report changes what was known from the step it happened in. With the filtered probabilities
of an earlier step at hand, nothing before it has to be filtered again. What comes out is the
same to rounding: the steps are the same, and only the order of a sum of logs differs.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from forecast.inference.encoding import Component, Encoding
from forecast.network import Evidence, Parameters, Propagator, each_batch, passes

__all__ = ["Milestone", "lay_milestones", "nearest_milestone", "write_milestones"]

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
