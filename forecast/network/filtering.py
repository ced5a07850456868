"""Filtering, smoothing and prediction: where the nodes stand and will, and what streams add up to.

`Propagator` holds one component with a batch of draws and everything a step needs, worked out
once; `filtered`, `passes` and `forecast` read it. After Rabiner (1989), "A
tutorial on hidden Markov models", sections III.A and V.A.

Future counts and values, and their sums over several steps, follow from there. A sum of counts is
worked out exactly, by its characteristic function; a sum of values by drawing courses of the
states. Sums of the future are not independent between steps: a stream that is high stays high, and
the sum is more dispersed than its parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecast.errors import EvidenceError
from forecast.network import kernels
from forecast.network.emission import Rates, log_case_rates
from forecast.network.evidence import Evidence
from forecast.network.marks import Turns, made_tables, turn
from forecast.network.structure import COUNT, VALUE, Floats, Ints, Parameters, Tables, joint_states
from forecast.network.transition import transition_tables

__all__ = [
    "Filtered",
    "ImpossibleEvidenceError",
    "Passes",
    "Propagator",
    "count_means",
    "filtered",
    "forecast",
    "gradient",
    "hindsight",
    "node_marginals",
    "passes",
    "simulate_values",
    "sum_below",
    "sum_distribution",
    "sums_from",
]


class ImpossibleEvidenceError(EvidenceError):
    """The reports of one step leave no state of the model possible.

    Attributes
    ----------
    step : int
        The step, from 0.
    indicators : tuple of int
        The indicators reported in it, or looked for in vain.
    """

    def __init__(self, step: int, indicators: tuple[int, ...]) -> None:
        self.step = step
        self.indicators = indicators
        super().__init__(
            f"no state of the model can produce step {step} (indicators {list(indicators)})"
        )


@dataclass(frozen=True, eq=False)
class Filtered:
    """The result of a filter.

    Attributes
    ----------
    log_likelihood : (D,)
        Log-likelihood of the evidence.
    probability : (T, S, D)
        Probability of each joint state at the end of each step, given the evidence up to it.
    """

    log_likelihood: Floats
    probability: Floats


_NOTHING = Evidence.empty(steps=0, indicators=0)

#: Row of each step, rows of scaled emission probabilities, and the logs they were scaled by.
type Emission = tuple[Ints, Floats, Floats]


def emission_rates(parameters: Parameters) -> Rates:
    return Rates(*(getattr(parameters, name) for name in Rates._fields))


class Propagator:
    """One component and a batch of draws: everything a step needs, worked out once.

    Parameters
    ----------
    t : Tables
        One component, from `tables`.
    parameters : Parameters
        Draws of the rates.
    step : float
        Step in days.
    absorbing : (N, max K) array of bool, optional
        States that are never left.
    """

    def __init__(
        self, t: Tables, parameters: Parameters, *, step: float, absorbing: Ints | None = None
    ) -> None:
        self.tables = t
        self.parameters = parameters
        self.step = float(step)
        self.draws = parameters.draws
        self.joint_size = int(t.config.shape[1])
        frozen = np.zeros(len(t.entry_config))
        if absorbing is not None:
            frozen = absorbing[t.entry_node, t.entry_from].astype(np.float64)
        rates = t, parameters.log_hazard, parameters.log_hazard_ratio, frozen, self.step
        self.table = transition_tables(*rates).reshape(-1)
        self._made = made_tables(*rates)
        self._marked: tuple[Evidence, Turns] | None = None

    def start(self) -> Floats:
        """Probability of each joint state before the first step, (S, D)."""
        flat = kernels.initial_joint(self.tables, self.parameters.initial)
        return flat.reshape(self.joint_size, self.draws)

    def turns(self, evidence: Evidence | None = None) -> Turns:
        """Transition tables of every step: what was reported of a move is in that of its step."""
        if evidence is None or not len(self.tables.move_node):
            return self._plain
        if self._marked is None or self._marked[0] is not evidence:
            self._marked = evidence, self._laid(evidence)
        return self._marked[1]

    @cached_property
    def _plain(self) -> Turns:
        return self._laid(_NOTHING)

    def _laid(self, evidence: Evidence) -> Turns:
        laid: Turns
        seen = evidence.observed
        laid = kernels.turns_of(self.tables, self.table, self._made, seen, self.draws)
        return laid

    def move(self, probability: Floats, evidence: Evidence | None = None, step: int = -1) -> Floats:
        """Carry probabilities (S, D) through one step.

        Without evidence, or with what a step of it says of moves; what it says of states is left.
        """
        stages = self._stages
        stages[0] = np.ascontiguousarray(probability).reshape(-1)
        kernels.move(self.tables, self.turns(evidence), step, self.draws, stages)
        after: Floats = stages[-1].reshape(self.joint_size, self.draws).copy()
        return after

    @cached_property
    def _stages(self) -> Floats:
        """Work space of `move`, kept because it is asked for thousands of times."""
        return np.empty((len(self.tables.sizes) + 1, self.joint_size * self.draws))

    def factors(self) -> list[Floats]:
        """Transition table of each node: (from, to, states of the others, D).

        The others are those after the node, then those before it: each node moves as the leading
        axis of the joint states and leaves as the last.
        """
        out, offset = [], 0
        for size in map(int, self.tables.sizes):
            rest = self.joint_size // size
            length = size * size * rest * self.draws
            part = self.table[offset : offset + length]
            out.append(part.reshape(size, size, rest, self.draws))
            offset += length
        return out

    def pull(self, later: Floats, evidence: Evidence | None = None, step: int = -1) -> Floats:
        """Pull a message (S, D) back through one step, as `move` carries it forward."""
        turns, now = self.turns(evidence), np.ascontiguousarray(later).reshape(-1)
        places = turn(turns, step)
        for size, begin in zip(self.tables.sizes[::-1], places[::-1], strict=True):
            end = begin + self.joint_size * int(size) * self.draws
            before = np.empty_like(now)
            kernels.step_expected(int(size), self.draws, turns.table[begin:end], now, before)
            now = before
        pulled: Floats = now.reshape(self.joint_size, self.draws)
        return pulled

    def emission(self, evidence: Evidence) -> Emission:
        """Rows of scaled emission probabilities: (row of each step, scaled, log scale)."""
        rates = emission_rates(self.parameters)
        found: Emission
        found = kernels.scaled_emission(self.tables, rates, evidence.observed, self.step)
        return found


def impossible(t: Tables, evidence: Evidence, step: int) -> ImpossibleEvidenceError:
    cells = evidence.cell_indicator[evidence.cell_step == step]
    seen = {int(k) for k in cells if t.slot[k] >= 0}
    looked = {int(k) for k in t.own if evidence.detection[evidence.pattern[step], k] > 0}
    return ImpossibleEvidenceError(step, tuple(sorted(seen or looked)))


def filtered(
    propagator: Propagator, evidence: Evidence, *, start: Floats | None = None
) -> Filtered:
    """Filter: predict, condition, carry.

    ``p(z_t | y_1..t) ~ p(y_t | z_t) * sum_z p(z_t | z) p(z | y_1..t-1)``

    Parameters
    ----------
    propagator : Propagator
        The component and the draws.
    evidence : Evidence
        T steps.
    start : (S, D), optional
        Probabilities before the first step; by default those of `Propagator.start`.

    Returns
    -------
    Filtered

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step, in any of the draws.
    """
    found = passes(propagator, evidence, start=start)
    return Filtered(found.log_likelihood, found.probability[1:])


@dataclass(frozen=True, eq=False)
class Passes:
    """The forward pass over the evidence, and what everything that looks back at it needs.

    Attributes
    ----------
    propagator : Propagator
        The component and the draws.
    row, scaled, shift : (T,), (rows, S, D), (rows, D)
        Row of each step among the scaled emission probabilities, and the log they were scaled by.
    scale : (T, D)
        What the product of prediction and scaled emission summed to in each step.
    log_likelihood : (D,)
        Of the evidence, each step by what it counts for.
    probability : (T + 1, S, D)
        Filtered: before the first step, and after every step.
    evidence : Evidence
        Where what it says of moves is read from.
    """

    propagator: Propagator
    row: Ints
    scaled: Floats
    shift: Floats
    scale: Floats
    log_likelihood: Floats
    probability: Floats
    evidence: Evidence

    @property
    def step_logs(self) -> Floats:
        """Log probability of each step given the steps before it, (T, D)."""
        return np.asarray(np.log(self.scale) + self.shift[self.row])

    @property
    def steps(self) -> int:
        """Number of steps with evidence, T."""
        return len(self.row)

    @cached_property
    def hindsight(self) -> Floats:
        """How much more probable the later reports make each joint state: (T + 1, S, D).

        ``p(y_t+1..T | z_t) / p(y_t+1..T | y_1..t)``, so that smoothed is filtered times this.
        """
        p = self.propagator
        out = np.empty((self.steps + 1, p.joint_size * p.draws))
        flat = self.scaled.reshape(len(self.scaled), p.joint_size * p.draws)
        turns = p.turns(self.evidence)
        kernels.look_back(p.tables, turns, self.row, flat, self.scale, out)
        return out.reshape(self.steps + 1, p.joint_size, p.draws)


def passes(
    propagator: Propagator,
    evidence: Evidence,
    *,
    start: Floats | None = None,
    emission: Emission | None = None,
) -> Passes:
    """Run forward over the evidence and keep what looking back needs.

    Parameters
    ----------
    propagator, evidence, start
        As in `filtered`.
    emission : (row, scaled, shift), optional
        Where it was worked out before; its rows may be shared with other evidence.

    Returns
    -------
    Passes

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step, in any of the draws.
    """
    p = propagator
    width = p.joint_size * p.draws
    out = np.empty((evidence.steps + 1, width))
    out[0] = (p.start() if start is None else np.ascontiguousarray(start)).reshape(-1)
    scale = np.empty((evidence.steps, p.draws))
    stages = np.empty((1, len(p.tables.sizes) + 1, width))
    row, scaled, shift = p.emission(evidence) if emission is None else emission
    scaled = scaled.reshape(len(scaled), width)
    turns = p.turns(evidence)
    total, bad = kernels.forward(
        p.tables, turns, row, scaled, shift, out[0], stages, out[1:], scale, evidence.weights
    )
    if bad != kernels.POSSIBLE:
        raise impossible(p.tables, evidence, bad)
    shape = (-1, p.joint_size, p.draws)
    rows = scaled.reshape(shape)
    return Passes(p, row, rows, shift, scale, total, out.reshape(shape), evidence)


def hindsight(propagator: Propagator, evidence: Evidence) -> Floats:
    """Return how much more probable the later reports make each joint state.

    ``p(y_t+1..T | z_t) / p(y_t+1..T | y_1..t)``, so that smoothed is filtered times this.

    Parameters
    ----------
    propagator, evidence
        As in `filtered`.

    Returns
    -------
    (T + 1, S, D) array
        Before the first step, and after every step.

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    return passes(propagator, evidence).hindsight


