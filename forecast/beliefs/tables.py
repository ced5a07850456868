"""CSV files of a folder as rows of text, each with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from forecast.beliefs.places import read_text
from forecast.beliefs.words import nearest
from forecast.errors import Problem

__all__ = ["Layout", "Row", "Table", "parse_table", "read_table", "read_tables"]


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
    """

    key: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    alike: int = 3

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
    """Rows of one file and the layout it has."""

    layout: Layout
    rows: tuple[Row, ...]


def read_tables(
    folder: Path, layouts: Collection[Layout], *, problems: list[Problem]
) -> list[Table]:
    """Read every CSV file of a folder that has one of the layouts.

    Parameters
    ----------
    folder : Path
    layouts : collection of Layout
    problems : list of Problem
        Whatever is wrong is added here.

    Returns
    -------
    list of Table
        In the order of file names; files with none of the layouts are left out.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv")
    except OSError as error:
        came = f"cannot be read ({error.strerror})"
        problems.append(Problem(str(folder), 0, "", came, "name a folder of CSV files"))
        return []
    tables = (_read(path, layouts, problems) for path in files)
    return [table for table in tables if table is not None]


def read_table(path: Path, layout: Layout, *, problems: list[Problem]) -> tuple[Row, ...]:
    """Read one CSV file that is meant to have a layout.

    Parameters
    ----------
    path : Path
    layout : Layout
    problems : list of Problem
        Whatever is wrong is added here.

    Returns
    -------
    tuple of Row
        Nothing where the file cannot be used.
    """
    before = len(problems)
    table = _read(path, (layout,), problems)
    if table is None and len(problems) == before:
        allowed = f"a CSV file with the columns {', '.join(layout.required)}"
        problems.append(Problem(str(path), 0, "", "has other columns", allowed))
    return () if table is None else table.rows


def _read(path: Path, layouts: Collection[Layout], problems: list[Problem]) -> Table | None:
    text = read_text(path)
    if isinstance(text, Problem):
        problems.append(text)
        return None
    return parse_table(str(path), text, layouts, problems=problems)


def parse_table(
    file: str, text: str, layouts: Collection[Layout], *, problems: list[Problem]
) -> Table | None:
    """Parse a text of comma-separated values, or give None if it has none of the layouts."""
    lines = _lines(file, text, problems)
    line, header = next(lines, (0, []))
    names = [name.strip() for name in header]
    layout = _layout(names, layouts)
    if layout is None:
        return None
    wrong = [Problem(file, line, "header", *said) for said in _header(names, layout)]
    problems.extend(wrong)
    if wrong:
        return None
    rows = []
    for line, row in lines:
        if len(row) == len(names):
            cells = dict(zip(names, (cell.strip() for cell in row), strict=True))
            rows.append(Row(file, line, cells))
        else:
            allowed = f"the header has {len(names)}; put quotes around a text with commas"
            problems.append(Problem(file, line, "", f"has {len(row)} cells", allowed))
    return Table(layout, tuple(rows))


def _lines(file: str, text: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Give each row that is not blank with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(file, line, "", f"is not readable CSV: {error}"))


def _layout(names: list[str], layouts: Collection[Layout]) -> Layout | None:
    for layout in layouts:
        if layout.key in names:
            return layout
    shared = {layout: len(set(names) & set(layout.columns)) for layout in layouts}
    best = max(shared, key=lambda layout: shared[layout] - layout.alike)
    return best if shared[best] >= best.alike else None


def _header(names: list[str], layout: Layout) -> Iterator[tuple[str, str]]:
    for name in layout.required:
        if name not in names:
            yield f"column {name!r} is missing", "add it"
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f"column {name!r} stands {names.count(name)} times", "keep one"
        if name not in layout.columns:
            hint = nearest(name, layout.columns) or f"columns are {', '.join(layout.columns)}"
            yield f"unknown column {name!r}", hint
