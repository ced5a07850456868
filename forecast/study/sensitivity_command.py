"""``forecast sensitivity``: what a judgement rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from forecast.terminal.console import output, print_json, reporting
from forecast.terminal.options import (
    OneOf,
    as_json,
    charts_option,
    cluster_option,
    issued_option,
    names_of,
    out_option,
    project_option,
)

if TYPE_CHECKING:
    from forecast.study.sensitivity import Rests, ShiftedJudgement, StressTest

__all__ = ["sensitivity"]


@click.command()
@click.argument("node", shell_complete=names_of("node"))
@project_option()
@click.option(
    "--range",
    "span",
    type=OneOf(["prior", "posterior"]),
    default="prior",
    show_default=True,
    help="Whose 10th and 90th percentiles inputs are moved between.",
)
@click.option("--top", type=click.IntRange(1), default=12, show_default=True, help="Inputs shown.")
@issued_option()
@cluster_option()
@out_option()
@charts_option()
@as_json()
def sensitivity(
    node: str,
    folder: Path,
    span: Literal["prior", "posterior"],
    top: int,
    as_of: dt.date | None,
    cluster: str | None,
    out: Path,
    no_charts: bool,
    as_json: bool,
) -> None:
    """Show what the judgement of a node rests on.

    Moves every prior, ratio, coupling, detection and grade from end to end, one at a time, takes
    every source out, and weighs prior against reports. Reads the forecast that was issued last;
    nothing is sampled.

    \b
    Examples:
      forecast sensitivity tech_transfer
      forecast sensitivity arms_trade --range posterior --top 20 --no-charts
    """
    from forecast.issue.charts import require_writable
    from forecast.project.jobs import Crew
    from forecast.project.project import Project
    from forecast.study.sensitivity import analyse

    if not no_charts:
        require_writable(out)
    with reporting() as told:
        project = Project(folder, crew=Crew(cluster))
        found = analyse(project, node, span=span, as_of=as_of, reporter=told)
        written: list[Path] = []
        if not no_charts:
            from forecast.issue.charts import lineage_names
            from forecast.issue.issued import recall
            from forecast.study.charts import tornado_chart

            issue = recall(Project(folder), as_of=found.as_of)
            names = lineage_names(Project(folder), issue)
            chart = tornado_chart(issue, found.as_printed(), names=names)
            written = chart.save(out, formats=("svg", "png"))
    if as_json:
        print_json(found.plain())
    else:
        _print(found, top, written, out)


def _print(found: Rests, top: int, written: Sequence[Path], out: Path) -> None:
    from forecast.beliefs.words import counted, format_interval, format_points, format_probability
    from forecast.terminal.tables import plain_table

    console = output()
    console.print(
        f"{found.label}, as of {found.as_of}: {format_probability(found.probability)} "
        f"{found.word} ({format_interval(found.lo80, found.hi80)})",
        style="bold",
    )
    console.print()
    console.print(
        f"Each input from the 10th to the 90th percentile of its {found.span}; a detection from a "
        "tenth to ten times its odds, grades from half to double"
    )
    table = plain_table("input", "from", "to", "judgement from", "to", "swing")
    for one in found.inputs[:top]:
        table.add_row(
            one.label,
            *one.ends,
            _worded(one.at_from),
            _worded(one.at_to),
            f"{100 * one.swing:.0f}" + ("" if one.error is None else f" ±{_error(one.error)}"),
        )
    console.print(table)
    rest = len(found.inputs) - top
    if rest > 0:
        console.print(f"and {counted(rest, 'input')} with smaller swings (--top)")
    console.print()
    table = plain_table("source taken out", "reports", "judgement", "change")
    for removal in found.sources[:8]:
        table.add_row(
            removal.lineage,
            str(len(removal.reports)),
            _worded(removal.without),
            format_points(removal.change),
        )
    console.print(table if table.row_count else "no reports to take out")
    console.print()
    table = plain_table("all at once", "judgement", "change")
    for each in found.stress:
        table.add_row(_stress(each), _worded(each.left), format_points(each.change))
    console.print(table)
    console.print()
    _explain(found, written, out)


def _stress(one: StressTest) -> str:
    """Name what is taken back."""
    if one.kind == "sources":
        return f"without {', '.join(one.lineages)}"
    return f"all evidence at {100 * one.share:.0f}% of its weight"


def _error(error: float) -> str:
    """Write a standard error in points."""
    return f"{100 * error:.0f}" if error >= 0.01 else f"{100 * error:.1f}"


def _worded(shifted: ShiftedJudgement) -> str:
    """Write the judgement, with a mark where it is an estimate."""
    from forecast.beliefs.words import format_probability

    return ("" if shifted.sound else "~") + format_probability(shifted.probability)


def _both(ends: Sequence[float]) -> str:
    """Write a judgement at both ends, once where they are printed alike."""
    from forecast.beliefs.words import format_probability

    first, last = map(format_probability, ends)
    return f"{first} both times" if first == last else f"{first} and {last}"


def _explain(found: Rests, written: Sequence[Path], out: Path) -> None:
    """Say what it rests on, and how the columns are to be read."""
    from forecast.inference.reweighting import ALPHAS

    console, power = output(), found.power_scaling
    console.print(found.sentence)
    said = f"With the prior to the power {ALPHAS[0]:g} and {ALPHAS[1]:g}: {_both(power.prior_ends)}"
    if found.sources or power.likelihood >= 0.005:
        said += f"; with the likelihood: {_both(power.likelihood_ends)}"
    console.print(f"{said}.")
    console.print(
        "All other rates are learnt anew. Swing in points, with its sampling error; ~ marks an "
        "estimate, where the draws cannot stand in for a new fit or the swing is small."
    )
    if written:
        console.print(f"{len(written)} files in {out}/: the tornado chart and its data")
