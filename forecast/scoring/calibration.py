"""Whether what was called likely came true as often as that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import beta, norm

__all__ = ["ENOUGH", "Frequency", "WordRecord", "frequency", "spiegelhalter", "word_records"]

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
