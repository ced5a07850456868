"""Cells out of the parts of a workbook, as its parser meets them; nothing is held for long."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import IO, Final
from xml.parsers import expat

__all__ = [
    "DAMAGED",
    "MOST_CELLS",
    "TOO_LARGE",
    "BadWorkbookError",
    "RowsParser",
    "address",
    "decoded",
    "elements_of",
    "place_of",
    "strings_of",
]

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
