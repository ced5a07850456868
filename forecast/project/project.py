"""A project on disk: where its files are, and what is in them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.beliefs import Beliefs, CoverageWindow, Report, Verdict, days, load, read_folder
from forecast.beliefs.announcements import Announcement
from forecast.beliefs.event_files import EventFolder
from forecast.beliefs.outcomes import CROWD, Crowd, Outcome, Said, read_crowd, read_outcome_folder
from forecast.beliefs.reports import looked_last
from forecast.beliefs.sources import spelled, verdict_faults
from forecast.errors import BeliefsError, EvidenceError, Problem, ReportsError
from forecast.ledger import Ledger, SyncResult, content_hash
from forecast.project.case import (
    HeldReports,
    follow_sources,
    kept_case,
    last_case,
    of_another,
    read_held,
    read_reports,
    stated_case,
)
from forecast.project.jobs import Crew
from forecast.project.sampler import Reporter, Silent

if TYPE_CHECKING:
    from forecast.analysis.anchoring import Anchoring
    from forecast.inference.encoding import Encoding
    from forecast.network import Evidence

__all__ = [
    "ARRIVED",
    "EVENTS",
    "Project",
    "Record",
    "as_of_day",
    "crowd_by",
    "faults_of_verdicts",
    "outcome_row",
    "require_known_today",
    "require_period",
    "require_told_today",
    "require_verdicts",
    "take_in_outcomes",
    "today",
]

#: Origin of the reports of ``events/`` in the ledger.
EVENTS = "events"
#: Origin of what came in files by an update, and of coverage by hand, which it is put behind.
ARRIVED = "update"
#: Folder of the outcomes of questions, and their origin in the ledger.
OUTCOMES = "resolutions"

_MANY = 20_000  # reports that take some seconds
_LONGEST = 3653.0  # ten years, in days


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
        environment variable FORECAST_LEDGER names. Other projects may share it: each reads and
        writes a case of its own.
    crew : Crew
        Who does independent jobs.
    """

    root: Path
    ledger_url: str | None = None
    crew: Crew = field(default_factory=Crew)

    @property
    def priors(self) -> Path:
        """The file of beliefs."""
        return self.root / "priors.yaml"

    @property
    def events(self) -> Path:
        """The folder of reports and coverage."""
        return self.root / "events"

    @property
    def resolutions(self) -> Path:
        """The folder of the outcomes of questions; it need not be there."""
        return self.root / OUTCOMES

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
        found = self.folder(beliefs)
        return found.reports, found.coverage

    def folder(self, beliefs: Beliefs | None) -> EventFolder:
        """Read everything in ``events/``; without beliefs, indicators are not checked.

        Raises
        ------
        ReportsError
            As in `reported`.
        """
        found = read_folder(self.events, beliefs=beliefs)
        require_known_today(found.reports)
        require_told_today(found.announcements)
        return found

    def outcomes(self, beliefs: Beliefs, *, notes: list[Problem] | None = None) -> list[Outcome]:
        """Read everything in ``resolutions/``; how files were read is added to the notes.

        Raises
        ------
        ReportsError
            With every row that cannot be used.
        """
        states = {name: node.states for name, node in beliefs.nodes.items()}
        return read_outcome_folder(
            self.resolutions, beliefs.questions, today=today(), states=states, notes=notes
        )

    def crowd(self, beliefs: Beliefs, path: Path | None = None) -> Crowd | None:
        """Read the forecasts of a crowd: of a file, or of ``events/crowd.csv`` if it is there.

        Raises
        ------
        ReportsError
            With every row that cannot be used, or if no row is about a question of the project.
        """
        there = self.events / CROWD
        if path is None and not there.is_file():
            return None
        return read_crowd(path or there, beliefs.questions, today=today())

    def ledger(self, *, create: bool = True) -> Ledger:
        """Open the ledger at this project's case.

        It is made when it is first needed, unless it has to be there.

        Raises
        ------
        LedgerError
            If it cannot be used, or which case of a shared ledger this is cannot be told.
        BeliefsError
            If ``priors.yaml`` states a case that is no name.
        """
        url = self.ledger_url or os.environ.get("FORECAST_LEDGER")
        alone = not url
        stated = stated_case(self.priors)
        ledger = Ledger.open(
            url or self.memory / "ledger.sqlite", create=create, folder=self.memory
        )
        try:
            if alone:
                return ledger.enter(stated or last_case(self.memory), alone=True)
            guest = of_another(ledger.file, self.root)
            return ledger.enter(stated or kept_case(self.memory, self.root), guest=guest)
        except BaseException:
            ledger.close()
            raise


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


