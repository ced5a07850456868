"""Cells of one row of a file in ``events/``: read one by one, and written again."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forecast.beliefs.days import read_days
from forecast.beliefs.identity import identity
from forecast.beliefs.ids import ALLOWED, id_fault
from forecast.beliefs.indicators import CountIndicator
from forecast.beliefs.numerals import as_float, read_numbers
from forecast.beliefs.reports import OPTIONAL, RARE, REQUIRED, Report, content
from forecast.beliefs.schema import Beliefs
from forecast.beliefs.tables import Row
from forecast.beliefs.texts import cut
from forecast.errors import Problem
from forecast.escaping import csv_rows
from forecast.names import nearest

__all__ = ["Cells", "as_cells", "as_csv"]


@dataclass(slots=True)
class Cells:
    """Cells of one row, read one by one; what is wrong is added to the problems."""

    row: Row
    problems: list[Problem]
    beliefs: Beliefs | None
    clean: bool = True

    def wrong(self, column: str, came: str, allowed: str = "") -> None:
        """Say what is wrong with a cell; the row cannot be used then."""
        self.clean = False
        self.problems.append(self.row.problem(column, came, allowed))

    def text(self, column: str) -> str:
        """Read a text that has to be there."""
        text = self.row.cells[column]
        if not identity(text):  # nor is what nobody can see a text
            self.wrong(column, "is empty", "it is required")
        return text

    def id(self, column: str) -> str:
        """Read an id that has to be there."""
        name = self.text(column)
        fault = id_fault(name) if name else ""
        if fault:
            self.wrong(column, fault, ALLOWED)
        return name

    def one_of(self, column: str, allowed: tuple[str, ...], hint: str) -> str:
        """Read one of some texts, whatever its case."""
        text = self.text(column)
        found = next((one for one in allowed if identity(one) == identity(text)), "")
        if text and not found:
            said = self.row.said(column)
            code = "" if said.isascii() else f" ({said!a})"  # a Cyrillic letter looks like another
            self.wrong(column, f"{cut(said)!r}{code if len(said) < 9 else ''} is not allowed", hint)
        return found

    def day(self, column: str) -> dt.date | None:
        """Read a day that has one reading."""
        text = self.text(column)
        read = read_days([text])
        for _, *said in read.faults:
            self.wrong(column, *said)
        return read.days[0]

    def number(
        self, column: str, *, least: float = -math.inf, most: float = math.inf
    ) -> float | None:
        """Read a number within bounds; None where the cell is empty."""
        text = self.row.cells.get(column, "")
        if not text:
            return None
        read = read_numbers([text], shares=most == 1.0)
        for _, *said in read.faults:
            self.wrong(column, *said)
            return None
        number = as_float(read.texts[0])
        if not (math.isfinite(number) and least <= number <= most):
            bounds = {(0.0, 1.0): " from 0 to 1", (0.0, math.inf): ", 0 or more"}
            allowed = f"write a number{bounds.get((least, most), '')}"
            self.wrong(column, f"{cut(self.row.said(column))!r} is not allowed", allowed)
            return None
        return number

    def indicator(self, *, also: str = "") -> str:
        """Read the name of an indicator of the brief, or one other name."""
        name = self.text("indicator")
        known = None if self.beliefs is None else self.beliefs.indicators
        if name and name != also and known is not None and name not in known:
            hint = nearest(name, known) or "it must be one of the indicators of the brief's file"
            self.wrong("indicator", f"unknown indicator {name!r}", hint)
        elif name and name != also and (fault := id_fault(name)):
            self.wrong("indicator", fault, ALLOWED)
        return name

    def value(self, indicator: str) -> float | None:
        """Read the value as the indicator's kind wants it."""
        entry = self.beliefs.indicators.get(indicator) if self.beliefs else None
        counted = isinstance(entry, CountIndicator)
        number = self.number("value", least=0.0 if counted else -math.inf)
        filled = bool(self.row.cells.get("value"))
        if entry is not None and entry.kind == "presence":
            if filled:
                self.wrong("value", f"{indicator} is a presence and has none", "leave it empty")
        elif entry is not None and not filled:
            self.wrong("value", f"is empty, but {indicator} is of kind {entry.kind}", "give it")
        elif counted and number is not None and not number.is_integer():
            self.wrong("value", f"{self.row.said('value')} is not a count", "write a whole number")
        return number


def as_cells(report: Report) -> dict[str, str]:
    """Write each field as the text of its cell; empty where the reader's default says the same.

    Examples
    --------
    >>> import datetime as dt
    >>> day = dt.date(2024, 1, 2)
    >>> cells = as_cells(Report(report_id="r", event_id="e", lineage="l", occurred_on=day,
    ...     reported_on=day, indicator="i", reliability="B", credibility=2, use="evidence",
    ...     summary="s", value=3.0))
    >>> cells["value"], cells["exposure"], cells["credibility"], cells["occurred_on"]
    ('3', '', '2', '2024-01-02')
    """
    values = {**dict.fromkeys(RARE, ""), **content(report)}
    values.pop("inherits", None)
    cells = {name: _text(value) for name, value in values.items()}
    return {
        **cells,
        "exposure": "" if report.exposure == 1.0 else cells["exposure"],
        "reliability": "" if report.inherits else report.reliability,
    }


def _text(value: object) -> str:
    if value is None:
        return ""
    # repr is the shortest text that reads back as the same number
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def as_csv(reports: Iterable[Report]) -> str:
    """Write reports as a CSV file of ``events/``, in the order they come; no cell is a formula."""
    written: list[Mapping[str, str]] = [as_cells(report) for report in reports]
    short = ("value", "exposure", "actors")  # before the summary, which is long
    order = [*REQUIRED[:-1], *short, REQUIRED[-1], *(one for one in OPTIONAL if one not in short)]
    used = [name for name in order if name not in RARE or any(row[name] for row in written)]
    return csv_rows([used, *([row[name] for name in used] for row in written)])
