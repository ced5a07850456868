"""``forecast events``: the reports in the ledger, and what is done to them by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from forecast.cli.console import output, print_json, say
from forecast.cli.events_add import add
from forecast.cli.events_export import export
from forecast.cli.import_events import import_command
from forecast.cli.options import (
    OneOf,
    as_json,
    day_option,
    names_of,
    project_option,
)

__all__ = ["events"]

_Command = Callable[..., Any]


@click.group()
def events() -> None:
    """Work with the coded reports.

    \b
    Example:
      forecast events list --indicator arms_delivery_reported
    """


events.add_command(add)
events.add_command(export)


@events.command("list")
@project_option()
@day_option("--as-of", "Only reports known by this day are seen [default: all].")
@click.option(
    "--indicator",
    metavar="INDICATOR",
    help="Only this indicator.",
    shell_complete=names_of("indicator"),
)
@click.option(
    "--node",
    metavar="NODE",
    help="Only indicators that point at this node.",
    shell_complete=names_of("node"),
)
@click.option(
    "--use",
    type=OneOf(["evidence", "prior", "all"]),
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


def _reason() -> Callable[[_Command], _Command]:
    return click.option("--reason", metavar="TEXT", required=True, help="Why; it is kept.")


@events.command()
@click.argument("report_id", metavar="ID", shell_complete=names_of("report"))
@project_option()
@_reason()
@as_json()
def retract(report_id: str, folder: Path, reason: str, as_json: bool) -> None:
    """Withdraw a report, though its row stays in events/.

    It stays in the ledger with every version and the reason, and forecasts issued before keep it.
    The next forecast is made without it, until it is restored.

    \b
    Example:
      forecast events retract R002 --reason "Withdrawn by the agency"
    """
    from forecast.workflow.amending import retract_report
    from forecast.workflow.project import Project

    changed = retract_report(Project(folder), report_id, reason=reason)
    _show_word(report_id, "retracted", changed=changed, reason=reason, as_json=as_json)


@events.command()
@click.argument("report_id", metavar="ID", shell_complete=names_of("retracted"))
@project_option()
@_reason()
@as_json()
def restore(report_id: str, folder: Path, reason: str, as_json: bool) -> None:
    """Let a report stand again that was retracted.

    \b
    Example:
      forecast events restore R002 --reason "Confirmed by the agency"
    """
    from forecast.workflow.amending import restore_report
    from forecast.workflow.project import Project

    changed = restore_report(Project(folder), report_id, reason=reason)
    _show_word(report_id, "stands", changed=changed, reason=reason, as_json=as_json)


def _show_word(report_id: str, state: str, *, changed: bool, reason: str, as_json: bool) -> None:
    if as_json:
        print_json({"report_id": report_id, "state": state, "changed": changed, "reason": reason})
    elif not changed:
        say(f"{report_id}: {state} already; nothing was written")
    else:
        say(f"{report_id}: {'retracted' if state == 'retracted' else 'stands again'}")


events.add_command(import_command)
