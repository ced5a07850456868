"""A CSV file of weekly (or daily, or monthly) numbers as streams."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from forecast.beliefs.grids import Grid, read_grid
from forecast.errors import Problem, ReportsError

__all__ = ["Series", "read_series"]

_DATES = ("date", "week", "day", "month")
_GROUP = "series"


@dataclass(frozen=True, slots=True)
class Series:
    """One stream: a number for each period, where there is one.

    Attributes
    ----------
    group : str
        What the row was about (a dyad, a theatre), as a name; empty where the file does not say.
    name : str
        Heading of the column, as a name.
    dates : tuple of datetime.date
        First day of each period with a number, rising.
    values : tuple of float
    step : int
        Days in a period.
    """

    group: str
    name: str
    dates: tuple[dt.date, ...]
    values: tuple[float, ...]
    step: int

    @property
    def counts(self) -> bool:
        """Whether these are whole numbers from 0 on."""
        return all(value >= 0 and value.is_integer() for value in self.values)


def read_series(path: Path | str) -> list[Series]:
    """Read every stream of a file.

    The file has a column ``date`` (or ``week``, ``day``, ``month``) with the first day of each
    period, one column for each stream, and, where several things are counted, a column ``series``
    that says which. An empty cell is a period without a number.

    Parameters
    ----------
    path : path

    Returns
    -------
    list of Series
        Group by group, in the order of the file.

    Raises
    ------
    ReportsError
        When any cell cannot be used; ``problems`` lists all of them.
    """
    grid = read_grid(Path(path))
    if isinstance(grid, Problem):
        raise ReportsError(str(grid), problems=[grid])
    file, rows, problems = grid.file, grid.rows, grid.problems
    names, when, group = _header(file, grid)
    found: dict[tuple[str, str], dict[dt.date, float]] = {}
    for line, row in rows[1:]:
        if len(row) != len(names):
            came = f"has {len(row)} cells"
            problems.append(Problem(file, line, "", came, f"the header has {len(names)}"))
            continue
        day = _day(file, line, row[when].strip(), problems)
        label = _name(row[group]) if group is not None else ""
        for column, cell in enumerate(row):
            if column in (when, group) or not cell.strip() or day is None:
                continue
            number = _number(file, line, names[column], cell, problems)
            held = found.setdefault((label, _name(names[column])), {})
            if held.setdefault(day, number) != number:
                came = f"{day} stands twice for {names[column]}"
                problems.append(Problem(file, line, names[column], came, "keep one"))
    if not problems and not found:
        problems.append(Problem(file, 0, "", "holds no number", "a date and a number a row"))
    problems += [
        Problem(file, 0, column, f"has {len(held)} numbers", "at least 20 make a first model")
        for (_, column), held in found.items()
        if len(held) < 20 and not problems
    ]
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ReportsError(f"{problems[0]}{more}", problems=problems)
    step = _step(found)
    return [
        Series(label, column, tuple(sorted(held)), tuple(held[d] for d in sorted(held)), step)
        for (label, column), held in found.items()
    ]


def _header(file: str, grid: Grid) -> tuple[list[str], int, int | None]:
    names = list(grid.heading)
    low = [name.lower() for name in names]
    when = next((low.index(name) for name in _DATES if name in low), None)
    group = low.index(_GROUP) if _GROUP in low else None
    came = ""
    if when is None:
        came, allowed = f"has no column {_DATES[0]!r}", f"one of {', '.join(_DATES)}"
    elif len(names) < (2 if group is None else 3):
        came, allowed = "has no column of numbers", "one column for each stream"
    elif len(set(map(_name, names))) < len(names):
        came, allowed = "has two columns of one name", "give each its own"
    if came:
        problem = Problem(file, 1, "header", came, allowed)
        raise ReportsError(str(problem), problems=[problem])
    assert when is not None
    return names, when, group


def _day(file: str, line: int, text: str, problems: list[Problem]) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else dt.date.fromisoformat("")
    except ValueError:
        problems.append(Problem(file, line, "date", f"{text!r} is not a date", "write 2023-09-27"))
        return None


def _number(file: str, line: int, column: str, text: str, problems: list[Problem]) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        allowed = "write a number, or nothing where there is none; texts go into a column 'series'"
        problems.append(Problem(file, line, column, f"{text.strip()!r} is not a number", allowed))
        return 0.0
    return number


def _step(found: dict[tuple[str, str], dict[dt.date, float]]) -> int:
    gaps = [(b - a).days for held in found.values() for a, b in pairwise(sorted(held))]
    return max(1, int(median(gaps)))


def _name(text: str) -> str:
    """Make a name out of a heading.

    Examples
    --------
    >>> _name("China-Japan (2005)"), _name("1st")
    ('china_japan_2005', 'x_1st')
    """
    name = re.sub(r"[^a-z0-9]+", "_", text.strip().lower()).strip("_") or "x"
    return name if name[0].isalpha() else f"x_{name}"
