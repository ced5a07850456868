"""Contributions to log-odds, in decibans: what a chart of weights of evidence reads."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from forecast.charts.data import Floats
from forecast.charts.refusals import ChartRefusal

__all__ = ["Weight", "Weights", "decibans", "shown"]

Kind = Literal["reports", "silence", "time", "other"]

_SUM = 0.05  # decibans by which parts may miss the whole: rounding


@dataclass(frozen=True, slots=True)
class Weight:
    """One contribution: a lineage of reports, silence, time passing, or what is left.

    Attributes
    ----------
    label : str
        What it is, as printed.
    decibans : float
        10 log10 of the factor by which it multiplies the odds.
    kind : {"reports", "silence", "time", "other"}
    """

    label: str
    decibans: float
    kind: Kind = "reports"


@dataclass(frozen=True, slots=True)
class Weights:
    """Contributions that lead from one probability to another.

    Attributes
    ----------
    node, label, proposition : str
        Name, printed name and the sentence that is judged.
    as_of : date
    prior, value : float
        Probability before the first contribution and after the last.
    weights : tuple of Weight
        In the order they are drawn; their decibans add up to the change of the log-odds.
    start, end : str
        What `prior` and `value` are, as printed, such as ``Brief, 27 Sep 2023``.
    interval80 : (low, high), optional
        80 % interval of `value`, for the words of the title.

    Raises
    ------
    ChartRefusal
        When a probability is not between 0 and 1, there are no parts, or they miss the whole by
        more than 0.05 decibans.

    Examples
    --------
    >>> w = Weights("a", "A", "It is.", dt.date(2024, 1, 1), prior=0.5, value=10 / 11,
    ...             weights=(Weight("a treaty is signed", 10.0),))
    >>> w.path.round(6).tolist()
    [0.0, 10.0]
    """

    node: str
    label: str
    proposition: str
    as_of: dt.date
    prior: float
    value: float
    weights: tuple[Weight, ...]
    start: str = "Before"
    end: str = "Now"
    interval80: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not (0 < self.prior < 1 and 0 < self.value < 1):
            raise ChartRefusal(
                f"{self.node}: {self.prior:g} and {self.value:g} must be above 0 and below 1"
            )
        if not self.weights:
            raise ChartRefusal(f"{self.node}: there is no contribution to draw")
        miss = float(self.path[-1]) - decibans(self.value)
        if not abs(miss) <= _SUM:
            raise ChartRefusal(
                f"{self.node}: the parts miss the whole by {miss:+.2f} decibans; they must add up"
            )

    @property
    def path(self) -> Floats:
        """Log-odds in decibans before the first and after every contribution."""
        parts = [one.decibans for one in self.weights]
        path: Floats = decibans(self.prior) + np.concatenate([[0.0], np.cumsum(parts)])
        return path

    def table(self) -> dict[str, Sequence[Any]]:
        """List the plotted numbers, a column each."""
        n, path = len(self.weights), self.path
        return {
            "node": [self.node] * n,
            "label": [one.label for one in self.weights],
            "kind": [one.kind for one in self.weights],
            "decibans": [one.decibans for one in self.weights],
            "before": [_probability(db) for db in path[:-1]],
            "after": [_probability(db) for db in path[1:]],
            "as_of": [self.as_of.isoformat()] * n,
        }


def decibans(p: float) -> float:
    """Log-odds of a probability in decibans.

    Examples
    --------
    >>> round(decibans(10 / 11), 9), decibans(0.5)
    (10.0, 0.0)
    """
    return 10 * math.log10(p / (1 - p))


def _probability(db: float) -> float:
    return 1 / (1 + 10 ** (-float(db) / 10))


def shown(values: Weights, most: int) -> Weights:
    """Put the smallest contributions into one, so that at most so many are drawn."""
    excess = len(values.weights) - most
    if excess <= 0:
        return values
    by_size = sorted(range(len(values.weights)), key=lambda n: abs(values.weights[n].decibans))
    merged = set(by_size[: excess + 1])
    rest = Weight(
        f"{len(merged)} smaller contributions",
        sum(values.weights[n].decibans for n in merged),
        "other",
    )
    kept = [one for n, one in enumerate(values.weights) if n not in merged]
    return replace(values, weights=(*kept, rest))
