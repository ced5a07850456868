"""Interventions: nodes held in a state, or hazards multiplied, ahead or over paths walked again.

Between two interventions the network is the one of `Propagator`. A `Course` is a sequence of such
*regimes*. When a regime begins that holds a node, all mass moves to the held state (Pearl's *do*,
graph surgery: what used to move the node no longer does); its own exits are switched off; all that
depends on the node goes on. Nothing that happened before is touched.

Over the past an intervention is a counterfactual: abduction, action and prediction.

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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from forecast.network import kernels
from forecast.network.evidence import Evidence, looking
from forecast.network.filtering import Propagator, impossible
from forecast.network.marks import Turns, turn
from forecast.network.structure import Floats, Ints, Parameters, Tables, joint_states

__all__ = ["Course", "Regime", "Replay", "Whole", "replay", "walks"]


Bools = npt.NDArray[np.bool_]

#: States of a node, by its position in the component, that are never left in a step.
Absorbing = tuple[tuple[int, frozenset[int]], ...]


@dataclass(frozen=True)
class Regime:
    """What is held and multiplied from the end of one step until the next regime begins.

    Attributes
    ----------
    begins : int
        The regime begins at the end of this step (0: at the start).
    held : mapping of int to int
        State each held node is kept in, by its position in the component.
    log_times : mapping of int to float
        What is added to the log of a hazard, by its number in the network.
    """

    begins: int
    held: Mapping[int, int] = field(default_factory=dict)
    log_times: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Whole:
    """The course of everything, conditioned on the evidence as it comes.

    Attributes
    ----------
    probability : (steps + 1, S, D)
        At the start and at the end of every step: filtered, then forecast.
    weight : list of (S, D) array or None
        Scaled likelihood of each step over its normaliser; None where there is no evidence.
    log_likelihood : (D,)
        Of all the evidence.
    evidence : Evidence
        Where what it says of moves is read from.
    """

    probability: Floats
    weight: list[Floats | None]
    log_likelihood: Floats
    evidence: Evidence


class Course:
    """One component, a batch of draws, and the regimes it goes through.

    Parameters
    ----------
    t : Tables
        One component.
    parameters : Parameters
        Draws of the rates.
    step : float
        Step in days.
    regimes : sequence of Regime
        In order; before the first, nothing is held or multiplied.

    Examples
    --------
    A node that never moves by itself is in state 1 once it is held there:

    >>> from forecast.network import Network, tables
    >>> network = Network(sizes=[2], hazards=[(0, 0, 1)])
    >>> rates = {name: np.zeros((0, 1)) for name in Parameters.__dataclass_fields__}
    >>> rates |= {"initial": np.array([[0.7], [0.3]]), "log_hazard": np.array([[-50.0]])}
    >>> course = Course(tables(network, [0]), Parameters(**rates), step=7,
    ...                 regimes=[Regime(begins=1, held={0: 1})])
    >>> course.whole(Evidence.empty(steps=0, indicators=0), steps=2).probability[:, 1, 0].tolist()
    [0.3, 0.3, 1.0]
    """

    def __init__(
        self, t: Tables, parameters: Parameters, *, step: float, regimes: Sequence[Regime] = ()
    ) -> None:
        begins = [regime.begins for regime in regimes]
        if begins != sorted(set(begins)):
            raise ValueError(f"regimes must begin one after the other, got {begins}")
        self.tables = t
        self.parameters = parameters
        self.step = float(step)
        self.draws = parameters.draws
        self.states = joint_states(t.sizes)
        self._regimes = (Regime(-1), *regimes)
        self._there: dict[tuple[int, frozenset[int]], Bools] = {}
        self._quiets: dict[tuple[int, float, float], Floats] = {}
        self._propagators: dict[tuple[int, Absorbing], Propagator] = {}
        self.plain = self.propagator(-1)

    def there(self, node: int, states: frozenset[int]) -> Bools:
        """Mark the joint states in which a node is in one of some states: (S,)."""
        key = node, states
        if key not in self._there:
            self._there[key] = np.isin(self.states[:, node], sorted(states))
        return self._there[key]

    def quiet(self, indicator: int, detection: float, kappa: float = 1.0) -> Floats:
        """Probability that no report of a presence comes within a step, by joint state: (S, D).

        Kappa multiplies the hazard of a report in all states: ``(1 - d a(z))^kappa``.
        """
        key = indicator, detection, kappa
        if key not in self._quiets:
            looked = looking(len(self.tables.slot), indicator, (detection,))
            row, scaled, shift = self.plain.emission(looked)
            found = scaled[row[0]].reshape(-1, self.draws) * np.exp(shift[row[0]])
            self._quiets[key] = found if kappa == 1.0 else found**kappa
        return self._quiets[key]

    def regime(self, step: int) -> int:
        """Give the number of the regime in which a step is taken (step 0 leads from the start)."""
        return max(i for i, regime in enumerate(self._regimes) if regime.begins <= step)

    def propagator(self, step: int, absorbing: Absorbing = ()) -> Propagator:
        """Return what carries probabilities through a step, with some states never left."""
        number = self.regime(step) if step >= 0 else 0
        key = number, absorbing
        if key not in self._propagators:
            self._propagators[key] = self._make(self._regimes[number], absorbing)
        return self._propagators[key]

    def _make(self, regime: Regime, absorbing: Absorbing) -> Propagator:
        rates = self.parameters
        if regime.log_times:
            raised = rates.log_hazard.copy()
            for hazard, more in regime.log_times.items():
                raised[hazard] += more
            rates = replace(rates, log_hazard=raised)
        stopped = np.zeros((len(self.tables.sizes), int(self.tables.sizes.max())), np.int64)
        for node in regime.held:
            stopped[node] = 1
        for node, states in absorbing:
            stopped[node, sorted(states)] = 1
        any_stopped = stopped if stopped.any() else None
        return Propagator(self.tables, rates, step=self.step, absorbing=any_stopped)

    def _moved_to(self, step: int) -> Ints | None:
        """Joint state each joint state is put into where a regime that holds nodes begins."""
        regime = self._regimes[self.regime(step)]
        if regime.begins != step or not regime.held:
            return None
        states = self.states.copy()
        for node, state in regime.held.items():
            states[:, node] = state
        sizes = tuple(int(size) for size in self.tables.sizes)
        return np.asarray(np.ravel_multi_index(tuple(states.T), sizes), np.int64)

    def enter(self, step: int, probability: Floats) -> Floats:
        """Put the mass (S, D) where the regime that begins before this step holds it."""
        moved = self._moved_to(step)
        if moved is None:
            return probability
        out = np.zeros_like(probability)
        np.add.at(out, moved, probability)
        return out

    def held_at(self, step: int, states: Ints) -> Ints:
        """Put states (N, ...) where the regime that begins before this step holds them."""
        regime = self._regimes[self.regime(step)]
        out = states.copy()
        if regime.begins == step:
            for node, state in regime.held.items():
                out[node] = state
        return out

    def leave(self, step: int, later: Floats) -> Floats:
        """Pull a message (S, D) back through `enter`."""
        moved = self._moved_to(step)
        return later if moved is None else later[moved]

    def whole(
        self, evidence: Evidence, *, steps: int, begin: tuple[int, Floats] | None = None
    ) -> Whole:
        """Filter the evidence and forecast beyond it, through all regimes.

        Parameters
        ----------
        evidence : Evidence
            T steps.
        steps : int
            Length of the course; at least T.
        begin : (int, (S, D) array), optional
            Step, and the probabilities at its end, to go on from; what lies before is left
            undefined, and not in the likelihood.

        Raises
        ------
        ImpossibleEvidenceError
            If no state can produce some step.
        """
        row, scaled, shift = self.plain.emission(evidence)
        first, now = (0, self.plain.start()) if begin is None else begin
        out = np.empty((steps + 1, *now.shape))
        out[first] = now
        weight: list[Floats | None] = [None] * first
        total = np.zeros(self.draws)
        for step in range(first, steps):
            now = self.propagator(step).move(self.enter(step, now), evidence, step)
            factor = None
            if step < evidence.steps:
                factor = scaled[row[step]].reshape(now.shape)
                scale = (now * factor).sum(axis=0)
                if not (scale > 0.0).all():
                    raise impossible(self.tables, evidence, step)
                factor = factor / scale
                now = now * factor
                total += evidence.weights[step] * (np.log(scale) + shift[row[step]])
            weight.append(factor)
            out[step + 1] = now
        return Whole(out, weight, total, evidence)


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
