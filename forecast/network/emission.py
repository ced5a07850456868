"""Emission: how likely each joint state makes what was reported, and what was not.

A step says one of three things about a presence indicator with rate ``lambda`` per day, where
``a = 1 - exp(-lambda dt)`` is the probability that it occurs within the step:

===================================  ==================================
reported with credibility c          ``c a + (1 - c) a_bar``
looked (detection d), and nothing    ``1 - d a``
nobody looked                        ``1``
===================================  ==================================

A count y is negative binomial with mean ``lambda dt`` times its exposure; a value x is Student-t
around the level of the state. Rates are worked out once per *case* (the states of the nodes an
indicator points at) and spread over the joint states from there. An indicator that marks a move
says nothing here, but in the transition of its step (`forecast.network.marks`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.network.compiled import compiled
from forecast.network.densities import count_logp, presence_logp, silence_logp, value_logp
from forecast.network.evidence import Observed
from forecast.network.structure import Floats, Ints, Tables

__all__ = ["Rates", "emission_gradient", "emission_rows", "log_case_rates"]


class Rates(NamedTuple):
    """The parameters that emission needs, draws last; gradients come in the same shape."""

    log_rate: Floats  # (K, D)
    rarity: Floats  # (R, D)
    log_dispersion: Floats  # (K, D)
    level: Floats  # (V, D)
    log_spread: Floats  # (K, D)


@compiled
def log_case_rates(t: Tables, rates: Rates) -> Floats:
    """Work out the log rate per day of every case: ``h`` less the rarities that apply.

    Parameters
    ----------
    t : Tables
        One component.
    rates : Rates
        Their parameters.

    Returns
    -------
    (U, D) array
    """
    draws = rates.log_rate.shape[1]
    out = np.zeros((len(t.case_level), draws))
    for k in range(len(t.own)):
        for u in range(t.case_start[k], t.case_start[k + 1]):
            for d in range(draws):
                out[u, d] = rates.log_rate[t.own[k], d]
            for link in range(t.case_ratio_start[u], t.case_ratio_start[u + 1]):
                for d in range(draws):
                    out[u, d] -= rates.rarity[t.case_ratio[link], d]
    return out


@compiled
def _spread(out: Floats, term: Floats, case: Ints, first: int) -> None:
    """Add the term of each case to the joint states it holds in; cases start at `first`."""
    draws = term.shape[1]
    if draws == 1:
        for z in range(len(case)):
            out[z] += term[case[z] - first, 0]
    else:
        for z in range(len(case)):
            to, added = out[z * draws : (z + 1) * draws], term[case[z] - first]
            for d in range(draws):
                to[d] += added[d]


@compiled
def _gather(out: Floats, weight: Floats, case: Ints, first: int) -> None:
    """Sum the weights of the joint states of each case; cases start at `first`."""
    draws = out.shape[1]
    out[:, :] = 0.0
    if draws == 1:
        for z in range(len(case)):
            out[case[z] - first, 0] += weight[z]
    else:
        for z in range(len(case)):
            to, added = out[case[z] - first], weight[z * draws : (z + 1) * draws]
            for d in range(draws):
                to[d] += added[d]


@compiled
def _cell(
    t: Tables, rates: Rates, log_case: Floats, seen: Observed, m: int, u: int, d: int, dt: float
) -> tuple[float, float, float]:
    """Return the log-likelihood of cell m in case u and its two slopes.

    The slopes are by log rate (or level) and by log dispersion (or spread).
    """
    indicator = seen.cell_indicator[m]
    k = t.slot[indicator]
    if t.kinds[k] == 0:
        expected = log_case[u, d] + np.log(dt)
        value, slope = presence_logp(expected, seen.cell_value[m], t.average[k])
        chance = seen.detection[seen.pattern[seen.cell_step[m]], indicator]
        if chance > 0.0:  # a report takes the place of the silence of its row
            silent, less = silence_logp(expected, chance)
            value -= silent
            slope -= less
        return value, slope, 0.0
    if t.kinds[k] == 1:
        mean = log_case[u, d] + np.log(dt * seen.cell_exposure[m])
        return count_logp(seen.cell_value[m], mean, rates.log_dispersion[indicator, d])
    return value_logp(
        seen.cell_value[m],
        rates.level[t.case_level[u], d],
        rates.log_spread[indicator, d],
        t.degrees_of_freedom[k],
    )


@compiled
def emission_rows(
    t: Tables, rates: Rates, log_case: Floats, seen: Observed, dt: float
) -> tuple[Ints, Floats]:
    """Work out the log-likelihood of every joint state in every distinct step.

    Steps without a report share the row of their detection pattern; every other step has a
    row of its own.

    Parameters
    ----------
    t, rates, log_case
        One component, its parameters, and `log_case_rates` of them.
    seen : Observed
        The evidence.
    dt : float
        Step in days.

    Returns
    -------
    row : (T,) array of int
        The row of each step.
    logp : (rows, S * D) array
        Log-likelihoods, draws innermost.
    """
    draws = log_case.shape[1]
    patterns = seen.detection.shape[0]
    row = seen.pattern.copy()
    rows = patterns
    for m in range(len(seen.cell_step)):
        if row[seen.cell_step[m]] < patterns:
            row[seen.cell_step[m]] = rows
            rows += 1
    out = np.zeros((rows, t.config.shape[1] * draws))
    for k in range(len(t.own)):
        if t.kinds[k] != 0:
            continue
        first = t.case_start[k]
        term = np.empty((t.case_start[k + 1] - first, draws))
        before = 0.0  # patterns differ in few indicators; the term of the one before often holds
        for p in range(patterns):
            chance = seen.detection[p, t.own[k]]
            if chance > 0.0:
                if chance != before:
                    for u in range(len(term)):
                        for d in range(draws):
                            expected = log_case[first + u, d] + np.log(dt)
                            term[u, d] = silence_logp(expected, chance)[0]
                    before = chance
                _spread(out[p], term, t.case[k], first)
    for step in range(len(row)):
        if row[step] >= patterns:
            out[row[step]] = out[seen.pattern[step]]
    for m in range(len(seen.cell_step)):
        k = t.slot[seen.cell_indicator[m]]
        if k >= 0 and t.kinds[k] != 3:
            first = t.case_start[k]
            term = np.empty((t.case_start[k + 1] - first, draws))
            for u in range(len(term)):
                for d in range(draws):
                    term[u, d] = _cell(t, rates, log_case, seen, m, first + u, d, dt)[0]
            _spread(out[row[seen.cell_step[m]]], term, t.case[k], first)
    return row, out


@compiled
def emission_gradient(
    t: Tables,
    rates: Rates,
    log_case: Floats,
    seen: Observed,
    dt: float,
    row: Ints,
    weight: Floats,
    grad: Rates,
) -> None:
    """Pull smoothed weights of the rows back to every rate.

    Parameters
    ----------
    t, rates, log_case, seen, dt
        As in `emission_rows`.
    row, weight : (T,), (rows, S * D)
        Rows of `emission_rows`, and the gradient with respect to their log-likelihoods: the
        smoothed probability of each joint state, summed over the steps that share the row.
    grad : Rates
        Added to in place.
    """
    draws = log_case.shape[1]
    by_case = np.zeros(log_case.shape)
    _silence_gradient(t, log_case, seen, dt, row, weight, by_case)
    for m in range(len(seen.cell_step)):
        indicator = seen.cell_indicator[m]
        k = t.slot[indicator]
        if k < 0 or t.kinds[k] == 3:
            continue
        first = t.case_start[k]
        held = np.empty((t.case_start[k + 1] - first, draws))
        _gather(held, weight[row[seen.cell_step[m]]], t.case[k], first)
        for u in range(len(held)):
            for d in range(draws):
                slopes = _cell(t, rates, log_case, seen, m, first + u, d, dt)
                if t.kinds[k] == 2:
                    grad.level[t.case_level[first + u], d] += held[u, d] * slopes[1]
                    grad.log_spread[indicator, d] += held[u, d] * slopes[2]
                else:
                    by_case[first + u, d] += held[u, d] * slopes[1]
                    grad.log_dispersion[indicator, d] += held[u, d] * slopes[2]
    for k in range(len(t.own)):
        for u in range(t.case_start[k], t.case_start[k + 1]):
            for d in range(draws):
                grad.log_rate[t.own[k], d] += by_case[u, d]
                for link in range(t.case_ratio_start[u], t.case_ratio_start[u + 1]):
                    grad.rarity[t.case_ratio[link], d] -= by_case[u, d]


@compiled
def _silence_gradient(
    t: Tables, log_case: Floats, seen: Observed, dt: float, row: Ints, weight: Floats, out: Floats
) -> None:
    """Add the slopes of the silent rows; a step with a row of its own keeps its silence too."""
    draws = log_case.shape[1]
    patterns = seen.detection.shape[0]
    by_pattern = weight[:patterns].copy()
    for step in range(len(row)):
        if row[step] >= patterns:
            by_pattern[seen.pattern[step]] += weight[row[step]]
    for k in range(len(t.own)):
        if t.kinds[k] != 0:
            continue
        first = t.case_start[k]
        slope = np.empty((t.case_start[k + 1] - first, draws))
        held = np.empty_like(slope)
        before = 0.0
        for p in range(patterns):
            chance = seen.detection[p, t.own[k]]
            if chance > 0.0:
                if chance != before:
                    for u in range(len(slope)):
                        for d in range(draws):
                            expected = log_case[first + u, d] + np.log(dt)
                            slope[u, d] = silence_logp(expected, chance)[1]
                    before = chance
                _gather(held, by_pattern[p], t.case[k], first)
                for u in range(len(slope)):
                    for d in range(draws):
                        out[first + u, d] += held[u, d] * slope[u, d]
