"""Rows out of workbooks of Excel, one at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain
from typing import Final

from forecast.beliefs.days import EPOCH, day_in
from forecast.beliefs.workbooks import BadWorkbookError, Book, Tab
from forecast.errors import ReportsError
from forecast.importers.packed import Stream
from forecast.importers.tally import Tally

__all__ = ["rows_of_workbook"]

_LARGEST: Final = 1 << 30

type _Row = tuple[int, int, list[str]]


def rows_of_workbook(
    stream: Stream,
    file: str,
    tally: Tally,
    *,
    days: Callable[[Sequence[str]], Collection[int] | None],
) -> Iterator[_Row]:
    """Give the rows of the first visible sheet that has the columns, or else of the first.

    Parameters
    ----------
    stream : BufferedReader
        That can be gone back in.
    file : str
    tally : Tally
        Sheets that were not read, and cells whose value is not certain, are remarked on.
    days : callable
        Told the first row of a sheet; gives the positions of the columns of days, or None where the
        columns are others.

    Yields
    ------
    tuple of int, int, list of str
        Number of the row in its sheet, 1, and its cells.

    Raises
    ------
    ReportsError
        Where it is damaged, or unpacks to more than a gigabyte.
    """
    try:
        with Book(stream, largest=_LARGEST) as book:
            tab = _chosen(book, days)
            if tab is None:
                return
            columns = days(next(tab.rows())[1]) or ()
            for other in book.tabs:
                if other is not tab and any(other.rows()):
                    tally.remark("sheet was not read", f"{file} [{other.name}]")
            yield from _rows_of_tab(tab, columns, book.epoch)
            for row, _ in tab.unvalued:
                tally.remark("formula without a value was read as empty", f"{file}:{row}")
            for area in tab.merged:
                tally.remark("merged cells: all but the first were read as empty", f"{file} {area}")
    except BadWorkbookError as error:
        raise ReportsError(f"{file}: {error.came}; {error.allowed}") from None


def _chosen(book: Book, days: Callable[[Sequence[str]], Collection[int] | None]) -> Tab | None:
    filled = [
        (tab, heading[1])
        for tab in book.tabs
        if tab.visible and (heading := next(tab.rows(), None)) is not None
    ]
    fits = (tab for tab, heading in filled if days(heading) is not None)
    return next(chain(fits, (tab for tab, _ in filled)), None)


def _rows_of_tab(tab: Tab, days: Collection[int], epoch: dt.date) -> Iterator[_Row]:
    width = 0
    for number, found in tab.rows():
        width = width or len(found)
        cells = [*found, *[""] * (width - len(found))]
        if epoch != EPOCH:
            for place in days:
                cells[place] = _day(cells[place], epoch)
        yield number, 1, cells


def _day(text: str, epoch: dt.date) -> str:
    """Write the number of a day that counts from 1904 as a day."""
    day = day_in(text, None, epoch=epoch) if text[:5].isdecimal() else None
    return text if day is None else day.isoformat()
