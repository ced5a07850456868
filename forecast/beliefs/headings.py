"""Headings of tables: what columns a kind of file has, and files that have none of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from forecast.beliefs.grids import Grid
from forecast.beliefs.texts import cut
from forecast.errors import Problem
from forecast.names import nearest

__all__ = [
    "Layout",
    "column_name",
    "header_faults",
    "heading_elsewhere",
    "layout_of",
    "left_out",
    "unread_file",
]

_MOST_UNKNOWN = 20  # columns that are named; the others are counted


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns a kind of file has.

    Attributes
    ----------
    key : str
        The column that tells this kind of file from others.
    required, optional : tuple of str
        Columns that must be there, and those that may.
    alike : int
        A file without the key that has this many of the columns was meant to have the layout.
    days, numbers, shares : tuple of str
        Columns of days, of numbers, and of probabilities: each is read as a whole, so that a cell
        with two readings is read by its neighbours or refused.
    others : bool
        Whether a file may have columns of its own, which are passed over.
    """

    key: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    alike: int = 3
    days: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    others: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column, required ones first."""
        return (*self.required, *self.optional)


def column_name(text: str) -> str:
    """Write the name of a column as the layouts do: without case, blanks or full-width letters.

    Examples
    --------
    >>> column_name(" Report ID "), column_name("reported-on")
    ('report_id', 'reported_on')
    """
    return "_".join(normalize("NFKC", text).casefold().replace("-", " ").replace("_", " ").split())


def layout_of(names: list[str], layouts: Collection[Layout]) -> Layout | None:
    """Find the layout of a heading by its key, or by most of its columns."""
    for layout in layouts:
        if layout.key in names:
            return layout
    shared = {layout: len(set(names) & set(layout.columns)) for layout in layouts}
    best = max(shared, key=lambda layout: shared[layout] - layout.alike)
    return best if shared[best] >= best.alike else None


def header_faults(grid: Grid, names: list[str], layout: Layout) -> Iterator[tuple[str, str]]:
    """List what is wrong with a heading: what came, and what is allowed."""
    times, known, unknown = Counter(names), set(layout.columns), 0
    for name in layout.required:
        if name not in times:
            yield f"column {name!r} is missing", "add it"
    seen: set[str] = set()
    for place, (name, written) in enumerate(zip(names, grid.heading, strict=True)):
        if name in seen:
            continue
        if not name:
            yield f"column {place + 1} has no name, but is not empty", "name it or empty it"
            continue
        seen.add(name)
        if times[name] > 1:
            yield f"column {cut(name)!r} stands {times[name]} times", "keep one"
        elif name not in known and not layout.others:
            unknown += 1
            if unknown <= _MOST_UNKNOWN:
                hint = nearest(name, layout.columns) or f"columns are {', '.join(layout.columns)}"
                yield f"unknown column {cut(written)!r}", hint
    if unknown > _MOST_UNKNOWN:
        more = unknown - _MOST_UNKNOWN
        yield f"{more} more unknown columns", f"columns are {', '.join(layout.columns)}"


#: Endings of files that may hold a table and are not read; a text beside them may be anything.
_UNREAD = frozenset(
    {
        *(".xls", ".xlsb", ".ods", ".fods", ".numbers", ".gsheet", ".tab", ".psv", ".gz", ".zip"),
        *(".json", ".jsonl", ".ndjson", ".parquet", ".feather", ".dta", ".sav", ".sqlite", ".db"),
    }
)
_SEARCHED = 10  # rows in which a heading may stand


def unread_file(path: Path) -> Problem | None:
    """Say that a file is of a kind that may hold a table and is not read; None for any other."""
    if path.suffix.lower() not in _UNREAD or path.name.startswith((".", "~$")):
        return None
    allowed = "save it as .xlsx or as CSV (UTF-8), or take it out of the folder"
    return Problem(str(path), 0, "", f"is not read ({path.suffix})", allowed, "warning")


def left_out(grid: Grid, layouts: Collection[Layout]) -> Problem:
    """Say that a table has none of the layouts."""
    heading = cut(", ".join(grid.heading))
    came = f"was left out: no columns that are known ({heading})" if heading else "is empty"
    allowed = (
        f"one of the columns {', '.join(layout.key for layout in layouts)} tells what it holds"
    )
    return Problem(grid.file, 0, "", came, allowed, "warning")


def heading_elsewhere(grid: Grid, layouts: Collection[Layout]) -> Problem | None:
    """Say where the heading of a layout stands, if it is not the first row or was not split."""
    for at, (line, cells) in enumerate(grid.rows[:_SEARCHED]):
        names = [column_name(cell) for cell in cells]
        whole = ",".join(names)
        for layout in layouts:
            if at and {layout.key, *layout.required} <= set(names):
                return Problem(
                    grid.file,
                    line,
                    "",
                    "the heading stands here, not in the first row",
                    "delete the rows above it",
                )
            if len(names) < len(layout.required) and all(name in whole for name in layout.required):
                came = f"the heading is in {len(names)} cell{'s' if len(names) > 1 else ''}"
                came += f" ({cut(' | '.join(cells), 60)})"
                allowed = "put commas between the cells, and quotes around none but single cells"
                return Problem(grid.file, line, "", came, allowed)
    return None
