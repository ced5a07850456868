"""Rates with a level in common: what one record says of all the rates an analyst stated.

With m_k the stated centre of the log rate of indicator k, s_k its stated width, and m the mean of
the centres::

    log rate_k = m + a + b (m_k - m) + noise_k        noise_k ~ Normal(0, s_k)
    a ~ Normal(0, sd of the shift)                    b ~ Normal(1, sd of the slope)

A hierarchical prior: the centre of every rate stays what was stated, and rates that are all stated
too low, or too far apart, are learnt to be so from all reports together. Jointly the rates are
Normal, whence everything here follows in closed form.

References
----------
Gelman et al., Bayesian Data Analysis, 3rd edition, sections 5.4 and 15.1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["SHIFT", "SLOPE", "CommonLevel", "common_level"]

Floats = npt.NDArray[np.float64]

#: Names of a and b.
SHIFT, SLOPE = "shift", "slope"


@dataclass(frozen=True)
class CommonLevel:
    """The level that stated log rates have in common.

    Attributes
    ----------
    mean, sd : (float, float)
        Of shift and slope.
    stated, width : tuple of float
        Centre and standard deviation of each log rate, as stated.
    loadings : tuple of (float, float)
        How far each log rate moves with shift and slope; 0 for one that takes no part.
    """

    mean: tuple[float, float]
    sd: tuple[float, float]
    stated: tuple[float, ...]
    width: tuple[float, ...]
    loadings: tuple[tuple[float, float], ...]

    names = (SHIFT, SLOPE)

    def draw(self, draws: int, rng: np.random.Generator) -> Floats:
        """Draw shift and slope from their priors: (2, D)."""
        return _column(self.mean) + _column(self.sd) * rng.standard_normal((2, draws))

    def added(self, level: Floats) -> Floats:
        """Give what shift and slope (2, D) add to each log rate (n, D)."""
        return np.asarray(np.array(self.loadings) @ (level - _column(self.mean)))

    def pull_back(self, slopes: Floats) -> Floats:
        """Turn slopes by the log rates (n, D) into slopes by shift and slope (2, D)."""
        return np.asarray(np.array(self.loadings).T @ slopes)

    @property
    def spread(self) -> Floats:
        """Standard deviation (n,) of each log rate: ``s^2 + x' diag(sd^2) x`` is its square."""
        moved = np.array(self.loadings) * self.sd
        return np.asarray(np.sqrt(np.square(self.width) + np.square(moved).sum(axis=1)))

    def learnt(self, rates: Floats) -> tuple[Floats, Floats]:
        """Mean (2, D) and covariance (2, 2) of shift and slope, given all log rates (n, D)."""
        moved = np.array(self.loadings)
        weighed = (moved / np.square(_column(self.width))).T
        covariance = np.linalg.inv(np.diag(1.0 / np.square(self.sd)) + weighed @ moved)
        mean = _column(self.mean) + covariance @ (weighed @ (rates - _column(self.stated)))
        return np.asarray(mean), np.asarray(covariance)

    def quantiles(self, rates: Floats, shares: Sequence[float]) -> Floats:
        """Quantiles (2, Q) of shift and slope, over draws (n, D) of all log rates.

        Of the mixture of the Normals that the draws leave.
        """
        from scipy.optimize import brentq
        from scipy.special import ndtr

        means, covariance = self.learnt(rates)
        out = np.empty((2, len(shares)))
        for row, (mean, sd) in enumerate(zip(means, np.sqrt(covariance.diagonal()), strict=True)):
            ends = float(mean.min() - 9.0 * sd), float(mean.max() + 9.0 * sd)

            def beyond(x: float, share: float, mean: Floats = mean, sd: float = sd) -> float:
                return float(ndtr((x - mean) / sd).mean()) - share

            out[row] = [brentq(beyond, *ends, args=(share,)) for share in shares]
        return out

    def log_density(self, rates: Floats) -> Floats:
        """Log density of all log rates (n, D) together, plus ``n log(2 pi) / 2``: (D,).

        That of rates, shift and slope at the mean of these, less that of the mean given the rates.
        """
        level, covariance = self.learnt(rates)
        noise = (rates - _column(self.stated) - self.added(level)) / _column(self.width)
        scores = (level - _column(self.mean)) / _column(self.sd)
        squares = np.square(noise).sum(axis=0) + np.square(scores).sum(axis=0)
        logs = np.log(self.width).sum() + np.log(self.sd).sum()
        logs -= 0.5 * np.linalg.slogdet(covariance)[1]
        return np.asarray(-0.5 * squares - logs)

    def given_others(self, rates: Floats, number: int) -> tuple[Floats, float]:
        """Mean (D,) and standard deviation of one log rate, given all others of (n, D)."""
        level, covariance = self.learnt(rates)
        moved, width = np.array(self.loadings[number]), self.width[number]
        left = 1.0 - float(moved @ covariance @ moved) / width**2
        noise = rates[number] - self.stated[number] - self.added(level)[number]
        return np.asarray(rates[number] - noise / left), width / math.sqrt(left)


def common_level(
    stated: Sequence[float], width: Sequence[float], takes_part: Sequence[bool], *,
    shift: float, slope: float,
) -> CommonLevel:  # fmt: skip
    """Set up the level of stated log rates.

    Parameters
    ----------
    stated, width : sequence of float
        Centre and standard deviation of each log rate.
    takes_part : sequence of bool
        Which of them share the level; at least one.
    shift, slope : float
        Standard deviations of a and b.

    Examples
    --------
    >>> level = common_level([0.0, 2.0], [0.1, 0.1], [True, True], shift=1.0, slope=0.3)
    >>> level.added(np.array([[0.5], [1.5]])).ravel().tolist()  # -1 and 1 from the mean
    [0.0, 1.0]
    """
    shared = [mean for mean, part in zip(stated, takes_part, strict=True) if part]
    middle = math.fsum(shared) / len(shared)  # whatever their order
    loadings = tuple(
        (1.0, mean - middle) if part else (0.0, 0.0)
        for mean, part in zip(stated, takes_part, strict=True)
    )
    return CommonLevel((0.0, 1.0), (shift, slope), tuple(stated), tuple(width), loadings)


def _column(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)[:, None]
