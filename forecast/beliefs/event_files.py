"""Reports, coverage and announcements out of a folder, CSV, workbook or JSON Lines.

Every bad row is told at once. A line of JSON Lines is one object, read as the row of a table.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypedDict, get_args

from forecast.beliefs.announcements import ANNOUNCEMENTS, Announcement, read_announcements
from forecast.beliefs.identity import identity
from forecast.beliefs.literals import Text, decode
from forecast.beliefs.outcomes import CROWD
from forecast.beliefs.reports import (
    CREDIBILITIES,
    EVERY_INDICATOR,
    OPTIONAL,
    RELIABILITIES,
    REQUIRED,
    CoverageWindow,
    Report,
    Use,
    content,
)
from forecast.beliefs.schema import Beliefs
from forecast.beliefs.sources import (
    SOURCES,
    VERDICTS,
    KnownSources,
    Source,
    Verdict,
    read_sources,
    read_verdicts,
)
from forecast.beliefs.tables import (
    Cells,
    Layout,
    Row,
    Table,
    column_name,
    parse_tables,
    read_cells,
    read_tables,
    settled,
    unusable,
)
from forecast.errors import Problem
from forecast.names import nearest

__all__ = [
    "COVERAGE",
    "REPORTS",
    "EventFolder",
    "is_json",
    "parse_lines",
    "read_arriving",
    "read_events",
    "read_folder",
    "read_report",
    "read_window",
]


_EACH = "write one object a line"
_DIGITS = 400  # a number of more is none that somebody counted


class _UnfitError(ValueError):
    """Something that JSON allows, or Python does, and a report cannot hold."""


def is_json(body: str | bytes) -> bool:
    """Whether a file is meant as JSON: it begins with an object or an array."""
    text = body if isinstance(body, str) else body[:4096].decode("utf-8", "ignore")
    return text.lstrip("\ufeff\0").lstrip().startswith(("{", "["))


def parse_lines(
    file: str,
    body: str | bytes,
    layouts: Collection[Layout],
    *,
    problems: list[Problem],
    notes: list[Problem] | None = None,
) -> list[Table]:
    """Read the objects of a file into one table for each layout.

    Numbers and nulls become the text a CSV file would hold; lists, NaN, keys that stand twice,
    characters that no text can hold, and lines that are no object are told with their line.
    """
    text = Text(body) if isinstance(body, str) else decode(file, body)
    if isinstance(text, Problem):
        problems.append(text)
        return []
    said = text.text.lstrip("\ufeff")
    if text.note and notes is not None:
        notes.append(Problem(file, 0, "", text.note, severity="warning"))
    if (whole := _no_lines(file, said)) is not None:
        problems.append(whole)
        return []
    found: dict[Layout, list[Row]] = {}
    last = next(iter(layouts))
    # not splitlines: a text in JSON may hold other ends of lines than a newline
    for line, row in enumerate(said.split("\n"), start=1):
        if not row.strip():
            continue
        cells = _object(file, line, row, problems)
        if cells is None:
            continue
        last = next((layout for layout in layouts if layout.key in cells), last)
        rows = found.setdefault(last, [])
        wrong = [Problem(file, line, *fault) for fault in _columns(cells, last)]
        problems.extend(wrong)
        if not wrong:
            rows.append(Row(file, line, cells))
    return [settled(Table(layout, tuple(rows)), problems) for layout, rows in found.items()]


def _no_lines(file: str, text: str) -> Problem | None:
    """Say that a file is one piece of JSON over several lines, if it is."""
    first = next(line for line in text.split("\n") if line.strip())
    if first.lstrip().startswith("["):
        return Problem(file, 1, "", "is a JSON array", _EACH)
    try:
        _loads(first)
    except (ValueError, RecursionError):
        try:
            _loads(text)
        except (ValueError, RecursionError):
            return None
        if text.strip() != first.strip():
            return Problem(file, 1, "", "is one JSON object over several lines", _EACH)
    return None


def _object(file: str, line: int, said: str, problems: list[Problem]) -> dict[str, str] | None:
    try:
        return _cells(_loads(said))
    except json.JSONDecodeError as error:
        reason = f"is no JSON ({error.msg})"
    except _UnfitError as error:
        reason = str(error)
    except RecursionError:
        reason = "is nested too deeply"
    except ValueError:  # an integer of more digits than Python reads
        reason = "holds a number that is too long"
    problems.append(Problem(file, line, "", reason, _EACH))
    return None


def _cells(found: object) -> dict[str, str]:
    if not isinstance(found, dict):
        raise _UnfitError("is no object")
    cells: dict[str, str] = {}
    for key, value in found.items():
        name = column_name(key)
        if name in cells:
            raise _UnfitError(f"{name!r} stands twice")
        cells[name] = _cell(name, value)
    return cells


def _loads(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_whole)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _UnfitError(f"{twice!r} stands twice")
    return found


def _no_constant(text: str) -> Any:
    raise _UnfitError(f"holds {text}, which is no number")


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise _UnfitError(f"holds a number of {len(digits)} digits")
    return int(digits)


def _cell(name: str, value: Any) -> str:
    """Write a value as the text of a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not math.isfinite(value):
        raise _UnfitError(f"{name!r} is a number that is too large")
    if isinstance(value, (dict, list)):
        raise _UnfitError(f"{name!r} is {'an object' if isinstance(value, dict) else 'a list'}")
    text = str(value).strip()
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise _UnfitError(f"{name!r} holds a NUL or half a character")
    return text


