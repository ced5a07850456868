"""Numbered reports on the top edge, moved apart where their dates crowd."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.charts import style
from forecast.charts.data import Floats, Mark
from forecast.charts.dates import day_number
from forecast.charts.frame import Frame
from forecast.charts.placement import spread

__all__ = ["diameter", "draw_marks", "height_above", "places"]

_LIFT = 1.0  # millimetres between axes and the lowest row
_ROW = 1.15  # rows apart, in diameters
_GREY = "#8C8C8C"


def diameter(base: float) -> float:
    """Millimetres across a numbered circle."""
    return 1.45 * max(6.5, 0.8 * base) / 72 / style.MM


def places(wanted: Sequence[float], *, width: float, base: float) -> tuple[Floats, bool]:
    """Where circles go along axes `width` millimetres wide, and whether they take two rows.

    In one row circles stay a diameter apart. Where that would move one by more than half a
    diameter, every other circle goes to a second row and half the distance is enough.
    """
    across = diameter(base)
    one_row = spread(wanted, gap=1.1 * across, low=across / 2, high=width)
    if len(wanted) == 0 or np.abs(one_row - np.asarray(wanted)).max() <= across / 2:
        return one_row, False
    return spread(wanted, gap=0.62 * across, low=across / 2, high=width), True


def height_above(*, two_rows: bool, base: float) -> float:
    """Millimetres the circles take above the axes."""
    return _LIFT + diameter(base) * (1 + _ROW * two_rows)


def draw_marks(frame: Frame, marks: Sequence[Mark]) -> float:
    """Draw numbers above the axes and a dashed rule from each; return how far right they reach.

    Returns
    -------
    float
        Right edge of the last circle, millimetres from the left of the axes.
    """
    if not marks:
        return 0.0
    across = diameter(frame.base)
    dated = [float(frame.x(mark.date)) for mark in marks]
    centres, two_rows = places(dated, width=frame.width, base=frame.base)
    for number, (mark, at, centre) in enumerate(zip(marks, dated, centres, strict=True), 1):
        frame.ax.axvline(
            day_number(mark.date), color=_GREY, lw=0.6, ls=(0, (2, 2)), zorder=1, label="_mark"
        )
        row = int(two_rows and number % 2 == 0)
        up = frame.height + _LIFT + across * (0.5 + _ROW * row)
        knee = frame.height + _LIFT * 0.8
        frame.line(
            [at, centre, centre], [frame.height, knee, up], color=_GREY, lw=0.6, label="_leader"
        )
        _circle(frame, centre, up, number)
    return float(centres.max() + across / 2)


def _circle(frame: Frame, x: float, y: float, number: int) -> None:
    across = diameter(frame.base)
    frame.line(
        [x],
        [y],
        marker="o",
        ms=across * style.MM * 72,
        mfc=style.TEXT,
        mec="none",
        ls="none",
        zorder=6,
        label="_circle",
    )
    frame.text(
        x,
        y,
        str(number),
        ha="center",
        va="center_baseline",
        fontsize=frame.points(0.8),
        color="white",
        zorder=7,
    )
