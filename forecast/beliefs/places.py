"""Files as they came, each thing with its line: YAML, and the cells of a CSV file or workbook.

Of YAML the lines of paths, repeated keys, and what checks report.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal, overload

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from forecast.beliefs.days import EPOCH
from forecast.beliefs.literals import Coding, decode, encoding_of
from forecast.beliefs.words import compose
from forecast.beliefs.workbooks import is_workbook, strange
from forecast.errors import Problem

__all__ = [
    "Document",
    "Finding",
    "Grid",
    "GridRow",
    "Location",
    "dotted",
    "grids_of",
    "overlap",
    "read_body",
    "read_document",
    "read_grid",
    "read_grids",
    "read_text",
]


#: Line of a row from 1, and its cells without surrounding blanks.
type GridRow = tuple[int, tuple[str, ...]]

_DELIMITERS = ",;\t|"
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
#: Bytes of a file whose rows are held.
_HELD = 1 << 20
_SEP = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
#: What Excel writes into a cell whose formula failed.
_ERRORS = frozenset(
    {"#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of a table that are to be read by columns; rows without any text are left out.

    Attributes
    ----------
    file : str
        The file as the user named it, with the sheet where it has several.
    rows : sequence of GridRow
        The heading first. Columns that hold nothing at all are left out; a row that is too short
        or too long is kept as it came. Those of a large CSV file are split anew each time.
    delimiter : str
        What stands between two cells; empty for a workbook.
    notes : tuple of str
        What a user should know of how it was read, such as ``was read as Windows-1252: 'Café'``.
    faults : tuple of Problem
        Where it could not be split into cells.
    epoch : datetime.date
        The day of number 0, where cells hold Excel's numbers of days.
    even : bool
        Whether every row is known to be as long as the heading, with cells that can be read.
    """

    file: str
    rows: Sequence[GridRow]
    delimiter: str = ","
    notes: tuple[str, ...] = ()
    faults: tuple[Problem, ...] = ()
    epoch: dt.date = EPOCH
    even: bool = False

    @property
    def heading(self) -> tuple[str, ...]:
        """Names of the columns as they are written."""
        return self.rows[0][1] if self.rows else ()

    @property
    def problems(self) -> list[Problem]:
        """Whatever nothing can be made of: faults, NUL characters and Excel's errors."""
        out = list(self.faults)
        for line, cells in () if self.even else self.rows:
            for place, cell in enumerate(cells):
                if "\0" in cell:
                    came, allowed = "holds a NUL character", "delete it"
                elif cell in _ERRORS:
                    came, allowed = f"holds the error {cell}", "mend the formula"
                else:
                    continue
                out.append(Problem(self.file, line, self._column(place), came, allowed))
        return out

    def _column(self, place: int) -> str:
        named = place < len(self.heading) and "\0" not in self.heading[place]
        return (self.heading[place] if named else "") or f"cell {place + 1}"


def read_body(path: Path) -> bytes | Problem:
    """Read a file or a pipe whole, or say why it cannot be read."""
    try:
        if path.is_dir():
            return Problem(str(path), 0, "", "is a folder", "name a file")
        return path.read_bytes()
    except OSError as error:
        return Problem(str(path), 0, "", f"cannot be read ({error.strerror})")
    except ValueError:  # a NUL in the name
        return Problem(str(path), 0, "", "is no name of a file")


