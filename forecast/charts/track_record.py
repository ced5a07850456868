"""How often what was given a word came true: the groups that charts of calibration read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from forecast.charts.refusals import ChartRefusal

__all__ = ["Group", "group_table"]


@dataclass(frozen=True, slots=True)
class Group:
    """Resolved questions that were given one word.

    Attributes
    ----------
    label : str
        The word.
    band : (low, high)
        What it means on the scale.
    p : float
        Mean of the probabilities given.
    total, hits : int
        How many questions, and how many came true.
    low, high : float
        90 % interval of the share that comes true.

    Raises
    ------
    ChartRefusal
        When numbers are no probabilities or no counts.

    Examples
    --------
    >>> Group("likely", (0.55, 0.8), 0.7, 10, 7, 0.44, 0.88).rate
    0.7
    """

    label: str
    band: tuple[float, float]
    p: float
    total: int
    hits: int
    low: float
    high: float

    def __post_init__(self) -> None:
        numbers = (*self.band, self.p, self.low, self.high)
        if not all(0 <= one <= 1 for one in numbers) or self.low > self.high:
            raise ChartRefusal(f"{self.label!r}: {numbers} has values that are not in 0 to 1")
        if not 0 <= self.hits <= self.total or not self.total:
            raise ChartRefusal(f"{self.label!r}: {self.hits} of {self.total} cannot have come true")

    @property
    def rate(self) -> float:
        """Share that came true."""
        return self.hits / self.total

    @property
    def kept(self) -> bool:
        """Whether the interval of the share meets what the word means."""
        return self.low <= self.band[1] and self.band[0] <= self.high


def group_table(groups: Sequence[Group]) -> dict[str, Sequence[Any]]:
    """List groups, a column each."""
    return {
        "word": [one.label for one in groups],
        "low": [one.band[0] for one in groups],
        "high": [one.band[1] for one in groups],
        "mean": [one.p for one in groups],
        "questions": [one.total for one in groups],
        "came_true": [one.hits for one in groups],
        "rate": [one.rate for one in groups],
        "lo90": [one.low for one in groups],
        "hi90": [one.high for one in groups],
    }
