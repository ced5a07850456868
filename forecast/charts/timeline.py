"""The time axis that charts share: its limits, its ticks, and a probability upwards."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import numpy as np
from matplotlib.axes import Axes

from forecast.charts import dates, layout, style, text, word_bands
from forecast.charts.data import Scale
from forecast.charts.frame import Frame

__all__ = ["EDGE", "PAD", "limit", "margins", "ticks", "ticks_height"]

EDGE = 1.0  # millimetres the time axis runs past its ends
PAD = 0.15  # between ticks and their labels, millimetres per point of type
_CAPITAL = 0.66  # height of a capital, in type sizes
_YEAR = 1.42  # from the baseline of the month to that of the year, likewise


def margins(page: style.Size, scale: Scale | None, *, above: float = 0.5) -> layout.Margins:
    """Room around axes of probability over time; without a scale, no words on the right.

    `above` is in millimetres per point of type.
    """
    left = text.measure("100%", points=page.points(0.94), dpi=page.dpi) + PAD * page.base
    right = 0.35 * page.base
    if scale is not None:
        right = word_bands.gutter_width(scale, base=page.base, dpi=page.dpi)
    return layout.Margins(left, right, ticks_height(page), above * page.base)


def ticks_height(page: style.Size) -> float:
    """Millimetres that ticks, months and years take below axes, with air under them."""
    lines = (_CAPITAL + _YEAR + 0.5) * page.points(0.94)
    return (0.35 * page.base + lines) / 72 / style.MM + 1.25 * PAD * page.base


def limit(ax: Axes, first: dt.date, last: dt.date, *, width: float, before: float = EDGE) -> None:
    """Set the limits of axes `width` millimetres wide, `before` of which come before `first`."""
    begin, end = dates.day_number(first), dates.day_number(last)
    per_mm = max(end - begin, 1.0) / max(width - before - EDGE, 1.0)
    ax.set_xlim(begin - before * per_mm, max(end, begin + 1.0) + EDGE * per_mm)
    ax.set_ylim(0.0, 1.0)


def ticks(
    frame: Frame, first: dt.date, last: dt.date, *, dated: bool = True, upwards: bool = True
) -> None:
    """Set ticks from `first` to `last`, and those of a probability upwards."""
    found = dates.ticks(first, last, width=frame.width, apart=0.95 * frame.base)
    days = np.array([tick.date for tick in found], dtype="datetime64[D]")
    pad, size = PAD * frame.base * style.MM * 72, frame.points(0.94)
    where = dates.day_numbers(days)
    # Months and years stand on baselines of their own: one text of two lines would hang by its top,
    # and months with a descender would sit higher than the others.
    names = [tick.label.split("\n") for tick in found]
    months = [name[0] if dated else "" for name in names]
    frame.ax.set_xticks(where.tolist(), months, va="baseline", linespacing=text.LEADING)
    if upwards:
        line = text.Block("", ("0%",), size).height(frame.dpi)
        step = 20 if frame.height >= 5.5 * line else 50
        frame.ax.set_yticks([n / 100 for n in range(0, 101, step)],
                            [f"{n}%" for n in range(0, 101, step)])  # fmt: skip
    else:
        frame.ax.set_yticks([])
    below = 1.25 * pad + _CAPITAL * size
    frame.ax.tick_params(axis="x", length=0.35 * frame.base, width=0.6, labelsize=size, pad=below)
    frame.ax.tick_params(axis="y", length=0, labelsize=size, pad=pad)
    for side, spine in frame.ax.spines.items():
        spine.set_visible(side == "bottom")
    for x, name, month in zip(frame.x(days), names, frame.ax.get_xticklabels(), strict=True):
        # At the left edge a centred label would run under the 0 % of the other axis.
        ha: Literal["left", "center"] = "center"
        if upwards and x < text.measure(name[0], points=size, dpi=frame.dpi) / 2:
            ha = "left"
        month.set_horizontalalignment(ha)
        if dated and len(name) > 1:
            y = -(0.35 * frame.base + below + _YEAR * size) / 72 / style.MM
            frame.text(x, y, name[1], fontsize=size, color=style.TEXT, ha=ha, va="baseline")
