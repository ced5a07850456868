"""THE MATHEMATICS: joint states, transition, emission, filtering, smoothing, forecasting.

Arrays in, arrays out: nothing here knows of briefs, reports or PyMC. Draws are the last axis.
"""

from __future__ import annotations

from forecast.network.decoding import most_probable_path
from forecast.network.evidence import Evidence
from forecast.network.filtering import (
    Filtered,
    ImpossibleEvidenceError,
    Passes,
    Propagator,
    filtered,
    gradient,
    hindsight,
    node_marginals,
    passes,
    smoothed,
)
from forecast.network.forecasting import first_passage, forecast, occupancy, target_states
from forecast.network.parallel import batches, each_batch
from forecast.network.structure import (
    COUNT,
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
    "PRESENCE",
    "VALUE",
    "Evidence",
    "Filtered",
    "ImpossibleEvidenceError",
    "Network",
    "Parameters",
    "Passes",
    "Propagator",
    "Tables",
    "batches",
    "components",
    "each_batch",
    "filtered",
    "first_passage",
    "forecast",
    "gradient",
    "hindsight",
    "joint_states",
    "most_probable_path",
    "node_marginals",
    "occupancy",
    "passes",
    "smoothed",
    "tables",
    "target_states",
]
