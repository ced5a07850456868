"""Fan: the past as a line, the future as nested bands without a line through the middle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from forecast.charts import curves, layout, placement, style, text
from forecast.charts import placement as callouts
from forecast.charts.data import (
    ChartRefusal,
    Floats,
    Scale,
    Stamp,
    Trajectory,
    refuse_missing_glyphs,
    words_of,
)
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame
from forecast.charts.placement import Line, Room

__all__ = ["Fan", "chart", "draw"]

_LEAST = 2.5  # least height of the axes, millimetres per point of type
_ALPHAS = (0.16, 0.24, 0.32)  # of bands from the outermost in; they add up where they nest


@dataclass(frozen=True, slots=True, eq=False)
class Fan:
    """A trajectory with the bands of its future.

    Attributes
    ----------
    values : Trajectory
        Its mean is the history; it must reach beyond its as-of date.
    covers : mapping of int to (low, high)
        Coverage in per cent, such as 30, 60 and 90, and the ends of that interval at every date of
        `values`. By default the 50 % and 80 % intervals of the trajectory.

    Raises
    ------
    ChartRefusal
        When there is no future, or the bands do not nest.
    """

    values: Trajectory
    covers: Mapping[int, tuple[Floats, Floats]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        values = self.values
        if not values.has_forecast:
            raise ChartRefusal(
                f"{values.node}: nothing lies after {values.as_of}; a fan needs a forecast"
            )
        given = self.covers or {50: (values.lo50, values.hi50), 80: (values.lo80, values.hi80)}
        found = {cover: given[cover] for cover in sorted(given, reverse=True)}
        if len(found) > len(_ALPHAS):
            raise ChartRefusal(f"{len(found)} bands on a fan; at most {len(_ALPHAS)} can be told")
        for outer, inner in pairwise(found.values()):
            if (np.asarray(outer[0]) > inner[0]).any() or (np.asarray(inner[1]) > outer[1]).any():
                raise ChartRefusal(f"{values.node}: the bands of the fan do not nest")
        object.__setattr__(self, "covers", found)

    @property
    def outer(self) -> tuple[int, float, float]:
        """Coverage and ends of the outermost band on the last date."""
        cover = next(iter(self.covers))
        return cover, *self.ends(cover, -1)

    def ends(self, cover: int, at: int) -> tuple[float, float]:
        """Return the ends of a band on a date, by its place among the dates."""
        low, high = self.covers[cover]
        return float(np.asarray(low)[at]), float(np.asarray(high)[at])

    @property
    def said(self) -> str:
        """The coverages, as printed.

        Examples
        --------
        With bands of 80 and 50 per cent: ``50% and 80%``.
        """
        each = [f"{cover}%" for cover in sorted(self.covers)]
        return f"{', '.join(each[:-1])} and {each[-1]}" if len(each) > 1 else each[0]

    def table(self) -> dict[str, Sequence[Any]]:
        """List the plotted numbers, a column each; the mean is drawn to the as-of date only."""
        values, past = self.values, self.values.n_history
        n, ahead = len(values.dates), len(values.dates) - self.values.n_history
        columns: dict[str, Sequence[Any]] = {
            "node": [values.node] * n,
            "date": [str(day) for day in values.dates],
            "p": [*values.mean[:past].tolist(), *[""] * ahead],
        }
        for cover in sorted(self.covers):
            for name, curve in zip(("lo", "hi"), self.covers[cover], strict=True):
                columns[f"{name}{cover}"] = [*[""] * past, *np.asarray(curve)[past:].tolist()]
        columns["kind"] = ["history"] * past + ["forecast"] * ahead
        columns["as_of"] = [values.as_of.isoformat()] * n
        return columns


def draw(ax: Axes, fan: Fan, *, scale: Scale, base: float = 8.0, gutter: bool = True) -> Axes:
    """Draw a fan on axes that already stand where they will be printed.

    Parameters
    ----------
    ax : Axes
        Empty.
    fan : Fan
    scale : Scale
        Words shaded behind it.
    base : float
        Type size in points.
    gutter : bool
        Whether the words are named right of the axes.
    """
    values = fan.values
    with style.context(base):
        layout.limit(ax, values.begins, values.ends, width=Frame.of(ax, base=base).width)
        frame = Frame.of(ax, base=base)
        placement.shade_bands(ax, scale, height=frame.height)
        if gutter:
            placement.label_bands(frame, scale)
        layout.ticks(frame, values.begins, values.ends)
        curves.draw_as_of(ax, values)
        history, ahead = curves.parts(values)
        assert ahead is not None
        ax.step(history.dates, history.of(values.mean), where="post", color=style.BLUE,
                lw=0.22 * base, zorder=4, label="mean")  # fmt: skip
        for (cover, (low, high)), alpha in zip(fan.covers.items(), _ALPHAS, strict=False):
            ax.fill_between(ahead.dates, ahead.of(np.asarray(low)), ahead.of(np.asarray(high)),
                            step="post", color=style.BLUE, alpha=alpha, lw=0, zorder=2.5,
                            label=f"{cover}% interval")  # fmt: skip
        curves.draw_points(ax, values, base=base)
        _labels(frame, fan)
    return ax


def chart(fan: Fan, *, scale: Scale, stamp: Stamp, size: str = "a4") -> Chart:
    """Fan as a finished chart, checked against the chart standard.

    Raises
    ------
    ChartRefusal
        When the size is unknown, the dates disagree, or the chart could not be read.
    """
    page, values = layout.named(size), fan.values
    layout.require_day(values.node, values.as_of, stamp=stamp)
    refuse_missing_glyphs(*words_of(values), *words_of(stamp))
    with style.context(page.base):
        laid = layout.fit(
            page,
            _words(fan, scale, terse=page.terse),
            stamp,
            margins=layout.margins(page, scale),
            least=_LEAST * page.base,
        )
        made, ax = layout.start(laid)
        draw(ax, fan, scale=scale, base=page.base)
        layout.finish(made, laid)
    return Chart(f"{values.node}__fan", made, _alt(fan, scale, stamp), fan.table())


def _labels(frame: Frame, fan: Fan) -> None:
    values, room = fan.values, Room(frame.width, frame.height)
    history, ahead = curves.parts(values)
    assert ahead is not None
    steps = np.repeat(frame.y(history.of(values.mean)), 2)
    room.line(np.repeat(frame.x(history.dates), 2)[1:], steps[:-1], cost=60)
    outermost = next(iter(fan.covers.values()))
    low, high = (frame.y(ahead.of(np.asarray(curve))) for curve in outermost)
    room.area(frame.x(ahead.dates), low, high, cost=0.1)
    now = float(frame.x(values.as_of))
    room.line([now, now], [0, frame.height], cost=8)
    at, radius = frame.at(values.as_of, values.value), 0.15 * frame.base
    room.box(at[0] - radius, at[1] - radius, 2 * radius, 2 * radius)
    bold = Line(text.percent(values.value), 1.25, bold=True, colour=style.BLUE)
    callouts.put(frame, room, [bold], near=[at], pull=30.0)
    if values.previous is not None:
        date, p = values.previous
        line = Line(f"was {text.percent(p)}")
        callouts.put(frame, room, [line], near=[frame.at(date, p)], reach=frame.base)
    for cover in fan.covers:
        ends = fan.ends(cover, -1)
        line = Line(f"{cover}%: {text.interval(*ends)}", colour=style.BLUE)
        near = [(frame.width, ends[1] * frame.height)]
        callouts.put(frame, room, [line], near=near, reach=0.6 * frame.base)


def _words(fan: Fan, scale: Scale, *, terse: bool) -> layout.Words:
    values = fan.values
    cover, low, high = fan.outer
    now = f"{scale.word(values.value)} ({text.percent(values.value)})"
    ahead = f"{cover}% interval {text.interval(low, high)} on {text.day(values.ends)}"
    today = text.interval(*fan.ends(cover, values.n_history - 1))

    def title(label: str) -> str:
        on = text.day(values.as_of)
        return f"{label} – {now}, {cover}% interval {today}, on {on}"  # noqa: RUF001

    def subtitle(proposition: str) -> str:
        condition = "Assumes that nothing more is reported"
        if terse:
            return (
                f"Probability {values.mode} each date that {proposition}. Bands: {fan.said} "
                f"intervals of the forecast; {ahead}. {condition}."
            )
        return (
            f"Probability {values.mode} each date that {proposition}, {text.day(values.begins)} "
            f"to {text.day(values.ends)}. Line: posterior mean to {text.day(values.as_of)}; "
            f"after it bands that hold the probability in {fan.said} of the posterior draws, and "
            f"no line: {ahead}. {condition}; {100 - cover} of 100 draws lie outside the bands."
        )

    proposition = text.clause(values.proposition)
    word = scale.word(values.value)
    return layout.Words(title, values.label, subtitle, proposition, word=word)


def _alt(fan: Fan, scale: Scale, stamp: Stamp) -> AltText:
    values, words = fan.values, _words(fan, scale, terse=False)
    now = f"{text.percent(values.value)} ({scale.word(values.value)})"
    start = f"Fan of {values.label}, {now} on {text.day(values.as_of)}; on "
    parts = [f"{cover}% interval {text.interval(*fan.ends(cover, -1))}" for cover in fan.covers]
    parts[0] = f"{text.day(values.ends)} {parts[0]}"
    long = f"{words.subtitle(words.proposition)} {'; '.join(parts)}. {text.source_line(stamp)}"
    return AltText.made(words.title(words.label), start, parts, long)
