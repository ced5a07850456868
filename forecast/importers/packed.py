"""Files out of gzip and zip, one stream after another, and objects out of JSON.

JSON is an API's answer, a list, or one object a line; one object is held at a time. A `Plan` is
what a project wants of the rows of a collection, a `Tally` what became of each.
"""

from __future__ import annotations

import codecs
import datetime as dt
import gzip
import io
import json
import re
import shutil
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Any, Final, Literal, cast

from forecast.beliefs.workbooks import inside, workbook_part
from forecast.errors import ReportsError

__all__ = [
    "BROKEN",
    "Held",
    "Plan",
    "Stream",
    "Tally",
    "Week",
    "begins_json",
    "rows_of_objects",
    "streams",
]


#: What is raised where an archive is damaged or breaks off.
BROKEN: Final = (
    *(EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, UnicodeError, RuntimeError),
    NotImplementedError,
)

type Stream = io.BufferedReader[Any]

_PACKED: Final = 1 << 15  # what is lost, at most, before the place where an archive breaks off
_DEEPEST: Final = 3
_SPOOLED: Final = 1 << 24
#: Text does not shrink to a three-hundredth; what unpacks to more is made to fill a machine.
_UNPACKED: Final = 300
_UNSUSPECTED: Final = 1 << 28
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
#: Where the name of a tar archive's format stands.
_TAR: Final = slice(257, 262)


class _Bounded(io.RawIOBase):
    """A stream that refuses to give hundreds of times what it is packed in."""

    def __init__(self, inner: Any, file: str, packed: int) -> None:
        self._inner, self._file = inner, file
        self._left = max(_UNSUSPECTED, _UNPACKED * packed)

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read on, or refuse."""
        body = self._inner.read(len(buffer))
        self._left -= len(body)
        if self._left < 0:
            raise ReportsError(
                f"{self._file}: unpacks to more than {_UNPACKED} times its size, as no file of "
                "events does; unpack it yourself and look at it"
            )
        buffer[: len(body)] = body
        return len(body)


def streams(raw: Stream, file: str, *, size: int, depth: int = 0) -> Iterator[tuple[str, Stream]]:
    """Give every file in a file, with the name it is told by; a plain one is given as it is.

    Parameters
    ----------
    raw : BufferedReader
        At its beginning.
    file : str
        As the user named it.
    size : int
        Bytes it has.

    Raises
    ------
    ReportsError
        For a password, a tar archive, archives deeper than three in one another, and one that
        unpacks to hundreds of times its size.
    """
    start = raw.peek(512)[:512]
    packed = start[:2] == b"\x1f\x8b" or start[:4] in _ZIP
    if packed and depth >= _DEEPEST:
        raise ReportsError(
            f"{file}: is packed more than {_DEEPEST} times over; unpack it once or more"
        )
    if start[:2] == b"\x1f\x8b":
        with _buffered(_Bounded(gzip.GzipFile(fileobj=raw), file, size)) as stream:
            yield from streams(stream, file, size=size, depth=depth + 1)
    elif start[:4] in _ZIP:
        with SpooledTemporaryFile(max_size=_SPOOLED) as copy:
            if not raw.seekable():
                shutil.copyfileobj(raw, copy)
                copy.seek(0)
            whole = cast("Stream", raw if raw.seekable() else copy)
            with zipfile.ZipFile(whole) as archive:
                if workbook_part(archive.namelist()):
                    yield file, whole
                elif (said := inside(archive.namelist())) is not None:
                    raise ReportsError(f"{file}: {said[0]}; {said[1]}")
                else:
                    yield from _members(archive, file, depth)
    elif start[_TAR] == b"ustar":
        raise ReportsError(f"{file}: is a tar archive; unpack it, and name the files in it")
    else:
        yield file, raw


def _members(archive: zipfile.ZipFile, file: str, depth: int) -> Iterator[tuple[str, Stream]]:
    for member in archive.infolist():
        name = f"{file}/{member.filename}"
        if member.is_dir() or member.filename.startswith("__MACOSX/"):
            continue
        if member.flag_bits & 1:
            raise ReportsError(f"{name}: needs a password; unpack it first")
        packed = member.compress_size
        with archive.open(member) as inner, _buffered(_Bounded(inner, name, packed)) as stream:
            yield from streams(stream, name, size=packed, depth=depth + 1)


def _buffered(stream: io.RawIOBase) -> Stream:
    return io.BufferedReader(stream, _PACKED)


_DISTINCT = 1000


@dataclass(slots=True)
class Tally:
    """Counts of rows, each reason with the first place where it was met.

    Every row that is read ends in exactly one of `kept`, `merged` and `dropped`; `remarks` are
    about rows, or files, that were used all the same.

    Examples
    --------
    >>> tally = Tally()
    >>> tally.read = 3
    >>> tally.kept = 1
    >>> tally.drop("broken row", "a.csv:7", rows=2)
    >>> tally.balanced, tally.dropped["broken row"], tally.first["broken row"]
    (True, 2, 'a.csv:7')
    """

    read: int = 0
    kept: int = 0
    merged: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)

    @property
    def balanced(self) -> bool:
        """Whether every row that was read is accounted for, once."""
        return self.read == self.kept + self.merged.total() + self.dropped.total()

    def drop(self, reason: str, place: str, *, rows: int = 1) -> None:
        """Count rows that were not used."""
        self.dropped[reason] += rows
        self.first.setdefault(reason, place)

    def merge(self, reason: str, place: str) -> None:
        """Count a row that says what another said."""
        self.merged[reason] += 1
        self.first.setdefault(reason, place)

    def remark(self, text: str, place: str) -> None:
        """Count something odd about a row or file that was used."""
        self.remarks[text] += 1
        self.first.setdefault(text, place)

    def unknown_code(self, code: str) -> None:
        """Remember a code that is not in the code book, up to a thousand different ones."""
        if code in self.unknown or len(self.unknown) < _DISTINCT:
            self.unknown[code] += 1


@dataclass(frozen=True, slots=True)
class Held:
    """A report that the project has already, by hand or from an earlier import."""

    report_id: str
    indicator: str
    lineage: str
    source_url: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a project wants of each row.

    Attributes
    ----------
    kinds : mapping of str to {"presence", "count"}
        By indicator.
    week_of : callable
        First day of the week a day lies in.
    brief_as_of : datetime.date
        Reports before it document the prior.
    first, last : datetime.date
        Rows of other days are not wanted.
    today : datetime.date
        Rows of days to come are not wanted.
    held : sequence of Held
        Reports that the project has already.
    """

    kinds: Mapping[str, Literal["presence", "count"]]
    week_of: Callable[[dt.date], dt.date]
    brief_as_of: dt.date
    first: dt.date = dt.date.min
    last: dt.date = dt.date.max
    today: dt.date = dt.date.max
    held: Sequence[Held] = ()


