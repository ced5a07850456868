"""Rows out of workbooks of Excel, one at a time."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from forecast.beliefs.workbooks import BROKEN, cell_text
from forecast.errors import ReportsError
from forecast.importers.packed import Stream

__all__ = ["rows_of_workbook"]

_LARGEST: Final = 1 << 30

type _Row = tuple[int, int, list[str]]


def rows_of_workbook(
    stream: Stream, file: str, *, wanted: Callable[[Sequence[str]], bool]
) -> Iterator[_Row]:
    """Give the rows of the first visible sheet whose heading is wanted, or else of the first.

    Parameters
    ----------
    stream : BufferedReader
        That can be gone back in.
    file : str
    wanted : callable
        Told the first row of a sheet.

    Yields
    ------
    tuple of int, int, list of str
        Number of the row in its sheet, 1, and its cells.

    Raises
    ------
    ReportsError
        Where it is damaged, or unpacks to more than a gigabyte.
    """
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(stream) as archive:
            if sum(each.file_size for each in archive.infolist()) > _LARGEST:
                raise ReportsError(f"{file}: is too large for a workbook; save it as CSV (UTF-8)")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of features of Excel that say nothing of cells
            book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            first: Iterator[_Row] = iter(())
            for number, sheet in enumerate(sheets):
                rows = _rows(sheet)
                heading = next(rows, None)
                if heading is not None and wanted(heading[2]):
                    yield from chain((heading,), rows)
                    return
                if number == 0 and heading is not None:
                    first = chain((heading,), rows)
            yield from first
    except BROKEN as error:
        if isinstance(error, ReportsError):
            raise
        raise ReportsError(
            f"{file}: is a damaged workbook; open it in Excel and save it anew"
        ) from None


def _rows(sheet: Any) -> Iterator[_Row]:
    sheet.reset_dimensions()  # what a file says of its size is often wrong
    width = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if any(cell is not None for cell in row):
            cells = [cell_text(cell) for cell in row]
            width = width or len(cells)
            yield number, 1, [*cells, *[""] * (width - len(cells))]
