"""What a notebook and a prompt show of a result, and how a long call tells how far it is."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar, Self, TextIO, get_args

import pandas as pd

from forecast.api import frames
from forecast.beliefs.words import format_band, format_worded
from forecast.project.progress import Reporter, Silent
from forecast.project.project import Project as Files
from forecast.result import Result

__all__ = [
    "Estimate",
    "Opened",
    "Progress",
    "Ticker",
    "View",
    "telling",
]

#: Who is told: a function of stage, done and total; or whether text is written at all.
type Progress = Callable[[str, int, int], None] | bool | None

_PATIENCE = 1.0  # seconds before anything is written
_OFTEN = 0.5  # seconds between two changes of the line


@contextmanager
def telling(progress: Progress) -> Iterator[Reporter]:
    """Give a reporter for the length of a call.

    Parameters
    ----------
    progress : callable, bool or None
        A function is called with the stage, and how much of it is done of how much. True writes a
        line to the error stream, False nothing; None writes it in a terminal or a notebook.
    """
    if callable(progress):
        yield _Caller(progress)
        return
    if progress is False or (progress is None and not _watched(sys.stderr)):
        yield Silent()
        return
    ticker = Ticker(sys.stderr)
    try:
        yield ticker
    finally:
        ticker.clear()


class Opened:
    """The files of a project, and who is told how far a call is.

    Parameters
    ----------
    files : forecast.project.project.Project
    progress : callable, bool or None
        As for `telling`.
    """

    def __init__(self, files: Files, progress: Progress) -> None:
        self._files, self._progress = files, progress

    def _telling(self) -> AbstractContextManager[Reporter]:
        return telling(self._progress)


def _watched(stream: TextIO | None) -> bool:
    """Tell whether somebody sees what is written: a terminal, or the kernel of a notebook."""
    if stream is None:
        return False
    return stream.isatty() or type(stream).__module__.startswith("ipykernel")


@dataclass
class _Caller:
    """Passes on what a reporter is told."""

    call: Callable[[str, int, int], None]
    text: str = ""

    def stage(self, text: str) -> None:
        self.text = text
        self.call(text, 0, 0)

    def progress(self, done: int, total: int) -> None:
        self.call(self.text, done, total)


class Ticker:
    """Writes one line over itself, once a call has taken a second, and takes it away at the end."""

    def __init__(self, stream: TextIO, *, patience: float = _PATIENCE) -> None:
        self._stream, self._next = stream, time.monotonic() + patience
        self._text, self._width = "", 0

    def stage(self, text: str) -> None:
        """Begin a stage of the work."""
        self._text = text
        self._show(text)

    def progress(self, done: int, total: int) -> None:
        """Tell how far the stage is."""
        self._show(f"{self._text} {done} of {total}")

    def clear(self) -> None:
        """Take the line away."""
        if self._width:
            self._write("")
            self._write("")

    def _show(self, line: str) -> None:
        if time.monotonic() >= self._next:
            self._write(line)
            self._next = time.monotonic() + _OFTEN

    def _write(self, line: str) -> None:
        self._stream.write(f"\r{line.ljust(self._width)}")
        self._stream.flush()
        self._width = len(line)


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
        band = "" if math.isnan(self.lo80) else f", 80% band {format_band(row)}"
        return f"{format_worded(row)}{band}"

    __str__ = __repr__


class View:
    """What a verb of the project found, with its lists as tables; a notebook shows it as one.

    Attributes
    ----------
    result : forecast.result.Result
        The verb's own result, a frozen model with the fields of docs/schema.md.

    Examples
    --------
    ::

        found = project.watch("tech_transfer")
        found          # the table, as `forecast watch` prints it
        found.plain()  # the values that `forecast watch --json` prints
        found.result.targets[0].indicators[0].seen
    """

    _rows: ClassVar[int] = 12  # a notebook shows so many

    def __init__(self, result: Result) -> None:
        self.result: Any = result
        self._value = result.plain()

    def plain(self) -> dict[str, Any]:
        """Give plain values: what the command prints with ``--json``; see docs/schema.md."""
        return self._value

    def _table(self, name: str, *, index: str | None = None) -> pd.DataFrame:
        """Set a list of the result into a table with a column for each field of its items."""
        field = type(self.result).model_fields[name]
        names, dates = frames.columns(get_args(field.annotation)[0])
        rows = self._value[field.serialization_alias or name]
        return frames.table(rows, names, index=index, dates=dates)

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
