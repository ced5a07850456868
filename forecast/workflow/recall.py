"""Recall an issued forecast, without computing anything."""

from __future__ import annotations

import datetime as dt

from forecast.errors import LedgerError
from forecast.ledger import SyncResult
from forecast.workflow.outcomes import known_outcomes
from forecast.workflow.project import Project
from forecast.workflow.run import Issue

__all__ = ["recall"]


def recall(project: Project, *, as_of: dt.date | None = None) -> Issue:
    """Take the forecast that was issued last out of the ledger.

    Parameters
    ----------
    project : Project
        Where the ledger is.
    as_of : datetime.date, optional
        Of exactly this day; by default of the latest day.

    Returns
    -------
    Issue

    Raises
    ------
    LedgerError
        If none was issued.
    """
    with project.ledger(create=False) as ledger:
        issued = ledger.last_issue(as_of=as_of)
        if issued is None or (as_of is not None and issued.as_of != as_of):
            day = f" --as-of {as_of}" if as_of else ""
            raise LedgerError(f"no forecast has been issued yet; run: forecast run{day}")
        previous = ledger.last_issue(before=issued.issued_at, as_of=issued.as_of)
        outcomes = known_outcomes(ledger, as_of=issued.as_of)
        return Issue(issued, previous, SyncResult(), fresh=False, unseen=0, outcomes=outcomes)
