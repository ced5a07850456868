"""``forecast events export``: the reports of the ledger as a file."""

from __future__ import annotations

from pathlib import Path

import click

from forecast.cli.console import print_json, say
from forecast.cli.options import as_json, project_option

__all__ = ["export"]


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
    from forecast.workflow.exporting import export_reports
    from forecast.workflow.project import Project

    reports, corrected = export_reports(
        Project(folder), file, added_only=added, overwrite=overwrite
    )
    if as_json:
        ids = [one.report_id for one in reports]
        print_json({"file": str(file), "reports": ids, "corrected": corrected})
    else:
        say(f"{file}: {len(reports)} report{'' if len(reports) == 1 else 's'}")
        for report_id in corrected:
            say(f"{report_id}: left out; its row in events/ is not as it was corrected here")
