"""Emission: how likely each joint state makes what was reported, and what was not.

A step says one of three things about a presence indicator with rate ``lambda`` per day, where
``a = 1 - exp(-lambda dt)`` is the probability that it occurs within the step:

===================================  ==================================
reported with credibility c          ``c a + (1 - c) a_bar``
looked (detection d), and nothing    ``1 - d a``
nobody looked                        ``1``
===================================  ==================================

A count y is negative binomial with mean m, ``lambda dt`` times its exposure, and size ``r m^p``; a
value x is Student-t around the level of the state. Rates are worked out once per *case* (the states
of the nodes an indicator points at) and spread over the joint states from there. An indicator that
marks a move says nothing here, but in the transition of its step (`forecast.network.marks`).

The log density of one datum comes with its slopes, compiled. Sources: the negative binomial in its
mean and size form (Hilbe, Negative Binomial Regression); the location-scale Student-t; the digamma
series of Abramowitz & Stegun 6.3.18.
"""

from __future__ import annotations

from math import lgamma
from typing import NamedTuple

import numpy as np

from forecast.network.compiled import compiled
from forecast.network.evidence import Observed
from forecast.network.structure import Floats, Ints, Tables

__all__ = [
    "Rates",
    "count_logp",
    "emission_gradient",
    "emission_rows",
    "log_case_rates",
    "presence_logp",
    "silence_logp",
    "value_logp",
]


#: From this size on the negative binomial is worked out by Stirling's series.
_LARGE = 1000.0
#: Log size above which nothing changes any more.
_POISSON = 100.0


@compiled
def _digamma(x: float) -> float:
    """Return the logarithmic derivative of the gamma function for x > 0."""
    total = 0.0
    while x < 10.0:
        total -= 1.0 / x
        x += 1.0
    inverse = 1.0 / (x * x)
    series = inverse * (
        1.0 / 12
        - inverse
        * (1.0 / 120 - inverse * (1.0 / 252 - inverse * (1.0 / 240 - inverse * (1.0 / 132))))
    )
    return float(total + np.log(x) - 0.5 / x - series)


@compiled
def silence_logp(log_expected: float, detection: float) -> tuple[float, float]:
    """Return ``log(1 - d a)`` and its slope, with ``a = 1 - exp(-expected)``.

    Parameters
    ----------
    log_expected : float
        Log of the expected number of occurrences within the step.
    detection : float
        Probability that an occurrence is noticed.

    Returns
    -------
    value, slope : float
        Slope with respect to `log_expected`.
    """
    expected = np.exp(log_expected)
    if detection == 1.0:  # exactly exp(-expected), where 1 - a would round to zero
        return -expected, (-expected if expected < np.inf else 0.0)
    missed = np.exp(-expected)
    noticed = -detection * np.expm1(-expected)
    left = (1.0 - detection) + detection * missed
    value = np.log1p(-noticed) if noticed < 0.5 else np.log(left)
    return value, (-detection * expected * missed / left if missed > 0.0 else 0.0)


@compiled
def presence_logp(log_expected: float, credible: float, average: float) -> tuple[float, float]:
    """Return ``log(c a + (1 - c) a_bar)`` and its slope.

    Parameters
    ----------
    log_expected : float
        Log of the expected number of occurrences within the step.
    credible : float
        Credibility c of what was reported.
    average : float
        The constant ``a_bar``.

    Returns
    -------
    value, slope : float
        Slope with respect to `log_expected`.
    """
    expected = np.exp(log_expected)
    likelihood = -credible * np.expm1(-expected) + (1.0 - credible) * average
    if not likelihood > 0.0:
        return -np.inf, 0.0
    return np.log(likelihood), credible * expected * np.exp(-expected) / likelihood


@compiled
def count_logp(y: float, log_mean: float, log_size: float) -> tuple[float, float, float]:
    """Return the negative binomial log probability of a count and its slopes.

    Parameters
    ----------
    y : float
        The count.
    log_mean, log_size : float
        Log of the mean and of the size (variance = mean + mean^2 / size). As the size grows, the
        distribution tends to the Poisson, and is it to rounding from a size of 1e20 on.

    Returns
    -------
    value, by_mean, by_size : float
        Slopes with respect to the two logs.
    """
    mean = np.exp(log_mean)
    size = np.exp(min(log_size, _POISSON))
    if size > _LARGE:
        return _count_logp_large(y, log_mean, mean, size)
    log_total = np.log(size + mean)
    share = (y + size) / (size + mean)
    value = (
        lgamma(y + size)
        - lgamma(size)
        - lgamma(y + 1.0)
        + size * (log_size - log_total)
        + y * (log_mean - log_total)
    )
    by_size = size * (_digamma(y + size) - _digamma(size) + log_size + 1.0 - log_total - share)
    return value, y - mean * share, by_size


@compiled
def _count_logp_large(
    y: float, log_mean: float, mean: float, size: float
) -> tuple[float, float, float]:
    """Return the same where the size is large, without differences of large numbers.

    ``log G(y + s) - log G(s) - y log s`` by Stirling's series; as s grows, all of it tends to 0 and
    the rest to the Poisson.
    """
    total = y + size
    grown = np.log1p(y / size)
    excess = np.log1p(mean / size)
    value = (
        (total - 0.5) * grown
        - y
        + (1.0 / total - 1.0 / size) / 12.0
        - (total**-3 - size**-3) / 360.0
        + y * log_mean
        - lgamma(y + 1.0)
        - total * excess
    )
    share = total / (size + mean)
    by_size = (
        size * (grown - excess)
        - (total - 0.5) * y / total
        + mean * share
        + size * (size**-2 - total**-2) / 12.0
        - size * (size**-4 - total**-4) / 120.0
    )
    return value, y - mean * share, by_size


