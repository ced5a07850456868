"""``forecast chart``: one chart of the forecast that was issued last."""

from __future__ import annotations

from pathlib import Path

import click

from forecast.cli.options import day_option, out_option, project_option

__all__ = ["chart"]

_SIZES = ("a4", "a4-column", "letter", "page", "slide", "web")


@click.command()
@click.argument("kind", type=click.Choice(["trajectory", "panel"]))
@click.argument("node", required=False)
@project_option()
@day_option("--as-of", "Draw the forecast issued for this day [default: the latest].")
@click.option("--size", type=click.Choice(_SIZES), help="[default: a4; page for a panel]")
@click.option("--format", "formats", type=click.Choice(["svg", "png", "pdf"]), multiple=True,
              default=("svg", "png"), show_default=True, help="May be repeated.")  # fmt: skip
@out_option("out", "Folder of the files [default: out].")
def chart(
    kind: str,
    node: str | None,
    folder: Path,
    as_of: object,
    size: str | None,
    formats: tuple[str, ...],
    out: Path,
) -> None:
    """Draw a chart of the forecast issued last.

    A trajectory shows one NODE, a panel all nodes. Beside each chart stand its data (CSV) and its
    alternative text. Nothing is computed anew.

    \b
    Examples:
      forecast chart trajectory tech_transfer --size a4 --format svg
      forecast chart panel --format pdf
    """
    import datetime as dt

    from forecast.workflow.drawing import draw_one, require_writable
    from forecast.workflow.project import Project
    from forecast.workflow.recall import recall

    if kind == "trajectory" and node is None:
        raise click.UsageError("a trajectory needs a NODE, as in: forecast chart trajectory NODE")
    require_writable(out)
    assert as_of is None or isinstance(as_of, dt.date)
    issue = recall(Project(folder), as_of=as_of)
    chosen = size or ("page" if kind == "panel" else "a4")
    for path in draw_one(issue, kind, node, out, size=chosen, formats=formats):
        click.echo(path)