def _columns(cells: dict[str, str], layout: Layout) -> Iterator[tuple[str, str, str]]:
    for column in sorted(set(cells) - set(layout.columns)):
        yield column, "is unknown", nearest(column, layout.columns)
    for column in layout.required:
        if column not in cells:
            yield column, "is missing", "give it, if only as null"


_NUMBERS = ("value", "exposure")
REPORTS = Layout(
    "report_id",
    REQUIRED,
    OPTIONAL,
    days=("occurred_on", "reported_on"),
    numbers=("credibility", *_NUMBERS),
)
COVERAGE = Layout(
    "detection",
    ("indicator", "from", "to", "detection", "source", "rationale"),
    days=("from", "to"),
    shares=("detection",),
)

#: Texts of a report that are its own, and those that it has in common with others.
_ITS_OWN = ("source_title", "source_url")
_REPEATED = tuple(name for name in OPTIONAL if name not in {*_NUMBERS, *_ITS_OWN})

_GRADE_DIGITS, _USES = tuple(map(str, CREDIBILITIES)), get_args(Use)
_GRADES = "write a letter from A to F and a digit from 1 to 6"


@dataclass(frozen=True, slots=True)
class EventFolder:
    """What a folder of tables holds, in the order of file names and lines; and how it was read."""

    reports: list[Report]
    coverage: list[CoverageWindow]
    sources: list[Source] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)


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
    found = read_folder(folder, beliefs=beliefs)
    return found.reports, found.coverage


def read_folder(folder: Path | str, *, beliefs: Beliefs | None = None) -> EventFolder:
    """Read every report, coverage window, source, verdict and announcement in a folder.

    A CSV file with a column ``verdict`` holds verdicts on reports, one with ``announcement_id``
    what is announced; one with ``source_id`` and no ``report_id`` holds sources. Otherwise as
    `read_events`.

    Raises
    ------
    ReportsError
        When any row cannot be used; ``problems`` lists all of them.
    """
    problems: list[Problem] = []
    notes: list[Problem] = []
    # a file of reports may name sources too, so theirs comes last; verdicts are on reports
    layouts = (VERDICTS, ANNOUNCEMENTS, REPORTS, COVERAGE, SOURCES)
    tables = read_tables(Path(folder), layouts, problems=problems, notes=notes, but=CROWD)
    sources = read_sources(_of(tables, SOURCES), problems)
    verdicts = read_verdicts(_of(tables, VERDICTS), problems)
    announced = read_announcements(_of(tables, ANNOUNCEMENTS), beliefs, problems)
    reports, windows = _rows(tables, beliefs, problems, sources)
    if not problems and all(table.layout is not REPORTS for table in tables):
        allowed = f"a CSV file with the columns {', '.join(REPORTS.required)}"
        problems += [Problem(str(folder), 0, "", "holds no file of reports", allowed), *notes]
    if problems:
        raise unusable(sorted(set(problems)))
    return EventFolder(reports, windows, sources, verdicts, notes, announced)


