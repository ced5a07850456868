"""Rows out of files of text, JSON and workbooks, packed or not, whatever is wrong with some."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, Final, cast

from forecast.beliefs.containers import strange
from forecast.errors import ReportsError
from forecast.importers.formats import Format
from forecast.importers.headings import delimiter_of, heading_of, is_tags
from forecast.importers.objects import begins_json, rows_of_objects
from forecast.importers.packed import BROKEN, Stream, streams
from forecast.importers.sheets import rows_of_workbook
from forecast.importers.tally import Tally

__all__ = ["Row", "rows_of"]

_LONGEST: Final = 1 << 20
_BUFFER: Final = 1 << 20
_EVERY: Final = 20_000
_BEGIN: Final = 20  # rows of which one has to have the cells of the format
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
    begin = list(islice(split, 1 if form.headed else _BEGIN))
    if not begin:
        tally.remark("file is empty", file)
        return
    split = chain(begin[1:], split)
    widths = {len(columns) for columns in form.headers}
    first = next((row for row in begin if len(row[2]) in widths), begin[0])
    heading = heading_of(form, first[2], place=f"{file}:{first[0]}")
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
    elif begins_json(start):
        yield from rows_of_objects(stream, file)
    elif (said := strange(start)) is not None:
        raise ReportsError(f"{file}: {said[0]}; {said[1]}")
    else:
        yield from _text(stream, file, form, tally)


def _text(stream: Stream, file: str, form: Format, tally: Tally) -> Iterator[_Split]:
    lines = _lines(stream, file, tally)
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
        yield from _quoted(lines, delimiter)
        return
    for line, text in lines:
        yield line, 1, text.rstrip("\r\n").split("\t")


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


def _lines(stream: Stream, file: str, tally: Tally) -> Iterator[tuple[int, str]]:
    """Give each line that is not blank with its number, decoded."""
    source, number = _decoding(stream, file, tally), 0
    while line := source.readline(_LONGEST):
        number += 1
        if len(line) >= _LONGEST and not line.endswith(b"\n"):
            while (rest := source.readline(_LONGEST)) and not rest.endswith(b"\n"):
                pass
            text = None
            reason = "broken row: longer than 1 MiB"
        else:
            text = _decoded(line, f"{file}:{number}", tally)
            reason = "broken row: NUL characters"
        if text is None or "\0" in text:
            tally.read += 1
            tally.drop(reason, f"{file}:{number}")
        elif not text.isspace():
            yield number, text


def _decoding(stream: Stream, file: str, tally: Tally) -> IO[bytes]:
    """Give the bytes of a file in UTF-8, where it is UTF-16 or begins with a byte-order mark."""
    start = stream.peek(256)[:256]
    if start[:3] == codecs.BOM_UTF8:
        tally.remark("file begins with a byte-order mark", file)
        stream.read(3)
        return stream
    half = max(1, len(start) // 2)
    if start[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        coded = "utf-16"
    elif start[1::2].count(0) > half * 0.8:
        coded = "utf-16-le"
    elif start[::2].count(0) > half * 0.8:
        coded = "utf-16-be"
    else:
        return stream
    tally.remark("file is UTF-16", file)
    return cast("IO[bytes]", codecs.EncodedFile(stream, "utf-8", coded))


def _decoded(line: bytes, place: str, tally: Tally) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        tally.remark("row is not UTF-8 and was read as Windows-1252", place)
        return line.decode("cp1252", errors="replace")
