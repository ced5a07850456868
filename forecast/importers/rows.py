"""Rows out of files of text, JSON and workbooks, packed or not, whatever is wrong with some.

The first row tells which columns a file has; a file of another kind is told what it is.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Final

from forecast.beliefs.days import EPOCH, day_in
from forecast.beliefs.literals import western
from forecast.beliefs.workbooks import BadWorkbookError, Book, Tab, strange
from forecast.errors import ReportsError
from forecast.importers.formats import FORMATS, Format, columns_at, plain
from forecast.importers.packed import BROKEN, Stream, Tally, begins_json, rows_of_objects, streams

__all__ = [
    "Heading",
    "Row",
    "delimiter_of",
    "heading_of",
    "is_tags",
    "kind_of",
    "rows_of",
    "rows_of_workbook",
]


_LONGEST: Final = 1 << 20
_BUFFER: Final = 1 << 20
_EVERY: Final = 20_000
_BEGIN: Final = 20  # rows of which one has to have the cells of the format
_BYTES: Final = "latin-1"  # one letter for each byte
_SEP: Final = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)

#: Cells of a row, the position of each column of the format, and the file with the line.
Row = tuple[list[str], dict[str, int], str, int]

#: Number of a line, how many lines the row goes over, and its cells.
type _Split = tuple[int, int, list[str]]


def rows_of(
    path: Path, form: Format, tally: Tally, *, progress: Callable[[int], None] = lambda _: None
) -> Iterator[Row]:
    """Read the rows of a file; what cannot be read is counted, never raised.

    Parameters
    ----------
    path : Path
        Plain, gzip, or zip, every member of which is read; text, JSON or a workbook.
    form : Format
    tally : Tally
        Broken rows and remarks are counted here.
    progress : callable
        Told, now and then, how many bytes of the file were read.

    Raises
    ------
    ReportsError
        When the file cannot be opened, is of another kind, or lacks a column of the format.
    """
    done = 0
    try:
        size = path.stat().st_size
        with io.BufferedReader(path.open("rb", 0), _BUFFER) as raw:
            try:
                for name, stream in streams(raw, str(path), size=size):
                    for done, row in enumerate(_rows(stream, name, form, tally), start=1):
                        if done % _EVERY == 0:
                            progress(raw.tell())
                        yield row
            except BROKEN as error:
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                if not done:
                    if isinstance(error, UnicodeError):  # NULs look like UTF-16
                        reason = "its NUL characters look like UTF-16, which it is not"
                        way_out = "save it as UTF-8 text, or take it from its source anew"
                        raise ReportsError(f"{path}: {reason}; {way_out}") from None
                    raise ReportsError(f"{path}: cannot be unpacked ({reason})") from None
                tally.remark(f"file breaks off: {reason}", f"{path}, after row {done}")
    except OSError as error:
        if isinstance(error, ReportsError):
            raise
        reason = error.strerror or str(error)
        raise ReportsError(f"{path}: cannot be read ({reason})") from None
    progress(size)


def _rows(stream: Stream, file: str, form: Format, tally: Tally) -> Iterator[Row]:
    split = _split(stream, file, form, tally)
    begin = list(islice(split, _BEGIN))
    if not begin:
        tally.remark("file is empty", file)
        return
    split = chain(begin[1:], split)
    widths = {len(columns) for columns in form.headers}
    first = next((row for row in begin if len(row[2]) in widths), begin[0])
    try:
        heading = heading_of(form, first[2], place=f"{file}:{first[0]}")
    except ReportsError as error:
        raise _below(begin, file, form) or error from None
    first = begin[0]
    if not heading.headed:
        split = chain((first,), split)
    elif (below := next(split, None)) is not None:
        if is_tags(below[2]):
            tally.remark("HXL tags below the heading were passed over", f"{file}:{below[0]}")
        else:
            split = chain((below,), split)
    width = heading.width
    for line, span, cells in split:
        tally.read += span
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            del cells[width:]
        if len(cells) == width:
            if span > 1:  # a quoted text over several lines is one row
                tally.read -= span - 1
            yield cells, heading.at, file, line
        else:
            tally.drop("broken row: another number of cells", f"{file}:{line}", rows=span)


def _below(begin: Sequence[_Split], file: str, form: Format) -> ReportsError | None:
    """Say where the heading stands, where it is not the first row."""
    for line, _, cells in begin[1:]:
        try:
            headed = heading_of(form, cells, place=file).headed
        except ReportsError:
            continue
        if headed:
            return ReportsError(
                f"{file}:{line}: the heading stands here, not in the first row; "
                "delete the rows above it"
            )
    return None


def _split(stream: Stream, file: str, form: Format, tally: Tally) -> Iterator[_Split]:
    """Split a file into rows of cells, the heading first where it has one."""
    start = stream.peek(_LONGEST)[:4096]
    if start[:2] == b"PK":

        def days(names: Sequence[str]) -> list[int] | None:
            try:
                at = heading_of(form, names, place=file).at
            except ReportsError:
                return None
            return [at[name] for name in (form.occurred, form.reported) if name in at]

        yield from rows_of_workbook(stream, file, tally, days=days)
    elif begins_json(start, coded := _coded(start) or "utf-8-sig"):
        yield from rows_of_objects(stream, file, tally, coded=coded)
    elif (said := strange(start)) is not None:
        raise ReportsError(f"{file}: {said[0]}; {said[1]}")
    else:
        yield from _text(stream, file, form, tally)


def _text(stream: Stream, file: str, form: Format, tally: Tally) -> Iterator[_Split]:
    lines = _lines(stream, file, tally, headed=form.headed)
    first = next(lines, None)
    delimiter = ""
    if first is not None and (declared := _SEP.fullmatch(first[1])):
        delimiter, first = declared[1], next(lines, None)
    if first is None:
        return
    if not form.headed and "\t" in first[1]:  # GDELT has tabs, and commas in its cells
        delimiter = "\t"
    delimiter = delimiter or delimiter_of(first[1])
    lines = chain((first,), lines)
    if form.quoted or delimiter != "\t" or (form.headed and '"' in first[1]):
        rows = _quoted(lines, delimiter)
    else:
        rows = ((line, 1, text.rstrip("\r\n").split("\t")) for line, text in lines)
    for row in rows:
        if not row[2] or any(map(str.strip, row[2])):  # the first kind is a row that is broken
            yield row


def _quoted(lines: Iterator[tuple[int, str]], delimiter: str) -> Iterator[_Split]:
    number, spent = 0, 0

    def texts() -> Iterator[str]:
        nonlocal number, spent
        for number, text in lines:  # noqa: B007
            spent += 1
            yield text

    reader = csv.reader(texts(), delimiter=delimiter)
    while True:
        spent = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = []
        yield number - spent + 1, spent, cells


def _lines(stream: Stream, file: str, tally: Tally, *, headed: bool) -> Iterator[tuple[int, str]]:
    """Give each line that is not blank with its number, decoded; a heading has to be readable."""
    number = 0
    with _decoding(stream, file, tally) as source:
        while line := source.readline(_LONGEST):
            number += 1
            if len(line) >= _LONGEST and not line.endswith(b"\n"):
                while (rest := source.readline(_LONGEST)) and not rest.endswith(b"\n"):
                    pass
                text = None
                reason = "longer than 1 MiB"
            else:
                text = _decoded(line, f"{file}:{number}", tally)
                reason = "NUL characters"
            if text is None or "\0" in text:
                if headed:
                    raise ReportsError(
                        f"{file}:{number}: the heading cannot be read ({reason}); save the file "
                        "as text again, or take it from its source anew"
                    )
                tally.read += 1
                tally.drop(f"broken row: {reason}", f"{file}:{number}")
            elif text.strip("\x1a").strip():  # which ended a file of DOS
                headed = False  # what was to come has come
                yield number, text


class _Recoded:
    """Lines of a file in another encoding, or with other ends of lines, as those of UTF-8."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._into = _BYTES if text.encoding == _BYTES else "utf-8"

    def readline(self, most: int) -> bytes:
        """Give the next line; a line may end as on an old Mac."""
        line = self._text.readline(most)
        ended = f"{line[:-1]}\n" if line.endswith("\r") else line
        return ended.encode(self._into)


