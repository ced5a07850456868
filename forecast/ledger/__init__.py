"""Memory: reports, coverage, posteriors and issued forecasts; append-only and bitemporal.

The only package that opens a database. :class:`Ledger` is the door.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast.ledger.hashing import content_hash, text_hash
    from forecast.ledger.ledger import Ledger
    from forecast.ledger.records import (
        AlertRecord,
        AnnouncementRecord,
        AppliedFile,
        CoverageRecord,
        HistoryPoint,
        IssuedForecast,
        ModelRecord,
        PosteriorRecord,
        ReportRecord,
        ResolutionRecord,
        SyncResult,
    )
    from forecast.ledger.reports import evidence_fingerprint

__all__ = [
    "AlertRecord",
    "AnnouncementRecord",
    "AppliedFile",
    "CoverageRecord",
    "HistoryPoint",
    "IssuedForecast",
    "Ledger",
    "ModelRecord",
    "PosteriorRecord",
    "ReportRecord",
    "ResolutionRecord",
    "SyncResult",
    "content_hash",
    "evidence_fingerprint",
    "text_hash",
]

_PLACES = {
    "Ledger": "ledger",
    "content_hash": "hashing",
    "evidence_fingerprint": "reports",
    "text_hash": "hashing",
}


def __getattr__(name: str) -> Any:
    """Load a name when it is first asked for: a glimpse of a ledger needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module 'forecast.ledger' has no attribute {name!r}")
    return getattr(import_module(f"forecast.ledger.{_PLACES.get(name, 'records')}"), name)
