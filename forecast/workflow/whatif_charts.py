"""Comparison charts of scenarios: dots and intervals on the last date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from forecast.beliefs import words
from forecast.charts import comparison
from forecast.charts.data import Stamp
from forecast.charts.finished import Chart
from forecast.charts.refusals import ChartRefusal
from forecast.errors import BeliefsError

__all__ = ["draw_comparison"]

#: Up to so many scenarios stand on one page with all judgements; more have a chart a judgement.
_TOGETHER = 3
_SMALL = 7

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
    rows = [
        row for row in value["rows"] if row["kind"] == "judgement" and row["on"] == value["horizon"]
    ]
    if len(value["scenarios"]) <= _TOGETHER:
        found = [one for row in rows for one in _outcomes(value, row)]
        whole = _chart(("whatif", "Judgements", "each judgement holds"), found, value, stamp)
        return list(whole.save(out, formats=formats))
    written: list[Path] = []
    for row in rows:
        found = [replace(one, group="") for one in _outcomes(value, row)]
        if len(found) > 1:
            chart = _chart((row["name"], row["label"], row["claim"]), found, value, stamp)
            written += chart.save(out, formats=formats)
    return written


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
