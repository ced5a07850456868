"""A project on disk: where its files are, and what is in them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forecast.beliefs import Beliefs, CoverageWindow, Report, load, read_events
from forecast.errors import BeliefsError, EvidenceError, Problem, ReportsError
from forecast.ledger import Ledger, SyncResult

__all__ = ["EVENTS", "Project", "Record", "as_of_day", "require_known_today", "today"]

#: Origin of the reports of ``events/`` in the ledger.
EVENTS = "events"


def today() -> dt.date:
    """Today in UTC, the calendar every date here is in."""
    return dt.datetime.now(dt.UTC).date()


@dataclass(frozen=True)
class Project:
    """Where the files of a project are.

    Attributes
    ----------
    root : Path
        Folder with ``priors.yaml`` and ``events/``.
    ledger_url : str or None
        Database of the ledger; by default ``.forecast/ledger.sqlite`` under `root`, or what the
        environment variable FORECAST_LEDGER names.
    """

    root: Path
    ledger_url: str | None = None

    @property
    def priors(self) -> Path:
        """The file of beliefs."""
        return self.root / "priors.yaml"

    @property
    def events(self) -> Path:
        """The folder of reports and coverage."""
        return self.root / "events"

    @property
    def scenarios(self) -> Path:
        """The folder of what-if scenarios."""
        return self.root / "scenarios"

    @property
    def memory(self) -> Path:
        """The folder of the ledger."""
        return self.root / ".forecast"

    def beliefs(self) -> Beliefs:
        """Read the beliefs.

        Raises
        ------
        BeliefsError
            With every problem of the file.
        """
        if not self.priors.is_file():
            raise BeliefsError(
                f"{self.priors}: there is no such file; start a project with: forecast init, "
                "or name its folder with --project"
            )
        return load(self.priors)

    def reported(self, beliefs: Beliefs | None) -> tuple[list[Report], list[CoverageWindow]]:
        """Read the reports and the coverage; without beliefs, indicators are not checked.

        Raises
        ------
        ReportsError
            With every row that cannot be used, or every report dated after today.
        """
        reports, coverage = read_events(self.events, beliefs=beliefs)
        require_known_today(reports)
        return reports, coverage

    def ledger(self, *, create: bool = True) -> Ledger:
        """Open the ledger; it is made when it is first needed, unless it has to be there."""
        url = self.ledger_url or os.environ.get("FORECAST_LEDGER")
        place = url or self.memory / "ledger.sqlite"
        return Ledger.open(place, create=create, folder=self.memory)


def require_known_today(reports: Sequence[Report]) -> None:
    """Refuse reports that are dated after today.

    Raises
    ------
    ReportsError
        With every one of them.
    """
    late = [_late(report) for report in reports if report.reported_on > today()]
    if late:
        raise ReportsError(str(late[0]), problems=late)


def _late(report: Report) -> Problem:
    came = f"{report.reported_on} is after today ({today()})"
    return Problem(report.file, report.line, "reported_on", came, "correct the date")


@dataclass(frozen=True)
class Record:
    """Reports and coverage as the ledger holds them.

    Attributes
    ----------
    reports, coverage : list
        All of them, whatever the as-of date.
    changes : SyncResult
        What reading ``events/`` changed.
    recorded_by : datetime.datetime or None
        Moment of the ledger as it was read; with it the same can be read again later.
    """

    reports: Sequence[Report]
    coverage: Sequence[CoverageWindow]
    changes: SyncResult
    recorded_by: dt.datetime | None

    @classmethod
    def synchronise(cls, project: Project, beliefs: Beliefs, ledger: Ledger) -> Record:
        """Read ``events/`` into the ledger and everything back out of it.

        Raises
        ------
        ReportsError
            With every row that cannot be used; nothing is stored then.
        """
        reports, coverage = project.reported(beliefs)
        changes = ledger.sync_reports(reports, origin=EVENTS)
        ledger.sync_coverage(coverage, origin=EVENTS)
        return cls.of(ledger, changes)

    @classmethod
    def of(cls, ledger: Ledger, changes: SyncResult) -> Record:
        """Read everything out of the ledger as it stands."""
        now = ledger.recorded_until()
        return cls(
            [record.report for record in ledger.reports(recorded_by=now)],
            [record.window for record in ledger.coverage(recorded_by=now)],
            changes,
            now,
        )


def as_of_day(beliefs: Beliefs, record: Record, asked: dt.date | None) -> dt.date:
    """Return the day asked for, or by default the end of the coded record.

    Raises
    ------
    EvidenceError
        If the day is before the brief or after today.
    """
    day = _end_of_record(beliefs, record) if asked is None else asked
    if day < beliefs.brief.as_of:
        raise EvidenceError(
            f"--as-of {day} is before the brief ({beliefs.brief.as_of}); name a later date"
        )
    if day > today():
        raise EvidenceError(f"--as-of {day} is after today ({today()}); name an earlier date")
    return day


def _end_of_record(beliefs: Beliefs, record: Record) -> dt.date:
    """Return the last day somebody looked or reported: never after today or before the brief."""
    days = [beliefs.brief.as_of]
    days += [window.ends_on for window in record.coverage]
    days += [report.reported_on for report in record.reports if report.use == "evidence"]
    return min(max(days), today())
