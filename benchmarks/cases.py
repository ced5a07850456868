"""The cases that are measured: the bundled one, and one with five three-state nodes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from forecast.beliefs import Beliefs, load, read_events
from forecast.inference.encoding import Encoding, encode
from forecast.inference.observations import observe
from forecast.network import Evidence

ROOT = Path(__file__).parent.parent
AS_OF = dt.date(2024, 12, 31)


def bundled() -> tuple[Encoding, Evidence]:
    """Read the bundled case to the end of its reports."""
    return _case(load(ROOT / "priors.yaml"))


def five_by_three() -> tuple[Encoding, Evidence]:
    """Give every two-state node of the bundled case a state between its two: 243 joint states."""
    document = load(ROOT / "priors.yaml").model_dump(mode="json", by_alias=True)
    for node in document["nodes"].values():
        if len(node["states"]) == 2:
            first, last = node["states"]
            node["states"] = [first, "between", last]
            share = node["initial"]["probabilities"]
            node["initial"]["probabilities"] = {
                first: share[first] * 0.9,
                "between": share[first] * 0.1,
                last: share[last],
            }
            onward = {**node["hazards"][0], "from": first, "to": "between"}
            node["hazards"] += [onward, {**onward, "from": "between", "to": last}]
    for indicator in document["indicators"].values():
        for point in indicator.get("points_at", []):
            if isinstance(point["rarer"], dict):
                low, high = next(iter(point["rarer"].values()))
                point["rarer"].setdefault("between", [low, high])
    return _case(Beliefs.model_validate(document))


def _case(beliefs: Beliefs) -> tuple[Encoding, Evidence]:
    reports, coverage = read_events(ROOT / "events", beliefs=beliefs)
    encoding = encode(beliefs)
    return encoding, observe(encoding, reports, coverage, as_of=AS_OF)
