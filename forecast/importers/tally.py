"""What became of every row: kept, merged, dropped, and remarks on those that were used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

__all__ = ["Tally"]

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
