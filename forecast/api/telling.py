"""How a long call tells how far it is: in a terminal, in a notebook, or to a function."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from forecast.workflow.progress import Reporter, Silent

__all__ = ["Progress", "Ticker", "telling"]

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
