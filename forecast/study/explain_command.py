"""``forecast explain``: why a judgement, or the number of a question, moved."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.terminal.console import output, print_json, reporting
from forecast.terminal.options import (
    as_json,
    charts_option,
    day_option,
    issued_option,
    names_of,
    out_option,
    project_option,
)

if TYPE_CHECKING:
    from forecast.study.explain import Explanation

__all__ = ["explain"]


@click.command()
@click.argument("name", metavar="NODE|QUESTION", shell_complete=names_of("node", "question"))
@project_option()
@day_option("--since", "From what was known on this day [default: the brief].")
@click.option("--since-issue", is_flag=True, help="From the issue before.")
@issued_option()
@out_option()
@charts_option()
@as_json()
def explain(
    name: str,
    folder: Path,
    since: dt.date | None,
    since_issue: bool,
    as_of: dt.date | None,
    out: Path,
    no_charts: bool,
    as_json: bool,
) -> None:
    """Say why a judgement or a question moved, in parts.

    New reports by lineage, revised reports, silence, time passing, edits of the model: each in
    decibans, ten of which are ten times the odds; they add up. A question begins at the model
    alone, and what was announced and stated for it are parts, too. Reads the forecast that was
    issued last; nothing is sampled.

    \b
    Examples:
      forecast explain tech_transfer --since 2024-06-30
      forecast explain tech_advanced_by_end_2025
      forecast explain arms_trade --since-issue --no-charts
    """
    from forecast.issue.charts import require_writable
    from forecast.project.project import Project
    from forecast.study.explain import explain as explain_name

    if since is not None and since_issue:
        raise click.UsageError("--since and --since-issue name two beginnings; give one")
    if not no_charts:
        require_writable(out)
    with reporting() as told:
        found = explain_name(
            Project(folder),
            name,
            since=since,
            since_issue=since_issue,
            as_of=as_of,
            reporter=told,
        )
        written: list[Path] = []
        if not no_charts:
            from forecast.issue.charts import lineage_names
            from forecast.issue.issued import recall
            from forecast.study.charts import weights_chart

            issue = recall(Project(folder), as_of=found.as_of)
            names = lineage_names(Project(folder), issue)
            chart = weights_chart(issue, found.plain(), names=names)
            written = chart.save(out, formats=("svg", "png"))
    if as_json:
        print_json(found.plain())
        return
    _print(found)
    if written:
        output().print(f"{len(written)} files in {out}/: the weights of evidence and its data")


#: Change by silence from which on it is pointed at.
_A_LOT = 0.05


def _print(found: Explanation) -> None:
    from forecast.analysis.explanation import decibans
    from forecast.beliefs.words import anchor_text, format_points, format_probability
    from forecast.study.explain import silent_change
    from forecast.terminal.tables import plain_table

    console = output()
    asked, level = found.question is not None, decibans(0.5, found.before)
    alone = " by the model alone" if asked and found.from_brief else ""
    made_of = anchor_text(None if found.anchor is None else found.anchor.plain(), found.question)
    console.print(
        f"{found.label}{'' if asked else ':'} {format_probability(found.before)} on {found.since}"
        f"{alone}, {format_probability(found.after)}{made_of} on {found.as_of}",
        style="bold",
    )
    console.print()
    number = "number" if asked else "judgement"
    table = plain_table("part", "reports", "decibans", f"{number} after", "without it")
    if asked:
        table.add_row(f"On {found.since}{alone}", "", _decibans(level), "", "")
    for part in found.parts:
        told = part.kind == "reports"
        table.add_row(
            part.label,
            str(part.reports) if told else "",
            _decibans(part.decibans),
            format_probability(part.probability),
            (_decibans(part.without)) if told else "",
        )
    silence = silent_change(found)
    whole = found.decibans + (level if asked else 0.0)
    table.add_row("all together", "", _decibans(whole), format_probability(found.after), "")
    console.print(table)
    console.print()
    if abs(silence) >= _A_LOT:
        console.print(
            f"Silence alone moved it by {format_points(silence)} points. It counts because "
            "coverage says that somebody looked; if nobody did, end it with: forecast events "
            "coverage end."
        )
    unknown = any(part.kind == "reports" and part.without is None for part in found.parts)
    unsure = ", ? where the draws cannot tell" if unknown else ""
    rates = f"{found.rates} throughout" if found.rates.startswith("as") else found.rates
    alone = f"'Without it': the {number} now against the same without this lineage"
    without = f" {alone}{unsure}." if found.reports else ""
    console.print(
        f"{_weighed(found)}. Parts in the order in which they became known, each on top of those "
        f"before; rates {rates}.{without} 10 decibans are ten times the odds."
    )
    if found.about_record and found.anchor is None:
        console.print(
            "Nothing is stated for the question itself: a prior of it in priors.yaml, a row in "
            "events/crowd.csv or in events/announcements.csv would count beside the model."
        )


def _weighed(found: Explanation) -> str:
    """Count the new reports, and the lineages they are worth where there are several."""
    from forecast.beliefs.words import counted

    said = counted(found.reports, "report")
    if sum(part.kind == "reports" for part in found.parts) < 2:
        return f"{said}, of one lineage" if found.reports else "No new report"
    worth = f"{found.effective_lineages:.1f} independent lineages of equal weight"
    return f"{said} that worked like {worth}"


def _decibans(value: float | None) -> str:
    """Write a weight with its sign; what rounds to nothing has none."""
    if value is None:
        return "?"
    return "0.0" if round(value, 1) == 0 else f"{value:+.1f}"
