"""Couplings as arrows: how each direction looks, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.patches import Polygon

from forecast.charts import style, text, wording
from forecast.charts.data import Floats
from forecast.charts.frame import Frame
from forecast.charts.links import Coupling, Direction, Network, Node, ratio

__all__ = ["LOOKS", "NARROW", "arrow", "compact", "counted", "looks", "pitch", "said_of", "spoken"]

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


def counted(n: int, noun: str) -> str:
    """Print a number with its noun."""
    return f"{n}{wording.NBSP}{noun}{'' if n == 1 else 's'}"


def spoken(values: Network) -> list[str]:
    """Say every coupling in words, for readers who do not see the arrows."""
    nodes = {node.name: node for node in values.nodes}
    return [
        f"{nodes[c.parent].label} ({c.when}) {_DOES[c.direction]} {nodes[c.child].label}: "
        f"{nodes[c.child].headline} (rate of {'' if c.leaving else 'entering '}{c.transition} "
        f"{ratio(c.low, c.high)})"
        for c in values.couplings
    ]
