"""Evidence on a grid: what was reported in each step, where somebody looked, what was announced.

What was announced is a cause of reports beside the states.
Of an indicator that occurs within a step with probability a by the states alone, let f be the share
of the step in which it can occur at all, and g the probability that what was announced happens in
it, if it has not before. It then occurs with ``a' = 1 - (1 - f a) (1 - g)``, and what a step says
is, but for a constant, what it would say without announcements if somebody had looked less closely,
or the report were less credible::

    1 - d a'               = (1 - d g) (1 - d' a)           d' = d f (1 - g) / (1 - d g)
    c a' + (1 - c) a_bar   = C (c' a + (1 - c') a_bar)      c' = c f (1 - g) / C
                             C = c f (1 - g) + c g / a_bar + 1 - c

The constants depend on no rate and on no state, so that the kernels of likelihood, gradient, filter
and smoother read d' and c' in place of d and c, and need not know of announcements. The slope by a
is that of a', ``f (1 - g)``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np

from forecast.network.structure import Bools, Floats, Ints

__all__ = [
    "Announced",
    "Evidence",
    "Foreseen",
    "Observed",
    "distinct_steps",
    "looking",
    "with_told",
    "without",
]


@dataclass(frozen=True, eq=False)
class Announced:
    """A cause of reports beside the states: what was announced, and is open at the end of evidence.

    Attributes
    ----------
    indicator : int
    question : str
        The questions it is of, a blank between two; empty if it is of the indicator.
    now : int
        Day of the evidence, counted from the start of the grid.
    left : callable
        Probability that it has not happened by the end of a day, which falls.
    window : (int, int), optional
        First and last day in which alone the indicator can occur, for what is scheduled; nothing is
        left to come of it otherwise.
    """

    indicator: int
    question: str
    now: int
    left: Callable[[int], float]
    window: tuple[int, int] | None = None

    def still(self, day: int) -> float:
        """Probability that it has not happened by a day, given that it has not by now."""
        return self.left(max(day, self.now)) / self.left(self.now)


@dataclass(frozen=True, eq=False)
class Foreseen:
    """What an occurrence in a step of evidence may be owed to beside the states.

    Attributes
    ----------
    hazard : (T, K)
        g: probability that what was announced happens within a step, if it has not before.
    possible : (T, K)
        f: share of a step in which the indicator can occur.
    average : (K,)
        The constant ``a_bar`` of each indicator.

    Examples
    --------
    Where an announcement brings it with one half, silence that was half certain says less, and so
    does a report; a certain silence says as much as ever:

    >>> half = np.full((1, 1), 0.5)
    >>> seen = Foreseen(half, np.ones((1, 1)), np.array([0.25]))
    >>> seen.looked(half).round(3).tolist(), seen.looked(2 * half).tolist()
    ([[0.333]], [[1.0]])
    >>> at = np.zeros(1, np.int64)
    >>> seen.reported(at, at, np.array([0.8])).tolist()
    [0.18181818181818182]
    """

    hazard: Floats
    possible: Floats
    average: Floats

    def occurs(self, indicator: int, alone: Floats) -> Floats:
        """Give the probability of an occurrence, of that by the states alone: a' of a, (T, ...)."""
        shape = (-1, *[1] * (alone.ndim - 1))
        share, hazard = (each[:, indicator].reshape(shape) for each in (self.possible, self.hazard))
        return np.asarray(1.0 - (1.0 - share * alone) * (1.0 - hazard))

    def looked(self, detection: Floats) -> Floats:
        """Give detection as silence speaks of the states: d' of d, (T, K)."""
        left = 1.0 - detection * self.hazard
        less = detection * self.possible * (1.0 - self.hazard)
        return np.asarray(np.divide(less, left, out=np.zeros_like(less), where=left > 0.0))

    def reported(self, step: Ints, indicator: Ints, credibility: Floats) -> Floats:
        """Give credibility as reports speak of the states: c' of c, (M,), and leave numbers."""
        named = (self.hazard[step, indicator] > 0.0) | (self.possible[step, indicator] < 1.0)
        alone, whole = self._parts(step, indicator, credibility)
        less = np.divide(alone, whole, out=np.zeros_like(whole), where=whole > 0.0)
        return np.asarray(np.where(named, less, credibility))

    def constant(self, detection: Floats, step: Ints, indicator: Ints, told: Floats) -> float:
        """Log of what `looked` and `reported` take out: ``1 - d g`` in silence, C of a report."""
        named = (self.hazard[step, indicator] > 0.0) | (self.possible[step, indicator] < 1.0)
        _, whole = self._parts(step, indicator, told)
        with np.errstate(divide="ignore"):  # what is certain either way may not have come so
            silent = np.log1p(-detection * self.hazard)
            silent[step, indicator] = 0.0
            return float(silent.sum() + np.log(whole[named]).sum())

    def _parts(self, step: Ints, indicator: Ints, credibility: Floats) -> tuple[Floats, Floats]:
        """Give what a report owes to the states, and all of C: (M,) each."""
        hazard = self.hazard[step, indicator]
        alone = credibility * self.possible[step, indicator] * (1.0 - hazard)
        rest = credibility * hazard / self.average[indicator] + 1.0 - credibility
        return alone, alone + rest

    def between(self, first: int, last: int) -> Foreseen:
        """Return what is of the steps ``first <= step < last``."""
        return Foreseen(self.hazard[first:last], self.possible[first:last], self.average)


