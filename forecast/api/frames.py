"""Tables and datasets of what a project and its results hold, and how a notebook shows them.

Plain values become pandas tables and xarray datasets under the names of docs/schema.md; a long call
tells how far it is.
"""

from __future__ import annotations

import datetime as dt
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, fields
from html import escape
from typing import Any, ClassVar, Self, TextIO, get_args, get_origin

import numpy as np
import pandas as pd
import xarray as xr

from forecast import dims
from forecast.beliefs.event_files import REPORTS
from forecast.beliefs.words import format_band, format_worded
from forecast.errors import Problem
from forecast.project.project import Project as Files
from forecast.project.sampler import Reporter, Silent
from forecast.record.reports import list_reports
from forecast.record.resolutions import question_states
from forecast.result import Result

__all__ = [
    "BAND",
    "REPORT_COLUMNS",
    "Estimate",
    "Holdings",
    "Opened",
    "Progress",
    "Ticker",
    "View",
    "column_table",
    "columns",
    "curve",
    "listed",
    "scenario_curves",
    "table",
    "telling",
    "trajectories",
]


#: What a probability over time always has.
BAND = ("probability", "lo50", "hi50", "lo80", "hi80")

_STATES = "states"


def columns(model: type[Result], prefix: str = "") -> tuple[list[str], list[str]]:
    """Name the columns of a table of results, and those of them that are days or moments.

    Examples
    --------
    >>> from forecast.issue.update import AlertState
    >>> columns(AlertState)[1]
    ['since']
    """
    names: list[str] = []
    days: list[str] = []
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.serialization_alias or name}"
        kinds = set(get_args(field.annotation)) or {field.annotation}
        inner = next((k for k in kinds if isinstance(k, type) and issubclass(k, Result)), None)
        if field.exclude:
            continue
        if inner is not None and get_origin(field.annotation) is not tuple:
            below = columns(inner, f"{key}.")
            names, days = names + below[0], days + below[1]
            continue
        names.append(key)
        days += [key] if kinds & {dt.date, dt.datetime} else []
    return names, days


def listed(rows: Sequence[Result], model: type[Result], *, index: str) -> pd.DataFrame:
    """Set results of one model into a table with a column for each of their fields."""
    names, days = columns(model)
    return table([row.plain() for row in rows], names, index=index, dates=days)


def table(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    index: str | None = None,
    dates: Sequence[str] = (),
) -> pd.DataFrame:
    """Set rows into a table.

    Parameters
    ----------
    rows : sequence of mapping
        One a row; a mapping within is reached by ``outer.inner``.
    columns : sequence of str
        The columns in order. One that no row has is empty.
    index : str, optional
        The column that names the rows.
    dates : sequence of str
        Columns of calendar days, which become ``datetime64``.

    Examples
    --------
    >>> table([{"a": 1, "b": {"c": 2}}], ["a", "b.c"]).iloc[0].to_list()
    [1, 2]
    """
    found = pd.json_normalize([dict(row) for row in rows]).reindex(columns=list(columns))
    for name in dates:
        found[name] = pd.to_datetime(found[name])
    return found if index is None else found.set_index(index)


def _days(dates: Sequence[str]) -> Any:
    return np.array(dates, dtype="datetime64[D]").astype("datetime64[ns]")


def _described(data: xr.Dataset, **attributes: Any) -> xr.Dataset:
    for name in data.data_vars:
        data[name].attrs["units"] = "1"
    return data.assign_attrs(attributes)


def curve(value: Mapping[str, Any], **attributes: Any) -> xr.Dataset:
    """Set a probability by each date into a dataset over ``date``.

    Parameters
    ----------
    value : mapping
        ``date``, ``probability`` and the ends of its bands, each a list.
    **attributes
        What the dataset is about.

    Examples
    --------
    >>> flat = dict.fromkeys(BAND, [0.5])
    >>> curve({"date": ["2024-01-01"], **flat}).sizes["date"]
    1
    """
    variables = {name: (dims.DATE, value[name]) for name in BAND}
    data = xr.Dataset(variables, coords={dims.DATE: _days(value["date"])})
    return _described(data, **attributes)


