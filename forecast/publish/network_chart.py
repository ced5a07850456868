"""The network behind a forecast, from what the ledger holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from forecast.beliefs import Beliefs, MoveIndicator, ValueIndicator
from forecast.charts import neighbourhood, network
from forecast.charts.files import Chart
from forecast.charts.links import Coupling, Network, Node, Pointer
from forecast.issue.charts import PANEL, look
from forecast.issue.recall import issued_beliefs
from forecast.issue.run import Issue
from forecast.names import require_known
from forecast.project.project import Project
from forecast.project.recorded import held_beliefs
from forecast.publish.coupling_effects import direction

__all__ = ["network_chart"]


def network_chart(issue: Issue, node: str | None, project: Project, *, size: str = "a4") -> Chart:
    """Chart nodes, couplings and indicators; or one node with its indicators by name.

    Raises
    ------
    BeliefsError
        If there is no such node.
    LedgerError
        If the ledger does not hold the beliefs of the issue.
    """
    values = _network(issue, held_beliefs(issued_beliefs(issue, project)))
    stamp = look(issue)[1]
    if node is None:
        return network.chart(values, stamp=stamp, size=size)
    require_known(node, [one.name for one in values.nodes], what="node", where="in this forecast")
    return neighbourhood.chart(values.around(node), stamp=stamp, size=size)


def _network(issue: Issue, beliefs: Beliefs) -> Network:
    payload: Any = issue.payload
    now = {row["node"]: row for row in payload["judgements"]}
    nodes = tuple(
        Node(name, about.label, _said(now[name]["states"]), now[name]["probability"],
             tuple(_said([state]) for state in about.states))
        for name, about in beliefs.nodes.items()
    )  # fmt: skip
    walked = dt.date.fromisoformat(payload["horizon"]) - beliefs.brief.as_of
    couplings = tuple(
        Coupling(
            one.parent.node,
            one.child.node,
            _said(one.parent.states),
            _said([one.child.to_state]),
            *one.ratio,
            direction(beliefs, one, days=walked.days),
            _said([one.child.from_state]) if one.child.from_state else "",
        )
        for one in beliefs.couplings.values()
    )
    pointers = tuple(
        pointer
        for name, about in beliefs.indicators.items()
        for pointer in _pointers(beliefs, name, about.label)
    )
    title = payload["brief"]["title"]
    return Network(PANEL, title, issue.issued.as_of, nodes, couplings, pointers)


def _pointers(beliefs: Beliefs, name: str, label: str) -> list[Pointer]:
    about = beliefs.indicators[name]
    if isinstance(about, ValueIndicator):
        return [Pointer(name, label, about.levels.node)]
    if isinstance(about, MoveIndicator):
        return [Pointer(name, label, about.marks.node)]
    return [
        Pointer(name, label, node, *_widest(ratios.values()))
        for node, ratios in beliefs.pointed(name).items()
    ]


def _widest(intervals: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Take the widest interval where the other states have one each."""
    lows, highs = zip(*intervals, strict=True)
    return min(lows), max(highs)


def _said(states: Iterable[str]) -> str:
    return " or ".join(state.replace("_", " ") for state in states)
