"""Workbooks of Excel, told by how they begin: cells as the text a CSV file would hold.

One reader serves every door. The library that is used for numbers and days, openpyxl, fills each
gap of a sheet and holds its elements until the end; here rows come one at a time and only those
that hold anything, so that a small file cannot fill a memory.

Cells out of the parts of a workbook, as its parser meets them; nothing is held for long.
"""

from __future__ import annotations

import datetime as dt
import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Any, Final, Self
from xml.parsers import expat

from forecast.beliefs.days import EPOCH
from forecast.errors import Problem

__all__ = [
    "DAMAGED",
    "MOST_CELLS",
    "TOO_LARGE",
    "BadWorkbookError",
    "Book",
    "RowsParser",
    "Sheet",
    "Tab",
    "address",
    "decoded",
    "elements_of",
    "inside",
    "is_workbook",
    "place_of",
    "sheets",
    "strange",
    "strings_of",
    "workbook_part",
]


#: A workbook of Excel since 2007.
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_SAVE = "save it as .xlsx or as CSV (UTF-8)"
_BEGINS = (
    (b"%PDF", "is a PDF", "a table has to be CSV or .xlsx"),
    (b"\x1f\x8b", "is packed (gzip)", "unpack it first"),
    (b"7z\xbc\xaf", "is packed (7z)", "unpack it first"),
    (b"Rar!", "is packed (rar)", "unpack it first"),
    (b"BZh", "is packed (bzip2)", "unpack it first"),
    (b"\xfd7zXZ", "is packed (xz)", "unpack it first"),
    (b"PAR1", "is a Parquet file", "save it as CSV (UTF-8)"),
    (b"SQLite format 3", "is a database", "save the table as CSV (UTF-8)"),
    (b"\x89PNG", "is a picture", "a table has to be CSV or .xlsx"),
    (b"\xff\xd8\xff", "is a picture", "a table has to be CSV or .xlsx"),
    (b"GIF8", "is a picture", "a table has to be CSV or .xlsx"),
    (b"{\\rtf", "is a text document (RTF)", "a table has to be CSV or .xlsx"),
)
_OLD = b"\xd0\xcf\x11\xe0"
#: Names of streams by which a file of that kind is told; those of a password come first.
_STREAMS = (
    ("EncryptedPackage", "is a file with a password", "take the password off in Excel"),
    ("WordDocument", "is an old Word file (.doc)", "copy its table into a sheet, and " + _SAVE),
    ("PowerPoint Document", "is an old PowerPoint file (.ppt)", _SAVE),
    ("Workbook", "is an old Excel file (.xls)", _SAVE),
)
_OLD_KIND = ("is an old Excel or Word file, or one with a password", _SAVE)
_PART = re.compile(r"(?:[^/]+/)*workbook\d*\.xml", re.IGNORECASE)
_INSIDE = (
    ("xl/workbook.bin", "is a binary Excel file (.xlsb)", _SAVE),
    ("word/", "is a Word document", "copy its table into a sheet, and " + _SAVE),
    ("ppt/", "is a PowerPoint document", "copy its table into a sheet, and " + _SAVE),
    ("Index/", "is a file of Numbers or Pages", "export it as .xlsx or as CSV (UTF-8)"),
    ("Index.zip", "is a file of Numbers or Pages", "export it as .xlsx or as CSV (UTF-8)"),
)
_MARKUP = (
    (b"<!doctype html", "is an HTML page"),
    (b"<html", "is an HTML page"),
    (b"<head", "is an HTML page"),
    (b"<table", "is an HTML page"),
    (b"<?xml", "is an XML file"),
)


def is_workbook(body: bytes) -> bool:
    """Whether a file is a workbook that can be read, whatever its name."""
    return body.startswith(_ZIP) and bool(workbook_part(_members(body)))


def workbook_part(names: Collection[str]) -> str:
    """Name the part of an archive that lists the sheets of a workbook; empty where there is none.

    Examples
    --------
    >>> workbook_part(["xl/workbook2.xml", "xl/styles.xml"]), workbook_part(["workbook.xml.txt"])
    ('xl/workbook2.xml', '')
    """
    return next((name for name in sorted(names) if _PART.fullmatch(name)), "")


