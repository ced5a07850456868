"""Panels on a page that share their axes: where they stand and what stands above each."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from forecast.charts import rows, sheet, style, text, timeline, word_bands
from forecast.charts.data import Scale
from forecast.charts.frame import Frame
from forecast.charts.refusals import ChartRefusal

__all__ = ["Grid", "head", "lay"]

_TALLEST = 6.4  # height of a panel with its title, millimetres per point of type
_FLAT = 4.2  # the same where panels stand one below the other and are as wide as the page
_LEAST = 2.6  # least height of its axes, likewise
_NARROWEST = 1.9  # least width of its axes, likewise
_GAP = 0.6  # between columns, likewise
_APART = 0.2  # of it that stays free between the titles of panels, likewise
_TELLING = 12  # letters of a name that had to be cut, below which the words after it give way
_ABOVE = 0.45  # above a panel's title, likewise


@dataclass(frozen=True, slots=True)
class Grid:
    """Where panels stand; millimetres.

    Panels fill rows from the top left; `window` is the span of their common time axis.
    """

    page: style.Size
    count: int
    columns: int
    height: float
    top: float
    cell: float
    axes: float
    left: float
    width: float
    gap: float
    window: tuple[dt.date, dt.date]

    def box(self, number: int) -> tuple[float, float, float, float]:
        """Axes of a panel in fractions of the figure."""
        row, column = divmod(number, self.columns)
        x = self.left + column * (self.width + self.gap)
        y = self.height - self.top - (row + 1) * self.cell
        return (
            x / self.page.width,
            y / self.height,
            self.width / self.page.width,
            self.axes / self.height,
        )

    def is_lowest(self, number: int) -> bool:
        """Whether no panel stands below."""
        return number + self.columns >= self.count

    def is_rightmost(self, number: int) -> bool:
        """Whether no panel stands to the right."""
        return number % self.columns == self.columns - 1


def lay(
    count: int,
    around: sheet.Sheet,
    scale: Scale,
    *,
    window: tuple[dt.date, dt.date],
    columns: Sequence[int] = (2,),
    least: float = _LEAST,
    narrowest: float = _NARROWEST,
    flat: bool = False,
) -> Grid:
    """Lay out panels on a page as tall as they need, at most as tall as its size.

    Parameters
    ----------
    count : int
    around : Sheet
    scale : Scale
    window : (first, last)
        Dates of the common axis.
    columns : sequence of int
        How many panels may stand side by side; the first with which all can be read is taken.

    least, narrowest : float
        Least height and width of the axes of a panel, millimetres per point of type.
    flat : bool
        Whether a panel may be only as tall as one that is alone in its row needs.

    Raises
    ------
    ChartRefusal
        When they would be too small to read.
    """
    base, size = around.page.base, around.page.name
    tallest = (_FLAT if flat else _TALLEST) * base
    tried = [
        _lay(count, around, scale, window=window, columns=min(n, count), tallest=tallest)
        for n in columns
    ]
    for grid in tried:
        if grid.axes >= least * base and grid.width >= narrowest * base:
            return grid
    best = max(tried, key=lambda grid: min(grid.axes / least, grid.width / narrowest))
    raise ChartRefusal(
        f"{count} panels leave {best.width:.0f} x {best.axes:.0f} mm for each at size {size!r}; at "
        f"least {narrowest * base:.0f} x {least * base:.0f} mm are needed"
    )


def _lay(
    count: int,
    around: sheet.Sheet,
    scale: Scale,
    *,
    window: tuple[dt.date, dt.date],
    columns: int,
    tallest: float,
) -> Grid:
    page, base = around.page, around.page.base
    rows = math.ceil(count / columns)
    ticks = timeline.ticks_height(page)
    room = page.height - around.top - around.bottom - ticks
    cell = min(room / rows, tallest)
    heading = text.Block("", ("Ag",), base).height(page.dpi)
    axes = cell - heading - _ABOVE * base
    left = page.margin + text.measure("100%", points=page.points(0.94), dpi=page.dpi) + 0.15 * base
    right = page.margin + word_bands.gutter_width(scale, base=base, dpi=page.dpi)
    gap = _GAP * base
    width = (page.width - left - right - (columns - 1) * gap) / columns
    height = around.top + around.bottom + ticks + rows * cell
    return Grid(page, count, columns, height, around.top, cell, axes, left, width, gap, window)


def head(
    frame: Frame,
    label: str,
    phrases: Sequence[tuple[str, str, str]],
    *,
    others: Sequence[str] = (),
    last: bool = False,
) -> None:
    """Print a panel's name, in smaller type or shortened where it must be, and after it words.

    Parameters
    ----------
    frame : Frame
    label : str
    phrases : sequence of (words, weight, colour)
        All but the first give way to a name that would be cut to almost nothing.
    others : sequence of str
        The names of all panels, which it is told from.
    last : bool
        Whether no panel stands to the right, into whose gap it may run.
    """
    air, y = 0.16 * frame.base, frame.height + 0.8 + 0.25 * frame.base / 72 / style.MM
    heads = [each.partition(":")[0] for each in others]
    short = label.partition(":")[0]
    alone = heads.count(short) <= 1  # where the state alone tells two panels apart, it stays
    kept = [phrases, phrases[:1]] if len(phrases) > 1 else [phrases]
    for shown in kept:
        taken = sum(_wide(frame, words, weight) + air for words, weight, _ in shown)
        room = frame.width + (0.0 if last else (_GAP - _APART) * frame.base) - taken
        fits = text.measure(label, points=frame.base, dpi=frame.dpi) <= room
        (name,), points = rows.fitting(short if alone and not fits else label, width=room,
                                       points=frame.base, dpi=frame.dpi,
                                       others=heads if alone else others)  # fmt: skip
        if "…" not in name or len(name) >= _TELLING:
            break
    frame.text(0, y, name, fontsize=points, color=style.INK, va="baseline")
    x = text.measure(name, points=points, dpi=frame.dpi) + air
    for words, weight, colour in shown:
        frame.text(x, y, words, fontsize=frame.base, fontweight=weight, color=colour, va="baseline")
        x += _wide(frame, words, weight) + air


def _wide(frame: Frame, words: str, weight: str) -> float:
    bold: text.Weight = "bold" if weight == "bold" else "normal"
    return text.measure(words, points=frame.base, weight=bold, dpi=frame.dpi)
