"""The trajectory of one judgement: what was known, what is expected, and in which words.

The words of the scale stand behind the curve. The line holds each value until the next date, since
a forecast holds until it is changed. History is solid; after the as-of date the line is dashed and
its bands are fainter.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import product

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.charts import (
    curves,
    dates,
    labels,
    layout,
    sheet,
    style,
    text,
    timeline,
    word_bands,
    wording,
)
from forecast.charts import labels as marks
from forecast.charts.data import Mark, Scale, Stamp, Trajectory, notable, words_of
from forecast.charts.frame import Frame
from forecast.charts.refusals import ChartRefusal, refuse_missing_glyphs

__all__ = ["draw", "figure"]

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
        before = _before(values) if labelled else timeline.EDGE
        timeline.limit(ax, first, last, width=Frame.of(ax, base=base).width, before=before)
        frame = Frame.of(ax, base=base)
        word_bands.shade_bands(ax, scale, height=frame.height)
        if gutter:
            word_bands.label_bands(frame, scale)
        curves.draw_as_of(ax, values)
        curves.draw_curves(ax, values, base=base)
        curves.draw_points(ax, values, base=base)
        timeline.ticks(frame, first, last, dated=dated)
        if labelled:
            per_mm = (ax.get_xlim()[1] - ax.get_xlim()[0]) / frame.width
            at = dates.day_number(values.begins) - _BRACKET * per_mm
            curves.draw_brief(ax, values, at=at, tick=0.8 * per_mm)
            reach = marks.draw_marks(frame, values.marks)
            _name_forecast(frame, values, after=reach)
            labels.draw_labels(frame, values)
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
    page = sheet.named(size)
    sheet.require_day(values.node, values.as_of, stamp=stamp)
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
        title=lambda label: wording.finding(shown, scale, label=label),
        label=shown.label,
        subtitle=lambda proposition: wording.reading(shown, proposition, terse=page.terse),
        proposition=wording.clause(shown.proposition),
        key=wording.key(shown.marks, of=of.marks_of or len(of.marks), rule=of.marks_rule),
        word=scale.word(shown.value),
    )


def _margins(shown: Trajectory, scale: Scale, page: style.Size) -> layout.Margins:
    tick = text.measure("100%", points=page.points(0.94), dpi=page.dpi)
    left = tick + timeline.PAD * page.base
    right = word_bands.gutter_width(scale, base=page.base, dpi=page.dpi)
    two_rows = _two_rows(shown, width=page.width - 2 * page.margin - left - right, base=page.base)
    above = marks.height_above(two_rows=two_rows, base=page.base) + 0.1 * page.base
    return layout.Margins(left, right, timeline.ticks_height(page), above)


def _largest(values: Trajectory, count: int) -> tuple[Mark, ...]:
    if count >= len(values.marks):
        return values.marks
    return notable(values, values.marks, least=0.0, most=count)


def _before(values: Trajectory) -> float:
    return timeline.EDGE + (_BRACKET if values.brief_band is not None else 0.0)


def _two_rows(values: Trajectory, *, width: float, base: float) -> bool:
    first, last, before = values.begins, values.ends, _before(values)
    per_day = (width - before - timeline.EDGE) / max((last - first).days, 1)
    wanted = [before + (mark.date - first).days * per_day for mark in values.marks]
    return marks.places(wanted, width=width, base=base)[1]


def _name_forecast(frame: Frame, values: Trajectory, *, after: float) -> None:
    if not values.has_forecast:
        return
    points = frame.points(0.84)
    at = float(frame.x(values.as_of))
    start = max(at, after) + 0.8
    for words in (f"forecast from {wording.day(values.as_of)}", "forecast"):
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
