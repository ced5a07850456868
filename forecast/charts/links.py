"""What acts on what, and what points at what: the values of a network diagram."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from forecast.charts.refusals import ChartRefusal

__all__ = ["Coupling", "Direction", "Network", "Node", "Pointer", "ratio"]

#: What a coupling does to the probability of its child's headline.
Direction = Literal["raises", "lowers", "either", "neither"]


@dataclass(frozen=True, slots=True)
class Node:
    """One node.

    Attributes
    ----------
    name, label : str
    headline : str
        The state, or states, whose probability is given.
    p : float
        Probability of the headline now.
    states : tuple of str
        All states, in order.
    """

    name: str
    label: str
    headline: str
    p: float
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coupling:
    """A node that changes how fast another one moves.

    Attributes
    ----------
    parent, child : str
        Names of nodes.
    when : str
        States of the parent in which it acts.
    entering : str
        State of the child whose entry it makes faster or slower, such as ``advanced``.
    low, high : float
        90 % interval of the factor on that rate.
    direction : {"raises", "lowers", "either", "neither"}
        What it does to the probability of the child's headline. The ratio alone does not tell: what
        speeds the way out of the headline lowers it.
    leaving : str
        State of the child that is left for it; empty for any.
    """

    parent: str
    child: str
    when: str
    entering: str
    low: float
    high: float
    direction: Direction
    leaving: str = ""

    @property
    def transition(self) -> str:
        """What it acts on, as printed: ``advanced``, or ``none to limited``."""
        return f"{self.leaving} to {self.entering}" if self.leaving else self.entering


@dataclass(frozen=True, slots=True)
class Pointer:
    """An indicator that points at a node.

    Attributes
    ----------
    indicator, label : str
        Its name, and as printed.
    node : str
    low, high : float or None
        By how much rarer its events are in the node's other states: the interval, or the widest of
        several; nothing for an indicator whose level is read.
    """

    indicator: str
    label: str
    node: str
    low: float | None = None
    high: float | None = None

    @property
    def strength(self) -> float:
        """Size of the middle of the interval in log units; 0 where there is none."""
        if self.low is None or self.high is None:
            return 0.0
        return abs(math.log(self.low * self.high)) / 2


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes, couplings and indicators.

    Attributes
    ----------
    name, label : str
        For files, and as printed.
    as_of : date
    nodes : tuple of Node
    couplings : tuple of Coupling
    pointers : tuple of Pointer
        A row for each pair of indicator and node.

    Raises
    ------
    ChartRefusal
        When there is no node, a link names an unknown one, a value is no probability, or a ratio is
        not positive.
    """

    name: str
    label: str
    as_of: dt.date
    nodes: tuple[Node, ...]
    couplings: tuple[Coupling, ...] = ()
    pointers: tuple[Pointer, ...] = ()

    def __post_init__(self) -> None:
        known = {node.name for node in self.nodes}
        if not known:
            raise ChartRefusal(f"{self.name}: there is no node to draw")
        named = {n for c in self.couplings for n in (c.parent, c.child)}
        named |= {pointer.node for pointer in self.pointers}
        if unknown := sorted(named - known):
            raise ChartRefusal(f"{self.name}: a link names {unknown[0]!r}, which is no node")
        if not all(0 <= node.p <= 1 for node in self.nodes):
            raise ChartRefusal(f"{self.name}: the probability of a node is not in 0 to 1")
        for one in self.couplings:
            if not 0 < one.low <= one.high:
                raise ChartRefusal(
                    f"{self.name}: the ratio of {one.parent} on {one.child} runs from {one.low:g} "
                    f"to {one.high:g}; it must be above 0 and rise"
                )

    def node(self, name: str) -> Node:
        """Return a node by name."""
        return next(one for one in self.nodes if one.name == name)

    @property
    def indicators(self) -> int:
        """How many indicators there are."""
        return len({one.indicator for one in self.pointers})

    @property
    def shared(self) -> frozenset[str]:
        """Indicators that point at more than one node."""
        names = [one.indicator for one in self.pointers]
        return frozenset(name for name in names if names.count(name) > 1)

    def pointing_at(self, node: str) -> tuple[Pointer, ...]:
        """Return the indicators of a node, those that tell its states apart most first."""
        found = (one for one in self.pointers if one.node == node)
        return tuple(sorted(found, key=lambda one: (-one.strength, one.label)))

    def around(self, node: str) -> Network:
        """Keep a node, what acts on it, what it acts on, and its indicators with all they say."""
        kept = tuple(c for c in self.couplings if node in {c.parent, c.child})
        names = {node} | {name for c in kept for name in (c.parent, c.child)}
        mine = {one.indicator for one in self.pointers if one.node == node}
        return Network(
            node,
            self.node(node).label,
            self.as_of,
            tuple(one for one in self.nodes if one.name in names),
            kept,
            tuple(p for p in self.pointers if p.indicator in mine and p.node in names),
        )

    def table(self) -> dict[str, Sequence[Any]]:
        """List every node and link, a row each."""
        labels = {node.name: node.label for node in self.nodes}
        rows: list[tuple[Any, ...]] = [
            ("node", n.name, n.label, "", n.headline, "", "", "", n.p) for n in self.nodes
        ]
        rows += [
            (
                "coupling",
                c.parent,
                labels[c.parent],
                c.child,
                c.when,
                c.transition,
                c.low,
                c.high,
                "",
            )
            for c in self.couplings
        ]
        rows += [
            ("indicator", p.indicator, p.label, p.node, "", "", _or_blank(p.low),
             _or_blank(p.high), "")
            for p in self.pointers
        ]  # fmt: skip
        names = ("kind", "name", "label", "node", "states", "entering", "lo90", "hi90", "p")
        columns: dict[str, Sequence[Any]] = dict(zip(names, zip(*rows, strict=True), strict=True))
        said = ["" for _ in self.nodes] + [c.direction for c in self.couplings]
        said += [""] * len(self.pointers)
        return {**columns, "direction": said, "as_of": [self.as_of.isoformat()] * len(rows)}


def ratio(low: float, high: float) -> str:
    """Print an interval of a ratio: in plain digits, with its ends and 1 told apart.

    Examples
    --------
    >>> ratio(1.2, 4.0), ratio(0.15, 0.6), ratio(3, 120), ratio(0.98, 1.02)
    ('×1.2–4', '×0.15–0.6', '×3–120', '×0.98–1.02')
    """  # noqa: RUF002  # what is printed
    ends = (low, high)
    for digits in range(2, 8):
        said = [_plain(end, digits) for end in ends]
        alike = said[0] == said[1] and low != high
        if not alike and not any(s == "1" and end != 1 for s, end in zip(said, ends, strict=True)):
            break
    return f"×{said[0]}–{said[1]}"  # noqa: RUF001


def _plain(value: float, digits: int) -> str:
    """Print some significant digits, never as a power of ten."""
    rounded = float(f"{value:.{digits}g}")
    if rounded >= 1000:
        return f"{rounded:,.0f}"
    return np.format_float_positional(rounded, trim="-")


def _or_blank(value: float | None) -> float | str:
    return "" if value is None else value
