"""Whether what was called likely came true as often, and what a mean score is made of.

Beside the parts of a Brier score: yes share, AUC, slope, bins, found/expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.scoring.rules import CLIP, Floats, brier

__all__ = [
    "BINS",
    "ENOUGH",
    "Bin",
    "CalibrationLine",
    "Corp",
    "Frequency",
    "Murphy",
    "WordRecord",
    "auc",
    "bins",
    "calibration_line",
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
