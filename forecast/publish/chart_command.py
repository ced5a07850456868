"""``forecast chart``: charts of the forecast that was issued last."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from forecast.terminal.console import reporting, say
from forecast.terminal.options import (
    OneOf,
    files_too,
    issued_option,
    names_of,
    out_option,
    project_option,
)

__all__ = ["KINDS", "chart"]

#: Every kind, with what it is of: it must be named, or may be.
KINDS: dict[str, str] = {
    "trajectory": "NODE",
    "panel": "",
    "fan": "NODE",
    "comparison": "NODE",
    "scenarios": "NODE",
    "side-by-side": "NODE",
    "weights": "NODE",
    "tornado": "NODE",
    "first-passage": "QUESTION",
    "icons": "QUESTION",
    "sum": "QUESTION",
    "network": "[NODE]",
    "heat": "[NODE]",
    "reliability": "",
    "words": "",
    "score": "",
    "all": "",
}
_TAKE_SCENARIOS = ("comparison", "scenarios", "side-by-side", "all")
#: What a shell completes after a kind; a question on a sum is one of a few.
_NAMED = {"NODE": "node", "[NODE]": "node", "QUESTION": "question"}
_SIZES = ("a4", "a4-column", "letter", "page", "slide", "web")


def _names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete what a chart of the kind that was named can be of."""
    kind = ctx.params.get("kind") or ""
    what = "sum" if kind == "sum" else _NAMED.get(KINDS.get(kind, ""))
    return names_of(what)(ctx, param, incomplete) if what else []


@click.command()
@click.argument("kind", metavar="KIND", type=OneOf(tuple(KINDS)))
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
    """Draw charts of the forecast issued last.

    \b
    trajectory NODE         what was known and is expected; what moved it
    panel                   all nodes side by side
    fan NODE                the past as a line, the forecast as bands
    comparison NODE         its states now; with --scenario, under scenarios
    scenarios NODE          on the last date, under every scenario
    side-by-side NODE       its trajectories under scenarios
    weights NODE            what moved it since the brief, in decibans
    tornado NODE            what it rests on, one input at a time
    first-passage QUESTION  the probability that it has come to pass by each date
    icons QUESTION          its probability as marks of a hundred
    sum QUESTION            the distribution of the sum, and its threshold
    network [NODE]          nodes, couplings and indicators; of one node by name
    heat [NODE]             its indicators: reports, silence, nobody looking
    reliability             how often what was given a probability came true
    words                   how often what was given a word came true
    score                   Brier and log scores, and skill, as a table
    all                     all of these, with an index page

    Beside each chart stand its data (CSV) and its alternative text. States, scenarios, weights,
    tornado and heat are worked out once for an issue and remembered; a new fit is made only if a
    scenario needs one. The others compute nothing.

    \b
    Examples:
      forecast chart trajectory tech_transfer --size a4 --format svg
      forecast chart first-passage tech_advanced_by_end_2025 --size a4-column
      forecast chart comparison tech_transfer --scenario china_enforces
      forecast chart all --out charts
    """
    _require_names(kind, name, scenarios)
    from forecast.issue.charts import require_writable
    from forecast.issue.recall import recall
    from forecast.project.project import Project
    from forecast.publish.chart_kinds import Sitting

    require_writable(out)
    project = Project(folder)
    issue = recall(project, as_of=as_of)
    with reporting() as told:
        sitting = Sitting(project, issue, scenarios, told)
        if kind != "all":
            paths = sitting.draw(kind, name, size=size).save(out, formats=formats)
        else:
            from forecast.publish.chart_set import write_set

            found = write_set(sitting, out, size=size, formats=formats)
    if kind != "all":
        for path in paths:
            say(path)
        return
    for what, why in found.left:
        say(f"not drawn: {what}: {why}", err=True)
    say(f"{found.charts} charts in {len(found.paths)} files; see {found.paths[-1]}")


def _require_names(kind: str, name: str | None, scenarios: tuple[str, ...]) -> None:
    """Refuse a name that is missing or one too many."""
    what = KINDS[kind]
    if name is None and what in {"NODE", "QUESTION"}:
        raise click.UsageError(f"{kind} needs a {what}, as in: forecast chart {kind} {what}")
    if name is not None and not what:
        shown = "shows all nodes" if kind == "panel" else "is not of one node"
        raise click.UsageError(
            f"{'a ' if kind == 'panel' else ''}{kind} {shown}; leave the name out"
        )
    if scenarios and kind not in _TAKE_SCENARIOS:
        raise click.UsageError(f"{kind} shows no scenarios; leave --scenario out")
