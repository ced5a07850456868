"""Charts that compare: scenarios side by side, and the states of a node."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from forecast.beliefs import words
from forecast.charts import comparison, side_by_side
from forecast.charts.data import ChartRefusal, Stamp, Trajectory
from forecast.charts.files import Chart
from forecast.errors import BeliefsError
from forecast.issue.charts import look
from forecast.issue.run import Issue
from forecast.names import require_known
from forecast.result import BANDS

if TYPE_CHECKING:
    from forecast.result import WordedBand
    from forecast.study.whatif import Compared, ComparedQuantity, ScenarioBand, ScenarioCurve

__all__ = [
    "beside",
    "beside_chart",
    "compared",
    "comparison_charts",
    "draw_comparison",
    "judged",
    "judged_last",
    "moves",
    "scenarios_chart",
    "states_chart",
]

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
    value: Compared,
    out: Path,
    *,
    stamp: Stamp,
    formats: Sequence[str] = ("svg", "png"),
) -> list[Path]:
    """Draw every judgement on the last date under every scenario.

    Parameters
    ----------
    value : Compared
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


def comparison_charts(value: Compared, *, stamp: Stamp) -> list[Chart]:
    """Chart every judgement that moves over time, and on the last date, under every scenario.

    Parameters
    ----------
    value : Compared
    stamp : Stamp
        Of the issue behind the baseline.

    Raises
    ------
    BeliefsError
        If a chart is refused, such as for a label that does not fit.
    """
    try:
        return _charts(value, stamp)
    except ChartRefusal as error:
        raise BeliefsError(f"the chart is refused: {error}; use --no-charts") from None


def _charts(value: Compared, stamp: Stamp) -> list[Chart]:
    rows = judged_last(value)
    charts = []
    if len(value.scenarios) <= side_by_side.MOST:
        for row in rows:
            moved = [one.scenario for one in row.scenarios if moves(one, row)]
            if moved:
                charts.append(beside(row, value, moved, stamp=stamp))
    if len(value.scenarios) <= _TOGETHER:
        found = [one for row in rows for one in _outcomes(value, row)]
        said = "whatif", "Judgements", "each judgement holds"
        return [*charts, _chart(said, found, value, stamp=stamp)]
    charts += [compared(row, value, stamp=stamp) for row in rows if len(_outcomes(value, row)) > 1]
    return charts


def judged_last(value: Compared) -> list[ComparedQuantity]:
    """Rows of the judgements on the last date."""
    return [row for row in value.rows if row.kind == "judgement" and row.on == value.horizon]


def compared(
    row: ComparedQuantity, value: Compared, *, stamp: Stamp, size: str | None = None
) -> Chart:
    """Chart one judgement on the last date under every scenario, the baseline first.

    Parameters
    ----------
    row : ComparedQuantity
        From `judged_last`.
    value : Compared
    stamp : Stamp
    size : str, optional
        By default as large as the rows need.
    """
    found = [replace(one, group="") for one in _outcomes(value, row)]
    said = row.name, row.label, row.claim
    return _chart(said, found, value, stamp=stamp, size=size)


def _chart(
    said: tuple[str, str, str],
    outcomes: Sequence[comparison.ComparedRow],
    value: Compared,
    *,
    stamp: Stamp,
    size: str | None = None,
) -> Chart:
    """Draw one chart of rows under a name, a label and a proposition."""
    name, label, proposition = said
    values = comparison.Comparison(
        name=name,
        label=label,
        proposition=proposition,
        as_of=stamp.as_of,
        on=value.horizon,
        outcomes=tuple(outcomes),
        exclusive=False,
    )
    chosen = size or ("a4" if len(outcomes) <= _SMALL else "page")
    return comparison.chart(values, scale=words.scale(value.scale), stamp=stamp, size=chosen)


def moves(compared: ScenarioBand, row: ComparedQuantity) -> bool:
    """Whether a scenario moves a judgement, other than by holding it where it is wanted."""
    held = compared.lo80 == compared.hi80 and compared.probability in {0.0, 1.0}
    change: float = abs(compared.probability - row.baseline.probability)
    return not held and change >= _LEAST


def beside(
    row: ComparedQuantity,
    value: Compared,
    names: Collection[str],
    *,
    stamp: Stamp,
    size: str = "a4",
) -> Chart:
    """Chart the trajectories of one judgement, a panel a scenario.

    Parameters
    ----------
    row, value
        As in `compared`.
    names : collection of str
        The scenarios that are shown.
    stamp, size
        As in `compared`.
    """
    curves = next(one for one in value.trajectories if one.node == row.name)
    found = {c.scenario: _trajectory(row, curves.date, c, stamp) for c in curves.curves}
    scenarios = [
        side_by_side.Scenario(one.label, found[one.scenario])
        for one in value.scenarios
        if one.scenario in names
    ]
    scale = words.scale(value.scale)
    return side_by_side.chart(
        found["baseline"], scenarios, name=row.name, scale=scale, stamp=stamp, size=size
    )