def trajectories(value: Mapping[str, Any]) -> xr.Dataset:
    """Set the headlines of all nodes over time into one dataset.

    Parameters
    ----------
    value : mapping
        What ``forecast run --json`` prints.

    Returns
    -------
    xarray.Dataset
        `probability`, its bands and `no_news` over ``node`` and ``date``, and `states` over
        ``node_state`` and ``date``. Along ``date``, `history` tells the past from the forecast.
    """
    rows = value["trajectories"]
    dates = _days(rows[0]["date"])
    variables: dict[str, Any] = {
        name: ((dims.NODE, dims.DATE), [row[name] for row in rows]) for name in (*BAND, "no_news")
    }
    variables[_STATES] = ((dims.NODE_STATE, dims.DATE), list(value[_STATES].values()))
    coords = {
        dims.NODE: [row["node"] for row in rows],
        dims.NODE_STATE: list(value[_STATES]),
        dims.DATE: dates,
        "history": (dims.DATE, np.arange(len(dates)) < rows[0]["history"]),
    }
    return _described(
        xr.Dataset(variables, coords=coords), as_of=value["as_of"], issue=value["issue"]["id"]
    )


def scenario_curves(value: Mapping[str, Any]) -> xr.Dataset:
    """Set the headlines of all nodes under every scenario into one dataset.

    Parameters
    ----------
    value : mapping
        What ``forecast whatif --json`` prints.

    Returns
    -------
    xarray.Dataset
        `probability` and its bands over ``scenario``, ``node`` and ``date``; the first scenario
        is ``baseline``.
    """
    rows = value["trajectories"]
    names = [one["scenario"] for one in rows[0]["curves"]]
    variables = {
        name: (
            (dims.SCENARIO, dims.NODE, dims.DATE),
            [[row["curves"][k][name] for row in rows] for k in range(len(names))],
        )
        for name in BAND
    }
    coords = {
        dims.SCENARIO: names,
        dims.NODE: [row["node"] for row in rows],
        dims.DATE: _days(rows[0]["date"]),
    }
    return _described(
        xr.Dataset(variables, coords=coords), as_of=value["as_of"], issue=value["issue"]
    )


#: Who is told: a function of stage, done and total; or whether text is written at all.
type Progress = Callable[[str, int, int], None] | bool | None

_PATIENCE = 1.0  # seconds before anything is written
_OFTEN = 0.5  # seconds between two changes of the line


@contextmanager
def telling(progress: Progress) -> Iterator[Reporter]:
    """Give a reporter for the length of a call.

    Parameters
    ----------
    progress : callable, bool or None
        A function is called with the stage, and how much of it is done of how much. True writes a
        line to the error stream, False nothing; None writes it in a terminal or a notebook.
    """
    if callable(progress):
        yield _Caller(progress)
        return
    if progress is False or (progress is None and not _watched(sys.stderr)):
        yield Silent()
        return
    ticker = Ticker(sys.stderr)
    try:
        yield ticker
    finally:
        ticker.clear()


class Opened:
    """The files of a project, and who is told how far a call is.

    Parameters
    ----------
    files : forecast.project.project.Project
    progress : callable, bool or None
        As for `telling`.
    """

    def __init__(self, files: Files, progress: Progress) -> None:
        self._files, self._progress = files, progress

    def _telling(self) -> AbstractContextManager[Reporter]:
        return telling(self._progress)


def _watched(stream: TextIO | None) -> bool:
    """Tell whether somebody sees what is written: a terminal, or the kernel of a notebook."""
    if stream is None:
        return False
    return stream.isatty() or type(stream).__module__.startswith("ipykernel")


@dataclass
class _Caller:
    """Passes on what a reporter is told."""

    call: Callable[[str, int, int], None]
    text: str = ""

    def stage(self, text: str) -> None:
        self.text = text
        self.call(text, 0, 0)

    def progress(self, done: int, total: int) -> None:
        self.call(self.text, done, total)


