"""Interventions: nodes held in a state, or hazards multiplied, from one step to another.

Between two interventions the network is the one of `Propagator`. A `Course` is a sequence of such
*regimes*. When a regime begins that holds a node, all mass moves to the held state (Pearl's *do*,
graph surgery: what used to move the node no longer does); its own exits are switched off; all that
depends on the node goes on. Nothing that happened before is touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from forecast.network.evidence import Evidence, looking
from forecast.network.filtering import Propagator, impossible
from forecast.network.structure import Floats, Ints, Parameters, Tables, joint_states

__all__ = ["Course", "Regime", "Whole"]

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
