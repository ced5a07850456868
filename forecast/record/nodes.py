"""What ``priors.yaml`` has on each judgement: states, indicators, questions, couplings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from forecast.names import require_known
from forecast.project.project import Project
from forecast.result import Result

if TYPE_CHECKING:
    from forecast.beliefs import Beliefs

__all__ = ["NodeList", "NodeRow", "list_nodes"]


class MovedBy(Result):
    """A coupling, from the side of the judgement that is moved."""

    node: str
    states: tuple[str, ...] = Field(
        description="while the other node is in one of these, the hazard is another"
    )
    from_state: str | None = Field(
        serialization_alias="from",
        description="the hazard acted on leads from this state; null for any",
    )
    to: str = Field(description="and to this one")

    def __str__(self) -> str:
        begins = f"{self.from_state} > " if self.from_state else ""
        return f"{self.node} in {' or '.join(self.states)} ({begins}{self.to})"


class NodeRow(Result):
    """A judgement, and what stands around it."""

    node: str
    label: str
    proposition: str
    states: tuple[str, ...]
    headline: tuple[str, ...] = Field(description="the states its number is of")
    indicators: tuple[str, ...] = Field(description="those that point at it")
    open_acts: tuple[str, ...] = Field(description="those of them that are done in the open")
    questions: tuple[str, ...] = Field(description="those of it, open or not")
    moved_by: tuple[MovedBy, ...] = Field(description="the couplings that act on it")


class NodeList(Result):
    """The judgements of a project."""

    nodes: tuple[NodeRow, ...] = Field(
        description="one for each node, in the order of the file; one where a node is named"
    )


def list_nodes(project: Project, node: str | None = None) -> NodeList:
    """List the nodes of a project in the order of the file.

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
    rows = [_row(beliefs, name) for name in beliefs.nodes if node in {None, name}]
    return NodeList(nodes=rows)


def _row(beliefs: Beliefs, name: str) -> NodeRow:
    node = beliefs.nodes[name]
    indicators = [each for each, one in beliefs.indicators.items() if name in one.nodes]
    return NodeRow(
        node=name,
        label=node.label,
        proposition=node.proposition,
        states=node.states,
        headline=node.headline,
        indicators=indicators,
        open_acts=[each for each in indicators if beliefs.is_open(each)],
        questions=[each for each, one in beliefs.questions.items() if one.node == name],
        moved_by=[
            MovedBy(
                node=one.parent.node,
                states=one.parent.states,
                from_state=one.child.from_state,
                to=one.child.to_state,
            )
            for one in beliefs.couplings.values()
            if one.child.node == name
        ],
    )
