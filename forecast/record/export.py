"""Write the reports of the ledger as a file that can stand in ``events/``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from forecast.beliefs import Report, Source, content
from forecast.beliefs.cells import as_csv
from forecast.beliefs.event_files import REPORTS, read_report
from forecast.beliefs.tables import read_table
from forecast.errors import OutputError, Problem, ReportsError
from forecast.files import beside, put
from forecast.project.project import Project, Record
from forecast.result import Result

__all__ = ["Exported", "export_reports"]


class Exported(Result):
    """Which reports a file holds now."""

    file: str = Field(description="as it was named")
    reports: tuple[str, ...] = Field(description="ids, in the order of the rows")
    corrected: tuple[str, ...] = Field(
        description="with `--added`: left out, because a row of `events/` says something older"
    )


def export_reports(
    project: Project, file: Path, *, added_only: bool = False, overwrite: bool = False
) -> Exported:
    """Write every report that stands, and look that the file reads back as the same reports.

    Parameters
    ----------
    project : Project
    file : path
        With the columns of ``events/reports.csv``; by day of report, then id.
    added_only : bool
        Leave out what has a row in another file of ``events/``, as an id may have one row only.
    overwrite : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    OutputError
        If the file is there already, or cannot be written.
    ReportsError
        If a report cannot be written as a row that says the same; nothing is written then.
    """
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
        held = [one.report for one in ledger.reports.latest(recorded_by=record.recorded_by)]
        sources = ledger.sources.latest()
    there = _elsewhere(project, file) if added_only else {}
    reports = [one for one in held if one.report_id not in there]
    corrected = [one.report_id for one in held if there.get(one.report_id, one) != one]
    if file.exists() and not overwrite:
        raise OutputError(f"{file}: is there already; name another file, or give --overwrite")
    _write_checked(file, reports, sources)
    ids = [one.report_id for one in reports]
    return Exported(file=str(file), reports=ids, corrected=corrected)


def _elsewhere(project: Project, file: Path) -> dict[str, Report]:
    """Return the rows of ``events/`` by id, but for those of the file that is to be replaced."""
    rows, _ = project.reported(None)
    place = file.resolve()
    return {row.report_id: row for row in rows if Path(row.file).resolve() != place}


def _write_checked(file: Path, reports: Sequence[Report], sources: Sequence[Source]) -> None:
    """Write beside the file first, so that it is whole or as it was."""
    with beside(file) as part:
        part.write_bytes(as_csv(reports).encode())
        _require_same(part, reports, file, sources)
        put(part, file)


def _require_same(
    part: Path, reports: Sequence[Report], file: Path, sources: Sequence[Source]
) -> None:
    problems: list[Problem] = []
    rows = read_table(part, REPORTS, problems=problems)
    back = {
        row.cells["report_id"]: read_report(row.cells, name=str(file), known_sources=sources)
        for row in rows
    }
    lost = [
        one.report_id
        for one in reports
        if one.report_id not in back or content(back[one.report_id]) != content(one)
    ]
    if problems or lost:
        what = lost[0] if lost else str(problems[0])
        raise ReportsError(
            f"{file}: {what}: no CSV row says the same as this report; correct it with: "
            f"forecast events add --correct {what}"
        )
