"""Forecasting: where the nodes will stand, and by when they will first get there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecast.network.evidence import Evidence
from forecast.network.filtering import Propagator, filtered, hindsight, impossible
from forecast.network.structure import Floats, Parameters, Tables, joint_states

__all__ = ["first_passage", "forecast", "occupancy", "target_states", "unreported"]


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
    out = np.empty((steps, *start.shape))
    now = start
    for ahead in range(steps):
        now = propagator.move(now)
        out[ahead] = now
    return out


def first_passage(
    t: Tables,
    parameters: Parameters,
    evidence: Evidence,
    *,
    step: float,
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
    t : Tables
        One component.
    parameters : Parameters
        D draws.
    evidence : Evidence
        T steps; may be shorter or longer than the question's life.
    step : float
        Step in days.
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
    target = target_states(t, wanted)
    whole = Propagator(t, parameters, step=step)
    absorbing = np.zeros((len(t.sizes), int(t.sizes.max())), dtype=np.int64)
    if len(wanted) == 1:
        ((node, allowed),) = wanted.items()
        absorbing[node, sorted(allowed)] = 1
    stopped = Propagator(t, parameters, step=step, absorbing=absorbing)
    row, scaled, _ = whole.emission(evidence)
    later = hindsight(whole, evidence) if in_hindsight else np.ones((1, 1, 1))
    known = len(later) - 1
    now = whole.start()
    for ahead in range(opens):
        now = _condition(whole.move(now), row, scaled, ahead)[0]
        _check(whole, evidence, now, ahead)
    waiting = np.where(target[:, None], 0.0, now)
    curve = [1.0 - (waiting * later[min(opens, known)]).sum(axis=0)]
    for ahead in range(opens, opens + steps):
        moved = np.where(target[:, None], 0.0, stopped.move(waiting))
        now, waiting = _condition(whole.move(now), row, scaled, ahead, moved)
        _check(whole, evidence, now, ahead)
        curve.append(1.0 - (waiting * later[min(ahead + 1, known)]).sum(axis=0))
    out: Floats = np.clip(np.array(curve), 0.0, 1.0)
    return out


def occupancy(
    t: Tables,
    parameters: Parameters,
    evidence: Evidence,
    *,
    step: float,
    wanted: dict[int, set[int]],
    steps: int,
) -> Floats:
    """Probability of the wanted states at every step, given all the evidence.

    Parameters
    ----------
    t, parameters, evidence, step, wanted
        As in `first_passage`.
    steps : int
        Length of the curve, counted from the start.

    Returns
    -------
    (steps + 1, D) array
        Smoothed where there is evidence, forecast beyond it.
    """
    whole = Propagator(t, parameters, step=step)
    past = np.concatenate([whole.start()[None], filtered(whole, evidence).probability])
    ahead: Floats = forecast(whole, past[-1], steps=max(0, steps - evidence.steps))
    joint = np.concatenate([past * hindsight(whole, evidence), ahead])
    return np.asarray(joint[: steps + 1, target_states(t, wanted)].sum(axis=1))


def unreported(
    t: Tables,
    parameters: Parameters,
    evidence: Evidence,
    *,
    step: float,
    indicator: int,
    detection: Floats,
) -> Floats:
    """Probability that an indicator stays unreported from now on.

    ``E[prod_t (1 - d_t a(z_t)) | y]``: as if the steps to come had been looked at in vain.

    Parameters
    ----------
    t, parameters, evidence, step
        As in `first_passage`.
    indicator : int
        A presence indicator of this component.
    detection : (H + 1,) array
        Probability that it is noticed in what is left of the present step, and in each of the H
        steps to come.

    Returns
    -------
    (H + 1, D) array
        At the end of the present step and of every step to come; never increases.
    """
    whole = Propagator(t, parameters, step=step)
    now = filtered(whole, evidence).probability[-1] if evidence.steps else whole.start()
    chances, row = np.unique(detection, return_inverse=True)
    looked = np.zeros((len(chances), evidence.detection.shape[1]))
    looked[:, indicator] = chances
    none, nowhere = np.zeros(0), np.zeros(0, np.int64)
    silence = Evidence(row.reshape(-1), looked, nowhere, nowhere, none, none)
    _, scaled, shift = whole.emission(silence)
    weight = scaled.reshape(len(chances), *now.shape) * np.exp(shift)[:, None, :]
    out = np.empty((len(detection), whole.draws))
    for ahead in range(len(detection)):
        now = (whole.move(now) if ahead else now) * weight[row.reshape(-1)[ahead]]
        out[ahead] = now.sum(axis=0)
    return out


def _condition(
    now: Floats,
    row: npt.NDArray[np.int64],
    scaled: Floats,
    ahead: int,
    waiting: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Weigh the whole, and the part that waits, by the evidence of a step if there is any."""
    part = now if waiting is None else waiting
    if ahead >= len(row):
        return now, part
    weight = scaled[row[ahead]].reshape(now.shape)
    total = (now * weight).sum(axis=0)
    possible = np.where(total > 0.0, total, np.inf)  # impossible draws become zeros: see _check
    return now * weight / possible, part * weight / possible


def _check(whole: Propagator, evidence: Evidence, now: Floats, ahead: int) -> None:
    """Refuse evidence that leaves no state possible in some draw."""
    if not now.any(axis=0).all():
        raise impossible(whole.tables, evidence, ahead)