def _of(tables: Iterable[Table], layout: Layout) -> list[Row]:
    return [row for table in tables if table.layout is layout for row in table.rows]


def read_arriving(
    sources: Sequence[tuple[str, str | bytes]],
    *,
    beliefs: Beliefs | None = None,
    known_sources: Sequence[Source] = (),
    notes: list[Problem] | None = None,
) -> EventFolder:
    """Read reports, coverage and announcements: CSV, a workbook, or JSON Lines of the same names.

    Parameters
    ----------
    sources : sequence of (name, text or bytes)
        The name stands in messages.
    beliefs : Beliefs, optional
        As in `read_events`.
    known_sources : sequence of Source
        Whose letters reports may take.
    notes : list of Problem, optional
        How files were read, where that is not as expected, is added here.

    Raises
    ------
    ReportsError
        When any row cannot be used; ``problems`` lists all of them.
    """
    problems: list[Problem] = []
    tables: list[Table] = []
    for name, body in sources:
        before = len(problems)
        found = _arriving(name, body, problems, notes)
        if not found and len(problems) == before:
            allowed = f"CSV, .xlsx or JSON Lines with {', '.join(REPORTS.required)}"
            none = "holds no reports, coverage or announcements"
            came = none if body.strip() else "is empty"
            problems.append(Problem(name, 0, "", came, allowed))
        tables += found
    announced = read_announcements(_of(tables, ANNOUNCEMENTS), beliefs, problems)
    reports, windows = _rows(tables, beliefs, problems, known_sources)
    if problems:
        raise unusable(sorted(set(problems)))
    return EventFolder(reports, windows, announcements=announced)


def _arriving(
    name: str, body: str | bytes, problems: list[Problem], notes: list[Problem] | None
) -> list[Table]:
    read = parse_lines if is_json(body) else parse_tables
    layouts = (REPORTS, COVERAGE, ANNOUNCEMENTS)
    return read(name, body, layouts, problems=problems, notes=notes)


def _rows(
    tables: Iterable[Table],
    beliefs: Beliefs | None,
    problems: list[Problem],
    sources: Sequence[Source],
) -> tuple[list[Report], list[CoverageWindow]]:
    reports: dict[str, Report] = {}
    windows: dict[CoverageWindow, None] = {}
    known = KnownSources(sources)
    for table in tables:
        before: dict[tuple[str, str], Any] = {}
        for row in table.rows:
            cells = Cells(row, problems, beliefs, before)
            if table.layout is REPORTS:
                _keep(_report(cells, known), reports, problems)
            elif table.layout is COVERAGE and (window := _window(cells)) is not None:
                windows.setdefault(window)
    return list(reports.values()), list(windows)


def _keep(report: Report | None, kept: dict[str, Report], problems: list[Problem]) -> None:
    if report is None:
        return
    earlier = kept.setdefault(identity(report.report_id), report)
    if earlier is report:  # mostly
        return
    if content(earlier) != content(replace(report, report_id=earlier.report_id)):
        came = f"{report.report_id!r} already stands in {earlier.file}:{earlier.line}"
        allowed = "a report has one row; give this one another id"
        problems.append(Problem(report.file, report.line, "report_id", came, allowed))


class _Graded(TypedDict):
    reliability: str
    source_id: str
    reliability_reason: str
    inherits: bool


