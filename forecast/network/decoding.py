"""Decoding: the single most probable course of the nodes, given everything that was reported.

The algorithm of Viterbi (1967). A step moves one node after the other, so the best course to a
joint state is found node by node as well: between the nodes of a step, a joint state says which
nodes have moved already, and the maximum over the whole step is the maximum over each in turn.
"""

from __future__ import annotations

import numpy as np

from forecast.network.evidence import Evidence
from forecast.network.filtering import Propagator, impossible
from forecast.network.structure import Floats, Ints

__all__ = ["most_probable_path"]


def most_probable_path(propagator: Propagator, evidence: Evidence) -> tuple[Ints, Floats]:
    """Find the joint states with the largest joint probability, one for each step.

    ``argmax p(z_1..T, y_1..T)``. Smoothed probabilities answer another question: the most probable
    state of each step, taken alone.

    Parameters
    ----------
    propagator : Propagator
        The component and the draws.
    evidence : Evidence
        T steps.

    Returns
    -------
    path : (T, D) array of int
        Joint state at the end of each step, numbered row-major.
    log_probability : (D,)
        ``log p(path, y)``.

    Raises
    ------
    ImpossibleEvidenceError
        If no course can produce the evidence.

    Examples
    --------
    A node that never moves and starts in state 1 was there all along:

    >>> import numpy as np
    >>> from forecast.network import Network, Parameters, tables
    >>> network = Network(sizes=[2], hazards=[(0, 0, 1)])
    >>> none = np.zeros(0)
    >>> rates = Parameters([0.0, 1.0], [-9.0], none, none, none, none, none, none)
    >>> still = Propagator(tables(network, [0]), rates, step=7.0)
    >>> path, log_probability = most_probable_path(still, Evidence.empty(steps=3, indicators=0))
    >>> path.ravel().tolist(), log_probability.tolist()
    ([1, 1, 1], [0.0])
    """
    p = propagator
    row, scaled, shift = p.emission(evidence)
    with np.errstate(divide="ignore"):
        factors = [np.log(factor) for factor in p.factors()]
        best = np.log(p.move(p.start()))
        weight = np.log(scaled).reshape(len(scaled), p.joint_size, p.draws) + shift[:, None, :]
    came = np.zeros((evidence.steps, p.joint_size, p.draws), dtype=np.int64)
    for step in range(evidence.steps):
        if step:  # where the nodes stood before the first step is summed out
            best, came[step] = _move(factors, best)
        best = best + weight[row[step]]
        if not (best > -np.inf).any(axis=0).all():
            raise impossible(p.tables, evidence, step)
    return _trace(came, best), np.asarray(best.max(axis=0))


def _move(factors: list[Floats], best: Floats) -> tuple[Floats, Ints]:
    """Carry the best log probabilities through one step, with where each came from.

    Each node is the leading axis when it moves and leaves as the last, as in the transition.
    """
    came = np.broadcast_to(np.arange(len(best))[:, None], best.shape)
    for factor in factors:
        size, _, rest, draws = factor.shape
        held = best.reshape(size, rest, draws)
        origin = came.reshape(size, rest, draws)
        reached = held[:, None] + factor
        choice = reached.argmax(axis=0)
        best = np.take_along_axis(reached, choice[None], axis=0)[0]
        came = np.take_along_axis(origin, choice, axis=0)
        best = best.transpose(1, 0, 2).reshape(-1, draws)
        came = came.transpose(1, 0, 2).reshape(-1, draws)
    return best, came


def _trace(came: Ints, best: Floats) -> Ints:
    """Follow the choices back from the best end."""
    path = np.empty((len(came), best.shape[1]), dtype=np.int64)
    draws = np.arange(best.shape[1])
    now = np.asarray(best.argmax(axis=0), dtype=np.int64)
    for step in range(len(came) - 1, -1, -1):
        path[step] = now
        now = came[step, now, draws]
    return path
