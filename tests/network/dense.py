"""The S x S matrices that the engine never builds, from `scipy.linalg.expm`."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

import numpy as np

from forecast.network import Network, Parameters, Propagator
from tests.network.enumeration import Said, marked_exponential


def node_generator(
    network: Network, p: Parameters, node: int, draw: int = 0, cut: tuple[int, ...] = ()
) -> Any:
    """Generator over joint states when only one node moves.

    Keeps complex rates, so that a derivative can be taken by a complex step.
    """
    states = list(product(*(range(size) for size in network.sizes)))
    number = {state: z for z, state in enumerate(states)}
    q = np.zeros((len(states), len(states)), dtype=p.log_hazard.dtype)
    for h, (owner, origin, target) in enumerate(network.hazards):
        for z, state in enumerate(states):
            if owner != node or state[node] != origin:
                continue
            log_rate = p.log_hazard[h, draw] + sum(
                p.log_hazard_ratio[coupling, draw]
                for hazard, coupling, parent, at in network.links
                if hazard == h and state[parent] == at
            )
            arrival = number[(*state[:node], int(target), *state[node + 1 :])]
            q[z, arrival] += 0.0 if h in cut else np.exp(log_rate)
            q[z, z] -= np.exp(log_rate)
    return q


def joint_generator(network: Network, p: Parameters, draw: int = 0) -> Any:
    """Generator of the continuous-time Bayesian network: no two nodes move at once."""
    return sum(node_generator(network, p, n, draw) for n in range(len(network.sizes)))


def split_matrix(
    network: Network, p: Parameters, dt: float, draw: int = 0, said: Said | None = None
) -> Any:
    """Product over the nodes, in the order of the file, of their exponentials.

    Weighed, if asked, by what a step says of marked moves.
    """
    out = np.eye(network.joint_size)
    for n in range(len(network.sizes)):
        own = {h: x for h, x in (said or {}).items() if network.hazards[h, 0] == n}
        out = out @ marked_exponential(partial(node_generator, network, p, n, draw), own, dt)
    return out


def moved_matrix(propagator: Propagator) -> Any:
    """The engine's transition matrices (D, S, S), one basis vector at a time."""
    size, draws = propagator.joint_size, propagator.draws
    basis = np.eye(size)
    rows = [propagator.move(np.tile(basis[z][:, None], (1, draws))) for z in range(size)]
    return np.stack(rows).transpose(2, 0, 1)
