"""A table of weekly (or daily, or monthly) numbers as streams."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from forecast.beliefs.grids import Grid, read_grid
from forecast.beliefs.numerals import as_float, read_numbers
from forecast.beliefs.series_columns import (
    first_days,
    ids_of,
    label_of,
    misfit,
    same_text,
    shown_text,
    step_of,
)
from forecast.errors import Problem, ReportsError

__all__ = ["Series", "read_series"]

_DATES = ("date", "week", "day", "month")
_GROUP = "series"
_LEAST_NUMBERS = 20
_SEARCHED = 10  # rows in which the heading may stand
#: Beyond these the sums of a model lose what a number says.
_LARGEST, _SMALLEST = 1e15, 1e-12


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
    label : str
        What people read; empty where the names say it.
    """

    group: str
    name: str
    dates: tuple[dt.date, ...]
    values: tuple[float, ...]
    step: int
    label: str = ""

    @property
    def counts(self) -> bool:
        """Whether these are whole numbers from 0 on."""
        return all(value >= 0 and value.is_integer() for value in self.values)

    @property
    def title(self) -> str:
        """What people call the stream."""
        return self.label or label_of((self.group, self.name))


def read_series(
    path: Path | str, *, today: dt.date = dt.date.max, notes: list[str] | None = None
) -> list[Series]:
    """Read every stream of a file.

    The file has a column ``date`` (or ``week``, ``day``, ``month``) with the first day of each
    period, one column for each stream, and, where several things are counted, a column ``series``
    that says which. An empty cell is a period without a number.

    Parameters
    ----------
    path : path
        CSV, whatever stands between the cells, or a workbook.
    today : datetime.date, optional
        Periods that end after it have no number yet.
    notes : list of str, optional
        What a user should know of how the file was read is added here.

    Returns
    -------
    list of Series
        Group by group, in the order of the file.

    Raises
    ------
    ReportsError
        When any cell cannot be used; ``problems`` lists all of them.
    """
    grid = read_grid(Path(path), wanted=_dated)
    if isinstance(grid, Problem):
        raise ReportsError(str(grid), problems=[grid])
    said = notes if notes is not None else []
    said += [f"{grid.file} {note}" for note in grid.notes]
    reading = _Reading(grid, *_header(grid))
    _require(reading.problems)
    found = reading.streams(said)
    _require(reading.problems)
    step = step_of(found.values())
    _require([*_unused(reading, found, step, today)])
    groups, columns = reading.ids()
    return [
        Series(
            group=groups.get(group, ""),
            name=columns[column],
            dates=tuple(sorted(held)),
            values=tuple(held[day] for day in sorted(held)),
            step=step,
            label=label_of((group, column)),
        )
        for (group, column), held in found.items()
    ]


def _require(problems: Sequence[Problem]) -> None:
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ReportsError(f"{problems[0]}{more}", problems=problems)


