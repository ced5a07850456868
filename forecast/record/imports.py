"""Event data of others as a file of reports in ``events/``, and the ledger's reports as another."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from pydantic import Field

from forecast.beliefs import Beliefs, Report, Source, content
from forecast.beliefs.days import Order
from forecast.beliefs.event_files import REPORTS, read_report
from forecast.beliefs.tables import as_csv, read_table, read_tables
from forecast.errors import (
    BeliefsError,
    ForecastError,
    LedgerError,
    OutputError,
    Problem,
    ReportsError,
)
from forecast.escaping import csv_rows
from forecast.files import beside, put, refusal
from forecast.importers import (
    FORMATS,
    Collector,
    EventMapping,
    Held,
    Plan,
    Tally,
    Week,
    load_mapping,
    shipped_mapping,
)
from forecast.importers.collecting import orders_of
from forecast.importers.rows import rows_of
from forecast.project.project import EVENTS, Project, Record, today
from forecast.project.sampler import Reporter, Silent
from forecast.result import Result, Rows

__all__ = ["Exported", "Imported", "Window", "export_reports", "import_events", "write_mapping"]


_COLUMNS = (
    *("report_id", "event_id", "lineage", "occurred_on", "reported_on", "indicator"),
    *("reliability", "credibility", "use", "value", "exposure", "actors", "summary"),
    *("source_title", "source_url", "source_type", "note"),
)
_WEEK = 7
_MOST_CODES = 20


@dataclass(frozen=True, slots=True)
class Window:
    """Days that are wanted; both given, the files are taken to cover them wholly."""

    first: dt.date | None = None
    last: dt.date | None = None


class ReasonCount(Result):
    """Rows with which the same was done for the same reason."""

    reason: str
    rows: Rows
    first: str = Field(description="file and line of the first")


class CodeCount(Result):
    """A code that the mapping does not know."""

    code: str
    rows: Rows


class Imported(Result):
    """What became of the rows of event data."""

    format: str = Field(description="as asked for")
    out: str | None = Field(description="the file of reports; null where no row was kept")
    written: Rows = Field(description="of that file: reports, and weeks of counts")
    read: Rows = Field(description="of the files; `kept`, `merged` and `dropped` add up to it")
    kept: Rows
    merged: tuple[ReasonCount, ...] = Field(description="rows that say what another said")
    dropped: tuple[ReasonCount, ...] = Field(description="rows that were not used")
    remarks: tuple[ReasonCount, ...] = Field(
        description="what is odd about rows and files that were used, counted in either"
    )
    unknown_codes: tuple[CodeCount, ...] = Field(description="at most 20, the most frequent first")

    @classmethod
    def of(cls, tally: Tally, *, form: str, out: Path | None, written: int) -> Self:
        """Count what became of the rows, the most frequent reasons first."""

        def counted(counts: Counter[str]) -> list[ReasonCount]:
            return [
                ReasonCount(reason=reason, rows=rows, first=tally.first[reason])
                for reason, rows in counts.most_common()
            ]

        return cls(
            format=form,
            out=None if out is None else str(out),
            written=written,
            read=tally.read,
            kept=tally.kept,
            merged=counted(tally.merged),
            dropped=counted(tally.dropped),
            remarks=counted(tally.remarks),
            unknown_codes=[
                CodeCount(code=code, rows=rows)
                for code, rows in tally.unknown.most_common(_MOST_CODES)
            ],
        )


def write_mapping(form: str, path: Path) -> None:
    """Copy out the mapping of a format that comes with the package.

    Raises
    ------
    OutputError
        When the file is there already or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(shipped_mapping(form))
    except FileExistsError:
        raise OutputError(f"{path}: is there already; name another file") from None
    except OSError as error:
        why = refusal(error, "name another file")
        raise OutputError(f"{path}: cannot be written {why}") from None


def import_events(
    project: Project,
    files: Sequence[Path],
    *,
    form: str,
    mapping: Path | None,
    out: Path,
    window: Window | None = None,
    report: Reporter | None = None,
) -> Imported:
    """Read files of events and write those that matter to a project as its reports.

    Parameters
    ----------
    project : Project
    files : sequence of Path
        Plain, gzip or zip.
    form : str
        Key of `FORMATS`.
    mapping : Path or None
        None for the one that comes with the package.
    out : Path
        Written anew, as a whole or not at all.
    window : Window, optional
        Rows of other days are dropped. Weeks inside it without a row are zero where both ends are
        given; otherwise only days that have a row of any kind count as covered.
    report : Reporter, optional

    Raises
    ------
    BeliefsError
        When priors.yaml or the mapping cannot be used.
    ReportsError
        When a file lacks a column of the format.
    OutputError
        When `out` exists already or cannot be written.
    """
    beliefs = project.beliefs()
    window, report = window or Window(), report or Silent()
    if window.first and window.last and window.last < window.first:
        raise BeliefsError(f"--to {window.last} is before --from {window.first}")
    if out.exists():
        raise OutputError(f"{out}: is there already; move it away or name another file")
    chosen = _mapping(mapping, form, beliefs)
    tally = Tally()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=out.parent, prefix=".import-") as folder:
            draft = Path(folder) / out.name
            job = _job(chosen, beliefs, window, _held(project))
            written = _write(draft, files, job, tally, report)
            if written:
                draft.replace(out)
    except OSError as error:
        if isinstance(error, ForecastError) or error.filename in map(str, files):
            raise
        why = refusal(error, "name another file with --out")
        raise OutputError(f"{out}: cannot be written {why}") from None
    return Imported.of(tally, form=form, out=out if written else None, written=written)


