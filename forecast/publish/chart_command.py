"""``forecast chart``: charts of the forecast that was issued last."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from forecast.publish.chart_kinds import KINDS, ChartInputs
from forecast.terminal.console import reporting, say
from forecast.terminal.options import (
    OneOf,
    files_too,
    issued_option,
    names_of,
    out_option,
    project_option,
)

__all__ = ["chart"]

#: What is drawn of the whole set; no kind.
_ALL = "all"
#: What a shell completes after a kind.
_NAMED = {"NODE": "node", "[NODE]": "node", "QUESTION": "question"}
_SIZES = ("a4", "a4-column", "letter", "page", "slide", "web")


_SHOWN = {f"{kind} {one.of}": one.help for kind, one in KINDS.items()} | {
    _ALL: "all of these, with an index page"
}
_HELP = """Draw charts of the forecast issued last.

\b
{kinds}

Beside each chart stand its data (CSV) and its alternative text. States, scenarios, weights,
tornado and heat are worked out once for an issue and remembered; a new fit is made only if a
scenario needs one. The others compute nothing.

\b
Examples:
  forecast chart trajectory tech_transfer --size a4 --format svg
  forecast chart first-passage tech_advanced_by_end_2025 --size a4-column
  forecast chart comparison tech_transfer --scenario china_enforces
  forecast chart all --out charts
""".format(kinds="\n".join(f"{kind:<24}{said}" for kind, said in _SHOWN.items()))


def _of(kind: str) -> str:
    return KINDS[kind].of if kind in KINDS else ""


def _names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete what a chart of the kind that was named can be of."""
    kind = ctx.params.get("kind") or ""
    what = "sum" if kind == "sum" else _NAMED.get(_of(kind))
    return names_of(what)(ctx, param, incomplete) if what else []


@click.command(help=_HELP)
@click.argument("kind", metavar="KIND", type=OneOf((*KINDS, _ALL)))
@click.argument("name", metavar="[NODE|QUESTION]", required=False, shell_complete=_names)
@project_option()
@issued_option()
@click.option(
    "--size",
    type=OneOf(_SIZES),
    help="What it is drawn for [default: a4; page for a panel, heat, and many scenarios].",
)
@click.option(
    "--format",
    "formats",
    type=OneOf(["svg", "png", "pdf"]),
    multiple=True,
    default=("svg", "png"),
    show_default=True,
    help="Kind of file; may be repeated.",
)
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    metavar="SCENARIO",
    help="A file, or its name in scenarios/; may be repeated [default: all of them].",
    shell_complete=files_too(names_of("scenario")),
)
@out_option()
def chart(
    kind: str,
    name: str | None,
    folder: Path,
    as_of: dt.date | None,
    size: str | None,
    formats: tuple[str, ...],
    scenarios: tuple[str, ...],
    out: Path,
) -> None:
    """Draw charts of the forecast issued last."""
    _require_names(kind, name, scenarios)
    from forecast.issue.charts import require_writable
    from forecast.issue.issued import recall
    from forecast.project.project import Project

    require_writable(out)
    project = Project(folder)
    issue = recall(project, as_of=as_of)
    with reporting() as told:
        inputs = ChartInputs(project, issue, scenarios, told)
        if kind != _ALL:
            paths = inputs.draw(kind, name, size=size).save(out, formats=formats)
        else:
            from forecast.publish.chart_set import write_set

            found = write_set(inputs, out, size=size, formats=formats)
    if kind != _ALL:
        for path in paths:
            say(path)
        return
    for what, why in found.left:
        say(f"not drawn: {what}: {why}", err=True)
    say(f"{found.charts} charts in {len(found.paths)} files; see {found.paths[-1]}")


def _require_names(kind: str, name: str | None, scenarios: tuple[str, ...]) -> None:
    """Refuse a name that is missing or one too many."""
    what = _of(kind)
    if name is None and what in {"NODE", "QUESTION"}:
        raise click.UsageError(f"{kind} needs a {what}, as in: forecast chart {kind} {what}")
    if name is not None and not what:
        shown = "shows all nodes" if kind == "panel" else "is not of one node"
        raise click.UsageError(
            f"{'a ' if kind == 'panel' else ''}{kind} {shown}; leave the name out"
        )
    if scenarios and kind != _ALL and not KINDS[kind].scenarios:
        raise click.UsageError(f"{kind} shows no scenarios; leave --scenario out")
