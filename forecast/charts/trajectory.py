"""The trajectory of one judgement: what was known, what is expected, and in which words.

The words of the scale stand behind the curve. The line holds each value until the next date, since
a forecast holds until it is changed. History is solid; after the as-of date the line is dashed and
its bands are fainter.

Labels are direct, and reports are numbered above the curve.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from forecast.charts import curves, layout, placement, style, text
from forecast.charts.curves import day_number, parts
from forecast.charts.data import (
    ChartRefusal,
    Floats,
    Mark,
    Scale,
    Stamp,
    Trajectory,
    notable,
    refuse_missing_glyphs,
    words_of,
)
from forecast.charts.frame import Frame
from forecast.charts.placement import Place, Room, spread

__all__ = ["diameter", "draw", "draw_labels", "draw_marks", "figure", "height_above", "places"]


_LEAST = 2.65  # least height of the axes, millimetres per point of type
_BRACKET = 1.6  # millimetres kept left of the first date for the brief's bracket


def draw(
    ax: Axes,
    values: Trajectory,
    *,
    scale: Scale,
    base: float = 8.0,
    gutter: bool = True,
    labelled: bool = True,
    dated: bool = True,
    window: tuple[dt.date, dt.date] | None = None,
) -> Axes:
    """Draw a trajectory on axes that already stand where they will be printed.

    Parameters
    ----------
    ax : Axes
        Empty; its size on paper decides ticks and labels.
    values : Trajectory
    scale : Scale
        Words shaded behind the curve.
    base : float
        Type size in points.
    gutter : bool
        Whether the words are named right of the axes.
    labelled : bool
        Whether values are labelled, reports numbered and the brief's reading bracketed.
    dated : bool
        Whether the time axis is labelled.
    window : (first, last), optional
        Dates the axis spans, for panels that share it; by default those of `values`.

    Returns
    -------
    Axes
        The same axes.
    """
    with style.context(base):
        first, last = window or (values.begins, values.ends)
        before = _before(values) if labelled else layout.EDGE
        layout.limit(ax, first, last, width=Frame.of(ax, base=base).width, before=before)
        frame = Frame.of(ax, base=base)
        placement.shade_bands(ax, scale, height=frame.height)
        if gutter:
            placement.label_bands(frame, scale)
        curves.draw_as_of(ax, values)
        curves.draw_curves(ax, values, base=base)
        curves.draw_points(ax, values, base=base)
        layout.ticks(frame, first, last, dated=dated)
        if labelled:
            per_mm = (ax.get_xlim()[1] - ax.get_xlim()[0]) / frame.width
            at = curves.day_number(values.begins) - _BRACKET * per_mm
            curves.draw_brief(ax, values, at=at, tick=0.8 * per_mm)
            reach = draw_marks(frame, values.marks)
            _name_forecast(frame, values, after=reach)
            draw_labels(frame, values)
    return ax


def figure(values: Trajectory, *, scale: Scale, stamp: Stamp, size: str = "a4") -> Figure:
    """Trajectory as a finished page, checked against the chart standard.

    Where a size has no room for every numbered report, those after which the line moved most are
    kept, and the key says so.

    Parameters
    ----------
    values : Trajectory
    scale : Scale
    stamp : Stamp
        Its as-of date must be that of `values`.
    size : {"a4", "a4-column", "letter", "page", "slide", "web"}

    Raises
    ------
    ChartRefusal
        When the size is unknown, the dates disagree, or the chart could not be read.
    """
    page = layout.named(size)
    layout.require_day(values.node, values.as_of, stamp=stamp)
    refuse_missing_glyphs(*words_of(values), *words_of(stamp))
    with style.context(page.base):
        laid, shown = _fit(values, scale, stamp, page)
        made, ax = layout.start(laid)
        draw(ax, shown, scale=scale, base=page.base)
        return layout.finish(made, laid)


def _fit(
    values: Trajectory, scale: Scale, stamp: Stamp, page: style.Size
) -> tuple[layout.Layout, Trajectory]:
    """Lay out the page, with fewer lines and then with fewer reports until the axes have room."""
    most = min(len(values.marks), page.most_marks)
    for lines, count in product(range(5, 1, -1), range(most, -1, -1)):
        shown = replace(values, marks=_largest(values, count))
        words, margins = _words(shown, scale, page=page, of=values), _margins(shown, scale, page)
        laid = layout.lay(page, words, stamp, margins=margins, lines=lines)
        if laid.height >= _LEAST * page.base:
            return laid, shown
    raise ChartRefusal(
        f"{values.node}: the words around the chart leave {laid.height:.0f} mm for it "
        f"at size {page.name!r}; at least {_LEAST * page.base:.0f} mm are needed"
    )


def _words(shown: Trajectory, scale: Scale, *, page: style.Size, of: Trajectory) -> layout.Words:
    return layout.Words(
        title=lambda label: text.finding(shown, scale, label=label),
        label=shown.label,
        subtitle=lambda proposition: text.reading(shown, proposition, terse=page.terse),
        proposition=text.clause(shown.proposition),
        key=text.key(shown.marks, of=of.marks_of or len(of.marks), rule=of.marks_rule),
        word=scale.word(shown.value),
    )


def _margins(shown: Trajectory, scale: Scale, page: style.Size) -> layout.Margins:
    tick = text.measure("100%", points=page.points(0.94), dpi=page.dpi)
    left = tick + layout.PAD * page.base
    right = placement.gutter_width(scale, base=page.base, dpi=page.dpi)
    two_rows = _two_rows(shown, width=page.width - 2 * page.margin - left - right, base=page.base)
    above = height_above(two_rows=two_rows, base=page.base) + 0.1 * page.base
    return layout.Margins(left, right, layout.ticks_height(page), above)


def _largest(values: Trajectory, count: int) -> tuple[Mark, ...]:
    if count >= len(values.marks):
        return values.marks
    return notable(values, values.marks, least=0.0, most=count)


def _before(values: Trajectory) -> float:
    return layout.EDGE + (_BRACKET if values.brief_band is not None else 0.0)


def _two_rows(values: Trajectory, *, width: float, base: float) -> bool:
    first, last, before = values.begins, values.ends, _before(values)
    per_day = (width - before - layout.EDGE) / max((last - first).days, 1)
    wanted = [before + (mark.date - first).days * per_day for mark in values.marks]
    return places(wanted, width=width, base=base)[1]


def _name_forecast(frame: Frame, values: Trajectory, *, after: float) -> None:
    if not values.has_forecast:
        return
    points = frame.points(0.84)
    at = float(frame.x(values.as_of))
    start = max(at, after) + 0.8
    for words in (f"forecast from {text.day(values.as_of)}", "forecast"):
        if start + text.measure(words, points=points, dpi=frame.dpi) <= frame.width:
            frame.text(
                start,
                frame.height + 1.0,
                words,
                fontsize=points,
                color=style.REFERENCE,
                va="bottom",
            )
            return


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


_AIR = 0.6  # millimetres kept free on either side of a label
_REACH = 1.0  # farthest a label may be from what it names, millimetres per point of type
_SHARE = 0.8  # of the forecast's width that the label at its end may take
_INTERVAL = 250.0  # what leaving out the interval counts, against what its place would cost
_APART = 3.0  # millimetres between two curves from which one can be labelled
_BOX = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6}


@dataclass(frozen=True, slots=True)
class _Label:
    """Lines of one label, what they name, how near they must be, and what leaving them out costs.

    Without a reach a label is always placed.
    """

    texts: tuple[Text, ...]
    near: tuple[tuple[float, float], ...]
    widths: tuple[float, ...]
    heights: tuple[float, ...]
    reach: float
    pull: float
    worth: float


def draw_labels(frame: Frame, values: Trajectory) -> None:
    """Label everything that needs a word.

    What comes first chooses its place first. Whether the value now or that of the previous issue
    goes first, and whether the interval is printed with the value, is tried each way.
    """
    full, short = _now(frame, values)
    was, rest = _was(frame, values), _others(frame, values)
    room = _occupied(frame, values)
    orders = [
        [*before, now, *after, *rest]
        for now in (full, short)
        for before, after in ((was, []), ([], was))
    ]
    plans = [_plan(room.copy(), order) for order in orders]
    costs = [
        cost + _INTERVAL * (short in order) for order, (_, cost) in zip(orders, plans, strict=True)
    ]
    best = int(np.argmin(costs))
    for label, place in zip(orders[best], plans[best][0], strict=True):
        _settle(frame, label, place)
    if short in orders[best]:
        full.texts[1].remove()


def _occupied(frame: Frame, values: Trajectory) -> Room:
    """Room of the axes with all that is drawn in it."""
    room = Room(frame.width, frame.height)
    for edge in (line for line in frame.ax.lines if line.get_label() == "_edge"):
        level = float(np.asarray(edge.get_ydata())[0]) * frame.height
        room.line([0, frame.width], [level, level], cost=1.5)
    for part in parts(values):
        if part is None:
            continue
        x = frame.x(part.dates)
        for low, high, cost in ((values.lo80, values.hi80, 0.06), (values.lo50, values.hi50, 0.08)):
            room.area(x, frame.y(part.of(low)), frame.y(part.of(high)), cost=cost)
        steps = np.repeat(frame.y(part.of(values.mean)), 2)
        room.line(np.repeat(x, 2)[1:], steps[:-1], cost=60)
    if values.no_news is not None:
        room.line(frame.x(values.dates), frame.y(values.no_news), cost=15)
    for date, cost in (*((mark.date, 4) for mark in values.marks), (values.as_of, 6)):
        across = float(frame.x(date))
        room.line([across, across], [0, frame.height], cost=cost)
    points = [(values.as_of, values.value), *([values.previous] if values.previous else [])]
    radius = 0.3 * frame.base / 72 / style.MM + 0.5
    for date, p in points:
        left, bottom = frame.at(date, p)
        room.box(left - radius, bottom - radius, 2 * radius, 2 * radius)
    if values.brief_band is not None:
        low_end, high_end = (p * frame.height for p in values.brief_band)
        room.box(0, low_end - 0.3, float(frame.x(values.begins)), high_end - low_end + 0.6)
    return room


def _now(frame: Frame, values: Trajectory) -> tuple[_Label, _Label]:
    at = frame.at(values.as_of, values.value)
    value = _text(frame, text.percent(values.value), ratio=1.25, colour=style.BLUE)
    value.set_fontweight("bold")
    words = f"80% interval {text.interval(*values.interval80)}"
    texts = [value, _text(frame, words, colour=style.BLUE)]
    return (
        _label(frame, texts, [at], reach=np.inf, pull=30.0),
        _label(frame, texts[:1], [at], reach=np.inf, pull=30.0),
    )


def _was(frame: Frame, values: Trajectory) -> list[_Label]:
    if values.previous is None:
        return []
    date, p = values.previous
    at = frame.at(date, p)
    return [_label(frame, [_text(frame, f"was {text.percent(p)}")], [at], pull=10.0, worth=500.0)]


def _others(frame: Frame, values: Trajectory) -> list[_Label]:
    labels = []
    if values.brief_band is not None:
        low, high = (float(frame.y(p)) for p in values.brief_band)
        bracket = [(float(frame.x(values.begins)), y) for y in np.linspace(low, high, 5).tolist()]
        words = f"brief: {text.interval(*values.brief_band)}"
        labels.append(_label(frame, [_text(frame, words, colour=style.INK)], bracket))
    if values.has_forecast:
        end = frame.width, float(frame.y(values.mean[-1]))
        words = f"{text.percent(float(values.mean[-1]))} on {text.day(values.ends)}"
        label = _label(frame, [_text(frame, words, colour=style.BLUE)], [end])
        # A label as wide as the forecast would seem to name its beginning.
        if label.widths[0] <= _SHARE * (frame.width - float(frame.x(values.as_of))):
            labels.append(label)
        else:
            label.texts[0].remove()
    return [*labels, *_silence(frame, values)]


def _silence(frame: Frame, values: Trajectory) -> list[_Label]:
    if values.no_news is None:
        return []
    apart = np.abs(values.no_news - values.mean)
    if apart.max() * frame.height < _APART:
        return []
    # Only where the curves are well apart can the label not be taken for the other's.
    clear = np.flatnonzero(apart >= 0.5 * apart.max())[:: max(len(apart) // 16, 1)]
    x, y = frame.x(values.dates[clear]), frame.y(values.no_news[clear])
    near = list(zip(x.tolist(), y.tolist(), strict=True))
    return [_label(frame, [_text(frame, "no reports", colour=style.REFERENCE)], near)]


def _text(frame: Frame, words: str, *, ratio: float = 0.86, colour: str = style.TEXT) -> Text:
    return frame.text(
        0, 0, words, fontsize=frame.points(ratio), color=colour, va="bottom", zorder=8
    )


def _label(
    frame: Frame,
    texts: Sequence[Text],
    near: Sequence[tuple[float, float]],
    *,
    reach: float | None = None,
    pull: float = 6.0,
    worth: float = 150.0,
) -> _Label:
    renderer, per = style.renderer(frame.dpi), frame.dpi * style.MM
    boxes = [text.get_window_extent(renderer) for text in texts]
    return _Label(
        tuple(texts),
        tuple(near),
        tuple(box.width / per for box in boxes),
        tuple(box.height / per for box in boxes),
        _REACH * frame.base if reach is None else reach,
        pull,
        worth,
    )


def _plan(room: Room, labels: Sequence[_Label]) -> tuple[list[Place | None], float]:
    places = [
        room.place(
            max(label.widths) + 2 * _AIR,
            sum(label.heights),
            near=label.near,
            reach=label.reach,
            pull=label.pull,
        )
        for label in labels
    ]
    pairs = zip(labels, places, strict=True)
    return places, sum(label.worth if place is None else place.cost for label, place in pairs)


def _settle(frame: Frame, label: _Label, place: Place | None) -> None:
    if place is None:
        for text in label.texts:
            text.remove()
        return
    width = max(label.widths)
    right = place.x + width / 2 < label.near[0][0]
    top = place.y + sum(label.heights)
    for text, own_width, own_height in zip(label.texts, label.widths, label.heights, strict=True):
        top -= own_height
        left = place.x + _AIR + (width - own_width if right else 0)
        text.set_position((left / frame.width, top / frame.height))
        if place.ground:
            text.set_bbox(_BOX)
