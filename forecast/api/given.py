"""What a caller gives: days, periods, and reports as files, tables or rows."""

from __future__ import annotations

import datetime as dt
import json
import math
import operator
import os
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd

from forecast.beliefs.announcements import ANNOUNCEMENTS
from forecast.beliefs.days import read_day
from forecast.beliefs.event_files import COVERAGE, REPORTS
from forecast.errors import ForecastError, ReportsError
from forecast.issue.arrivals import Came, read_sources
from forecast.names import missing

__all__ = [
    "Day",
    "Period",
    "Place",
    "Reports",
    "as_count",
    "as_day",
    "as_number",
    "as_period",
    "as_place",
    "as_row",
    "as_several",
    "as_sources",
    "as_text",
]

_GIVE = "give a file, a table or rows"
_PLAIN = (str, int, float, type(None))

#: A file or folder.
type Place = str | os.PathLike[str]
#: A calendar day, as text such as ``2024-07-01``, as a date, or as a moment of which it is the day.
type Day = str | dt.date
#: A period such as ``12m`` or ``90 days``, or a number of days.
type Period = str | float
#: Reports, coverage or announcements: a file, several, a table, or rows.
type Reports = Place | pd.DataFrame | Mapping[str, Any] | Iterable[Place | Mapping[str, Any]]


def as_day(value: Day | None, name: str = "as_of") -> dt.date | None:
    """Read a day.

    Raises
    ------
    ForecastError
        If it is none; the message names the argument.

    Examples
    --------
    >>> as_day("2024-07-01")
    datetime.date(2024, 7, 1)
    """
    try:
        return None if value is None else read_day(value)
    except ValueError as error:
        raise ForecastError(f"{name}: {error}") from None


def as_text(value: str, name: str) -> str:
    """Read a name or a question.

    Raises
    ------
    ForecastError
        If it is no text; the message names the argument.
    """
    if not isinstance(value, str):
        raise ForecastError(f"{name}: {_kind(value)} is no text")
    return value


def as_place(value: Place, name: str) -> str:
    """Read the name of a file or folder.

    Raises
    ------
    ForecastError
        If it is none; the message names the argument.
    """
    try:
        place = os.fsdecode(value)
    except TypeError:
        raise ForecastError(f"{name}: {_kind(value)} names no file") from None
    if "\0" in place:
        raise ForecastError(f"{name}: {place!r} names no file; leave the null character out")
    return place


def as_count(value: int, name: str, *, least: int = 1) -> int:
    """Read a whole number.

    Raises
    ------
    ForecastError
        If it is none, or too small; the message names the argument.

    Examples
    --------
    >>> as_count(np.int64(200), "draws", least=100)
    200
    """
    try:
        count = -1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        raise ForecastError(f"{name}: {_kind(value)} is no whole number") from None
    if count < least:
        raise ForecastError(f"{name}: {value} came; allowed: whole numbers from {least} on")
    return count


def as_period(value: Period, name: str) -> Period:
    """Read a period, or a number of days.

    Raises
    ------
    ForecastError
        If it is neither; the message names the argument.
    """
    if isinstance(value, str):
        return value
    try:
        return float(value) if not isinstance(value, bool) else float("bool")
    except (TypeError, ValueError, OverflowError):
        raise ForecastError(
            f"{name}: {_kind(value)} is no period; write '90 days', '12 months' or a number of days"
        ) from None


def as_number(value: float, name: str, *, least: float, most: float = math.inf) -> float:
    """Read a number within limits.

    Raises
    ------
    ForecastError
        If it is none, or outside; the message names the argument.
    """
    if isinstance(value, (bool, str, bytes)):
        raise ForecastError(f"{name}: {_kind(value)} is no number")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ForecastError(f"{name}: {_kind(value)} is no number") from None
    if not least <= number <= most:
        to = "" if most == math.inf else f" to {most:g}"
        raise ForecastError(f"{name}: {number:g} came; allowed: numbers from {least:g}{to}")
    return number


def as_several(given: Any, name: str) -> Sequence[Any]:
    """Take one text or place for a sequence of one.

    Raises
    ------
    ForecastError
        If it is neither, nor a sequence.
    """
    if isinstance(given, str | os.PathLike):
        return [given]
    if not isinstance(given, Sequence) or isinstance(given, bytes):
        raise ForecastError(f"{name}: {_kind(given)} is no list of texts")
    return given


