"""``forecast whatif``: scenarios beside the baseline."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from forecast.terminal.console import print_json, reporting, say
from forecast.terminal.options import (
    as_json,
    charts_option,
    files_too,
    issued_option,
    names_of,
    out_option,
    project_option,
)

__all__ = ["whatif"]


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
@click.option("--draws", type=click.IntRange(100, 100_000), default=1000, show_default=True,
              help="Posterior draws used.")  # fmt: skip
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
        from forecast.study.whatif_table import print_listing

        print_listing(list_scenarios(project), as_json=as_json)
        return
    if not (scenarios or stacked or do or observe):
        raise click.UsageError(
            "name a SCENARIO, or use --do or --observe; see: forecast whatif --list"
        )
    from forecast.issue.charts import look, require_writable
    from forecast.study.whatif import Wish, what_if
    from forecast.study.whatif_table import print_comparison

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
        if not (stacked or do or observe or horizon or draws != 1000):
            from forecast.study.analyses import keep_scenarios

            keep_scenarios(project, found.standing.issue, scenarios, value)
        title = found.standing.encoding.beliefs.brief.title
        written: list[Path] = []
        if not no_charts:
            from forecast.study.scenario_charts import draw_comparison

            _, stamp = look(found.standing.issue)
            written = draw_comparison(value, out, stamp=stamp)
    if as_json:
        print_json(value)
        return
    print_comparison(value, title=title)
    if written:
        say(f"{len(written)} files in {out}/: the comparison chart and its data")
