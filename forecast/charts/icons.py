"""Icon array: a probability as so many marks of a hundred, filled from the lower left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from forecast.charts import layout, rows, style, text
from forecast.charts.data import ROWS, ChartRefusal, Scale, Stamp
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame

__all__ = ["MOST", "Icons", "chart", "draw", "filled"]

MOST = 3  # arrays side by side
_SIDE = 10  # marks in a row and in a column
_LEAST = 2.3  # least height of the axes, millimetres per point of type
_TALLEST = 7.0  # height beyond which marks would only grow, likewise
_HEAD = 0.6  # above an array, for its name, likewise
_TELLING = 12  # letters of a name that had to be cut, below which counts are put in percent
_GAP = 1.2  # between arrays, likewise


@dataclass(frozen=True, slots=True)
class Icons:
    """Probabilities to show as marks of a hundred.

    Attributes
    ----------
    name, label, proposition : str
        Name for files, printed name, and the question or sentence that is judged.
    as_of : date
    arrays : tuple of (name, p)
        One to three; the first is the one the title speaks of.
    interval80 : (low, high), optional
        80 % interval of the first, printed in the subtitle.

    Raises
    ------
    ChartRefusal
        When there are none or too many, or a value is no probability.
    """

    name: str
    label: str
    proposition: str
    as_of: dt.date
    arrays: tuple[tuple[str, float], ...]
    interval80: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.arrays) <= MOST:
            raise ChartRefusal(f"{self.name}: {len(self.arrays)} icon arrays; 1 to {MOST} fit")
        if not all(0 <= p <= 1 for _, p in self.arrays):
            raise ChartRefusal(f"{self.name}: {self.arrays} has values that are not in 0 to 1")

    def table(self) -> dict[str, Sequence[Any]]:
        """List the plotted numbers, a column each."""
        n = len(self.arrays)
        return {
            "name": [self.name] * n,
            "label": [label for label, _ in self.arrays],
            "p": [p for _, p in self.arrays],
            "filled": [filled(p) for _, p in self.arrays],
            "of": [_SIDE * _SIDE] * n,
            "as_of": [self.as_of.isoformat()] * n,
        }


def filled(p: float) -> int:
    """Count the marks to fill of a hundred; none below 1 %, all above 99 %, as it is printed.

    Examples
    --------
    >>> filled(0.237), filled(0.004), filled(0.995)
    (24, 0, 100)
    """
    if p < 0.01:
        return 0
    return _SIDE * _SIDE if p > 0.99 else round(100 * p)


def draw(ax: Axes, values: Icons, *, base: float = 8.0) -> Axes:
    """Draw arrays side by side on axes that already stand where they will be printed.

    Parameters
    ----------
    ax : Axes
        Empty.
    values : Icons
    base : float
        Type size in points.
    """
    ax.set_label(ROWS)
    with style.context(base):
        ax.set_xlim(0.0, 1.0)
        ax.set_ylim(0.0, 1.0)
        ax.set_xticks([])
        ax.set_yticks([])
        for spine in ax.spines.values():
            spine.set_visible(False)
        frame = Frame.of(ax, base=base)
        count = len(values.arrays)
        gap, high = _GAP * base, frame.height - _HEAD * base
        side = min(high, (frame.width - (count - 1) * gap) / count)
        heads = [f"{label}: {_count(p)}" for label, p in values.arrays if label]
        wide = max((text.measure(each, points=frame.points(0.94), dpi=frame.dpi) for each in heads),
                   default=0.0)  # fmt: skip
        # a name needs some room even over a small array, and may take what is free
        pitch = max(side, 2.6 * base, wide - 0.8 * base) + gap
        pitch = min(pitch, (frame.width + gap) / count)
        for number, (_, p) in enumerate(values.arrays):
            _array(frame, number * pitch, high - side, side, p)
        for number, words in enumerate(_heads(frame, values, pitch)):
            frame.centred(number * pitch, high + 0.3 * base, words, points=frame.points(0.94),
                          color=style.TEXT)  # fmt: skip
    return ax


def chart(values: Icons, *, scale: Scale, stamp: Stamp, size: str = "a4") -> Chart:
    """Icon arrays as a finished chart, checked against the chart standard.

    Raises
    ------
    ChartRefusal
        When the size is unknown, the dates disagree, or the chart could not be read.
    """
    page = layout.named(size)
    layout.require_day(values.name, values.as_of, stamp=stamp)
    with style.context(page.base):
        laid = layout.fit(
            page,
            _words(values, scale),
            stamp,
            margins=layout.Margins(0.0, 0.0, 0.2 * page.base, 0.1 * page.base),
            least=_LEAST * page.base,
            good=4 * page.base,
            wanted=_TALLEST * page.base,
        )
        made, ax = layout.start(laid)
        draw(ax, values, base=page.base)
        layout.finish(made, laid)
    return Chart(f"{values.name}__icons", made, _alt(values, scale, stamp), values.table())


def _heads(frame: Frame, values: Icons, pitch: float) -> list[str]:
    """Name arrays, each with its count; all counts in percent where names need the room.

    A number is never cut.
    """
    points, labels = frame.points(0.94), [label for label, _ in values.arrays]
    last = frame.width - (len(labels) - 1) * pitch
    rooms = [pitch - 0.3 * frame.base] * (len(labels) - 1) + [last]
    for say in (_count, text.percent):
        heads = [
            rows.shorten(label, width=room, points=points, dpi=frame.dpi, others=labels,
                         after=f": {say(p)}")
            if label
            else (say(p),)
            for (label, p), room in zip(values.arrays, rooms, strict=True)
        ]  # fmt: skip
        cut = [head[0].partition("…: ")[0] for head in heads if "…: " in head[0]]
        if all(len(head) == 1 for head in heads) and all(len(name) >= _TELLING for name in cut):
            break
    return [head[0] for head in heads]


def _array(frame: Frame, left: float, bottom: float, side: float, p: float) -> None:
    step, full = side / _SIDE, filled(p)
    for number in range(_SIDE * _SIDE):
        row, column = divmod(number, _SIDE)
        on = number < full
        x, y = left + column * step, bottom + row * step
        frame.bar(
            (x + 0.08 * step, x + 0.92 * step),
            (y + 0.08 * step, y + 0.92 * step),
            facecolor=style.BLUE if on else "white",
            edgecolor=style.BLUE if on else style.LIGHT,
            lw=0.5,
            zorder=3,
        )


def _count(p: float) -> str:
    if p < 0.01:
        return "fewer than 1 in 100"
    return "more than 99 in 100" if p > 0.99 else f"{filled(p)} in 100"


def _words(values: Icons, scale: Scale) -> layout.Words:
    p = values.arrays[0][1]

    def title(label: str) -> str:
        return f"{label} – {_count(p)}, {scale.word(p)}"  # noqa: RUF001

    def subtitle(proposition: str) -> str:
        interval = ""
        if values.interval80 is not None:
            interval = f" 80% interval {text.interval(*values.interval80)}."
        return (
            f"{proposition} Filled: of 100 cases this likely, those in which the answer is yes."
            f"{interval}"
        )

    asked = values.proposition
    proposition = asked if asked.endswith(("?", ".")) else f"{asked}."
    return layout.Words(title, values.label, subtitle, proposition, word=scale.word(p))


def _alt(values: Icons, scale: Scale, stamp: Stamp) -> AltText:
    words = _words(values, scale)
    parts = [f"{label} {_count(p)} ({scale.word(p)})".strip() for label, p in values.arrays]
    long = f"{words.subtitle(words.proposition)} {'; '.join(parts)}. {text.source_line(stamp)}"
    start = f"Squares of 100 marks, {values.label}, filled: "
    return AltText.made(words.title(words.label), start, parts, long)