def read_grid(path: Path, *, wanted: Callable[[tuple[str, ...]], bool] = bool) -> Grid | Problem:
    """Read the one table of a file: CSV, or a sheet of a workbook.

    Of several sheets that hold any text it is the first whose heading is wanted, or else the first;
    the others are told of.

    CSV may have commas, semicolons, tabs or bars between its cells (found from the heading, or a
    line ``sep=;`` above it), in UTF-8 or UTF-16, with or without a byte-order mark, or in
    Windows-1252. `Grid.problems` and `Grid.notes` are for the caller to tell. Columns of days and
    of numbers are read by `forecast.beliefs.days.read_days` and
    `forecast.beliefs.literals.read_numbers`, which look at a whole column.

    Parameters
    ----------
    path : Path
    wanted : callable
        Given the heading of a sheet as it is written.

    Returns
    -------
    Grid or Problem
        Why it cannot be read, such as ``sales.xls: is an old Excel file; save it as .xlsx``.
    """
    grids = read_grids(path)
    if isinstance(grids, Problem):
        return grids
    chosen = next((grid for grid in grids if wanted(grid.heading)), grids[0])
    others = [each for each in grids if each is not chosen]
    said = [note for each in (chosen, *others) for note in each.notes]
    left = [f"has a sheet {each.file!r} that was not read" for each in others]
    return replace(chosen, notes=(*said, *left))


def read_grids(path: Path) -> list[Grid] | Problem:
    """Read every table of a file: one of a CSV file, one for each visible sheet of a workbook."""
    body = read_body(path)
    return body if isinstance(body, Problem) else grids_of(str(path), body)


def grids_of(file: str, body: str | bytes) -> list[Grid] | Problem:
    """Make grids out of what a file holds, as text or as bytes; as `read_grids`."""
    if isinstance(body, str):
        return [_separated(file, body.encode(errors="surrogatepass"), Coding())]
    if is_workbook(body):
        from forecast.beliefs.workbooks import sheets

        found = sheets(file, body)
        if isinstance(found, Problem):
            return found
        return [
            Grid(each.file, _tidied(each.rows), "", each.notes, each.faults, each.epoch)
            for each in found
        ]
    if (said := strange(body)) is not None:
        return Problem(file, 0, "", *said)
    encoding = encoding_of(file, body)
    return encoding if isinstance(encoding, Problem) else [_separated(file, body, encoding)]


def _separated(file: str, body: bytes, encoding: Coding) -> Grid:
    rows = _Separated(file, body, encoding.codec)
    rows.look()
    notes = [encoding.note] if encoding.note else []
    if rows.delimiter != ",":
        notes.append(f"has a {_NAMES.get(rows.delimiter, repr(rows.delimiter))} between cells")
    held = tuple(rows) if len(body) <= _HELD else rows
    return Grid(file, held, rows.delimiter, tuple(notes), rows.faults, even=rows.even)


class _Separated(Sequence[GridRow]):
    """Rows of a CSV file, split anew whenever they are gone through, so that none is held."""

    def __init__(self, file: str, body: bytes, codec: str) -> None:
        self.file, self._body, self._codec = file, body, codec
        self.delimiter = ","
        self.faults: tuple[Problem, ...] = ()
        self._line, self._skipped, self._count = 1, 0, 0
        self._bare: frozenset[int] = frozenset()
        self.even = True

    def look(self) -> None:
        """Find the delimiter, how many rows there are, and what is wrong with them."""
        first = next(self._lines(), "")
        if declared := _SEP.match(first):
            self._line, self._skipped, self.delimiter = 2, declared.end(), declared[1]
        else:
            self.delimiter = _delimiter(self._lines())
        heading = next(self._filled(), (0, ()))[1]
        bare, width = {n for n, name in enumerate(heading) if not name}, len(heading)
        for _, cells in self._filled():
            self._count += 1
            if len(cells) != width or not _ERRORS.isdisjoint(cells) or "\0" in "".join(cells):
                self.even = False
            if bare and len(cells) >= width:
                bare = {place for place in bare if not cells[place]}
        self._bare = frozenset(bare)

    def _lines(self) -> Iterator[str]:
        """Give the lines with their ends, but for marks of order at the first and of the end."""
        text = io.TextIOWrapper(
            io.BytesIO(self._body), self._codec, errors="surrogatepass", newline=""
        )
        # a mark may stand twice, where a program put its own before that of another
        line = next(text, "").lstrip("\ufeff")[self._skipped :]
        for after in text:
            if line:
                yield line
            line = after
        if line := line.rstrip("\x1a"):
            yield line

    def _filled(self) -> Iterator[GridRow]:
        """Give the rows that hold any text, to where the file cannot be split any further."""
        reader = csv.reader(self._lines(), delimiter=self.delimiter, strict=True)
        before, at = self._line - 1, self._line
        try:
            for row in reader:
                cells = tuple(map(str.strip, row))
                if any(cells):
                    yield at, cells
                at = before + reader.line_num + 1
        except csv.Error as error:
            self.faults = (_unsplit(self.file, at, str(error)),)

    def __iter__(self) -> Iterator[GridRow]:
        if not self._bare:
            return self._filled()
        return (
            (line, tuple(cell for place, cell in enumerate(cells) if place not in self._bare))
            for line, cells in self._filled()
        )

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> GridRow: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[GridRow, ...]: ...
    def __getitem__(self, place: int | slice) -> GridRow | tuple[GridRow, ...]:
        if isinstance(place, int):
            return next(islice(self, range(self._count)[place], None))
        return tuple(islice(self, *place.indices(self._count)))


