"""A sum that is forecast: its quantiles and threshold, and the bars they make."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.charts.data import Floats
from forecast.charts.refusals import ChartRefusal

__all__ = ["Predictive"]

_MOST = 40  # bars over the range of the distribution


@dataclass(frozen=True, slots=True)
class Predictive:
    """A sum and its threshold.

    Attributes
    ----------
    name, label, proposition : str
        Name for files, printed name of what is summed, and the question.
    as_of : date
    over : str
        The period summed over, such as ``4 weeks``.
    by : date
        The day it ends.
    above : float
        The threshold.
    quantiles : tuple of float
        Of the sum, rising, each standing for the same share of the probability.
    p : float
        Probability of a sum above the threshold.
    interval80 : (low, high)
        Of that probability, 80 %.

    Raises
    ------
    ChartRefusal
        When the quantiles fall, are none, or do not go with the probability.

    Examples
    --------
    >>> days = dt.date(2024, 1, 1), dt.date(2024, 1, 8)
    >>> eyes = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    >>> dice = Predictive("d", "Dice", "More than 4?", days[0], "1 week", days[1],
    ...                   4.0, eyes, 1 / 3, (0.3, 0.4))
    >>> dice.bars[:2]
    ((0.5, 1.5, 0.16666666666666666), (1.5, 2.5, 0.16666666666666666))
    """

    name: str
    label: str
    proposition: str
    as_of: dt.date
    over: str
    by: dt.date
    above: float
    quantiles: tuple[float, ...]
    p: float
    interval80: tuple[float, float]

    def __post_init__(self) -> None:
        found = np.array(self.quantiles)
        if not found.size or not np.isfinite(found).all() or (np.diff(found) < 0).any():
            raise ChartRefusal(f"{self.name}: the quantiles of a sum must be there, and rise")
        share = float((found > self.above).mean())
        if abs(share - self.p) > 0.5 / found.size + _apart(found.size):
            raise ChartRefusal(
                f"{self.name}: {share:.3f} of the distribution lies above {self.above:g}, but its "
                f"probability is {self.p:.3f}"
            )

    @property
    def whole(self) -> bool:
        """Whether it is a sum of counts: every quantile is a whole number."""
        return all(float(each).is_integer() for each in self.quantiles)

    @property
    def cut(self) -> float:
        """Where what is above the threshold begins; between two whole numbers for counts."""
        return float(np.floor(self.above) + 0.5) if self.whole else self.above

    @property
    def bars(self) -> tuple[tuple[float, float, float], ...]:
        """Lower and upper edge of every bar with its probability; one edge is the threshold."""
        edges = self._edges()
        if self.whole:
            shares = np.histogram(self.quantiles, edges)[0] / len(self.quantiles)
        else:
            levels = (np.arange(len(self.quantiles)) + 0.5) / len(self.quantiles)
            reached = np.interp(edges, self.quantiles, levels, left=0.0, right=1.0)
            shares = np.diff(reached)
        return tuple(zip(edges[:-1].tolist(), edges[1:].tolist(), shares.tolist(), strict=True))

    def _edges(self) -> Floats:
        """Edges at a round distance from each other, the threshold among them."""
        low, high = self.quantiles[0], self.quantiles[-1]
        span = high - low
        if self.whole:
            width = _round_up((span + 1) / _MOST) if span >= _MOST else 1.0
            low, high = low - 0.5, high + 0.5
        else:
            span = span or abs(self.above - low) or 1.0
            width = _round_up(span / (0.75 * _MOST))
        first = np.floor((low - self.cut) / width + 1e-9)
        last = np.ceil((high - self.cut) / width - 1e-9)
        edges: Floats = self.cut + np.arange(first, max(last, first + 1) + 1) * width
        return edges

    def quantile(self, level: float) -> float:
        """Sum at a level of its distribution."""
        at = min(int(level * len(self.quantiles)), len(self.quantiles) - 1)
        return self.quantiles[at]

    def table(self) -> dict[str, Sequence[Any]]:
        """List the plotted numbers, a column each; both ends of a bar of counts are in it."""
        inside = 0.5 if self.whole else 0.0
        n = len(self.bars)
        return {
            "name": [self.name] * n,
            "low": [low + inside for low, _, _ in self.bars],
            "high": [high - inside for _, high, _ in self.bars],
            "p": [p for _, _, p in self.bars],
            "above": ["yes" if low >= self.cut else "no" for low, _, _ in self.bars],
            "as_of": [self.as_of.isoformat()] * n,
        }


def _apart(points: int) -> float:
    """How far a probability may lie from the share of so many points: one of them, and chance."""
    return 1.0 / points + 0.01


def _round_up(width: float) -> float:
    """Next larger of 1, 2, 5, 10, 20, ... or .5, .2, .1, ..."""
    power = 10.0 ** np.floor(np.log10(width))
    return float(next(s * power for s in (1.0, 2.0, 5.0, 10.0) if s * power >= width * (1 - 1e-9)))
