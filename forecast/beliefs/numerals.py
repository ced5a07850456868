"""Numbers as people and spreadsheets write them: one reading for a whole column, or none.

=====================================  =====================================================
``1250``, ``0.5``, ``1e-3``, ``2.0``   as they are
``0,5``                                a decimal comma: the comma parts no group of three
``1 250``, ``1'250``, ``1,250,000``    groups of three
``1,250``                              1250 or 1.25: by the other cells of the column
``1,250``, ``980``                     1250 and 980: decimals are written with three digits in
                                       every cell or without zeros at the end, never both
``1.250``                              1.25; with a decimal comma in the column, or semicolons
                                       between the cells of the file, as ``1,250``
``5%``, ``5 %``                        0.05, where the column is one of probabilities
=====================================  =====================================================
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Numbers", "as_float", "read_numbers"]

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,4})?", re.IGNORECASE | re.ASCII)
_ENOUGH = 2  # a cell alone tells of nobody's habit
_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([,.])\d{3}", re.ASCII)
_GROUPS = re.compile(
    r"[+-]?[1-9]\d{0,2}([,.])\d{3}(?:(?:\1\d{3})+(?:(?!\1)[,.]\d+)?|(?!\1)[,.]\d+)", re.ASCII
)
_COMMA = re.compile(r"[+-]?\d*,\d+(?:e[+-]?\d{1,4})?", re.IGNORECASE | re.ASCII)
_SPACED = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f'\u2019](?=\d{3}(?!\d))", re.ASCII)
_EITHER = "either"


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was read of a column.

    Attributes
    ----------
    texts : tuple of str
        Each cell as Python's ``float`` reads it; as it came where it is no number.
    faults : tuple of (int, str, str)
        Position of a cell in the column that has two readings, what came, and what is allowed.
    note : str
        What a user should know, such as that a comma was read as a decimal point.
    """

    texts: tuple[str, ...]
    faults: tuple[tuple[int, str, str], ...] = ()
    note: str = ""


def read_numbers(texts: Sequence[str], *, delimiter: str = ",", shares: bool = False) -> Numbers:
    """Read a column of numbers; what is no number is left for the caller to refuse.

    Parameters
    ----------
    texts : sequence of str
    delimiter : str
        Between the cells of the file; where decimal commas are usual it is a semicolon.
    shares : bool
        Whether they are probabilities, so that ``5%`` is 0.05.

    Examples
    --------
    >>> read_numbers(["0,5", "2.0", "", "x"]).texts
    ('0.5', '2', '', 'x')
    >>> read_numbers(["1,250"]).faults
    ((0, "'1,250' is 1250 or 1.25, and nothing in the column tells", 'write 1250 or 1.25'),)
    """
    cells = [_bare(text) for text in texts]
    bodies = [cell.removesuffix("%").rstrip() if shares else cell for cell in cells]
    told = _told(bodies)
    point = _decimal_point(bodies, told, delimiter)
    faults, out = [], []
    for place, (cell, body) in enumerate(zip(cells, bodies, strict=True)):
        said = _number(body, point)
        if said == _EITHER:
            ways = {float(_number(body, point) or 0) for point in ".,"}
            both = " or ".join(f"{way:.10g}" for way in sorted(ways, reverse=True))
            came = f"{texts[place].strip()!r} is {both}, and nothing in the column tells"
            faults.append((place, came, f"write {both}"))
        elif said and body != cell:
            said = repr(round(float(said) / 100.0, 12))
        out.append(texts[place].strip() if said in {None, _EITHER} else str(said))
    comma = any(_COMMA.fullmatch(body) and not _GROUPED.fullmatch(body) for body in bodies)
    note = "has decimal commas" if comma else ""
    if not told and point and (match := next(filter(None, map(_GROUPED.fullmatch, bodies)), None)):
        grouped = f"has groups of three digits: {match[0]!r} is {_number(match[0], point)}"
        note = note if match[1] == point else grouped
    return Numbers(tuple(out), tuple(faults), note)


def as_float(text: str) -> float:
    """Read a number as `read_numbers` writes it; nan where it is none, or is not finite.

    Examples
    --------
    >>> as_float("0.5"), as_float("1e999"), as_float("1_000")
    (0.5, nan, nan)
    """
    number = float(text) if _PLAIN.fullmatch(text) else math.nan
    return number if math.isfinite(number) else math.nan


def _bare(text: str) -> str:
    """Leave out blanks between groups of three; write a minus as a minus."""
    return _SPACED.sub("", text.strip().replace("\u2212", "-"))


def _told(cells: Sequence[str]) -> set[str]:
    """Find which signs are decimal points by the cells that have one reading."""
    told: set[str] = set()
    for cell in cells:
        if _GROUPED.fullmatch(cell):
            continue
        if match := _GROUPS.fullmatch(cell):
            told.add("." if match[1] == "," else ",")
        elif _COMMA.fullmatch(cell):
            told.add(",")
        elif "." in cell and _PLAIN.fullmatch(cell):
            told.add(".")
    return told


def _decimal_point(cells: Sequence[str], told: set[str], delimiter: str) -> str:
    """Find which sign is the decimal point of a column; empty where nothing tells, or both are."""
    if told:
        return next(iter(told)) if len(told) == 1 else ""
    # where a comma parts the cells a point is decimal, unless there are commas in numbers too
    if delimiter != ";" and not any("," in cell for cell in cells):
        return "."
    return _not_in_groups(cells)


def _not_in_groups(cells: Sequence[str]) -> str:
    """Find the decimal point of a column of whole numbers, of which only large ones have groups."""
    grouped = [match for cell in cells if (match := _GROUPED.fullmatch(cell))]
    signs = {match[1] for match in grouped}
    whole = [abs(int(cell)) for cell in cells if _WHOLE.fullmatch(cell)]
    padded = sum(match[0].endswith("0") for match in grouped)
    if len(signs) == 1 and padded >= _ENOUGH and whole and 100 <= max(whole) < 1000:
        return "." if signs == {","} else ","
    return ""


def _number(cell: str, point: str) -> str | None:
    """Write a number as ``float`` reads it, by itself or by the decimal point of its column."""
    if match := _GROUPS.fullmatch(cell):
        said = cell.replace(match[1], "").replace(",", ".")
    elif match := _GROUPED.fullmatch(cell):
        if not point:
            return _EITHER
        said = cell.replace(",", ".") if match[1] == point else cell.replace(match[1], "")
    else:
        said = cell.replace(",", ".") if _COMMA.fullmatch(cell) else cell
    if not _PLAIN.fullmatch(said):
        return None
    whole, _, part = said.partition(".")
    return whole if part and not part.strip("0") and whole.strip("+-") else said