class Observed(NamedTuple):
    """The arrays of `Evidence`, as the compiled kernels read them."""

    pattern: Ints
    detection: Floats
    cell_step: Ints
    cell_indicator: Ints
    cell_value: Floats
    cell_exposure: Floats
    step_weight: Floats


_CELLS = ("cell_step", "cell_indicator", "cell_value", "cell_exposure")


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
    step_weight : (T,)
        What the log-likelihood of each step counts for in learning the rates; by default 1. States
        are filtered by all steps alike.
    announced : tuple of Announced
        What questions about reports to come are to count beside the states.
    foreseen : Foreseen, optional
        What an occurrence within a step may be owed to beside the states, so that it and its
        absence say less of them.

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
    step_weight: Floats | None = None
    announced: tuple[Announced, ...] = ()
    foreseen: Foreseen | None = None

    def __post_init__(self) -> None:
        """Coerce, and refuse what the kernels could not read."""
        for name in ("pattern", "cell_step", "cell_indicator"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.int64))
        if self.step_weight is None:
            object.__setattr__(self, "step_weight", np.ones(len(self.pattern)))
        for name in ("detection", "cell_value", "cell_exposure", "step_weight"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), np.float64))
        lengths = {len(getattr(self, name)) for name in _CELLS}
        if len(lengths) != 1:
            raise ValueError(f"cells must have one length, got {sorted(lengths)}")
        step = self.cell_step
        if step.size and ((np.diff(step) < 0).any() or step[0] < 0 or step[-1] >= self.steps):
            raise ValueError("cells must be in order of step and within the grid")
        if self.weights.shape != (self.steps,):
            raise ValueError(f"step_weight must have shape ({self.steps},)")
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
    def indicators(self) -> int:
        """Number of indicators, K."""
        return int(self.detection.shape[1])

    @property
    def weights(self) -> Floats:
        """`step_weight`, which is there once the evidence is made."""
        assert self.step_weight is not None
        return self.step_weight

    @property
    def says(self) -> Bools:
        """Whether a step says anything: something was reported, or somebody looked; (T,)."""
        out: Bools = (self.detection > 0.0).any(axis=1)[self.pattern]
        out[self.cell_step] = True
        return out

    def discounted(self, keep: float) -> Evidence:
        """Let old steps count for less in learning the rates: ``keep ** age``.

        The age of a step counts back from the last step that says anything, so that weeks in which
        nobody looked forget nothing.

        Parameters
        ----------
        keep : float
            Weight of a step against the one after it; 1 forgets nothing.

        Examples
        --------
        Four steps, of which the third is the last that says anything:

        >>> seen = Evidence(np.zeros(4), np.zeros((1, 1)), [0, 2], [0, 0], [3, 4], [1, 1])
        >>> seen.discounted(0.5).weights.tolist()
        [0.25, 0.5, 1.0, 1.0]
        """
        says = np.flatnonzero(self.says)
        last = int(says[-1]) if len(says) else self.steps
        age = np.clip(last - np.arange(self.steps), 0, None)
        return replace(self, step_weight=np.array([keep**steps for steps in age.tolist()]))

    def aged(self, since: Evidence) -> float:
        """How much less the steps shared with earlier evidence count than they did in that."""
        if not min(self.steps, since.steps):
            return 1.0
        return float(self.weights[0] / since.weights[0])

    @cached_property
    def observed(self) -> Observed:
        """The arrays as the kernels read them: what was foreseen says less of the states."""
        plain = Observed(*(getattr(self, name) for name in Observed._fields))
        if self.foreseen is None:
            return plain
        looked = self.foreseen.looked(self.detection[self.pattern])
        detection, pattern = np.unique(looked, axis=0, return_inverse=True)
        value = self.foreseen.reported(self.cell_step, self.cell_indicator, self.cell_value)
        return plain._replace(
            pattern=pattern.reshape(-1).astype(np.int64), detection=detection, cell_value=value
        )

    @property
    def looked(self) -> Floats:
        """What each step says by its silence, as the kernels read it: detection (T, K)."""
        found: Floats = self.observed.detection[self.observed.pattern]
        return found

    @property
    def constant(self) -> float:
        """Log of the likelihood that `observed` leaves out: no rate and no state changes it."""
        if self.foreseen is None:
            return 0.0
        cells = self.cell_step, self.cell_indicator
        return self.foreseen.constant(self.detection[self.pattern], *cells, self.cell_value)

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
            self.weights[first:last],
            foreseen=self.foreseen and self.foreseen.between(first, last),
        )


