"""The one translator between what analysts write and what the mathematics reads."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.beliefs import Beliefs
from forecast.beliefs.indicators import Indicator, MoveIndicator, PresenceIndicator, ValueIndicator
from forecast.inference.priors import Priors, build_priors, occurrence
from forecast.network import (
    COUNT,
    MARK,
    PRESENCE,
    VALUE,
    Network,
    Tables,
    components,
    tables,
)

__all__ = ["Component", "Encoding", "encode"]


@dataclass(frozen=True, eq=False)
class Component:
    """Nodes that are filtered together.

    Attributes
    ----------
    nodes : tuple of int
        Numbers of the nodes, in the order of the file.
    tables : Tables
        Their compiled structure.
    """

    nodes: tuple[int, ...]
    tables: Tables


@dataclass(frozen=True, eq=False)
class Encoding:
    """A file of beliefs as the arrays of the network.

    Attributes
    ----------
    beliefs : Beliefs
        What was encoded.
    network : Network
        Its structure.
    priors : Priors
        Its priors.
    components : tuple of Component
        Groups of nodes that are independent of each other.
    """

    beliefs: Beliefs
    network: Network
    priors: Priors
    components: tuple[Component, ...]

    @property
    def step(self) -> int:
        """Days in a step."""
        return self.beliefs.grid.step

    @property
    def keep(self) -> float:
        """Weight of a step against the one after it in learning the rates; 1 forgets nothing."""
        learning = self.beliefs.learning
        return 1.0 if learning is None else float(0.5 ** (self.step / learning.half_life))

    @property
    def nodes(self) -> list[str]:
        """Names of the nodes."""
        return list(self.beliefs.nodes)

    @property
    def indicators(self) -> list[str]:
        """Names of the indicators."""
        return list(self.beliefs.indicators)

    def named(self, component: Component) -> list[str]:
        """Name the nodes of a component, in its order; bursts of levels, the last, have none."""
        names = self.nodes
        return [names[number] for number in component.nodes if number < len(names)]

    def place(self, node: str) -> tuple[Component, int]:
        """Component of a node, and its position there."""
        number = self.nodes.index(node)
        component = next(c for c in self.components if number in c.nodes)
        return component, component.nodes.index(number)

    def headline_rows(self, node: str) -> list[int]:
        """Numbers of a node's headline states among all states of all nodes."""
        return self.state_rows(node, self.beliefs.nodes[node].headline)

    def state_rows(self, node: str, states: tuple[str, ...]) -> list[int]:
        """Numbers of some states of a node among all states of all nodes."""
        names = self.priors.node_states
        return [names.index(f"{node}.{state}") for state in states]

    def state_numbers(self, node: str, states: tuple[str, ...]) -> set[int]:
        """Numbers of some states of a node."""
        known = self.beliefs.nodes[node].states
        return {known.index(state) for state in states}


def encode(beliefs: Beliefs) -> Encoding:
    """Translate beliefs into the structure and the priors of a network.

    Parameters
    ----------
    beliefs : Beliefs
        A checked file.

    Returns
    -------
    Encoding
    """
    priors = build_priors(beliefs)
    names = list(beliefs.nodes)
    points, levels = _indicator_rows(beliefs, names, priors)
    for level in priors.levels:
        for stream in level.streams:
            (levels if stream.days is None else points).extend(level.pointed(stream))
    kinds = [_kind(indicator) for indicator in beliefs.indicators.values()]
    own_first = sorted(beliefs.nodes.items(), key=lambda item: item[1].moves_like is not None)
    hazards = [
        (names.index(name), node.states.index(h.from_state), node.states.index(h.to_state))
        for name, node in own_first
        for h in node.hazards
    ]
    hazards += [move for level in priors.levels for move in level.hazards]
    network = Network(
        sizes=np.array(priors.node_sizes),
        hazards=np.array(hazards, dtype=np.int64).reshape(-1, 3),
        links=np.array(_links(beliefs, names, hazards), dtype=np.int64).reshape(-1, 4),
        kinds=np.array(kinds),
        points=np.array(points, dtype=np.int64).reshape(-1, 4),
        levels=np.array(levels, dtype=np.int64).reshape(-1, 4),
        marks=np.array(_marks(beliefs, names, hazards), dtype=np.int64).reshape(-1, 2),
        average=_average_occurrence(beliefs, priors),
        degrees_of_freedom=np.array(
            [getattr(i, "degrees_of_freedom", 1.0) for i in beliefs.indicators.values()]
        ),
        power=np.array([getattr(i, "exponent", 0.0) for i in beliefs.indicators.values()]),
    )
    groups = tuple(Component(tuple(g), tables(network, g)) for g in components(network))
    return Encoding(beliefs, network, priors, groups)


