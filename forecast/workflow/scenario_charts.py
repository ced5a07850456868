"""Charts that compare: the states of a node, or a node under scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forecast.charts import comparison
from forecast.charts.finished import Chart
from forecast.errors import BeliefsError
from forecast.names import require_known
from forecast.workflow.drawing import look
from forecast.workflow.run import Issue
from forecast.workflow.whatif_charts import beside, compared, judged_last, moves

__all__ = ["beside_chart", "judged", "scenarios_chart", "states_chart"]


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
        comparison.Outcome(
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


def scenarios_chart(
    issue: Issue, node: str, value: dict[str, Any], *, size: str | None = None
) -> Chart:
    """Chart a node on the last date under scenarios, the forecast as it stands first.

    Parameters
    ----------
    issue : Issue
    node : str
    value : dict
        From `scenarios_of`.
    size : str, optional
        By default as large as the rows need.

    Raises
    ------
    BeliefsError
        If there is no such node.
    """
    return compared(_row(issue, node, value), value, stamp=look(issue)[1], size=size)


def beside_chart(issue: Issue, node: str, value: dict[str, Any], *, size: str = "a4") -> Chart:
    """Chart the trajectories of a node under scenarios, those that move it most.

    Raises
    ------
    BeliefsError
        If there is no such node, or no scenario moves it by half a point.
    """
    row = _row(issue, node, value)
    moved = [one for one in row["scenarios"] if moves(one, row)]
    if not moved:
        raise BeliefsError(
            f"none of {len(row['scenarios'])} scenarios moves {node} by half a point on "
            f"{value['horizon']}; name another node or scenario"
        )
    shown = [one["scenario"] for one in moved]
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


def _row(issue: Issue, node: str, value: dict[str, Any]) -> dict[str, Any]:
    judged(issue, node)
    return next(row for row in judged_last(value) if row["name"] == node)
