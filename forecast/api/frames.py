"""Plain values as pandas tables and xarray datasets, under the names of docs/schema.md."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

import numpy as np
import pandas as pd
import xarray as xr

from forecast import dims
from forecast.result import Result

__all__ = ["BAND", "columns", "curve", "listed", "scenario_curves", "table", "trajectories"]

#: What a probability over time always has.
BAND = ("probability", "lo50", "hi50", "lo80", "hi80")

_STATES = "states"


def columns(model: type[Result], prefix: str = "") -> tuple[list[str], list[str]]:
    """Name the columns of a table of results, and those of them that are days or moments.

    Examples
    --------
    >>> from forecast.issue.alerts import AlertState
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
