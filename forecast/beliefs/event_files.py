"""Reports and coverage out of a folder of CSV files; every bad row is told at once."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from forecast.beliefs.grading import CREDIBILITIES, RELIABILITIES
from forecast.beliefs.indicators import CountIndicator, PresenceIndicator
from forecast.beliefs.reports import EVERY_INDICATOR, CoverageWindow, Report, Use, content
from forecast.beliefs.schema import Beliefs
from forecast.beliefs.tables import Layout, Row, Table, parse_table, read_tables
from forecast.beliefs.words import nearest
from forecast.errors import Problem, ReportsError

__all__ = ["COVERAGE", "REPORTS", "read_arriving", "read_events", "read_report"]

REPORTS = Layout(
    "report_id",
    (
        *("report_id", "event_id", "lineage", "occurred_on", "reported_on", "indicator"),
        *("reliability", "credibility", "use", "summary"),
    ),
    (
        *("value", "exposure", "actors", "source_title", "source_url", "source_type"),
        *("verified", "note"),
    ),
)
COVERAGE = Layout("detection", ("indicator", "from", "to", "detection", "source", "rationale"))

_GRADES = "write a letter from A to F and a digit from 1 to 6"


def read_events(
    folder: Path | str, *, beliefs: Beliefs | None = None
) -> tuple[list[Report], list[CoverageWindow]]:
    """Read every report and every coverage window in a folder.

    A CSV file with a column ``report_id`` holds reports, one with ``detection`` holds coverage;
    other files are left alone. Equal rows count once.

    Parameters
    ----------
    folder : path
    beliefs : Beliefs, optional
        Lets indicators be checked: that they exist, and have a value where they need one.

    Returns
    -------
    reports : list of Report
    coverage : list of CoverageWindow
        Both in the order of file names and lines.

    Raises
    ------
    ReportsError
        When any row cannot be used; ``problems`` lists all of them.
    """
    problems: list[Problem] = []
    tables = read_tables(Path(folder), (REPORTS, COVERAGE), problems=problems)
    reports, windows = _rows(tables, beliefs, problems)
    if not problems and all(table.layout is not REPORTS for table in tables):
        allowed = f"a CSV file with the columns {', '.join(REPORTS.required)}"
        problems.append(Problem(str(folder), 0, "", "holds no file of reports", allowed))
    if problems:
        raise _error(sorted(set(problems)))
    return reports, windows


def read_arriving(
    sources: Sequence[tuple[str, str]], *, beliefs: Beliefs | None = None
) -> tuple[list[Report], list[CoverageWindow]]:
    """Read reports and coverage out of texts: CSV, or JSON Lines with the same names.

    Parameters
    ----------
    sources : sequence of (name, text)
        The name stands in messages.
    beliefs : Beliefs, optional
        As in `read_events`.

    Returns
    -------
    reports : list of Report
    coverage : list of CoverageWindow

    Raises
    ------
    ReportsError
        When any row cannot be used; ``problems`` lists all of them.
    """
    problems: list[Problem] = []
    tables = []
    for name, text in sources:
        if text.lstrip().startswith("{"):
            table = _json_lines(name, text, problems)
        else:
            table = parse_table(name, text, (REPORTS, COVERAGE), problems=problems)
        if table is not None:
            tables.append(table)
        elif not any(problem.file == name for problem in problems):
            allowed = f"CSV or JSON Lines with {', '.join(REPORTS.required)}"
            problems.append(Problem(name, 0, "", "holds neither reports nor coverage", allowed))
    reports, windows = _rows(tables, beliefs, problems)
    if problems:
        raise _error(sorted(set(problems)))
    return reports, windows


def _json_lines(name: str, text: str, problems: list[Problem]) -> Table | None:
    """Read one object a line; numbers and nulls become the texts a CSV file would hold."""
    rows, layout = [], None
    for line, said in enumerate(text.splitlines(), start=1):
        if not said.strip():
            continue
        try:
            found = json.loads(said)
        except json.JSONDecodeError as error:
            problems.append(
                Problem(name, line, "", f"is no JSON ({error.msg})", "one object a line")
            )
            continue
        if not isinstance(found, dict):
            problems.append(Problem(name, line, "", "is no object", "one object a line"))
            continue
        layout = layout or (REPORTS if REPORTS.key in found else COVERAGE)
        unknown = sorted(set(found) - {*layout.required, *layout.optional})
        missing = [column for column in layout.required if column not in found]
        for column, came in [(c, "is unknown") for c in unknown] + [
            (c, "is missing") for c in missing
        ]:
            problems.append(Problem(name, line, column, came, ""))
        if not unknown and not missing:
            cells = {c: "" if v is None else str(v).strip() for c, v in found.items()}
            rows.append(Row(name, line, cells))
    return None if layout is None else Table(layout, tuple(rows))


def _rows(
    tables: Iterable[Table], beliefs: Beliefs | None, problems: list[Problem]
) -> tuple[list[Report], list[CoverageWindow]]:
    reports: dict[str, Report] = {}
    windows: dict[CoverageWindow, None] = {}
    for table in tables:
        for row in table.rows:
            cells = _Cells(row, problems, beliefs)
            if table.layout is REPORTS:
                _keep(_report(cells), reports, problems)
            elif (window := _window(cells)) is not None:
                windows.setdefault(window)
    return list(reports.values()), list(windows)


def _error(problems: list[Problem]) -> ReportsError:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return ReportsError(f"{problems[0]}{more}", problems=problems)


def _keep(report: Report | None, kept: dict[str, Report], problems: list[Problem]) -> None:
    if report is None:
        return
    earlier = kept.setdefault(report.report_id, report)
    if content(earlier) != content(report):
        came = f"{report.report_id!r} already stands in {earlier.file}:{earlier.line}"
        allowed = "a report has one row; give this one another id"
        problems.append(Problem(report.file, report.line, "report_id", came, allowed))


def read_report(
    cells: Mapping[str, str], *, beliefs: Beliefs | None = None, name: str = "report"
) -> Report:
    """Read one report out of its cells, by the rules for a row of a file.

    Parameters
    ----------
    cells : mapping of str to str
        Text of each column; a missing one is empty.
    beliefs : Beliefs, optional
        As in `read_events`.
    name : str
        Stands where a message names the file.

    Raises
    ------
    ReportsError
        With every problem.
    """
    problems: list[Problem] = []
    texts = {column: cells.get(column, "").strip() for column in REPORTS.columns}
    report = _report(_Cells(Row(name, 0, texts), problems, beliefs))
    if report is None:
        raise _error(problems)
    return report


def _report(cells: _Cells) -> Report | None:
    texts = {name: cells.text(name) for name in ("report_id", "event_id", "lineage", "summary")}
    occurred_on, reported_on = cells.day("occurred_on"), cells.day("reported_on")
    if occurred_on and reported_on and reported_on < occurred_on:
        cells.wrong("reported_on", f"{reported_on} is before it occurred on {occurred_on}")
    indicator = cells.indicator()
    reliability = cells.one_of("reliability", RELIABILITIES, _GRADES)
    digit = cells.one_of("credibility", tuple(map(str, CREDIBILITIES)), _GRADES)
    use = cells.one_of("use", get_args(Use), "write evidence or prior")
    _check_not_weighed_before(cells, use, reported_on)
    value = cells.value(indicator)
    exposure = cells.number("exposure", least=0.0)
    if exposure == 0:
        cells.wrong("exposure", "is 0", "must be above 0")
    free = {name: cells.row.cells.get(name, "") for name in REPORTS.optional[2:]}
    if not (free["source_title"] or free["source_url"] or free["note"]):
        cells.wrong("source_title", "no source", "give a title, an address, or a note saying why")
    if not cells.clean or occurred_on is None or reported_on is None:
        return None
    return Report(
        **texts,
        **free,
        occurred_on=occurred_on,
        reported_on=reported_on,
        indicator=indicator,
        reliability=reliability,
        credibility=int(digit),
        use="prior" if use == "prior" else "evidence",
        value=value,
        exposure=1.0 if exposure is None else exposure,
        file=cells.row.file,
        line=cells.row.line,
    )


def _check_not_weighed_before(cells: _Cells, use: str, reported_on: dt.date | None) -> None:
    """Refuse as evidence what the brief's author already knew and weighed."""
    known_until = cells.beliefs.brief.as_of if cells.beliefs else dt.date.min
    if use == "evidence" and reported_on is not None and reported_on < known_until:
        came = f"evidence reported on {reported_on}, before the brief's date {known_until}"
        cells.wrong("use", came, "write prior: its author already weighed it")


