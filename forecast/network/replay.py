"""Counterfactuals: abduction, action and prediction over sampled paths.

*Abduction*: paths of the states are drawn given all the evidence (forward filtering, backward
sampling). *Action*: some nodes are held or hazards multiplied, from a step in the past.
*Prediction*: each path is walked again, and every move of a node uses the chance it had. A node
that stands where it stood makes the move it made, unless the intervention made that move less
probable, and then departs from it only by as much (the maximal coupling of the two rows of
probabilities); where it stands elsewhere, chance is drawn anew. With two states this is the one
monotone coupling. With more it is an assumption, as every counterfactual needs one; it keeps to
counterfactual stability (Oberst & Sontag 2019, "Counterfactual off-policy evaluation with
Gumbel-max structural causal models", ICML).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.network import kernels
from forecast.network.evidence import Evidence
from forecast.network.filtering import Propagator
from forecast.network.intervention import Course
from forecast.network.marks import Turns, turn
from forecast.network.structure import Floats, Ints

__all__ = ["Replay", "replay", "walks"]


@dataclass(frozen=True, eq=False)
class Replay:
    """Paths as they may have been, and as they would have been.

    Attributes
    ----------
    factual, counterfactual : (T + 1, N, D, M) array of int
        State of each node at the start and at the end of each step, for M paths of each draw.
    """

    factual: Ints
    counterfactual: Ints


def replay(course: Course, evidence: Evidence, *, steps: int, paths: int, seed: int) -> Replay:
    """Draw paths given the evidence, and walk each again under the interventions.

    Parameters
    ----------
    course : Course
        With its regimes; the factual paths know nothing of them.
    evidence : Evidence
        All of it bears on the factual paths, also what came after an intervention.
    steps : int
        Length; beyond the evidence paths go on by chance.
    paths : int
        For each draw, M.
    seed : int
        The same seed gives the same paths.

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    rng = np.random.default_rng(seed)
    free = Course(course.tables, course.parameters, step=course.step)
    factual = walks(free, evidence, steps=steps, paths=paths, rng=rng)
    other = np.empty_like(factual)
    other[0] = factual[0]
    chance = _Rows(free.plain)
    rows: dict[int, _Rows] = {}
    for step in range(steps):
        number = course.regime(step)
        if number not in rows:
            rows[number] = _Rows(course.propagator(step))
        begun = course.held_at(step, other[step])
        other[step + 1] = _again(chance, rows[number], factual[step], factual[step + 1], begun, rng)
    return Replay(factual, other)


def walks(
    course: Course, evidence: Evidence, *, steps: int, paths: int, rng: np.random.Generator
) -> Ints:
    """Draw paths given the evidence: (steps + 1, N, D, M), beyond it by chance.

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    known = min(steps, evidence.steps)
    filtered = course.whole(evidence, steps=evidence.steps).probability
    out = np.empty((steps + 1, len(course.tables.sizes), course.draws, paths), np.int64)
    out[: known + 1] = _backwards(course, filtered, evidence, paths, rng)[: known + 1]
    for step in range(known, steps):
        out[step + 1] = _walk(_Rows(course.plain), out[step], rng)
    return out


class _Rows:
    """Probabilities of a node's moves, looked up by the states around it."""

    def __init__(self, propagator: Propagator, turns: Turns | None = None) -> None:
        self.sizes = [int(size) for size in propagator.tables.sizes]
        self.draws, self.joint = propagator.draws, propagator.joint_size
        self.turns = propagator.turns() if turns is None else turns
        self.table = self.turns.table.reshape(-1, self.draws)
        self.starts = turn(self.turns, -1) // self.draws
        self.draw = np.arange(self.draws)[:, None]

    def at(self, step: int) -> None:
        """Read the rows of one step."""
        self.starts = turn(self.turns, step) // self.draws

    def rest(self, node: int, states: Ints) -> Ints:
        """Give a number to the states (N, D, M) of the other nodes, those after the node first."""
        out = np.zeros(states.shape[1:], np.int64)
        for other in [*range(node + 1, len(self.sizes)), *range(node)]:
            out = out * self.sizes[other] + states[other]
        return out

    def row(self, node: int, origin: Ints, rest: Ints) -> Floats:
        """Probability of every target from an origin: (K, D, M)."""
        size = self.sizes[node]
        width = self.joint // size
        first = self.starts[node] + (origin * size) * width + rest
        return np.stack([self.table[first + k * width, self.draw] for k in range(size)])

    def column(self, node: int, target: Ints, rest: Ints) -> Floats:
        """Probability of a target from every origin: (K, D, M)."""
        size = self.sizes[node]
        width = self.joint // size
        first = self.starts[node] + target * width + rest
        return np.stack([self.table[first + k * size * width, self.draw] for k in range(size)])