def require_told_today(announcements: Sequence[Announcement]) -> None:
    """Refuse announcements, and what became of them, that are dated after today.

    Raises
    ------
    ReportsError
        With every one of them.
    """
    late = [
        Problem(one.file, one.line, name, f"{on} is after today ({today()})", "correct the date")
        for one in announcements
        for name, on in (("told_on", one.told_on), ("known_on", one.known_on))
        if on is not None and on > today()
    ]
    if late:
        raise ReportsError(str(late[0]), problems=late)


def _late(report: Report) -> Problem:
    came = f"{report.reported_on} is after today ({today()})"
    return Problem(report.file, report.line, "reported_on", came, "correct the date")


def faults_of_verdicts(verdicts: Sequence[Verdict], reports: Mapping[str, Report]) -> list[Problem]:
    """List what is wrong with verdicts, among all the reports there are or were."""
    return [
        Problem(one.file, one.line, *fault)
        for one in verdicts
        for fault in verdict_faults(one, reports, today=today())
    ]


def require_verdicts(ledger: Ledger, folder: EventFolder) -> list[Verdict]:
    """Give the verdicts, on reports by the spelling these have in the folder or in the ledger.

    Raises
    ------
    ReportsError
        With every one that cannot be.
    """
    if not folder.verdicts:
        return []
    known = {report.report_id: report for report in ledger.reports.held(withdrawn=True)}
    known |= {report.report_id: report for report in folder.reports}
    verdicts = spelled(folder.verdicts, known)
    problems = faults_of_verdicts(verdicts, known)
    if problems:
        raise ReportsError(str(problems[0]), problems=problems)
    return verdicts


def take_in_outcomes(project: Project, beliefs: Beliefs, ledger: Ledger) -> None:
    """Read ``resolutions/`` into the ledger.

    Raises
    ------
    ReportsError
        With every row that cannot be used; nothing is stored then.
    """
    found = [outcome_row(outcome) for outcome in project.outcomes(beliefs)]
    if found or ledger.resolutions.latest():
        ledger.resolutions.record(found, origin=OUTCOMES)


