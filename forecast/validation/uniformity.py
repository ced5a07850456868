"""Whether ranks are uniform and outcomes as probable as forecast."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.stats

__all__ = ["ecdf_band", "ecdf_p_value", "holm", "place_p_value", "shape_p_value", "z_of_outcomes"]

Floats = npt.NDArray[np.float64]

_REPEATS = 100_000  # records of uniform ranks there could be
_CHUNK = 5_000


def shape_p_value(ranks: Any, *, most: int = 99, bins: int = 10) -> float:
    """P-value of chi-square on bins of equally many ranks.

    Parameters
    ----------
    ranks : (N,) array_like of int
        Each from 0 to `most`.
    most : int
        Number of draws that each truth was ranked among.
    bins : int
        Divides ``most + 1``; a bin should expect five or more.

    Examples
    --------
    >>> shape_p_value(range(100))
    1.0
    """
    counts = np.bincount(np.asarray(ranks) * bins // (most + 1), minlength=bins)
    return float(scipy.stats.chisquare(counts).pvalue)


def place_p_value(ranks: Any, *, most: int = 99) -> float:
    """P-value of the mean rank, by its normal approximation.

    A uniform rank has mean ``most / 2`` and variance ``((most + 1)^2 - 1) / 12``.

    Examples
    --------
    >>> place_p_value(range(100))
    1.0
    """
    spread = np.sqrt(((most + 1) ** 2 - 1) / 12 / len(ranks))
    return float(2 * scipy.stats.norm.sf(abs(np.mean(ranks) - most / 2) / spread))


def ecdf_p_value(ranks: Any, *, most: int = 99) -> float:
    """P-value of the whole empirical distribution function of ranks.

    At each ``z_i = i / (most + 1)`` the number of ranks below i is Binomial(N, z_i) if ranks are
    uniform. The statistic is the smallest two-sided tail probability over i; its distribution is
    that of simulated uniform ranks (Säilynoja, Bürkner and Vehtari 2022, Statistics and Computing
    32:32, doi:10.1007/s11222-022-10090-6).

    Parameters
    ----------
    ranks : (N,) array_like of int
        Each from 0 to `most`.
    most : int
        Number of draws that each truth was ranked among.

    Examples
    --------
    >>> ecdf_p_value(range(100)) > 0.9, ecdf_p_value([0] * 20) < 0.001
    (True, True)
    """
    below = np.cumsum(np.bincount(np.asarray(ranks), minlength=most + 1))[None, :-1]
    found = _smallest_tail(below, _tails(len(ranks), most))[0]
    null = _null(len(ranks), most)
    return float((1 + np.searchsorted(null, found * (1 + 1e-12), side="right")) / (1 + len(null)))


def ecdf_band(number: int, *, most: int = 99, level: float = 0.95) -> tuple[Floats, Floats]:
    """Simultaneous band of the empirical distribution function of uniform ranks.

    It holds the whole curve, at every ``z_i = i / (most + 1)``, with probability `level`.

    Parameters
    ----------
    number : int
        Number of ranks, N.
    most : int
    level : float

    Returns
    -------
    low, high : (most,) array
        At z_1 to z_most.

    Examples
    --------
    >>> low, high = ecdf_band(100)
    >>> bool((low < high).all()), round(float(high[49] - low[49]), 2)
    (True, 0.28)
    """
    gamma = float(np.quantile(_null(number, most), 1 - level))
    z = np.arange(1, most + 1) / (most + 1)
    low = scipy.stats.binom.ppf(gamma / 2, number, z) / number
    high = scipy.stats.binom.isf(gamma / 2, number, z) / number
    return np.asarray(low), np.asarray(high)


@cache
def _tails(number: int, most: int) -> Floats:
    """Two-sided tail probability of each count below z_i: (most, N + 1)."""
    z = np.arange(1, most + 1)[:, None] / (most + 1)
    counts = np.arange(number + 1)[None, :]
    under = scipy.stats.binom.cdf(counts, number, z)
    over = scipy.stats.binom.sf(counts - 1, number, z)
    return np.asarray(np.minimum(1.0, 2 * np.minimum(under, over)))


def _smallest_tail(below: npt.NDArray[np.int64], tails: Floats) -> Floats:
    """Smallest tail probability along each curve of counts (R, most)."""
    return np.asarray(tails[np.arange(len(tails)), below].min(axis=1))


@cache
def _null(number: int, most: int) -> Floats:
    """Sorted statistics of uniform ranks; the same ones each time."""
    rng, tails = np.random.default_rng(1), _tails(number, most)
    even = np.full(most + 1, 1 / (most + 1))
    parts = [
        _smallest_tail(np.cumsum(rng.multinomial(number, even, _CHUNK), axis=1)[:, :-1], tails)
        for _ in range(_REPEATS // _CHUNK)
    ]
    return np.sort(np.concatenate(parts))


def z_of_outcomes(probability: Any, happened: Any) -> float:
    """Standardised excess of what happened over what was forecast.

    ``z = sum (y - p) / sqrt(sum p (1 - p))``; 0 where nothing was in doubt.

    Examples
    --------
    >>> z_of_outcomes([0.5, 0.5, 0.5, 0.5], [True, True, True, True])
    2.0
    """
    p = np.asarray(probability)
    spread = np.sqrt((p * (1 - p)).sum())
    excess = (np.asarray(happened) - p).sum()
    return float(excess / spread) if spread > 0 else 0.0


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for their number (Holm 1979).

    Examples
    --------
    >>> [round(p, 2) for p in holm([0.01, 0.04, 0.03, 0.5])]
    [0.04, 0.09, 0.09, 0.5]
    """
    order = np.argsort(p_values)
    left = np.arange(len(p_values), 0, -1)
    stepped = np.minimum(np.maximum.accumulate(np.array(p_values)[order] * left), 1.0)
    out = np.empty(len(p_values))
    out[order] = stepped
    return [float(p) for p in out]
