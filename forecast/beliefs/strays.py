"""Files that lie where tables are read from and cannot be used: named, so that none is lost."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from forecast.beliefs.grids import Grid
from forecast.beliefs.headings import Layout, column_name
from forecast.beliefs.texts import cut
from forecast.errors import Problem

__all__ = ["heading_elsewhere", "left_out", "unread_file"]

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
