"""A tornado, from a study of sensitivity as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forecast.charts import tornado
from forecast.charts.finished import Chart
from forecast.workflow.drawing import look
from forecast.workflow.run import Issue
from forecast.workflow.sensitivity import shown_as

__all__ = ["tornado_chart"]

_SOURCES = 5


def tornado_chart(
    issue: Issue,
    found: Mapping[str, Any],
    *,
    names: Mapping[str, str],
    size: str = "a4",
) -> Chart:
    """Chart the widest swings and the weightiest sources.

    Parameters
    ----------
    issue : Issue
        The forecast that is studied.
    found : mapping
        From `Rests.plain`.
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
    now = found["probability"]
    swings = [
        tornado.Swing(
            one["label"],
            one["at_from"]["probability"],
            one["at_to"]["probability"],
            shown_as(one["unit"], one["from"], "low"),
            shown_as(one["unit"], one["to"], "high"),
        )
        for one in found["inputs"]
        if one["exact"]
    ]
    swings += [
        tornado.Swing(
            f"Source: {names.get(one['lineage'], one['lineage'])}",
            one["without"]["probability"],
            now,
            "without",
        )
        for one in found["sources"][:_SOURCES]
    ]
    values = tornado.Tornado(
        node=found["node"],
        label=found["label"],
        proposition=row["proposition"],
        as_of=stamp.as_of,
        value=now,
        swings=tuple(swings),
        rule=f"Inputs from the 10th to the 90th percentile of their {found['range']}; detection "
        "and grades at half and double odds; sources taken out",
        interval80=(found["lo80"], found["hi80"]),
    )
    return tornado.chart(values, scale=scale, stamp=stamp, size=size)
