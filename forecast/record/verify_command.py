"""``forecast verify``: trust, and look again."""

from __future__ import annotations

from pathlib import Path

import click

from forecast.terminal.console import print_json, reporting, say
from forecast.terminal.options import as_json, project_option

__all__ = ["verify"]

_NAMES = {
    "report_version": "version of a report",
    "retraction": "word on whether a report stands",
    "coverage_version": "version of coverage",
    "model": "model",
    "posterior": "posterior with its file",
    "issued_forecast": "issued forecast",
    "resolution": "word on an outcome",
    "source_version": "version of sources",
    "verdict_version": "version of verdicts",
    "history_point": "point of history",
    "alert_version": "word on an alert",
    "applied_file": "file that was applied",
}
_PLURALS = {
    "report_version": "versions of reports",
    "retraction": "words on whether a report stands",
    "coverage_version": "versions of coverage",
    "posterior": "posteriors with their files",
    "resolution": "words on outcomes",
    "source_version": "versions of sources",
    "verdict_version": "versions of verdicts",
    "history_point": "points of history",
    "alert_version": "words on alerts",
    "announced_version": "words on announcements",
    "applied_file": "files that were applied",
}


@click.command()
@project_option()
@as_json()
def verify(folder: Path, as_json: bool) -> None:
    """Derive every hash of the ledger again.

    Exit code 1 if anything was changed.

    Also looked at: the structure of the database, the guards that keep it append-only, the
    numbering of versions, and the posterior files. Nothing is written.

    \b
    Example:
      forecast verify
    """
    from forecast.project.project import Project
    from forecast.record.verify import verify

    with reporting() as told:
        if told is not None:
            told.stage("deriving every hash again")
        found = verify(Project(folder))
    if as_json:
        print_json(found.plain())
    else:
        case = f", case {found.case}" if found.case else ""
        say(f"{found.ledger}{case}: looked at")
        for table, rows in found.looked_at.plain().items():
            name = _NAMES.get(table, table)
            plural = _PLURALS.get(table, f"{name}s")
            say(f"{rows:>8,} {name if rows == 1 else plural}")
        for problem in found.problems:
            say(problem)
        number = len(found.problems)
        said = f"{number} problem{'s' if number > 1 else ''}" if number else "as it was recorded"
        say(said)
    if found.problems:
        raise click.exceptions.Exit(1)