class _Reading:
    """Columns of a table, read one by one; what is wrong is added to the problems."""

    def __init__(self, grid: Grid, names: list[str], when: int, group: int | None) -> None:
        self.grid, self._names, self._when, self._group = grid, names, when, group
        self.problems = list(grid.problems)
        self._rows = [(line, row) for line, row in grid.rows[1:] if len(row) == len(names)]
        self.problems += [
            Problem(grid.file, line, "", f"has {len(row)} cells", f"the header has {len(names)}")
            for line, row in grid.rows[1:]
            if len(row) != len(names)
        ]
        self.lines: dict[tuple[str, dt.date], int] = {}
        self._groups: dict[str, str] = {}

    def streams(self, notes: list[str]) -> dict[tuple[str, str], dict[dt.date, float]]:
        """Read every number, by group and column, then day."""
        days = self._days(notes)
        groups = self._labels()
        columns = [n for n in range(len(self._names)) if n not in (self._when, self._group)]
        numbers = {column: self._numbers(column, notes) for column in columns}
        found: dict[tuple[str, str], dict[dt.date, float]] = {}
        for place, (line, _) in enumerate(self._rows):
            day = days[place]
            if day is None:
                continue
            self.lines.setdefault((groups[place], day), line)
            for column in columns:
                number = numbers[column][place]
                if number is None:
                    continue
                held = found.setdefault((groups[place], self._names[column]), {})
                if day in held:
                    self._wrong(line, column, f"{day} stands twice", "keep one")
                held[day] = number
        if not self.problems and not found:
            self._wrong(0, None, "holds no number", "a date and a number a row")
        order = [day for day in days if day is not None]
        if self._group is None and order != sorted(order):
            notes.append(f"{self.grid.file} is not in the order of its dates, and was sorted")
        return found

    def ids(self) -> tuple[dict[str, str], dict[str, str]]:
        """Name the groups and the columns, so that no two streams share a name."""
        used = (self._when, self._group)
        columns = ids_of([n for at, n in enumerate(self._names) if at not in used], kind="column")
        texts = [text for text in self._groups.values() if text]
        groups = ids_of(texts, kind="series")
        pairs = [f"{one}_{two}" for one, two in product(groups.values(), columns.values())]
        if len(set(pairs)) < len(pairs):
            groups = {text: f"series_{n}" for n, text in enumerate(texts, start=1)}
        return groups, columns

    def _wrong(self, line: int, column: int | None, came: str, allowed: str) -> None:
        where = "" if column is None else self._names[column]
        self.problems.append(Problem(self.grid.file, line, where, came, allowed))

    def _days(self, notes: list[str]) -> Sequence[dt.date | None]:
        read = first_days([row[self._when] for _, row in self._rows], epoch=self.grid.epoch)
        for place, came, allowed in read.faults:
            self._wrong(self._rows[place][0], self._when, came, allowed)
        for line, row in self._rows:
            if not row[self._when]:
                self._wrong(line, self._when, "is empty", "write a date")
        if read.note:
            notes.append(f"{self.grid.file}: {self._names[self._when]} {read.note}")
        return read.days

    def _labels(self) -> list[str]:
        if self._group is None:
            return [""] * len(self._rows)
        out = []
        for line, row in self._rows:
            text = row[self._group]
            if not same_text(text):
                self._wrong(line, self._group, "is empty", "name what the row is about")
            out.append(self._groups.setdefault(same_text(text), shown_text(text)))
        return out

    def _numbers(self, column: int, notes: list[str]) -> list[float | None]:
        cells = [row[column] for _, row in self._rows]
        read = read_numbers(cells, delimiter=self.grid.delimiter)
        twofold = {place for place, _, _ in read.faults}
        for place, came, allowed in read.faults[:1]:  # the others have the same two readings
            rest = len(read.faults) - 1
            more = f"; so have {rest} more of the column" if rest else ""
            self._wrong(self._rows[place][0], column, came, allowed + more)
        if read.note:
            notes.append(f"{self.grid.file}: {self._names[column]} {read.note}")
        out: list[float | None] = []
        for place, (cell, text) in enumerate(zip(cells, read.texts, strict=True)):
            number = as_float(text) if cell else None
            if number is not None and place not in twofold:
                self._check(self._rows[place][0], column, cell, number)
            out.append(number)
        return out

    def _check(self, line: int, column: int, cell: str, number: float) -> None:
        if math.isnan(number):
            allowed = "write a number, or nothing where there is none"
            allowed += "; texts go into a column 'series'"
            self._wrong(line, column, f"{cell!r} is not a number", allowed)
        elif abs(number) > _LARGEST or 0 < abs(number) < _SMALLEST:
            came = f"{cell!r} is beyond what can be reckoned with"
            self._wrong(line, column, came, "write it in another unit, such as millions")


def _unused(
    reading: _Reading,
    found: dict[tuple[str, str], dict[dt.date, float]],
    step: int,
    today: dt.date,
) -> list[Problem]:
    """List streams that are too short or have no one period, and periods that are not over."""
    file, out = reading.grid.file, []
    latest = today - dt.timedelta(days=step - 1)
    for (group, column), held in found.items():
        name = f"{group} {column}".strip()
        late = [day for day in sorted(held) if day > latest]
        if late:
            more = f", and so are {len(late) - 1} more" if len(late) > 1 else ""
            came, allowed = f"{late[0]} is after today ({today}){more}", "leave it out"
            if late[0] <= today:
                came = f"the period from {late[0]} ({step} days) ends after today ({today})"
                allowed = "leave it out until it is over; a date is the first day of its period"
            out.append(Problem(file, reading.lines[group, late[0]], column, came, allowed))
        if len(held) < _LEAST_NUMBERS:
            came = f"has {len(held)} number{'' if len(held) == 1 else 's'}"
            out.append(Problem(file, 0, name, came, "at least 20 make a first model"))
        elif (pair := misfit(held, step)) is not None:
            gap = (pair[1] - pair[0]).days
            came = f"{pair[1]} is {gap} days after {pair[0]}, where a period has {step} days"
            allowed = "write one file for weeks and one for months"
            out.append(Problem(file, reading.lines[group, pair[1]], name, came, allowed))
    return out


def _dated(heading: Sequence[str]) -> bool:
    return not {*_DATES}.isdisjoint(same_text(shown_text(name)) for name in heading)


def _header(grid: Grid) -> tuple[list[str], int, int | None]:
    shown = [shown_text(name) for name in grid.heading]
    names = [name or f"column {at}" for at, name in enumerate(shown, start=1)]
    low = [same_text(name) for name in names]
    when = next((low.index(name) for name in _DATES if name in low), None)
    group = low.index(_GROUP) if _GROUP in low else None
    came, line = "", grid.rows[0][0] if grid.rows else 1
    below = next((at for at, row in grid.rows[1:_SEARCHED] if _dated(row)), 0)
    if when is None and below:
        line, came = below, "the heading stands here, not in the first row"
        allowed = "delete the rows above it"
    elif when is None:
        came, allowed = f"has no column {_DATES[0]!r}", f"one of {', '.join(_DATES)}"
    elif len(names) < (2 if group is None else 3):
        came, allowed = "has no column of numbers", "one column for each stream"
    elif len(set(low)) < len(names):
        came, allowed = "has two columns of one name", "give each its own"
    if came:
        problem = Problem(grid.file, line, "header", came, allowed)
        raise ReportsError(str(problem), problems=[problem])
    assert when is not None
    return names, when, group
