"""Tables of a folder, CSV or workbook, as rows of text by column, each with its line.

A kind of file is known by its headings, and a file that has none of them is told. The cells of a
row in ``events/`` are read one by one, and written again.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any
from unicodedata import normalize

from forecast.beliefs.days import order_of, read_days
from forecast.beliefs.identity import ALLOWED, id_fault, identity
from forecast.beliefs.indicators import CountIndicator
from forecast.beliefs.literals import as_float, cut, read_numbers
from forecast.beliefs.places import Grid, grids_of, read_grids
from forecast.beliefs.reports import OPTIONAL, RARE, REQUIRED, Report, content
from forecast.beliefs.schema import Beliefs
from forecast.errors import Problem, ReportsError
from forecast.escaping import csv_rows, uncell
from forecast.names import nearest

__all__ = [
    "ENDINGS",
    "Cells",
    "Layout",
    "Row",
    "Table",
    "as_cells",
    "as_csv",
    "column_name",
    "header_faults",
    "heading_elsewhere",
    "is_table",
    "layout_of",
    "left_out",
    "parse_tables",
    "read_cells",
    "read_table",
    "read_tables",
    "settled",
    "unread_file",
    "unusable",
]


_MOST_UNKNOWN = 20  # columns that are named; the others are counted


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns a kind of file has.

    Attributes
    ----------
    key : str
        The column that tells this kind of file from others.
    required, optional : tuple of str
        Columns that must be there, and those that may.
    alike : int
        A file without the key that has this many of the columns was meant to have the layout.
    days, numbers, shares : tuple of str
        Columns of days, of numbers, and of probabilities: each is read as a whole, so that a cell
        with two readings is read by its neighbours or refused.
    others : bool
        Whether a file may have columns of its own, which are passed over.
    """

    key: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    alike: int = 3
    days: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    others: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column, required ones first."""
        return (*self.required, *self.optional)


def column_name(text: str) -> str:
    """Write the name of a column as the layouts do: without case, blanks or full-width letters.

    Examples
    --------
    >>> column_name(" Report ID "), column_name("reported-on")
    ('report_id', 'reported_on')
    """
    return "_".join(normalize("NFKC", text).casefold().replace("-", " ").replace("_", " ").split())


def layout_of(names: list[str], layouts: Collection[Layout]) -> Layout | None:
    """Find the layout of a heading by its key, or by most of its columns."""
    for layout in layouts:
        if layout.key in names:
            return layout
    shared = {layout: len(set(names) & set(layout.columns)) for layout in layouts}
    best = max(shared, key=lambda layout: shared[layout] - layout.alike)
    return best if shared[best] >= best.alike else None


def header_faults(grid: Grid, names: list[str], layout: Layout) -> Iterator[tuple[str, str]]:
    """List what is wrong with a heading: what came, and what is allowed."""
    times, known, unknown = Counter(names), set(layout.columns), 0
    for name in layout.required:
        if name not in times:
            yield f"column {name!r} is missing", "add it"
    seen: set[str] = set()
    for place, (name, written) in enumerate(zip(names, grid.heading, strict=True)):
        if name in seen:
            continue
        if not name:
            yield f"column {place + 1} has no name, but is not empty", "name it or empty it"
            continue
        seen.add(name)
        if times[name] > 1:
            yield f"column {cut(name)!r} stands {times[name]} times", "keep one"
        elif name not in known and not layout.others:
            unknown += 1
            if unknown <= _MOST_UNKNOWN:
                hint = nearest(name, layout.columns) or f"columns are {', '.join(layout.columns)}"
                yield f"unknown column {cut(written)!r}", hint
    if unknown > _MOST_UNKNOWN:
        more = unknown - _MOST_UNKNOWN
        yield f"{more} more unknown columns", f"columns are {', '.join(layout.columns)}"


#: Endings of files that may hold a table and are not read; a text beside them may be anything.
_UNREAD = frozenset(
    {
        *(".xls", ".xlsb", ".ods", ".fods", ".numbers", ".gsheet", ".tab", ".psv", ".gz", ".zip"),
        *(".json", ".jsonl", ".ndjson", ".parquet", ".feather", ".dta", ".sav", ".sqlite", ".db"),
    }
)
_SEARCHED = 10  # rows in which a heading may stand


def unread_file(path: Path) -> Problem | None:
    """Say that a file is of a kind that may hold a table and is not read; None for any other."""
    if path.suffix.lower() not in _UNREAD or path.name.startswith((".", "~$")):
        return None
    allowed = "save it as .xlsx or as CSV (UTF-8), or take it out of the folder"
    return Problem(str(path), 0, "", f"is not read ({path.suffix})", allowed, "warning")


def left_out(grid: Grid, layouts: Collection[Layout]) -> Problem:
    """Say that a table has none of the layouts."""
    heading = cut(", ".join(grid.heading))
    came = f"was left out: no columns that are known ({heading})" if heading else "is empty"
    allowed = (
        f"one of the columns {', '.join(layout.key for layout in layouts)} tells what it holds"
    )
    return Problem(grid.file, 0, "", came, allowed, "warning")


def heading_elsewhere(grid: Grid, layouts: Collection[Layout]) -> Problem | None:
    """Say where the heading of a layout stands, if it is not the first row or was not split."""
    for at, (line, cells) in enumerate(grid.rows[:_SEARCHED]):
        names = [column_name(cell) for cell in cells]
        whole = ",".join(names)
        for layout in layouts:
            if at and {layout.key, *layout.required} <= set(names):
                return Problem(
                    grid.file,
                    line,
                    "",
                    "the heading stands here, not in the first row",
                    "delete the rows above it",
                )
            if len(names) < len(layout.required) and all(name in whole for name in layout.required):
                came = f"the heading is in {len(names)} cell{'s' if len(names) > 1 else ''}"
                came += f" ({cut(' | '.join(cells), 60)})"
                allowed = "put commas between the cells, and quotes around none but single cells"
                return Problem(grid.file, line, "", came, allowed)
    return None


#: Endings of files that are looked into; what a file is, is told by what it holds.
ENDINGS = (".csv", ".tsv", ".xlsx", ".xlsm")

_NO_GRID = Grid("", ())


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of one row by column, without surrounding blanks.

    Attributes
    ----------
    file : str
    line : int
    cells : mapping of str to str
    written : mapping of str to str
        What stands in the file, of cells that were read as another text.
    """

    file: str
    line: int
    cells: Mapping[str, str]
    written: Mapping[str, str] = field(default_factory=dict)

    def said(self, column: str) -> str:
        """Give what stands in the file, which is what a message shows."""
        return self.written.get(column, self.cells.get(column, ""))

    def problem(self, column: str, came: str, allowed: str = "") -> Problem:
        """Say what is wrong with one cell."""
        return Problem(self.file, self.line, column, came, allowed)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one file, the layout it has, and what a user should know of how it was read.

    Rows can be gone through any number of times; those of a large file are made each time.
    """

    layout: Layout
    rows: Iterable[Row]
    notes: tuple[str, ...] = ()


def read_tables(
    folder: Path,
    layouts: Collection[Layout],
    *,
    problems: list[Problem],
    notes: list[Problem] | None = None,
    but: str = "",
) -> list[Table]:
    """Read every table of a folder that has one of the layouts.

    Parameters
    ----------
    folder : Path
    layouts : collection of Layout
    problems : list of Problem
        Whatever is wrong is added here.
    notes : list of Problem, optional
        How files were read, where that is not as expected, is added here.
    but : str
        Name of a file that is read elsewhere.

    Returns
    -------
    list of Table
        In the order of file names; files with none of the layouts are left out, which is noted.
    """
    try:
        there = sorted(folder.iterdir())
    except OSError as error:
        came = f"cannot be read ({error.strerror})"
        problems.append(Problem(str(folder), 0, "", came, "name a folder of CSV files"))
        return []
    out = []
    unread = [said for path in there if (said := unread_file(path)) is not None]
    for path in (path for path in there if is_table(path) and path.name != but):
        if path.exists() and not path.is_file() and not path.is_dir():  # a pipe would hang
            problems.append(Problem(str(path), 0, "", "is no file", "take it out of the folder"))
        else:
            grids = read_grids(path)
            before = len(problems)
            found = _tables(grids, layouts, problems=problems, notes=notes)
            if not found and not isinstance(grids, Problem) and len(problems) == before:
                unread.append(left_out(grids[0], layouts))
            out += found
    if notes is not None:
        notes += unread
    return out


def is_table(path: Path) -> bool:
    """Whether a file is meant as a table, by its name."""
    # while Excel has a workbook open, a file ~$NAME.xlsx lies beside it
    return path.suffix.lower() in ENDINGS and not path.name.startswith("~$")


def read_table(
    path: Path, layout: Layout, *, problems: list[Problem], notes: list[Problem] | None = None
) -> tuple[Row, ...]:
    """Read one file that is meant to have a layout: CSV, or a workbook with such a sheet.

    Parameters
    ----------
    path : Path
    layout : Layout
    problems, notes
        As in `read_tables`.

    Returns
    -------
    tuple of Row
        Nothing where the file cannot be used.
    """
    before = len(problems)
    found = read_grids(path)
    tables = _tables(found, (layout,), problems=problems, notes=notes)
    if not tables and len(problems) == before:
        problems.append(_other_columns(str(path), found, layout))
    return tuple(tables[0].rows) if tables else ()


def _other_columns(file: str, found: list[Grid] | Problem, layout: Layout) -> Problem:
    assert not isinstance(found, Problem)
    allowed = f"a table with the columns {', '.join(layout.required)}"
    heading = ", ".join(found[0].heading)
    came = f"has other columns ({cut(heading)})" if heading else "is empty"
    return Problem(file, 0, "", came, allowed)


def parse_tables(
    file: str,
    body: str | bytes,
    layouts: Collection[Layout],
    *,
    problems: list[Problem],
    notes: list[Problem] | None = None,
) -> list[Table]:
    """Read the tables out of what a file holds, as text or as bytes; as `read_tables`."""
    return _tables(grids_of(file, body), layouts, problems=problems, notes=notes)


def _tables(
    grids: list[Grid] | Problem,
    layouts: Collection[Layout],
    *,
    problems: list[Problem],
    notes: list[Problem] | None,
) -> list[Table]:
    """Read the first table of each layout; a sheet that repeats one is told of, and left out."""
    if isinstance(grids, Problem):
        problems.append(grids)
        return []
    found: dict[Layout, Table] = {}
    said = []
    for grid in grids:
        layout = layout_of([column_name(name) for name in grid.heading], layouts)
        if layout is None:
            if len(grids) == 1:  # of no use, but what cannot be read in it is a better reason
                problems.extend(grid.faults)
            if (elsewhere := heading_elsewhere(grid, layouts)) is not None:
                problems.append(elsewhere)
            elif len(grids) > 1 and grid.rows:
                said.append(left_out(grid, layouts))
                said += [Problem(grid.file, 0, "", note) for note in grid.notes]
            continue
        if layout in found:
            said.append(Problem(grid.file, 0, "", "was left out", "one sheet of a kind is read"))
            continue
        table = _table(grid, layout, problems)
        found[layout] = table
        said += [Problem(grid.file, 0, "", note) for note in (*grid.notes, *table.notes)]
    if notes is not None and found:
        notes += [replace(note, severity="warning") for note in said]
    return list(found.values())


def _table(grid: Grid, layout: Layout, problems: list[Problem]) -> Table:
    names = [column_name(name) for name in grid.heading]
    line = grid.rows[0][0]
    wrong = [
        Problem(grid.file, line, "header", *said) for said in header_faults(grid, names, layout)
    ]
    bad = grid.problems
    problems.extend([*wrong, *bad])
    if wrong:
        return Table(layout, ())
    rows = _Named(grid, names, frozenset(problem.line for problem in bad))
    problems.extend(() if grid.even else rows.faults())
    return settled(Table(layout, rows), problems, grid=grid)


@dataclass(frozen=True, slots=True)
class _Named:
    """Rows of a grid by the names of its columns."""

    grid: Grid
    names: list[str]
    bad: frozenset[int]

    def faults(self) -> Iterator[Problem]:
        """Name the rows that have more cells than the heading, or fewer."""
        for line, row in islice(self.grid.rows, 1, None):
            if len(row) != len(self.names) and line not in self.bad:
                allowed = f"the header has {len(self.names)}; put quotes around a text with a "
                allowed += "comma" if self.grid.delimiter == "," else "delimiter"
                came = f"has {len(row)} cell{'' if len(row) == 1 else 's'}"
                yield Problem(self.grid.file, line, "", came, allowed)

    def __iter__(self) -> Iterator[Row]:
        names, bad, file, width = self.names, self.bad, self.grid.file, len(self.names)
        for line, row in islice(self.grid.rows, 1, None):
            if len(row) == width and line not in bad:
                yield Row(file, line, dict(zip(names, map(uncell, row), strict=True)))


@dataclass(frozen=True, slots=True)
class _Settled:
    """Rows whose days and numbers are written one way, without those that have two readings."""

    rows: Iterable[Row]
    texts: Mapping[str, Sequence[str]]
    spoilt: frozenset[int]

    def __iter__(self) -> Iterator[Row]:
        columns = list(self.texts)
        for at, (row, *said) in enumerate(zip(self.rows, *self.texts.values(), strict=True)):
            if at in self.spoilt:
                continue
            cells, written = dict(row.cells), {}
            for column, text in zip(columns, said, strict=True):
                if column in cells and cells[column] != text:
                    written[column], cells[column] = cells[column], text
            yield Row(row.file, row.line, cells, written) if written else row


def settled(table: Table, problems: list[Problem], *, grid: Grid = _NO_GRID) -> Table:
    """Write days as 2024-03-01 and numbers with a point; rows with two readings are left out.

    What is no day or number at all stays as it is, for whoever reads the cell to refuse.
    """
    layout = table.layout
    held: dict[str, list[str]] = {
        column: [] for column in (*layout.days, *layout.numbers, *layout.shares)
    }
    one: dict[str, str] = {}  # of each text, since a long column repeats its own
    for row in table.rows:
        for column, came in held.items():
            text = row.cells.get(column, "")
            came.append(one.setdefault(text, text))
    order = order_of({text for column in layout.days for text in held[column]})
    lost: set[int] = set()
    notes = []
    texts: dict[str, Sequence[str]] = {}
    faults: list[tuple[int, str, str, str]] = []
    for column, came in held.items():
        if column in layout.days:
            days = read_days(came, order=order, epoch=grid.epoch)
            iso = {day: day.isoformat() for day in set(days.days) if day}
            texts[column] = [iso[day] if day else came[at] for at, day in enumerate(days.days)]
            found, note = days.faults[:1] if days.undecided else (), days.note
            lost |= set(days.undecided)
        else:
            shares = column in layout.shares
            read = read_numbers(came, delimiter=grid.delimiter, shares=shares)
            texts[column], found, note = read.texts, read.faults, read.note
            lost |= {at for at, *_ in found}
        faults += [(at, column, came_as, allowed) for at, came_as, allowed in found]
        notes += [f"{column} {note}"] if note else []
    problems += _placed(table, faults)
    return Table(layout, _Settled(table.rows, texts, frozenset(lost)), tuple(notes))


def _placed(table: Table, faults: Sequence[tuple[int, str, str, str]]) -> list[Problem]:
    """Say where the cells stand in which something is wrong."""
    wanted = {at for at, *_ in faults}
    rows = {at: row for at, row in enumerate(table.rows if wanted else ()) if at in wanted}
    return [rows[at].problem(column, came, allowed) for at, column, came, allowed in faults]


@dataclass(slots=True)
class Cells:
    """Cells of one row, read one by one; what is wrong is added to the problems."""

    row: Row
    problems: list[Problem]
    beliefs: Beliefs | None
    known: dict[tuple[str, str], Any] = field(default_factory=dict)  # of cells read before
    clean: bool = True

    def wrong(self, column: str, came: str, allowed: str = "") -> None:
        """Say what is wrong with a cell; the row cannot be used then."""
        self.clean = False
        self.problems.append(self.row.problem(column, came, allowed))

    def text(self, column: str) -> str:
        """Read a text that has to be there."""
        text = self.row.cells[column]
        if not identity(text):  # nor is what nobody can see a text
            self.wrong(column, "is empty", "it is required")
        return text

    def same[T](self, column: str, read: Callable[[str], T]) -> T:
        """Read a cell whose text comes again and again in a long column; what is wrong, anew."""
        key = column, self.row.cells.get(column, "")
        if key in self.known:
            found: T = self.known[key]
            return found
        before = len(self.problems)
        found = read(column)
        if len(self.problems) == before:
            self.known[key] = found
        return found

    def as_it_is(self, column: str) -> str:
        """Read a text that may be empty."""
        return self.row.cells.get(column, "")

    def id(self, column: str) -> str:
        """Read an id that has to be there."""
        name = self.text(column)
        fault = id_fault(name) if name else ""
        if fault:
            self.wrong(column, fault, ALLOWED)
        return name

    def one_of(self, column: str, allowed: tuple[str, ...], hint: str) -> str:
        """Read one of some texts, whatever its case."""
        text = self.text(column)
        found = next((one for one in allowed if identity(one) == identity(text)), "")
        if text and not found:
            said = self.row.said(column)
            code = "" if said.isascii() else f" ({said!a})"  # a Cyrillic letter looks like another
            self.wrong(column, f"{cut(said)!r}{code if len(said) < 9 else ''} is not allowed", hint)
        return found

    def day(self, column: str) -> dt.date | None:
        """Read a day that has one reading."""
        text = self.text(column)
        read = read_days([text])
        for _, *said in read.faults:
            self.wrong(column, *said)
        return read.days[0]

    def number(
        self, column: str, *, least: float = -math.inf, most: float = math.inf
    ) -> float | None:
        """Read a number within bounds; None where the cell is empty."""
        text = self.row.cells.get(column, "")
        if not text:
            return None
        read = read_numbers([text], shares=most == 1.0)
        for _, *said in read.faults:
            self.wrong(column, *said)
            return None
        number = as_float(read.texts[0])
        if not (math.isfinite(number) and least <= number <= most):
            bounds = {(0.0, 1.0): " from 0 to 1", (0.0, math.inf): ", 0 or more"}
            allowed = f"write a number{bounds.get((least, most), '')}"
            self.wrong(column, f"{cut(self.row.said(column))!r} is not allowed", allowed)
            return None
        return number

    def indicator(self, *, also: str = "") -> str:
        """Read the name of an indicator of the brief, or one other name."""
        name = self.text("indicator")
        known = None if self.beliefs is None else self.beliefs.indicators
        if name and name != also and known is not None and name not in known:
            hint = nearest(name, known) or "it must be one of the indicators of the brief's file"
            self.wrong("indicator", f"unknown indicator {name!r}", hint)
        elif name and name != also and (fault := id_fault(name)):
            self.wrong("indicator", fault, ALLOWED)
        return name

    def value(self, indicator: str) -> float | None:
        """Read the value as the indicator's kind wants it."""
        entry = self.beliefs.indicators.get(indicator) if self.beliefs else None
        counted = isinstance(entry, CountIndicator)
        number = self.number("value", least=0.0 if counted else -math.inf)
        filled = bool(self.row.cells.get("value"))
        if entry is not None and entry.kind == "presence":
            if filled:
                self.wrong("value", f"{indicator} is a presence and has none", "leave it empty")
        elif entry is not None and not filled:
            self.wrong("value", f"is empty, but {indicator} is of kind {entry.kind}", "give it")
        elif counted and number is not None and not number.is_integer():
            self.wrong("value", f"{self.row.said('value')} is not a count", "write a whole number")
        return number