@lru_cache(maxsize=64)
def looking(indicators: int, indicator: int, chances: tuple[float, ...]) -> Evidence:
    """Look for one indicator: in vain with each detection, a step each, and last with success.

    Examples
    --------
    >>> seen = looking(2, 1, (0.3,))
    >>> seen.detection[seen.pattern].tolist(), seen.cell_step.tolist(), seen.cell_value.tolist()
    ([[0.0, 0.3], [0.0, 0.0]], [1], [1.0])
    """
    detection = np.zeros((len(chances) + 1, indicators))
    detection[:-1, indicator] = chances
    last = np.array([len(chances)])
    pattern = np.arange(len(chances) + 1)
    return Evidence(pattern, detection, last, np.array([indicator]), np.ones(1), np.ones(1))


def without(evidence: Evidence, indicator: int) -> Evidence:
    """Return the evidence as if nobody had looked for an indicator, nor reported it."""
    keep = evidence.cell_indicator != indicator
    detection = evidence.detection.copy()
    detection[:, indicator] = 0.0
    cells = {name: getattr(evidence, name)[keep] for name in _CELLS}
    return replace(evidence, detection=detection, **cells)


def with_told(evidence: Evidence, indicator: int) -> Evidence:
    """Return one step of evidence with an indicator reported for certain, whatever was known."""
    less = without(evidence, indicator)
    more = (0, indicator, 1.0, 1.0)
    cells: dict[str, Any] = {
        name: np.append(getattr(less, name), value)
        for name, value in zip(_CELLS, more, strict=True)
    }
    return replace(less, **cells)


def distinct_steps(several: Sequence[Evidence]) -> tuple[Evidence, list[Ints]]:
    """Put every different step of several evidences into one, so that each is worked out once.

    Parameters
    ----------
    several : sequence of Evidence
        At least one; of the same indicators.

    Returns
    -------
    steps : Evidence
        The different steps, in the order in which they first come; they have no weights.
    places : list of (T,) arrays
        Where each step of each evidence is among them.

    Examples
    --------
    >>> none, at = np.zeros(0), np.zeros(1, np.int64)
    >>> quiet = Evidence(np.zeros(3), np.ones((1, 1)), none, none, none, none)
    >>> seen = Evidence(np.zeros(3), np.ones((1, 1)), at, at, np.ones(1), np.ones(1))
    >>> steps, places = distinct_steps([quiet, seen])
    >>> steps.steps, [place.tolist() for place in places]
    (2, [[0, 0, 0], [1, 0, 0]])
    """
    looked: dict[bytes, int] = {}
    found: dict[tuple[int, bytes], int] = {}
    pattern: list[int] = []
    cells: list[Floats] = []
    places = []
    for evidence in several:
        seen = evidence.observed
        rows = [looked.setdefault(row.tobytes(), len(looked)) for row in seen.detection]
        said = np.column_stack([getattr(seen, name) for name in _CELLS[1:]])
        begins = np.searchsorted(seen.cell_step, np.arange(evidence.steps + 1))
        place = np.empty(evidence.steps, np.int64)
        for step, row in enumerate(seen.pattern):
            cell = said[begins[step] : begins[step + 1]]
            place[step] = found.setdefault((rows[row], cell.tobytes()), len(found))
            if place[step] == len(pattern):
                pattern.append(rows[row])
                cells.append(cell)
        places.append(place)
    steps = np.repeat(np.arange(len(cells)), [len(cell) for cell in cells])
    detection = np.frombuffer(b"".join(looked)).reshape(len(looked), several[0].indicators)
    indicator, value, exposure = np.concatenate([np.empty((0, 3)), *cells]).T
    return Evidence(np.array(pattern), detection, steps, indicator, value, exposure), places
