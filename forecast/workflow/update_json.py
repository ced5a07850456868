"""An update as plain values: the promise of docs/schema.md."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from forecast.workflow.alerting import Watched
from forecast.workflow.updating import Update

__all__ = ["update_json"]


def update_json(done: Update) -> dict[str, Any]:
    """Put an update into plain values."""

    def number(value: float) -> float | None:
        return None if math.isnan(value) else round(value, 6)

    moves = [
        {k: number(v) if isinstance(v, float) else v for k, v in asdict(move).items()}
        for move in done.moves
    ]
    return {
        "schema": 1,
        "as_of_before": done.as_of_before.isoformat(),
        "as_of": done.as_of.isoformat(),
        "dry_run": done.dry,
        "new": list(done.changes.new),
        "known": list(done.changes.known),
        "revised": list(done.changes.revised),
        "held": list(done.changes.held),
        "windows": done.windows,
        "notes": list(done.notes),
        "method": done.method,
        "reason": done.reason,
        "pareto_k": number(done.pareto_k),
        "ess": number(done.ess),
        "judgements": moves,
        "alerts": [_alert_json(each) for each in done.alerts],
        "issue": None if done.issued is None else done.issued.id,
    }


def _alert_json(each: Watched) -> dict[str, Any]:
    return {
        "alert": each.name,
        "question": each.alert.question,
        "node": each.alert.node,
        "subject": each.subject,
        "direction": each.alert.direction,
        "threshold": each.alert.threshold,
        "word": each.word,
        "raised": each.raised,
        "probability": round(each.probability, 6),
        "certainty": round(each.certainty, 6),
        "told": None if each.told is None else round(each.told, 6),
        "since": None if each.since is None else each.since.isoformat(),
    }