def read_cells[Read](
    read: Callable[[Cells], Read | None],
    cells: Mapping[str, str],
    columns: Iterable[str],
    *,
    beliefs: Beliefs | None,
    name: str,
) -> Read:
    """Read one thing out of its cells, by the rules for a row of a file.

    Parameters
    ----------
    read : callable
        Gives None where something is wrong.
    cells : mapping of str to str
        Text of each column; a missing one is empty.
    columns : iterable of str
        Those of the file.
    beliefs : Beliefs or None
        Whose names are known.
    name : str
        Stands where a message names the file.

    Raises
    ------
    ReportsError
        With every problem.
    """
    problems: list[Problem] = []
    texts = {column: cells.get(column, "").strip() for column in columns}
    found = read(Cells(Row(name, 0, texts), problems, beliefs))
    if found is None:
        raise unusable(problems)
    return found


def unusable(problems: Sequence[Problem]) -> ReportsError:
    """Refuse rows by the first problem; the error carries all of them."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return ReportsError(f"{problems[0]}{more}", problems=problems)


def as_cells(report: Report) -> dict[str, str]:
    """Write each field as the text of its cell; empty where the reader's default says the same.

    Examples
    --------
    >>> import datetime as dt
    >>> day = dt.date(2024, 1, 2)
    >>> cells = as_cells(Report(report_id="r", event_id="e", lineage="l", occurred_on=day,
    ...     reported_on=day, indicator="i", reliability="B", credibility=2, use="evidence",
    ...     summary="s", value=3.0))
    >>> cells["value"], cells["exposure"], cells["credibility"], cells["occurred_on"]
    ('3', '', '2', '2024-01-02')
    """
    values = {**dict.fromkeys(RARE, ""), **content(report)}
    values.pop("inherits", None)
    cells = {name: _text(value) for name, value in values.items()}
    return {
        **cells,
        "exposure": "" if report.exposure == 1.0 else cells["exposure"],
        "reliability": "" if report.inherits else report.reliability,
    }


def _text(value: object) -> str:
    if value is None:
        return ""
    # repr is the shortest text that reads back as the same number
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def as_csv(reports: Iterable[Report]) -> str:
    """Write reports as a CSV file of ``events/``, in the order they come; no cell is a formula."""
    written: list[Mapping[str, str]] = [as_cells(report) for report in reports]
    short = ("value", "exposure", "actors")  # before the summary, which is long
    order = [*REQUIRED[:-1], *short, REQUIRED[-1], *(one for one in OPTIONAL if one not in short)]
    used = [name for name in order if name not in RARE or any(row[name] for row in written)]
    return csv_rows([used, *([row[name] for name in used] for row in written)])