def _unsplit(file: str, line: int, reason: str) -> Problem:
    if "field limit" in reason:
        came = f"has a cell of more than {csv.field_size_limit():,} characters"
        return Problem(file, line, "", came, "is a quotation mark missing?")
    return Problem(file, line, "", f"is not readable CSV: {reason}")


def _delimiter(lines: Iterable[str]) -> str:
    """Find what splits the heading into most cells; a comma where nothing does."""
    each = (part for line in lines for part in line.splitlines())
    heading = next((line for line in each if line.strip()), "")

    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader([heading], delimiter=delimiter), []))
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=cells)


def _tidied(rows: Iterable[GridRow]) -> tuple[GridRow, ...]:
    """Leave out rows without any text, and unnamed columns without any."""
    filled = [(line, cells) for line, cells in rows if any(cells)]
    if not filled:
        return ()
    heading = filled[0][1]
    whole = [cells for _, cells in filled if len(cells) >= len(heading)]
    bare = {
        place
        for place, name in enumerate(heading)
        if not name and not any(cells[place] for cells in whole)
    }
    out = []
    for line, cells in filled:
        out.append((line, tuple(cell for place, cell in enumerate(cells) if place not in bare)))
    return tuple(out)


#: Keys and list positions that lead to a place, such as ``("nodes", "arms", "hazards", 0)``.
Location = tuple[str | int, ...]

_QUOTES = "put quotes around a text"
#: Where a file of beliefs begins.
_START = "see `forecast init` for a file to start from"
#: What a message of YAML means for somebody who writes a text.
_HINTS = {
    "mapping values are not allowed": f"{_QUOTES} with a colon in it, "
    "and begin the keys of one level in one column",
    "character '\\t'": "indent with blanks, not with tabs",
    "that cannot start any token": f"{_QUOTES} that begins with such a sign",
    "undefined alias": f"{_QUOTES} that begins with *",
    "expected the node content": f"{_QUOTES} that begins with such a sign",
    "expected <block end>, but found '<scalar>'": "put the whole text into one pair of quotes",
    "expected ',' or ": f"close the bracket, or {_QUOTES} with a bracket or a colon in it",
    "scanning a block scalar": f"{_QUOTES} that begins with > or |",
    "mapping keys are not allowed": f"{_QUOTES} that begins with ?",
    "sequence entries are not allowed": f"{_QUOTES} that begins with -",
    "unknown escape character": "write a backslash in double quotes twice, or use single quotes",
    "a constructor for the tag": f"{_QUOTES} that begins with !",
    "scanning a quoted scalar": "close the quotes",
    "found '?'": "begin the keys of one level in one column",
    "<block mapping start>": "begin the keys of one level in one column",
    "could not find expected ':'": "write a colon and a blank behind a key",
    "another document": "leave the line --- out: a file holds one document",
    "special characters are not allowed": "take this character out",
    "undefined tag handle": f"{_QUOTES} that begins with !",
    "unhashable key": "a key is a name, no list and no mapping",
}
#: More than any brief has; the rest is a mistake, or meant to do harm.
_MOST_BYTES = 4_000_000
_MOST_VALUES = 1_000_000