def strange(body: bytes) -> tuple[str, str] | None:
    """Say what a file is that can be neither text nor a workbook, and what to do; or None.

    Examples
    --------
    >>> strange(b"%PDF-1.7")
    ('is a PDF', 'a table has to be CSV or .xlsx')
    >>> strange(b"date,count") is None
    True
    """
    for start, came, allowed in _BEGINS:
        if body.startswith(start):
            return came, allowed
    if body.startswith(_OLD):
        names = (each for each in _STREAMS if each[0].encode("utf-16-le") in body)
        return next(((came, allowed) for _, came, allowed in names), _OLD_KIND)
    if body.startswith(_ZIP):
        return inside(_members(body)) or ("is packed (zip)", "unpack it first")
    start = body[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for tag, came in _MARKUP:
        if start.startswith(tag):
            return came, "download the table itself, as CSV (UTF-8) or .xlsx"
    return None


def inside(names: Collection[str]) -> tuple[str, str] | None:
    """Say what an archive with these members is, and what to do, where it is a document."""
    for part, came, allowed in _INSIDE:
        if any(name.startswith(part) for name in names):
            return came, allowed
    if {"mimetype", "content.xml"} <= set(names):
        return "is an OpenDocument file (.ods or .odt)", _SAVE
    return None


def _members(body: bytes) -> set[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return set()


#: A workbook that unpacks to more than this is refused: it is no table somebody typed.
_LARGEST = 256 << 20

_NO_DAY: Final = "#VALUE!"

_BROKEN = (
    *(OSError, EOFError, SyntaxError, LookupError, ValueError, TypeError, AttributeError),
    *(ArithmeticError, RuntimeError, zipfile.BadZipFile, zlib.error, struct.error),
    expat.ExpatError,
)

type Cells = tuple[str, ...]


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
    left = MOST_CELLS
    for tab in shown:
        place = f"{file} [{tab.name}]" if len(shown) > 1 else file
        rows: list[tuple[int, Cells]] = []
        for number, cells in tab.rows():
            least = len(rows[0][1]) if rows else 0
            rows.append((number, (*cells, *[""] * (least - len(cells)))))
            left -= max(least, len(cells))
            if left < 0:
                raise BadWorkbookError(*TOO_LARGE)
        if rows:
            faults = (*_unvalued(place, tab), *_merged(place, tab, dict(rows)))
            yield Sheet(place, tuple(rows), notes, faults, book.epoch)
            notes = ()


def _unvalued(file: str, tab: Tab) -> Iterator[Problem]:
    """Tell of formulas that were never worked out: they would read as empty cells."""
    for row, column in tab.unvalued:
        allowed = "open the workbook in Excel and save it, or write the value"
        came = f"cell {address(row, column)} is a formula without a value"
        yield Problem(file, row, "", came, allowed)


def _merged(file: str, tab: Tab, rows: Mapping[int, Cells]) -> Iterator[Problem]:
    """Tell of cells that were made one: all but the first would read as empty cells.

    A cell that is alone in its row is a title, which nothing is read from.
    """
    for area in tab.merged:
        row, column = place_of(area.partition(":")[0])
        cells = rows.get(row, ())
        if column <= len(cells) and cells[column - 1] and sum(map(bool, cells)) > 1:
            allowed = "unmerge them, and write into each what is meant"
            came = f"cell {address(row, column)} is one of merged cells ({area})"
            yield Problem(file, row, "", came, allowed)


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
                raise BadWorkbookError(*TOO_LARGE)
            self._names = {name.lower(): name for name in self._archive.namelist()}
            self._parts: dict[str, str] = {}
            self._open()
        except _BROKEN as error:
            raise BadWorkbookError(*DAMAGED) from error

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

    def _elements(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Give each element of a small part; none where there is no such part."""
        if name.lower() in self._names:
            with self.part(name) as part:
                yield from elements_of(part)

    def strings(self) -> Sequence[str]:
        """Texts that cells share, read when the first of them is needed."""
        if self._strings is None:
            self._strings = []
            if name := self._parts.get("sharedStrings"):
                with self.part(name) as part:
                    self._strings = list(strings_of(part))
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
        return decoded(value)


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
        reading = RowsParser(self._book.text)
        self.unvalued, self.merged = reading.unvalued, reading.merged
        try:
            with self._book.part(self._part) as part:
                yield from reading.read(part)
        except _BROKEN as error:
            raise BadWorkbookError(*DAMAGED) from error


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


#: Excel's last row and column, and how many cells a machine can hold.
_LAST_ROW, _LAST_COLUMN, MOST_CELLS = 1 << 20, 1 << 14, 20_000_000
TOO_LARGE = ("is too large to be a table", "save it as CSV (UTF-8)")
DAMAGED = ("is a damaged workbook", "open it in Excel and save it anew")

_CHUNK: Final = 1 << 16
_ESCAPE: Final = re.compile(r"_x(?!D[89A-F])([0-9A-F]{4})_", re.IGNORECASE | re.ASCII)
_DIGITS: Final = "0123456789"


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


def elements_of(part: IO[bytes]) -> Iterator[tuple[str, dict[str, str]]]:
    """Give each element of a small part with what it says, all names without prefixes."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()

    def start(name: str, said: dict[str, str]) -> None:
        found.append((_bare(name), {_bare(key): text for key, text in said.items()}))

    parser.StartElementHandler = start
    for _ in _fed(parser, part):
        yield from found
        found.clear()


def strings_of(part: IO[bytes]) -> Iterator[str]:
    """Give each of the texts that cells share, of rich ones the letters alone."""
    yield from _Strings().read(part)


class RowsParser:
    """Rows of a sheet that hold any text.

    Parameters
    ----------
    text : callable
        Given kind, style and value of a cell, gives its text.

    Attributes
    ----------
    unvalued : list of (int, int)
        Row and column of each formula without a value.
    merged : list of str
        Cells that were made one, such as ``A2:A4``.
    """

    def __init__(self, text: Callable[[str, str, str], str]) -> None:
        self.unvalued: list[tuple[int, int]] = []
        self.merged: list[str] = []
        self._text = text
        self._done: list[tuple[int, list[str]]] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._row, self._column, self._cells = 0, 0, list[str]()
        self._kind, self._style = "n", ""
        self._value: str | None = None
        self._formula = self._phonetic = False
        self._texts: list[str] = []

    def read(self, part: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
        """Give every row that holds any text, with its number and its cells up to the last."""
        for _ in _fed(self._parser, part):
            yield from self._done
            self._done.clear()

    def _start(self, name: str, said: dict[str, str]) -> None:
        name = name[name.find(":") + 1 :]  # not _bare: this is done for every cell, four times
        if name == "c":
            place = said.get("r")
            self._column = _column(place.rstrip(_DIGITS)) if place else self._column + 1
            self._kind, self._style = said.get("t", "n"), said.get("s", "")
            self._formula, self._value = False, None
            self._texts.clear()
            if self._column > _LAST_COLUMN:
                raise BadWorkbookError(*TOO_LARGE)
        elif name in {"v", "t"}:
            self._parser.CharacterDataHandler = None if self._phonetic else self._texts.append
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._phonetic = True
        elif name == "row":
            self._row = int(said.get("r", self._row + 1))
            self._column, self._cells = 0, []
            if self._row > _LAST_ROW:
                raise BadWorkbookError(*TOO_LARGE)
        elif name == "mergeCell":
            self.merged.append(said["ref"])

    def _end(self, name: str) -> None:
        name = name[name.find(":") + 1 :]
        if name in {"v", "t"}:
            self._parser.CharacterDataHandler = None
            self._value = "".join(self._texts)
        elif name == "c":
            self._cell()
        elif name == "rPh":
            self._phonetic = False
        elif name == "row" and any(self._cells):
            self._done.append((self._row, self._cells))

    def _cell(self) -> None:
        value = self._value
        if value is None or (not value and self._kind not in {"str", "inlineStr"}):
            if self._formula:
                self.unvalued.append((self._row, self._column))
            return
        if text := self._text(self._kind, self._style, value):
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
            if total > MOST_CELLS:
                raise BadWorkbookError(*TOO_LARGE)
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
            self._done.append(decoded("".join(self._texts)))


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
    raise BadWorkbookError(*DAMAGED)


def _bare(name: str) -> str:
    """Leave out the prefix of a name."""
    return name[name.find(":") + 1 :]


def place_of(reference: str) -> tuple[int, int]:
    """Row and column of ``B3``."""
    letters = reference.rstrip(_DIGITS)
    return int(reference[len(letters) :]), _column(letters)


def address(row: int, column: int) -> str:
    """Name a cell as Excel does; the inverse of `place_of`.

    Examples
    --------
    >>> address(2, 1), address(7, 28)
    ('A2', 'AB7')
    """
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row}"


@lru_cache(maxsize=1 << 14)  # every cell of a column asks
def _column(letters: str) -> int:
    """Column of the letters it has: 28 of ``AB``."""
    if not letters.isupper() or not letters.isascii() or len(letters) > 3:
        raise ValueError(letters)
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column


def decoded(text: str) -> str:
    """Give the text of a cell, in which ``_x000D_`` is a character that XML does not have."""
    if "_x" in text or "_X" in text:
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return text.strip()
