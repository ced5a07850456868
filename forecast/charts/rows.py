"""Charts made of rows: names on the left, a horizontal axis, one thing a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from forecast.charts import style, text
from forecast.charts.data import ACROSS, Floats
from forecast.charts.frame import Frame

__all__ = [
    "AXIS",
    "ROW",
    "axis",
    "centres",
    "fitting",
    "gutter",
    "most_rows",
    "name_rows",
    "percent_axis",
    "round_ticks",
    "scale_across",
    "shorten",
    "wanted",
]

ROW = 0.52  # least height of a row, millimetres per point of type
AXIS = 0.72  # millimetres per point of type that the axis below with its labels takes
_WIDEST = 0.4  # of the page that names may take
_SMALLEST = 6.5  # points; a name is cut only where it is too long in this type
_GAP = 1.6  # millimetres between names and axes
_RATIO = 0.94
_LINES, _SPACED = 3, 1.025  # lines a name may take, each so many of its own height
_STEPS = (1.0, 2.0, 5.0)


def most_rows(height: float, *, base: float, row: float = ROW) -> int:
    """How many rows fit into a height in millimetres."""
    return max(int(height / (row * base) + 1e-6), 0)


def gutter(names: Sequence[str], page: style.Size, *, share: float = _WIDEST) -> float:
    """Millimetres that names take left of the axes."""
    points = page.points(_RATIO)
    widest = max((text.measure(name, points=points, dpi=page.dpi) for name in names), default=0.0)
    return min(widest + 0.5, share * page.width) + _GAP


def centres(count: int, height: float) -> Floats:
    """Middles of rows from the top down, millimetres above the lower edge."""
    places: Floats = height * (1 - (np.arange(count) + 0.5) / count)
    return places


def name_rows(
    frame: Frame,
    names: Sequence[str],
    places: Sequence[float] | Floats,
    *,
    width: float,
    bold: Sequence[int] = (),
    across: Sequence[int] = (),
) -> None:
    """Print names left of the axes, on up to three lines where a row is high enough.

    Parameters
    ----------
    frame : Frame
    names : sequence of str
    places : sequence of float
        Middles of the rows, millimetres above the lower edge.
    width : float
        Millimetres that names and the gap after them may take.
    bold : sequence of int
        Rows whose names are printed bold.
    across : sequence of int
        Rows without anything in the axes; their names may run into them.
    """
    points = frame.points(_RATIO)
    line = text.Block("", ("Ag",), points).height(frame.dpi)
    pitch = abs(float(places[0] - places[1])) if len(names) > 1 else frame.height
    for number, (name, place) in enumerate(zip(names, places, strict=True)):
        weight: text.Weight = "bold" if number in bold else "normal"
        lines, size = fitting(
            name,
            width=width - _GAP + (frame.width if number in across else 0.0),
            points=points,
            lines=max(min(int(pitch / (_SPACED * line)), _LINES), 1),
            weight=weight,
            dpi=frame.dpi,
            others=names,
        )
        # Each line on a baseline of its own: centred, a name with a descender would sit higher.
        first = place + (len(lines) - 1) * line / 2
        for at, words in enumerate(lines):
            frame.centred(-width, first - at * line, words, points=size, fontweight=weight,
                          color=style.TEXT)  # fmt: skip


def fitting(
    words: str,
    *,
    width: float,
    points: float,
    lines: int = 1,
    weight: text.Weight = "normal",
    dpi: float = 300,
    others: Sequence[str] = (),
) -> tuple[tuple[str, ...], float]:
    """Lines and their type: smaller type where that spares a cut, down to what may be printed."""
    smallest = min(_SMALLEST, points)
    for size in (points, (points + smallest) / 2, smallest):
        set_ = text.wrap(words, width=width, points=size, weight=weight, dpi=dpi)
        if len(set_) <= lines and " ".join(set_) == " ".join(words.split(" ")):
            return set_, size
    return shorten(
        words, width=width, points=smallest, lines=lines, weight=weight, dpi=dpi, others=others
    ), smallest


def shorten(
    words: str,
    *,
    width: float,
    points: float,
    lines: int = 1,
    weight: text.Weight = "normal",
    dpi: float = 300,
    others: Sequence[str] = (),
    after: str = "",
) -> tuple[str, ...]:
    """Lines no wider than `width` millimetres, cut with an ellipsis where they would be too many.

    Parameters
    ----------
    words : str
        What may be cut.
    width, points, lines, weight, dpi
        The room there is, and the type.
    others : sequence of str
        Names it stands among, and is told from.
    after : str
        What stands after it and is never cut, such as a number.

    Examples
    --------
    >>> shorten("one two three", width=8, points=8)
    ('one…',)
    >>> shorten("one two three", width=13, points=8, after=" 24%")
    ('one… 24%',)
    """

    def set_(said: str) -> tuple[str, ...]:
        return text.wrap(f"{said}{after}", width=width, points=points, weight=weight,
                         dpi=dpi)  # fmt: skip

    return set_(text.told_apart(words, others, lambda said: len(set_(said)) <= lines))


def wanted(names: Sequence[str], page: style.Size, *, width: float, row: float) -> float:
    """Millimetres a row wants: `row`, or more where a name needs more lines beside it."""
    line = text.Block("", ("Ag",), page.points(_RATIO)).height(page.dpi)
    most = max((len(text.wrap(name, width=width - _GAP, points=_SMALLEST, dpi=page.dpi))
                for name in names), default=1)  # fmt: skip
    return max(row, _SPACED * line * min(most, _LINES)) if most > 1 else row


def round_ticks(low: float, high: float, *, width: float, apart: float) -> Floats:
    """Round numbers from `low` to `high`, at least `apart` of `width` millimetres from each other.

    Examples
    --------
    >>> round_ticks(-7.0, 13.0, width=60.0, apart=12.0).tolist()
    [-5.0, 0.0, 5.0, 10.0]
    """
    span = max(high - low, 1e-9)
    least = span * apart / width
    power = 10.0 ** np.floor(np.log10(least))
    step = next(s * power for s in (*_STEPS, 10.0) if s * power >= least * (1 - 1e-9))
    ticks: Floats = np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step
    return ticks + 0.0  # no negative zero


def scale_across(
    low: float, high: float, *, width: float, left: float, right: float
) -> tuple[float, float]:
    """Limits of an axis that keeps millimetres free left of `low` and right of `high`."""
    per_mm = (high - low) / max(width - left - right, 1.0)
    return low - left * per_mm, high + right * per_mm


def axis(frame: Frame, ticks: Sequence[float] | Floats, labels: Sequence[str]) -> None:
    """Set ticks of the horizontal axis, thin rules at them, and take the other axis away."""
    ax, size = frame.ax, frame.points(_RATIO)
    ax.set_xticks(list(ticks), list(labels))
    ax.set_yticks([])
    pad = 0.15 * frame.base * style.MM * 72
    ax.tick_params(axis="x", length=0.35 * frame.base, width=0.6, labelsize=size, pad=pad)
    for side, spine in ax.spines.items():
        spine.set_visible(side == "bottom")
    for tick in ticks:
        ax.axvline(tick, color=style.RULE, lw=0.5, zorder=0.5, label="_rule")


def percent_axis(ax: Axes, *, base: float) -> Frame:
    """Set the limits and ticks of a probability across; fewer ticks where there is less room."""
    ax.set_label(ACROSS)
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(0.0, 1.0)
    frame = Frame.of(ax, base=base)
    count = 5 if frame.width > 6 * base else 2
    ticks = [n / count for n in range(count + 1)]
    axis(frame, ticks, [f"{100 * tick:.0f}%" for tick in ticks])
    return frame
