"""Tables of a folder, CSV or workbook, as rows of text by column, each with its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from unicodedata import normalize

from forecast.beliefs.days import read_days
from forecast.beliefs.grids import Grid, grids_of, read_grids
from forecast.beliefs.numerals import read_numbers
from forecast.beliefs.words import nearest
from forecast.errors import Problem
from forecast.escaping import uncell

__all__ = [
    "ENDINGS",
    "Layout",
    "Row",
    "Table",
    "column_name",
    "parse_tables",
    "read_table",
    "read_tables",
    "settled",
]

#: Endings of files that are looked into; what a file is, is told by what it holds.
ENDINGS = (".csv", ".tsv", ".xlsx")


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


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of one row by column, without surrounding blanks."""

    file: str
    line: int
    cells: Mapping[str, str]

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

    Returns
    -------
    list of Table
        In the order of file names; files with none of the layouts are left out.
    """
    try:
        files = sorted(path for path in folder.iterdir() if _is_table(path))
    except OSError as error:
        came = f"cannot be read ({error.strerror})"
        problems.append(Problem(str(folder), 0, "", came, "name a folder of CSV files"))
        return []
    out = []
    for path in files:
        if path.exists() and not path.is_file() and not path.is_dir():  # a pipe would hang
            problems.append(Problem(str(path), 0, "", "is no file", "take it out of the folder"))
        else:
            out += _tables(read_grids(path), layouts, problems=problems, notes=notes)
    return out


def _is_table(path: Path) -> bool:
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
    came = f"has other columns ({_cut(heading)})" if heading else "is empty"
    return Problem(file, 0, "", came, allowed)


def _cut(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[:most]}..."


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
        layout = _layout([column_name(name) for name in grid.heading], layouts)
        if layout is None:
            if len(grids) == 1:  # of no use, but what cannot be read in it is a better reason
                problems.extend(grid.faults)
            continue
        if layout in found:
            said.append(Problem(grid.file, 0, "", "was left out", "one sheet of a kind is read"))
            continue
        table = _table(grid, layout, problems)
        found[layout] = table
        said += [Problem(grid.file, 0, "", note) for note in (*grid.notes, *table.notes)]
    if notes is not None:
        notes += [replace(note, severity="warning") for note in said]
    return list(found.values())


def column_name(text: str) -> str:
    """Write the name of a column as the layouts do: without case, blanks or full-width letters.

    Examples
    --------
    >>> column_name(" Report ID "), column_name("reported-on")
    ('report_id', 'reported_on')
    """
    return "_".join(normalize("NFKC", text).casefold().replace("-", " ").replace("_", " ").split())


def _table(grid: Grid, layout: Layout, problems: list[Problem]) -> Table:
    names = [column_name(name) for name in grid.heading]
    line = grid.rows[0][0]
    wrong = [Problem(grid.file, line, "header", *said) for said in _header(grid, names, layout)]
    bad = grid.problems
    problems.extend([*wrong, *bad])
    if wrong:
        return Table(layout, ())
    lines = {problem.line for problem in bad}
    rows = []
    for line, row in grid.rows[1:]:
        if len(row) != len(names):
            allowed = f"the header has {len(names)}; put quotes around a text with a "
            allowed += "comma" if grid.delimiter == "," else "delimiter"
            problems.append(Problem(grid.file, line, "", f"has {len(row)} cells", allowed))
        elif line not in lines:
            rows.append(Row(grid.file, line, dict(zip(names, map(uncell, row), strict=True))))
    return settled(Table(layout, tuple(rows)), problems, delimiter=grid.delimiter)


def settled(table: Table, problems: list[Problem], *, delimiter: str = ",") -> Table:
    """Write days as 2024-03-01 and numbers with a point; rows with two readings are left out.

    What is no day or number at all stays as it is, for whoever reads the cell to refuse.
    """
    layout, cells = table.layout, [dict(row.cells) for row in table.rows]
    spoilt: set[int] = set()
    notes = []
    for column in (*layout.days, *layout.numbers, *layout.shares):
        came = [row.get(column, "") for row in cells]
        if column in layout.days:
            days = read_days(came)
            texts = [day.isoformat() if day else came[at] for at, day in enumerate(days.days)]
            faults, lost, note = (
                days.faults[:1] if days.undecided else (),
                days.undecided,
                days.note,
            )
        else:
            shares = column in layout.shares
            read = read_numbers(came, delimiter=delimiter, shares=shares)
            texts, faults, note = list(read.texts), read.faults, read.note
            lost = tuple(at for at, *_ in faults)
        for row, text in zip(cells, texts, strict=True):
            if column in row:
                row[column] = text
        problems += [table.rows[at].problem(column, *said) for at, *said in faults]
        spoilt |= set(lost)
        notes += [f"{column} {note}"] if note else []
    rows = [replace(row, cells=new) for row, new in zip(table.rows, cells, strict=True)]
    kept = tuple(row for at, row in enumerate(rows) if at not in spoilt)
    return Table(layout, kept, tuple(notes))


def _layout(names: list[str], layouts: Collection[Layout]) -> Layout | None:
    for layout in layouts:
        if layout.key in names:
            return layout
    shared = {layout: len(set(names) & set(layout.columns)) for layout in layouts}
    best = max(shared, key=lambda layout: shared[layout] - layout.alike)
    return best if shared[best] >= best.alike else None


def _header(grid: Grid, names: list[str], layout: Layout) -> Iterator[tuple[str, str]]:
    for name in layout.required:
        if name not in names:
            yield f"column {name!r} is missing", "add it"
    for place, (name, written) in enumerate(zip(names, grid.heading, strict=True)):
        if names.count(name) > 1 and names.index(name) == place:
            yield f"column {name!r} stands {names.count(name)} times", "keep one"
        elif not name:
            yield f"column {place + 1} has no name, but is not empty", "name it or empty it"
        elif name not in layout.columns and not layout.others and names.index(name) == place:
            hint = nearest(name, layout.columns) or f"columns are {', '.join(layout.columns)}"
            yield f"unknown column {written!r}", hint