def _kind(indicator: Indicator) -> int:
    if isinstance(indicator, MoveIndicator):
        return MARK
    return {"presence": PRESENCE, "count": COUNT, "value": VALUE}[indicator.kind]


def _marks(
    beliefs: Beliefs, names: list[str], hazards: list[tuple[int, int, int]]
) -> list[tuple[int, int]]:
    """Write each indicator of a move as a row: its number, and the hazard of the move."""
    out = []
    for number, indicator in enumerate(beliefs.indicators.values()):
        if isinstance(indicator, MoveIndicator):
            move = indicator.marks
            states = beliefs.nodes[move.node].states
            ends = states.index(move.from_state), states.index(move.to_state)
            out.append((number, hazards.index((names.index(move.node), *ends))))
    return out


def _links(
    beliefs: Beliefs, names: list[str], hazards: list[tuple[int, int, int]]
) -> list[tuple[int, int, int, int]]:
    """Write each coupling as rows: hazard it acts on, coupling, parent, parent's state."""
    rows = []
    for number, coupling in enumerate(beliefs.couplings.values()):
        child = beliefs.nodes[coupling.child.node]
        origin = coupling.child.from_state
        for hazard, (node, start, end) in enumerate(hazards):
            if (
                node == names.index(coupling.child.node)
                and child.states[end] == coupling.child.to_state
                and origin in (None, child.states[start])
            ):
                parent = beliefs.nodes[coupling.parent.node]
                rows += [
                    (hazard, number, names.index(coupling.parent.node), parent.states.index(state))
                    for state in coupling.parent.states
                ]
    return rows


def _indicator_rows(
    beliefs: Beliefs, names: list[str], priors: Priors
) -> tuple[list[tuple[int, int, int, int]], list[tuple[int, int, int, int]]]:
    points: list[tuple[int, int, int, int]] = []
    levels: list[tuple[int, int, int, int]] = []
    for number, (name, indicator) in enumerate(beliefs.indicators.items()):
        if isinstance(indicator, ValueIndicator):
            if indicator.follows is not None:
                continue
            node = indicator.stated.node
            states = beliefs.nodes[node].states
            levels += [
                (
                    *(number, names.index(node), states.index(state)),
                    priors.number("level", f"{name} | {node}.{state}"),
                )
                for state in indicator.stated.states
            ]
            continue
        for node, ratios in beliefs.pointed(name).items():
            states = beliefs.nodes[node].states
            points += [
                (
                    *(number, names.index(node), states.index(state)),
                    priors.number("rarity", f"{name} | {node}.{state}"),
                )
                for state in ratios
            ]
    return points, levels


def _average_occurrence(beliefs: Beliefs, priors: Priors) -> npt.NDArray[np.float64]:
    """Average each indicator's probability within a step over states, at the prior medians.

    For an indicator of a move it is that of the move within a step from the state it leaves, with
    all couplings inactive: then a report of credibility c makes the move about c probable there.

    It is the constant a report of no credibility weighs: the same in every state.
    """
    out = np.full(len(beliefs.indicators), 0.5)
    for number, (name, indicator) in enumerate(beliefs.indicators.items()):
        if isinstance(indicator, MoveIndicator):
            move = indicator.marks
            hazard = priors.number(
                "log_hazard", f"{move.node}: {move.from_state} > {move.to_state}"
            )
            per_day = math.exp(priors.log_hazard.mean[hazard])
            out[number] = -math.expm1(-per_day * beliefs.grid.step)
        if not isinstance(indicator, PresenceIndicator):
            continue
        occurs, _ = occurrence(beliefs, priors, name)
        out[number] = math.fsum(occurs) / len(occurs)
    return out
