"""How sure a difference of scores is, when forecasts of neighbouring dates resemble each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["MeanDifference", "block_bootstrap"]


@dataclass(frozen=True)
class MeanDifference:
    """A mean difference of scores with its interval.

    Attributes
    ----------
    mean : float
        Below 0 the first forecaster is better.
    low, high : float
        Central 90 % bootstrap interval.
    better : float
        Share of resamples in which the first forecaster is better.
    blocks : int
        How many blocks the data hold; with few of them the interval is a rough one.
    """

    mean: float
    low: float
    high: float
    better: float
    blocks: int


def block_bootstrap(
    differences: npt.ArrayLike,
    units: npt.ArrayLike,
    *,
    block: int = 1,
    resamples: int = 4000,
    seed: int = 1,
) -> MeanDifference:
    """Resample blocks of neighbouring units, all forecasts of a unit together.

    Circular blocks (Politis and Romano 1992): a block starts anywhere and wraps around, so that
    every unit is drawn equally often.

    Parameters
    ----------
    differences : (n,) array_like
        Score of the first forecaster less that of the second, a forecast each.
    units : (n,) array_like of int
        The unit of each, numbered in the order of time from 0: a date, or a question.
    block : int
        Units in a block; 1 resamples single units.
    resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    MeanDifference

    Examples
    --------
    Always better by the same:

    >>> block_bootstrap([-0.1, -0.1, -0.1], [0, 1, 2])
    MeanDifference(mean=-0.1, low=-0.1, high=-0.1, better=1.0, blocks=3)
    """
    values, unit = np.asarray(differences, np.float64), np.asarray(units, np.int64)
    count = int(unit.max()) + 1
    length = min(max(1, block), count)
    total = np.bincount(unit, values, minlength=count)
    number = np.bincount(unit, minlength=count).astype(np.float64)
    blocks = -(-count // length)
    starts = np.random.default_rng(seed).integers(0, count, (resamples, blocks, 1))
    drawn = ((starts + np.arange(length)) % count).reshape(resamples, -1)[:, :count]
    weight = number[drawn].sum(axis=1)
    means = total[drawn].sum(axis=1)[weight > 0] / weight[weight > 0]
    low, high = np.quantile(means, (0.05, 0.95))
    return MeanDifference(
        mean=round(float(values.mean()), 12),
        low=round(float(low), 12),
        high=round(float(high), 12),
        better=float((means < 0.0).mean()),
        blocks=blocks,
    )
