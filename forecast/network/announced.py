"""Announced: what was said to happen, as a cause of reports beside the states.

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

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecast.network.structure import Floats, Ints

__all__ = ["Announced", "Foreseen"]


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
