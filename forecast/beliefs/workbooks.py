"""Workbooks of Excel: the cells of every visible sheet as the text a CSV file would hold."""

from __future__ import annotations

import datetime as dt
import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecast.beliefs.days import EPOCH
from forecast.errors import Problem

if TYPE_CHECKING:
    from openpyxl import Workbook

__all__ = ["BROKEN", "Sheet", "cell_text", "epoch_of", "sheets"]

#: A workbook that unpacks to more than this is refused: it is no table somebody typed.
_LARGEST = 256 << 20

#: Excel's last row, and cells up to the last of each row: more of them are made to fill a memory.
_LAST_ROW, _MOST_CELLS = 1 << 20, 20_000_000
_TOO_LARGE = ("is too large to be a table", "save it as CSV (UTF-8)")

BROKEN = (
    *(OSError, EOFError, SyntaxError, LookupError, ValueError, TypeError, AttributeError),
    *(ArithmeticError, RuntimeError, AssertionError, zipfile.BadZipFile, zlib.error, struct.error),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of one sheet, and what is wrong with some of its cells.

    Attributes
    ----------
    file : str
        The workbook as the user named it, with the sheet where there are several.
    rows : tuple of (int, tuple of str)
        Number of the row in the sheet, and its cells; all as long as the longest.
    notes : tuple of str
    faults : tuple of Problem
    epoch : datetime.date
        The day of number 0, in cells that hold the number of a day and are not shown as one.
    """

    file: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    notes: tuple[str, ...] = ()
    faults: tuple[Problem, ...] = ()
    epoch: dt.date = EPOCH


class _TooLargeError(ValueError):
    """A sheet has more rows or cells than Excel, or anybody, writes."""


def sheets(file: str, body: bytes) -> list[Sheet] | Problem:
    """Read every visible sheet that holds anything; a formula counts as the value it last had.

    Parameters
    ----------
    file : str
        The file as the user named it.
    body : bytes

    Returns
    -------
    list of Sheet or Problem
        Never an empty list.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(each.file_size for each in archive.infolist()) > _LARGEST:
                return Problem(file, 0, "", *_TOO_LARGE)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of features of Excel that say nothing of cells
            with _opened(body, values=True) as book, _opened(body, values=False) as formulas:
                found = list(_filled(file, book, formulas))
    except _TooLargeError:
        return Problem(file, 0, "", *_TOO_LARGE)
    except BROKEN:
        return Problem(file, 0, "", "is a damaged workbook", "open it in Excel and save it anew")
    return found or [Sheet(file, ())]


@contextmanager
def _opened(body: bytes, *, values: bool) -> Iterator[Workbook]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(body), read_only=True, data_only=values, keep_links=False)
    try:
        yield book
    finally:
        book.close()


def _filled(file: str, book: Workbook, formulas: Workbook) -> Iterator[Sheet]:
    shown = [name for name in book.sheetnames if _visible(book, name)]
    for name in shown:
        place = f"{file} [{name}]" if len(shown) > 1 else file
        rows = _cells(book[name])
        asked = _cells(formulas[name])
        if rows:
            yield _sheet(place, rows, asked, epoch_of(book))


def epoch_of(book: Workbook) -> dt.date:
    """Give the day of number 0 of a workbook: some of Excel for the Mac count from 1904."""
    return EPOCH if book.epoch.year < 1904 else book.epoch.date()


def _visible(book: Workbook, name: str) -> bool:
    sheet = book[name]
    return sheet.sheet_state == "visible" and hasattr(sheet, "iter_rows")


def _cells(sheet: Any) -> dict[int, tuple[Any, ...]]:
    sheet.reset_dimensions()  # what a file says of its size is often wrong
    rows: Iterable[tuple[Any, ...]] = sheet.iter_rows(values_only=True)
    found, cells = {}, 0
    for number, row in enumerate(rows, start=1):
        if _anything(row):
            found[number] = row
            cells += len(row)
        if number > _LAST_ROW or cells > _MOST_CELLS:
            raise _TooLargeError
    return found


def _anything(row: tuple[Any, ...]) -> bool:
    return any(cell is not None for cell in row)


def _sheet(
    file: str,
    rows: Mapping[int, tuple[Any, ...]],
    asked: Mapping[int, tuple[Any, ...]],
    epoch: dt.date,
) -> Sheet:
    width = max(map(len, rows.values()))
    out = []
    for number, row in rows.items():
        cells = [cell_text(cell) for cell in row]
        out.append((number, (*cells, *[""] * (width - len(cells)))))
    return Sheet(file, tuple(out), (), tuple(_unvalued(file, rows, asked)), epoch)


def _unvalued(
    file: str, rows: Mapping[int, tuple[Any, ...]], asked: Mapping[int, tuple[Any, ...]]
) -> Iterator[Problem]:
    """Tell of formulas that were never worked out: they would read as empty cells."""
    for number, formulas in asked.items():
        row = rows.get(number, ())
        for place, formula in enumerate(formulas):
            kept = row[place] if place < len(row) else None
            if kept is None and isinstance(formula, str) and formula.startswith("="):
                came = "is a formula without a value"
                allowed = "open the workbook in Excel and save it, or write the value"
                yield Problem(file, number, f"cell {place + 1}", came, allowed)


def cell_text(value: object) -> str:
    """Write a cell as the text a CSV file would hold.

    Examples
    --------
    >>> cell_text(2.0), cell_text(dt.datetime(2024, 3, 1)), cell_text(None), cell_text(True)
    ('2', '2024-03-01', '', 'TRUE')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value).strip()