@dataclass(frozen=True, slots=True)
class _Job:
    mapping: EventMapping
    plan: Plan
    step: float
    window: Window


def _loaded(path: Path | None, form: str, beliefs: Beliefs) -> EventMapping:
    """Read a mapping; what is wrong with that of the package is told under a name of its own."""
    if path is not None:
        return load_mapping(path, indicators=beliefs.indicators)
    with TemporaryDirectory() as folder:
        copy = Path(folder) / f"{form}.yaml"
        copy.write_bytes(shipped_mapping(form))
        try:
            return load_mapping(copy, indicators=beliefs.indicators)
        except BeliefsError as error:
            name = f"mapping {form} of the package"
            own = f"write one of your own with: forecast events import --format {form} "
            own += "--write-mapping mapping.yaml"
            told = [replace(one, file=name) for one in error.problems]
            told[-1:] = [replace(one, allowed=f"{one.allowed}; {own}") for one in told[-1:]]
            said = str(error).replace(str(copy), name)
            raise BeliefsError(f"{said}; {own}", problems=told) from None


def _mapping(path: Path | None, form: str, beliefs: Beliefs) -> EventMapping:
    chosen = _loaded(path, form, beliefs)
    if chosen.format != form:
        raise BeliefsError(f"{path}: is a mapping of {chosen.format}, not of {form}")
    for rule in chosen.rules:
        if beliefs.indicators[rule.indicator].kind == "value":
            raise BeliefsError(
                f"{path}: {rule.indicator} is of kind value; rows of events give presences "
                "and counts"
            )
    return chosen


def _held(project: Project) -> list[Held]:
    """List what the project holds in ``events/``, and in the ledger by other ways.

    Rows that cannot be used, and a ledger that cannot be read, are for the check.
    """
    tables = read_tables(project.events, (REPORTS,), problems=[])
    rows = [row.cells for table in tables for row in table.rows]
    with suppress(LedgerError), project.ledger(create=False) as ledger:
        rows += [
            {"report_id": each.report_id, **{key: str(text) for key, text in each.content.items()}}
            for each in ledger.reports.latest()
            if each.origin != EVENTS
        ]
    names = ("report_id", "indicator", "lineage", "source_url")
    return [Held(*(row.get(name, "") for name in names)) for row in rows]


def _job(mapping: EventMapping, beliefs: Beliefs, window: Window, held: Sequence[Held]) -> _Job:
    start = beliefs.brief.as_of + dt.timedelta(days=1)

    def week_of(day: dt.date) -> dt.date:
        return day - dt.timedelta(days=(day - start).days % _WEEK)

    kinds = {rule.indicator: beliefs.indicators[rule.indicator].kind for rule in mapping.rules}
    plan = Plan(
        kinds={name: "count" if kind == "count" else "presence" for name, kind in kinds.items()},
        week_of=week_of,
        brief_as_of=beliefs.brief.as_of,
        first=window.first or dt.date.min,
        last=window.last or dt.date.max,
        today=today(),
        held=held,
    )
    return _Job(mapping, plan, beliefs.grid.step, window)


def _write(draft: Path, files: Sequence[Path], job: _Job, tally: Tally, report: Reporter) -> int:
    total, done = sum(path.stat().st_size for path in files), 0
    with draft.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_rows([_COLUMNS]))
        written = 0

        def write(row: dict[str, Any]) -> None:
            nonlocal written
            written += 1
            file.write(csv_rows([[row.get(name, "") for name in _COLUMNS]]))

        collector = Collector(job.mapping, job.plan, write=write, tally=tally)
        for path in files:
            orders = _orders(path, job, report)
            report.stage(f"reading {path.name}")
            rows = rows_of(
                path,
                FORMATS[job.mapping.format],
                tally,
                progress=lambda at, before=done: report.progress(before + at, total),  # type: ignore[misc]
            )
            collector.take(rows, file=str(path), orders=orders)
            done += path.stat().st_size
        if tally.kept:
            for week in _covered(collector.weeks(), job):
                write(_count(week, job))
    return written


