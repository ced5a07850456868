"""Columns of a table of series: names of streams, and the first days of their periods."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from forecast.beliefs.days import EPOCH, Days, read_days

__all__ = [
    "first_days",
    "ids_of",
    "label_of",
    "misfit",
    "plain_id",
    "same_text",
    "shown_text",
    "step_of",
]

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
