"""Which of day and month comes first in a file, and whether its rows say anything at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from forecast.beliefs.days import Order, day_in, order_of, read_days
from forecast.errors import ReportsError
from forecast.importers.formats import Format, day_of
from forecast.importers.rows import Row
from forecast.importers.tally import Tally

__all__ = ["Use", "orders_of", "why_undated"]

_YEAR_LAST: Final = re.compile(r"\s*(\d{1,2}[-/.]\s?\d{1,2}[-/.]\s?\d{4})")
_WAY_OUT: Final = "write 'dates: day first' or 'dates: month first' into the mapping"


@dataclass(slots=True)
class _Column:
    """Days of one column: each of those with the year last once, and the first of any other."""

    last: dict[str, str] = field(default_factory=dict)
    other: tuple[str, str] | None = None

    def take(self, text: str, place: str) -> None:
        if match := _YEAR_LAST.match(text):
            self.last.setdefault(match[1], place)
        elif self.other is None and day_of(text) is not None:
            self.other = (text.strip(), place)


def orders_of(
    rows: Iterable[Row], form: Format, *, declared: Order | None
) -> Mapping[str, Order | None]:
    """Find the order of day and month of each column of days, where the year comes last.

    Parameters
    ----------
    rows : iterable of Row
        All of a file; what is kept of them is each day once.
    form : Format
    declared : {"day first", "month first"} or None
        What the mapping says.

    Raises
    ------
    ReportsError
        Where nothing decides, with both readings; where two rows contradict each other, or one the
        mapping; and where days with the year last stand beside others, some of which a spreadsheet
        may have turned round.
    """
    names = [name for name in (form.occurred, form.reported) if name]
    found = {name: _Column() for name in names}
    file = ""
    for cells, at, name_of_file, line in rows:
        file = name_of_file
        for name in names:
            if name in at:
                found[name].take(cells[at[name]], f"{file}:{line}")
    return {name: _decided(name, column, declared) for name, column in found.items()}


def _decided(name: str, column: _Column, declared: Order | None) -> Order | None:
    order = order_of(column.last)
    if order is None:
        return declared
    text, place = next(iter(column.last.items()))
    if column.other is not None:
        raise ReportsError(
            f"{place}: {name}: {text!r} stands in one column with {column.other[0]!r} "
            f"({column.other[1]}), and a spreadsheet may have turned some days round; "
            "write every day as 2023-09-27"
        )
    if order == "both":
        if declared is not None:
            return declared
        text, place = next(each for each in column.last.items() if _open(each[0]))
        ways = " or ".join(str(day_in(text, one)) for one in ("day first", "month first"))
        raise ReportsError(
            f"{place}: {name}: {text!r} is {ways}, and no row of the file tells; {_WAY_OUT}"
        )
    if order == "neither":
        one, two = (
            next(each for each in column.last.items() if day_in(each[0], way) is None)
            for way in ("day first", "month first")
        )
        raise ReportsError(
            f"{one[1]}: {name}: {one[0]!r} has the month first, and {two[0]!r} ({two[1]}) the day; "
            "write every day as 2023-09-27"
        )
    if declared not in {None, order}:
        text, place = next(e for e in column.last.items() if day_in(e[0], declared) is None)
        raise ReportsError(
            f"{place}: {name}: {text!r} is {day_in(text, order)}, but the mapping says "
            f"dates: {declared}"
        )
    return order


def _open(text: str) -> bool:
    """Whether a day can be read both ways."""
    one, two = day_in(text, "day first"), day_in(text, "month first")
    return one is not None and two is not None and one != two


def why_undated(text: str) -> str:
    """Say why a cell is no day, with its readings where it has several.

    Examples
    --------
    >>> why_undated("03/04/24")[:40], why_undated("soon")
    ("'03/04/24' is not a date; write it as 20", "'soon' is not a date; write it as 2023-09-27")
    """
    if not text.strip():
        return "the cell is empty"
    faults = read_days([text]).faults
    return "; ".join(faults[0][1:]) if faults else f"{text.strip()!r} is no day from 1900 on"


#: No code has one digit, nor two beyond 20: these were 05 and 042.
_WITHOUT_ZERO: Final = re.compile(r"[1-9]|2[1-9]|[3-9]\d", re.ASCII)


@dataclass(slots=True)
class Use:
    """How far the rows of one file could be used."""

    read: int
    dated: int = 0
    no_day: tuple[str, str] | None = None
    no_code: tuple[str, str] | None = None
    codeless: int = 0

    def undated(self, text: str, place: str) -> None:
        """Remember the first row without a day."""
        self.no_day = self.no_day or (text, place)

    def uncoded(self, code: str, place: str, form: Format) -> None:
        """Count a row of another code book, and remember the first.

        Raises
        ------
        ReportsError
            Where a spreadsheet took codes for numbers: 020 would be read as 20, a graver thing.
        """
        if form.codes == "cameo" and _WITHOUT_ZERO.fullmatch(code.strip()):
            raise ReportsError(
                f"{place}: {code!r} is no code of CAMEO; a spreadsheet has taken the zeros off, as "
                f"of 0{code.strip()}, and all codes of the file are wrong: use the file as it came"
            )
        self.codeless += 1
        self.no_code = self.no_code or (code, place)

    def require(self, file: str, tally: Tally, form: Format) -> None:
        """Refuse a file of which no row says anything."""
        read = tally.read - self.read
        rows = f"its {read} rows" if read > 1 else "its rows"
        if not read:
            tally.remark("file holds no row", file)
        elif not self.dated and self.no_day is not None:
            text, place = self.no_day
            why = why_undated(text)
            raise ReportsError(f"{file}: none of {rows} could be dated: {place}: {why}")
        elif not self.dated:
            raise ReportsError(f"{file}: none of {rows} has the cells of {form.title}")
        elif self.codeless == self.dated and self.no_code is not None:
            code, place = self.no_code
            raise ReportsError(
                f"{file}: none of {rows} has a code of {form.codes.upper()}: {place}: {code!r}"
            )
