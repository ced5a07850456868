"""Tornado: how far the probability moves when one input at a time moves to either end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.axes import Axes

from forecast.charts import layout, rows, style, text
from forecast.charts.data import CROPPED, ChartRefusal, Scale, Stamp
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame

__all__ = ["Swing", "Tornado", "chart", "draw"]

_BAR = 0.62  # of a row
_GOOD = 8  # rows for which the subtitle gives way
_AIR = 0.1  # between a bar and its label, likewise
_CAP = 0.36  # of the axes that the label of an end may take
_TELLING = 7  # letters of a label that had to be cut, below which it says nothing
_NARROW = 0.02  # least probability the axis spans


@dataclass(frozen=True, slots=True)
class Swing:
    """One input and the probability at either end of it.

    Attributes
    ----------
    label : str
        The input, as printed.
    low, high : float
        Probability with the input at its low and at its high end. For an input that is taken out,
        one of them is the baseline.
    low_input, high_input : str
        The values used, as printed, such as ``5%`` and ``20%``, or ``without``.
    """

    label: str
    low: float
    high: float
    low_input: str
    high_input: str = ""

    @property
    def span(self) -> float:
        """Distance between the two probabilities."""
        return abs(self.high - self.low)


@dataclass(frozen=True, slots=True)
class Tornado:
    """What a probability depends on.

    Attributes
    ----------
    node, label, proposition : str
        Name, printed name and the sentence that is judged.
    as_of : date
    value : float
        The baseline: the probability with every input as it is.
    swings : tuple of Swing
        In any order; the widest is drawn first.
    rule : str
        How inputs were moved, printed in the subtitle, such as ``Each input moves from the 10th to
        the 90th percentile of its posterior``.
    interval80 : (low, high), optional
        80 % interval of `value`, for the words of the title.

    Raises
    ------
    ChartRefusal
        When a value is no probability, there are no inputs, or an end is not labelled.

    Examples
    --------
    >>> Tornado("a", "A", "It is.", dt.date(2024, 1, 1), 0.3,
    ...         (Swing("rate", 0.2, 0.5, "1 a year", "4 a year"),)).ordered[0].span
    0.3
    """

    node: str
    label: str
    proposition: str
    as_of: dt.date
    value: float
    swings: tuple[Swing, ...]
    rule: str = "Each input moves from the 10th to the 90th percentile of its posterior"
    interval80: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not self.swings:
            raise ChartRefusal(f"{self.node}: there is no input to draw")
        values = [self.value, *(p for one in self.swings for p in (one.low, one.high))]
        if not all(0 <= p <= 1 for p in values):
            raise ChartRefusal(f"{self.node}: {values} has values that are not in 0 to 1")
        for one in self.swings:
            ends = ((one.low, one.low_input), (one.high, one.high_input))
            if any(p != self.value and not words for p, words in ends):
                raise ChartRefusal(
                    f"{self.node}: {one.label!r} moves the probability, but the value of the input "
                    "is not given; label both ends"
                )

    @property
    def ordered(self) -> tuple[Swing, ...]:
        """Inputs by how far they move the probability, the widest first."""
        return tuple(sorted(self.swings, key=lambda one: (-one.span, one.label)))

    def table(self) -> dict[str, Sequence[Any]]:
        """List the plotted numbers, a column each."""
        n, found = len(self.swings), self.ordered
        return {
            "node": [self.node] * n,
            "label": [one.label for one in found],
            "p": [self.value] * n,
            "p_low": [one.low for one in found],
            "p_high": [one.high for one in found],
            "low_input": [one.low_input for one in found],
            "high_input": [one.high_input for one in found],
            "as_of": [self.as_of.isoformat()] * n,
        }


def draw(ax: Axes, values: Tornado, *, base: float = 8.0, names: float | None = None) -> Axes:
    """Draw swings on axes that already stand where they will be printed.

    Parameters
    ----------
    ax : Axes
        Empty, with room for names on its left.
    values : Tornado
    base : float
        Type size in points.
    names : float, optional
        Millimetres for names left of the axes; by default all there are.
    """
    ax.set_label(CROPPED)
    with style.context(base):
        first = Frame.of(ax, base=base)
        found, points = values.ordered, first.points(0.86)
        ends = [0.0, 0.0]
        for one in found:
            for side, (_, words) in enumerate(_sides(one)):
                wide = text.measure(words, points=points, dpi=first.dpi) + 2 * _AIR * base
                ends[side] = max(ends[side], wide)
        cap = _CAP * first.width
        reached = [values.value, *(p for one in found for p in (one.low, one.high))]
        low, high = min(reached), max(reached)
        if high - low < _NARROW:
            low = max(min((low + high - _NARROW) / 2, 1 - _NARROW), 0.0)
            high = low + _NARROW
        left, right = (min(end, cap) for end in ends)
        ax.set_xlim(*rows.scale_across(low, high, width=first.width, left=left, right=right))
        ax.set_ylim(0.0, 1.0)
        frame = Frame.of(ax, base=base)
        _axis(frame)
        places = rows.centres(len(found) + 1, frame.height)
        rows.name_rows(frame, [one.label for one in found], places[1:],
                       width=frame.left if names is None else names)  # fmt: skip
        _baseline(frame, values.value, float(places[0]))
        for one, place in zip(found, places[1:], strict=True):
            _swing(frame, one, float(place), float(places[0] - places[1]), values.value, cap=cap)
    return ax


def chart(values: Tornado, *, scale: Scale, stamp: Stamp, size: str = "a4") -> Chart:
    """Swings as a finished chart, checked against the chart standard.

    Where a size has too few rows, the narrowest swings are left out, and the chart says so.

    Raises
    ------
    ChartRefusal
        When the size is unknown, the dates disagree, or the chart could not be read.
    """
    page = layout.named(size)
    layout.require_day(values.node, values.as_of, stamp=stamp)
    with style.context(page.base):
        margins = layout.Margins(
            rows.gutter([one.label for one in values.swings], page),
            0.5 * page.base,
            rows.AXIS * page.base,
            0.0,
        )
        laid, drawn = _fit(values, scale, stamp, page=page, margins=margins)
        made, ax = layout.start(laid)
        draw(ax, drawn, base=page.base, names=margins.left)
        layout.finish(made, laid)
    return Chart(f"{values.node}__tornado", made, _alt(values, scale, stamp), values.table())


def _fit(
    values: Tornado, scale: Scale, stamp: Stamp, *, page: style.Size, margins: layout.Margins
) -> tuple[layout.Layout, Tornado]:
    row, of = rows.ROW * page.base, len(values.swings)
    names = [one.label for one in values.swings]
    width = page.width - 2 * page.margin - margins.left - margins.right
    wanted = rows.wanted(names, page, width=margins.left, row=1.3 * row)
    count, most = of, 0
    while True:
        # Saying that some are left out may take a line, and so a row.
        drawn = replace(values, swings=values.ordered[:count])
        laid = layout.fit(
            page,
            _words(
                drawn, scale, of=of, terse=page.terse, labelled=_is_labelled(drawn, page, width)
            ),
            stamp,
            margins=margins,
            least=4 * row,
            good=min(count + 1, _GOOD) * row,
            wanted=wanted * (count + 1),
        )
        most = rows.most_rows(laid.height, base=page.base) - 1
        if most >= count:
            return laid, drawn
        count = most


def _sides(one: Swing) -> tuple[tuple[float, str], tuple[float, str]]:
    """Put the ends from left to right, each with its probability and its label."""
    ends = ((one.low, one.low_input), (one.high, one.high_input))
    return ends if one.low <= one.high else (ends[1], ends[0])


def _axis(frame: Frame) -> None:
    low, high = (min(max(end, 0.0), 1.0) for end in frame.ax.get_xlim())
    room = float(frame.across(high) - frame.across(low))
    ticks = rows.round_ticks(low, high, width=room, apart=1.3 * frame.base)
    whole = [tick for tick in ticks if abs(100 * tick - round(100 * tick)) < 1e-6]
    rows.axis(frame, whole, [f"{100 * tick:.0f}%" for tick in whole])
    frame.ax.spines["bottom"].set_bounds(low, high)  # labels may stand beyond; the axis may not


def _baseline(frame: Frame, p: float, y: float) -> None:
    at = float(frame.across(p))
    frame.line([at, at], [0, frame.height - 0.55 * frame.base], color=style.INK, lw=1.0, zorder=5,
               label="_baseline")  # fmt: skip
    words = f"now {text.percent(p)}"
    half = text.measure(words, points=frame.base, weight="bold", dpi=frame.dpi) / 2
    frame.centred(
        min(max(at, half), frame.width - half),
        y,
        words,
        points=frame.base,
        ha="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        fontweight="bold",
        color=style.BLUE,
    )


def _swing(
    frame: Frame, one: Swing, y: float, pitch: float, baseline: float, *, cap: float
) -> None:
    centre = float(frame.across(baseline))
    ends = [float(frame.across(p)) for p in (one.low, one.high)]
    for end, is_high in zip(ends, (False, True), strict=True):
        frame.bar(
            (end, centre),
            (y - _BAR * pitch / 2, y + _BAR * pitch / 2),
            facecolor=style.COLOURS[1] if is_high else "white",
            edgecolor=style.COLOURS[1] if is_high else style.BLUE,
            hatch="" if is_high else "////",
            lw=0.7,
            zorder=3,
        )
    points, air = frame.points(0.86), _AIR * frame.base
    labels = _ends(one, width=cap - 2 * air, points=points, dpi=frame.dpi)
    for left, (p, words) in zip((True, False), _sides(one), strict=True):
        at = float(frame.across(p))
        at = min(at, centre) - air if left else max(at, centre) + air
        if said := labels.get(words):
            frame.centred(at, y, said, points=points, ha="right" if left else "left",
                          color=style.TEXT, zorder=6)  # fmt: skip


def _ends(one: Swing, *, width: float, points: float, dpi: float) -> dict[str, str]:
    """Label both ends by the values used, or neither, where hardly a word of one has room."""
    ends = [words for words in (one.low_input, one.high_input) if words]
    said = {
        words: rows.shorten(words, width=width, points=points, dpi=dpi, others=ends)[0]
        for words in ends
    }
    whole = all("…" not in found or len(found) >= _TELLING for found in said.values())
    return said if whole else {}


def _is_labelled(values: Tornado, page: style.Size, width: float) -> bool:
    """Whether every end has room for its label on axes so wide."""
    room = _CAP * width - 2 * _AIR * page.base
    return all(
        _ends(one, width=room, points=page.points(0.86), dpi=page.dpi) for one in values.swings
    )


def _words(
    values: Tornado, scale: Scale, *, of: int, terse: bool, labelled: bool = True
) -> layout.Words:
    now = f"{scale.word(values.value)} ({text.percent(values.value)})"
    top = values.ordered[0]
    ends = _from_to(top)

    def title(label: str, name: str = values.label) -> str:
        if ends is None:
            return f"{name} – {now}; no input by itself moves it by a point"  # noqa: RUF001
        return f"{name} – {now}; moved most by: {label}, {ends}"  # noqa: RUF001

    fewer = "" if len(values.swings) == of else f" The {len(values.swings)} widest of {of} shown."

    used = "ends labelled with the values used"
    if not labelled:
        used += ", where there is room; all are in the table of this chart"
        fewer = f" All ends: in the table of this chart.{fewer}" if terse else fewer

    def subtitle(proposition: str) -> str:
        rule = values.rule.rstrip(".")
        key = "Filled: input at the higher value, hatched: at the lower"
        if terse:
            return f"Probability that {proposition}. {rule}. {key}.{fewer}"
        return (
            f"Probability that {proposition}, as of {text.day(values.as_of)}, with one input "
            f"moved at a time. {rule}. {key}; {used}.{fewer}"
        )

    return layout.Words(title, top.label, subtitle, text.clause(values.proposition),
                        word=scale.word(values.value), also=(values.label,),
                        among=[one.label for one in values.swings])  # fmt: skip


def _from_to(one: Swing) -> str | None:
    """Write the ends of a swing; none where they are printed alike."""
    ends = [text.percent(p) for p in sorted((one.low, one.high))]
    return None if ends[0] == ends[1] else " to ".join(ends)


def _alt(values: Tornado, scale: Scale, stamp: Stamp) -> AltText:
    words = _words(values, scale, of=len(values.swings), terse=False)
    now = f"{text.percent(values.value)} ({scale.word(values.value)})"
    start = f"Bars showing how far one input at a time moves the probability, now {now}: "
    ends = {one.label: _from_to(one) for one in values.ordered}
    parts = [f"{label} {said}" for label, said in ends.items() if said is not None]
    still = list(ends.values()).count(None)
    if still:
        others = "the other " if parts else ""
        parts.append(f"{others}{text.counted(still, 'input')} by less than a point")
    long = f"{words.subtitle(words.proposition)} {'; '.join(parts)}. {text.source_line(stamp)}"
    return AltText.made(words.title(words.label), start, parts, long)