@contextmanager
def _decoding(stream: Stream, file: str, tally: Tally) -> Iterator[_Recoded | Stream]:
    """Give the bytes of a file in UTF-8, where it is UTF-16 or begins with a byte-order mark."""
    start = stream.peek(_LONGEST)[: 1 << 15]
    coded = _coded(start)
    if coded:
        tally.remark(f"file is {coded[:6].upper()}", file)
    elif start[:3] == codecs.BOM_UTF8:
        tally.remark("file begins with a byte-order mark", file)
        stream.read(3)
    if not coded and (b"\n" in start or b"\r" not in start):
        yield stream
        return
    text = io.TextIOWrapper(stream, coded or _BYTES, newline="")
    try:
        yield _Recoded(text)
    finally:
        with suppress(ValueError):  # where the file was closed before
            text.detach()


def _coded(start: bytes) -> str:
    """Name the encoding of a file that begins so, where it has more than one byte a letter."""
    half = max(1, len(start[:256]) // 2)
    if start[:4] in {codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE}:
        return "utf-32"
    if start[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        return "utf-16"
    if start[1:256:2].count(0) > half * 0.8:
        return "utf-16-le"
    return "utf-16-be" if start[:256:2].count(0) > half * 0.8 else ""


def _decoded(line: bytes, place: str, tally: Tally) -> str:
    """Read a line as it is; letters are put in place of bytes only where they make words."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        if text := western(line, sure=False):
            tally.remark("row is not UTF-8 and was read as Windows-1252", place)
            return text
        tally.remark("row is not UTF-8: what cannot be read is \ufffd", place)
        return line.decode(errors="replace")


_SHOWN: Final = 8
_DELIMITERS: Final = ",;\t|"
_DAY: Final = re.compile(r"(?:19|20)\d{6}(?:\d{6})?")
#: GDELT's files without a heading that are no events, by their number of columns.
_GDELT: Final = {
    16: "GDELT's mentions of events",
    17: "GDELT's reduced set, sums by day, pair and code without ids or articles",
    27: "GDELT's knowledge graph",
}
#: Files with a heading that are no events of a format, by columns that they have.
_KNOWN: Final = (
    (
        frozenset({"cameocode", "numevents"}),
        f"{_GDELT[17]}; download the event files (export.CSV) instead",
    ),
    (
        frozenset({"sidea", "sideb", "typeofviolence"}),
        "UCDP's events, a format that is not read; sum them by week into a series instead",
    ),
)
_SUMS: Final = frozenset({"events", "fatalities", "eventcount", "numberofevents"})


@dataclass(frozen=True, slots=True)
class Heading:
    """Columns of a file.

    Attributes
    ----------
    width : int
        Cells that a row has to have.
    at : dict of str to int
        Position of each column, under the name the format gives it.
    headed : bool
        Whether the first row is a heading.
    """

    width: int
    at: dict[str, int]
    headed: bool


def heading_of(form: Format, first: Sequence[str], *, place: str) -> Heading:
    """Find the columns of a format in the first row of a file.

    Raises
    ------
    ReportsError
        Where a column is missing, saying what the file is where that can be told.
    """
    names = [name.strip() for name in first]
    if form.header and [plain(form.header[0])] != [plain(name) for name in names[:1]]:
        fits = [columns for columns in form.headers if len(columns) == len(names)]
        if not fits:
            raise ReportsError(
                f"{place}: has {_cells(len(names))} a row, not the {len(form.header)} of "
                f"{form.title}{_told(names, form)}"
            )
        return Heading(len(fits[0]), columns_at(form, fits[0]), headed=False)
    at = columns_at(form, names)
    if lacking := [name for name in form.needed if name not in at]:
        raise ReportsError(
            f"{place}: column {lacking[0]!r} is missing; --format {form.name} reads files with the "
            f"columns {', '.join(dict.fromkeys(form.needed))}{_told(names, form)}"
        )
    short = [plain(name) for name in names]
    if twice := [name for name in at if short.count(plain(name)) > 1]:
        raise ReportsError(f"{place}: column {twice[0]!r} stands twice; keep one")
    return Heading(len(names), at, headed=True)


def delimiter_of(line: str) -> str:
    """Find what splits a line into most cells.

    Examples
    --------
    >>> delimiter_of("a;b,c;d"), delimiter_of("a")
    (';', ',')
    """
    return max(_DELIMITERS, key=lambda one: len(split_line(line, one)))


def split_line(line: str, delimiter: str) -> list[str]:
    """Split one line of CSV; one that cannot be split is one cell."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a cell of more than 128 KiB, or a line end inside it
        return [line]


def is_tags(cells: Sequence[str]) -> bool:
    """Whether a row holds HXL tags (``#date+occurred``), as files of HDX have below the heading."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(re.match(r"#[a-z]", cell, re.IGNORECASE) for cell in filled)


def kind_of(names: Sequence[str]) -> str:
    """Say what a file is, and what to do with it, by its first row; empty where that is unknown.

    Examples
    --------
    >>> kind_of(["Event ID", "Source Name"])
    ''
    >>> kind_of(["Country", "Month", "Year", "Events", "Fatalities"])[:39]
    'counts by period (columns Events, Fatal'
    """
    width, low = len(names), [plain(name) for name in names]
    for form in FORMATS.values():
        by_width = any(len(columns) == width for columns in form.headers)
        if (by_width and _coded_names(names)) or (form.headed and _has(form, names)):
            return f"{form.title}; use --format {form.name}"
    if is_tags(names):
        return "a file of HDX without its heading (HXL tags come first); add the heading"
    if width in _GDELT and any(map(_DAY.match, names[:3])):
        return f"{_GDELT[width]}; download the event files (export.CSV) instead"
    if known := next((said for some, said in _KNOWN if some <= set(low)), ""):
        return known
    if sums := [name for name, short in zip(names, low, strict=True) if short in _SUMS]:
        return (
            f"counts by period (columns {', '.join(sums)}), not single events; "
            "make them a series: forecast init --from-series"
        )
    return ""


def _has(form: Format, names: Sequence[str]) -> bool:
    at = columns_at(form, names)
    return all(name in at for name in form.needed)


def _coded_names(names: Sequence[str]) -> bool:
    return names[0].strip().isdigit() and _DAY.fullmatch(names[1].strip()) is not None


def _cells(number: int) -> str:
    return f"{number} cell{'' if number == 1 else 's'}"


def _told(names: Sequence[str], form: Format) -> str:
    if len(names) == 1:  # split by what the format has between cells, which this has not
        names = split_line(names[0], delimiter_of(names[0]))
    kind = kind_of(names)
    if kind and f"--format {form.name}" not in kind.split("; use ")[-1:]:
        return f"; this looks like {kind}"
    begin = ", ".join(repr(name[:30]) for name in names[:_SHOWN] if name)
    more = ", ..." if len(names) > _SHOWN else ""
    return f"; the file begins with {begin}{more}"


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
