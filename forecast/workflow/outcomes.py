"""Outcomes beside forecasts: what a reader is told of a question that came out, or is due.

The probability of an issue is never changed by an outcome, nor is the issue: outcomes are put
beside it when it is shown, and only those that the world knew on its as-of date.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from forecast.beliefs.words import scale
from forecast.ledger import Ledger

__all__ = ["known_outcomes", "settled", "with_outcomes", "with_words"]


def known_outcomes(ledger: Ledger, *, as_of: date) -> dict[str, tuple[str, date]]:
    """Return outcome (yes, no, void) and day of every question that was resolved by a day."""
    return {
        one.question: (one.outcome, one.resolved_on)
        for one in ledger.resolutions(as_of=as_of)
        if one.outcome != "open"
    }


def with_outcomes(
    payload: Mapping[str, Any], outcomes: Mapping[str, tuple[str, date]]
) -> dict[str, Any]:
    """Put status and outcome into the questions of a payload.

    Parameters
    ----------
    payload : mapping
        As issued; it is left as it is.
    outcomes : mapping
        From `known_outcomes`.
    """
    rows = []
    for row in payload["questions"]:
        found = outcomes.get(row["question"])
        outcome = None if found is None else {"outcome": found[0], "on": found[1].isoformat()}
        status = found[0] if found else "due" if row["past"] else "open"
        rows.append({**row, "status": status, "outcome": outcome})
    return {**payload, "questions": rows}


def with_words(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Put the words of today's rule into a payload, which an earlier version may have issued."""
    known = scale(payload["brief"]["scale"])

    def worded(row: Mapping[str, Any]) -> dict[str, Any]:
        return {**row, "word": known.word(row["probability"])}

    judgements = [
        {**worded(row), "at_horizon": worded(row["at_horizon"])} for row in payload["judgements"]
    ]
    return {**payload, "judgements": judgements, "questions": [*map(worded, payload["questions"])]}


def settled(row: Mapping[str, Any]) -> str:
    """Say how a question came out, or that it is to be resolved; nothing while it is forecast.

    A question about a past date that is as wide as its indicator, or about states, keeps its
    probability: the reports answer it. One that is narrower has none: only somebody who reads the
    reports can tell.

    Examples
    --------
    >>> row = {"past": True, "share": 0.2, "outcome": None}
    >>> settled(row), settled({**row, "past": False})
    ('to be resolved', '')
    >>> settled({**row, "outcome": {"outcome": "yes", "on": "2023-10-18"}})
    'yes, on 2023-10-18'
    """
    came = row.get("outcome")
    if came is not None:
        return f"{came['outcome']}, on {came['on']}"
    narrow = row.get("share") is not None and row["share"] < 1.0
    return "to be resolved" if row["past"] and narrow else ""