@compiled
def value_logp(
    x: float, level: float, log_spread: float, freedom: float
) -> tuple[float, float, float]:
    """Return the Student-t log density of a value and its slopes.

    Parameters
    ----------
    x, level : float
        The value and the location.
    log_spread : float
        Log of the scale.
    freedom : float
        Degrees of freedom.

    Returns
    -------
    value, by_level, by_spread : float
        Slopes with respect to `level` and `log_spread`.
    """
    spread = np.exp(log_spread)
    z = (x - level) / spread
    value = (
        lgamma(0.5 * (freedom + 1.0))
        - lgamma(0.5 * freedom)
        - 0.5 * np.log(freedom * np.pi)
        - log_spread
        - 0.5 * (freedom + 1.0) * np.log1p(z * z / freedom)
    )
    weight = (freedom + 1.0) / (freedom + z * z)
    return value, weight * z / spread, weight * z * z - 1.0


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

    Of a value it is the level: the sum of those that apply.

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
    out = np.zeros((t.case_start[len(t.own)], draws))
    for k in range(len(t.own)):
        for u in range(t.case_start[k], t.case_start[k + 1]):
            if t.kinds[k] != 2:
                for d in range(draws):
                    out[u, d] = rates.log_rate[t.own[k], d]
            for link in range(t.case_level_start[u], t.case_level_start[u + 1]):
                for d in range(draws):
                    out[u, d] += rates.level[t.case_level[link], d]
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
        power, size = t.power[k], rates.log_dispersion[indicator, d]
        if power > 0.0:
            size += power * mean
        value, by_mean, by_size = count_logp(seen.cell_value[m], mean, size)
        return value, (by_mean + power * by_size if power > 0.0 else by_mean), by_size
    return value_logp(
        seen.cell_value[m],
        log_case[u, d],
        rates.log_spread[indicator, d],
        t.degrees_of_freedom[k],
    )


@compiled
def _alike(t: Tables, seen: Observed) -> tuple[Ints, int]:
    """Give numbers to the counts that stand more than once, so that each is worked out once.

    Returns
    -------
    place : (M,) array of int
        Of each cell among the numbers that are kept; -1 for one that is like no other.
    kept : int
        How many there are.
    """
    cells = len(seen.cell_value)
    place, first = np.full(cells, -1), np.arange(cells)
    order = np.argsort(seen.cell_value)
    for n in range(1, cells):
        m = order[n]
        for back in range(n - 1, max(-1, n - 9), -1):
            other = order[back]
            if seen.cell_value[other] != seen.cell_value[m]:
                break
            indicator = seen.cell_indicator[m]
            if (
                seen.cell_indicator[other] == indicator
                and seen.cell_exposure[other] == seen.cell_exposure[m]
                and t.slot[indicator] >= 0
                and t.kinds[t.slot[indicator]] == 1
            ):
                first[m] = first[other]
                break
    kept = 0
    for m in range(cells):
        if first[m] != m and place[first[m]] < 0:
            place[first[m]] = kept
            kept += 1
    for m in range(cells):
        place[m] = place[first[m]]
    return place, kept


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
    place, kept = _alike(t, seen)
    known = np.zeros(kept, np.bool_)
    terms = np.empty((kept, len(log_case) if kept > 0 else 0, draws))
    for m in range(len(seen.cell_step)):
        k = t.slot[seen.cell_indicator[m]]
        if k >= 0 and t.kinds[k] != 3:
            first, here = t.case_start[k], place[m]
            size = t.case_start[k + 1] - first
            term = np.empty((size, draws)) if here < 0 else terms[here, :size]
            if here < 0 or not known[here]:
                for u in range(size):
                    for d in range(draws):
                        term[u, d] = _cell(t, rates, log_case, seen, m, first + u, d, dt)[0]
            if here >= 0:
                known[here] = True
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
    place, kept = _alike(t, seen)
    known = np.zeros(kept, np.bool_)
    slopes = np.empty((kept + 1, 2, len(log_case), draws))
    for m in range(len(seen.cell_step)):
        indicator = seen.cell_indicator[m]
        k = t.slot[indicator]
        if k < 0 or t.kinds[k] == 3:
            continue
        first = t.case_start[k]
        held = np.empty((t.case_start[k + 1] - first, draws))
        _gather(held, weight[row[seen.cell_step[m]]], t.case[k], first)
        here = place[m] if place[m] >= 0 else kept
        own = slopes[here]
        if here == kept or not known[here]:
            for u in range(len(held)):
                for d in range(draws):
                    found = _cell(t, rates, log_case, seen, m, first + u, d, dt)
                    own[0, u, d], own[1, u, d] = found[1], found[2]
        if here < kept:
            known[here] = True
        for u in range(len(held)):
            for d in range(draws):
                by_case[first + u, d] += held[u, d] * own[0, u, d]
                if t.kinds[k] == 2:
                    grad.log_spread[indicator, d] += held[u, d] * own[1, u, d]
                else:
                    grad.log_dispersion[indicator, d] += held[u, d] * own[1, u, d]
    for k in range(len(t.own)):
        for u in range(t.case_start[k], t.case_start[k + 1]):
            for d in range(draws):
                if t.kinds[k] != 2:
                    grad.log_rate[t.own[k], d] += by_case[u, d]
                for link in range(t.case_level_start[u], t.case_level_start[u + 1]):
                    grad.level[t.case_level[link], d] += by_case[u, d]
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
