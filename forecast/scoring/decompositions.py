"""What a mean Brier score is made of: Murphy's parts, and those of CORP."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from forecast.scoring.rules import Floats, brier

__all__ = ["Corp", "Murphy", "corp", "murphy", "recalibrated"]


@dataclass(frozen=True)
class Murphy:
    """Parts of a mean Brier score: ``score = reliability - resolution + uncertainty + within``.

    Attributes
    ----------
    score : float
        Mean Brier score.
    reliability : float
        Mean squared distance of the forecasts of a group from how often it came true; 0 is best.
    resolution : float
        How far the groups' frequencies lie apart; more is better.
    uncertainty : float
        Score of the overall frequency as a forecast.
    within : float
        What grouping unequal forecasts leaves over; 0 where every group holds one value.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float


@dataclass(frozen=True)
class Corp:
    """Parts of a mean Brier score after isotonic recalibration: ``score = mcb - dsc + unc``.

    Attributes
    ----------
    score : float
        Mean Brier score.
    mcb : float
        Miscalibration: what recalibration would gain.
    dsc : float
        Discrimination: what the recalibrated forecasts gain over the overall frequency.
    unc : float
        Uncertainty: score of the overall frequency.
    """

    score: float
    mcb: float
    dsc: float
    unc: float


def murphy(p: npt.ArrayLike, y: npt.ArrayLike, *, edges: npt.ArrayLike | None = None) -> Murphy:
    """Decompose a mean Brier score after Murphy (1973, J. Appl. Meteor. 12:595).

    Parameters
    ----------
    p, y : (n,) array_like
        Probabilities and outcomes.
    edges : array_like, optional
        Inner edges of the groups, as in `numpy.digitize`; by default every value is a group of its
        own. The remainder of coarser groups (Stephenson et al. 2008, Wea. Forecasting 23:752) is
        given as ``within``.

    Examples
    --------
    Always one half, half of the time right: reliable, without resolution.

    >>> murphy([0.5, 0.5], [1, 0])
    Murphy(score=0.25, reliability=0.0, resolution=0.0, uncertainty=0.25, within=0.0)
    """
    forecast, outcome = np.asarray(p, np.float64), np.asarray(y, np.float64)
    score = float(brier(forecast, outcome).mean())
    key = forecast if edges is None else np.digitize(forecast, np.asarray(edges))
    group = np.unique(key, return_inverse=True)[1]
    number = np.bincount(group)
    said, came = (np.bincount(group, values) / number for values in (forecast, outcome))
    share, overall = number / len(forecast), outcome.mean()
    reliability = float((share * (said - came) ** 2).sum())
    resolution = float((share * (came - overall) ** 2).sum())
    uncertainty = float(overall * (1.0 - overall))
    within = 0.0 if edges is None else score - (reliability - resolution + uncertainty)
    return Murphy(score, reliability, resolution, uncertainty, within)


def recalibrated(p: npt.ArrayLike, y: npt.ArrayLike) -> Floats:
    """Isotonic regression of outcomes on forecasts (pool adjacent violators), one value each.

    Equal forecasts get equal values.

    Examples
    --------
    >>> recalibrated([0.1, 0.2, 0.9], [1, 0, 1]).tolist()
    [0.5, 0.5, 1.0]
    """
    forecast, outcome = np.asarray(p, np.float64), np.asarray(y, np.float64)
    group = np.unique(forecast, return_inverse=True)[1]
    number = np.bincount(group)
    fitted = isotonic_regression(np.bincount(group, outcome) / number, weights=number).x
    return np.asarray(fitted, np.float64)[group]


def corp(p: npt.ArrayLike, y: npt.ArrayLike) -> Corp:
    """Decompose a mean Brier score after Dimitriadis, Gneiting and Jordan (2021).

    PNAS 118(8), e2016191118, doi:10.1073/pnas.2016191118. Unlike Murphy's it needs no groups.

    Parameters
    ----------
    p, y : (n,) array_like
        Probabilities and outcomes.

    Examples
    --------
    >>> corp([0.5, 0.5], [1, 0])
    Corp(score=0.25, mcb=0.0, dsc=0.0, unc=0.25)
    """
    outcome = np.asarray(y, np.float64)
    score = float(brier(p, outcome).mean())
    better = float(((recalibrated(p, outcome) - outcome) ** 2).mean())
    unc = float(outcome.var())
    return Corp(score, score - better, unc - better, unc)
