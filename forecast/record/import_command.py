"""``forecast events import``: event data of others as reports of the project."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.terminal.console import output, print_json, reporting, say
from forecast.terminal.options import Day, OneOf, as_json, project_option

if TYPE_CHECKING:
    from forecast.record.imports import Imported

__all__ = ["import_command"]

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
