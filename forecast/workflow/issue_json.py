"""An issue as plain values: the payload with what the ledger knows about it."""

from __future__ import annotations

from typing import Any

from forecast.workflow.run import Issue

__all__ = ["issue_json"]


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
