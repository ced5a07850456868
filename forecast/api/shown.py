"""What a notebook and a prompt show of a result."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, ClassVar, Self

import pandas as pd

from forecast.beliefs.words import format_probability
from forecast.briefs.sentences import interval

__all__ = ["Estimate", "Result", "band_text", "worded"]


def band_text(row: Mapping[str, Any]) -> str:
    """Write the 80 % band of a row."""
    return interval(row["lo80"], row["hi80"], dash="-")


def worded(row: Mapping[str, Any]) -> str:
    """Write the probability of a row and its word.

    Examples
    --------
    >>> worded({"probability": 0.244, "word": "unlikely"})
    '24% unlikely'
    """
    return f"{format_probability(row['probability'])} {row['word']}"


class Estimate(float):
    """A probability with its word and bands; it calculates as the number it is.

    Attributes
    ----------
    word : str
        On the brief's scale.
    lo50, hi50, lo80, hi80 : float
        Ends of the 50 % and the 80 % band; nan where they are not known.

    Examples
    --------
    >>> row = {"probability": 0.25, "word": "unlikely"}
    >>> found = Estimate.of(row | {"lo50": 0.2, "hi50": 0.3, "lo80": 0.1, "hi80": 0.4})
    >>> found
    25% unlikely, 80% band 10-40%
    >>> found.word, 1 - found
    ('unlikely', 0.75)
    """

    word: str
    lo50: float
    hi50: float
    lo80: float
    hi80: float

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Take an estimate out of a row that holds its parts."""
        found = cls(row["probability"])
        for name in ("word", "lo50", "hi50", "lo80", "hi80"):
            setattr(found, name, row[name])
        return found

    def __repr__(self) -> str:
        row = {"probability": float(self), **vars(self)}
        band = "" if math.isnan(self.lo80) else f", 80% band {band_text(row)}"
        return f"{worded(row)}{band}"

    __str__ = __repr__


class Result:
    """What a verb of the project found; a notebook shows it as a table.

    Examples
    --------
    ::

        found = project.watch("tech_transfer")
        found          # the table, as `forecast watch` prints it
        found.plain()  # the values that `forecast watch --json` prints
    """

    _rows: ClassVar[int] = 12  # a notebook shows so many

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._value = dict(value)

    def plain(self) -> dict[str, Any]:
        """Give plain values: what the command prints with ``--json``; see docs/schema.md."""
        return self._value

    def _heading(self) -> Iterable[str]:
        """Give the lines above the table; the first is the title."""
        raise NotImplementedError

    def _display(self) -> pd.DataFrame:
        """Give the table as it is shown, with texts as cells."""
        raise NotImplementedError

    def _shown(self) -> tuple[pd.DataFrame, str]:
        whole = self._display()
        left = len(whole) - self._rows
        return whole.head(self._rows), f"and {left} more" if left > 0 else ""

    def __repr__(self) -> str:
        frame, more = self._shown()
        body = "" if frame.empty else frame.to_string(index=False)
        return "\n".join([*self._heading(), "", body, more]).rstrip()

    def _repr_html_(self) -> str:
        frame, more = self._shown()
        title, *rest = (escape(line) for line in self._heading())
        head = "<br>".join([f"<strong>{title}</strong>", *rest])
        body = "" if frame.empty else frame.to_html(index=False, border=0, justify="left")
        return f"<p>{head}</p>\n{body}" + (f"\n<p>{more}</p>" if more else "")
