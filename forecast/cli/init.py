"""``forecast init``: a project of one's own."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from forecast.terminal.console import say

__all__ = ["init"]


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option(
    "--from-series",
    "series",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV file or workbook with a column 'date' and a column of numbers for each stream.",
)
@click.option(
    "--states",
    type=click.IntRange(4, 20),
    help="With --from-series: a ladder of so many states with a hazard each, in place of a level.",
)
@click.option(
    "--pool",
    is_flag=True,
    help="One set of rates for a column of several series, with --from-series.",
)
def init(folder: Path, series: Path | None, states: int | None, pool: bool) -> None:
    """Write a minimal project, commented, that runs as it is.

    With --from-series it is a first model of streams of counts or values, whose states and priors
    come from the range of the numbers. Nothing that is there already is overwritten.

    \b
    Examples:
      forecast init my-brief
      cd my-brief && forecast run
      forecast init my-streams --from-series weekly.csv
      forecast init my-pairs --from-series pairs.csv --pool
    """
    if pool and series is None:
        raise click.UsageError("--pool goes with --from-series")
    from forecast.project.start import start, start_from_series

    notes: list[str] = []
    if series is None:
        written = start(folder)
    else:
        written = start_from_series(folder, series, states=states, pool=pool, notes=notes)
    for note in notes:
        say(f"note: {note}", err=True)
    for path in written:
        say(f"wrote {path}")
    place = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    say(f"next: edit them, then {place}forecast check && forecast run")
