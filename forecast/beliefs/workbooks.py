"""Workbooks of Excel: the cells of every visible sheet as the text a CSV file would hold.

One reader serves every door. The library that is used for numbers and days, openpyxl, fills each
gap of a sheet and holds its elements until the end; here rows come one at a time and only those
that hold anything, so that a small file cannot fill a memory.
"""

from __future__ import annotations

import datetime as dt
import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final, Self
from xml.parsers import expat

from forecast.beliefs.containers import workbook_part
from forecast.beliefs.days import EPOCH
from forecast.errors import Problem

__all__ = ["BadWorkbookError", "Book", "Sheet", "Tab", "sheets"]

#: A workbook that unpacks to more than this is refused: it is no table somebody typed.
_LARGEST = 256 << 20

#: Excel's last row and column, and cells up to the last of each row that a machine can hold.
_LAST_ROW, _LAST_COLUMN, _MOST_CELLS = 1 << 20, 1 << 14, 20_000_000
_CHUNK: Final = 1 << 16
_TOO_LARGE = ("is too large to be a table", "save it as CSV (UTF-8)")
_DAMAGED = ("is a damaged workbook", "open it in Excel and save it anew")
_NO_DAY: Final = "#VALUE!"
_ESCAPE: Final = re.compile(r"_x(?!D[89A-F])([0-9A-F]{4})_", re.IGNORECASE | re.ASCII)
_PLACE: Final = re.compile(r"([A-Z]{1,3})(\d{1,10})", re.ASCII)

_BROKEN = (
    *(OSError, EOFError, SyntaxError, LookupError, ValueError, TypeError, AttributeError),
    *(ArithmeticError, RuntimeError, zipfile.BadZipFile, zlib.error, struct.error),
    expat.ExpatError,
)

type Cells = tuple[str, ...]