@dataclass(frozen=True, slots=True)
class Week:
    """A weekly count; `days` of the week are covered by the files."""

    indicator: str
    starts_on: dt.date
    count: int
    days: int


_CHUNK: Final = 1 << 16
_LONGEST: Final = 1 << 20
_BLANK: Final = re.compile(r"[\s,]*")
_DECODER: Final = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_SAID: Final = ("error_description", "error", "message", "messages", "errors")
#: What an answer calls the number of its rows, or of those of all its pages.
_COUNTS: Final = ("count", "total_count", "total", "totalcount")


def begins_json(start: bytes, coded: str) -> bool:
    """Whether a file of an encoding that begins so is JSON."""
    return start.decode(coded, "ignore").lstrip("\ufeff").lstrip()[:1] in {"{", "["}


def rows_of_objects(
    stream: Stream, file: str, tally: Tally, *, coded: str
) -> Iterator[tuple[int, int, list[str]]]:
    """Give the names of the first object as a heading, then every object as a row of its cells.

    Parameters
    ----------
    stream : BufferedReader
        A list of objects, an object with such a list under ``data`` (as ACLED's API answers), or
        one object a line.
    file : str
    tally : Tally
        Rows that an answer tells of and does not hold are remarked on.
    coded : str
        The encoding.

    Yields
    ------
    tuple of int, int, list of str
        Number of the object, 1, and its cells. An object that cannot be read has no cells.

    Raises
    ------
    ReportsError
        Where the file is none of these; what an API says of its failure is told.
    """
    heading: list[str] = []
    number, reader = 0, _Reader(stream, file, coded)
    for number, each in enumerate(reader.objects(), start=1):
        if not heading:
            heading = list(each)
            if not heading:
                raise ReportsError(f"{file}: is JSON, but object {number} has no names and values")
            yield 1, 1, heading
        cells = [_cell(each.get(name)) for name in heading] if each else []
        yield number, 1, cells
    if reader.told > number:
        text = f"the answer tells of {reader.told:,} rows and holds {number:,}: bring in every page"
        tally.remark(text, file)


