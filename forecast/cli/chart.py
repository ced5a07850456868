"""``forecast chart``: one chart of the forecast that was issued last."""

from __future__ import annotations

from pathlib import Path

import click

from forecast.cli.options import day_option, out_option, project_option

__all__ = ["chart"]

_KINDS = ("trajectory", "panel", "fan", "first-passage", "icons", "heat")
_NEEDS = {"trajectory": "NODE", "fan": "NODE", "first-passage": "QUESTION", "icons": "QUESTION"}
_SIZES = ("a4", "a4-column", "letter", "page", "slide", "web")


@click.command()
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("name", metavar="[NODE|QUESTION]", required=False)
@project_option()
@day_option("--as-of", "Draw the forecast issued for this day [default: the latest].")
@click.option(
    "--size", type=click.Choice(_SIZES), help="[default: a4; page for a panel and for heat]"
)
@click.option("--format", "formats", type=click.Choice(["svg", "png", "pdf"]), multiple=True,
              default=("svg", "png"), show_default=True, help="May be repeated.")  # fmt: skip
@out_option("out", "Folder of the files [default: out].")
def chart(
    kind: str,
    name: str | None,
    folder: Path,
    as_of: object,
    size: str | None,
    formats: tuple[str, ...],
    out: Path,
) -> None:
    """Draw a chart of the forecast issued last.

    \b
    trajectory NODE         what was known and what is expected, with the reports that moved it
    panel                   all nodes side by side
    fan NODE                the past as a line, the forecast as bands
    first-passage QUESTION  the probability that it has come to pass by each date
    icons QUESTION          its probability as marks of a hundred
    heat [NODE]             when its indicators were reported, silent, and not looked for

    Beside each chart stand its data (CSV) and its alternative text. Nothing is computed anew.

    \b
    Examples:
      forecast chart trajectory tech_transfer --size a4 --format svg
      forecast chart first-passage tech_advanced_by_end_2025 --size a4-column
      forecast chart panel --format pdf
    """
    import datetime as dt

    from forecast.workflow.coverage_strips import heat_chart
    from forecast.workflow.drawing import draw_one, require_writable
    from forecast.workflow.picturing import PICTURES
    from forecast.workflow.project import Project
    from forecast.workflow.recall import recall

    if name is None and kind in _NEEDS:
        what = _NEEDS[kind]
        raise click.UsageError(f"{kind} needs a {what}, as in: forecast chart {kind} {what}")
    if name is not None and kind == "panel":
        raise click.UsageError("a panel shows all nodes; leave the name out")
    require_writable(out)
    assert as_of is None or isinstance(as_of, dt.date)
    project = Project(folder)
    issue = recall(project, as_of=as_of)
    chosen = size or ("page" if kind in {"panel", "heat"} else "a4")
    if kind == "heat":
        paths = heat_chart(issue, name, project, size=chosen).save(out, formats=formats)
    elif kind in PICTURES:
        paths = PICTURES[kind](issue, name, size=chosen).save(out, formats=formats)
    else:
        paths = draw_one(issue, kind, name, out, size=chosen, formats=formats)
    for path in paths:
        click.echo(path)
