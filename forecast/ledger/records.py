"""What the ledger gives back: frozen values, each with the moment it was recorded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from forecast.beliefs.announcements import Announcement
from forecast.beliefs.reports import CoverageWindow, Report
from forecast.errors import LedgerError
from forecast.ledger.hashing import day

__all__ = [
    "READ",
    "AlertRecord",
    "AnnouncementRecord",
    "AppliedFile",
    "CoverageRecord",
    "HistoryPoint",
    "IssuedForecast",
    "ModelRecord",
    "PosteriorRecord",
    "ReportRecord",
    "ResolutionRecord",
    "Shared",
    "SyncResult",
]

_DAYS_OF_A_WINDOW = ("starts_on", "ends_on")


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What one synchronisation found; every tuple is sorted.

    Attributes
    ----------
    new, known, revised, restored : tuple of str
        The rows that came, each in exactly one of these. ``restored`` had been withdrawn.
    withdrawn : tuple of str
        What stood before and did not come.
    held : tuple of str
        Rows that came but stay retracted, because someone retracted them by hand; each is also
        in ``known`` or ``revised``.
    """

    new: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    revised: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything was written that a reader can see."""
        return bool(self.new or self.revised or self.withdrawn or self.restored)


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """One version of a report, as it read when it was recorded."""

    report_id: str
    version: int
    content: Mapping[str, object]
    content_hash: str
    occurred_on: date
    reported_on: date
    recorded_at: datetime
    origin: str

    @property
    def report(self) -> Report:
        """The report itself.

        Raises
        ------
        LedgerError
            If another version of this package recorded fields that a `Report` does not have.
        """
        days = {"occurred_on": self.occurred_on, "reported_on": self.reported_on}
        return _rebuilt(Report, {**self.content, **days}, where=f"report {self.report_id}")


#: What people read of a report, and nothing is worked out from.
READ = ("summary", "actors", "source_title", "source_url", "source_type", "verified", "note")
_OWN = frozenset({"report_id", "summary", "source_title", "source_url"})


class Shared:
    """Reports out of records, with one copy of each text and day that many have in common.

    Parameters
    ----------
    without : collection of str
        Texts that are left empty.
    """

    def __init__(self, without: Collection[str]) -> None:
        self._left = dict.fromkeys(without, "")
        self._one: dict[str, str] = {}
        self._days: dict[date, date] = {}

    def report(self, record: ReportRecord) -> Report:
        """Give the report of a record."""
        one, days = self._one, self._days
        content = {
            name: one.setdefault(said, said) if name not in _OWN and type(said) is str else said
            for name, said in record.content.items()
        }
        content |= self._left
        content["occurred_on"] = days.setdefault(record.occurred_on, record.occurred_on)
        content["reported_on"] = days.setdefault(record.reported_on, record.reported_on)
        return _rebuilt(Report, content, where=f"report {record.report_id}")


@dataclass(frozen=True, slots=True)
class CoverageRecord:
    """One coverage window, in the order of its origin."""

    origin: str
    position: int
    content: Mapping[str, object]
    recorded_at: datetime

    @property
    def window(self) -> CoverageWindow:
        """The coverage window itself.

        Raises
        ------
        LedgerError
            If another version of this package recorded fields that a window does not have.
        """
        where = f"coverage {self.origin}[{self.position}]"
        days = {
            name: date.fromisoformat(day(self.content.get(name), where=f"{where}: {name}"))
            for name in _DAYS_OF_A_WINDOW
        }
        return _rebuilt(CoverageWindow, {**self.content, **days}, where=where)


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """The beliefs that a model fingerprint stands for."""

    fingerprint: str
    content: Mapping[str, object]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class PosteriorRecord:
    """Draws from one fit: what it was fitted to, how it went, and the file that holds it."""

    id: str
    model_fingerprint: str
    evidence_fingerprint: str
    as_of: date | None
    settings: Mapping[str, object]
    versions: Mapping[str, object]
    diagnostics: Mapping[str, object]
    path: Path
    file_hash: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class IssuedForecast:
    """A forecast as it was published.

    Attributes
    ----------
    recorded_by : datetime or None
        The ledger as it stood then: ``reports(as_of=..., recorded_by=...)`` with these two values
        gives the evidence the forecast was made from.
    """

    id: str
    issued_at: datetime
    as_of: date
    recorded_by: datetime | None
    model_fingerprint: str
    evidence_fingerprint: str
    posterior_id: str | None
    settings: Mapping[str, object]
    payload: Mapping[str, object]
    content_hash: str


@dataclass(frozen=True, slots=True)
class ResolutionRecord:
    """What was said about the outcome of a question, the last time or earlier.

    Attributes
    ----------
    question : str
        Its name in ``priors.yaml``.
    version : int
        1 for the first word on it; a correction is a later one.
    outcome : str
        ``yes``, ``no``, ``void``, or ``open`` where an earlier word was taken back.
    resolved_on : date
        The day the world knew the outcome.
    source, url, note : str
        Where it can be looked up, and why.
    recorded_at : datetime
        When it was written here.
    came : str
        The state or the sum that came, where that was said.
    """

    question: str
    version: int
    outcome: str
    resolved_on: date
    source: str
    url: str
    note: str
    recorded_at: datetime
    came: str = ""


@dataclass(frozen=True, slots=True)
class AnnouncementRecord:
    """What was said of an announcement, the last time or earlier.

    Attributes
    ----------
    version : int
        1 for the first word on it.
    announcement : Announcement
    taken_back : str
        Why it no longer stands; empty where it does.
    recorded_at : datetime
        When it was written here.
    """

    version: int
    announcement: Announcement
    taken_back: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """What would have been published on a day, learnt from what was known then.

    Attributes
    ----------
    posterior_id : str or None
        The fit whose draws it was read from; None for draws from the priors.
    """

    id: str
    as_of: date
    posterior_id: str | None
    payload: Mapping[str, Any]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """What was last said of an alert, or earlier.

    Attributes
    ----------
    alert : str
        Its name in ``priors.yaml``.
    version : int
        1 for the first word on it.
    word : str
        ``watched`` or ``standing`` where it was looked at first, ``raised``, or ``cleared``.
    rule : str
        Hash of what it watches and of its threshold: another rule under the same name begins anew.
    probability, certainty : float
        When this was said.
    reference : float
        What the next change is measured from.
    as_of : date
        The day up to which reports were seen.
    recorded_at : datetime
        When it was written here.
    """

    alert: str
    version: int
    word: str
    rule: str
    probability: float
    certainty: float
    reference: float
    as_of: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class AppliedFile:
    """A file whose rows were added.

    Attributes
    ----------
    name : str
        Without its folder.
    file_hash : str
        SHA-256 of its text.
    """

    name: str
    file_hash: str
    recorded_at: datetime


def _rebuilt[T](kind: type[T], fields: Mapping[str, Any], *, where: str) -> T:
    try:
        return kind(**fields)
    except TypeError as error:
        raise LedgerError(
            f"{where}: was recorded by another version of forecast ({error}); "
            "read events/ again with this one"
        ) from None