def outcome_row(outcome: Outcome) -> dict[str, object]:
    """Return an outcome under the names of the ledger."""
    return {
        "question": outcome.question,
        "outcome": outcome.outcome,
        "resolved_on": outcome.on,
        "source": outcome.source,
        "url": outcome.url,
        "note": outcome.note,
        "came": outcome.came,
    }


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
    announcements : list
        All of them, likewise.
    crowd : sequence of Said
        What others said of the questions, as ``events/`` has it.
    held : HeldReports or None
        The reports as they are recorded.
    """

    reports: Sequence[Report]
    coverage: Sequence[CoverageWindow]
    changes: SyncResult
    recorded_by: dt.datetime | None
    announcements: Sequence[Announcement] = ()
    crowd: Sequence[Said] = ()
    held: HeldReports | None = field(default=None, compare=False)

    @classmethod
    def synchronise(
        cls,
        project: Project,
        beliefs: Beliefs,
        ledger: Ledger,
        *,
        texts: bool = True,
        reporter: Reporter | None = None,
    ) -> Record:
        """Read ``events/`` into the ledger and everything back out of it.

        Parameters
        ----------
        texts : bool
            Whether what only people read of a report is read, too.
        reporter : Reporter, optional
            Told how it goes where there are many reports.

        Raises
        ------
        ReportsError
            With every row that cannot be used; nothing is stored then.
        """
        found = project.folder(beliefs)
        crowd = project.crowd(beliefs)
        told = reporter if reporter and len(found.reports) >= _MANY else Silent()
        told.stage(f"recording {len(found.reports):,} reports")
        verdicts = require_verdicts(ledger, found)
        take_in_outcomes(project, beliefs, ledger)
        changes = ledger.reports.sync(found.reports, origin=EVENTS)
        ledger.coverage.sync(found.coverage, origin=EVENTS)
        ledger.sources.sync(found.sources, verdicts, origin=EVENTS)
        if found.announcements or ledger.announcements.latest():
            ledger.announcements.record(found.announcements, origin=EVENTS)
        if moved := follow_sources(ledger, found.sources, origin=EVENTS):
            changes = replace(changes, revised=tuple(sorted({*changes.revised, *moved})))
        del found  # a million rows are not held twice
        told.stage("reading the reports out of the ledger")
        record = cls.of(ledger, changes, beliefs, texts=texts)
        return record if crowd is None else replace(record, crowd=crowd.said)

    def evidence(self, encoding: Encoding, *, as_of: dt.date) -> Evidence:
        """Lay out what was known on a day, what was announced included."""
        from forecast.inference.observations import observe

        return observe(
            encoding, self.reports, self.coverage, as_of=as_of, announcements=self.announcements
        )

    def knowledge(self, encoding: Encoding, *, as_of: dt.date, steps: int) -> list[Evidence]:
        """Lay out what was known at the end of each step."""
        from forecast.inference.tracking import knowledge

        return knowledge(
            *(encoding, self.reports, self.coverage),
            as_of=as_of,
            steps=steps,
            announcements=self.announcements,
        )

    def anchoring(self, encoding: Encoding, *, seed: int) -> Anchoring:
        """Give what finds the anchors of questions; the seed is of draws from the priors."""
        from forecast.analysis.anchoring import Anchoring

        known = (self.reports, self.coverage, self.announcements, self.crowd)
        return Anchoring(encoding, *known, seed)

    def crowd_by(self, as_of: dt.date) -> dict[str, str]:
        """See the function of this name."""
        return crowd_by(self.crowd, as_of)

    @classmethod
    def of(
        cls,
        ledger: Ledger,
        changes: SyncResult,
        beliefs: Beliefs,
        *,
        texts: bool = True,
        near: HeldReports | None = None,
        recorded_by: dt.datetime | None = None,
    ) -> Record:
        """Read everything out of the ledger as it stands, reports by what they were before.

        With `recorded_by`, as it stood at that moment.
        """
        now = recorded_by or ledger.recorded_until()
        if near is None:
            held = read_held(ledger, beliefs, recorded_by=now, texts=texts)
        else:
            held = near.at(ledger, now)
        return cls(
            read_reports(ledger, beliefs, recorded_by=now, near=held),
            [record.window for record in ledger.coverage.latest(recorded_by=now)],
            changes,
            now,
            ledger.announcements.latest(recorded_by=now),
            held=held,
        )


def crowd_by(statements: Iterable[Said], as_of: dt.date) -> dict[str, str]:
    """Fingerprint what a crowd had said by a day, as a setting; none where it was nothing."""
    rows = [
        [row.question, row.date.isoformat(), row.probability, row.source, row.sd]
        for row in statements
        if row.date <= as_of
    ]
    return {"crowd": content_hash(rows)} if rows else {}


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


def require_period(period: str | float, what: str) -> None:
    """Refuse a period that is none, or is not up to ten years.

    Raises
    ------
    BeliefsError
        The message names what it is the period of.
    """
    try:
        length = days(period) if isinstance(period, str) else float(period)
    except ValueError as error:
        raise BeliefsError(f"{what}: {error}") from None
    if not 0 < length <= _LONGEST:
        raise BeliefsError(f"a {what} of {length:g} days came; allowed: up to 10 years")


def _end_of_record(beliefs: Beliefs, record: Record) -> dt.date:
    """Return the last day somebody looked or reported: never after today or before the brief."""
    days = [beliefs.brief.as_of]
    for name in {window.indicator for window in record.coverage}:
        looked = looked_last(one for one in record.coverage if one.indicator == name)
        days += [] if looked is None else [looked]
    days += [report.reported_on for report in record.reports if report.use == "evidence"]
    return min(max(days), today())
