"""Boxes on a ring, couplings as arrows between them, and what is said of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import numpy as np
from matplotlib.patches import Polygon

from forecast.charts import style, text
from forecast.charts.data import Floats
from forecast.charts.frame import Frame
from forecast.charts.links import Coupling, Direction, Network, Node, ratio

__all__ = [
    "LOOKS",
    "NARROW",
    "arrow",
    "compact",
    "crowded",
    "curve",
    "looks",
    "order",
    "outside",
    "pitch",
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