def as_row(
    given: Mapping[str, Any], columns: Sequence[str] = REPORTS.columns, *, what: str = "report"
) -> dict[str, str]:
    """Read one row of a file as texts; what is missing is left out.

    Parameters
    ----------
    given : mapping
    columns : sequence of str
        Those of the file.
    what : str
        What the row is, in messages.

    Raises
    ------
    ReportsError
        If it is no row, or a cell is no text, number or date.

    Examples
    --------
    >>> as_row({"value": 2.0, "reported_on": dt.date(2024, 6, 1), "note": None})
    {'value': '2', 'reported_on': '2024-06-01'}
    """
    row = given.to_dict() if isinstance(given, pd.Series) else given
    if not isinstance(row, Mapping):
        raise ReportsError(f"{_kind(given)} is no {what}; give a mapping of columns to cells")
    cells = json.loads(_lines([row]))
    for name, value in cells.items():
        if not isinstance(value, _PLAIN) or isinstance(value, bool):
            raise ReportsError(f"{name}: {_kind(value)} is no text, number or date")
    unknown = [name for name in cells if name not in columns]
    if unknown:
        raise ReportsError(missing("column", unknown[0], columns))
    return {name: str(value) for name, value in cells.items() if value is not None}


def as_sources(given: Reports) -> list[Came]:
    """Read reports, coverage or announcements as texts with their names.

    Parameters
    ----------
    given : path, pandas.DataFrame, or iterable of paths or mappings
        Mappings are rows with the columns of ``events/reports.csv``, ``events/coverage.csv`` or
        ``events/announcements.csv``.

    Raises
    ------
    ReportsError
        If a file cannot be read, or nothing came.

    Examples
    --------
    >>> as_sources([{"report_id": "R1", "value": 2.0, "note": None}])
    [('rows', '{"report_id": "R1", "value": 2, "note": null}')]
    """
    if isinstance(given, (str, os.PathLike)):
        return read_sources([os.fspath(given)], None)
    rows: list[Mapping[Any, Any]] = []
    files: list[str] = []
    if isinstance(given, pd.DataFrame):
        rows += _table_rows(given)
    else:
        single = isinstance(given, (Mapping, pd.Series)) or not isinstance(given, Iterable)
        for one in [given] if single else given:
            if isinstance(one, pd.Series):
                rows.append(one.to_dict())
            elif isinstance(one, Mapping):
                rows.append(one)
            elif isinstance(one, (str, os.PathLike)):
                files.append(os.fspath(one))
            else:
                raise ReportsError(f"{_kind(one)} is no report; {_GIVE}")
    if not rows and not files:
        raise ReportsError(f"no report came; {_GIVE}")
    return [*read_sources(files, None), *([("rows", _lines(rows))] if rows else [])]


def _table_rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise ReportsError(f"column {str(twice)!r} stands twice; keep one")
    columns = {*REPORTS.columns, *COVERAGE.columns, *ANNOUNCEMENTS.columns}
    if table.index.name in columns - {*table.columns}:
        table = table.reset_index()
    return table.to_dict("records")


def _lines(rows: Iterable[Mapping[Any, Any]]) -> str:
    """Write rows as JSON Lines."""
    out = []
    for number, row in enumerate(rows, start=1):
        cells = {str(name): _cell(value) for name, value in row.items()}
        try:
            out.append(json.dumps(cells, ensure_ascii=False, default=_text))
        except (TypeError, ValueError, RecursionError):
            strange = [name for name, value in cells.items() if not isinstance(value, _PLAIN)]
            named = f": {strange[0]}: {_kind(cells[strange[0]])}" if strange else ": a cell"
            raise ReportsError(
                f"rows:{number}{named} is no text, number or date; write it as one"
            ) from None
    return "\n".join(out)


def _kind(value: object) -> str:
    return f"a value of type {type(value).__name__}"


def _text(value: object) -> str:
    """Write what has one plain way to be written."""
    if isinstance(value, (Decimal, dt.time, os.PathLike, pd.Period, UUID)):
        return str(value)
    raise TypeError


def _cell(value: Any) -> Any:
    """Give a cell as JSON knows it: missing is null, and a count that pandas made a float whole."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, dt.date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else f"{pd.Timestamp(value):%Y-%m-%d}"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value
