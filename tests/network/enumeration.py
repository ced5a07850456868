"""Every path of the joint state, one by one: slow, and obviously right.

Nothing here is shared with `forecast.network` but the documented meaning of its inputs. The
probability of a step is written out as a product over nodes: a node moves by the exponential of
its own generator while the nodes before it are already in their new state and those after it
still in their old one. Exponentials and densities are SciPy's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain, combinations, product
from typing import Any

import numpy as np
import scipy.linalg
import scipy.stats

from forecast.network import COUNT, MARK, PRESENCE, Evidence, Network, Parameters

State = tuple[int, ...]


def all_states(network: Network) -> list[State]:
    """The joint states, the last node changing fastest."""
    return list(product(*(range(size) for size in network.sizes)))


#: What a step says of the marked moves: by hazard, likelihood if it is not made, and if it is.
Said = dict[int, tuple[float, float]]


def said_of(network: Network, evidence: Evidence, step: int) -> Said:
    """Work out what one step says of every marked move."""
    out: Said = {}
    for k, hazard in network.marks.tolist():
        cell = np.flatnonzero((evidence.cell_step == step) & (evidence.cell_indicator == k))
        unmade, made = 1.0, 1.0 - evidence.detection[evidence.pattern[step], k]
        if cell.size:
            c = evidence.cell_value[cell[0]]
            unmade, made = (1.0 - c) * network.average[k], c + (1.0 - c) * network.average[k]
        before = out.get(hazard, (1.0, 1.0))
        out[hazard] = before[0] * unmade, before[1] * made
    return out


def marked_exponential(generators: Any, said: Said, dt: float) -> Any:
    """Weigh a step by what is said of moves, each made at least once or not, by inclusion.

    `generators` gives the generator with the moves of some hazards cut: mass that makes one is
    lost, so that the exponential holds the paths that make none of them.
    """
    out = 0.0
    every = chain.from_iterable(combinations(said, n) for n in range(len(said) + 1))
    for cut in every:
        weight = 1.0
        for hazard, (unmade, made) in said.items():
            weight *= unmade - made if hazard in cut else made
        out = out + weight * scipy.linalg.expm(generators(cut) * dt)
    return out


def generator(
    network: Network,
    p: Parameters,
    node: int,
    around: State,
    stopped: frozenset[int] = frozenset(),
    cut: tuple[int, ...] = (),
) -> Any:
    """Generator of one node while the other nodes are as in `around`."""
    size = network.sizes[node]
    q = np.zeros((size, size))
    for h, (owner, origin, target) in enumerate(network.hazards):
        if owner == node and origin not in stopped:
            log_rate = p.log_hazard[h, 0]
            for hazard, coupling, parent, state in network.links:
                if hazard == h and around[parent] == state:
                    log_rate += p.log_hazard_ratio[coupling, 0]
            q[origin, target] += 0.0 if h in cut else np.exp(log_rate)
            q[origin, origin] -= np.exp(log_rate)
    return q


def step_matrix(
    network: Network,
    p: Parameters,
    dt: float,
    stopped: dict[int, frozenset[int]] | None = None,
    said: Said | None = None,
) -> Any:
    """Probability of every joint state after a step from every joint state before it."""
    states = all_states(network)
    held = stopped or {}
    known: dict[tuple[int, State], Any] = {}
    out = np.ones((len(states), len(states)))
    for a, old in enumerate(states):
        for b, new in enumerate(states):
            for n in range(len(network.sizes)):
                around = (*new[:n], 0, *old[n + 1 :])
                if (n, around) not in known:
                    own = {h: x for h, x in (said or {}).items() if network.hazards[h, 0] == n}
                    cuts = partial(generator, network, p, n, around, held.get(n, frozenset()))
                    known[n, around] = marked_exponential(cuts, own, dt)
                out[a, b] *= known[n, around][old[n], new[n]]
    return out


def rate(network: Network, p: Parameters, indicator: int, state: State) -> float:
    """Occurrences per day of an indicator in a joint state."""
    log_rate = p.log_rate[indicator, 0]
    for k, node, at, ratio in network.points:
        if k == indicator and state[node] == at:
            log_rate -= p.rarity[ratio, 0]
    return float(np.exp(log_rate))


def or_announced(evidence: Evidence, step: int, k: int, a: Any) -> Any:
    """Probability of an occurrence by the states, in the share of the step left, or announced."""
    if evidence.foreseen is None:
        return a
    share, hazard = (
        each[step, k] for each in (evidence.foreseen.possible, evidence.foreseen.hazard)
    )
    return 1.0 - (1.0 - share * a) * (1.0 - hazard)


def likelihood(
    network: Network,
    p: Parameters,
    evidence: Evidence,
    k: int,
    state: State,
    *,
    step: int,
    dt: float,
) -> float:
    """What one step says of one indicator, in one joint state."""
    cell = np.flatnonzero((evidence.cell_step == step) & (evidence.cell_indicator == k))
    if network.kinds[k] == MARK:
        return 1.0
    if network.kinds[k] == PRESENCE:
        a = or_announced(evidence, step, k, 1.0 - np.exp(-rate(network, p, k, state) * dt))
        if cell.size:
            c = evidence.cell_value[cell[0]]
            return float(c * a + (1.0 - c) * network.average[k])
        return float(1.0 - evidence.detection[evidence.pattern[step], k] * a)
    if not cell.size:
        return 1.0
    value = evidence.cell_value[cell[0]]
    if network.kinds[k] == COUNT:
        mean = rate(network, p, k, state) * dt * evidence.cell_exposure[cell[0]]
        size = np.exp(p.log_dispersion[k, 0])
        return float(scipy.stats.nbinom.pmf(value, size, size / (size + mean)))
    (level,) = [v for i, node, at, v in network.levels if i == k and state[node] == at]
    freedom, spread = network.degrees_of_freedom[k], np.exp(p.log_spread[k, 0])
    return float(scipy.stats.t.pdf(value, freedom, loc=p.level[level, 0], scale=spread))


def emission_matrix(network: Network, p: Parameters, evidence: Evidence, dt: float) -> Any:
    """Likelihood of each step in each joint state, all indicators together."""
    return np.array(
        [
            [
                np.prod(
                    [
                        likelihood(network, p, evidence, k, state, step=step, dt=dt)
                        for k in range(len(network.kinds))
                    ]
                )
                for state in all_states(network)
            ]
            for step in range(evidence.steps)
        ]
    ).reshape(evidence.steps, network.joint_size)


def initial_vector(network: Network, p: Parameters) -> Any:
    """Probability of each joint state before the first step."""
    first = np.concatenate([[0], np.cumsum(network.sizes)])
    return np.array(
        [
            np.prod([p.initial[first[n] + at, 0] for n, at in enumerate(state)])
            for state in all_states(network)
        ]
    )


@dataclass(frozen=True)
class Paths:
    """All paths z_0 .. z_length with the joint probability of path and evidence."""

    path: Any  # (paths, length + 1)
    weight: Any  # (paths,)
    joint_size: int

    @property
    def total(self) -> float:
        """Probability of the evidence."""
        return float(self.weight.sum())

    def marginal(self, time: int) -> Any:
        """Probability of each joint state at a time, given the evidence."""
        weight = np.bincount(self.path[:, time], self.weight, self.joint_size)
        return weight / weight.sum()


@lru_cache(maxsize=4)
def every_path(size: int, length: int) -> Any:
    """List every path of joint states, one a row; the last step changes first."""
    return np.ascontiguousarray(np.indices((size,) * (length + 1)).reshape(length + 1, -1).T)


class Enumeration:
    """Paths of one network under one draw of the rates and some evidence."""

    def __init__(self, network: Network, p: Parameters, evidence: Evidence, dt: float) -> None:
        self.network, self.p, self.dt = network, p, dt
        self.evidence = evidence
        self.free = self.matrices()
        self.seen = emission_matrix(network, p, evidence, dt)
        self.start = initial_vector(network, p)

    def matrices(self, stopped: dict[int, frozenset[int]] | None = None) -> list[Any]:
        """One for each step of the evidence, and last that of every step beyond."""
        known = self.evidence.steps if len(self.network.marks) else 0
        said = [said_of(self.network, self.evidence, step) for step in range(known)]
        return [step_matrix(self.network, self.p, self.dt, stopped, each) for each in (*said, None)]

    def _weigh(self, length: int, late: Any, opens: int, until: int) -> Paths:
        size = self.network.joint_size
        listed = every_path(size, length)
        weight = self.start[listed[:, 0]]
        for time in range(1, length + 1):
            matrices = late if opens < time <= until else self.free
            matrix = matrices[min(time, len(matrices)) - 1]
            weight = weight * matrix[listed[:, time - 1], listed[:, time]]
            if time <= len(self.seen):
                weight = weight * self.seen[time - 1, listed[:, time]]
        return Paths(listed, weight, size)

    def paths(self, length: int) -> Paths:
        """Weigh every path of a length by the evidence up to its end."""
        return self._weigh(length, self.free, length, length)

    def not_reached(
        self, lengths: range, wanted: dict[int, set[int]], opens: int, *, known: int = 0
    ) -> list[float]:
        """Weigh the paths that have not been in the wanted states from `opens` to each length.

        Evidence counts to the length, or to the step `known` if that is later.

        A single wanted node stops inside the step in which it arrives; several are looked at
        on the grid.
        """
        late = self.free
        if len(wanted) == 1:
            held = {n: frozenset(states) for n, states in wanted.items()}
            late = self.matrices(held)
        every = all_states(self.network)
        arrived = np.array([all(z[n] in s for n, s in wanted.items()) for z in every])
        out = []
        for length in lengths:
            listed = self._weigh(max(length, known), late, opens, length)
            never = ~arrived[listed.path[:, opens : length + 1]].any(axis=1)
            out.append(float(listed.weight[never].sum()))
        return out


def assert_smoothed(case: Any, *, rtol: float) -> None:
    """Hold the smoother of a case to the sum over all paths, at every step of every draw."""
    result = case.smoothed()
    for d in range(case.parameters.draws):
        every = Enumeration(case.network, case.draw(d), case.evidence, case.step)
        listed = every.paths(case.evidence.steps)
        for step in range(case.evidence.steps):
            np.testing.assert_allclose(
                result[step, :, d], listed.marginal(step + 1), rtol=rtol, atol=1e-12
            )