class BadWorkbookError(Exception):
    """A workbook cannot be read.

    Attributes
    ----------
    came, allowed : str
        What it is, and what to do.
    """

    def __init__(self, came: str, allowed: str) -> None:
        super().__init__(came)
        self.came, self.allowed = came, allowed


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of one sheet, and what is wrong with some of its cells.

    Attributes
    ----------
    file : str
        The workbook as the user named it, with the sheet where there are several.
    rows : tuple of (int, tuple of str)
        Number of the row in the sheet, and its cells; none shorter than the first.
    notes : tuple of str
    faults : tuple of Problem
    epoch : datetime.date
        The day of number 0, in cells that hold the number of a day and are not shown as one.
    """

    file: str
    rows: tuple[tuple[int, Cells], ...]
    notes: tuple[str, ...] = ()
    faults: tuple[Problem, ...] = ()
    epoch: dt.date = EPOCH


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
        with Book(io.BytesIO(body), largest=_LARGEST) as book:
            found = list(_filled(file, book))
    except BadWorkbookError as error:
        return Problem(file, 0, "", error.came, error.allowed)
    return found or [Sheet(file, ())]


def _filled(file: str, book: Book) -> Iterator[Sheet]:
    shown = [tab for tab in book.tabs if tab.visible]
    hidden = [tab.name for tab in book.tabs if not tab.visible and any(tab.rows())]
    notes = tuple(f"has a hidden sheet {name!r}, which was not read" for name in hidden)
    left = _MOST_CELLS
    for tab in shown:
        place = f"{file} [{tab.name}]" if len(shown) > 1 else file
        rows: list[tuple[int, Cells]] = []
        for number, cells in tab.rows():
            least = len(rows[0][1]) if rows else 0
            rows.append((number, (*cells, *[""] * (least - len(cells)))))
            left -= max(least, len(cells))
            if left < 0:
                raise BadWorkbookError(*_TOO_LARGE)
        if rows:
            faults = (*_unvalued(place, tab), *_merged(place, tab, dict(rows)))
            yield Sheet(place, tuple(rows), notes, faults, book.epoch)
            notes = ()


def _unvalued(file: str, tab: Tab) -> Iterator[Problem]:
    """Tell of formulas that were never worked out: they would read as empty cells."""
    for row, column in tab.unvalued:
        allowed = "open the workbook in Excel and save it, or write the value"
        yield Problem(file, row, f"cell {column}", "is a formula without a value", allowed)


def _merged(file: str, tab: Tab, rows: Mapping[int, Cells]) -> Iterator[Problem]:
    """Tell of cells that were made one: all but the first would read as empty cells.

    A cell that is alone in its row is a title, which nothing is read from.
    """
    for area in tab.merged:
        row, column = _place(area.partition(":")[0])
        cells = rows.get(row, ())
        if column <= len(cells) and cells[column - 1] and sum(map(bool, cells)) > 1:
            allowed = "unmerge them, and write into each what is meant"
            yield Problem(file, row, f"cell {column}", f"is one of merged cells ({area})", allowed)


class Book:
    """A workbook that is read sheet by sheet, row by row.

    Parameters
    ----------
    stream : file
        That can be gone back in.
    largest : int
        Bytes it may unpack to.

    Raises
    ------
    BadWorkbookError
        Where it is too large, damaged or has a password; `Tab.rows` raises it too.
    """

    def __init__(self, stream: IO[bytes], *, largest: int) -> None:
        self.epoch, self.tabs = EPOCH, list[Tab]()
        self._dated: dict[str, Callable[[float], object]] = {}
        self._strings: list[str] | None = None
        try:
            self._archive = zipfile.ZipFile(stream)
            if sum(each.file_size for each in self._archive.infolist()) > largest:
                raise BadWorkbookError(*_TOO_LARGE)
            self._names = {name.lower(): name for name in self._archive.namelist()}
            self._parts: dict[str, str] = {}
            self._open()
        except _BROKEN as error:
            raise BadWorkbookError(*_DAMAGED) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def _open(self) -> None:
        """Read which sheets there are, and which styles make a number a day."""
        main = workbook_part(self._archive.namelist())
        targets, folder = {}, posixpath.dirname(main)
        for name, said in self._elements(f"{folder}/_rels/{posixpath.basename(main)}.rels"):
            if name == "Relationship":
                target = posixpath.normpath(posixpath.join("/", folder, said["Target"]))
                kind = posixpath.basename(said["Type"])
                targets[said["Id"]] = kind, target.lstrip("/")
                self._parts.setdefault(kind, target.lstrip("/"))
        tabs = []
        for name, said in self._elements(main):
            if name == "workbookPr" and said.get("date1904") in {"1", "true", "on"}:
                self.epoch = dt.date(1904, 1, 1)
            elif name == "sheet":
                tabs.append(said)
        self._dated = dict(self._days())
        for said in tabs:
            kind, target = targets.get(said.get("id", ""), ("", ""))
            if kind == "worksheet":
                visible = said.get("state", "visible") == "visible"
                self.tabs.append(Tab(self, said["name"], target, visible=visible))

    def _days(self) -> Iterator[tuple[str, Callable[[float], object]]]:
        """Give every style in which a number is shown as a day, with what makes a day of it."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
        from openpyxl.utils.datetime import from_excel

        formats: dict[int, str] = dict(BUILTIN_FORMATS)
        start = dt.datetime.combine(self.epoch, dt.time())
        inside, number = "", 0
        for name, said in self._elements(self._parts.get("styles", "")):
            if name in {"cellXfs", "cellStyleXfs", "dxfs"}:
                inside = name
            elif name == "numFmt" and inside != "dxfs":
                formats[int(said["numFmtId"])] = said.get("formatCode", "")
            elif name == "xf" and inside == "cellXfs":
                form = formats.get(int(said.get("numFmtId", 0)), "")
                if is_timedelta_format(form):
                    yield str(number), lambda n: from_excel(n, start, timedelta=True)
                elif is_date_format(form):
                    yield str(number), lambda n: from_excel(n, start)
                number += 1

    def part(self, name: str) -> IO[bytes]:
        """Open a part, however its name is written."""
        return self._archive.open(self._names[name.lower()])

    def strings(self) -> Sequence[str]:
        """Texts that cells share, read when the first of them is needed."""
        if self._strings is None:
            self._strings = []
            if name := self._parts.get("sharedStrings"):
                with self.part(name) as part:
                    self._strings = list(_Strings().read(part))
        return self._strings

    def text(self, kind: str, style: str, value: str) -> str:
        """Write the value of a cell as text."""
        if kind == "n":
            if (made := self._dated.get(style)) is not None:
                return _day_text(made, value)
            return value if value.isdecimal() else _cell_text(float(value))
        if kind == "s":
            return self.strings()[abs(int(value))]
        if kind == "b":
            return "TRUE" if value in {"1", "true"} else "FALSE"
        return _decoded(value)

    def _elements(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Give each element of a small part, without prefixes; none where there is no such part."""
        if name.lower() not in self._names:
            return
        found: list[tuple[str, dict[str, str]]] = []
        parser = expat.ParserCreate()

        def start(name: str, said: dict[str, str]) -> None:
            found.append((_bare(name), {_bare(key): text for key, text in said.items()}))

        parser.StartElementHandler = start
        with self.part(name) as part:
            for _ in _fed(parser, part):
                yield from found
                found.clear()


class Tab:
    """One sheet of a workbook; `unvalued` and `merged` are known once its rows were read.

    Attributes
    ----------
    name : str
    visible : bool
    unvalued : list of (int, int)
        Row and column of each formula without a value.
    merged : list of str
        Cells that were made one, such as ``A2:A4``.
    """

    def __init__(self, book: Book, name: str, part: str, *, visible: bool) -> None:
        self.name, self.visible = name, visible
        self.unvalued: list[tuple[int, int]] = []
        self.merged: list[str] = []
        self._book, self._part = book, part

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Give every row that holds any text, with its number and its cells up to the last."""
        reading = _Rows(self._book, self)
        try:
            with self._book.part(self._part) as part:
                for _ in _fed(reading.parser, part):
                    yield from reading.done
                    reading.done.clear()
        except _BROKEN as error:
            raise BadWorkbookError(*_DAMAGED) from error


class _Rows:
    """What the parser of a sheet has seen so far."""

    def __init__(self, book: Book, tab: Tab) -> None:
        self.done: list[tuple[int, list[str]]] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self._book, self._tab = book, tab
        self._row, self._column, self._cells = 0, 0, list[str]()
        self._kind, self._style = "n", ""
        self._value: str | None = None
        self._formula = self._phonetic = False
        self._texts: list[str] = []
        tab.unvalued.clear()
        tab.merged.clear()

    def _start(self, name: str, said: dict[str, str]) -> None:
        name = _bare(name)
        if name == "c":
            self._column = _place(said["r"])[1] if "r" in said else self._column + 1
            self._kind, self._style = said.get("t", "n"), said.get("s", "")
            self._formula, self._value = False, None
            self._texts.clear()
            if self._column > _LAST_COLUMN:
                raise BadWorkbookError(*_TOO_LARGE)
        elif name in {"v", "t"}:
            self.parser.CharacterDataHandler = None if self._phonetic else self._texts.append
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._phonetic = True
        elif name == "row":
            self._row = int(said.get("r", self._row + 1))
            self._column, self._cells = 0, []
            if self._row > _LAST_ROW:
                raise BadWorkbookError(*_TOO_LARGE)
        elif name == "mergeCell":
            self._tab.merged.append(said["ref"])

    def _end(self, name: str) -> None:
        name = _bare(name)
        if name in {"v", "t"}:
            self.parser.CharacterDataHandler = None
            self._value = "".join(self._texts)
        elif name == "c":
            self._cell()
        elif name == "rPh":
            self._phonetic = False
        elif name == "row" and any(self._cells):
            self.done.append((self._row, self._cells))

    def _cell(self) -> None:
        value = self._value
        if value is None or (not value and self._kind not in {"str", "inlineStr"}):
            if self._formula:
                self._tab.unvalued.append((self._row, self._column))
            return
        if text := self._book.text(self._kind, self._style, value):
            self._cells += [""] * (self._column - len(self._cells))
            self._cells[self._column - 1] = text


class _Strings:
    """Texts of the part that holds what cells share."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._texts: list[str] = []
        self._phonetic = False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def read(self, part: IO[bytes]) -> Iterator[str]:
        """Give each text, of rich ones the letters alone."""
        total = 0
        for _ in _fed(self._parser, part):
            total += len(self._done)
            if total > _MOST_CELLS:
                raise BadWorkbookError(*_TOO_LARGE)
            yield from self._done
            self._done.clear()

    def _start(self, name: str, _: dict[str, str]) -> None:
        name = _bare(name)
        if name == "si":
            self._texts.clear()
        elif name == "rPh":  # how a word is spoken, in Japanese
            self._phonetic = True
        elif name == "t" and not self._phonetic:
            self._parser.CharacterDataHandler = self._texts.append

    def _end(self, name: str) -> None:
        name = _bare(name)
        self._parser.CharacterDataHandler = None
        if name == "rPh":
            self._phonetic = False
        elif name == "si":
            self._done.append(_decoded("".join(self._texts)))


def _fed(parser: expat.XMLParserType, part: IO[bytes]) -> Iterator[None]:
    """Give a parser a part in pieces, and a turn to take what it found after each."""
    parser.StartDoctypeDeclHandler = _refuse
    while chunk := part.read(_CHUNK):
        parser.Parse(chunk)
        yield
    parser.Parse(b"", True)  # noqa: FBT003
    yield


def _refuse(*_: object) -> None:
    """Refuse declarations, which no workbook has and with which a file can grow."""
    raise BadWorkbookError(*_DAMAGED)


def _bare(name: str) -> str:
    """Leave out the prefix of a name."""
    return name[name.find(":") + 1 :]


def _place(reference: str) -> tuple[int, int]:
    """Row and column of ``B3``."""
    match = _PLACE.fullmatch(reference)
    if match is None:
        raise ValueError(reference)
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column


def _decoded(text: str) -> str:
    """Give the text of a cell, in which ``_x000D_`` is a character that XML does not have."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text).strip()


def _day_text(made: Callable[[float], object], value: str) -> str:
    try:
        number = float(value)
        return _cell_text(made(number)) if number >= 0 else _NO_DAY
    except (OverflowError, ValueError):
        return _NO_DAY


def _cell_text(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    return str(value)
