"""Recall an issued forecast without computing anything, as plain values too."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Any

from forecast.errors import BeliefsError, LedgerError
from forecast.issue.run import Issue, issue_before
from forecast.ledger import IssuedForecast, SyncResult
from forecast.project.project import Project, take_in_outcomes
from forecast.record.resolutions import known_outcomes

__all__ = ["issue_json", "issued_beliefs", "recall"]


def recall(project: Project, *, as_of: dt.date | None = None) -> Issue:
    """Take the forecast that was issued last out of the ledger, with the outcomes known to it.

    Outcomes in ``resolutions/`` are read first, so that all who show a forecast show the same.

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
    ReportsError
        With every row of ``resolutions/`` that cannot be used.
    """
    with project.ledger(create=False) as ledger:
        # a file in the middle of an edit, or a ledger not to be written, hides no forecast
        with suppress(BeliefsError, LedgerError):
            take_in_outcomes(project, project.beliefs(), ledger)
        issued = ledger.issues.last(as_of=as_of)
        if issued is None or (as_of is not None and issued.as_of != as_of):
            raise _none_issued(ledger.issues.last(), as_of)
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
        model = ledger.models.find(issue.issued.model_fingerprint)
    if model is None:
        raise LedgerError(
            "the ledger does not hold the beliefs of this forecast; run: forecast run"
        )
    return dict(model.content)


def issue_json(issue: Issue) -> dict[str, Any]:
    """Return what ``forecast run --json`` prints, as docs/schema.md promises.

    Parameters
    ----------
    issue : Issue
        A forecast as issued.

    Returns
    -------
    dict
        The payload, with ``issue`` (identity and fingerprints) and, in every judgement,
        ``since_issue``: the change since the issue before, or None if there is none.
    """
    issued = issue.issued
    before = {} if issue.previous is None else _probabilities(issue.previous.payload)
    judgements = []
    for judgement in issue.payload["judgements"]:
        key = (judgement["node"], tuple(judgement["states"]))
        since = None
        if issue.previous is not None and key in before:
            since = {
                "as_of": issue.previous.as_of.isoformat(),
                "probability": before[key],
                "change": round(judgement["probability"] - before[key], 6),
            }
        judgements.append({**judgement, "since_issue": since})
    return {
        "issue": {
            "id": issued.id,
            "issued_at": issued.issued_at.isoformat(),
            "posterior": issued.posterior_id,
            "model_fingerprint": issued.model_fingerprint,
            "evidence_fingerprint": issued.evidence_fingerprint,
            "settings": dict(issued.settings),
            "unseen": issue.unseen,
        },
        **issue.payload,
        "judgements": judgements,
    }


def _probabilities(payload: Any) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (judgement["node"], tuple(judgement["states"])): judgement["probability"]
        for judgement in payload["judgements"]
    }
