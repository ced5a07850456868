"""What a project wants of the rows of a collection, and what became of each."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Held", "Plan", "Tally", "Week"]

_DISTINCT = 1000


@dataclass(slots=True)
class Tally:
    """Counts of rows, each reason with the first place where it was met.

    Every row that is read ends in exactly one of `kept`, `merged` and `dropped`; `remarks` are
    about rows, or files, that were used all the same.

    Examples
    --------
    >>> tally = Tally()
    >>> tally.read = 3
    >>> tally.kept = 1
    >>> tally.drop("broken row", "a.csv:7", rows=2)
    >>> tally.balanced, tally.dropped["broken row"], tally.first["broken row"]
    (True, 2, 'a.csv:7')
    """

    read: int = 0
    kept: int = 0
    merged: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)

    @property
    def balanced(self) -> bool:
        """Whether every row that was read is accounted for, once."""
        return self.read == self.kept + self.merged.total() + self.dropped.total()

    def drop(self, reason: str, place: str, *, rows: int = 1) -> None:
        """Count rows that were not used."""
        self.dropped[reason] += rows
        self.first.setdefault(reason, place)

    def merge(self, reason: str, place: str) -> None:
        """Count a row that says what another said."""
        self.merged[reason] += 1
        self.first.setdefault(reason, place)

    def remark(self, text: str, place: str) -> None:
        """Count something odd about a row or file that was used."""
        self.remarks[text] += 1
        self.first.setdefault(text, place)

    def unknown_code(self, code: str) -> None:
        """Remember a code that is not in the code book, up to a thousand different ones."""
        if code in self.unknown or len(self.unknown) < _DISTINCT:
            self.unknown[code] += 1


@dataclass(frozen=True, slots=True)
class Held:
    """A report that the project has already, by hand or from an earlier import."""

    report_id: str
    indicator: str
    lineage: str
    source_url: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a project wants of each row.

    Attributes
    ----------
    kinds : mapping of str to {"presence", "count"}
        By indicator.
    week_of : callable
        First day of the week a day lies in.
    brief_as_of : datetime.date
        Reports before it document the prior.
    first, last : datetime.date
        Rows of other days are not wanted.
    today : datetime.date
        Rows of days to come are not wanted.
    held : sequence of Held
        Reports that the project has already.
    """

    kinds: Mapping[str, Literal["presence", "count"]]
    week_of: Callable[[dt.date], dt.date]
    brief_as_of: dt.date
    first: dt.date = dt.date.min
    last: dt.date = dt.date.max
    today: dt.date = dt.date.max
    held: Sequence[Held] = ()


@dataclass(frozen=True, slots=True)
class Week:
    """A weekly count; `days` of the week are covered by the files."""

    indicator: str
    starts_on: dt.date
    count: int
    days: int