def _orders(path: Path, job: _Job, report: Reporter) -> Mapping[str, Order | None]:
    """Find which of day and month comes first in a file, from all of it."""
    form, size = FORMATS[job.mapping.format], path.stat().st_size
    if not form.headed:  # GDELT writes 20240301
        return {}
    report.stage(f"finding how the days of {path.name} are written")
    rows = rows_of(path, form, Tally(), progress=lambda at: report.progress(at, size))
    return orders_of(rows, form, declared=job.mapping.dates)


def _covered(weeks: list[Week], job: _Job) -> list[Week]:
    """Fill the window that the user says the files cover wholly."""
    first, last = job.window.first, job.window.last
    if first is None or last is None:
        return weeks
    found = {(week.indicator, week.starts_on): week.count for week in weeks}
    filled = []
    for name in sorted({name for name, kind in job.plan.kinds.items() if kind == "count"}):
        start = job.plan.week_of(first)
        while start <= last:
            end = min(start + dt.timedelta(days=_WEEK - 1), last)
            days = (end - max(start, first)).days + 1
            filled.append(Week(name, start, found.get((name, start), 0), days))
            start += dt.timedelta(days=_WEEK)
    return filled


def _count(week: Week, job: _Job) -> dict[str, Any]:
    title = FORMATS[job.mapping.format].title
    end = week.starts_on + dt.timedelta(days=_WEEK - 1)
    key = f"{job.mapping.format}-{week.indicator}-{week.starts_on}"
    return {
        "report_id": key,
        "event_id": key,
        "lineage": f"{job.mapping.format} weekly count",
        "occurred_on": week.starts_on,
        "reported_on": end,
        "indicator": week.indicator,
        "reliability": "A",
        "credibility": 1,
        "use": "prior" if end <= job.plan.brief_as_of else "evidence",
        "value": week.count,
        "exposure": f"{week.days / job.step:.6g}",
        "summary": f"{week.indicator}, week from {week.starts_on}: {week.count}",
        "source_title": title,
        "source_type": "coded event data",
        "note": f"Counted from rows of {title}; the files cover {week.days} of 7 days.",
    }


class Exported(Result):
    """Which reports a file holds now."""

    file: str = Field(description="as it was named")
    reports: tuple[str, ...] = Field(description="ids, in the order of the rows")
    corrected: tuple[str, ...] = Field(
        description="with `--added`: left out, because a row of `events/` says something older"
    )


def export_reports(
    project: Project, file: Path, *, added_only: bool = False, overwrite: bool = False
) -> Exported:
    """Write every report that stands, and look that the file reads back as the same reports.

    Parameters
    ----------
    project : Project
    file : path
        With the columns of ``events/reports.csv``; by day of report, then id.
    added_only : bool
        Leave out what has a row in another file of ``events/``, as an id may have one row only.
    overwrite : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    OutputError
        If the file is there already, or cannot be written.
    ReportsError
        If a report cannot be written as a row that says the same; nothing is written then.
    """
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
        held = [one.report for one in ledger.reports.latest(recorded_by=record.recorded_by)]
        sources = ledger.sources.latest()
    there = _elsewhere(project, file) if added_only else {}
    reports = [one for one in held if one.report_id not in there]
    corrected = [one.report_id for one in held if there.get(one.report_id, one) != one]
    if file.exists() and not overwrite:
        raise OutputError(f"{file}: is there already; name another file, or give --overwrite")
    _write_checked(file, reports, sources)
    ids = [one.report_id for one in reports]
    return Exported(file=str(file), reports=ids, corrected=corrected)


def _elsewhere(project: Project, file: Path) -> dict[str, Report]:
    """Return the rows of ``events/`` by id, but for those of the file that is to be replaced."""
    rows, _ = project.reported(None)
    place = file.resolve()
    return {row.report_id: row for row in rows if Path(row.file).resolve() != place}


def _write_checked(file: Path, reports: Sequence[Report], sources: Sequence[Source]) -> None:
    """Write beside the file first, so that it is whole or as it was."""
    with beside(file) as part:
        part.write_bytes(as_csv(reports).encode())
        _require_same(part, reports, file, sources)
        put(part, file)


def _require_same(
    part: Path, reports: Sequence[Report], file: Path, sources: Sequence[Source]
) -> None:
    problems: list[Problem] = []
    rows = read_table(part, REPORTS, problems=problems)
    back = {
        row.cells["report_id"]: read_report(row.cells, name=str(file), known_sources=sources)
        for row in rows
    }
    lost = [
        one.report_id
        for one in reports
        if one.report_id not in back or content(back[one.report_id]) != content(one)
    ]
    if problems or lost:
        what = lost[0] if lost else str(problems[0])
        raise ReportsError(
            f"{file}: {what}: no CSV row says the same as this report; correct it with: "
            f"forecast events add --correct {what}"
        )
