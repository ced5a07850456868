"""Rows out of JSON, one object at a time: an API's answer, a list, or one object a line."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from forecast.errors import ReportsError
from forecast.importers.packed import Stream
from forecast.importers.tally import Tally

__all__ = ["begins_json", "rows_of_objects"]

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
