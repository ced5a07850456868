"""What we believe: a brief's conclusions and the reports about them, as frozen values.

Everything a user writes comes in through here and is checked once, at the door: :func:`load` reads
``priors.yaml``, :func:`read_events` the folder ``events/``. What comes out is clean.
"""

from forecast.beliefs.coherence import components
from forecast.beliefs.event_files import read_arriving, read_events, read_folder
from forecast.beliefs.indicators import (
    CountIndicator,
    Indicator,
    Levels,
    Marked,
    MoveIndicator,
    PointsAt,
    PresenceIndicator,
    ValueIndicator,
)
from forecast.beliefs.literals import days, later, wording
from forecast.beliefs.loading import fingerprint, inspect, json_schema, load
from forecast.beliefs.reports import (
    EVERY_INDICATOR,
    CoverageWindow,
    Report,
    combine,
    content,
    credibility,
    grade_meaning,
    truth_probability,
)
from forecast.beliefs.schema import (
    Alert,
    Beliefs,
    Brief,
    Coupling,
    CouplingChild,
    Grid,
    Hazard,
    Implication,
    Initial,
    Judgement,
    Node,
    Question,
    SourceMemory,
    StateSet,
)
from forecast.beliefs.sources import Source, Verdict, source_of
from forecast.beliefs.values import (
    CaseName,
    NormalPrior,
    Probability,
    level,
    log_rate,
    log_ratio,
    pool,
    probability_within,
)
from forecast.beliefs.words import (
    DEFAULT_SCALE,
    Scale,
    Term,
    format_probability,
    scale,
    scale_names,
)
from forecast.names import nearest

__all__ = [
    "DEFAULT_SCALE",
    "EVERY_INDICATOR",
    "Alert",
    "Beliefs",
    "Brief",
    "CaseName",
    "CountIndicator",
    "Coupling",
    "CouplingChild",
    "CoverageWindow",
    "Grid",
    "Hazard",
    "Implication",
    "Indicator",
    "Initial",
    "Judgement",
    "Levels",
    "Marked",
    "MoveIndicator",
    "Node",
    "NormalPrior",
    "PointsAt",
    "PresenceIndicator",
    "Probability",
    "Question",
    "Report",
    "Scale",
    "Source",
    "SourceMemory",
    "StateSet",
    "Term",
    "ValueIndicator",
    "Verdict",
    "combine",
    "components",
    "content",
    "credibility",
    "days",
    "fingerprint",
    "format_probability",
    "grade_meaning",
    "inspect",
    "json_schema",
    "later",
    "level",
    "load",
    "log_rate",
    "log_ratio",
    "nearest",
    "pool",
    "probability_within",
    "read_arriving",
    "read_events",
    "read_folder",
    "scale",
    "scale_names",
    "source_of",
    "truth_probability",
    "wording",
]