class Ticker:
    """Writes one line over itself, once a call has taken a second, and takes it away at the end."""

    def __init__(self, stream: TextIO, *, patience: float = _PATIENCE) -> None:
        self._stream, self._next = stream, time.monotonic() + patience
        self._text, self._width = "", 0

    def stage(self, text: str) -> None:
        """Begin a stage of the work."""
        self._text = text
        self._show(text)

    def progress(self, done: int, total: int) -> None:
        """Tell how far the stage is."""
        self._show(f"{self._text} {done} of {total}")

    def clear(self) -> None:
        """Take the line away."""
        if self._width:
            self._write("")
            self._write("")

    def _show(self, line: str) -> None:
        if time.monotonic() >= self._next:
            self._write(line)
            self._next = time.monotonic() + _OFTEN

    def _write(self, line: str) -> None:
        self._stream.write(f"\r{line.ljust(self._width)}")
        self._stream.flush()
        self._width = len(line)


class Estimate(float):
    """A probability with its word and bands; it calculates as the number it is.

    Attributes
    ----------
    word : str
        On the brief's scale.
    lo50, hi50, lo80, hi80 : float
        Ends of the 50 % and the 80 % band; nan where they are not known.

    Examples
    --------
    >>> row = {"probability": 0.25, "word": "unlikely"}
    >>> found = Estimate.of(row | {"lo50": 0.2, "hi50": 0.3, "lo80": 0.1, "hi80": 0.4})
    >>> found
    25% unlikely, 80% band 10-40%
    >>> found.word, 1 - found
    ('unlikely', 0.75)
    """

    word: str
    lo50: float
    hi50: float
    lo80: float
    hi80: float

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Take an estimate out of a row that holds its parts."""
        found = cls(row["probability"])
        for name in ("word", "lo50", "hi50", "lo80", "hi80"):
            setattr(found, name, row[name])
        return found

    def __repr__(self) -> str:
        row = {"probability": float(self), **vars(self)}
        band = "" if math.isnan(self.lo80) else f", 80% band {format_band(row)}"
        return f"{format_worded(row)}{band}"

    __str__ = __repr__


class View:
    """What a verb of the project found, with its lists as tables; a notebook shows it as one.

    Attributes
    ----------
    result : forecast.result.Result
        The verb's own result, a frozen model with the fields of docs/schema.md.

    Examples
    --------
    ::

        found = project.watch("tech_transfer")
        found          # the table, as `forecast watch` prints it
        found.plain()  # the values that `forecast watch --json` prints
        found.result.targets[0].indicators[0].seen
    """

    _rows: ClassVar[int] = 12  # a notebook shows so many

    def __init__(self, result: Result) -> None:
        self.result: Any = result
        self._value = result.plain()

    def plain(self) -> dict[str, Any]:
        """Give plain values: what the command prints with ``--json``; see docs/schema.md."""
        return self._value

    def _table(self, name: str, *, index: str | None = None) -> pd.DataFrame:
        """Set a list of the result into a table with a column for each field of its items."""
        field = type(self.result).model_fields[name]
        names, dates = columns(get_args(field.annotation)[0])
        rows = self._value[field.serialization_alias or name]
        return table(rows, names, index=index, dates=dates)

    def _heading(self) -> Iterable[str]:
        """Give the lines above the table; the first is the title."""
        raise NotImplementedError

    def _display(self) -> pd.DataFrame:
        """Give the table as it is shown, with texts as cells."""
        raise NotImplementedError

    def _shown(self) -> tuple[pd.DataFrame, str]:
        whole = self._display()
        left = len(whole) - self._rows
        return whole.head(self._rows), f"and {left} more" if left > 0 else ""

    def __repr__(self) -> str:
        frame, more = self._shown()
        body = "" if frame.empty else frame.to_string(index=False)
        return "\n".join([*self._heading(), "", body, more]).rstrip()

    def _repr_html_(self) -> str:
        frame, more = self._shown()
        title, *rest = (escape(line) for line in self._heading())
        head = "<br>".join([f"<strong>{title}</strong>", *rest])
        body = "" if frame.empty else frame.to_html(index=False, border=0, justify="left")
        return f"<p>{head}</p>\n{body}" + (f"\n<p>{more}</p>" if more else "")


#: Of a table of reports, as of a file of them.
REPORT_COLUMNS = REPORTS.columns


def column_table(
    rows: Iterable[dict[str, Any]], columns: tuple[str, ...], dates: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Set rows into a table named by its first column; values stay as they are but for days."""
    frame = pd.DataFrame(list(rows), columns=list(columns)).set_index(columns[0])
    return frame.astype(dict.fromkeys(dates, "datetime64[ns]"))


