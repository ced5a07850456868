"""Days as people and spreadsheets write them: one reading for a whole column, or none.

==============================================  ==============================================
``2024-03-01``, ``2024/3/1``, ``2024.03.01``    the year first: one reading
``2024-03-01 00:00:00``, ``2024-03-01T09:30Z``  its day, as it is written
``1 March 2024``, ``Mar 1, 2024``               the month in English: one reading
``45352``                                       Excel's number of the day (of its 1900 system)
``13/06/2024``, ``6.13.2024``                   day and month by what is possible in the column
``03/04/24``                                    refused: a year has four digits
``2024``, ``Dec 2024``, ``2024-W05``            refused with their first day and their last
==============================================  ==============================================

A day that stands alone, on the command line, in YAML or in a question, is read in the same way,
but a number alone is none there: people do not count days from 1900.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from forecast.beliefs.literals import cut

__all__ = ["EPOCH", "Days", "Order", "day_in", "order_of", "read_day", "read_days"]

#: Which of day and month comes first where the year comes last.
Order = Literal["day first", "month first"]

_WRITE = "write it as 2023-09-27"

_ANY_CASE = re.IGNORECASE | re.ASCII
_CLOCK = (
    r"(?:[T ]\s*(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-6]\d(?:\.\d+)?)?(?:\s*[AP]M)?"
    r"\s*(?:Z|UTC|[+-]00:?00)?)?"
)
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_CLOCK}", _ANY_CASE)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])\s?(\d{{1,2}})\2\s?(\d{{4}}){_CLOCK}", _ANY_CASE)
_SHORT_YEAR = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{2}}){_CLOCK}", _ANY_CASE)
_NAMED = re.compile(rf"(\d{{1,2}})[-. ]+([a-z]{{3,9}})\.?[-, ]+(\d{{2,4}}){_CLOCK}", _ANY_CASE)
_NAME_FIRST = re.compile(rf"([a-z]{{3,9}})\.? +(\d{{1,2}}),? +(\d{{4}}){_CLOCK}", _ANY_CASE)
_SERIAL = re.compile(r"([2-5]\d{4})(?:\.\d+)?", re.ASCII)  # 1954 to 2064
#: What is near a day, and told apart in messages.
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_IMPOSSIBLE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2\d{1,2}", re.ASCII)
_WEEK = re.compile(r"(\d{4})-?W(\d\d)(?:-?([1-7]))?", _ANY_CASE)
_MONTH = re.compile(
    r"(\d{4})[-/.](\d\d?)|([a-z]{3,9})\.?[- ](\d{4})|(\d{4})[- ]([a-z]{3,9})\.?", _ANY_CASE
)
_TIMED = re.compile(r"\d{4}-\d\d-\d\d[T ]\s*\d", re.ASCII)
_YEAR = re.compile(r"[1-9]\d{3}", re.ASCII)
_RELATIVE = {
    *("now", "today", "tomorrow", "yesterday"),
    *(f"{which} {unit}" for which in ("next", "last") for unit in ("week", "month", "year")),
}
_DASHES = re.compile("[\u2010-\u2015\u2212]")
#: The day of Excel's number 0.
EPOCH = dt.date(1899, 12, 30)
_MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
} | {"sept": 9}


@dataclass(frozen=True, slots=True)
class Days:
    """What was read of a column.

    Attributes
    ----------
    days : tuple of datetime.date or None
        One for each cell; None where there is none.
    faults : tuple of (int, str, str)
        Position of a cell in the column, what came, and what is allowed. Where the column as a
        whole cannot be read there is one, of the first cell that has two readings.
    note : str
        What a user should know, such as that day numbers of Excel were read.
    undecided : tuple of int
        Positions of the cells that have no one reading; the first of them is among the faults.
    """

    days: tuple[dt.date | None, ...]
    faults: tuple[tuple[int, str, str], ...] = ()
    note: str = ""
    undecided: tuple[int, ...] = ()


def order_of(texts: Iterable[str]) -> Order | Literal["both", "neither"] | None:
    """Find which order of day and month the days of a column have, where the year comes last.

    Parameters
    ----------
    texts : iterable of str
        Read once, so that a long file can be gone through row by row.

    Returns
    -------
    {"day first", "month first", "both", "neither"} or None
        ``both`` where nothing decides, ``neither`` where two cells contradict each other; None
        where no day is written so, or the order of none of them matters (``03/03/2024``).

    Examples
    --------
    >>> order_of(["03/04/2024", "13/04/2024"]), order_of(["02-06-2023", "02-13-2023"])
    ('day first', 'month first')
    >>> order_of(["03/04/2024"]), order_of(["13/04/2024", "04/13/2024"])
    ('both', 'neither')
    """
    day_first = month_first = matters = False
    for text in texts:
        match = _YEAR_LAST.fullmatch(_bare(text))
        if match is not None:
            first, second = int(match[1]), int(match[3])
            day_first |= first > 12 >= second
            month_first |= second > 12 >= first
            matters |= first != second
    if day_first and month_first:
        return "neither"
    if day_first or month_first:
        return "day first" if day_first else "month first"
    return "both" if matters else None


def read_days(
    texts: Sequence[str],
    *,
    order: Order | Literal["both", "neither"] | None = None,
    epoch: dt.date = EPOCH,
) -> Days:
    """Read a column of days; empty cells give none.

    Day and month are told apart by the whole column, only where one order is possible; or by all
    the columns of a table, whose `order` is given then.
    `epoch` is the day of number 0, where a workbook says so.

    Examples
    --------
    >>> read_days(["2024-03-01 00:00:00", "45353"]).days
    (datetime.date(2024, 3, 1), datetime.date(2024, 3, 2))
    >>> read_days(["3.4.2024"]).faults[0][2][:63]
    'write it as 2023-09-27: it may be 2024-04-03 or 2024-03-04, and'
    """
    bare = {text: _bare(text) for text in dict.fromkeys(texts)}  # a long column repeats its days
    cells = [bare[text] for text in texts]
    own = order_of(bare.values())
    order = own if order is None else order
    undecided, reason = _undecided(cells, order, elsewhere=own != order)
    days: list[dt.date | None] = []
    faults = []
    if undecided:
        faults.append((undecided[0], f"{texts[undecided[0]].strip()!r} is not a date", reason))
    spoilt = set(undecided)
    read = {text: day_in(text, order, epoch=epoch) for text in set(bare.values())}
    for place, text in enumerate(cells):
        day = None if place in spoilt else read[text]
        days.append(day)
        if text and day is None and place not in spoilt:
            faults.append(_fault(place, text, texts[place].strip()))
    numbers = any(day and _SERIAL.fullmatch(text) for text, day in read.items())
    first = "1 as 1 January 1900" if epoch == EPOCH else f"0 as {epoch.day} January {epoch.year}"
    note = f"holds Excel's day numbers, read with {first}" if numbers else ""
    return Days(tuple(days), tuple(faults), note, tuple(undecided))


def read_day(value: object) -> dt.date:
    """Read a day that stands alone.

    Parameters
    ----------
    value : object
        A text, a date, or a moment of which it is the day.

    Raises
    ------
    ValueError
        If it is none, or may be two; the message says how it is written.

    Examples
    --------
    >>> read_day("31.12.2024") == read_day("2024-12-31") == dt.date(2024, 12, 31)
    True
    """
    text = str(value)
    if isinstance(value, dt.date) and text != "NaT":  # to pandas that is a moment, too
        return value.date() if isinstance(value, dt.datetime) else value
    shown = repr(cut(text)) if isinstance(value, str) else cut(text)
    shown = "nothing" if value is None else shown
    read = read_days([text])
    day, allowed = read.days[0], _WRITE
    if read.undecided:
        allowed = f"{_WRITE}: it may be {_listed(_readings(_bare(text)))}"
    elif read.faults:
        allowed = read.faults[0][2]
    elif read.note:
        allowed = f"write it as {day}, if Excel's number of that day is meant"
    elif day is not None:
        return day
    raise ValueError(f"{shown} is not a date; {allowed}")


def _undecided(
    cells: Sequence[str], order: str | None, *, elsewhere: bool
) -> tuple[list[int], str]:
    """List the cells whose day and month cannot be told apart, one to be shown first, and why."""
    if order is None:
        return [], ""
    last = [place for place, text in enumerate(cells) if _YEAR_LAST.fullmatch(text)]
    if not last:
        return [], ""
    last.sort(key=lambda place: len(_readings(cells[place])) < 2)
    readings = _listed(_readings(cells[last[0]]))
    if order in {"both", "neither"}:
        tells = "nothing else in the column tells"
        if order == "neither":
            tells = "other days of the column contradict each other"
            tells = "another column has the other order" if elsewhere else tells
        return last, f"{_WRITE}: it may be {readings}, and {tells}"
    other = next((text for text in cells if text and day_in(text, None) is not None), "")
    if other:  # a spreadsheet that took some days for its own read those with both swapped
        return last, f"{_WRITE}: {other!r} in the same column is written another way"
    return [], ""


def day_in(text: str, order: str | None, *, epoch: dt.date = EPOCH) -> dt.date | None:
    """Read one cell; with the year last, only in the order that was found.

    Examples
    --------
    >>> str(day_in("3.4.2024", "day first")), day_in("3.4.2024", None)
    ('2024-04-03', None)
    """
    if match := _YEAR_FIRST.fullmatch(text):
        return _date(match[1], match[3], match[4])
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = match[1], match[3], match[4]
        if order is None and first.lstrip("0") != second.lstrip("0"):
            return None
        return _date(year, *((first, second) if order == "month first" else (second, first)))
    if match := _SERIAL.fullmatch(text):
        return epoch + dt.timedelta(days=int(match[1]))
    return _named(text)


def _bare(text: str) -> str:
    """Write every dash as the hyphen that a day has."""
    return _DASHES.sub("-", text.strip())


def _named(text: str) -> dt.date | None:
    """Read a day whose month has a name."""
    if (match := _NAMED.fullmatch(text)) and len(match[3]) == 4:
        return _date(match[3], _MONTHS.get(match[2].lower(), 0), match[1])
    if match := _NAME_FIRST.fullmatch(text):
        return _date(match[3], _MONTHS.get(match[1].lower(), 0), match[2])
    return None


def _date(year: str, month: str | int, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _readings(text: str) -> list[str]:
    """List every day that a cell may mean, as 2024-03-01."""
    if match := _YEAR_LAST.fullmatch(text):
        parts = [(match[4], match[3], match[1]), (match[4], match[1], match[3])]
    elif match := _SHORT_YEAR.fullmatch(text):
        a, b, c = match[1].zfill(2), match[3].zfill(2), match[4]
        parts = [(f"20{c}", b, a), (f"20{c}", a, b), (f"20{a}", b, c), (f"19{c}", b, a)]
    elif match := _NAMED.fullmatch(text):
        month = str(_MONTHS.get(match[2].lower(), 0))
        parts = [(f"{century}{match[3]}", month, match[1]) for century in (20, 19)]
    else:
        return []
    return list(dict.fromkeys(day.isoformat() for part in parts if (day := _date(*part))))


def _fault(place: int, text: str, written: str) -> tuple[int, str, str]:
    """Say what is wrong with a cell that is no day."""
    short = _SHORT_YEAR.fullmatch(text) or _NAMED.fullmatch(text)
    readings = _readings(text) if short else []
    more = f"{_WRITE}: it may be {_listed(readings)}" if readings else ""
    allowed = more or _meant(text) or _WRITE
    return place, f"{cut(written)!r} is not a date", allowed


def _meant(text: str) -> str:
    """Say how to write what was meant, where that can be told of a text that is no day."""
    if (match := _COMPACT.fullmatch(text)) and (day := _date(match[1], match[2], match[3])):
        return f"write it as {day}"
    if match := _IMPOSSIBLE.fullmatch(text):
        return f"{_WRITE}: {_why_not(int(match[1]), int(match[3]))}"
    if any(form.fullmatch(text) for form in (_YEAR_LAST, _NAMED, _NAME_FIRST)):
        return f"{_WRITE}: there is no such day"
    if _TIMED.match(text):
        return f"{_WRITE}, without a time or a zone"
    if text.lower() in _RELATIVE:
        return "write the day itself, such as 2023-09-27"
    return _of_several(text)


def _of_several(text: str) -> str:
    """Say which days a week, a month or a year has."""
    try:
        if match := _WEEK.fullmatch(text):
            first = dt.date.fromisocalendar(int(match[1]), int(match[2]), int(match[3] or 1))
            what, last = "week", first + dt.timedelta(days=6)
            if match[3]:
                return f"write it as {first}"
        elif match := _MONTH.fullmatch(text):
            year, named = match[1] or match[4] or match[5], match[3] or match[6]
            month = int(match[2] or _MONTHS.get(named.lower(), 0))
            first = dt.date(int(year), month, 1)
            what, last = "month", first.replace(day=calendar.monthrange(int(year), month)[1])
        elif _YEAR.fullmatch(text):
            what, first, last = "year", dt.date(int(text), 1, 1), dt.date(int(text), 12, 31)
        else:
            return ""
    except (ValueError, OverflowError):
        return f"{_WRITE}: there is no such week or month"
    return f"a {what} is meant: write one of its days, from {first} to {last}"


def _why_not(year: int, month: int) -> str:
    """Say why a day with the year first is none."""
    if year < dt.MINYEAR:
        return "years begin with 1"
    if not 1 <= month <= 12:
        return "months are 01 to 12"
    return f"{calendar.month_name[month]} {year} has {calendar.monthrange(year, month)[1]} days"


def _listed(readings: Sequence[str]) -> str:
    return " or ".join(readings)
