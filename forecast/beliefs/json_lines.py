"""JSON Lines: one object a line, as the rows of a table would be."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator
from typing import Any

from forecast.beliefs.tables import Layout, Row, Table, column_name, settled
from forecast.beliefs.texts import Text, decode
from forecast.errors import Problem
from forecast.names import nearest

__all__ = ["is_json", "parse_lines"]

_EACH = "write one object a line"
_DIGITS = 400  # a number of more is none that somebody counted


class _UnfitError(ValueError):
    """Something that JSON allows, or Python does, and a report cannot hold."""


def is_json(body: str | bytes) -> bool:
    """Whether a file is meant as JSON: it begins with an object or an array."""
    text = body if isinstance(body, str) else body[:4096].decode("utf-8", "ignore")
    return text.lstrip("\ufeff\0").lstrip().startswith(("{", "["))


def parse_lines(
    file: str,
    body: str | bytes,
    layouts: Collection[Layout],
    *,
    problems: list[Problem],
    notes: list[Problem] | None = None,
) -> list[Table]:
    """Read the objects of a file into one table for each layout.

    Numbers and nulls become the text a CSV file would hold; lists, NaN, keys that stand twice,
    characters that no text can hold, and lines that are no object are told with their line.
    """
    text = Text(body) if isinstance(body, str) else decode(file, body)
    if isinstance(text, Problem):
        problems.append(text)
        return []
    said = text.text.lstrip("\ufeff")
    if text.note and notes is not None:
        notes.append(Problem(file, 0, "", text.note, severity="warning"))
    if (whole := _no_lines(file, said)) is not None:
        problems.append(whole)
        return []
    found: dict[Layout, list[Row]] = {}
    last = next(iter(layouts))
    # not splitlines: a text in JSON may hold other ends of lines than a newline
    for line, row in enumerate(said.split("\n"), start=1):
        if not row.strip():
            continue
        cells = _object(file, line, row, problems)
        if cells is None:
            continue
        last = next((layout for layout in layouts if layout.key in cells), last)
        rows = found.setdefault(last, [])
        wrong = [Problem(file, line, *fault) for fault in _columns(cells, last)]
        problems.extend(wrong)
        if not wrong:
            rows.append(Row(file, line, cells))
    return [settled(Table(layout, tuple(rows)), problems) for layout, rows in found.items()]


def _no_lines(file: str, text: str) -> Problem | None:
    """Say that a file is one piece of JSON over several lines, if it is."""
    first = next(line for line in text.split("\n") if line.strip())
    if first.lstrip().startswith("["):
        return Problem(file, 1, "", "is a JSON array", _EACH)
    try:
        _loads(first)
    except (ValueError, RecursionError):
        try:
            _loads(text)
        except (ValueError, RecursionError):
            return None
        if text.strip() != first.strip():
            return Problem(file, 1, "", "is one JSON object over several lines", _EACH)
    return None


def _object(file: str, line: int, said: str, problems: list[Problem]) -> dict[str, str] | None:
    try:
        return _cells(_loads(said))
    except json.JSONDecodeError as error:
        reason = f"is no JSON ({error.msg})"
    except _UnfitError as error:
        reason = str(error)
    except RecursionError:
        reason = "is nested too deeply"
    except ValueError:  # an integer of more digits than Python reads
        reason = "holds a number that is too long"
    problems.append(Problem(file, line, "", reason, _EACH))
    return None


def _cells(found: object) -> dict[str, str]:
    if not isinstance(found, dict):
        raise _UnfitError("is no object")
    cells: dict[str, str] = {}
    for key, value in found.items():
        name = column_name(key)
        if name in cells:
            raise _UnfitError(f"{name!r} stands twice")
        cells[name] = _cell(name, value)
    return cells


def _loads(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_whole)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _UnfitError(f"{twice!r} stands twice")
    return found


def _no_constant(text: str) -> Any:
    raise _UnfitError(f"holds {text}, which is no number")


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise _UnfitError(f"holds a number of {len(digits)} digits")
    return int(digits)


def _cell(name: str, value: Any) -> str:
    """Write a value as the text of a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not math.isfinite(value):
        raise _UnfitError(f"{name!r} is a number that is too large")
    if isinstance(value, (dict, list)):
        raise _UnfitError(f"{name!r} is {'an object' if isinstance(value, dict) else 'a list'}")
    text = str(value).strip()
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise _UnfitError(f"{name!r} holds a NUL or half a character")
    return text


def _columns(cells: dict[str, str], layout: Layout) -> Iterator[tuple[str, str, str]]:
    for column in sorted(set(cells) - set(layout.columns)):
        yield column, "is unknown", nearest(column, layout.columns)
    for column in layout.required:
        if column not in cells:
            yield column, "is missing", "give it, if only as null"
