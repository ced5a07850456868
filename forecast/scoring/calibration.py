"""Whether what was called likely came true as often, and what a mean Brier score is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.scoring.rules import Floats, brier

__all__ = [
    "ENOUGH",
    "Corp",
    "Frequency",
    "Murphy",
    "WordRecord",
    "corp",
    "frequency",
    "murphy",
    "recalibrated",
    "spiegelhalter",
    "word_records",
]


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
    from scipy.optimize import isotonic_regression

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


#: Below so many resolved questions there is no verdict on calibration and no curve.
ENOUGH = 30


@dataclass(frozen=True)
class Frequency:
    """How often something came true.

    Attributes
    ----------
    total, hits : int
    rate : float
        ``hits / total``.
    low, high : float
        Central 90 % interval of the posterior Beta(hits + 1/2, misses + 1/2).
    """

    total: int
    hits: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class WordRecord:
    """The track record of one word of a scale.

    Attributes
    ----------
    word : str
    band : (float, float)
        What the word means on the scale.
    mean : float
        Mean of the probabilities it was printed for.
    frequency : Frequency
        How often it came true.
    """

    word: str
    band: tuple[float, float]
    mean: float
    frequency: Frequency

    @property
    def held(self) -> bool:
        """Whether the interval of the frequency meets the word's band."""
        return self.frequency.low <= self.band[1] and self.band[0] <= self.frequency.high


def frequency(total: int, hits: int) -> Frequency:
    """Frequency with its Jeffreys interval.

    Examples
    --------
    >>> frequency(10, 7).rate, round(frequency(10, 7).low, 3), round(frequency(10, 7).high, 3)
    (0.7, 0.442, 0.883)
    """
    from scipy.stats import beta

    shape = hits + 0.5, total - hits + 0.5
    low, high = float(beta.ppf(0.05, *shape)), float(beta.ppf(0.95, *shape))
    return Frequency(total, hits, hits / total, low, high)


def spiegelhalter(p: npt.ArrayLike, y: npt.ArrayLike) -> tuple[float, float] | None:
    """Spiegelhalter's z: standard normal if the forecasts are calibrated.

    ``z = sum (y - p)(1 - 2p) / sqrt(sum (1 - 2p)^2 p (1 - p))`` (Spiegelhalter 1986, Statistics in
    Medicine 5:421). One forecast a question, since those of one question are not independent.

    Parameters
    ----------
    p, y : (n,) array_like
        Probabilities and outcomes.

    Returns
    -------
    (z, two-sided p-value), or None where every forecast is 0, one half or 1.

    Examples
    --------
    >>> z, value = spiegelhalter([0.9, 0.9, 0.1, 0.1], [1, 0, 0, 0])
    >>> round(z, 3), round(value, 3)
    (1.0, 0.317)
    """
    forecast, outcome = np.asarray(p, np.float64), np.asarray(y, np.float64)
    lean = 1.0 - 2.0 * forecast
    variance = float((lean**2 * forecast * (1.0 - forecast)).sum())
    if variance <= 0.0:
        return None
    from scipy.stats import norm

    z = float(((outcome - forecast) * lean).sum() / np.sqrt(variance))
    return z, float(2.0 * norm.sf(abs(z)))


def word_records(
    p: Sequence[float], y: Sequence[int], *, terms: Sequence[tuple[float, float, str]],
    words: Sequence[str],
) -> list[WordRecord]:  # fmt: skip
    """Count, for every word of a scale that was used, how often it came true.

    Parameters
    ----------
    p, y : sequence
        Probabilities and outcomes.
    terms : sequence of (low, high, word)
        The scale, in its order.
    words : sequence of str
        The word each probability was printed with.

    Returns
    -------
    list of WordRecord
        In the order of the scale; words never used are left out.
    """
    out = []
    for low, high, word in terms:
        rows = [i for i, used in enumerate(words) if used == word]
        if rows:
            found = frequency(len(rows), sum(y[i] for i in rows))
            mean = sum(p[i] for i in rows) / len(rows)
            out.append(WordRecord(word, (low, high), mean, found))
    return out
