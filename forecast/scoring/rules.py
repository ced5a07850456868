"""Proper scoring rules, through ``scoringrules``; a lower score is better in all of them.

============================  ======================================  =========================
rule                          of                                      formula
============================  ======================================  =========================
`brier`                       yes or no                               ``(p - y)^2``
`logarithmic`                 yes or no                               ``-ln p(what happened)``
`ranked_probability`          ordered states                          ``sum (F_k - O_k)^2``
`crps_of_draws`               a count or another number               ``∫ (F(x) - 1[y <= x])^2``
============================  ======================================  =========================
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = [
    "CLIP",
    "brier",
    "clipped",
    "crps_of_draws",
    "logarithmic",
    "ranked_probability",
]

Floats = npt.NDArray[np.float64]

#: Probabilities are moved this far away from 0 and 1 before their logarithm is taken: half of the
#: last of the six digits that an issue holds. So only what is written as 0 or 1 is moved, and by
#: less than what rounding took from it; a forecast of one in a hundred thousand is scored as such.
CLIP = 5e-7

_SUM = 1e-6


def brier(p: npt.ArrayLike, y: npt.ArrayLike) -> Floats:
    """Brier score on 0 to 1: ``(p - y)^2``.

    Parameters
    ----------
    p : array_like
        Probabilities of yes.
    y : array_like
        1 where it came true, 0 where not.

    Returns
    -------
    array of float
        One score each; 0.25 for an answer of one half.

    Raises
    ------
    ValueError
        If `p` is no probability, or `y` neither 0 nor 1.

    Examples
    --------
    >>> brier([0.8, 0.8], [1, 0]).round(2).tolist()
    [0.04, 0.64]
    """
    from scoringrules import brier_score

    forecast, outcome = _binary(p, y)
    return np.asarray(brier_score(outcome, forecast), dtype=np.float64)


def logarithmic(p: npt.ArrayLike, y: npt.ArrayLike, *, clip: float = CLIP) -> Floats:
    """Logarithmic score ``-ln |p + y - 1|``, with `p` kept `clip` away from 0 and 1.

    Without the clip one wrong certainty makes every other forecast irrelevant. It is there for
    what cannot be told from certainty, as the precision of the number type is in scikit-learn's
    ``log_loss``; `clipped` says which forecasts it moves.

    Parameters
    ----------
    p, y : array_like
        As in `brier`.
    clip : float
        At most this near to certainty is a forecast taken at its word.

    Returns
    -------
    array of float
        Nats; ln 2 for an answer of one half.

    Examples
    --------
    >>> logarithmic([0.5, 0.0], [1, 1]).round(3).tolist()
    [0.693, 14.509]
    """
    from scoringrules import log_score

    forecast, outcome = _binary(p, y)
    kept = np.clip(forecast, clip, 1.0 - clip)
    return np.asarray(log_score(outcome, kept), dtype=np.float64)


def clipped(p: npt.ArrayLike, *, clip: float = CLIP) -> npt.NDArray[np.bool_]:
    """Say which forecasts `logarithmic` does not take at their word.

    Examples
    --------
    >>> clipped([0.0, 0.00001, 0.5, 1.0]).tolist()
    [True, False, False, True]
    """
    forecast = np.asarray(p, dtype=np.float64)
    return np.asarray((forecast < clip) | (forecast > 1.0 - clip))


def ranked_probability(p: npt.ArrayLike, state: int) -> float:
    """Ranked probability score of ordered states: ``sum_k (F_k - O_k)^2`` over their cumulations.

    Two states give the Brier score. Twice this over the number of splits is the ordinal score of
    forecasting platforms, which lies between 0 and 2.

    Parameters
    ----------
    p : (K,) array_like
        Probabilities of the states, in their order.
    state : int
        Number of the state that came true, from 0.

    Raises
    ------
    ValueError
        If the probabilities do not sum to 1, or there is no such state.

    Examples
    --------
    >>> round(ranked_probability([0.15, 0.45, 0.25, 0.15], 2), 3)
    0.405
    """
    from scoringrules import rps_score

    forecast = np.asarray(p, dtype=np.float64)
    sums = forecast.ndim == 1 and abs(forecast.sum() - 1.0) <= _SUM  # never where one is nan
    if not sums or (forecast < 0).any():
        raise ValueError(f"probabilities of the states must sum to 1; came: {forecast.tolist()}")
    if not 0 <= state < len(forecast):
        raise ValueError(f"there is no state {state}; there are {len(forecast)}, from 0")
    # one-hot, since scoringrules counts categories from 1 and takes any number for one
    outcome = np.eye(len(forecast))[state]
    return float(rps_score(outcome, forecast, onehot=True))


def crps_of_draws(draws: npt.ArrayLike, y: float) -> float:
    """Continuous ranked probability score of draws from a predictive distribution.

    Parameters
    ----------
    draws : (D,) array_like
        Of the predicted count or number.
    y : float
        What came.

    Examples
    --------
    One draw is a point forecast, scored by its absolute error:

    >>> crps_of_draws([3.0], 5.0)
    2.0
    """
    from scoringrules import crps_ensemble

    sample = np.asarray(draws, dtype=np.float64)
    if sample.ndim != 1 or not len(sample) or not np.isfinite(sample).all():
        raise ValueError("draws must be a list of finite numbers")
    return float(crps_ensemble(_finite(y), sample))


def _finite(y: float) -> float:
    if not np.isfinite(y):
        raise ValueError(f"what came must be a finite number; came: {y}")
    return y


def _binary(p: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
    forecast, outcome = np.asarray(p, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if not ((forecast >= 0.0) & (forecast <= 1.0)).all():
        raise ValueError("a probability must be between 0 and 1")
    if not np.isin(outcome, (0.0, 1.0)).all():
        raise ValueError("an outcome must be 0 or 1")
    return forecast, outcome