def _trajectory(
    row: ComparedQuantity, dates: Sequence[dt.date], curve: ScenarioCurve, stamp: Stamp
) -> Trajectory:
    return Trajectory(
        node=row.name,
        label=row.label,
        proposition=row.claim,
        dates=np.array(dates, dtype="datetime64[D]"),
        mean=np.array(curve.probability),
        as_of=stamp.as_of,
        lo50=np.array(curve.lo50),
        hi50=np.array(curve.hi50),
        lo80=np.array(curve.lo80),
        hi80=np.array(curve.hi80),
    )


def _outcomes(value: Compared, row: ComparedQuantity) -> list[comparison.ComparedRow]:
    group = row.label
    out = [_outcome("Baseline", row.baseline, "baseline", group)]
    said = {one.scenario: one for one in value.scenarios}
    for found in row.scenarios:
        if found.lo80 == found.hi80 and found.probability in {0.0, 1.0}:
            continue  # the node is held there: no finding
        scenario = said[found.scenario]
        kinds = {_KINDS.get(each.kind, "other") for each in scenario.assumptions}
        kind = kinds.pop() if len(kinds) == 1 else "other"
        out.append(_outcome(scenario.label, found, kind, group))
    return out


def _outcome(
    label: str,
    band: WordedBand | ScenarioBand,
    kind: Literal["baseline", "do", "observe", "other"],
    group: str,
) -> comparison.ComparedRow:
    ends = {name: getattr(band, name) for name in BANDS[1:]}
    return comparison.ComparedRow(label, band.probability, **ends, kind=kind, group=group)


def states_chart(issue: Issue, node: str, shares: Mapping[str, Any], *, size: str = "a4") -> Chart:
    """Chart the states of a node now, each with its intervals.

    Parameters
    ----------
    issue : Issue
    node : str
    shares : mapping
        From `shares_of`.
    size : str
        See `forecast.charts`.

    Raises
    ------
    BeliefsError
        If there is no such node.
    """
    row = judged(issue, node)
    scale, stamp = look(issue)
    outcomes = tuple(
        comparison.ComparedRow(
            state.replace("_", " "),
            p=band["probability"],
            lo50=band["lo50"],
            hi50=band["hi50"],
            lo80=band["lo80"],
            hi80=band["hi80"],
        )
        for state, band in shares[node].items()
    )
    values = comparison.Comparison(
        name=node,
        label=str(row["label"]).partition(":")[0],
        proposition="each state holds",
        as_of=stamp.as_of,
        on=stamp.as_of,
        outcomes=outcomes,
    )
    return comparison.chart(values, scale=scale, stamp=stamp, size=size)


def scenarios_chart(issue: Issue, node: str, value: Compared, *, size: str | None = None) -> Chart:
    """Chart a node on the last date under scenarios, the forecast as it stands first.

    Parameters
    ----------
    issue : Issue
    node : str
    value : Compared
        From `scenarios_of`.
    size : str, optional
        By default as large as the rows need.

    Raises
    ------
    BeliefsError
        If there is no such node.
    """
    return compared(_row(issue, node, value), value, stamp=look(issue)[1], size=size)


def beside_chart(issue: Issue, node: str, value: Compared, *, size: str = "a4") -> Chart:
    """Chart the trajectories of a node under scenarios, those that move it most.

    Raises
    ------
    BeliefsError
        If there is no such node, or no scenario moves it by half a point.
    """
    row = _row(issue, node, value)
    moved = [one for one in row.scenarios if moves(one, row)]
    if not moved:
        raise BeliefsError(
            f"none of {len(row.scenarios)} scenarios moves {node} by half a point on "
            f"{value.horizon}; name another node or scenario"
        )
    shown = [one.scenario for one in moved]
    return beside(row, value, shown, stamp=look(issue)[1], size=size)


def judged(issue: Issue, node: str) -> dict[str, Any]:
    """Return the judgement of a node.

    Raises
    ------
    BeliefsError
        If there is no such node.
    """
    payload: Any = issue.payload
    rows = {row["node"]: row for row in payload["judgements"]}
    require_known(node, rows, what="node", where="in this forecast")
    found: dict[str, Any] = rows[node]
    return found


def _row(issue: Issue, node: str, value: Compared) -> ComparedQuantity:
    judged(issue, node)
    return next(row for row in judged_last(value) if row.name == node)
