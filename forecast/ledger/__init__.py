"""Memory: reports, coverage, posteriors and issued forecasts; append-only and bitemporal.

The only package that opens a database. :class:`Ledger` is the door.
"""

from forecast.ledger.evidence import evidence_fingerprint
from forecast.ledger.hashing import content_hash, text_hash
from forecast.ledger.records import (
    AlertRecord,
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
from forecast.ledger.store import Ledger

__all__ = [
    "AlertRecord",
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