def _window(cells: _Cells) -> CoverageWindow | None:
    indicator = cells.indicator(also=EVERY_INDICATOR)
    starts_on, ends_on = cells.day("from"), cells.day("to")
    if starts_on and ends_on and ends_on < starts_on:
        cells.wrong("to", f"{ends_on} is before {starts_on}", "from comes first")
    detection = cells.number("detection", least=0.0, most=1.0)
    source, rationale = cells.text("source"), cells.text("rationale")
    if not cells.clean or starts_on is None or ends_on is None:
        return None
    return CoverageWindow(
        indicator=indicator,
        starts_on=starts_on,
        ends_on=ends_on,
        detection=detection,
        source=source,
        rationale=rationale,
        file=cells.row.file,
        line=cells.row.line,
    )


@dataclass(slots=True)
class _Cells:
    """Cells of one row, read one by one; what is wrong is added to the problems."""

    row: Row
    problems: list[Problem]
    beliefs: Beliefs | None
    clean: bool = True

    def wrong(self, column: str, came: str, allowed: str = "") -> None:
        self.clean = False
        self.problems.append(self.row.problem(column, came, allowed))

    def text(self, column: str) -> str:
        text = self.row.cells[column]
        if not text:
            self.wrong(column, "is empty", "it is required")
        return text

    def one_of(self, column: str, allowed: tuple[str, ...], hint: str) -> str:
        text = self.text(column)
        if text and text not in allowed:
            self.wrong(column, f"{text!r} is not allowed", hint)
        return text

    def day(self, column: str) -> dt.date | None:
        text = self.text(column)
        try:
            # fromisoformat also reads 20230927 and 2023-W39-3, which people misread.
            return dt.datetime.strptime(text, "%Y-%m-%d").date() if text else None  # noqa: DTZ007
        except ValueError:
            self.wrong(column, f"{text!r} is not a date", "write it as 2023-09-27")
            return None

    def number(
        self, column: str, *, least: float = -math.inf, most: float = math.inf
    ) -> float | None:
        text = self.row.cells.get(column, "")
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and least <= number <= most):
            bounds = {(0.0, 1.0): " from 0 to 1", (0.0, math.inf): ", 0 or more"}
            allowed = f"write a number{bounds.get((least, most), '')}"
            self.wrong(column, f"{text!r} is not allowed", allowed)
            return None
        return number

    def indicator(self, *, also: str = "") -> str:
        name = self.text("indicator")
        known = None if self.beliefs is None else self.beliefs.indicators
        if name and name != also and known is not None and name not in known:
            hint = nearest(name, known) or "it must be one of the indicators of the brief's file"
            self.wrong("indicator", f"unknown indicator {name!r}", hint)
        return name

    def value(self, indicator: str) -> float | None:
        """Read the value as the indicator's kind wants it."""
        entry = self.beliefs.indicators.get(indicator) if self.beliefs else None
        counted = isinstance(entry, CountIndicator)
        number = self.number("value", least=0.0 if counted else -math.inf)
        filled = bool(self.row.cells.get("value"))
        if isinstance(entry, PresenceIndicator):
            if filled:
                self.wrong("value", f"{indicator} is a presence and has none", "leave it empty")
        elif entry is not None and not filled:
            self.wrong("value", f"is empty, but {indicator} is of kind {entry.kind}", "give it")
        elif counted and number is not None and not number.is_integer():
            self.wrong("value", f"{number:g} is not a count", "write a whole number")
        return number
