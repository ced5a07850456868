"""Forecasting: where the nodes will stand, and by when they will first get there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecast.network import kernels
from forecast.network.filtering import Passes, Propagator
from forecast.network.structure import Floats, Tables, joint_states

__all__ = ["first_passage", "forecast", "target_states"]


def target_states(t: Tables, wanted: dict[int, set[int]]) -> npt.NDArray[np.bool_]:
    """Mark the joint states in which every named node is in one of its wanted states.

    Parameters
    ----------
    t : Tables
        One component.
    wanted : dict
        States wanted of each node, by its position in the component.

    Returns
    -------
    (S,) array of bool
    """
    states = joint_states(t.sizes)
    out = np.ones(len(states), dtype=bool)
    for node, allowed in wanted.items():
        out &= np.isin(states[:, node], sorted(allowed))
    return out


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


def first_passage(
    known: Passes,
    *,
    wanted: dict[int, set[int]],
    opens: int,
    steps: int,
    in_hindsight: bool = False,
) -> Floats:
    """Probability that the wanted states have been reached since a question opened.

    The wanted states are made absorbing (their exits are switched off), and the mass that has not
    yet arrived is carried beside the whole; both are conditioned on the evidence.
    ``P(reached by t | y) = 1 - P(not yet reached, y) / P(y)``.

    Parameters
    ----------
    known : Passes
        Over T steps of evidence, which may be shorter or longer than the question's life.
    wanted : dict
        States wanted of each node, by its position in the component; all at once if several.
    opens : int
        The question opens at the end of this step (0: before the first).
    steps : int
        Length of the curve, counted from the opening.
    in_hindsight : bool
        Whether all the evidence is used at every step, or only what came by then.

    Returns
    -------
    (steps + 1, D) array
        At the opening and after every step since. In hindsight, and beyond the evidence, it never
        decreases; else new evidence about the past may lower it.
    """
    t = known.propagator.tables
    target = target_states(t, wanted)
    absorbing = np.zeros((len(t.sizes), int(t.sizes.max())), dtype=np.int64)
    if len(wanted) == 1:
        ((node, allowed),) = wanted.items()
        absorbing[node, sorted(allowed)] = 1
    whole = known.propagator
    stopped = Propagator(t, whole.parameters, step=whole.step, absorbing=absorbing)
    begin = known.probability[min(opens, known.steps)]
    if opens > known.steps:
        begin = forecast(whole, begin, steps=opens - known.steps)[-1]
    stages = np.empty((len(t.sizes) + 1, begin.size))
    stages[0] = begin.reshape(-1)
    later = known.hindsight if in_hindsight else begin[None][:0]
    waiting = np.empty((steps + 1, whole.draws))
    kernels.wait(
        t,
        stopped.turns(known.evidence),
        target,
        known.row,
        known.scaled.reshape(len(known.scaled), begin.size),
        known.scale,
        later.reshape(len(later), begin.size),
        opens,
        stages,
        waiting,
    )
    return np.clip(1.0 - waiting, 0.0, 1.0)