class _Plain(SafeConstructor):
    """Leaves dates and keys as the text they are, so that a wrong one is reported as such.

    What a mapping says itself holds before what it merges in.
    """

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002
        self.flatten_mapping(node)
        found: dict[str, Any] = {}
        for key, value in _pairs(node):
            if key.value not in found:
                found[key.value] = self.construct_object(value, deep=deep)
        return found


def _pairs(node: MappingNode) -> list[tuple[Any, Any]]:
    """Give the keys and values of a mapping: its own, then those that are merged in."""
    merged = len(node.merge or ())
    return [*node.value[merged:], *node.value[:merged]]


_Plain.add_constructor("tag:yaml.org,2002:timestamp", lambda _constructor, node: str(node.value))


def dotted(path: Location) -> str:
    """Path as it is printed: ``nodes.arms.hazards[0].to``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


class Document:
    """A YAML file that was read, with the line of everything in it.

    Attributes
    ----------
    file : str
        The file as the user named it.
    data : Any
        Plain values.
    """

    def __init__(self, file: str, data: Any, root: Node) -> None:
        self.file = file
        self.data = data
        self._root = root
        self._twice = list(_twice(root))

    def line(self, path: Location) -> int:
        """Line of the place a path leads to, or of the last part of it that exists."""
        node, line = self._root, 0
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def as_written(self, path: Location, text: str) -> str:
        """Put the number at a place into a message as it is written: ``1e3``, not 1000.0."""
        node, value = self._root, self.data
        for step in path:
            found = _child(node, step)
            if found is None:
                return text
            node, value = found[1], value[step]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return text.replace(repr(value), str(node.value), 1) if number else text

    def duplicates(self) -> list[Problem]:
        """Every key that stands twice in one mapping."""
        return [
            Problem(
                self.file,
                line,
                dotted(path),
                f"key {path[-1]!r} already stands on line {first}",
                "keep one of them",
            )
            for path, line, first in self._twice
        ]


def read_text(path: Path) -> str | Problem:
    """Read a UTF-8 file, with or without a byte-order mark, or say why it cannot be read."""
    body = read_body(path)
    if isinstance(body, Problem):
        return body
    if (said := strange(body)) is not None:
        return Problem(str(path), 0, "", said[0], "a file of text is meant")
    text = decode(str(path), body)
    if isinstance(text, Problem):
        return text
    if text.encoding != "UTF-8":
        allowed = f"save it as UTF-8 (it may be {text.encoding})"
        line = text.text.count("\n", 0, _first_strange(text.text)) + 1
        return Problem(str(path), line, "", "is not UTF-8 text", allowed)
    return text.text


def _first_strange(text: str) -> int:
    return next((place for place, c in enumerate(text) if not c.isascii()), 0)


def read_document(path: Path, *, start: str = _START) -> Document | Problem:
    """Read a YAML file, or say in one problem why it cannot be read.

    Parameters
    ----------
    path : Path
    start : str
        What belongs into such a file, for one that is empty or holds something else.
    """
    text = read_text(path)
    if isinstance(text, Problem):
        return text
    if len(text) > _MOST_BYTES:
        came = f"holds {len(text) / 1e6:.0f} million characters"
        return Problem(str(path), 0, "", came, f"at most {_MOST_BYTES // 1_000_000} million")
    try:
        return _parse(str(path), text, start)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        reason = " ".join(str(part) for part in (error.context, error.problem) if part)
    except YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        reason = str(error).splitlines()[0]
    except ValueError as error:
        line, reason = 0, str(error)
    except RecursionError:
        line, reason = 0, "it is nested too deeply"
    allowed = next((hint for sign, hint in _HINTS.items() if sign in reason), "")
    return Problem(str(path), line, "", f"is not readable YAML: {reason}", allowed)


def _parse(file: str, text: str, start: str) -> Document | Problem:
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Plain
    yaml.allow_duplicate_keys = True  # they are reported by Document, all at once
    root = compose(yaml, text)
    if not isinstance(root, MappingNode):
        came = "is empty" if root is None else "is not a mapping at the top"
        return Problem(file, 0, "", came, start)
    if problem := _too_much(file, root):
        return problem
    document = Document(file, None, root)  # before keys that are merged in stand beside its own
    document.data = yaml.constructor.construct_document(root)
    return document


def _too_much(file: str, root: Node) -> Problem | None:
    """Refuse keys that are no names, and aliases that stand for more than a file can hold."""
    sizes: dict[int, float] = {}

    def size(node: Node) -> float:
        if id(node) in sizes:
            return sizes[id(node)]
        sizes[id(node)] = math.inf  # until it is known: an alias inside of what it names
        if isinstance(node, MappingNode):
            below = sum(size(one) for pair in node.value for one in pair)
        else:
            below = sum(map(size, node.value)) if isinstance(node, SequenceNode) else 0
        sizes[id(node)] = 1 + below
        return sizes[id(node)]

    if size(root) > _MOST_VALUES:
        came = "its aliases (*) stand for more than a million values, or for themselves"
        return Problem(file, 0, "", came, "write out what they stand for")
    for path, mapping in _mappings(root, (), set()):
        for key, _ in mapping.value:
            if not isinstance(key, ScalarNode):
                line = key.start_mark.line + 1
                came = "a list or a mapping stands where a key should"
                return Problem(file, line, dotted(path), came, "a key is a name")
    return None


def _twice(root: Node) -> Iterator[tuple[Location, int, int]]:
    """Give every key that stands twice in one mapping, its line, and that of the first."""
    for path, mapping in _mappings(root, (), set()):
        first: dict[str, int] = {}
        for key, _ in mapping.value:
            line = key.start_mark.line + 1
            if key.value in first and key.value != "<<":
                yield (*path, key.value), line, first[key.value]
            first.setdefault(key.value, line)


def _child(node: Node, step: str | int) -> tuple[int, Node] | None:
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line + 1, item
    if isinstance(node, MappingNode):
        for key, value in _pairs(node):
            if key.value == str(step):
                return key.start_mark.line + 1, value
    return None


def _mappings(node: Node, path: Location, seen: set[int]) -> Iterator[tuple[Location, MappingNode]]:
    if id(node) in seen:  # an alias leads back to what was already looked at
        return
    seen.add(id(node))
    if isinstance(node, MappingNode):
        yield path, node
        for key, value in node.value:
            yield from _mappings(value, (*path, str(key.value)), seen)
    elif isinstance(node, SequenceNode):
        for position, item in enumerate(node.value):
            yield from _mappings(item, (*path, position), seen)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit together.

    Attributes
    ----------
    path : tuple
        Where it is reported.
    came, allowed : str
        The two halves of the message.
    relies_on : tuple of tuple
        Other places the finding follows from; it is void when one of them was not the author's.
    severity : {"error", "warning"}
    """

    path: Location
    came: str
    allowed: str = ""
    relies_on: tuple[Location, ...] = ()
    severity: Literal["error", "warning"] = "error"

    def void(self, filled: set[Location]) -> bool:
        """Whether it follows from a place that is not the author's."""
        return any(
            overlap(place, used) for place in filled for used in (self.path, *self.relies_on)
        )

    def problem(self, document: Document) -> Problem:
        """Return the finding as it is reported."""
        line = document.line(self.path)
        return Problem(
            document.file, line, dotted(self.path), self.came, self.allowed, self.severity
        )


def overlap(one: Location, other: Location) -> bool:
    """Whether one place lies inside the other, or is the same."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]
