"""First passage: the probability that something has come to pass by each date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from forecast.charts import layout, placement, style, text
from forecast.charts import placement as callouts
from forecast.charts.curves import day_numbers
from forecast.charts.data import ChartRefusal, Dates, Floats, Scale, Stamp
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame
from forecast.charts.placement import Line, Room

__all__ = ["GUIDES", "Passage", "chart", "draw"]

GUIDES = (0.25, 0.5, 0.75)
_CURVES = ("p", "lo50", "hi50", "lo80", "hi80")
_LEAST = 2.5  # least height of the axes, millimetres per point of type
_ROUNDING = 2e-6  # a curve of rounded numbers may fall by this much
_NEVER = 0.005  # mass that never arrives, from which the ceiling is drawn


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """Probability that a node has reached some states by each date.

    Attributes
    ----------
    name, label, proposition : str
        Name for files, printed name, and the question or sentence that is judged.
    dates : (n,) datetime64[D]
        Strictly increasing; the last is the deadline.
    p, lo50, hi50, lo80, hi80 : (n,) float
        Posterior mean and intervals; none may fall as time goes on.
    as_of : date
    since : date, optional
        From which day it counts, the first of `dates` unless that day lies within a step.

    Raises
    ------
    ChartRefusal
        When shapes differ, a value is no probability, bands do not nest, or a curve falls: what
        has come to pass stays so.

    Examples
    --------
    >>> days = np.array(["2024-01-01", "2024-01-11"], "datetime64[D]")
    >>> rises = np.array([0.0, 1.0])
    >>> values = Passage("a", "A", "It comes.", days, *[rises] * 5, as_of=dt.date(2024, 1, 1))
    >>> values.reached(0.5)
    datetime.date(2024, 1, 6)
    """

    name: str
    label: str
    proposition: str
    dates: Dates
    p: Floats
    lo50: Floats
    hi50: Floats
    lo80: Floats
    hi80: Floats
    as_of: dt.date
    since: dt.date | None = None

    def __post_init__(self) -> None:
        dates = np.array(self.dates, dtype="datetime64[D]")
        object.__setattr__(self, "dates", dates)
        if dates.ndim != 1 or len(dates) < 2 or (np.diff(dates) <= np.timedelta64(0, "D")).any():
            raise ChartRefusal(f"{self.name}: two dates or more are needed, strictly increasing")
        for curve in _CURVES:
            values = np.array(getattr(self, curve), dtype=np.float64)
            object.__setattr__(self, curve, values)
            if values.shape != dates.shape or not ((values >= 0) & (values <= 1)).all():
                raise ChartRefusal(f"{self.name}: {curve} must be {len(dates)} values in 0 to 1")
            if (np.diff(values) < -_ROUNDING).any():
                raise ChartRefusal(
                    f"{self.name}: {curve} falls; the probability that something has come to pass "
                    "cannot, so draw the question as a trajectory"
                )
        nested = (self.lo80, self.lo50, self.hi50, self.hi80)
        if any((low > high).any() for low, high in pairwise(nested)):
            raise ChartRefusal(f"{self.name}: the 50% interval is not inside the 80% interval")

    @property
    def value(self) -> float:
        """Probability by the deadline."""
        return float(self.p[-1])

    @property
    def interval80(self) -> tuple[float, float]:
        """80 % interval by the deadline."""
        return float(self.lo80[-1]), float(self.hi80[-1])

    @property
    def begins(self) -> dt.date:
        """First date."""
        day: dt.date = self.dates[0].item()
        return day

    @property
    def ends(self) -> dt.date:
        """The deadline."""
        day: dt.date = self.dates[-1].item()
        return day

    def reached(self, level: float) -> dt.date | None:
        """First day by which the mean is at least `level`; None where it never is."""
        at = int(np.argmax(self.p >= level))
        if self.p[at] < level:
            return None
        if at == 0:
            return self.begins
        span = self.p[at] - self.p[at - 1]
        days = (self.dates[at] - self.dates[at - 1]).astype(int)
        part = (level - self.p[at - 1]) / span
        day: dt.date = (self.dates[at - 1] + np.timedelta64(int(np.ceil(part * days)), "D")).item()
        return day

    def table(self) -> dict[str, Sequence[Any]]:
        """List the plotted numbers, a column each."""
        n = len(self.dates)
        return {
            "name": [self.name] * n,
            "date": [str(day) for day in self.dates],
            **{curve: getattr(self, curve).tolist() for curve in _CURVES},
            "as_of": [self.as_of.isoformat()] * n,
        }


def draw(
    ax: Axes, values: Passage, *, scale: Scale, base: float = 8.0, gutter: bool = True
) -> Axes:
    """Draw first passage on axes that already stand where they will be printed.

    Parameters
    ----------
    ax : Axes
        Empty.
    values : Passage
    scale : Scale
        Words shaded behind the curve.
    base : float
        Type size in points.
    gutter : bool
        Whether the words are named right of the axes.
    """
    with style.context(base):
        layout.limit(ax, values.begins, values.ends, width=Frame.of(ax, base=base).width)
        frame = Frame.of(ax, base=base)
        placement.shade_bands(ax, scale, height=frame.height)
        if gutter:
            placement.label_bands(frame, scale)
        layout.ticks(frame, values.begins, values.ends)
        _curve(ax, values, base=base)
        _labels(frame, _lines(frame, values), values)
    return ax


def chart(values: Passage, *, scale: Scale, stamp: Stamp, size: str = "a4") -> Chart:
    """First passage as a finished chart, checked against the chart standard.

    Raises
    ------
    ChartRefusal
        When the size is unknown, the dates disagree, or the chart could not be read.
    """
    page = layout.named(size)
    layout.require_day(values.name, values.as_of, stamp=stamp)
    words = _words(values, scale, terse=page.terse)
    with style.context(page.base):
        laid = layout.fit(
            page, words, stamp, margins=layout.margins(page, scale), least=_LEAST * page.base
        )
        made, ax = layout.start(laid)
        draw(ax, values, scale=scale, base=page.base)
        layout.finish(made, laid)
    return Chart(f"{values.name}__first_passage", made, _alt(values, scale, stamp), values.table())


def _curve(ax: Axes, values: Passage, *, base: float) -> None:
    days = day_numbers(values.dates)
    for low, high, cover, alpha in (
        (values.lo80, values.hi80, 80, style.OUTER),
        (values.lo50, values.hi50, 50, style.INNER),
    ):
        ax.fill_between(days, low, high, color=style.BLUE, alpha=alpha, lw=0, zorder=2.5,
                        label=f"{cover}% interval")  # fmt: skip
    ax.plot(days, values.p, color=style.BLUE, lw=0.22 * base, zorder=4, label="mean")
    ax.plot(days[-1:], values.p[-1:], "o", ms=0.56 * base, mfc=style.BLUE, mec="white",
            mew=0.07 * base, zorder=6, clip_on=False, label="_point")  # fmt: skip


def _crossings(values: Passage) -> list[tuple[float, dt.date]]:
    found = ((level, values.reached(level)) for level in GUIDES)
    return [(level, day) for level, day in found if day is not None and day > values.begins]


def _lines(frame: Frame, values: Passage) -> Room:
    """Draw guides, ceiling and as-of date; return the room with all that is drawn."""
    room = Room(frame.width, frame.height)
    days, end = frame.x(values.dates), frame.width - layout.EDGE
    room.area(days, frame.y(values.lo80), frame.y(values.hi80), cost=0.1)
    room.line(days, frame.y(values.p), cost=60)
    top, radius = values.value * frame.height, 0.15 * frame.base
    room.box(float(days[-1]) - radius, top - radius, 2 * radius, 2 * radius)
    for level, day in _crossings(values):
        x, y = frame.at(day, level)
        _rule(frame, room, [0, x, x], [y, y, 0], lw=0.7, ls=(0, (2, 2)), label="_guide")
    if 1 - values.value >= _NEVER:
        dashes = (0, (5, 2, 1, 2))
        _rule(frame, room, [0, end], [top, top], lw=0.8, ls=dashes, label="_ceiling")
    if values.begins < values.as_of < values.ends:
        x = float(frame.x(values.as_of))
        _rule(frame, room, [x, x], [0, frame.height], lw=0.8, ls=(0, (4, 2)), label="_as-of")
    return room


def _rule(frame: Frame, room: Room, x: list[float], y: list[float], **kwargs: Any) -> None:
    frame.line(x, y, color=style.REFERENCE, zorder=3, **kwargs)
    room.line(x, y, cost=8)


def _labels(frame: Frame, room: Room, values: Passage) -> None:
    end, base = frame.at(values.ends, values.value), frame.base
    lines = [
        Line(text.percent(values.value), 1.25, bold=True, colour=style.BLUE),
        Line(f"80% interval {text.interval(*values.interval80)}", colour=style.BLUE),
    ]
    if not callouts.put(frame, room, lines, near=[end], pull=30.0):
        callouts.put(frame, room, lines[:1], near=[end], pull=30.0)
    for level, day in _crossings(values):
        line = Line(f"{level:.0%} by {text.day(day)}")
        callouts.put(frame, room, [line], near=[frame.at(day, level)], reach=0.7 * base)
    across = np.linspace(0.02, 0.9, 12) * frame.width
    if (never := 1 - values.value) >= _NEVER:
        line = Line(f"not by {text.day(values.ends)}: {text.percent(never)}")
        near = [(x, end[1] + 0.1 * base) for x in across.tolist()]
        callouts.put(frame, room, [line], near=near, reach=0.3 * base)
    if values.begins < values.as_of < values.ends:
        line = Line(f"as of {text.day(values.as_of)}", colour=style.REFERENCE)
        x = float(frame.x(values.as_of))
        near = [(x, y) for y in (np.linspace(0.05, 0.97, 12) * frame.height).tolist()]
        callouts.put(frame, room, [line], near=near, reach=0.3 * base)


def _words(values: Passage, scale: Scale, *, terse: bool) -> layout.Words:
    now = f"{scale.word(values.value)} ({text.percent(values.value)})"
    half = values.reached(0.5)
    when = ""
    if half is not None and values.begins < half < values.ends:
        when = f", 50% by {text.day(half)}"

    def title(label: str) -> str:
        return f"{label} – {now} by {text.day(values.ends)}{when}"  # noqa: RUF001

    since = f"counted from {text.day(values.since or values.begins)}"

    def subtitle(proposition: str) -> str:
        asked = f"“{proposition}”" if proposition.rstrip("…").endswith("?") else proposition
        if terse:
            return (
                f"Probability by each date, {since}: {asked} Line: mean; bands: 50% and 80% "
                "intervals; dash-dotted: ceiling."
            )
        return (
            f"Probability of yes, {since}, had the deadline been each date to "
            f"{text.day(values.ends)}: {asked} "
            "Line: posterior mean on all reports; bands: 50% and 80% intervals. Dash-dotted: "
            "what is reached by the last date."
        )

    word = scale.word(values.value)
    return layout.Words(title, values.label, subtitle, values.proposition, word=word)


def _alt(values: Passage, scale: Scale, stamp: Stamp) -> AltText:
    words = _words(values, scale, terse=False)
    start = (
        f"Rising line of the probability by each date, {text.day(values.begins)} to "
        f"{text.day(values.ends)}: {values.label}: "
    )
    parts = [f"{level:.0%} by {text.day(day)}" for level, day in _crossings(values)]
    parts.insert(
        0,
        f"at the end {text.percent(values.value)} ({scale.word(values.value)}), "
        f"80% interval {text.interval(*values.interval80)}",
    )
    long = f"{words.subtitle(words.proposition)} {'; '.join(parts)}. {text.source_line(stamp)}"
    return AltText.made(words.title(words.label), start, parts, long)
