"""``forecast report``: one interactive page for colleagues without the command line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from forecast.terminal.console import reporting, say
from forecast.terminal.options import files_too, issued_option, names_of, project_option

__all__ = ["report"]


@click.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path), default="report.html")
@project_option()
@issued_option()
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    metavar="SCENARIO",
    help="Work out this what-if for the page; may be repeated.",
    shell_complete=files_too(names_of("scenario")),
)
@click.option("--no-watch", is_flag=True, help="Leave out the watch list.")
def report(
    out: Path, folder: Path, as_of: dt.date | None, scenarios: tuple[str, ...], no_watch: bool
) -> None:
    """Write the forecast issued last as one interactive HTML file.

    Trajectories to point at, the reports behind each move, the evidence with its sources, the
    watch list. The file needs neither server nor network.

    \b
    Example:
      forecast report forecast.html --no-watch
    """
    from forecast.project.project import Project
    from forecast.publish.report import report as write

    with reporting() as told:
        path = write(
            Project(folder),
            out,
            as_of=as_of,
            scenarios=scenarios,
            watch=not no_watch,
            reporter=told,
        )
    say(path)
