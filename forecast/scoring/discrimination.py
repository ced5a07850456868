"""What a set of forecasts is like beside its score: yes share, AUC, slope, bins, found/expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.scoring.rules import CLIP, Floats

__all__ = ["BINS", "Bin", "CalibrationLine", "auc", "bins", "calibration_line"]

#: Inner edges of the reliability bins: most forecasts of rare things lie below one in five.
BINS = (0.05, 0.1, 0.2, 0.5)

_STEPS, _STILL = 50, 1e-10


@dataclass(frozen=True)
class Bin:
    """Forecasts of one bin.

    Attributes
    ----------
    low, high : float
        ``low <= p < high``; the last holds 1, too.
    number, came_true : int
    said : float or None
        Mean of the forecasts; None where there is none.
    """

    low: float
    high: float
    number: int
    came_true: int
    said: float | None


@dataclass(frozen=True)
class CalibrationLine:
    """Calibration intercept and slope: 0 and 1 if the forecasts mean what they say.

    Attributes
    ----------
    intercept : float
    slope : float
        Below 1 the forecasts lie too far apart, below 0 they point the wrong way.
    """

    intercept: float
    slope: float


def auc(p: npt.ArrayLike, y: npt.ArrayLike) -> float | None:
    """Probability that what came true had the higher forecast, of two that came out differently.

    ``(sum of ranks of yes - n_1 (n_1 + 1) / 2) / (n_0 n_1)``, ties counting one half: the statistic
    of Mann and Whitney (Hanley and McNeil 1982, Radiology 143:29).

    Parameters
    ----------
    p, y : (n,) array_like
        Probabilities and outcomes.

    Returns
    -------
    float or None
        One half where the forecasts order nothing; None where all came out the same.

    Examples
    --------
    >>> auc([0.1, 0.4, 0.4, 0.8], [0, 1, 0, 1])
    0.875
    """
    from scipy.stats import rankdata

    forecast, outcome = np.asarray(p, np.float64), np.asarray(y, np.int64)
    yes = int(outcome.sum())
    no = len(outcome) - yes
    if not yes or not no:
        return None
    ranks = rankdata(forecast)[outcome == 1].sum()
    return float((ranks - yes * (yes + 1) / 2) / (yes * no))


def calibration_line(p: npt.ArrayLike, y: npt.ArrayLike) -> CalibrationLine | None:
    """Logistic regression of outcomes on the log odds of the forecasts (Cox 1958).

    ``logit P(y = 1) = a + b logit p``, by damped Newton steps, with p kept `CLIP` away from 0 and 1
    (Biometrika 45:562; as a measure of forecasts: Steyerberg et al. 2010, Epidemiology 21:128).

    Parameters
    ----------
    p, y : (n,) array_like
        Probabilities and outcomes.

    Returns
    -------
    CalibrationLine or None
        None where there is no largest likelihood: all forecasts are equal, or one threshold parts
        yes from no.

    Examples
    --------
    >>> calibration_line([0.25] * 4 + [0.75] * 4, [1, 0, 0, 0] + [1, 1, 1, 0])
    CalibrationLine(intercept=0.0, slope=1.0)
    """
    from scipy.special import expit

    outcome = np.asarray(y, np.float64)
    forecast = np.clip(np.asarray(p, np.float64), CLIP, 1.0 - CLIP)
    odds = np.log(forecast) - np.log1p(-forecast)
    if _parted(odds, outcome):
        return None
    design = np.stack([np.ones_like(odds), odds])
    found = np.zeros(2)

    def loss(line: Floats) -> float:
        return float((np.logaddexp(0.0, line @ design) - outcome * (line @ design)).sum())

    for _ in range(_STEPS):
        said = expit(found @ design)
        step = np.linalg.solve((design * said * (1.0 - said)) @ design.T, design @ (outcome - said))
        while loss(found + step) > loss(found) and np.abs(step).max() > _STILL:
            step /= 2.0
        found = found + step
        if np.abs(step).max() < _STILL:
            break
    intercept, slope = (round(float(value), 9) + 0.0 for value in found)
    return CalibrationLine(intercept, slope)


def _parted(odds: Floats, outcome: Floats) -> bool:
    """Whether no line fits best: a threshold parts yes from no, or there is nothing to tell."""
    yes, no = odds[outcome == 1.0], odds[outcome == 0.0]
    if not len(yes) or not len(no) or np.ptp(odds) == 0.0:
        return True
    return bool(yes.min() >= no.max() or yes.max() <= no.min())


def bins(p: npt.ArrayLike, y: npt.ArrayLike, *, edges: Sequence[float] = BINS) -> list[Bin]:
    """Count, bin by bin, how many forecasts came true.

    Examples
    --------
    >>> [(one.number, one.came_true) for one in bins([0.01, 0.05, 0.3, 1.0], [0, 1, 0, 1])]
    [(1, 0), (1, 1), (0, 0), (1, 0), (1, 1)]
    """
    forecast, outcome = np.asarray(p, np.float64), np.asarray(y, np.int64)
    group = np.digitize(forecast, edges)
    out = []
    for number, (low, high) in enumerate(zip((0.0, *edges), (*edges, 1.0), strict=True)):
        mine = group == number
        said = float(forecast[mine].mean()) if mine.any() else None
        out.append(Bin(low, high, int(mine.sum()), int(outcome[mine].sum()), said))
    return out
