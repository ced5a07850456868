"""What a command shows while it works and when it is done."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click

from forecast.errors import ForecastError
from forecast.escaping import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID
    from rich.text import Text

__all__ = ["PIPE", "Terminal", "output", "print_json", "reporting", "show_error"]


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
            return super().render_str(visible(text), **how)

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # a reader that left is no mistake; the front door ends quietly

    return Output(file=sys.stdout, width=width, highlight=False, emoji=False, markup=False)


def print_json(value: Mapping[str, Any]) -> None:
    """Print a result as JSON, one key a line at the top."""
    click.echo(json.dumps(value, indent=1, ensure_ascii=False))


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
        click.echo(visible(str(problem)), err=True)
    if not errors:
        click.echo(visible(f"forecast: {error}"), err=True)
    elif len(errors) > 1:
        click.echo(f"forecast: {len(errors)} problems; nothing was changed", err=True)