def gradient(
    t: Tables, parameters: Parameters, evidence: Evidence, *, step: float
) -> tuple[Floats, Parameters]:
    """Return the log-likelihood of the evidence and its gradient.

    Parameters
    ----------
    t : Tables
        One component.
    parameters : Parameters
        D draws.
    evidence : Evidence
        T steps.
    step : float
        Step in days.

    Returns
    -------
    log_likelihood : (D,)
    gradient : Parameters
        Of each draw's log-likelihood with respect to every parameter.

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    p = parameters
    total, initial, hazard, ratio, rates, bad = kernels.log_likelihood_gradient(
        t,
        p.initial,
        p.log_hazard,
        p.log_hazard_ratio,
        emission_rates(p),
        evidence.observed,
        float(step),
    )
    if bad != kernels.POSSIBLE:
        raise impossible(t, evidence, bad)
    return total, Parameters(initial, hazard, ratio, *rates)


def node_marginals(t: Tables, probability: Floats) -> Floats:
    """Sum joint states to the states of each node.

    Parameters
    ----------
    t : Tables
        One component.
    probability : (..., S, D)
        Probabilities of joint states.

    Returns
    -------
    (..., sum(K_n), D) array
        Probability of each state of each node, node by node.

    Examples
    --------
    Two nodes with two states, one draw:

    >>> from forecast.network import Network, components, tables
    >>> network = Network(sizes=[2, 2], hazards=[], links=[])
    >>> t = tables(network, [0, 1])
    >>> node_marginals(t, np.array([[0.1], [0.2], [0.3], [0.4]])).ravel().round(1).tolist()
    [0.3, 0.7, 0.4, 0.6]
    """
    states = joint_states(t.sizes)
    indicator = np.concatenate(
        [states[:, n] == k for n in range(len(t.sizes)) for k in range(int(t.sizes[n]))]
    ).reshape(int(t.sizes.sum()), -1)
    return np.asarray(np.matmul(indicator.astype(np.float64), probability))


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


def sum_distribution(
    propagator: Propagator,
    now: Floats,
    indicator: int,
    *,
    steps: int,
    size: int,
    begun: bool = False,
) -> Floats:
    """Probability of every sum of a count over the next steps, from its characteristic function.

    ``phi_h(w) = sum_z v_h(w, z)`` with ``v_h(w, .) = G(w, .) * (v_h-1(w, .) P)`` and
    ``G(w, z) = (1 + m_z (1 - e^-iw) / r)^-r``, the negative binomial with mean m and size r; the
    inverse Fourier transform gives the sums. Its work is linear in `size`.

    Parameters
    ----------
    propagator : Propagator
        The component and the draws.
    now : (S, D)
        Probability of each joint state now.
    indicator : int
        A count of this component.
    steps : int
        Steps summed over, h.
    size : int
        Sums are told apart up to ``size - 1``. What is larger is folded back, so nearly all of the
        probability must lie below.
    begun : bool
        Whether the first step is the present one, so that the states do not move before it.

    Returns
    -------
    (size, D) array

    Examples
    --------
    A Poisson stream of mean 1 a week, over two weeks:

    >>> from forecast.network import Network, Parameters, tables
    >>> network = Network(sizes=[2], hazards=[], kinds=[COUNT], points=[(0, 0, 0, 0)])
    >>> none = np.zeros(0)
    >>> rates = Parameters(
    ...     [0.0, 1.0], none, none, [-np.log(7.0)], [0.0], [60.0], none, [0.0]
    ... )
    >>> propagator = Propagator(tables(network, [0]), rates, step=7.0)
    >>> found = sum_distribution(propagator, propagator.start(), 0, steps=2, size=64)
    >>> bool(np.allclose(found[:3, 0], np.exp(-2.0) * np.array([1.0, 2.0, 2.0])))
    True
    """
    mean = count_means(propagator.tables, propagator.parameters, indicator, step=propagator.step)
    r = _sizes(propagator, indicator, mean)
    turns = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    total = np.empty((len(turns), propagator.draws), np.complex128)
    for number, angle in enumerate(turns):
        generating = np.exp(-r * np.log1p(mean * (1.0 - angle) / r))
        mass = now.astype(np.complex128)
        for step in range(steps):
            if step or not begun:
                mass = propagator.move(mass.real) + 1j * propagator.move(mass.imag)
            mass = mass * generating
        total[number] = mass.sum(axis=0)
    return np.asarray(np.fft.irfft(total, n=size, axis=0).clip(0.0))


def sums_from(propagator: Propagator, indicator: int, *, steps: int, most: int) -> Floats:
    """Probability of every small sum of a count over the next steps, from each joint state now.

    With ``g_k(z)`` the probability of a count k and ``v_h,k`` that of a sum k over h steps,
    ``v_h,k = P sum_j g_j * v_h-1,k-j``: exact for every sum told, whatever is larger. One table
    serves every origin.

    Parameters
    ----------
    propagator, indicator, steps
        As in `sum_distribution`.
    most : int
        Largest sum that is told.

    Returns
    -------
    (most + 1, S, D) array
    """
    from scipy.special import gammaln

    mean = count_means(propagator.tables, propagator.parameters, indicator, step=propagator.step)
    r = _sizes(propagator, indicator, mean)
    y = np.arange(most + 1.0)[:, None, None]
    chance = np.exp(
        gammaln(y + r) - gammaln(r) - gammaln(y + 1.0)
        - r * np.log1p(mean / r) + y * (np.log(mean) - np.log(r + mean))
    )  # fmt: skip
    later = np.zeros_like(chance)
    later[0] = 1.0
    for _ in range(steps):
        now = np.empty_like(later)
        for k in range(most + 1):
            now[k] = propagator.pull((chance[: k + 1] * later[k::-1]).sum(axis=0))
        later = now
    return np.asarray(later)


def sum_below(
    propagator: Propagator,
    now: Floats,
    indicator: int,
    *,
    steps: int,
    edge: float,
    unit: float | None,
    courses: int,
    seed: int,
) -> Floats:
    """Probability that the next values sum to at most some number.

    Courses of all steps but the last are drawn, and the last is worked out: exact over one step,
    and steadier than counting over several.

    Parameters
    ----------
    propagator, now, indicator, steps, courses, seed
        As in `simulate_values`.
    edge : float
        In the units of the series.
    unit : float or None
        Of the asinh scale the values are read on, if they are.

    Returns
    -------
    (D,) array
    """
    from scipy.special import stdtr

    rng = np.random.default_rng(seed)
    level, spread, freedom = _student(propagator, indicator)
    read, written = (_plain, _plain) if unit is None else (
        lambda x: np.arcsinh(x / unit), lambda x: unit * np.sinh(x))  # fmt: skip
    if steps == 1:
        below = stdtr(freedom, (read(np.asarray(edge)) - level) / spread)
        return np.asarray((propagator.move(now) * below).sum(axis=0))
    draws, total = np.arange(propagator.draws), np.zeros((courses, propagator.draws))
    for step, state in enumerate(_walk(propagator, now, steps, courses, rng)):
        around = level[state, draws]
        if step == steps - 1:
            return np.asarray(stdtr(freedom, (read(edge - total) - around) / spread).mean(axis=0))
        total += written(around + spread * rng.standard_t(freedom, state.shape))
    raise AssertionError("there is a last step")


def _plain(x: Floats) -> Floats:
    return x


def _sizes(propagator: Propagator, indicator: int, mean: Floats) -> Floats:
    """Size of the negative binomial in each joint state: (S, D), or (1, D) where all are one."""
    log_size = propagator.parameters.log_dispersion[indicator][None]
    power = propagator.tables.power[propagator.tables.slot[indicator]]
    if power:
        log_size = log_size + power * np.log(mean)
    return np.asarray(np.exp(np.minimum(log_size, 25.0)))


def count_means(t: Tables, p: Parameters, indicator: int, *, step: float) -> Floats:
    """Mean of a count in a step in each joint state, (S, D)."""
    k = _own(t, indicator, COUNT)
    return np.asarray(np.exp(log_case_rates(t, emission_rates(p))[t.case[k]]) * step)


def simulate_values(
    propagator: Propagator,
    now: Floats,
    indicator: int,
    *,
    steps: int,
    courses: int,
    seed: int,
    begun: bool = False,
) -> Floats:
    """Draw the future of a value.

    Parameters
    ----------
    propagator, now
        As in `sum_distribution`.
    indicator : int
        A value of this component.
    steps : int
        Steps ahead, h.
    courses : int
        For each draw of the rates, M.
    seed : int
        The same seed gives the same courses.
    begun : bool
        As in `sum_distribution`.

    Returns
    -------
    (steps, M, D) array
        On the scale of the indicator's spread.
    """
    rng = np.random.default_rng(seed)
    level, spread, freedom = _student(propagator, indicator)
    draws = np.arange(propagator.draws)
    out = np.empty((steps, courses, propagator.draws))
    for step, state in enumerate(_walk(propagator, now, steps, courses, rng, begun=begun)):
        out[step] = level[state, draws] + spread * rng.standard_t(freedom, state.shape)
    return out


def _walk(
    propagator: Propagator,
    now: Floats,
    steps: int,
    courses: int,
    rng: np.random.Generator,
    *,
    begun: bool = False,
) -> Iterator[Ints]:
    """Draw the joint states after each step, (M, D); between two of them others may draw too."""
    draws = np.arange(propagator.draws)
    factors = [factor.cumsum(axis=1) for factor in propagator.factors()]
    state = _choose(now.cumsum(axis=0)[:, None, :], rng.random((courses, propagator.draws)))
    for step in range(steps):
        for factor in factors if step or not begun else ():
            rest = factor.shape[2]
            origin, others = np.divmod(state, rest)
            ladder = np.moveaxis(factor[origin, :, others, draws], -1, 0)
            chosen = _choose(ladder, rng.random(state.shape))
            state = others * factor.shape[0] + chosen
        yield state


def _choose(ladder: Floats, uniform: Floats) -> Ints:
    """Pick the first rung at or above a uniform number: (K, M, D) and (M, D) to (M, D)."""
    return np.minimum((ladder < uniform).sum(axis=0), len(ladder) - 1)


def _student(propagator: Propagator, indicator: int) -> tuple[Floats, Floats, float]:
    """Level in each joint state (S, D), spread (D,), degrees of freedom."""
    t, p = propagator.tables, propagator.parameters
    k = _own(t, indicator, VALUE)
    level = log_case_rates(t, emission_rates(p))[t.case[k]]
    return level, np.exp(p.log_spread[indicator]), float(t.degrees_of_freedom[k])


def _own(t: Tables, indicator: int, kind: int) -> int:
    k = int(t.slot[indicator])
    if k < 0 or t.kinds[k] != kind:
        raise ValueError(f"indicator {indicator} is not such a stream of this component")
    return k
