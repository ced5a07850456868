"""Prediction of streams: future counts and values, and their sums over several steps.

A sum of counts is worked out exactly, by its characteristic function; a sum of values by drawing
courses of the states. Sums of the future are not independent between steps: a
stream that is high stays high, and the sum is more dispersed than its parts.
"""

from __future__ import annotations

import numpy as np

from forecast.network.emission import log_case_rates
from forecast.network.filtering import Propagator, emission_rates
from forecast.network.structure import COUNT, VALUE, Floats, Ints, Parameters, Tables

__all__ = [
    "count_means",
    "simulate_values",
    "sum_distribution",
]


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
    r = np.exp(np.minimum(propagator.parameters.log_dispersion[indicator], 25.0))[None]
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
    factors = [factor.cumsum(axis=1) for factor in propagator.factors()]
    state = _choose(now.cumsum(axis=0)[:, None, :], rng.random((courses, propagator.draws)))
    out = np.empty((steps, courses, propagator.draws))
    for step in range(steps):
        for factor in factors if step or not begun else ():
            rest = factor.shape[2]
            origin, others = np.divmod(state, rest)
            ladder = np.moveaxis(factor[origin, :, others, draws], -1, 0)
            chosen = _choose(ladder, rng.random(state.shape))
            state = others * factor.shape[0] + chosen
        out[step] = level[state, draws] + spread * rng.standard_t(freedom, state.shape)
    return out


def _choose(ladder: Floats, uniform: Floats) -> Ints:
    """Pick the first rung at or above a uniform number: (K, M, D) and (M, D) to (M, D)."""
    return np.minimum((ladder < uniform).sum(axis=0), len(ladder) - 1)


def _student(propagator: Propagator, indicator: int) -> tuple[Floats, Floats, float]:
    """Level in each joint state (S, D), spread (D,), degrees of freedom."""
    t, p = propagator.tables, propagator.parameters
    k = _own(t, indicator, VALUE)
    level = p.level[t.case_level[t.case[k]]]
    return level, np.exp(p.log_spread[indicator]), float(t.degrees_of_freedom[k])


def _own(t: Tables, indicator: int, kind: int) -> int:
    k = int(t.slot[indicator])
    if k < 0 or t.kinds[k] != kind:
        raise ValueError(f"indicator {indicator} is not such a stream of this component")
    return k
