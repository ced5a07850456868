"""Weights of evidence as a chart, from an explanation as plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from forecast.charts import weights
from forecast.charts.decibans import Weight, Weights, decibans
from forecast.charts.finished import Chart
from forecast.workflow.drawing import look
from forecast.workflow.run import Issue

__all__ = ["weights_chart"]

_LEAST = 5e-3  # decibans; smaller parts are put into one
_EDGE = 1e-6  # plain values have so many digits
_DRAWN: Mapping[str, Literal["reports", "silence", "time", "other"]] = {
    "reports": "reports",
    "silence": "silence",
    "time": "time",
}


def weights_chart(
    issue: Issue,
    found: Mapping[str, Any],
    *,
    names: Mapping[str, str],
    size: str = "a4",
) -> Chart:
    """Chart the parts of an explanation.

    Parameters
    ----------
    issue : Issue
        The forecast that is explained.
    found : mapping
        From `Explanation.plain`.
    names : mapping of str to str
        Of lineages, as readers know them; see `forecast.workflow.drawing.lineage_names`.
    size : str
        See `forecast.charts`.

    Raises
    ------
    ChartRefusal
        If the chart could not be read.
    """
    scale, stamp = look(issue)
    payload: Any = issue.payload
    row = next(one for one in payload["judgements"] if one["node"] == found["node"])
    shown = [part for part in found["parts"] if abs(part["decibans"]) >= _LEAST]
    parts = [
        Weight(
            names.get(p["label"], p["label"]) if p["kind"] == "reports" else p["label"],
            p["decibans"],
            _DRAWN.get(p["kind"], "other"),
        )
        for p in shown
    ]
    prior = min(max(found["before"], _EDGE), 1 - _EDGE)
    value = min(max(found["after"], _EDGE), 1 - _EDGE)
    rest = decibans(value) - decibans(prior) - sum(one.decibans for one in parts)
    if abs(rest) >= _LEAST or not parts:
        parts.append(Weight("Everything else", rest, "other"))
    values = Weights(
        node=found["node"],
        label=row["label"],
        proposition=row["proposition"],
        as_of=stamp.as_of,
        prior=prior,
        value=value,
        weights=tuple(parts),
        start=f"{dt.date.fromisoformat(found['since']):%-d %b %Y}",
        end=f"{stamp.as_of:%-d %b %Y}",
        interval80=(row["lo80"], row["hi80"]),
    )
    return weights.chart(values, scale=scale, stamp=stamp, size=size)
