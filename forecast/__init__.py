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
    from forecast.api.events import Events
    from forecast.api.findings import Answer, Explanation, Sensitivity, WatchList
    from forecast.api.issued import Forecast
    from forecast.api.project import Project, init, load
    from forecast.api.records import Imported, Sources, Verification
    from forecast.api.results import PriorCheck, Scorecard, Update
    from forecast.api.reviews import Backtest, Diagnosis, Elicitation, HalfLives, Validation
    from forecast.api.scenarios import WhatIf
    from forecast.api.shown import Estimate
    from forecast.charts.files import Chart
    from forecast.charts.refusals import ChartRefusal
    from forecast.errors import (
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
    "Answer": "api.findings",
    "Backtest": "api.reviews",
    "BeliefsError": "errors",
    "Briefs": "api.documents",
    "Chart": "charts.files",
    "ChartRefusal": "charts.refusals",
    "ChartSet": "api.documents",
    "Diagnosis": "api.reviews",
    "Document": "api.documents",
    "DocumentError": "errors",
    "Elicitation": "api.reviews",
    "Estimate": "api.shown",
    "Events": "api.events",
    "EvidenceError": "errors",
    "Explanation": "api.findings",
    "Forecast": "api.issued",
    "ForecastError": "errors",
    "HalfLives": "api.reviews",
    "Imported": "api.records",
    "LedgerError": "errors",
    "OutputError": "errors",
    "PriorCheck": "api.results",
    "Problem": "errors",
    "Project": "api.project",
    "ReportsError": "errors",
    "Scorecard": "api.results",
    "Sensitivity": "api.findings",
    "Sources": "api.records",
    "StatisticsError": "errors",
    "Update": "api.results",
    "Validation": "api.reviews",
    "Verification": "api.records",
    "WatchList": "api.findings",
    "WhatIf": "api.scenarios",
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
