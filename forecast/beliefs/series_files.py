"""A table of weekly (or daily, or monthly) numbers as streams: their names, periods and values."""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from statistics import median

from forecast.beliefs.days import EPOCH, Days, read_days
from forecast.beliefs.literals import as_float, read_numbers
from forecast.beliefs.places import Grid, read_grid
from forecast.errors import Problem, ReportsError

__all__ = [
    "Series",
    "first_days",
    "ids_of",
    "label_of",
    "misfit",
    "plain_id",
    "read_series",
    "same_text",
    "shown_text",
    "step_of",
]


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


#: Words that YAML reads as something else than a text.
_TYPED = frozenset({"null", "true", "false", "yes", "no", "on", "off"})
_LONGEST = 60
_LONGEST_LABEL = 120


def ids_of(texts: Sequence[str], *, kind: str) -> dict[str, str]:
    """Give every text an id of its own; one that Latin letters cannot write is numbered.

    Parameters
    ----------
    texts : sequence of str
        Different ones, by `same_text`.
    kind : str
        What they name, for those that are numbered.

    Examples
    --------
    >>> ids_of(["Китай", "북한", "China (PRC)"], kind="series")
    {'Китай': 'series_1', '북한': 'series_2', 'China (PRC)': 'china_prc'}
    >>> ids_of(["no", "A b", "a-b"], kind="column")
    {'no': 'x_no', 'A b': 'a_b', 'a-b': 'a_b_2'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for number, text in enumerate(texts, start=1):
        base = plain_id(text) or f"{kind}_{number}"
        name, again = base, 2
        while name in taken:
            name, again = f"{base}_{again}", again + 1
        taken.add(name)
        found[text] = name
    return found


def plain_id(text: str) -> str:
    """Make an id of the letters a to z, digits and ``_``; empty where letters would be lost.

    Examples
    --------
    >>> plain_id("China-Japan (2005)"), plain_id("1st"), plain_id("Zürich"), plain_id("Львів")
    ('china_japan_2005', 'x_1st', 'zurich', '')
    """
    bare = "".join(
        sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)
    )
    if any(sign.isalnum() and not sign.isascii() for sign in bare):
        return ""
    name = re.sub(r"[^a-z0-9]+", "_", bare.lower()).strip("_")[:_LONGEST].rstrip("_")
    return name if name[:1].isalpha() and name not in _TYPED else f"x_{name}" if name else ""


def label_of(texts: Iterable[str]) -> str:
    """Write what people read: the texts as they came, without signs that cannot be printed.

    Examples
    --------
    >>> label_of(["", "incidents_north"]), label_of(["북한", "count"])
    ('Incidents north', '북한 count')
    """
    shown = " ".join(texts)
    if shown.isascii():
        shown = shown.replace("_", " ")
    label = shown_text(shown).lstrip("=+-@ ")[:_LONGEST_LABEL].rstrip()
    return label[:1].upper() + label[1:] if label.isascii() else label


def shown_text(text: str) -> str:
    r"""Write a text in one line of signs that can be printed.

    Examples
    --------
    >>> shown_text("a\x0cb\u200b c")
    'a b c'
    """
    kept = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(kept.split())


def same_text(text: str) -> str:
    """Key that a text shares with those that look the same: case, width and invisible signs."""
    shown = unicodedata.normalize("NFKC", text)
    kept = "".join(sign for sign in shown if unicodedata.category(sign) not in {"Cf", "Cc"})
    return " ".join(kept.casefold().split())


_ISO_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})(?:-?1)?", re.IGNORECASE | re.ASCII)
_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})[- ]?Q([1-4])|Q([1-4])[- ](\d{4})", re.IGNORECASE | re.ASCII)
_NAMED = re.compile(r"([A-Za-z]{3,9})\.?[- ](\d{4})", re.ASCII)
_COMPACT = re.compile(r"((?:1[89]|20)\d{2})(\d{2})(\d{2})", re.ASCII)
_EARLIEST = dt.date(1800, 1, 1)
_A_MONTH = 30.44
_SHORTEST_MONTH = 28


def first_days(texts: Sequence[str], *, epoch: dt.date = EPOCH) -> Days:
    """Read the first day of each period, written as a day, a week, a month or a quarter.

    Examples
    --------
    >>> [str(day) for day in first_days(["2023-W05", "2023-W06"]).days]
    ['2023-01-30', '2023-02-06']
    >>> [str(first_days([text]).days[0]) for text in ("2023-02", "Feb 2023", "2023-Q1", "20230206")]
    ['2023-02-01', '2023-02-01', '2023-01-01', '2023-02-06']
    """
    read = read_days([_as_day(text.strip()) for text in texts], epoch=epoch)
    came = [
        (place, f"{texts[place].strip()!r} is not a date", allowed)
        for place, _, allowed in read.faults
    ]
    early = [
        (place, f"{day} is before {_EARLIEST.year}", "correct it")
        for place, day in enumerate(read.days)
        if day is not None and day < _EARLIEST
    ]
    return Days(read.days, (*came, *early), read.note, read.undecided)


def _as_day(text: str) -> str:
    """Write the first day of a week, month or quarter; anything else as it came."""
    try:
        if match := _ISO_WEEK.fullmatch(text):
            return str(dt.date.fromisocalendar(int(match[1]), int(match[2]), 1))
        if match := _MONTH.fullmatch(text):
            return str(dt.date(int(match[1]), int(match[2]), 1))
        if match := _QUARTER.fullmatch(text):
            quarter = int(match[2] or match[3])
            return str(dt.date(int(match[1] or match[4]), 3 * quarter - 2, 1))
        if match := _NAMED.fullmatch(text):
            return f"1 {match[1]} {match[2]}"
        if match := _COMPACT.fullmatch(text):
            return f"{match[1]}-{match[2]}-{match[3]}"
    except ValueError:
        pass
    return text


def step_of(streams: Iterable[Iterable[dt.date]]) -> int:
    """Days in a period: the median of what lies between two numbers."""
    gaps = [(b - a).days for days in streams for a, b in pairwise(sorted(days))]
    return max(1, int(median(gaps or [1])))


def misfit(days: Iterable[dt.date], step: int) -> tuple[dt.date, dt.date] | None:
    """Give the first two days between which there is no whole number of periods.

    Months and quarters count by the calendar; periods may be missing.

    Examples
    --------
    >>> weeks = [dt.date(2024, 1, 1), dt.date(2024, 1, 8), dt.date(2024, 1, 22)]
    >>> misfit(weeks, 7) is None, misfit([*weeks, dt.date(2024, 1, 25)], 7) is None
    (True, False)
    """
    return next((pair for pair in pairwise(sorted(days)) if not _fits(*pair, step)), None)


def _fits(one: dt.date, two: dt.date, step: int) -> bool:
    if step < _SHORTEST_MONTH:
        gap = (two - one).days
        periods = round(gap / step)
        return periods >= 1 and abs(gap - periods * step) <= step // 4
    months = 12 * (two.year - one.year) + two.month - one.month
    ends = all(_is_last(day) for day in (one, two))
    slack = 0 if ends else abs(two.day - one.day)
    if slack > 25:  # over the end of a month
        months += 1 if two.day > one.day else -1
        slack = 31 - slack
    each = max(1, round(step / _A_MONTH))
    return months >= 1 and months % each == 0 and slack <= 7


def _is_last(day: dt.date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]
