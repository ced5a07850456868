"""A table as it came, CSV or workbook: its cells as text, row by row, each with its line."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from forecast.beliefs.days import EPOCH
from forecast.beliefs.texts import Text, decode
from forecast.beliefs.workbooks import is_workbook, strange
from forecast.errors import Problem

__all__ = ["Grid", "GridRow", "grids_of", "read_body", "read_grid", "read_grids"]

#: Line of a row from 1, and its cells without surrounding blanks.
type GridRow = tuple[int, tuple[str, ...]]

_DELIMITERS = ",;\t|"
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SEP = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
#: What Excel writes into a cell whose formula failed.
_ERRORS = frozenset(
    {"#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of a table that are to be read by columns; rows without any text are left out.

    Attributes
    ----------
    file : str
        The file as the user named it, with the sheet where it has several.
    rows : tuple of GridRow
        The heading first. Columns that hold nothing at all are left out; a row that is too short
        or too long is kept as it came.
    delimiter : str
        What stands between two cells; empty for a workbook.
    notes : tuple of str
        What a user should know of how it was read, such as ``was read as Windows-1252: 'Café'``.
    faults : tuple of Problem
        Where it could not be split into cells.
    epoch : datetime.date
        The day of number 0, where cells hold Excel's numbers of days.
    """

    file: str
    rows: tuple[GridRow, ...]
    delimiter: str = ","
    notes: tuple[str, ...] = ()
    faults: tuple[Problem, ...] = ()
    epoch: dt.date = EPOCH

    @property
    def heading(self) -> tuple[str, ...]:
        """Names of the columns as they are written."""
        return self.rows[0][1] if self.rows else ()

    @property
    def problems(self) -> list[Problem]:
        """Whatever nothing can be made of: faults, NUL characters and Excel's errors."""
        out = list(self.faults)
        for line, cells in self.rows:
            for place, cell in enumerate(cells):
                if "\0" in cell:
                    came, allowed = "holds a NUL character", "delete it"
                elif cell in _ERRORS:
                    came, allowed = f"holds the error {cell}", "mend the formula"
                else:
                    continue
                out.append(Problem(self.file, line, self._column(place), came, allowed))
        return out

    def _column(self, place: int) -> str:
        named = place < len(self.heading) and "\0" not in self.heading[place]
        return (self.heading[place] if named else "") or f"cell {place + 1}"


def read_body(path: Path) -> bytes | Problem:
    """Read a file or a pipe whole, or say why it cannot be read."""
    try:
        if path.is_dir():
            return Problem(str(path), 0, "", "is a folder", "name a file")
        return path.read_bytes()
    except OSError as error:
        return Problem(str(path), 0, "", f"cannot be read ({error.strerror})")
    except ValueError:  # a NUL in the name
        return Problem(str(path), 0, "", "is no name of a file")


def read_grid(path: Path, *, wanted: Callable[[tuple[str, ...]], bool] = bool) -> Grid | Problem:
    """Read the one table of a file: CSV, or a sheet of a workbook.

    Of several sheets that hold any text it is the first whose heading is wanted, or else the first;
    the others are told of.

    CSV may have commas, semicolons, tabs or bars between its cells (found from the heading, or a
    line ``sep=;`` above it), in UTF-8 or UTF-16, with or without a byte-order mark, or in
    Windows-1252. `Grid.problems` and `Grid.notes` are for the caller to tell. Columns of days and
    of numbers are read by `forecast.beliefs.days.read_days` and
    `forecast.beliefs.numerals.read_numbers`, which look at a whole column.

    Parameters
    ----------
    path : Path
    wanted : callable
        Given the heading of a sheet as it is written.

    Returns
    -------
    Grid or Problem
        Why it cannot be read, such as ``sales.xls: is an old Excel file; save it as .xlsx``.
    """
    grids = read_grids(path)
    if isinstance(grids, Problem):
        return grids
    chosen = next((grid for grid in grids if wanted(grid.heading)), grids[0])
    others = [each for each in grids if each is not chosen]
    said = [note for each in (chosen, *others) for note in each.notes]
    left = [f"has a sheet {each.file!r} that was not read" for each in others]
    return replace(chosen, notes=(*said, *left))


def read_grids(path: Path) -> list[Grid] | Problem:
    """Read every table of a file: one of a CSV file, one for each visible sheet of a workbook."""
    body = read_body(path)
    return body if isinstance(body, Problem) else grids_of(str(path), body)


def grids_of(file: str, body: str | bytes) -> list[Grid] | Problem:
    """Make grids out of what a file holds, as text or as bytes; as `read_grids`."""
    if isinstance(body, str):
        return [_separated(file, Text(body))]
    if is_workbook(body):
        from forecast.beliefs.workbooks import sheets

        found = sheets(file, body)
        if isinstance(found, Problem):
            return found
        return [
            Grid(each.file, _tidied(each.rows), "", each.notes, each.faults, each.epoch)
            for each in found
        ]
    if (said := strange(body)) is not None:
        return Problem(file, 0, "", *said)
    text = decode(file, body)
    return text if isinstance(text, Problem) else [_separated(file, text)]


def _separated(file: str, text: Text) -> Grid:
    # a mark may stand twice, where a program put its own before that of another
    said, line = text.text.lstrip("\ufeff").rstrip("\x1a"), 1
    declared = _SEP.match(said)
    if declared:
        said, line = said[declared.end() :], 2
    delimiter = declared[1] if declared else _delimiter(said)
    notes = [text.note] if text.note else []
    if delimiter != ",":
        notes.append(f"has a {_NAMES.get(delimiter, repr(delimiter))} between cells")
    rows: list[GridRow] = []
    faults: list[Problem] = []
    reader = csv.reader(io.StringIO(said, newline=""), delimiter=delimiter, strict=True)
    before, at = line - 1, line
    try:
        for row in reader:
            rows.append((at, tuple(cell.strip() for cell in row)))
            at = before + reader.line_num + 1
    except csv.Error as error:
        faults.append(_unsplit(file, at, str(error)))
    return Grid(file, _tidied(rows), delimiter, tuple(notes), tuple(faults))


def _unsplit(file: str, line: int, reason: str) -> Problem:
    if "field limit" in reason:
        came = f"has a cell of more than {csv.field_size_limit():,} characters"
        return Problem(file, line, "", came, "is a quotation mark missing?")
    return Problem(file, line, "", f"is not readable CSV: {reason}")


def _delimiter(text: str) -> str:
    """Find what splits the heading into most cells; a comma where nothing does."""
    heading = next((line for line in text.splitlines() if line.strip()), "")

    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader([heading], delimiter=delimiter), []))
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=cells)


def _tidied(rows: Iterable[GridRow]) -> tuple[GridRow, ...]:
    """Leave out rows without any text, and unnamed columns without any."""
    filled = [(line, cells) for line, cells in rows if any(cells)]
    if not filled:
        return ()
    heading = filled[0][1]
    whole = [cells for _, cells in filled if len(cells) >= len(heading)]
    bare = {
        place
        for place, name in enumerate(heading)
        if not name and not any(cells[place] for cells in whole)
    }
    out = []
    for line, cells in filled:
        out.append((line, tuple(cell for place, cell in enumerate(cells) if place not in bare)))
    return tuple(out)
