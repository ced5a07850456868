"""An update as plain values: the promise of docs/schema.md."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

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
        "method": done.method,
        "reason": done.reason,
        "pareto_k": number(done.pareto_k),
        "ess": number(done.ess),
        "judgements": moves,
        "issue": None if done.issued is None else done.issued.id,
    }
