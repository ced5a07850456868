"""What the checks of a whole file report, before lines are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forecast.beliefs.places import Document, Location, dotted
from forecast.errors import Problem

__all__ = ["Finding", "overlap"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit together.

    Attributes
    ----------
    path : tuple
        Where it is reported.
    came, allowed : str
        The two halves of the message.
    relies_on : tuple of tuple
        Other places the finding follows from; it is void when one of them was not the author's.
    severity : {"error", "warning"}
    """

    path: Location
    came: str
    allowed: str = ""
    relies_on: tuple[Location, ...] = ()
    severity: Literal["error", "warning"] = "error"

    def void(self, filled: set[Location]) -> bool:
        """Whether it follows from a place that is not the author's."""
        return any(
            overlap(place, used) for place in filled for used in (self.path, *self.relies_on)
        )

    def problem(self, document: Document) -> Problem:
        """Return the finding as it is reported."""
        line = document.line(self.path)
        return Problem(
            document.file, line, dotted(self.path), self.came, self.allowed, self.severity
        )


def overlap(one: Location, other: Location) -> bool:
    """Whether one place lies inside the other, or is the same."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]
