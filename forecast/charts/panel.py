"""All judgements side by side on one scale, the one that moved most first.

Panels share their axes; the grid says where they stand and what stands above each.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.charts import layout, placement, rows, style, text
from forecast.charts.data import (
    ChartRefusal,
    Scale,
    Stamp,
    Trajectory,
    refuse,
    refuse_missing_glyphs,
    refuse_title,
    words_of,
)
from forecast.charts.frame import Frame
from forecast.charts.trajectory import draw

__all__ = ["MOST", "Grid", "change", "figure", "head", "lay", "ordered", "title"]


MOST = 12  # panels on a page
_COLUMNS = (2, 3, 4, 5, 6)  # the first with which all can be read is taken
_NARROW = (1, 2)  # likewise, in a column of text, which panels may fill from top to bottom
_COLUMN = 100  # millimetres below which a page is a column of text
_STILL = 0.02  # a move below 2 points is none


def change(values: Trajectory, *, since_issue: bool) -> float:
    """Change of the value since the previous issue, or else since the brief."""
    return values.value - _before(values, since_issue=since_issue)


def ordered(values: Sequence[Trajectory]) -> tuple[Trajectory, ...]:
    """Trajectories by size of change since the last issue, largest first.

    The previous issue is the reference where every node has one, else the brief's date.
    """
    issue = _since_issue(values)
    return tuple(sorted(values, key=lambda one: (-abs(change(one, since_issue=issue)), one.node)))


def title(values: Sequence[Trajectory], scale: Scale, *, label: str | None = None) -> str:
    """Say what moved most, in words and numbers.

    Parameters
    ----------
    values : sequence of Trajectory
        In order of change.
    label : str, optional
        Replaces the label of the first.
    """
    issue, first = _since_issue(values), values[0]
    since = _since(values)
    if abs(change(first, since_issue=issue)) < _STILL:
        return f"No judgement has moved by 2 points since {since}"
    was = _before(first, since_issue=issue)
    now = scale.word(first.value)
    name = first.label if label is None else label
    return (
        f"{name} moved most – from{text.NBSP}{scale.word(was)} "  # noqa: RUF001
        f"({text.percent(was)}) to{text.NBSP}{now} "
        f"({text.percent(first.value)}) since {since}"
    )


def figure(
    values: Sequence[Trajectory], *, scale: Scale, stamp: Stamp, size: str = "page"
) -> Figure:
    """Small multiples of all nodes, two in a row or more, on a common axis from 0 to 1.

    The page is as tall as its rows need, at most as tall as its size; in a column of text, at most
    as tall as a page.

    Parameters
    ----------
    values : sequence of Trajectory
        One to twelve, all as of the date of `stamp`.
    scale : Scale
    stamp : Stamp
    size : str
        Name of a size.

    Raises
    ------
    ChartRefusal
        When there are none or too many, dates disagree, or the chart could not be read.
    """
    page = _page(size)
    _check(values, stamp)
    refuse_missing_glyphs(*words_of(stamp), *(word for one in values for word in words_of(one)))
    shown = ordered(values)
    with style.context(page.base):
        around = _words(shown, scale, stamp, page)
        narrow = page.width < _COLUMN
        columns = _NARROW if narrow else _COLUMNS
        window = _window(shown)
        places = lay(len(shown), around, scale, window=window, columns=columns, flat=narrow)
        made = style.blank(page, height=places.height)
        around.write(made)
        for number, one in enumerate(shown):
            _panel(made, one, number=number, places=places, scale=scale,
                   among=[each.label for each in shown])  # fmt: skip
        written = " ".join(around.above[0].lines)
        if abs(change(shown[0], since_issue=_since_issue(shown))) >= _STILL:
            refuse_title(written, scale.word(shown[0].value))
        refuse(made)
    return made


def _page(size: str) -> style.Size:
    page = layout.named(size)
    return replace(page, height=style.SIZES["page"].height) if page.width < _COLUMN else page


def _panel(
    made: Figure,
    one: Trajectory,
    *,
    number: int,
    places: Grid,
    scale: Scale,
    among: Sequence[str],
) -> Axes:
    base = places.page.base
    ax = made.add_axes(places.box(number))
    draw(
        ax,
        one,
        scale=scale,
        base=base,
        gutter=places.is_rightmost(number),
        labelled=False,
        dated=places.is_lowest(number),
        window=places.window,
    )
    ax.tick_params(labelleft=number % places.columns == 0)
    said = [(text.percent(one.value), "bold", style.BLUE)]
    if one.previous is not None:
        said.append((f"was {text.percent(one.previous[1])}", "normal", style.TEXT))
    head(Frame.of(ax, base=base), one.label, said, others=among, last=places.is_rightmost(number))
    return ax


def _words(
    shown: Sequence[Trajectory], scale: Scale, stamp: Stamp, page: style.Size
) -> layout.Sheet:
    above = (
        layout.title_block(
            page,
            lambda label: title(shown, scale, label=label),
            shown[0].label,
            among=[one.label for one in shown],
            lines=3 if page.width < _COLUMN else 2,
        ),
        layout.subtitle_block(page, lambda _: _reading(shown), "", lines=99),
    )
    return layout.Sheet(page, above, layout.footing(page, stamp))


def _reading(shown: Sequence[Trajectory]) -> str:
    begins, ends = _window(shown)
    dashed = "; dashed: forecast" if any(one.has_forecast for one in shown) else ""
    window = f"{text.day(begins)} to {text.day(ends)}"
    parts = [
        f"Probability of each judgement at each date, {window}, by change since {_since(shown)}",
        f"Line: posterior mean on the reports known at each date{dashed}",
        "Bands: 50% and 80% intervals",
    ]
    if any(one.no_news is not None for one in shown):
        parts.append("Thin grey: the same had no reports come")
    if any(one.previous is not None for one in shown):
        parts.append("Open circle: value at the previous issue")
    return ". ".join(parts) + "."


def _check(values: Sequence[Trajectory], stamp: Stamp) -> None:
    if not 1 <= len(values) <= MOST:
        raise ChartRefusal(f"{len(values)} panels on a page; 1 to {MOST} fit")
    for one in values:
        layout.require_day(one.node, one.as_of, stamp=stamp)


def _window(values: Sequence[Trajectory]) -> tuple[dt.date, dt.date]:
    return min(one.begins for one in values), max(one.ends for one in values)


def _since_issue(values: Sequence[Trajectory]) -> bool:
    return all(one.previous is not None for one in values)


def _since(values: Sequence[Trajectory]) -> str:
    dates = {one.previous[0] for one in values if one.previous is not None}
    if _since_issue(values):
        return text.day(min(dates))
    return text.month(values[0].begins)


def _before(values: Trajectory, *, since_issue: bool) -> float:
    if since_issue and values.previous is not None:
        return values.previous[1]
    return float(values.mean[0]) if values.opening is None else values.opening


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
    around: layout.Sheet,
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
    around: layout.Sheet,
    scale: Scale,
    *,
    window: tuple[dt.date, dt.date],
    columns: int,
    tallest: float,
) -> Grid:
    page, base = around.page, around.page.base
    rows = math.ceil(count / columns)
    ticks = layout.ticks_height(page)
    room = page.height - around.top - around.bottom - ticks
    cell = min(room / rows, tallest)
    heading = text.Block("", ("Ag",), base).height(page.dpi)
    axes = cell - heading - _ABOVE * base
    left = page.margin + text.measure("100%", points=page.points(0.94), dpi=page.dpi) + 0.15 * base
    right = page.margin + placement.gutter_width(scale, base=base, dpi=page.dpi)
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
