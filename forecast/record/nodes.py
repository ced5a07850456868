"""What ``priors.yaml`` has on each judgement: states, indicators, questions, couplings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecast.names import require_known
from forecast.project.project import Project

if TYPE_CHECKING:
    from forecast.beliefs import Beliefs

__all__ = ["list_nodes"]


def list_nodes(project: Project, node: str | None = None) -> list[dict[str, Any]]:
    """List the nodes of a project in the order of the file, as plain values.

    Parameters
    ----------
    project : Project
        Where ``priors.yaml`` is; nothing else is read.
    node : str, optional
        Only this one.

    Raises
    ------
    BeliefsError
        If the file cannot be used, or there is no such node.
    """
    beliefs = project.beliefs()
    if node is not None:
        require_known(node, beliefs.nodes, what="node")
    return [_plain(beliefs, name) for name in beliefs.nodes if node in {None, name}]


def _plain(beliefs: Beliefs, name: str) -> dict[str, Any]:
    node = beliefs.nodes[name]
    return {
        "node": name,
        "label": node.label,
        "proposition": node.proposition,
        "states": list(node.states),
        "headline": list(node.headline),
        "indicators": [each for each, one in beliefs.indicators.items() if name in one.nodes],
        "questions": [each for each, one in beliefs.questions.items() if one.node == name],
        "moved_by": [
            {
                "node": one.parent.node,
                "states": list(one.parent.states),
                "from": one.child.from_state,
                "to": one.child.to_state,
            }
            for one in beliefs.couplings.values()
            if one.child.node == name
        ],
    }
