"""A network diagram: boxes on a ring, couplings as arrows, pointers, and what is said of each."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any, Literal

import numpy as np
from matplotlib.patches import Polygon

from forecast.charts import style, text
from forecast.charts.data import ChartRefusal, Floats
from forecast.charts.frame import Frame

__all__ = [
    "LOOKS",
    "NARROW",
    "Coupling",
    "Direction",
    "Network",
    "Node",
    "Pointer",
    "arrow",
    "compact",
    "crowded",
    "curve",
    "looks",
    "order",
    "outside",
    "pitch",
    "ratio",
    "said_of",
    "spoken",
    "spot",
    "spots",
]


NARROW = 14.0  # width of the axes below which they are compact, millimetres per point of type


@dataclass(frozen=True, slots=True)
class _Look:
    colour: str
    dashes: Any
    said: str


#: What a coupling does to the probability of its child's headline.
Direction = Literal["raises", "lowers", "either", "neither"]


#: How each direction of a coupling is drawn, and what the subtitle says of it.
LOOKS: dict[Direction, _Look] = {
    "raises": _Look(style.COLOURS[1], "-", "solid, vermillion: raises it"),
    "lowers": _Look(style.BLUE, (0, (4, 2)), "dashed, blue: lowers it"),
    "either": _Look(style.REFERENCE, (0, (1, 1.5)), "dotted, grey: may do either"),
    "neither": _Look(style.LIGHT, (0, (5, 2, 1, 2)), "dash-dotted, light grey: does neither"),
}

_DOES: dict[Direction, str] = {
    "raises": "raises",
    "lowers": "lowers",
    "either": "may raise or lower",
    "neither": "does not change",
}


def compact(frame: Frame) -> bool:
    """Whether axes are so narrow that boxes hold only names, in small type."""
    return frame.width < NARROW * frame.base


def arrow(frame: Frame, line: Floats, direction: Direction) -> None:
    """Draw a line with a head at its end, in the look of a direction."""
    look, base = LOOKS[direction], frame.base
    tip, head = line[-1], 0.3 * base
    far = np.hypot(*(line - tip).T)
    before = line[: max(int(np.argmax(far <= head)), 1)]
    back = tip - before[-1]
    along = back / max(float(np.hypot(*back)), 1e-9)
    across = np.array([-along[1], along[0]])
    foot = tip - head * along
    shaft = np.vstack([before, foot])
    frame.line(shaft[:, 0].tolist(), shaft[:, 1].tolist(), color=look.colour, ls=look.dashes,
               lw=0.15 * base, zorder=2, label="_coupling")  # fmt: skip
    corners = np.array([tip, foot + 0.35 * head * across, foot - 0.35 * head * across])
    frame.ax.add_patch(
        Polygon(corners / np.array([frame.width, frame.height]), closed=True, lw=0, zorder=2.5,
                facecolor=look.colour, transform=frame.ax.transAxes, clip_on=False)
    )  # fmt: skip


def said_of(one: Coupling, child: Node) -> tuple[str, str]:
    """Say what a coupling acts on, where that is not entering the headline, and its ratio."""
    said = ratio(one.low, one.high)
    if one.transition == child.headline:
        return "", said
    return (one.transition if one.leaving else f"to {one.entering}"), f" {said}"


def looks(values: Network) -> str:
    """Say how to read the arrows that are drawn."""
    drawn = {one.direction for one in values.couplings}
    return "; ".join(look.said for direction, look in LOOKS.items() if direction in drawn)


def pitch(frame: Frame, points: float) -> float:
    """Millimetres between lines of text that stand close, but apart."""
    return 1.12 * text.Block("", ("Ag",), points).height(frame.dpi)


def spoken(values: Network) -> list[str]:
    """Say every coupling in words, for readers who do not see the arrows."""
    nodes = {node.name: node for node in values.nodes}
    return [
        f"{nodes[c.parent].label} ({c.when}) {_DOES[c.direction]} {nodes[c.child].label}: "
        f"{nodes[c.child].headline} (rate of {'' if c.leaving else 'entering '}{c.transition} "
        f"{ratio(c.low, c.high)})"
        for c in values.couplings
    ]


_ALL = 6  # boxes up to which every order is tried
_CROSSING = 1000.0  # millimetres a crossing is worth
_POINTS = 121
_ASIDE = 0.75  # of half a label, that it may stand to one side of its line
Link = tuple[int, int]
Box = tuple[float, float, float, float]  # middle, half width, half height


def spots(count: int, *, width: float, height: float) -> Floats:
    """Middles on an ellipse that fills a box, clockwise from the top; a row for two.

    Examples
    --------
    >>> spots(4, width=20.0, height=10.0).round(6).tolist()
    [[10.0, 10.0], [20.0, 5.0], [10.0, 0.0], [0.0, 5.0]]
    """
    if count == 1:
        return np.array([[width / 2, height / 2]])
    start = np.pi if count == 2 else np.pi / 2
    angles = start - 2 * np.pi * np.arange(count) / count
    # sin and cos leave remainders that differ from one machine to the next
    unit = np.round(np.stack([np.cos(angles), np.sin(angles)], axis=1), 9)
    unit[:, 1] -= (unit[:, 1].max() + unit[:, 1].min()) / 2
    span = np.maximum(np.abs(unit).max(axis=0), 1e-9)
    places: Floats = (unit / span + 1) / 2 * np.array([width, height])
    return places


def order(count: int, links: Sequence[Link], places: Floats) -> list[int]:
    """Choose which box goes where so that links cross least, and are short.

    Every order is tried for a few boxes; for more, two are swapped as long as that helps.

    Parameters
    ----------
    count : int
    links : sequence of (box, box)
    places : (count, 2) float
        From `spots`.

    Returns
    -------
    list of int
        Place of each box.

    Examples
    --------
    >>> ring = spots(4, width=10.0, height=10.0)
    >>> places = order(4, [(0, 2), (1, 3)], ring)
    >>> abs(places[0] - places[2]) in {1, 3}, abs(places[1] - places[3]) in {1, 3}
    (True, True)
    """
    pairs = sorted({(min(a, b), max(a, b)) for a, b in links if a != b})
    if count <= _ALL:
        return min((list(p) for p in permutations(range(count))),
                   key=lambda tried: (_cost(tried, pairs, places), tried))  # fmt: skip
    best = list(range(count))
    cost, better = _cost(best, pairs, places), True
    while better:
        better = False
        for a, b in combinations(range(count), 2):
            tried = best.copy()
            tried[a], tried[b] = tried[b], tried[a]
            new = _cost(tried, pairs, places)
            if new < cost - 1e-6:
                best, cost, better = tried, new, True
    return best


def _cost(tried: Sequence[int], pairs: Sequence[Link], places: Floats) -> float:
    lines = [(tried[a], tried[b]) for a, b in pairs]
    length = sum(float(np.hypot(*(places[a] - places[b]))) for a, b in lines)
    return round(length + _CROSSING * sum(_cross(a, b) for a, b in combinations(lines, 2)), 6)


def _cross(one: Link, other: Link) -> bool:
    """Whether two chords of a ring cross: their ends alternate."""
    low, high = min(one), max(one)
    return not set(one) & set(other) and (low < other[0] < high) != (low < other[1] < high)


def curve(start: Box, end: Box, *, bend: float) -> Floats:
    """Points of an arrow from the edge of one box to the edge of another.

    Parameters
    ----------
    start, end : (x, y, half width, half height)
    bend : float
        How far it swings out to its left, as a share of its length.
    """
    a, b = np.array(start[:2]), np.array(end[:2])
    along = b - a
    control = (a + b) / 2 + bend * np.array([-along[1], along[0]])
    t = np.linspace(0, 1, _POINTS)[:, None]
    points = (1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b
    keep = outside(points, start) & outside(points, end)
    kept: Floats = points[keep]
    return kept if len(kept) > 1 else points[[0, -1]]


def outside(points: Floats, box: Box, *, air: float = 0.0) -> np.ndarray[tuple[int], np.dtype[Any]]:
    """Tell which points lie outside a box."""
    x, y, half, up = box
    away = np.abs(points - np.array([x, y])) > np.array([half + air, up + air])
    found: np.ndarray[tuple[int], np.dtype[Any]] = away.any(axis=1)
    return found


def spot(
    line: Floats,
    size: tuple[float, float],
    *,
    taken: Sequence[Box],
    others: Sequence[Floats],
    within: tuple[float, float],
) -> Box | None:
    """Find where a label goes on its line, without touching boxes and covering few other lines.

    Parameters
    ----------
    line : (n, 2) float
    size : (width, height)
        Of the label.
    taken : sequence of boxes
    others : sequence of (m, 2) float
        Other lines.
    within : (width, height)
        Of the axes.

    Returns
    -------
    box or None
        Nothing where there is no place that is free.
    """
    half, up = size[0] / 2, size[1] / 2
    best: tuple[float, int, Box] | None = None
    for number in range(len(line) // 8, len(line) - len(line) // 6):
        for aside in (0.0, -_ASIDE * half, _ASIDE * half):
            x, y = float(line[number, 0]) + aside, float(line[number, 1])
            box = (x, y, half, up)
            if x < half or y < up or x > within[0] - half or y > within[1] - up:
                continue
            if any(_touch(box, other) for other in taken):
                continue
            covered = sum(int((~outside(other, box, air=0.4)).sum()) for other in others)
            cost = round(covered + 0.25 * abs(number - len(line) / 2) + 4.0 * (aside != 0), 6)
            if best is None or (cost, number) < best[:2]:
                best = (cost, number, box)
    return None if best is None else best[2]


def crowded(boxes: Sequence[Box]) -> bool:
    """Whether two boxes touch."""
    return any(_touch(one, other) for one, other in combinations(boxes, 2))


def _touch(one: Box, other: Box) -> bool:
    return (
        abs(one[0] - other[0]) < one[2] + other[2] + 0.3
        and abs(one[1] - other[1]) < one[3] + other[3] + 0.3
    )


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
