"""Comparison charts of scenarios: trajectories side by side, dots and intervals at their end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from forecast.beliefs import words
from forecast.charts import comparison, side_by_side
from forecast.charts.data import Stamp, Trajectory
from forecast.charts.finished import Chart
from forecast.charts.refusals import ChartRefusal
from forecast.errors import BeliefsError

__all__ = ["comparison_charts", "draw_comparison"]

#: Up to so many scenarios stand on one page with all judgements; more have a chart a judgement.
_TOGETHER = 3
_SMALL = 7
_LEAST = 0.005  # half a point: less is not drawn

_KINDS: dict[str, Literal["do", "observe", "other"]] = {
    "intervention": "do",
    "counterfactual": "do",
    "observation": "observe",
}


def draw_comparison(
    value: dict[str, Any],
    out: Path,
    *,
    stamp: Stamp,
    formats: Sequence[str] = ("svg", "png"),
) -> list[Path]:
    """Draw every judgement on the last date under every scenario.

    Parameters
    ----------
    value : dict
        From `whatif_json`.
    out : Path
        Folder of the files.
    stamp : Stamp
        Of the issue behind the baseline.
    formats : sequence of str

    Raises
    ------
    BeliefsError
        If the chart is refused, such as for a label that does not fit.
    OutputError
        If a file cannot be written.
    """
    charts = comparison_charts(value, stamp=stamp)
    return [path for chart in charts for path in chart.save(out, formats=formats)]


def comparison_charts(value: dict[str, Any], *, stamp: Stamp) -> list[Chart]:
    """Chart every judgement that moves over time, and on the last date, under every scenario.

    Parameters
    ----------
    value : dict
        From `whatif_json`.
    stamp : Stamp
        Of the issue behind the baseline.

    Raises
    ------
    BeliefsError
        If a chart is refused, such as for a label that does not fit.
    """
    rows = [
        row for row in value["rows"] if row["kind"] == "judgement" and row["on"] == value["horizon"]
    ]
    charts: list[Chart] = []
    if len(value["scenarios"]) <= side_by_side.MOST:
        for row in rows:
            moved = {one["scenario"] for one in row["scenarios"] if _moves(one, row)}
            if moved:
                charts.append(_side_by_side(row, value, stamp, moved))
    if len(value["scenarios"]) <= _TOGETHER:
        found = [one for row in rows for one in _outcomes(value, row)]
        whole = _chart(("whatif", "Judgements", "each judgement holds"), found, value, stamp)
        return [*charts, whole]
    for row in rows:
        found = [replace(one, group="") for one in _outcomes(value, row)]
        if len(found) > 1:
            said = (row["name"], row["label"], row["claim"])
            charts.append(_chart(said, found, value, stamp))
    return charts


def _chart(
    said: tuple[str, str, str],
    outcomes: Sequence[comparison.Outcome],
    value: dict[str, Any],
    stamp: Stamp,
) -> Chart:
    """Draw one chart of rows under a name, a label and a proposition."""
    name, label, proposition = said
    scale = words.scale(value["scale"])
    try:
        values = comparison.Comparison(
            name=name,
            label=label,
            proposition=proposition,
            as_of=stamp.as_of,
            on=dt.date.fromisoformat(value["horizon"]),
            outcomes=tuple(outcomes),
            exclusive=False,
        )
        size = "a4" if len(outcomes) <= _SMALL else "page"
        return comparison.chart(values, scale=scale, stamp=stamp, size=size)
    except ChartRefusal as error:
        raise BeliefsError(f"the chart is refused: {error}; use --no-charts") from None


def _moves(found: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether a scenario moves a judgement, other than by holding it where it is wanted."""
    held = found["lo80"] == found["hi80"] and found["probability"] in {0.0, 1.0}
    change: float = abs(found["probability"] - row["baseline"]["probability"])
    return not held and change >= _LEAST


def _side_by_side(
    row: dict[str, Any], value: dict[str, Any], stamp: Stamp, moved: Collection[str]
) -> Chart:
    """Draw the trajectories of one judgement, a panel a scenario."""
    curves = next(one for one in value["trajectories"] if one["node"] == row["name"])
    found = {c["scenario"]: _trajectory(row, curves["date"], c, stamp) for c in curves["curves"]}
    scenarios = [
        side_by_side.Scenario(one["label"], found[one["scenario"]])
        for one in value["scenarios"]
        if one["scenario"] in moved
    ]
    try:
        return side_by_side.chart(
            found["baseline"],
            scenarios,
            name=row["name"],
            scale=words.scale(value["scale"]),
            stamp=stamp,
        )
    except ChartRefusal as error:
        raise BeliefsError(f"the chart is refused: {error}; use --no-charts") from None


def _trajectory(
    row: dict[str, Any], dates: Sequence[str], curve: dict[str, Any], stamp: Stamp
) -> Trajectory:
    return Trajectory(
        node=row["name"],
        label=row["label"],
        proposition=row["claim"],
        dates=np.array(dates, dtype="datetime64[D]"),
        mean=np.array(curve["probability"]),
        as_of=stamp.as_of,
        lo50=np.array(curve["lo50"]),
        hi50=np.array(curve["hi50"]),
        lo80=np.array(curve["lo80"]),
        hi80=np.array(curve["hi80"]),
    )


def _outcomes(value: dict[str, Any], row: dict[str, Any]) -> list[comparison.Outcome]:
    group = row["label"]
    out = [_outcome("Baseline", row["baseline"], "baseline", group)]
    said = {one["scenario"]: one for one in value["scenarios"]}
    for found in row["scenarios"]:
        if found["lo80"] == found["hi80"] and found["probability"] in {0.0, 1.0}:
            continue  # the node is held there: no finding
        scenario = said[found["scenario"]]
        kinds = {_KINDS.get(each["kind"], "other") for each in scenario["assumptions"]}
        kind = kinds.pop() if len(kinds) == 1 else "other"
        out.append(_outcome(scenario["label"], found, kind, group))
    return out


def _outcome(
    label: str,
    band: dict[str, Any],
    kind: Literal["baseline", "do", "observe", "other"],
    group: str,
) -> comparison.Outcome:
    ends = {name: band[name] for name in ("lo50", "hi50", "lo80", "hi80")}
    return comparison.Outcome(label, band["probability"], **ends, kind=kind, group=group)
