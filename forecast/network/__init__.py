"""THE MATHEMATICS: joint states, transition, emission, filtering, smoothing, forecasting.

Arrays in, arrays out: nothing here knows of briefs, reports or PyMC. Draws are the last axis.
"""

from __future__ import annotations

from forecast.network.compiled import batches, each_batch
from forecast.network.conditions import (
    Avoid,
    Condition,
    Fewer,
    Within,
    advance,
    carry,
    message,
    none_of,
)
from forecast.network.evidence import Announced, Evidence, Foreseen, distinct_steps
from forecast.network.filtering import (
    Filtered,
    ImpossibleEvidenceError,
    Passes,
    Propagator,
    filtered,
    forecast,
    gradient,
    hindsight,
    node_marginals,
    passes,
)
from forecast.network.intervention import Course, Regime, Replay, Whole, replay
from forecast.network.structure import (
    COUNT,
    MARK,
    PRESENCE,
    VALUE,
    Network,
    Parameters,
    Tables,
    components,
    joint_states,
    tables,
)

__all__ = [
    "COUNT",
    "MARK",
    "PRESENCE",
    "VALUE",
    "Announced",
    "Avoid",
    "Condition",
    "Course",
    "Evidence",
    "Fewer",
    "Filtered",
    "Foreseen",
    "ImpossibleEvidenceError",
    "Network",
    "Parameters",
    "Passes",
    "Propagator",
    "Regime",
    "Replay",
    "Tables",
    "Whole",
    "Within",
    "advance",
    "batches",
    "carry",
    "components",
    "distinct_steps",
    "each_batch",
    "filtered",
    "forecast",
    "gradient",
    "hindsight",
    "joint_states",
    "message",
    "node_marginals",
    "none_of",
    "passes",
    "replay",
    "tables",
]
