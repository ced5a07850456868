"""Evidence on a grid: what was reported in each step, and where somebody looked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from forecast.network.structure import Floats, Ints

__all__ = ["Evidence", "Observed"]


class Observed(NamedTuple):
    """The arrays of `Evidence`, as the compiled kernels read them."""

    pattern: Ints
    detection: Floats
    cell_step: Ints
    cell_indicator: Ints
    cell_value: Floats
    cell_exposure: Floats


@dataclass(frozen=True, eq=False)
class Evidence:
    """What was reported, and where somebody looked, on a grid of steps.

    Attributes
    ----------
    pattern : (T,)
        Which row of `detection` holds in each step.
    detection : (P, K)
        Probability that an occurrence within the step is noticed; 0 where nobody looked.
    cell_step, cell_indicator : (M,)
        Step and indicator of each report, in order of step; one cell per step and indicator.
    cell_value : (M,)
        Credibility of a presence report, a count, or a value.
    cell_exposure : (M,)
        Exposure of a count; 1 elsewhere.

    Raises
    ------
    ValueError
        If cells are out of order, out of the grid, doubled, or of unequal length.

    Examples
    --------
    >>> Evidence.empty(steps=3, indicators=2).steps
    3
    """

    pattern: Ints
    detection: Floats
    cell_step: Ints
    cell_indicator: Ints
    cell_value: Floats
    cell_exposure: Floats

    def __post_init__(self) -> None:
        """Coerce, and refuse what the kernels could not read."""
        for name in ("pattern", "cell_step", "cell_indicator"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.int64))
        for name in ("detection", "cell_value", "cell_exposure"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), np.float64))
        lengths = {len(getattr(self, name)) for name in Observed._fields[2:]}
        if len(lengths) != 1:
            raise ValueError(f"cells must have one length, got {sorted(lengths)}")
        step = self.cell_step
        if step.size and ((np.diff(step) < 0).any() or step[0] < 0 or step[-1] >= self.steps):
            raise ValueError("cells must be in order of step and within the grid")
        pairs = set(zip(step.tolist(), self.cell_indicator.tolist(), strict=True))
        if len(pairs) != step.size:
            raise ValueError("a step has two cells for one indicator")

    @classmethod
    def empty(cls, *, steps: int, indicators: int) -> Evidence:
        """Nobody looked, and nothing was reported."""
        nothing, nowhere = np.zeros(0), np.zeros(0, np.int64)
        pattern = np.zeros(steps, np.int64)
        detection = np.zeros((1, indicators))
        return cls(pattern, detection, nowhere, nowhere, nothing, nothing)

    @property
    def steps(self) -> int:
        """Number of steps, T."""
        return len(self.pattern)

    @property
    def observed(self) -> Observed:
        """The arrays as the kernels read them."""
        return Observed(*(getattr(self, name) for name in Observed._fields))

    def between(self, first: int, last: int) -> Evidence:
        """Return the evidence of steps ``first <= step < last`` on a grid of their own."""
        keep = (self.cell_step >= first) & (self.cell_step < last)
        used, pattern = np.unique(self.pattern[first:last], return_inverse=True)
        return Evidence(
            pattern,
            self.detection[used],
            self.cell_step[keep] - first,
            self.cell_indicator[keep],
            self.cell_value[keep],
            self.cell_exposure[keep],
        )
