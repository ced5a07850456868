"""Look whether the ledger is still what was written."""

from __future__ import annotations

from pydantic import Field

from forecast.project.project import Project
from forecast.result import Result, Rows

__all__ = ["LedgerCheck", "verify"]


class LookedAt(Result):
    """Rows of each table whose hashes were derived again."""

    report_version: Rows = Field(description="versions of reports")
    retraction: Rows = Field(description="words on whether a report stands")
    coverage_version: Rows = Field(description="versions of coverage")
    model: Rows
    posterior: Rows = Field(description="each with its file")
    issued_forecast: Rows
    resolution: Rows = Field(description="words on outcomes of questions")
    history_point: Rows = Field(description="what would have been published on a day")
    source_version: Rows = Field(description="versions of sources")
    verdict_version: Rows = Field(description="versions of verdicts on reports")
    alert_version: Rows = Field(description="words on alerts")
    announced_version: Rows = Field(
        default=0,
        description="words on announcements, where there are any",
        exclude_if=lambda number: not number,
    )
    applied_file: Rows = Field(description="files that were applied")


class LedgerCheck(Result):
    """What was looked at, and what is wrong with it."""

    ledger: str = Field(description="where it is")
    case: str = Field(description="whose rows were looked at; empty for a ledger of one project")
    looked_at: LookedAt = Field(description="rows of each table whose hashes were derived again")
    problems: tuple[str, ...] = Field(
        description="one line each; empty when all is as it was recorded"
    )


def verify(project: Project) -> LedgerCheck:
    """Derive every hash of the ledger again, and those of the posterior files.

    Raises
    ------
    LedgerError
        If there is no ledger, or it cannot be opened.
    """
    with project.ledger(create=False) as ledger:
        return LedgerCheck(
            ledger=ledger.place,
            case=ledger.case,
            looked_at=LookedAt(**ledger.sizes()),
            problems=ledger.verify(),
        )