class Holdings(Opened):
    """What stands in the files and in the ledger; `Project` has it."""

    @property
    def nodes(self) -> pd.DataFrame:
        """Every node of the file, as ``forecast nodes``, and where its start is from.

        Examples
        --------
        ::

            project.nodes[["label", "states", "indicators"]]
        """
        from forecast.record.nodes import NodeRow, list_nodes

        found = list_nodes(self._files)
        begins = [one.initial for one in self._files.beliefs().nodes.values()]
        return listed(found.nodes, NodeRow, index="node").assign(
            source=[one.source for one in begins], rationale=[one.rationale for one in begins]
        )

    @property
    def indicators(self) -> pd.DataFrame:
        """Every indicator of the file: label, kind, the nodes it points at, and its source.

        Examples
        --------
        ::

            project.indicators.query("kind == 'count'")
        """
        columns = (
            "indicator", "label", "description", "kind", "nodes", "rates_like", "source",
            "rationale",
        )  # fmt: skip
        rows = (
            {"indicator": name, **{column: getattr(one, column) for column in columns[1:]}}
            for name, one in self._files.beliefs().indicators.items()
        )
        return column_table(rows, columns)

    @property
    def scenarios(self) -> pd.DataFrame:
        """Every scenario of ``scenarios/``, for `Project.what_if`.

        Examples
        --------
        ::

            project.what_if(*project.scenarios.index)
        """
        from forecast.study.whatif import ScenarioRow, list_scenarios

        found = list_scenarios(self._files)
        return listed(found.scenarios, ScenarioRow, index="scenario")

    @property
    def questions(self) -> pd.DataFrame:
        """Every question of the file with its deadline and outcome, as ``forecast resolve``.

        `proposed` is the outcome that the reports say, and `to_read` those somebody has to read.

        Examples
        --------
        ::

            project.questions.query("status == 'due'")
        """
        columns = (
            "question", "text", "by", "status", "criteria", "known_on", "proposed", "to_read",
        )  # fmt: skip
        rows = (
            {
                "question": one.name,
                "text": one.text,
                "by": one.by,
                "status": one.status,
                "criteria": one.criteria,
                "known_on": one.resolution.resolved_on if one.resolution else None,
                "proposed": one.proposal.outcome if one.proposal else None,
                "to_read": one.to_read,
            }
            for one in question_states(self._files)
        )
        return column_table(rows, columns, ("by", "known_on"))

    @property
    def reports(self) -> pd.DataFrame:
        """Every report of the ledger, by day; ``use`` tells evidence from what the brief weighed.

        Examples
        --------
        ::

            project.reports.query("use == 'evidence'").groupby("indicator").size()
        """
        rows = map(asdict, list_reports(self._files, use="all"))
        return column_table(rows, REPORT_COLUMNS, ("occurred_on", "reported_on"))

    @property
    def problems(self) -> pd.DataFrame:
        """Every error and warning about the files, as ``forecast check``.

        Examples
        --------
        ::

            project.problems.query("severity == 'error'")
        """
        from forecast.issue.check import check_files

        columns = [field.name for field in fields(Problem)]
        return pd.DataFrame(map(asdict, check_files(self._files)), columns=columns)
