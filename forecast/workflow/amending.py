"""Withdraw a report by hand, and let it stand again."""

from __future__ import annotations

from forecast.errors import ReportsError
from forecast.workflow.project import EVENTS, Project, Record

__all__ = ["restore_report", "retract_report"]


def retract_report(project: Project, report_id: str, *, reason: str) -> bool:
    """Withdraw a report; it stays in the ledger, and its row in ``events/`` no longer counts.

    Parameters
    ----------
    project : Project
    report_id : str
    reason : str
        Kept beside the retraction.

    Returns
    -------
    bool
        False if it was retracted by hand already; nothing is written then.

    Raises
    ------
    ReportsError
        If nobody has seen this report, or no reason is given.
    """
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        Record.synchronise(project, beliefs, ledger)
        return ledger.retract(report_id, reason=reason)


def restore_report(project: Project, report_id: str, *, reason: str) -> bool:
    """Let a report stand again that was retracted by hand.

    Returns
    -------
    bool
        False if it stands already; nothing is written then.

    Raises
    ------
    ReportsError
        If nobody has seen this report, no reason is given, or its row left ``events/``: the next
        reading would withdraw it again.
    """
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        Record.synchronise(project, beliefs, ledger)
        last = ledger.report_versions(report_id)[-1]
        rows, _ = project.reported(beliefs)
        if last.origin == EVENTS and all(row.report_id != report_id for row in rows):
            raise ReportsError(
                f"{report_id}: its row is no longer in {project.events}; put it back there, "
                "or add the report with: forecast events add"
            )
        return ledger.restore(report_id, reason=reason)
