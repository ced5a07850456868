"""``forecast events coverage``: who looked for what, said by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.terminal.console import output, print_json, say
from forecast.terminal.options import as_json, day_option, names_of, project_option

if TYPE_CHECKING:
    from forecast.record.coverage import CoverageList, CoverageSaid

__all__ = ["coverage"]

_indicator = click.option(
    "--indicator",
    metavar="INDICATOR",
    default="*",
    help="Its name in priors.yaml [default: each without coverage of its own].",
    shell_complete=names_of("indicator"),
)


@click.group()
def coverage() -> None:
    """Say who looked for what, and until when.

    Silence counts on the days on which somebody looked. That is a claim about work that was done:
    it ends on its last day, unless you renew it.

    \b
    Example:
      forecast events coverage list
    """


@coverage.command("list")
@project_option()
@click.option(
    "--indicator",
    metavar="INDICATOR",
    help="Only what tells of this one.",
    shell_complete=names_of("indicator"),
)
@as_json()
def list_command(folder: Path, indicator: str | None, as_json: bool) -> None:
    """List coverage, and until when each indicator is looked for.

    \b
    Example:
      forecast events coverage list --indicator shelling_reported
    """
    from forecast.project.project import Project
    from forecast.record.coverage import list_coverage

    found = list_coverage(Project(folder), indicator=indicator)
    if as_json:
        print_json(found.plain())
    else:
        _print(found)


@coverage.command()
@project_option()
@_indicator
@click.option("--from", metavar="YYYY-MM-DD", help="First day on which somebody looked.")
@click.option("--to", metavar="YYYY-MM-DD", help="Last day.")
@click.option("--detection", metavar="P", help="How well, 0 to 1 [default: the indicator's own].")
@click.option("--source", help="Who looked.")
@click.option("--rationale", help="Why it is so.")
@as_json()
def add(folder: Path, as_json: bool, **said: str | None) -> None:
    """Add days on which somebody looked, or renew what has ended.

    They are checked as a row of events/coverage.csv would be, and override these rows.

    \b
    Example:
      forecast events coverage add --from 2024-07-01 --to 2024-09-30 \\
        --source "Our desk" --rationale "The same codebook"
    """
    from forecast.errors import ReportsError
    from forecast.project.project import Project
    from forecast.record.add_command import with_options
    from forecast.record.coverage import add_coverage

    cells = {column: text for column, text in said.items() if text is not None}
    try:
        done = add_coverage(Project(folder), cells)
    except ReportsError as error:
        raise with_options(error) from None
    _show(done, as_json=as_json)


@coverage.command("end")
@project_option()
@_indicator
@day_option("--on", "The last day on which somebody looked.", required=True)
@click.option("--reason", metavar="TEXT", required=True, help="Why; it is kept.")
@as_json()
def end_command(folder: Path, indicator: str, on: dt.date, reason: str, as_json: bool) -> None:
    """Say that nobody looks any more after a day.

    Silence does not count after it, though a row of events/coverage.csv goes on.

    \b
    Example:
      forecast events coverage end --on 2024-04-30 --reason "Panel dissolved"
    """
    from forecast.errors import ReportsError
    from forecast.project.project import Project
    from forecast.record.add_command import with_options
    from forecast.record.coverage import end_coverage

    try:
        done = end_coverage(Project(folder), on=on, reason=reason, indicator=indicator)
    except ReportsError as error:
        raise with_options(error) from None
    _show(done, as_json=as_json)


def _print(found: CoverageList) -> None:
    from forecast.terminal.tables import plain_table

    console = output()
    if not found.coverage:
        console.print("no coverage: silence says nothing")
        return
    table = plain_table("indicator", "from", "to", "detection", "source", "rationale")
    for row in found.coverage:
        days = (str(row.starts_on), str(row.ends_on))
        table.add_row(row.indicator, *days, _detection(row.detection), row.source, row.rationale)
    console.print(table)
    console.print()
    ends = {one.until for one in found.looked_for}
    for end in sorted(ends, key=str):
        names = [one.indicator for one in found.looked_for if one.until == end]
        which = "every indicator" if len(ends) == 1 and len(names) > 1 else ", ".join(names)
        console.print(f"{which}: {'nobody looks' if end is None else f'looked for until {end}'}")


def _show(done: CoverageSaid, *, as_json: bool) -> None:
    if as_json:
        print_json(done.plain())
        return
    one = done.coverage
    if done.state == "known":
        say(f"{one.indicator}: known already; nothing was written")
        return
    looked = "nobody looks" if one.detection == 0.0 else "looked for"
    say(f"{one.indicator}: {looked} from {one.starts_on} to {one.ends_on}")


def _detection(value: float | None) -> str:
    return "its own" if value is None else "nobody looks" if value == 0.0 else f"{value:g}"