def _pick(weight: Floats, rng: np.random.Generator) -> Ints:
    """Draw an index along the first axis by weight."""
    total = np.cumsum(weight, axis=0)
    threshold = rng.random(weight.shape[1:]) * total[-1]
    return np.asarray((total[:-1] <= threshold).sum(axis=0), np.int64)


def _backwards(
    course: Course, filtered: Floats, evidence: Evidence, paths: int, rng: np.random.Generator
) -> Ints:
    """Draw paths given all the evidence: the last state first, then each before it."""
    turns, t = course.plain.turns(evidence), course.tables
    rows = _Rows(course.plain, turns)
    steps, draws = len(filtered) - 1, course.draws
    out = np.empty((steps + 1, len(rows.sizes), draws, paths), np.int64)
    total = np.cumsum(filtered[-1], axis=0)
    threshold = rng.random((draws, paths)) * total[-1][:, None]
    last = (total[:-1, :, None] <= threshold).sum(axis=0)
    out[-1] = np.moveaxis(course.states[last], -1, 0)
    stages = np.empty((len(rows.sizes) + 1, rows.joint * draws))
    for step in range(steps, 0, -1):
        stages[0] = np.ascontiguousarray(filtered[step - 1]).reshape(-1)
        kernels.move(t, turns, step - 1, draws, stages)
        rows.at(step - 1)
        states = out[step].copy()
        for node in range(len(rows.sizes) - 1, -1, -1):
            rest = rows.rest(node, states)
            width = rows.joint // rows.sizes[node]
            before = stages[node].reshape(rows.joint, draws)
            there = np.stack([before[rest + k * width, rows.draw] for k in range(rows.sizes[node])])
            states[node] = _pick(there * rows.column(node, states[node], rest), rng)
        out[step - 1] = states
    return out


def _walk(rows: _Rows, states: Ints, rng: np.random.Generator) -> Ints:
    """Take one step by chance."""
    out = states.copy()
    for node in range(len(rows.sizes)):
        out[node] = _pick(rows.row(node, out[node], rows.rest(node, out)), rng)
    return out


def _again(
    chance: _Rows,
    rows: _Rows,
    before: Ints,
    after: Ints,
    states: Ints,
    rng: np.random.Generator,
) -> Ints:
    """Take a step that was taken once more, from other states and with other probabilities."""
    was, out = before.copy(), states.copy()
    for node in range(len(rows.sizes)):
        made = after[node]
        old = chance.row(node, was[node], chance.rest(node, was))
        new = rows.row(node, out[node], rows.rest(node, out))
        old_made = np.take_along_axis(old, made[None], axis=0)[0]
        new_made = np.take_along_axis(new, made[None], axis=0)[0]
        kept = rng.random(made.shape) * old_made < new_made
        more = np.maximum(new - old, 0.0)
        same = was[node] == out[node]
        moved = _pick(np.where(same, more, new), rng)
        out[node] = np.where(same & kept, made, moved)
        was[node] = made
    return out
