"""Indicators over time: what a strip of them reads, and the numbers beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from forecast.charts.refusals import ChartRefusal

__all__ = ["Cell", "Heat", "Known", "Strip"]

Known = Literal["report", "silence", "no coverage", "done"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known about one indicator in one step.

    Attributes
    ----------
    known : {"report", "silence", "no coverage", "done"}
        ``done``: a milestone that has happened and is no longer looked for.
    credibility : float
        Of what was reported, 0 to 1; 0 for a report without credibility.
    decibans : float, optional
        What the report is worth to the judgement; None where it is worth nothing or not known.
    on : date, optional
        Of the report, the most credible where there are several.
    """

    known: Known
    credibility: float = 0.0
    decibans: float | None = None
    on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Strip:
    """One indicator over time.

    Attributes
    ----------
    label : str
        Name as printed.
    cells : tuple of Cell
        One a step.
    about : str
        Printed name of the judgement that the decibans are of.
    silence : float, optional
        Decibans of all its silence together.
    """

    label: str
    cells: tuple[Cell, ...]
    about: str = ""
    silence: float | None = None

    @property
    def reports(self) -> int:
        """How many steps have a report."""
        return sum(cell.known == "report" for cell in self.cells)

    @property
    def strength(self) -> float:
        """Decibans of the strongest report, whatever its sign."""
        return max((abs(cell.decibans or 0.0) for cell in self.cells), default=0.0)


@dataclass(frozen=True, slots=True)
class Heat:
    """Indicators over time.

    Attributes
    ----------
    name, label : str
        Name for files, and what the indicators are about, as printed.
    as_of : date
    starts : tuple of date
        First day of every step, in order.
    strips : tuple of Strip
        In any order; those with the strongest report come first, or with the most.

    Raises
    ------
    ChartRefusal
        When there is nothing to draw, strips differ in length, or a credibility is not in 0 to 1.
    """

    name: str
    label: str
    as_of: dt.date
    starts: tuple[dt.date, ...]
    strips: tuple[Strip, ...]

    def __post_init__(self) -> None:
        if not self.strips or len(self.starts) < 2:
            raise ChartRefusal(f"{self.name}: an indicator and two steps at least are needed")
        for strip in self.strips:
            if len(strip.cells) != len(self.starts):
                raise ChartRefusal(
                    f"{strip.label!r} has {len(strip.cells)} steps, the axis {len(self.starts)}"
                )
            if not all(0 <= cell.credibility <= 1 for cell in strip.cells):
                raise ChartRefusal(f"{strip.label!r} has a credibility that is not in 0 to 1")

    @property
    def ordered(self) -> tuple[Strip, ...]:
        """Strips with the strongest report first, or with the most where none is weighed."""
        return tuple(sorted(self.strips, key=lambda one: (-one.strength, -one.reports, one.label)))

    @property
    def weighed(self) -> bool:
        """Whether it is known what reports or silence are worth."""
        return any(
            strip.silence is not None or any(c.decibans is not None for c in strip.cells)
            for strip in self.strips
        )

    @property
    def groups(self) -> list[tuple[str, tuple[Strip, ...]]]:
        """Strips by the judgement their decibans are of."""
        found: dict[str, list[Strip]] = {}
        for strip in self.ordered:
            found.setdefault(strip.about, []).append(strip)
        return [(about, tuple(strips)) for about, strips in found.items()]

    @property
    def worth(self) -> list[tuple[float, Strip, dt.date]]:
        """Decibans of every report with its indicator and its date, the highest first."""
        found = [
            (cell.decibans, strip, cell.on or start)
            for strip in self.ordered
            for start, cell in zip(self.starts, strip.cells, strict=True)
            if cell.decibans is not None
        ]
        return sorted(found, key=lambda one: -one[0])

    def table(self) -> dict[str, Sequence[Any]]:
        """List what is known, a row for each indicator and step, and one for all its silence."""
        found: list[tuple[Strip, str, str, float, float | None, str]] = []
        for strip in self.ordered:
            for start, cell in zip(self.starts, strip.cells, strict=True):
                on = "" if cell.on is None else cell.on.isoformat()
                known = strip, start.isoformat(), cell.known, cell.credibility, cell.decibans, on
                found.append(known)
            if strip.silence is not None:
                found.append((strip, "", "all silence", 0.0, strip.silence, ""))
        return {
            "indicator": [strip.label for strip, *_ in found],
            "date": [one[1] for one in found],
            "known": [one[2] for one in found],
            "credibility": [one[3] for one in found],
            "judgement": [strip.about for strip, *_ in found],
            "decibans": ["" if one[4] is None else one[4] for one in found],
            "occurred_on": [one[5] for one in found],
            "as_of": [self.as_of.isoformat()] * len(found),
        }
