"""What a command shows while it works and when it is done."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click

from forecast.errors import ForecastError
from forecast.escaping import json_text, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID
    from rich.segment import Segment
    from rich.text import Text

__all__ = [
    "PIPE",
    "Terminal",
    "output",
    "print_json",
    "print_json_line",
    "reporting",
    "say",
    "show_error",
]


#: Columns of a pipe, more than any row has: who reads it cuts and searches lines.
PIPE = 100_000


def _is_terminal(stream: TextIO | None) -> bool:
    """Tell a terminal from a pipe, a file, and a stream that the caller closed."""
    return stream is not None and stream.isatty()


def output() -> Console:
    """Return the console of results: as wide as the terminal; in a pipe every row is a line."""
    from rich.console import Console

    # without markup, or a [word in brackets] of the brief would be taken for a style
    width = None if _is_terminal(sys.stdout) else PIPE

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


def say(what: object, *, err: bool = False, nl: bool = True) -> None:
    """Print a text, with what a terminal would act on shown as what it is.

    Parameters
    ----------
    what : object
        A text, or a path.
    err : bool
        Whether it goes to the error stream.
    nl : bool
        Whether the line is ended.
    """
    click.echo(visible(str(what)), err=err, nl=nl)


def print_json(value: Mapping[str, Any]) -> None:
    """Print a result as JSON, one key a line at the top."""
    say(json_text(value, indent=1))


def print_json_line(value: Mapping[str, Any]) -> None:
    """Print a result as JSON in one line."""
    say(json_text(value))


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
    """Report on a terminal; in a pipe or a log, say nothing."""
    if not _is_terminal(sys.stderr):
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


def show_error(error: ForecastError) -> None:
    """Print every problem an error carries, or the error itself."""
    errors = [p for p in getattr(error, "problems", ()) if p.severity == "error"]
    for problem in errors:
        say(problem, err=True)
    if not errors:
        say(f"forecast: {error}", err=True)
    elif len(errors) > 1:
        say(f"forecast: {len(errors)} problems; nothing was changed", err=True)
