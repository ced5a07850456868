"""Which columns a file has, told by its first row; a file of another kind is told what it is."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from forecast.errors import ReportsError
from forecast.importers.formats import FORMATS, Format, columns_at, plain

__all__ = ["Heading", "delimiter_of", "heading_of", "is_tags", "kind_of"]

_SHOWN: Final = 8
_DELIMITERS: Final = ",;\t|"
_DAY: Final = re.compile(r"(?:19|20)\d{6}(?:\d{6})?")
#: GDELT's files without a heading that are no events, by their number of columns.
_GDELT: Final = {
    16: "GDELT's mentions of events",
    17: "GDELT's reduced set, sums by day, pair and code without ids or articles",
    27: "GDELT's knowledge graph",
}
#: Files with a heading that are no events of a format, by columns that they have.
_KNOWN: Final = (
    (
        frozenset({"cameocode", "numevents"}),
        f"{_GDELT[17]}; download the event files (export.CSV) instead",
    ),
    (
        frozenset({"sidea", "sideb", "typeofviolence"}),
        "UCDP's events, a format that is not read; sum them by week into a series instead",
    ),
)
_SUMS: Final = frozenset({"events", "fatalities", "eventcount", "numberofevents"})


@dataclass(frozen=True, slots=True)
class Heading:
    """Columns of a file.

    Attributes
    ----------
    width : int
        Cells that a row has to have.
    at : dict of str to int
        Position of each column, under the name the format gives it.
    headed : bool
        Whether the first row is a heading.
    """

    width: int
    at: dict[str, int]
    headed: bool


def heading_of(form: Format, first: Sequence[str], *, place: str) -> Heading:
    """Find the columns of a format in the first row of a file.

    Raises
    ------
    ReportsError
        Where a column is missing, saying what the file is where that can be told.
    """
    names = [name.strip() for name in first]
    if form.header and [plain(form.header[0])] != [plain(name) for name in names[:1]]:
        fits = [columns for columns in form.headers if len(columns) == len(names)]
        if not fits:
            raise ReportsError(
                f"{place}: has {_cells(len(names))} a row, not the {len(form.header)} of "
                f"{form.title}{_told(names, form)}"
            )
        return Heading(len(fits[0]), columns_at(form, fits[0]), headed=False)
    at = columns_at(form, names)
    if lacking := [name for name in form.needed if name not in at]:
        raise ReportsError(
            f"{place}: column {lacking[0]!r} is missing; --format {form.name} reads files with the "
            f"columns {', '.join(dict.fromkeys(form.needed))}{_told(names, form)}"
        )
    short = [plain(name) for name in names]
    if twice := [name for name in at if short.count(plain(name)) > 1]:
        raise ReportsError(f"{place}: column {twice[0]!r} stands twice; keep one")
    return Heading(len(names), at, headed=True)


def delimiter_of(line: str) -> str:
    """Find what splits a line into most cells.

    Examples
    --------
    >>> delimiter_of("a;b,c;d"), delimiter_of("a")
    (';', ',')
    """
    return max(_DELIMITERS, key=lambda one: len(split_line(line, one)))


def split_line(line: str, delimiter: str) -> list[str]:
    """Split one line of CSV; one that cannot be split is one cell."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a cell of more than 128 KiB, or a line end inside it
        return [line]


def is_tags(cells: Sequence[str]) -> bool:
    """Whether a row holds HXL tags (``#date+occurred``), as files of HDX have below the heading."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(re.match(r"#[a-z]", cell, re.IGNORECASE) for cell in filled)


def kind_of(names: Sequence[str]) -> str:
    """Say what a file is, and what to do with it, by its first row; empty where that is unknown.

    Examples
    --------
    >>> kind_of(["Event ID", "Source Name"])
    ''
    >>> kind_of(["Country", "Month", "Year", "Events", "Fatalities"])[:39]
    'counts by period (columns Events, Fatal'
    """
    width, low = len(names), [plain(name) for name in names]
    for form in FORMATS.values():
        by_width = any(len(columns) == width for columns in form.headers)
        if (by_width and _coded_names(names)) or (form.headed and _has(form, names)):
            return f"{form.title}; use --format {form.name}"
    if is_tags(names):
        return "a file of HDX without its heading (HXL tags come first); add the heading"
    if width in _GDELT and any(map(_DAY.match, names[:3])):
        return f"{_GDELT[width]}; download the event files (export.CSV) instead"
    if known := next((said for some, said in _KNOWN if some <= set(low)), ""):
        return known
    if sums := [name for name, short in zip(names, low, strict=True) if short in _SUMS]:
        return (
            f"counts by period (columns {', '.join(sums)}), not single events; "
            "make them a series: forecast init --from-series"
        )
    return ""


def _has(form: Format, names: Sequence[str]) -> bool:
    at = columns_at(form, names)
    return all(name in at for name in form.needed)


def _coded_names(names: Sequence[str]) -> bool:
    return names[0].strip().isdigit() and _DAY.fullmatch(names[1].strip()) is not None


def _cells(number: int) -> str:
    return f"{number} cell{'' if number == 1 else 's'}"


def _told(names: Sequence[str], form: Format) -> str:
    if len(names) == 1:  # split by what the format has between cells, which this has not
        names = split_line(names[0], delimiter_of(names[0]))
    kind = kind_of(names)
    if kind and f"--format {form.name}" not in kind.split("; use ")[-1:]:
        return f"; this looks like {kind}"
    begin = ", ".join(repr(name[:30]) for name in names[:_SHOWN] if name)
    more = ", ..." if len(names) > _SHOWN else ""
    return f"; the file begins with {begin}{more}"
