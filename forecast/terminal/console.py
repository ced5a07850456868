"""What a command shows while it works and when it is done."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from forecast.errors import ArgumentError, ForecastError
from forecast.escaping import json_text, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID
    from rich.segment import Segment
    from rich.text import Text

__all__ = [
    "Terminal",
    "as_options",
    "output",
    "print_json",
    "print_json_line",
    "reporting",
    "say",
    "show_error",
]


#: Columns of a pipe, more than any row has: who reads it cuts and searches lines.
_PIPE = 100_000
#: Lays a pipe out for so many columns instead.
_COLUMNS = "FORECAST_COLUMNS"
_FEWEST = 20
#: Columns of a terminal that does not tell.
_USUAL = 80
#: Terminals that cannot take back a line.
_DUMB = ("dumb", "unknown")


def _is_terminal(stream: TextIO | None) -> bool:
    """Tell a terminal from a pipe, a file, and a stream that the caller closed."""
    return stream is not None and stream.isatty()


def _width(stream: TextIO) -> int:
    """Return the columns of a terminal, also of one that rich takes for too dumb to ask."""
    said = os.environ.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and int(said[:9]):
        return int(said[:9])
    try:
        return os.get_terminal_size(stream.fileno()).columns or _USUAL
    except (OSError, ValueError):
        return _USUAL


def _pipe_width() -> int:
    said = os.environ.get(_COLUMNS, "").strip()
    if not said:
        return _PIPE
    if not (said.isascii() and said.isdigit() and _FEWEST <= int(said[:9]) <= _PIPE):
        raise ForecastError(
            f"{_COLUMNS}: {said!r} came; allowed: a number of columns from {_FEWEST} to {_PIPE}"
        )
    return int(said)


def output() -> Console:
    """Return the console of results: as wide as the terminal; in a pipe every row is a line.

    Raises
    ------
    ForecastError
        If FORECAST_COLUMNS is set for the pipe and is no number of columns.
    """
    from rich.console import Console

    # without markup, or a [word in brackets] of the brief would be taken for a style
    width = _width(sys.stdout) if _is_terminal(sys.stdout) else _pipe_width()

    class Output(Console):
        def render_str(self, text: str, **how: Any) -> Text:
            return super().render_str(visible(text), **how)  # before it is measured

        def render(self, *what: Any, **how: Any) -> Iterable[Segment]:
            for piece in super().render(*what, **how):
                # whatever else was made of text; what moves the cursor is rich's own
                yield piece if piece.control else piece._replace(text=visible(piece.text))

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # a reader that left is no mistake; the front door ends quietly

    return Output(file=sys.stdout, width=width, highlight=False, emoji=False, markup=False)


def say(what: object, *, err: bool = False, nl: bool = True, verbatim: bool = False) -> None:
    """Print a text, with what a terminal would act on shown as what it is.

    On a terminal lines end between words; anything else gets them as they are.

    Parameters
    ----------
    what : object
        A text, or a path.
    err : bool
        Whether it goes to the error stream.
    nl : bool
        Whether the line is ended.
    verbatim : bool
        Whether a terminal, too, gets the lines as they are: what is made to be copied.
    """
    text = visible(str(what))
    stream = sys.stderr if err else sys.stdout
    if not (verbatim or isinstance(what, Path)) and _is_terminal(stream):
        text = _wrapped(text, stream)
    click.echo(text, err=err, nl=nl)


def _wrapped(text: str, stream: TextIO) -> str:
    """End lines between words, before a terminal ends them within; a long word stays whole."""
    lines = textwrap.TextWrapper(
        width=max(_FEWEST, _width(stream)),
        break_long_words=False,
        break_on_hyphens=False,
        expand_tabs=False,
        replace_whitespace=False,
    )
    return "\n".join(piece for line in text.split("\n") for piece in lines.wrap(line) or [""])


def print_json(value: Mapping[str, Any]) -> None:
    """Print a result as JSON, one key a line at the top."""
    say(json_text(value, indent=1), verbatim=True)


def print_json_line(value: Mapping[str, Any]) -> None:
    """Print a result as JSON in one line."""
    say(json_text(value), verbatim=True)


class Terminal:
    """Shows stages and progress on the error stream of a terminal."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._task: TaskID | None = None

    def stage(self, text: str) -> None:
        """Begin a stage of the work."""
        if self._task is not None:
            self._shown.remove_task(self._task)
        self._task = self._shown.add_task(visible(text), total=None)

    def progress(self, done: int, total: int) -> None:
        """Tell how far the stage is."""
        if self._task is not None:
            self._shown.update(self._task, completed=done, total=total)


@contextmanager
def reporting() -> Iterator[Terminal | None]:
    """Report on a terminal that can take back a line; elsewhere, say nothing."""
    if not _is_terminal(sys.stderr) or os.environ.get("TERM", "").lower() in _DUMB:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as shown:
        yield Terminal(shown)


@contextmanager
def as_options() -> Iterator[None]:
    """Name options where an argument is missing, or one too many."""
    try:
        yield
    except ArgumentError as error:
        text = re.sub(r"{(\w+)}", lambda one: f"--{one[1].replace('_', '-')}", error.text)
        raise click.UsageError(text) from None


def show_error(error: ForecastError) -> None:
    """Print every problem an error carries, or the error itself."""
    errors = [p for p in getattr(error, "problems", ()) if p.severity == "error"]
    for problem in errors:
        say(problem, err=True)
    if not errors:
        say(f"forecast: {error}", err=True)
    elif len(errors) > 1:
        say(f"forecast: {len(errors)} problems; nothing was changed", err=True)
