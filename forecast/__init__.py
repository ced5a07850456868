"""Turn the judgements of an issue brief into a living, updated and scored Bayesian forecast.

::

    import forecast

    project = forecast.load(".")
    found = project.run(as_of="2024-07-01")
    found.probability("tech_transfer")
    project.what_if("china_lifts_constraint")

The names here are the public door, documented in docs/python.md. Nothing is loaded until a name is
asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast.api.documents import Briefs, ChartSet, Document
    from forecast.api.frames import Estimate
    from forecast.api.issued import Forecast
    from forecast.api.project import Project, init, load
    from forecast.api.records import Events, Imported, Sources, Verification
    from forecast.api.reviews import (
        Backtest,
        Diagnosis,
        Elicitation,
        HalfLives,
        PriorCheck,
        Scorecard,
        Update,
        Validation,
    )
    from forecast.api.studies import Answer, Explanation, Sensitivity, WatchList, WhatIf
    from forecast.charts.data import ChartRefusal
    from forecast.charts.files import Chart
    from forecast.errors import (
        ArgumentError,
        BeliefsError,
        DocumentError,
        EvidenceError,
        ForecastError,
        LedgerError,
        OutputError,
        Problem,
        ReportsError,
        StatisticsError,
    )

__all__ = [
    "Answer",
    "ArgumentError",
    "Backtest",
    "BeliefsError",
    "Briefs",
    "Chart",
    "ChartRefusal",
    "ChartSet",
    "Diagnosis",
    "Document",
    "DocumentError",
    "Elicitation",
    "Estimate",
    "Events",
    "EvidenceError",
    "Explanation",
    "Forecast",
    "ForecastError",
    "HalfLives",
    "Imported",
    "LedgerError",
    "OutputError",
    "PriorCheck",
    "Problem",
    "Project",
    "ReportsError",
    "Scorecard",
    "Sensitivity",
    "Sources",
    "StatisticsError",
    "Update",
    "Validation",
    "Verification",
    "WatchList",
    "WhatIf",
    "__version__",
    "init",
    "load",
]

_PLACES = {
    "Answer": "api.studies",
    "Backtest": "api.reviews",
    "ArgumentError": "errors",
    "BeliefsError": "errors",
    "Briefs": "api.documents",
    "Chart": "charts.files",
    "ChartRefusal": "charts.data",
    "ChartSet": "api.documents",
    "Diagnosis": "api.reviews",
    "Document": "api.documents",
    "DocumentError": "errors",
    "Elicitation": "api.reviews",
    "Estimate": "api.frames",
    "Events": "api.records",
    "EvidenceError": "errors",
    "Explanation": "api.studies",
    "Forecast": "api.issued",
    "ForecastError": "errors",
    "HalfLives": "api.reviews",
    "Imported": "api.records",
    "LedgerError": "errors",
    "OutputError": "errors",
    "PriorCheck": "api.reviews",
    "Problem": "errors",
    "Project": "api.project",
    "ReportsError": "errors",
    "Scorecard": "api.reviews",
    "Sensitivity": "api.studies",
    "Sources": "api.records",
    "StatisticsError": "errors",
    "Update": "api.reviews",
    "Validation": "api.reviews",
    "Verification": "api.records",
    "WatchList": "api.studies",
    "WhatIf": "api.studies",
    "init": "api.project",
    "load": "api.project",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    if name == "__version__":
        from importlib.metadata import version

        return version("living-forecast")
    if name not in _PLACES:
        raise AttributeError(f"module 'forecast' has no attribute {name!r}")
    return getattr(import_module(f"forecast.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
