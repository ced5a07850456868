"""Rows out of plain, gzip and zip files, one at a time, whatever is wrong with some of them."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, cast

from forecast.errors import ReportsError
from forecast.importers.formats import Format, columns_at, plain
from forecast.importers.tally import Tally

__all__ = ["Row", "rows_of"]

_LONGEST = 1 << 20
_BUFFER = 1 << 20
_PACKED = 1 << 15  # what is lost, at most, before the place where an archive breaks off
_EVERY = 20_000
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BROKEN = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, UnicodeError, RuntimeError)

#: Cells of a row, the position of each column of the format, and the file with the line.
Row = tuple[list[str], dict[str, int], str, int]


def rows_of(
    path: Path, form: Format, tally: Tally, *, progress: Callable[[int], None] = lambda _: None
) -> Iterator[Row]:
    """Read the rows of a file; what cannot be read is counted, never raised.

    Parameters
    ----------
    path : Path
        Plain text, gzip, or a zip archive, every member of which is read.
    form : Format
    tally : Tally
        Broken rows and remarks are counted here.
    progress : callable
        Told, now and then, how many bytes of the file were read.

    Raises
    ------
    ReportsError
        When a heading lacks a column of the format.
    OSError
        When the file cannot be opened.
    """
    with io.BufferedReader(path.open("rb", 0), _BUFFER) as raw, ExitStack() as opened:
        done = 0
        try:
            for name, stream in _members(raw, str(path), opened):
                for done, row in enumerate(_rows(stream, name, form, tally), start=1):
                    if done % _EVERY == 0:
                        progress(raw.tell())
                    yield row
        except _BROKEN as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            tally.remark(f"file breaks off: {reason}", f"{path}, after row {done}")
    progress(path.stat().st_size)


def _members(
    raw: io.BufferedReader[Any], file: str, opened: ExitStack
) -> Iterator[tuple[str, io.BufferedReader[Any]]]:
    magic = raw.read(4)
    raw.seek(0)
    if magic[:2] == b"\x1f\x8b":
        yield file, opened.enter_context(_buffered(gzip.GzipFile(fileobj=raw)))
    elif magic in {b"PK\x03\x04", b"PK\x05\x06"}:
        archive = opened.enter_context(zipfile.ZipFile(raw))
        for member in archive.infolist():
            if not member.is_dir():
                with _buffered(archive.open(member)) as stream:
                    yield f"{file}/{member.filename}", stream
    else:
        yield file, raw


def _buffered(stream: object) -> io.BufferedReader[Any]:
    return io.BufferedReader(cast(io.RawIOBase, stream), _PACKED)


def _rows(stream: io.BufferedReader[Any], file: str, form: Format, tally: Tally) -> Iterator[Row]:
    lines = _lines(stream, file, tally)
    first = next(lines, None)
    if first is None:
        tally.remark("file is empty", file)
        return
    delimiter = max(",;\t", key=first[1].count) if form.quoted else "\t"
    heading = next(csv.reader([first[1]], delimiter=delimiter)) if form.quoted else None
    names = heading or first[1].rstrip("\r\n").split("\t")
    headed = not form.header or plain(form.header[0]) == plain(names[0])
    header = [name.strip() for name in names] if headed else list(form.header)
    at = columns_at(form, header)
    if lacking := [name for name in form.needed if name not in at]:
        raise ReportsError(
            f"{file}:{first[0]}: column {lacking[0]!r} is missing; --format {form.name} reads "
            f"files with the columns {', '.join(dict.fromkeys(form.needed))}"
        )
    split = _quoted(lines, delimiter) if form.quoted else _tabbed(first, lines, headed=headed)
    for line, span, cells in split:
        tally.read += span
        if len(cells) == len(header):
            if span > 1:  # a quoted text over several lines is one row
                tally.read -= span - 1
            yield cells, at, file, line
        else:
            tally.drop("broken row: another number of cells", f"{file}:{line}", rows=span)


def _tabbed(
    first: tuple[int, str], lines: Iterator[tuple[int, str]], *, headed: bool
) -> Iterator[tuple[int, int, list[str]]]:
    if not headed:
        yield first[0], 1, first[1].rstrip("\r\n").split("\t")
    for line, text in lines:
        yield line, 1, text.rstrip("\r\n").split("\t")


def _quoted(
    lines: Iterator[tuple[int, str]], delimiter: str
) -> Iterator[tuple[int, int, list[str]]]:
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


def _lines(stream: io.BufferedReader[Any], file: str, tally: Tally) -> Iterator[tuple[int, str]]:
    """Give each line that is not blank with its number, decoded."""
    start = stream.peek(3)[:3]
    source: IO[bytes] = stream
    if start[:2] in _UTF16:
        tally.remark("file is UTF-16", file)
        source = cast(IO[bytes], codecs.EncodedFile(stream, "utf-8", "utf-16"))
    elif start == codecs.BOM_UTF8:
        tally.remark("file begins with a byte-order mark", file)
        stream.read(3)
    number = 0
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


def _decoded(line: bytes, place: str, tally: Tally) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        tally.remark("row is not UTF-8 and was read as Windows-1252", place)
        return line.decode("cp1252", errors="replace")