class _Reader:
    """Text of a stream, read on when more of it is needed."""

    def __init__(self, stream: Stream, file: str, coded: str) -> None:
        self.told = 0
        self._stream, self._file = stream, file
        self._decode = codecs.getincrementaldecoder(coded)(errors="replace").decode
        self._text, self._at, self._ended = "", 0, False

    def objects(self) -> Iterator[dict[str, Any]]:
        """Give every object; an empty one stands for what cannot be read."""
        first = None
        if self._next() != "[":
            first = self._opened()
        else:
            self._at += 1
        if first is None:
            yield from self._listed()
            self._closed()
            return
        said = any(isinstance(value, str) for value in first.values())
        rows = any(
            isinstance(each, list) and each[:1] and isinstance(each[0], dict)
            for each in first.values()
        )
        if not said or rows or any(name in first for name in (*_SAID, "success")):
            raise self._refusal(first)
        yield first
        while self._next():
            yield self._object()

    def _opened(self) -> dict[str, Any] | None:
        """Read an object member by member; None once the list under ``data`` has begun."""
        self._at += 1
        found: dict[str, Any] = {}
        while (sign := self._next()) and sign != "}":
            name = self._value()
            if self._next() == ":":
                self._at += 1
            if name == "data" and self._next() == "[":
                self._at += 1
                self._told(found)
                if found.get("success") is False and self._next() == "]":
                    raise self._refusal(found)
                return None
            found[str(name)] = self._value()
        self._at += 1
        return found

    def _closed(self) -> None:
        """Read what follows the rows; a second answer in one file is not lost in silence."""
        self._at += 1
        found: dict[str, Any] = {}
        while (sign := self._next()) == '"':
            name = str(self._value())
            self._at += self._next() == ":"
            found[name] = self._value()
        self._at += sign == "}"
        self._told(found)
        if self._next():
            raise ReportsError(
                f"{self._file}: goes on after its rows; put every answer into a file of its own"
            )

    def _told(self, found: dict[str, Any]) -> None:
        """Remember how many rows an answer says there are."""
        counts = [str(value) for name, value in found.items() if name.lower() in _COUNTS]
        numbers = (int(each) for each in counts if re.fullmatch(r"[0-9]{1,12}", each))
        self.told = max([self.told, *numbers])

    def _listed(self) -> Iterator[dict[str, Any]]:
        while (sign := self._next()) != "]":
            if not sign:
                raise EOFError("the list does not end")
            yield self._object()

    def _object(self) -> dict[str, Any]:
        value = self._value()
        return value if isinstance(value, dict) else {}

    def _value(self) -> Any:
        """Read one value from where we are."""
        self._next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise ReportsError(f"{self._file}: is nested too deeply to be rows") from None
            except ValueError as error:
                if len(self._text) - self._at > _LONGEST or not self._more():
                    raise ReportsError(
                        f"{self._file}: is not readable JSON after {self._text[:40]!r}: {error}"
                    ) from None
                continue
            if end < len(self._text) or self._ended or not self._more():
                self._at = end
                return value

    def _next(self) -> str:
        """Give the next sign that is no blank; nothing at the end."""
        while True:
            self._at = _BLANK.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        if self._ended:
            return False
        body = self._stream.read(_CHUNK)
        self._ended = not body
        self._text = self._text[self._at :] + self._decode(body, final=not body)
        self._at = 0
        return True

    def _refusal(self, found: dict[str, Any]) -> ReportsError:
        said: Any = next((found[name] for name in _SAID if found.get(name)), "")
        if isinstance(said, dict):
            said = next((said[name] for name in ("message", *said) if said.get(name)), "")
        said = str(said)[:120]
        came = f"; it says {said!r}" if said else ""
        keys = ", ".join(list(found)[:8]) or "none"
        return ReportsError(
            f"{self._file}: is JSON without rows (keys: {keys}){came}; it must be a list of "
            "objects, or have one under 'data'"
        )


def _cell(value: object) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    return str(value)
