"""Recall an issued forecast, without computing anything."""

from __future__ import annotations

import datetime as dt
from typing import Any

from forecast.errors import LedgerError
from forecast.ledger import IssuedForecast, SyncResult
from forecast.workflow.issuing import issue_before
from forecast.workflow.outcomes import known_outcomes
from forecast.workflow.project import Project
from forecast.workflow.run import Issue

__all__ = ["issued_beliefs", "recall"]


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
            raise _none_issued(ledger.last_issue(), as_of)
        previous = issue_before(ledger, issued)
        outcomes = known_outcomes(ledger, as_of=issued.as_of)
        return Issue(issued, previous, SyncResult(), fresh=False, unseen=0, outcomes=outcomes)


def _none_issued(latest: IssuedForecast | None, as_of: dt.date | None) -> LedgerError:
    day = f" --as-of {as_of}" if as_of else ""
    if latest is None:
        return LedgerError(f"no forecast has been issued yet; run: forecast run{day}")
    return LedgerError(
        f"no forecast was issued as of {as_of}; the latest is as of {latest.as_of}: leave --as-of "
        f"out for that one, or run: forecast run{day}"
    )


def issued_beliefs(issue: Issue, project: Project) -> dict[str, Any]:
    """Take the beliefs an issue was made with out of the ledger, as plain values.

    Raises
    ------
    LedgerError
        If the ledger does not hold them.
    """
    with project.ledger(create=False) as ledger:
        model = ledger.model(issue.issued.model_fingerprint)
    if model is None:
        raise LedgerError(
            "the ledger does not hold the beliefs of this forecast; run: forecast run"
        )
    return dict(model.content)
