"""``forecast events``: the reports in the ledger."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from forecast.cli.console import output, print_json
from forecast.cli.options import as_json, day_option, project_option

__all__ = ["events"]


@click.group()
def events() -> None:
    """Work with the coded reports.

    \b
    Example:
      forecast events list --indicator arms_delivery_reported
    """


@events.command("list")
@project_option()
@day_option("--as-of", "Only reports known by this day.")
@click.option("--indicator", help="Only this indicator.")
@click.option("--node", help="Only indicators that point at this node.")
@click.option(
    "--use",
    type=click.Choice(["evidence", "prior", "all"]),
    default="evidence",
    show_default=True,
    help="Reports counted as evidence, or weighed by the brief.",
)
@as_json()
def list_events(
    folder: Path,
    as_of: dt.date | None,
    indicator: str | None,
    node: str | None,
    use: str,
    as_json: bool,
) -> None:
    """List reports by day, with grade, lineage, event and source.

    \b
    Example:
      forecast events list --node tech_transfer --as-of 2024-06-30
    """
    from forecast.beliefs import content
    from forecast.workflow.listing import list_reports
    from forecast.workflow.project import Project

    rows = list_reports(Project(folder), as_of=as_of, indicator=indicator, node=node, use=use)
    if as_json:
        print_json({"reports": [content(row) for row in rows]})
        return
    from forecast.cli.tables import counted, plain_table

    table = plain_table("summary", "reported", "indicator", "grade", "lineage", "id")
    for row in rows:
        table.add_row(
            row.summary, str(row.reported_on), row.indicator, row.grade, row.lineage, row.report_id
        )
    console = output()
    console.print(table)
    console.print()
    happened = len({row.event_id for row in rows})
    console.print(f"{counted(len(rows), 'report')}, {counted(happened, 'event')}")
