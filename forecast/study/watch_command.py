"""``forecast watch``: what to look for next."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from forecast.terminal.console import output, print_json, reporting
from forecast.terminal.options import OneOf, as_json, issued_option, names_of, project_option

if TYPE_CHECKING:
    from forecast.study.watch import Watching

__all__ = ["watch"]


@click.command()
@click.argument(
    "names",
    nargs=-1,
    metavar="[NODE|QUESTION]...",
    shell_complete=names_of("node", "question"),
)
@project_option()
@click.option(
    "--within",
    metavar="PERIOD",
    default="90 days",
    show_default=True,
    help="How long somebody looks, from the forecast's date.",
)
@click.option(
    "--grade",
    metavar="GRADE",
    default="B2",
    show_default=True,
    help="Grade of the report that would be seen, A1 to E2, or: certain.",
)
@click.option(
    "--by",
    type=OneOf(["information", "shift"]),
    default="information",
    show_default=True,
    help="What the indicators are ranked by.",
)
@click.option(
    "--top", type=click.IntRange(1), default=5, show_default=True, help="Rows for each judgement."
)
@issued_option()
@as_json()
def watch(
    names: tuple[str, ...],
    folder: Path,
    within: str,
    grade: str,
    by: Literal["information", "shift"],
    top: int,
    as_of: dt.date | None,
    as_json: bool,
) -> None:
    """Rank the indicators to look for next.

    For every judgement and open question, and each indicator: how likely it is to be seen within
    the window, the judgement if one report
    of it comes, and the judgement if it does not come though somebody looked. Reads the forecast
    that was issued last; nothing is sampled.

    \b
    Examples:
      forecast watch
      forecast watch tech_transfer --within 6m --by shift --top 10
      forecast watch --grade certain --json
    """
    from forecast.project.project import Project
    from forecast.study.watch import watch as watch_project

    with reporting() as told:
        found = watch_project(
            Project(folder), names, within=within, grade=grade, as_of=as_of, reporter=told
        )
    if as_json:
        print_json(found.plain())
    else:
        _print(found, by=by, top=top)


def _asked(label: str, on: dt.date) -> str:
    """Say what was asked and of which day; a question ends in its own sign."""
    return f"{label} On {on}:" if label.endswith("?") else f"{label}, on {on}:"


def _print(found: Watching, *, by: Literal["information", "shift"], top: int) -> None:
    from forecast.beliefs.words import format_interval, format_points, format_probability
    from forecast.terminal.tables import plain_table

    console = output()
    console.print(f"What to watch from {found.as_of} to {found.until}", style="bold")
    for target in found.targets:
        now = target.probability
        table = plain_table(
            "indicator", "seen", "if seen", "80% band", "if not", "shift", "millibits"
        )
        for each in target.ranked(by)[:top]:
            table.add_row(
                each.label,
                format_probability(each.seen),
                f"{format_probability(each.if_seen.probability)} "
                f"({format_points(each.if_seen.probability - now)})",
                format_interval(each.if_seen.lo80, each.if_seen.hi80),
                f"{format_probability(each.if_not_seen.probability)} "
                f"({format_points(each.if_not_seen.probability - now)})",
                f"{100 * each.shift:.1f}",
                f"{1000 * each.information:.2f}",
            )
        console.print()
        console.print(f"{_asked(target.label, target.on)} {format_probability(now)} {target.word}")
        console.print(table if table.row_count else "no indicator points at it")
    if found.calendar:
        from forecast.record.announcements import announced_table

        console.print()
        console.print(f"Announced, and open on {found.as_of}:")
        console.print(announced_table(found.calendar))
    _explain(found)


def _explain(found: Watching) -> None:
    """Say how the columns are to be read."""
    console = output()
    console.print()
    opened = found.open_credibility
    also = "" if opened is None else f", of an act done in the open {opened:.2f}"
    report = (
        "the event established"
        if found.credibility == 1.0
        else f"one report of grade {found.grade} (weight {found.credibility:.2f}{also})"
    )
    console.print(
        "Seen: at least one report in the window (or by the deadline, if that is earlier), with "
        f"the indicator's own detection. If seen: after {report}, and nothing else. If not: "
        "somebody looked all the time, in vain. Shift: expected change in points."
    )
    if found.left_out:
        reasons = "; ".join(f"{each.indicator} ({each.reason})" for each in found.left_out)
        console.print(f"Left out: {reasons}.")
