"""Weights of evidence: how the log-odds went from the prior to now, one bar a contribution.

Drawn in log-odds because contributions add up there whatever their order; the axis above gives the
probability. Ten decibans are ten times the odds.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes

from forecast.charts import layout, rows, style, text
from forecast.charts.data import ROWS, ChartRefusal, Floats, Scale, Stamp
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame

__all__ = ["Weight", "Weights", "chart", "decibans", "draw", "shown"]

Kind = Literal["reports", "silence", "time", "other"]

_SUM = 0.05  # decibans by which parts may miss the whole: rounding


@dataclass(frozen=True, slots=True)
class Weight:
    """One contribution: a lineage of reports, silence, time passing, or what is left.

    Attributes
    ----------
    label : str
        What it is, as printed.
    decibans : float
        10 log10 of the factor by which it multiplies the odds.
    kind : {"reports", "silence", "time", "other"}
    """

    label: str
    decibans: float
    kind: Kind = "reports"


@dataclass(frozen=True, slots=True)
class Weights:
    """Contributions that lead from one probability to another.

    Attributes
    ----------
    node, label, proposition : str
        Name, printed name and the sentence that is judged.
    as_of : date
    prior, value : float
        Probability before the first contribution and after the last.
    weights : tuple of Weight
        In the order they are drawn; their decibans add up to the change of the log-odds.
    start, end : str
        What `prior` and `value` are, as printed, such as ``Brief, 27 Sep 2023``.
    interval80 : (low, high), optional
        80 % interval of `value`, for the words of the title.

    Raises
    ------
    ChartRefusal
        When a probability is not between 0 and 1, there are no parts, or they miss the whole by
        more than 0.05 decibans.

    Examples
    --------
    >>> w = Weights("a", "A", "It is.", dt.date(2024, 1, 1), prior=0.5, value=10 / 11,
    ...             weights=(Weight("a treaty is signed", 10.0),))
    >>> w.path.round(6).tolist()
    [0.0, 10.0]
    """

    node: str
    label: str
    proposition: str
    as_of: dt.date
    prior: float
    value: float
    weights: tuple[Weight, ...]
    start: str = "Before"
    end: str = "Now"
    interval80: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not (0 < self.prior < 1 and 0 < self.value < 1):
            raise ChartRefusal(
                f"{self.node}: {self.prior:g} and {self.value:g} must be above 0 and below 1"
            )
        if not self.weights:
            raise ChartRefusal(f"{self.node}: there is no contribution to draw")
        miss = float(self.path[-1]) - decibans(self.value)
        if not abs(miss) <= _SUM:
            raise ChartRefusal(
                f"{self.node}: the parts miss the whole by {miss:+.2f} decibans; they must add up"
            )

    @property
    def path(self) -> Floats:
        """Log-odds in decibans before the first and after every contribution."""
        parts = [one.decibans for one in self.weights]
        path: Floats = decibans(self.prior) + np.concatenate([[0.0], np.cumsum(parts)])
        return path

    def table(self) -> dict[str, Sequence[Any]]:
        """List the plotted numbers, a column each."""
        n, path = len(self.weights), self.path
        return {
            "node": [self.node] * n,
            "label": [one.label for one in self.weights],
            "kind": [one.kind for one in self.weights],
            "decibans": [one.decibans for one in self.weights],
            "before": [_probability(db) for db in path[:-1]],
            "after": [_probability(db) for db in path[1:]],
            "as_of": [self.as_of.isoformat()] * n,
        }


def decibans(p: float) -> float:
    """Log-odds of a probability in decibans.

    Examples
    --------
    >>> round(decibans(10 / 11), 9), decibans(0.5)
    (10.0, 0.0)
    """
    return 10 * math.log10(p / (1 - p))


def _probability(db: float) -> float:
    return 1 / (1 + 10 ** (-float(db) / 10))


def shown(values: Weights, most: int) -> Weights:
    """Put the smallest contributions into one, so that at most so many are drawn."""
    excess = len(values.weights) - most
    if excess <= 0:
        return values
    by_size = sorted(range(len(values.weights)), key=lambda n: abs(values.weights[n].decibans))
    merged = set(by_size[: excess + 1])
    rest = Weight(
        f"{len(merged)} smaller contributions",
        sum(values.weights[n].decibans for n in merged),
        "other",
    )
    kept = [one for n, one in enumerate(values.weights) if n not in merged]
    return replace(values, weights=(*kept, rest))


_HATCH = {"reports": "", "silence": "////", "time": "....", "other": ""}
_SAID = {"silence": "hatched: silence", "time": "dotted: time passing"}
_BAR = 0.62  # of a row
_GOOD = 9  # rows for which the subtitle gives way
_TICKS = (0.5, 0.1, 0.9, 0.01, 0.99, 0.25, 0.75, 0.001, 0.999, 0.05, 0.95, 0.02, 0.98, 0.003,
          0.997, 0.2, 0.8, 0.15, 0.85, 0.3, 0.7, 0.4, 0.6)  # fmt: skip  # what comes first stays


def draw(ax: Axes, values: Weights, *, base: float = 8.0, names: float | None = None) -> Axes:
    """Draw contributions on axes that already stand where they will be printed.

    Parameters
    ----------
    ax : Axes
        Empty, with room for names on its left.
    values : Weights
    base : float
        Type size in points.
    names : float, optional
        Millimetres for names left of the axes; by default all there are.

    Returns
    -------
    Axes
        The same axes.
    """
    ax.set_label(ROWS)
    with style.context(base):
        path = values.path
        size, dpi = max(6.5, 0.86 * base), Frame.of(ax, base=base).dpi
        wide = text.measure("+00.0", points=size, dpi=dpi) + 1.2
        end = text.measure("100%", points=1.1 * base, weight="bold", dpi=dpi) + 2.4
        low, high = float(path.min()), float(path.max())
        middle, half = (low + high) / 2, max((high - low) / 2, 2.0)
        low, high = middle - half, middle + half
        width = Frame.of(ax, base=base).width
        room = max(wide, end)
        ax.set_xlim(*rows.scale_across(low, high, width=width, left=wide, right=room))
        ax.set_ylim(0.0, 1.0)
        frame = Frame.of(ax, base=base)
        _axes(frame)
        places = rows.centres(len(values.weights) + 2, frame.height)
        left = frame.left if names is None else names
        labels = [values.start, *(one.label for one in values.weights), values.end]
        rows.name_rows(frame, labels, places, width=left, bold=(len(labels) - 1,))
        for number, one in enumerate(values.weights):
            _bar(frame, one, float(path[number]), places[number : number + 3], pad=size)
        _end(frame, values.prior, places[0], bold=False)
        _end(frame, values.value, places[-1], bold=True)
    return ax


def chart(values: Weights, *, scale: Scale, stamp: Stamp, size: str = "a4") -> Chart:
    """Contributions as a finished chart, checked against the chart standard.

    Where a size has too few rows, the smallest contributions are put into one.

    Raises
    ------
    ChartRefusal
        When the size is unknown, the dates disagree, or the chart could not be read.
    """
    page = layout.named(size)
    layout.require_day(values.node, values.as_of, stamp=stamp)
    with style.context(page.base):
        names = [values.start, values.end, *(one.label for one in values.weights)]
        axis = rows.AXIS * page.base
        margins = layout.Margins(rows.gutter(names, page), 0.5 * page.base, axis, axis)
        row = rows.ROW * page.base
        laid = layout.fit(
            page,
            _words(values, scale, terse=page.terse),
            stamp,
            margins=margins,
            least=5 * row,
            good=min(len(values.weights) + 2, _GOOD) * row,
            wanted=(len(values.weights) + 2)
            * rows.wanted(names, page, width=margins.left, row=1.25 * row),
        )
        drawn = shown(values, rows.most_rows(laid.height, base=page.base) - 2)
        made, ax = layout.start(laid)
        draw(ax, drawn, base=page.base, names=margins.left)
        layout.finish(made, laid)
    return Chart(f"{values.node}__weights", made, _alt(values, scale, stamp), values.table())


def _axes(frame: Frame) -> None:
    low, high = frame.ax.get_xlim()
    points = frame.points(0.94)
    ticks = rows.round_ticks(low, high, width=frame.width, apart=1.2 * frame.base)
    digits = 0 if len(ticks) < 2 or ticks[1] - ticks[0] >= 1 else 1
    said = [text.signed(tick, digits=digits) for tick in ticks]
    # one at the very left would run into the name of the axis
    kept = [
        text.measure(words, points=points, dpi=frame.dpi) / 2 <= float(frame.across(tick))
        for words, tick in zip(said, ticks, strict=True)
    ]
    rows.axis(frame, ticks[kept], [words for words, ok in zip(said, kept, strict=True) if ok])
    up = frame.height + 0.16 * frame.base
    taken: list[float] = []
    for p in _TICKS:
        at = float(frame.across(decibans(p)))
        half = text.measure(_tick(p), points=points, dpi=frame.dpi) / 2
        free = all(abs(at - other) > 1.15 * frame.base for other in taken)
        if half <= at <= frame.width - half and free:
            taken.append(at)
            frame.line([at, at], [frame.height, frame.height + 0.1 * frame.base],
                       color=style.REFERENCE, lw=0.6, label="_tick")  # fmt: skip
            frame.text(at, up, _tick(p), ha="center", va="bottom", fontsize=points,
                       color=style.TEXT)  # fmt: skip
    frame.line([0, frame.width], [frame.height] * 2, color=style.REFERENCE, lw=0.6, label="_axis")
    frame.text(-1.6, up, "probability", ha="right", va="bottom", fontsize=points,
               color=style.REFERENCE)  # fmt: skip
    down = -0.16 * frame.base - 0.1 * frame.base
    frame.text(-1.6, down, "decibans", ha="right", va="top", fontsize=points,
               color=style.REFERENCE)  # fmt: skip


def _bar(frame: Frame, one: Weight, before: float, places: Floats, *, pad: float) -> None:
    pitch = float(places[0] - places[1])
    middle, after = float(places[1]), before + one.decibans
    start, end = float(frame.across(before)), float(frame.across(after))
    colour = style.COLOURS[1] if one.decibans > 0 else style.BLUE
    plain = one.kind in {"reports", "other"}
    frame.bar(
        (start, end),
        (middle - _BAR * pitch / 2, middle + _BAR * pitch / 2),
        facecolor=colour if plain else "white",
        alpha=0.55 if one.kind == "other" else 1.0,
        edgecolor=colour,
        hatch=_HATCH[one.kind],
        lw=0.7,
        zorder=3,
    )
    frame.line([start, start], [middle, float(places[0])], color=style.REFERENCE, lw=0.6,
               zorder=2, label="_step")  # fmt: skip
    frame.line([end, end], [middle, float(places[2])], color=style.REFERENCE, lw=0.6,
               zorder=2, label="_step")  # fmt: skip
    right, air = one.decibans >= 0, 0.1 * frame.base
    frame.centred(
        (max(start, end) + air) if right else (min(start, end) - air),
        middle,
        text.signed(one.decibans),
        ha="left" if right else "right",
        points=pad,
        color=style.TEXT,
        zorder=4,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.4},
    )


def _end(frame: Frame, p: float, y: float, *, bold: bool) -> None:
    at = float(frame.across(decibans(p)))
    frame.line([at], [y], marker="o", ms=0.6 * frame.base, ls="none", mew=0.1 * frame.base,
               mfc=style.BLUE if bold else "white", mec=style.BLUE, zorder=5,
               label="_end")  # fmt: skip
    frame.centred(
        at + 0.16 * frame.base + 0.5,
        y,
        text.percent(p),
        points=frame.points(1.1 if bold else 0.94),
        fontweight="bold" if bold else "normal",
        color=style.BLUE,
        zorder=5,
    )


def _tick(p: float) -> str:
    return f"{100 * p:g}%"


def _words(values: Weights, scale: Scale, *, terse: bool) -> layout.Words:
    now = f"{scale.word(values.value)} ({text.percent(values.value)})"
    was = f"{scale.word(values.prior)} ({text.percent(values.prior)})"
    top = max(values.weights, key=lambda one: abs(one.decibans))

    def title(label: str, name: str = values.label) -> str:
        most = f"; most from: {label} ({text.signed(top.decibans)}{text.NBSP}decibans)"
        return f"{name} – from{text.NBSP}{was} to{text.NBSP}{now}{most}"  # noqa: RUF001

    kinds = {one.kind for one in values.weights}
    marked = "".join(f"; {_SAID[kind]}" for kind in ("silence", "time") if kind in kinds)

    def subtitle(proposition: str) -> str:
        if terse:
            return (
                f"Change of the log-odds that {proposition}, in decibans "
                f"(10{text.NBSP}= ten times the odds). "
                f"+{text.NBSP}raises, −{text.NBSP}lowers{marked}."  # noqa: RUF001
            )
        return (
            f"What changed the log-odds that {proposition}, in decibans: 10 are ten times the "
            f"odds. Bars add up from the top; + and vermillion raise, − and blue lower{marked}. "  # noqa: RUF001
            "One bar a lineage of sources."
        )

    word = scale.word(values.value)
    return layout.Words(title, top.label, subtitle, text.clause(values.proposition), word=word,
                        also=(values.label,), among=[w.label for w in values.weights])  # fmt: skip


def _alt(values: Weights, scale: Scale, stamp: Stamp) -> AltText:
    words = _words(values, scale, terse=False)
    ordered = sorted(values.weights, key=lambda one: -abs(one.decibans))
    start = (
        f"Bars that lead from {text.percent(values.prior)} to {text.percent(values.value)} "
        f"({scale.word(values.value)}), in decibans: "
    )
    parts = [f"{one.label} {text.signed(one.decibans)}" for one in ordered]
    long = f"{words.subtitle(words.proposition)} {'; '.join(parts)}. {text.source_line(stamp)}"
    return AltText.made(words.title(words.label), start, parts, long)