def read_report(
    cells: Mapping[str, str],
    *,
    beliefs: Beliefs | None = None,
    name: str = "report",
    known_sources: Sequence[Source] = (),
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
    known_sources : sequence of Source
        Whose letters the report may take.

    Raises
    ------
    ReportsError
        With every problem.
    """
    known = KnownSources(known_sources)
    return read_cells(
        lambda row: _report(row, known), cells, REPORTS.columns, beliefs=beliefs, name=name
    )


def _report(cells: Cells, sources: KnownSources) -> Report | None:
    texts: dict[str, Any] = {
        "report_id": cells.id("report_id"),
        **{name: cells.same(name, cells.id) for name in ("event_id", "lineage")},
        "summary": cells.text("summary"),
    }
    occurred_on, reported_on = (cells.same(name, cells.day) for name in REPORTS.days)
    if occurred_on and reported_on and reported_on < occurred_on:
        cells.wrong("reported_on", f"{reported_on} is before it occurred on {occurred_on}")
    indicator = cells.same("indicator", lambda _: cells.indicator())
    graded = _graded(cells, sources)
    digit = cells.same("credibility", lambda name: cells.one_of(name, _GRADE_DIGITS, _GRADES))
    use = cells.same("use", lambda name: cells.one_of(name, _USES, "write evidence or prior"))
    _check_not_weighed_before(cells, use, reported_on)
    value = cells.value(indicator)
    exposure = cells.number("exposure", least=0.0)
    if exposure == 0:
        cells.wrong("exposure", "is 0", "must be above 0")
    free: dict[str, Any] = {name: cells.row.cells.get(name, "") for name in _ITS_OWN}
    free |= {name: cells.same(name, cells.as_it_is) for name in _REPEATED}
    if not (free["source_title"] or free["source_url"] or free["note"]):
        cells.wrong("source_title", "no source", "give a title, an address, or a note saying why")
    if not cells.clean or occurred_on is None or reported_on is None:
        return None
    return Report(
        **texts,
        **{**free, **graded},
        occurred_on=occurred_on,
        reported_on=reported_on,
        indicator=indicator,
        credibility=int(digit),
        use="prior" if use == "prior" else "evidence",
        value=value,
        exposure=1.0 if exposure is None else exposure,
        file=cells.row.file,
        line=cells.row.line,
    )


def _graded(cells: Cells, sources: KnownSources) -> _Graded:
    """Read the letter, or take that of the report's source; another one needs a reason."""
    own, reason = (cells.row.cells.get(name, "") for name in ("reliability", "reliability_reason"))
    named = cells.row.cells.get("source_id", "")
    lineage, address = (cells.row.cells.get(name, "") for name in ("lineage", "source_url"))
    source = None
    if named or not own:  # a letter of its own needs no source
        source = sources.named(named, lineage=lineage, address=address)
    if named and source is None:
        known = [one.source_id for one in sources.known]
        hint = nearest(named, known) or f"sources are {', '.join(known) or 'in events/sources.csv'}"
        cells.wrong("source_id", f"unknown source {named!r}", hint)
    if own:
        letter = cells.same(
            "reliability",
            lambda name: cells.one_of(name, RELIABILITIES, _in_one_cell(own) or _GRADES),
        )
        own = letter or own
        if source and own != source.reliability and not reason:
            came = f"{own} came, but source {source.source_id!r} is {source.reliability}"
            cells.wrong("reliability", came, "leave it empty, or give a reliability_reason")
    elif reason:
        cells.wrong("reliability_reason", "is a reason without a letter", "give the letter too")
    elif source is None and not named:
        among = "a letter from A to F, or the report's source_id"
        allowed = among if sources.known else "it is required"
        cells.wrong("reliability", "is empty", allowed)
    return _Graded(
        reliability=own or (source.reliability if source else ""),
        source_id=source.source_id if source else "",
        reliability_reason=reason,
        inherits=source is not None and not reason and own in {"", source.reliability},
    )


def _in_one_cell(grade: str) -> str:
    """Say how to write a grade whose letter and digit are in one cell."""
    letter, digit = grade[:1].upper(), grade[1:].strip()
    both = letter in RELIABILITIES and digit in set(map(str, CREDIBILITIES))
    return f"write {letter} here and {digit} under credibility" if both else ""


def _check_not_weighed_before(cells: Cells, use: str, reported_on: dt.date | None) -> None:
    """Refuse as evidence what the brief's author already knew and weighed."""
    known_until = cells.beliefs.brief.as_of if cells.beliefs else dt.date.min
    if use == "evidence" and reported_on is not None and reported_on < known_until:
        came = f"evidence reported on {reported_on}, before the brief's date {known_until}"
        cells.wrong("use", came, "write prior: its author already weighed it")


def read_window(
    cells: Mapping[str, str], *, beliefs: Beliefs | None = None, name: str = "coverage"
) -> CoverageWindow:
    """Read one window of coverage out of its cells, by the rules for a row of a file.

    Raises
    ------
    ReportsError
        With every problem.
    """
    return read_cells(_window, cells, COVERAGE.columns, beliefs=beliefs, name=name)


def _window(cells: Cells) -> CoverageWindow | None:
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
