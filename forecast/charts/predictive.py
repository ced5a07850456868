"""Predictive distribution of a sum: bars of what may come, those above the threshold filled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from forecast.charts import layout, rows, style, text
from forecast.charts import placement as callouts
from forecast.charts.data import ROWS, ChartRefusal, Floats, Scale, Stamp
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame
from forecast.charts.placement import Line, Room

__all__ = ["Predictive", "chart", "draw"]

_MOST = 40  # bars over the range of the distribution


@dataclass(frozen=True, slots=True)
class Predictive:
    """A sum and its threshold.

    Attributes
    ----------
    name, label, proposition : str
        Name for files, printed name of what is summed, and the question.
    as_of : date
    over : str
        The period summed over, such as ``4 weeks``.
    by : date
        The day it ends.
    above : float
        The threshold.
    quantiles : tuple of float
        Of the sum, rising, each standing for the same share of the probability.
    p : float
        Probability of a sum above the threshold.
    interval80 : (low, high)
        Of that probability, 80 %.

    Raises
    ------
    ChartRefusal
        When the quantiles fall, are none, or do not go with the probability.

    Examples
    --------
    >>> days = dt.date(2024, 1, 1), dt.date(2024, 1, 8)
    >>> eyes = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    >>> dice = Predictive("d", "Dice", "More than 4?", days[0], "1 week", days[1],
    ...                   4.0, eyes, 1 / 3, (0.3, 0.4))
    >>> dice.bars[:2]
    ((0.5, 1.5, 0.16666666666666666), (1.5, 2.5, 0.16666666666666666))
    """

    name: str
    label: str
    proposition: str
    as_of: dt.date
    over: str
    by: dt.date
    above: float
    quantiles: tuple[float, ...]
    p: float
    interval80: tuple[float, float]

    def __post_init__(self) -> None:
        found = np.array(self.quantiles)
        if not found.size or not np.isfinite(found).all() or (np.diff(found) < 0).any():
            raise ChartRefusal(f"{self.name}: the quantiles of a sum must be there, and rise")
        share = float((found > self.above).mean())
        if abs(share - self.p) > 0.5 / found.size + _apart(found.size):
            raise ChartRefusal(
                f"{self.name}: {share:.3f} of the distribution lies above {self.above:g}, but its "
                f"probability is {self.p:.3f}"
            )

    @property
    def whole(self) -> bool:
        """Whether it is a sum of counts: every quantile is a whole number."""
        return all(float(each).is_integer() for each in self.quantiles)

    @property
    def cut(self) -> float:
        """Where what is above the threshold begins; between two whole numbers for counts."""
        return float(np.floor(self.above) + 0.5) if self.whole else self.above

    @property
    def bars(self) -> tuple[tuple[float, float, float], ...]:
        """Lower and upper edge of every bar with its probability; one edge is the threshold."""
        edges = self._edges()
        if self.whole:
            shares = np.histogram(self.quantiles, edges)[0] / len(self.quantiles)
        else:
            levels = (np.arange(len(self.quantiles)) + 0.5) / len(self.quantiles)
            reached = np.interp(edges, self.quantiles, levels, left=0.0, right=1.0)
            shares = np.diff(reached)
        return tuple(zip(edges[:-1].tolist(), edges[1:].tolist(), shares.tolist(), strict=True))

    def _edges(self) -> Floats:
        """Edges at a round distance from each other, the threshold among them."""
        low, high = self.quantiles[0], self.quantiles[-1]
        span = high - low
        if self.whole:
            width = _round_up((span + 1) / _MOST) if span >= _MOST else 1.0
            low, high = low - 0.5, high + 0.5
        else:
            span = span or abs(self.above - low) or 1.0
            width = _round_up(span / (0.75 * _MOST))
        first = np.floor((low - self.cut) / width + 1e-9)
        last = np.ceil((high - self.cut) / width - 1e-9)
        edges: Floats = self.cut + np.arange(first, max(last, first + 1) + 1) * width
        return edges

    def quantile(self, level: float) -> float:
        """Sum at a level of its distribution."""
        at = min(int(level * len(self.quantiles)), len(self.quantiles) - 1)
        return self.quantiles[at]

    def table(self) -> dict[str, Sequence[Any]]:
        """List the plotted numbers, a column each; both ends of a bar of counts are in it."""
        inside = 0.5 if self.whole else 0.0
        n = len(self.bars)
        return {
            "name": [self.name] * n,
            "low": [low + inside for low, _, _ in self.bars],
            "high": [high - inside for _, high, _ in self.bars],
            "p": [p for _, _, p in self.bars],
            "above": ["yes" if low >= self.cut else "no" for low, _, _ in self.bars],
            "as_of": [self.as_of.isoformat()] * n,
        }


def _apart(points: int) -> float:
    """How far a probability may lie from the share of so many points: one of them, and chance."""
    return 1.0 / points + 0.01


def _round_up(width: float) -> float:
    """Next larger of 1, 2, 5, 10, 20, ... or .5, .2, .1, ..."""
    power = 10.0 ** np.floor(np.log10(width))
    return float(next(s * power for s in (1.0, 2.0, 5.0, 10.0) if s * power >= width * (1 - 1e-9)))


_LEAST = 2.6  # least height of the axes, millimetres per point of type
_BESIDE = 0.15  # of the range, on either side of the threshold
_HEAD = 1.3  # height of the axes over that of the tallest bar, for labels


def draw(ax: Axes, values: Predictive, *, base: float = 8.0, word: str = "") -> Axes:
    """Draw the distribution on axes that already stand where they will be printed.

    Parameters
    ----------
    ax : Axes
        Empty.
    values : Predictive
    base : float
        Type size in points.
    word : str
        Of the probability, for its label.
    """
    ax.set_label(ROWS)  # upwards are shares of bars, which do not reach 1
    with style.context(base):
        bars = values.bars
        ends = bars[0][0], bars[-1][1]
        span = max(ends[1], values.cut) - min(ends[0], values.cut)
        side = _BESIDE * span  # so that the label of either side has room on it
        ax.set_xlim(min(ends[0] - 0.02 * span, values.cut - side),
                    max(ends[1] + 0.02 * span, values.cut + side))  # fmt: skip
        ax.set_ylim(0.0, _HEAD * max(p for _, _, p in bars))
        frame = Frame.of(ax, base=base)
        _axes(frame, whole=values.whole)
        gap = 0.08 if values.whole else 0.0
        for low, high, p in bars:
            beyond = low >= values.cut
            ax.bar(low + gap * (high - low), p, (1 - 2 * gap) * (high - low), align="edge",
                   facecolor=style.BLUE if beyond else "white", zorder=3, lw=0.6,
                   edgecolor=style.BLUE if beyond else style.LIGHT)  # fmt: skip
        at = float(frame.across(values.cut))
        frame.line([at, at], [0, frame.height], color=style.INK, lw=1.0, ls=(0, (4, 2)), zorder=5,
                   label="_threshold")  # fmt: skip
        _labels(frame, values, word)
    return ax


def chart(values: Predictive, *, scale: Scale, stamp: Stamp, size: str = "a4") -> Chart:
    """Distribution of a sum as a finished chart, checked against the chart standard.

    Raises
    ------
    ChartRefusal
        When the size is unknown, the dates disagree, or the chart could not be read.
    """
    page = layout.named(size)
    layout.require_day(values.name, values.as_of, stamp=stamp)
    words = _words(values, scale, terse=page.terse)
    with style.context(page.base):
        left = text.measure("0.5%", points=page.points(0.94), dpi=page.dpi)
        margins = layout.Margins(
            left + layout.PAD * page.base, 0.4 * page.base, 0.62 * page.base, 0.3 * page.base
        )
        laid = layout.fit(page, words, stamp, margins=margins, least=_LEAST * page.base)
        made, ax = layout.start(laid)
        draw(ax, values, base=page.base, word=scale.word(values.p))
        layout.finish(made, laid)
    return Chart(f"{values.name}__sum", made, _alt(values, scale, stamp), values.table())


def _axes(frame: Frame, *, whole: bool) -> None:
    """Set round sums across and shares upwards."""
    base = frame.base
    low, high = frame.ax.get_xlim()
    ticks = rows.round_ticks(low, high, width=frame.width, apart=1.8 * base)
    if whole:
        ticks = ticks[np.abs(ticks - ticks.round()) < 1e-9]
    rows.axis(frame, ticks, [_number(tick) for tick in ticks])
    top = 100 * frame.ax.get_ylim()[1]
    shares = rows.round_ticks(0.0, top, width=frame.height, apart=0.9 * base)
    shares = shares[shares <= 100.0]
    frame.ax.set_yticks((shares / 100).tolist(), [f"{share:g}%" for share in shares])
    frame.ax.tick_params(axis="y", length=0, labelsize=frame.points(0.94),
                         pad=layout.PAD * base * style.MM * 72)  # fmt: skip


def _labels(frame: Frame, values: Predictive, word: str) -> None:
    """Print both probabilities, each on its side of the threshold."""
    room, top = Room(frame.width, frame.height), frame.ax.get_ylim()[1]
    for low, high, p in values.bars:
        left, right = (float(frame.across(edge)) for edge in (low, high))
        room.box(left, 0.0, right - left, p / top * frame.height)
    at = float(frame.across(values.cut))
    room.line([at, at], [0.0, frame.height], cost=60)
    beyond = [
        Line(text.percent(values.p), 1.25, bold=True, colour=style.BLUE),
        Line(f"more than {_number(values.above)}", colour=style.BLUE),
    ]
    if word:
        beyond.insert(1, Line(word, bold=True, colour=style.BLUE))
    rest = [Line(text.percent(1 - values.p)), Line(f"at most {_number(values.above)}")]
    up = 0.9 * frame.height
    for lines, side in ((beyond, 1), (rest, -1)):
        near = [(at + side * 1.2 * frame.base, up)]
        if not callouts.put(frame, room, lines, near=near, pull=30.0):
            callouts.put(frame, room, lines[:1], near=near, pull=30.0)


def _number(value: float) -> str:
    """Write a sum as printed.

    Examples
    --------
    >>> _number(1250.0), _number(-0.5)
    ('1,250', '−0.5')
    """  # noqa: RUF002  # a minus sign is what is printed
    return f"{value + 0.0:,.6g}".replace("-", "−")  # noqa: RUF001


def _middle(values: Predictive) -> str:
    low, high = (_number(_rough(values, level)) for level in (0.1, 0.9))
    return f"80% of it from {low} to {high}"


def _rough(values: Predictive, level: float) -> float:
    """Give a quantile: of counts as it is, of values to three digits."""
    found = values.quantile(level)
    return found if values.whole else float(f"{found:.3g}")


def _words(values: Predictive, scale: Scale, *, terse: bool) -> layout.Words:
    now = f"{scale.word(values.p)} ({text.percent(values.p)})"
    until = f"over the {values.over} to {text.day(values.by)}"

    def title(label: str) -> str:
        return f"{label} – {now} to sum to more than {_number(values.above)}"  # noqa: RUF001

    low, high, _ = values.bars[0]
    wide = f", in bars of {_number(high - low)}" if values.whole and high - low > 1.0 else ""

    def subtitle(proposition: str) -> str:
        if terse:
            return f"{proposition} Probability of each sum {until}; filled: above the threshold."
        return (
            f"“{proposition}” Probability of each sum {until}{wide}: {_middle(values)}. Filled: "
            f"above the threshold (dashed), {text.percent(values.p)}, 80% interval "
            f"{text.interval(*values.interval80)}."
        )

    word = scale.word(values.p)
    return layout.Words(title, values.label, subtitle, values.proposition, word=word)


def _alt(values: Predictive, scale: Scale, stamp: Stamp) -> AltText:
    words = _words(values, scale, terse=False)
    start = f"Bars of the sum of {values.label} over the {values.over} to {text.day(values.by)}: "
    now = f"{text.percent(values.p)} ({scale.word(values.p)})"
    parts = [
        f"more than {_number(values.above)} with {now}",
        f"median {_number(_rough(values, 0.5))}",
        _middle(values),
    ]
    long = f"{words.subtitle(words.proposition)} {'; '.join(parts)}. {text.source_line(stamp)}"
    return AltText.made(words.title(words.label), start, parts, long)
