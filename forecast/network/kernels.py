"""The compiled forward and backward passes that everything else is made of.

Probabilities are scaled to sum to one in every step (Rabiner 1989), so that a long series neither
underflows nor overflows; the log-likelihood is the sum of the logs of the scales.
"""

from __future__ import annotations

import numpy as np

from forecast.network.compiled import compiled
from forecast.network.emission import Rates, emission_gradient, emission_rows, log_case_rates
from forecast.network.evidence import Observed
from forecast.network.marks import (
    Turns,
    made_tables,
    mark_rows,
    marked_gradient,
    marked_turns,
    turn,
)
from forecast.network.structure import Floats, Ints, Tables
from forecast.network.transition import (
    step_back,
    step_expected,
    step_forward,
    transition_gradient,
    transition_tables,
)

__all__ = [
    "POSSIBLE",
    "backward",
    "carry",
    "forward",
    "initial_joint",
    "log_likelihood_gradient",
    "look_back",
    "move",
    "scaled_emission",
    "scaled_rows",
    "step_expected",
    "turns_of",
]

POSSIBLE = -1


@compiled
def initial_joint(t: Tables, initial: Floats) -> Floats:
    """Multiply the initial probabilities of the nodes: (S * D,), draws innermost."""
    draws = initial.shape[1]
    joint = t.config.shape[1]
    out = np.ones(joint * draws)
    for z in range(joint):
        for n in range(len(t.sizes)):
            state = (z // t.strides[n]) % t.sizes[n]
            for d in range(draws):
                out[z * draws + d] *= initial[t.initial[n] + state, d]
    return out


@compiled
def move(t: Tables, turns: Turns, step: int, draws: int, stages: Floats) -> None:
    """Carry probabilities through one step: from ``stages[0]`` to ``stages[N]``, node by node.

    In ``stages[n]`` node n is the leading axis; in the first and the last, joint states are
    in their own order.
    """
    joint, place = t.config.shape[1], turn(turns, step)
    for n in range(len(t.sizes)):
        part = turns.table[place[n] : place[n] + joint * t.sizes[n] * draws]
        step_forward(t.sizes[n], draws, part, stages[n], stages[n + 1])


@compiled
def turns_of(t: Tables, plain: Floats, made: Floats, seen: Observed, draws: int) -> Turns:
    """Lay out the transition tables of every step of the evidence; see `marked_turns`."""
    row, factor = mark_rows(t, seen)
    return marked_turns(t, plain, made, row, factor, draws)


@compiled
def scaled_rows(logp: Floats, draws: int) -> tuple[Floats, Floats]:
    """Exponentiate rows of log-likelihoods, each divided by its largest.

    Returns
    -------
    scaled : (rows, S * D)
    shift : (rows, D)
        The log that was taken out; minus infinity where no state is possible.
    """
    rows, width = logp.shape
    joint = width // draws
    shift = np.full((rows, draws), -np.inf)
    scaled = np.zeros((rows, width))
    for r in range(rows):
        each, out, largest = (
            logp[r].reshape(joint, draws),
            scaled[r].reshape(joint, draws),
            shift[r],
        )
        for z in range(joint):
            for d in range(draws):
                largest[d] = max(largest[d], each[z, d])
        for z in range(joint):
            for d in range(draws):
                if largest[d] > -np.inf:
                    out[z, d] = np.exp(each[z, d] - largest[d])
    return scaled, shift


@compiled
def scaled_emission(
    t: Tables, rates: Rates, seen: Observed, dt: float
) -> tuple[Ints, Floats, Floats]:
    """Work out `emission_rows` and scale them: (row of each step, scaled, shift)."""
    log_case = log_case_rates(t, rates)
    row, logp = emission_rows(t, rates, log_case, seen, dt)
    scaled, shift = scaled_rows(logp, log_case.shape[1])
    return row, scaled, shift


@compiled
def _sum_states(values: Floats, out: Floats) -> None:
    """Sum (S * D,) over the joint states, into (D,)."""
    draws = len(out)
    out[:] = 0.0
    if draws == 1:
        for z in range(len(values)):
            out[0] += values[z]
    else:
        for z in range(len(values) // draws):
            part = values[z * draws : (z + 1) * draws]
            for d in range(draws):
                out[d] += part[d]


@compiled
def _scale_states(values: Floats, by: Floats) -> None:
    """Multiply (S * D,) by a factor of each draw, (D,)."""
    draws = len(by)
    if draws == 1:
        for z in range(len(values)):
            values[z] *= by[0]
    else:
        for z in range(len(values) // draws):
            part = values[z * draws : (z + 1) * draws]
            for d in range(draws):
                part[d] *= by[d]


@compiled
def forward(
    t: Tables,
    turns: Turns,
    row: Ints,
    scaled: Floats,
    shift: Floats,
    start: Floats,
    stages: Floats,
    filtered: Floats,
    scale: Floats,
    counts: Floats,
) -> tuple[Floats, int]:
    """Filter: predict, condition, carry.

    Parameters
    ----------
    t : Tables
        One component.
    turns : Turns
        Transition tables of every step.
    row, scaled, shift
        From `emission_rows` and `scaled_rows`.
    start : (S * D,)
        Probabilities before the first step.
    stages : (T or 1, N + 1, S * D)
        Work space; kept for every step if there is room, for the backward pass.
    filtered : (T, S * D)
        Overwritten with the filtered probabilities.
    scale : (T, D)
        Overwritten with the scale of each step.
    counts : (T,)
        What the log-likelihood of each step counts for in the sum.

    Returns
    -------
    log_likelihood : (D,)
    bad_step : int
        First step in which no state is possible in some draw, or `POSSIBLE`.
    """
    steps, draws = scale.shape
    total, inverse = np.zeros(draws), np.empty(draws)
    for step in range(steps):
        work = stages[step % len(stages)]
        work[0] = start if step == 0 else filtered[step - 1]
        move(t, turns, step, draws, work)
        predicted, emission = work[len(t.sizes)], scaled[row[step]]
        now, size = filtered[step], scale[step]
        for index in range(len(now)):
            now[index] = predicted[index] * emission[index]
        _sum_states(now, size)
        for d in range(draws):
            if not size[d] > 0.0:
                return np.full(draws, -np.inf), step
            total[d] += counts[step] * (np.log(size[d]) + shift[row[step], d])
            inverse[d] = 1.0 / size[d]
        _scale_states(now, inverse)
    return total, POSSIBLE


@compiled
def carry(t: Tables, turns: Turns, draws: int, start: Floats, out: Floats) -> None:
    """Carry probabilities ahead without evidence: ``out[h]`` is after h + 1 steps, (H, S * D)."""
    stages = np.empty((len(t.sizes) + 1, len(start)))
    stages[0] = start
    for ahead in range(len(out)):
        move(t, turns, -1, draws, stages)
        out[ahead] = stages[len(t.sizes)]
        stages[0] = out[ahead]


@compiled
def look_back(
    t: Tables, turns: Turns, row: Ints, scaled: Floats, scale: Floats, hindsight: Floats
) -> None:
    """Work out what the later steps say of each joint state: smoothed is filtered times this.

    Parameters
    ----------
    t, turns, row, scaled, scale
        As in `forward`, after it.
    hindsight : (T + 1, S * D)
        Overwritten: before the first step, and after every step.
    """
    steps, draws = scale.shape
    joint = t.config.shape[1]
    later, now = np.empty(joint * draws), np.empty(joint * draws)
    hindsight[steps] = 1.0
    for step in range(steps - 1, -1, -1):
        size = scale[step]
        for z in range(joint):
            here = slice(z * draws, (z + 1) * draws)
            emission, known, out = scaled[row[step], here], hindsight[step + 1, here], later[here]
            for d in range(draws):
                out[d] = known[d] * emission[d] / size[d]
        place = turn(turns, step)
        for n in range(len(t.sizes) - 1, -1, -1):
            part = turns.table[place[n] : place[n] + joint * t.sizes[n] * draws]
            step_expected(t.sizes[n], draws, part, later, now)
            later, now = now, later
        hindsight[step] = later


@compiled
def backward(
    t: Tables,
    turns: Turns,
    row: Ints,
    scaled: Floats,
    stages: Floats,
    filtered: Floats,
    scale: Floats,
    counts: Floats,
    grad_table: Floats,
    weight: Floats,
) -> Floats:
    """Run backwards: the gradient of the log-likelihood.

    With ``L = sum_t w_t log C_t`` and ``g_t = dL / d log b_t``, ``g_t = filtered_t f_t`` where
    ``f_T = w_T`` and ``f_t = P (b_t+1 f_t+1 / C_t+1) + w_t - w_t+1``.

    Parameters
    ----------
    t, turns, row, scaled, stages, filtered, scale, counts
        As in `forward`, after it; `stages` with every step kept.
    grad_table
        In the shape of ``turns.table``; added to in place.
    weight : (rows, S * D)
        Added to in place: smoothed probabilities summed over the steps that share a row, where
        every step counts for 1.

    Returns
    -------
    (S * D,) array
        Gradient with respect to the probabilities before the first step.
    """
    steps, draws = scale.shape
    joint = t.config.shape[1]
    width = joint * draws
    future = np.full(width, counts[steps - 1] if steps > 0 else 1.0)
    now = np.empty(width)
    for step in range(steps - 1, -1, -1):
        emission = scaled[row[step]]
        for z in range(joint):
            for d in range(draws):
                index = z * draws + d
                gamma = filtered[step, index] * future[index]
                weight[row[step], index] += gamma
                future[index] *= emission[index] / scale[step, d]
        place = turn(turns, step)
        for n in range(len(t.sizes) - 1, -1, -1):
            first = place[n]
            end = first + joint * t.sizes[n] * draws
            step_back(
                t.sizes[n],
                draws,
                turns.table[first:end],
                stages[step, n],
                future,
                now,
                grad_table[first:end],
            )
            future, now = now, future
        if step > 0 and counts[step - 1] != counts[step]:
            future += counts[step - 1] - counts[step]
    return future


@compiled
def log_likelihood_gradient(
    t: Tables,
    initial: Floats,
    log_hazard: Floats,
    log_ratio: Floats,
    rates: Rates,
    seen: Observed,
    dt: float,
) -> tuple[Floats, Floats, Floats, Floats, Rates, int]:
    """Return the log-likelihood of the evidence and its gradient with respect to every parameter.

    Parameters
    ----------
    t : Tables
        One component.
    initial, log_hazard, log_ratio, rates
        See `Parameters`; draws last.
    seen : Observed
        The evidence.
    dt : float
        Step in days.

    Returns
    -------
    log_likelihood : (D,)
    grad_initial, grad_log_hazard, grad_log_ratio, grad_rates
        In the shapes of the parameters; zero where the evidence is impossible.
    bad_step : int
        First impossible step, or `POSSIBLE`.
    """
    draws = initial.shape[1]
    joint = t.config.shape[1]
    steps = len(seen.pattern)
    grad_initial = np.zeros_like(initial)
    grad_hazard = np.zeros_like(log_hazard)
    grad_ratio = np.zeros_like(log_ratio)
    grad_rates = Rates(
        np.zeros_like(rates.log_rate),
        np.zeros_like(rates.rarity),
        np.zeros_like(rates.log_dispersion),
        np.zeros_like(rates.level),
        np.zeros_like(rates.log_spread),
    )
    log_case = log_case_rates(t, rates)
    row, logp = emission_rows(t, rates, log_case, seen, dt)
    scaled, shift = scaled_rows(logp, draws)
    frozen = np.zeros(len(t.entry_config))
    plain = transition_tables(t, log_hazard, log_ratio, frozen, dt).reshape(-1)
    made = made_tables(t, log_hazard, log_ratio, frozen, dt)
    marked, factor = mark_rows(t, seen)
    turns = marked_turns(t, plain, made, marked, factor, draws)
    start = initial_joint(t, initial)
    stages = np.empty((steps, len(t.sizes) + 1, joint * draws))
    filtered = np.empty((steps, joint * draws))
    scale = np.empty((steps, draws))
    counts = seen.step_weight
    total, bad = forward(t, turns, row, scaled, shift, start, stages, filtered, scale, counts)
    if bad != POSSIBLE:
        return total, grad_initial, grad_hazard, grad_ratio, grad_rates, bad
    grad_table = np.zeros_like(turns.table)
    weight = np.zeros_like(logp)
    by_start = backward(t, turns, row, scaled, stages, filtered, scale, counts, grad_table, weight)
    for z in range(joint):
        for n in range(len(t.sizes)):
            state = t.initial[n] + (z // t.strides[n]) % t.sizes[n]
            for d in range(draws):
                share = by_start[z * draws + d]
                for m in range(len(t.sizes)):  # not start / initial, which may be zero
                    if m != n:
                        share *= initial[t.initial[m] + (z // t.strides[m]) % t.sizes[m], d]
                grad_initial[state, d] += share
    wide = grad_table[: len(plain)].reshape(-1, draws)
    transition_gradient(t, log_hazard, log_ratio, dt, wide, grad_hazard, grad_ratio)
    marked_gradient(
        t, log_hazard, log_ratio, dt, turns, factor, grad_table, grad_hazard, grad_ratio
    )
    emission_gradient(t, rates, log_case, seen, dt, row, weight, grad_rates)
    return total, grad_initial, grad_hazard, grad_ratio, grad_rates, bad
