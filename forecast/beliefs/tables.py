"""Tables of a folder, CSV or workbook, as rows of text by column, each with its line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from forecast.beliefs.days import order_of, read_days
from forecast.beliefs.grids import Grid, grids_of, read_grids
from forecast.beliefs.headings import (
    Layout,
    column_name,
    header_faults,
    heading_elsewhere,
    layout_of,
    left_out,
    unread_file,
)
from forecast.beliefs.numerals import read_numbers
from forecast.beliefs.texts import cut
from forecast.errors import Problem
from forecast.escaping import uncell

__all__ = [
    "ENDINGS",
    "Layout",
    "Row",
    "Table",
    "column_name",
    "is_table",
    "parse_tables",
    "read_table",
    "read_tables",
    "settled",
]

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
    """Rows of one file, the layout it has, and what a user should know of how it was read."""

    layout: Layout
    rows: tuple[Row, ...]
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
    return tables[0].rows if tables else ()


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
    lines = {problem.line for problem in bad}
    rows = []
    for line, row in grid.rows[1:]:
        if line in lines:
            continue
        if len(row) != len(names):
            allowed = f"the header has {len(names)}; put quotes around a text with a "
            allowed += "comma" if grid.delimiter == "," else "delimiter"
            came = f"has {len(row)} cell{'' if len(row) == 1 else 's'}"
            problems.append(Problem(grid.file, line, "", came, allowed))
        else:
            rows.append(Row(grid.file, line, dict(zip(names, map(uncell, row), strict=True))))
    return settled(Table(layout, tuple(rows)), problems, grid=grid)


def settled(table: Table, problems: list[Problem], *, grid: Grid = _NO_GRID) -> Table:
    """Write days as 2024-03-01 and numbers with a point; rows with two readings are left out.

    What is no day or number at all stays as it is, for whoever reads the cell to refuse.
    """
    layout, cells = table.layout, [dict(row.cells) for row in table.rows]
    order = order_of(row.get(column, "") for column in layout.days for row in cells)
    spoilt: set[int] = set()
    notes = []
    for column in (*layout.days, *layout.numbers, *layout.shares):
        came = [row.get(column, "") for row in cells]
        if column in layout.days:
            days = read_days(came, order=order, epoch=grid.epoch)
            texts = [day.isoformat() if day else came[at] for at, day in enumerate(days.days)]
            faults, lost, note = (
                days.faults[:1] if days.undecided else (),
                days.undecided,
                days.note,
            )
        else:
            shares = column in layout.shares
            read = read_numbers(came, delimiter=grid.delimiter, shares=shares)
            texts, faults, note = list(read.texts), read.faults, read.note
            lost = tuple(at for at, *_ in faults)
        for row, text in zip(cells, texts, strict=True):
            if column in row:
                row[column] = text
        problems += [table.rows[at].problem(column, *said) for at, *said in faults]
        spoilt |= set(lost)
        notes += [f"{column} {note}"] if note else []
    rows = [_reread(row, new) for row, new in zip(table.rows, cells, strict=True)]
    kept = tuple(row for at, row in enumerate(rows) if at not in spoilt)
    return Table(layout, kept, tuple(notes))


def _reread(row: Row, cells: dict[str, str]) -> Row:
    written = {name: text for name, text in row.cells.items() if cells[name] != text}
    return replace(row, cells=cells, written=written) if written else row
