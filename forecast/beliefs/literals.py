"""Literals: texts, numbers and periods out of what people write.

Bytes of a file are text in the encoding it was saved in. UTF-8 and UTF-16 are known for certain.
Windows-1252, which Excel writes in western Europe, is read only where every word it makes looks
like a word, and that is said; whatever else came is refused with what it may be.

Periods are ``12 months``, ``90 days``, ``2 weeks``, ``1 year``. Numbers are as people and
spreadsheets write them, with one reading for a whole column, or none:

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

import calendar
import codecs
import datetime as dt
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from forecast.errors import Problem

__all__ = [
    "Coding",
    "Numbers",
    "Text",
    "as_float",
    "cut",
    "dates",
    "days",
    "decode",
    "encoding_of",
    "later",
    "read_numbers",
    "western",
    "wording",
]


_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),  # begins as UTF-16 does, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SHOWN = 4  # words that a user should look at
_LOOKED_AT = 4096  # bytes in which NULs tell UTF-16 without a mark
_GUESSED_FROM = 1 << 16
_BLOCK = 1 << 20
#: Encodings that files of tables do come in, but for Windows-1252, which was tried.
_COMMON = (
    *("cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r"),
    *("mac_roman", "cp850", "shift_jis", "gb18030", "euc_kr", "big5"),
)

_ACCENTED = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœŠšŽžŸªº")
#: Signs that stand right before a word, right behind one, and between two letters.
_OPENING = frozenset("\u201c\u2018\u00ab\u2039\u201e\u201a\u00bf\u00a1\u2022\u00a7\u00a9\u00b0")
_CLOSING = frozenset("\u201d\u2019\u00bb\u203a\u2122\u00ae\u00b0\u00b2")
_JOINING = frozenset("\u2019\u2018\u2013\u2014\u2026\u00a0\u00b7\u00ad")
#: Quotation marks and dashes, which stand for themselves in every encoding of Windows.
_TELLING = frozenset("\u201c\u201d\u2018\u2019\u2013\u2014\u2026")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Coding:
    """What a file of text is encoded in.

    Attributes
    ----------
    codec : str
        As Python calls it.
    name : str
        As people call it.
    note : str
        As in `Text`.
    """

    codec: str = "utf-8"
    name: str = "UTF-8"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """What a file says.

    Attributes
    ----------
    text : str
    encoding : str
        As people call it.
    note : str
        What a user should look at, where the encoding was not certain; empty otherwise.
    """

    text: str
    encoding: str = "UTF-8"
    note: str = ""


def decode(file: str, body: bytes) -> Text | Problem:
    """Decode a file: UTF-8, UTF-16 or UTF-32, or Windows-1252 where it can be nothing else.

    Parameters
    ----------
    file : str
        The file as the user named it.
    body : bytes

    Returns
    -------
    Text or Problem
        The problem names the line, and the encoding the file may have.

    Examples
    --------
    >>> decode("a.csv", "Café".encode("cp1252"))
    Text(text='Café', encoding='Windows-1252', note="was read as Windows-1252: 'Café'")
    >>> print(decode("a.csv", "Обстрел города".encode("cp1251")))
    a.csv:1: is not UTF-8 text; save it as UTF-8 (it may be Windows-1251)
    """
    found = encoding_of(file, body)
    if isinstance(found, Problem):
        return found
    return Text(body.decode(found.codec), found.name, found.note)


def encoding_of(file: str, body: bytes) -> Coding | Problem:
    """Find what `decode` decodes by; UTF-8 and UTF-16 block by block, so that no text is held."""
    for mark, codec, name in _MARKS:
        if body.startswith(mark):
            return _certain(file, body, codec, name)
    if codec := _wide(body):
        return _certain(file, body, codec, "UTF-16")
    if (error := _undecodable(body, "utf-8")) is None:
        return Coding()
    line = body.count(b"\n", 0, error.start) + 1
    text = western(body)
    if text:
        note = f"was read as Windows-1252: {_telling(text)}"
        return Coding("cp1252", "Windows-1252", note)
    guess = _guessed(body)
    may_be = f" (it may be {guess})" if guess else ""
    return Problem(file, line, "", "is not UTF-8 text", f"save it as UTF-8{may_be}")


def western(body: bytes, *, sure: bool = True) -> str:
    """Read bytes that are no UTF-8 as Windows-1252; empty where that makes no words.

    With `sure` at least one word has to have a letter of the Latin alphabet beside another.

    Examples
    --------
    >>> western("Café".encode("cp1252")), western("Обстрел".encode("cp1251"))
    ('Café', '')
    """
    try:
        text = body.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return text if _plausible(text, sure=sure) else ""


def cut(text: str, most: int = 80) -> str:
    """Shorten what a message shows of a text."""
    return text if len(text) <= most else f"{text[:most]}..."


def _certain(file: str, body: bytes, codec: str, name: str) -> Coding | Problem:
    if (error := _undecodable(body, codec)) is None:
        return Coding(codec, name, "" if name == "UTF-8" else f"was read as {name}")
    line = body[: error.start].decode(codec, "replace").count("\n") + 1
    return Problem(file, line, "", f"begins as {name} but is not", "save it as UTF-8")


def _undecodable(body: bytes, codec: str) -> UnicodeDecodeError | None:
    """Say where bytes cannot be decoded; None where all of them can."""
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for at in range(0, len(body), _BLOCK):
            decoder.decode(body[at : at + _BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        try:
            body.decode(codec)
        except UnicodeDecodeError as error:  # of the whole, whose place it names
            return error
    return None


def _wide(body: bytes) -> str:
    """Name the order of bytes of UTF-16 without a mark: every second one is then mostly NUL."""
    start = body[:_LOOKED_AT]
    half = len(start) // 2
    odd, even = start[1::2].count(0), start[::2].count(0)
    if half < 4 or len(body) % 2:
        return ""
    if odd > 0.6 * half and even < 0.1 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 * half and odd < 0.1 * half else ""


def _telling(text: str) -> str:
    """Show a few words that have, between them, most of the letters that may be others."""
    seen: set[str] = set()
    shown: list[str] = []
    for word in re.findall(r"[^\s,;\"]+", text):
        strange = {sign for sign in word if not sign.isascii()}
        new = {sign for sign in strange - seen if sign.isalpha()}
        if (new or (strange and not shown)) and len(shown) < _SHOWN:
            shown.append(repr(cut(word, 30)))
            seen |= strange
    return ", ".join(shown)


def _plausible(text: str, *, sure: bool) -> bool:
    """Whether what came out as Windows-1252 looks like words of a language that uses it."""
    if not text.isprintable() and re.search(r"[\x01-\x08\x0e-\x1f\x7f]", text):
        return False
    words = _WORD.findall(text)
    shown = any(not word.isascii() and re.search("[A-Za-z]", word) for word in words)
    shown = shown or not _TELLING.isdisjoint(text)
    return (shown or not sure) and all(map(_word_like, words)) and _signs_in_place(text)


def _word_like(word: str) -> bool:
    strange = [c for c in word if not c.isascii()]
    if not _ACCENTED.issuperset(strange) or (len(word) > 1 and len(strange) == len(word)):
        return False
    if "\u0178" in word and not word.isupper():  # as which an ü of a Mac would be read
        return False
    return not any(a.islower() and b.isupper() and not b.isascii() for a, b in pairwise(word))


def _signs_in_place(text: str) -> bool:
    for before, sign, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        if sign.isascii() or sign.isalpha() or sign in _JOINING:
            continue
        if after.isalpha() and (before.isalpha() or sign not in _OPENING):
            return False
        if before.isalpha() and sign not in _CLOSING:
            return False
    return True


def _guessed(body: bytes) -> str:
    """Name the encoding that charset-normalizer finds likeliest."""
    from charset_normalizer import from_bytes

    best = from_bytes(body[:_GUESSED_FROM], cp_isolation=list(_COMMON)).best()
    if best is None:
        return ""
    return best.encoding.replace("cp125", "Windows-125").replace("_", "-")


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
    bodies = {text: _body(text, shares=shares) for text in dict.fromkeys(texts)}
    told = _told(bodies.values())
    point = _decimal_point([bodies[text] for text in texts], told, delimiter)
    out = {text: _read(text, body, point) for text, body in bodies.items()}
    either = {text for text, body in bodies.items() if _number(body, point) == _EITHER}
    faults = [
        (place, *_two_ways(text, bodies[text]))
        for place, text in enumerate(texts if either else ())
        if text in either
    ]
    comma = any(_COMMA.fullmatch(one) and not _GROUPED.fullmatch(one) for one in bodies.values())
    note = "has decimal commas" if comma else ""
    if not told and point:
        match = next(filter(None, map(_GROUPED.fullmatch, bodies.values())), None)
        if match and match[1] != point:
            note = f"has groups of three digits: {match[0]!r} is {_number(match[0], point)}"
    return Numbers(tuple(map(out.__getitem__, texts)), tuple(faults), note)


def _body(text: str, *, shares: bool) -> str:
    cell = _bare(text)
    return cell.removesuffix("%").rstrip() if shares else cell


def _read(text: str, body: str, point: str) -> str:
    """Write a cell as a number, a percentage as a share; as it is where it is none, or two."""
    said = _number(body, point)
    if said in {None, _EITHER}:
        return text.strip()
    return str(said) if body == _bare(text) else repr(round(float(said or 0) / 100.0, 12))


def _two_ways(text: str, body: str) -> tuple[str, str]:
    """Say of a cell that it is one of two numbers."""
    ways = {float(_number(body, point) or 0) for point in ".,"}
    both = " or ".join(f"{way:.10g}" for way in sorted(ways, reverse=True))
    return f"{text.strip()!r} is {both}, and nothing in the column tells", f"write {both}"


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


def _told(cells: Iterable[str]) -> set[str]:
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


#: Days in one of each unit. A year is 365.25 days and a month a twelfth of it.
_UNITS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
_MONTHS = {"month": 1.0, "year": 12.0}
_SHORT = {"d": "day", "w": "week", "m": "month", "y": "year"}
_PERIOD = re.compile(r"(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*([a-z]+)")
_ALLOWED = "write a number and a unit, such as '90 days', '2 weeks', '12 months' or '1 year'"


def days(period: str) -> float:
    """Length of a period in days.

    Parameters
    ----------
    period : str
        A positive number and a unit: day, week, month (365.25 / 12 days) or year (365.25 days),
        in the singular, the plural or as the first letter (``12m``).

    Raises
    ------
    ValueError
        When the text is not a period; the message says what would be.

    Examples
    --------
    >>> days("2 weeks")
    14.0
    >>> days("12 months") == days("1 year") == 365.25
    True
    """
    number, unit = _parts(period)
    return number * _UNITS[unit]


def later(first: dt.date, period: str | float) -> dt.date:
    """Day that is a period after another.

    Whole months and years are those of the calendar: the same day of the month, or its last where
    the month is shorter. Other periods are their length in days, a part of a day counting as one.

    Parameters
    ----------
    first : datetime.date
    period : str or float
        As for `days`, or a number of days; one that `days` makes of whole months is read as these.

    Raises
    ------
    ValueError
        When the text is not a period, or the day lies beyond the calendar.

    Examples
    --------
    >>> [str(later(dt.date(2024, 10, 31), each)) for each in ("12 months", "4m", "2 weeks", 90.5)]
    ['2025-10-31', '2025-02-28', '2024-11-14', '2025-01-30']
    >>> str(later(dt.date(2024, 10, 31), days("12 months")))
    '2025-10-31'
    """
    said = period if isinstance(period, str) else _said(period)
    number, unit = _parts(said)
    months = number * _MONTHS.get(unit, 0.0)
    try:
        if months and months.is_integer():
            return _months_later(first, round(months))
        # a hair of tolerance: rounding is no part of a day
        return first + dt.timedelta(days=math.ceil(number * _UNITS[unit] - 1e-6))
    except (OverflowError, ValueError):
        raise ValueError(f"{period!r} after {first} lies beyond the calendar") from None


def dates(first: dt.date, last: dt.date, *, every: str) -> list[dt.date]:
    """List the days from the first to the last, a period apart.

    Whole months and years are those of the calendar, counted from the first day: on the same day of
    the month, or on its last where the month is shorter. Other periods are their length in whole
    days.

    Parameters
    ----------
    first, last : datetime.date
    every : str
        As for `days`.

    Raises
    ------
    ValueError
        When the text is not a period, or the period is shorter than a day.

    Examples
    --------
    >>> [str(day) for day in dates(dt.date(2024, 1, 31), dt.date(2024, 4, 1), every="1 month")]
    ['2024-01-31', '2024-02-29', '2024-03-31']
    """
    number, unit = _parts(every)
    months = number * _MONTHS.get(unit, 0.0)
    step = round(number * _UNITS[unit])
    if step < 1:
        raise ValueError(f"{every!r} is shorter than a day")
    if not (months and months.is_integer()):
        span = range(0, (last - first).days + 1, step)
        return [first + dt.timedelta(days=n) for n in span]
    until = 12 * (last.year - first.year) + last.month - first.month
    found = (_months_later(first, count) for count in range(0, until + 1, round(months)))
    return [day for day in found if day <= last]


def _said(length: float) -> str:
    """Write a number of days as a period; a whole number of days stays one."""
    months = length / _UNITS["month"]
    if not length.is_integer() and math.isclose(months, round(months), rel_tol=1e-9):
        return f"{round(months)} months"
    return f"{length!r} days"


def _months_later(first: dt.date, months: int) -> dt.date:
    """Give the same day of a later month, or its last where it is shorter."""
    years, month = divmod(first.month - 1 + months, 12)
    year = first.year + years
    return dt.date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def _parts(period: str) -> tuple[float, str]:
    """Read the number and the unit of a period."""
    match = _PERIOD.fullmatch(period.strip().lower())
    if match is None:
        raise ValueError(f"{period!r} is not a period; {_hint(period) or _ALLOWED}")
    number, unit = float(match[1]), _SHORT.get(match[2], match[2].removesuffix("s"))
    length = number * _UNITS.get(unit, math.nan)
    if not (math.isfinite(length) and length > 0):
        more = " (the number above 0)" if length == 0 else ""
        raise ValueError(f"{period!r} is not a period; {_ALLOWED}{more}")
    return number, unit


def _hint(period: str) -> str:
    """Say how a period has to be written, where it can be told what was meant."""
    text = period.strip().lower()
    said = ""
    if match := re.fullmatch(r"p(\d+)([ymwd])", text):  # of ISO 8601
        said = _plural(int(match[1]), _SHORT[match[2]])
    elif re.fullmatch(r"\d+,\d+\s*[a-z]+", text):
        said = text.replace(",", ".")
    elif match := re.fullmatch(r"(an?|one) ([a-z]+)", text):
        said = f"1 {match[2]}"
    return f"write it as '{said}'" if said and _PERIOD.fullmatch(said) else ""


def wording(length: float) -> str:
    """Write a length in days as a reader would say it, in the largest unit that fits whole.

    Months come before years, so that windows of one year read as the field writes them.

    Examples
    --------
    >>> wording(365.25), wording(14.0), wording(10.0)
    ('12 months', '2 weeks', '10 days')
    """
    for unit in ("month", "week"):
        count = length / _UNITS[unit]
        if round(count) >= 1 and math.isclose(count, round(count), rel_tol=1e-9):
            return _plural(round(count), unit)
    if math.isclose(length, round(length), rel_tol=1e-9):
        return _plural(round(length), "day")
    return f"{length:.4g} days"


def _plural(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
