"""``forecast whatif``: scenarios beside the baseline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.project.sampler import WHAT_IF_DRAWS
from forecast.terminal.console import output, print_json, reporting, say
from forecast.terminal.options import (
    as_json,
    charts_option,
    files_too,
    issued_option,
    names_of,
    out_option,
    project_option,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from forecast.study.whatif import (
        Compared,
        ComparedQuantity,
        ComparedScenario,
        ScenarioBand,
        ScenarioList,
    )

__all__ = ["print_listing", "whatif"]

_FIRST, _EACH = 55, 25  # columns of text for the row, and for each scenario


@click.command()
@click.argument(
    "scenarios",
    nargs=-1,
    metavar="[SCENARIO]...",
    shell_complete=files_too(names_of("scenario")),
)
@click.option(
    "--with",
    "stacked",
    multiple=True,
    metavar="SCENARIO",
    help="Stack onto every SCENARIO, or onto each other; may be repeated.",
    shell_complete=files_too(names_of("scenario")),
)
@click.option(
    "--do",
    multiple=True,
    metavar="NODE=STATE@DAY",
    help="Intervene, also NODE=STATE@DAY..DAY, NODE:FROM>TO*2@DAY; may be repeated.",
    shell_complete=names_of("assumed"),
)
@click.option(
    "--observe",
    multiple=True,
    metavar="INDICATOR@DAY",
    help="Suppose a report, also INDICATOR@DAY/B2, 'no INDICATOR@DAY..DAY'; may be repeated.",
    shell_complete=names_of("supposed"),
)
@project_option()
@issued_option()
@click.option(
    "--horizon",
    metavar="PERIOD",
    help="How far ahead, such as 12m or 90d [default: that of priors.yaml].",
)
@click.option("--draws", type=click.IntRange(100, 100_000), default=WHAT_IF_DRAWS,
              show_default=True, help="Posterior draws used.")  # fmt: skip
@out_option()
@charts_option()
@click.option("--list", "listing", is_flag=True, help="List the scenarios there are.")
@as_json()
def whatif(
    scenarios: tuple[str, ...],
    stacked: tuple[str, ...],
    do: tuple[str, ...],
    observe: tuple[str, ...],
    folder: Path,
    as_of: dt.date | None,
    horizon: str | None,
    draws: int,
    out: Path,
    no_charts: bool,
    listing: bool,
    as_json: bool,
) -> None:
    """Set scenarios beside the forecast issued last.

    A SCENARIO is a file, or its name in scenarios/. Each is compared with the baseline on the same
    draws, so that the difference is not noise, and each assumption says in one line what kind of
    "if" it is and what it does not change. Nothing is issued.

    \b
    Examples:
      forecast whatif china_lifts_constraint china_enforces
      forecast whatif --with china_lifts_constraint --with ceasefire_in_ukraine
      forecast whatif --do china_constraint=weak@2025-01-01
      forecast whatif --observe leader_summit@2025-03-01
    """
    from forecast.project.project import Project

    project = Project(folder)
    if listing:
        from forecast.study.whatif import list_scenarios

        print_listing(list_scenarios(project), as_json=as_json)
        return
    if not (scenarios or stacked or do or observe):
        raise click.UsageError(
            "name a SCENARIO, or use --do or --observe; see: forecast whatif --list"
        )
    from forecast.issue.charts import look, require_writable
    from forecast.study.whatif import Wish, what_if

    if not no_charts:
        require_writable(out)
    with reporting() as told:
        found = what_if(
            project,
            Wish(scenarios, stacked, do, observe),
            as_of=as_of,
            horizon=horizon,
            draws=draws,
            reporter=told,
        )
        value = found.result.plain()
        if not (stacked or do or observe or horizon or draws != WHAT_IF_DRAWS):
            from forecast.study.analyses import keep_scenarios

            keep_scenarios(project, found.held.issue, scenarios, value)
        title = found.held.encoding.beliefs.brief.title
        written: list[Path] = []
        if not no_charts:
            from forecast.study.scenario_charts import draw_comparison

            _, stamp = look(found.held.issue)
            written = draw_comparison(found.result.as_printed(), out, stamp=stamp)
    if as_json:
        print_json(value)
        return
    _print_comparison(found.result, title=title)
    if written:
        say(f"{len(written)} files in {out}/: the comparison chart and its data")


def print_listing(listed: ScenarioList, *, as_json: bool) -> None:
    """Print the scenarios there are."""
    if as_json:
        print_json(listed.plain())
        return
    if not listed.scenarios:
        output().print(
            "no scenarios: scenarios/ holds none; write one (see docs/whatif.md), or ask without a "
            "file, with --do or --observe"
        )
        return
    from forecast.terminal.tables import plain_table

    table = plain_table("description", "scenario", "assumptions")
    for one in listed.scenarios:
        table.add_row(one.description, one.scenario, str(one.assumptions))
    output().print(table)


def _print_comparison(found: Compared, *, title: str) -> None:
    """Print every scenario beside the baseline, and what kind of *if* it is."""
    from forecast.beliefs.words import counted

    console = output()
    console.print(title, style="bold")
    console.print(f"what if, against issue {found.issue[:7]} as of {found.as_of}")
    for one in found.scenarios:
        console.print()
        _print_scenario(console, one)
    shown = [row for row in found.rows if _shown(row, found.as_of)]
    across = max(1, (console.width - _FIRST) // _EACH)
    for first in range(0, len(found.scenarios), across):
        console.print()
        console.print(_table(shown, found.scenarios[first : first + across], first))
    console.print()
    console.print(
        f"On {found.draws:,} of {found.draws_of:,} draws, the same for baseline and scenarios; "
        "differences in percentage points with their 80% band."
    )
    left = [row for row in found.rows if not _shown(row, found.as_of)]
    if left:
        console.print(f"Left out: {counted(len(left), 'line')} that no scenario changes.")


def _print_scenario(console: Console, one: ComparedScenario) -> None:
    console.print(f"{one.label}: {one.description}", style="bold")
    for each in one.assumptions:
        console.print(f"  {each.kind}: {each.what}. {each.unchanged}.")
    note = {
        "same draws": "",
        "reweighted": f"Draws reweighted: {one.effective_draws:.0f} effective, Pareto k "
        f"{_k(one.pareto_k)}.",
        "refitted": "Reweighting would not do (Pareto k "
        f"{_k(None if one.refused is None else one.refused.pareto_k)}), so the model was fitted "
        "anew.",
        "replayed": f"Replayed over {one.paths or 0:,} sampled paths; standard error at most "
        f"{100 * (one.monte_carlo_error or 0.0):.1f} points.",
    }[one.method]
    if note:
        console.print(f"  {note}")


def _k(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"


def _shown(row: ComparedQuantity, as_of: dt.date) -> bool:
    """Leave out what lies in the past and no scenario moves."""
    from forecast.beliefs.words import SMALL

    return row.on > as_of or any(abs(one.difference.points) >= SMALL for one in row.scenarios)


def _table(rows: Sequence[ComparedQuantity], some: Sequence[ComparedScenario], first: int) -> Table:
    """Set some scenarios side by side, from the one with the number `first` on."""
    from forecast.beliefs.words import format_probability
    from forecast.terminal.tables import plain_table

    labels = [one.label for one in some]
    table = plain_table("judgement or question", "on or by", "baseline", *labels)
    for row in rows:
        cells = [_cell(one) for one in row.scenarios[first : first + len(some)]]
        base = format_probability(row.baseline.probability)
        table.add_row(row.label, str(row.on), base, *cells)
    return table


def _cell(one: ScenarioBand) -> str:
    from forecast.beliefs.words import format_points, format_probability

    apart = one.difference
    number = format_probability(one.probability)
    low, high = format_points(apart.lo80), format_points(apart.hi80)
    moved = format_points(apart.points)
    if moved == low == high == "0":
        return f"{number}  same"
    return f"{number}  {moved} ({low} to {high})"
