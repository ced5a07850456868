"""``forecast init``: a project of one's own."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

__all__ = ["init"]


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
def init(folder: Path) -> None:
    """Write a minimal project, commented, that runs as it is.

    Nothing that is there already is overwritten.

    \b
    Example:
      forecast init my-brief
      cd my-brief && forecast run
    """
    from forecast.workflow.starting import start

    for path in start(folder):
        click.echo(f"wrote {path}")
    place = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    click.echo(f"next: edit them, then {place}forecast check && forecast run")
