"""A project on disk: where its files are, and what is in them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forecast.beliefs import Beliefs, CoverageWindow, Report, load, read_events
from forecast.errors import BeliefsError, ReportsError
from forecast.ledger import Ledger, SyncResult

__all__ = ["Project", "Record", "default_as_of", "today"]

_ORIGIN = "events"


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

    def ledger(self) -> Ledger:
        """Open the ledger; it is made when it is first needed."""
        url = self.ledger_url or os.environ.get("FORECAST_LEDGER")
        return Ledger.open(url or self.memory / "ledger.sqlite", folder=self.memory)


@dataclass(frozen=True)
class Record:
    """Reports and coverage as the ledger holds them.

    Attributes
    ----------
    reports, coverage : list
        All of them, whatever the as-of date.
    changes : SyncResult
        What reading ``events/`` changed.
    """

    reports: Sequence[Report]
    coverage: Sequence[CoverageWindow]
    changes: SyncResult

    @classmethod
    def synchronise(cls, project: Project, beliefs: Beliefs, ledger: Ledger) -> Record:
        """Read ``events/`` into the ledger and everything back out of it.

        Raises
        ------
        ReportsError
            With every row that cannot be used; nothing is stored then.
        """
        reports, coverage = read_events(project.events, beliefs=beliefs)
        late = [report for report in reports if report.reported_on > today()]
        if late:
            first = late[0]
            raise ReportsError(
                f"{first.file}:{first.line}: report {first.report_id} is dated "
                f"{first.reported_on}, after today ({today()}); correct reported_on"
            )
        changes = ledger.sync_reports(reports, origin=_ORIGIN)
        ledger.sync_coverage(coverage, origin=_ORIGIN)
        return cls(
            [record.report for record in ledger.reports()],
            [record.window for record in ledger.coverage()],
            changes,
        )


def default_as_of(beliefs: Beliefs, record: Record) -> dt.date:
    """Return the end of the coded record: the last day somebody looked or reported.

    Never later than today, never earlier than the brief.
    """
    days = [beliefs.brief.as_of]
    days += [window.ends_on for window in record.coverage]
    days += [report.reported_on for report in record.reports if report.use == "evidence"]
    return min(max(days), today())
