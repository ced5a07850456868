"""``forecast events``: the reports in the ledger, what is done to them by hand, and imports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forecast.record.add_command import add
from forecast.record.coverage_command import coverage
from forecast.terminal.console import output, print_json, reporting, say
from forecast.terminal.options import Day, OneOf, as_json, day_option, names_of, project_option

if TYPE_CHECKING:
    from forecast.record.imports import Imported
    from forecast.record.reports import ReportStanding

__all__ = ["events", "export", "import_command"]


_FORMATS = ("gdelt2", "gdelt1", "icews", "polecat", "acled")


@click.command("import")
@click.argument("files", nargs=-1, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--format", "form", type=OneOf(_FORMATS), required=True, help="Whose files.")
@click.option(
    "--mapping",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What codes and actors mean [default: the mapping that --write-mapping copies].",
)
@click.option(
    "--write-mapping",
    "copy",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the mapping of the package to this file, to be edited, and stop.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of reports to write [default: events/FORMAT.csv of the project].",
)
@click.option(
    "--from",
    "from_day",
    type=Day(),
    help="First day wanted; with --to, the files cover every day between.",
)
@click.option("--to", "to_day", type=Day(), help="Last day wanted.")
@project_option()
@as_json()
def import_command(
    files: tuple[Path, ...],
    form: str,
    mapping: Path | None,
    copy: Path | None,
    out: Path | None,
    from_day: dt.date | None,
    to_day: dt.date | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Turn rows of GDELT, ICEWS, POLECAT or ACLED into reports.

    FILES are text, JSON or .xlsx, plain, gzip or zip. An indicator of kind presence gets graded
    reports, one of kind count gets weekly counts. One article counts once for an indicator; what
    was kept, merged and dropped is told with reasons.

    \b
    Examples:
      forecast events import --format gdelt2 --write-mapping mapping.yaml
      forecast events import day.CSV.zip --format gdelt2 --mapping mapping.yaml
    """
    from forecast.project.project import Project
    from forecast.record.imports import Window, import_events, write_mapping

    if copy is not None:
        write_mapping(form, copy)
        say(f"wrote {copy}")
        return
    if not files:
        raise click.UsageError("name the files to import, or give --write-mapping")
    with reporting() as reporter:
        done = import_events(
            Project(folder),
            files,
            form=form,
            mapping=mapping,
            out=out or folder / "events" / f"{form}.csv",
            window=Window(from_day, to_day),
            report=reporter,
        )
    if as_json:
        print_json(done.plain())
    else:
        _print(done)
    if done.out is None:
        say("forecast: no row was kept, so nothing was written", err=True)
        click.get_current_context().exit(1)


def _print(done: Imported) -> None:
    from forecast.beliefs.words import counted
    from forecast.terminal.tables import plain_table

    table = plain_table("what became of the rows", "rows", "first")
    table.columns[1].justify = "right"
    table.add_row("kept", f"{done.kept:,}", "")
    fates = (("merged: ", done.merged), ("dropped: ", done.dropped), ("used, but ", done.remarks))
    for fate, counts in fates:
        for one in counts:
            table.add_row(f"{fate}{one.reason}", f"{one.rows:,}", one.first)
    console = output()
    console.print(table)
    console.print()
    if done.unknown_codes:
        codes = ", ".join(f"{one.code!r} ({one.rows})" for one in done.unknown_codes[:10])
        console.print(f"unknown codes: {codes}")
    console.print(f"{counted(done.read, 'row')} read, {counted(done.kept, 'row')} kept")
    if done.out is not None:
        console.print(f"wrote {counted(done.written, 'report')} to {done.out}")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@project_option()
@click.option("--added", is_flag=True, help="Only what has no row in events/.")
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
@as_json()
def export(file: Path, folder: Path, added: bool, overwrite: bool, as_json: bool) -> None:
    """Write every report that stands to a CSV file, as events/ holds them.

    Reports that were added by hand or came in by an update are in the ledger only. A file of them
    in events/ goes under version control with the others.

    \b
    Examples:
      forecast events export reports.csv
      forecast events export events/added.csv --added
    """
    from forecast.project.project import Project
    from forecast.record.imports import export_reports

    found = export_reports(Project(folder), file, added_only=added, overwrite=overwrite)
    if as_json:
        print_json(found.plain())
    else:
        number = len(found.reports)
        say(f"{file}: {number} report{'' if number == 1 else 's'}")
        for report_id in found.corrected:
            say(f"{report_id}: left out; its row in events/ is not as it was corrected here")


_Command = Callable[..., Any]


@click.group()
def events() -> None:
    """Work with the coded reports.

    \b
    Example:
      forecast events list --indicator arms_delivery_reported
    """


events.add_command(add)
events.add_command(coverage)
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
@click.option("--announced", is_flag=True, help="Only what was announced.")
@as_json()
def list_events(
    folder: Path,
    as_of: dt.date | None,
    indicator: str | None,
    node: str | None,
    use: str,
    announced: bool,
    as_json: bool,
) -> None:
    """List reports by day, with grade, lineage and source; then what was announced.

    \b
    Examples:
      forecast events list --node tech_transfer --as-of 2024-06-30
      forecast events list --announced
    """
    from forecast.project.project import Project
    from forecast.record.announcements import announced_table
    from forecast.record.reports import list_events

    found = list_events(Project(folder), as_of=as_of, indicator=indicator, node=node, use=use)
    if announced:
        found = found.model_copy(update={"reports": ()})
    if as_json:
        print_json(found.plain())
        return
    from forecast.beliefs.words import counted
    from forecast.terminal.tables import plain_table

    console = output()
    if announced:
        console.print(announced_table(found.announcements) if found.announcements else "none")
        return
    if not found.reports:
        console.print("no reports")
    else:
        table = plain_table("summary", "reported", "indicator", "grade", "lineage", "id")
        for row in found.reports:
            day, name = str(row.reported_on), row.report_id
            table.add_row(row.summary, day, row.indicator, row.grade, row.lineage, name)
        console.print(table)
        console.print()
        happened = len({row.event_id for row in found.reports})
        console.print(f"{counted(len(found.reports), 'report')}, {counted(happened, 'event')}")
    if found.announcements:
        console.print()
        console.print(announced_table(found.announcements))


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
    from forecast.project.project import Project
    from forecast.record.reports import retract_report

    _show_standing(retract_report(Project(folder), report_id, reason=reason), as_json=as_json)


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
    from forecast.project.project import Project
    from forecast.record.reports import restore_report

    _show_standing(restore_report(Project(folder), report_id, reason=reason), as_json=as_json)


def _show_standing(found: ReportStanding, *, as_json: bool) -> None:
    if as_json:
        print_json(found.plain())
    elif not found.changed:
        say(f"{found.report_id}: {found.state} already; nothing was written")
    else:
        say(f"{found.report_id}: {'stands again' if found.state == 'stands' else found.state}")


events.add_command(import_command)
