"""Labels that name a point of a chart and stand where they cover least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.charts import style
from forecast.charts.frame import Frame
from forecast.charts.placement import Room

__all__ = ["Line", "put"]

_AIR = 0.6  # millimetres kept free on either side of a label
_BOX = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a label.

    Attributes
    ----------
    words : str
    ratio : float
        Type size in bases.
    bold : bool
    colour : str
    """

    words: str
    ratio: float = 0.86
    bold: bool = False
    colour: str = style.TEXT


def put(
    frame: Frame,
    room: Room,
    lines: Sequence[Line],
    *,
    near: Sequence[tuple[float, float]],
    reach: float = np.inf,
    pull: float = 10.0,
    others: Sequence[tuple[float, float]] = (),
) -> bool:
    """Print a label near one of some points, and forbid its place to later ones.

    Parameters
    ----------
    frame : Frame
    room : Room
        The room of the axes, with what is drawn in it.
    lines : sequence of Line
        From the top down.
    near : sequence of (x, y)
        Millimetres from the lower left corner.
    reach : float
        Farthest the label may be from the nearest of them; without one it is always printed if it
        fits into the axes at all.
    pull : float
        Cost of a millimetre of distance.
    others : sequence of (x, y)
        What other labels name: this one stands nearer to its own, or has a line to it.

    Returns
    -------
    bool
        Whether there was a place.
    """
    texts = [
        frame.text(
            0,
            0,
            line.words,
            fontsize=frame.points(line.ratio),
            fontweight="bold" if line.bold else "normal",
            color=line.colour,
            va="bottom",
            zorder=8,
        )
        for line in lines
    ]
    boxes = [text.get_window_extent(style.renderer(frame.dpi)) for text in texts]
    per = frame.dpi * style.MM
    widths, heights = [box.width / per for box in boxes], [box.height / per for box in boxes]
    place = room.place(max(widths) + 2 * _AIR, sum(heights), near=near, reach=reach,
                       pull=pull, others=others)  # fmt: skip
    if place is None:
        for text in texts:
            text.remove()
        return False
    nearest = min(near, key=lambda at: abs(at[0] - place.x) + abs(at[1] - place.y))
    right = place.x + max(widths) / 2 < nearest[0]
    top = place.y + sum(heights)
    if place.near_other:
        corner = min(max(nearest[0], place.x), place.x + max(widths) + 2 * _AIR)
        frame.line([corner, nearest[0]], [place.y + _AIR, nearest[1]], color=style.TEXT, lw=0.5,
                   zorder=7.5, label="_leader")  # fmt: skip
    for text, width, height in zip(texts, widths, heights, strict=True):
        top -= height
        left = place.x + _AIR + (max(widths) - width if right else 0)
        text.set_position((left / frame.width, top / frame.height))
        if place.ground:
            text.set_bbox(_BOX)
    return True
