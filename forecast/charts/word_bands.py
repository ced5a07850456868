"""The scale of words behind a chart: shaded bands and their names in the right gutter."""

from __future__ import annotations

from itertools import groupby, pairwise

from matplotlib.axes import Axes

from forecast.charts import style, text
from forecast.charts.data import Scale
from forecast.charts.frame import Frame
from forecast.charts.placement import spread

__all__ = ["drawn_bands", "gutter_width", "label_bands", "shade_bands"]

_NARROW = 4.0  # millimetres; a band below this is named but not shaded
_RATIO = 0.8  # of the base size
_GAP = 1.3  # millimetres between axes and words


def drawn_bands(scale: Scale) -> tuple[tuple[float, float, str], ...]:
    """Bands as drawn: each probability in one band at most, the outermost reaching 0 and 1.

    Gaps a scale leaves stay gaps. Where its terms nest, each probability has the word `scale` gives
    it.

    Examples
    --------
    >>> from forecast.beliefs.words import scale
    >>> drawn_bands(scale("icd203"))[0], drawn_bands(scale("icd203"))[-1]
    ((0.0, 0.05, 'almost no chance'), (0.95, 1.0, 'almost certain'))
    """
    bands = [(float(low), float(high), word) for low, high, word in scale.bands]
    if any(one[1] > other[0] + 1e-9 for one, other in pairwise(bands)):
        bands = _runs(scale)
    if bands[0][0] <= 0.02:
        bands[0] = (0.0, *bands[0][1:])
    if bands[-1][1] >= 0.98:
        bands[-1] = (bands[-1][0], 1.0, bands[-1][2])
    return tuple(bands)


def shade_bands(ax: Axes, scale: Scale, *, height: float) -> None:
    """Shade every other band of an axes box `height` millimetres tall; gaps stay white.

    A band too narrow to shade is set off by a hairline from the one it touches.
    """
    bands = drawn_bands(scale)
    touches = [one[1] == other[0] for one, other in pairwise(bands)]
    shaded: list[bool] = []
    for number in range(len(bands)):
        shaded.append(not (number and touches[number - 1] and shaded[-1]))
    for number, (low, high, _) in enumerate(bands):
        if (high - low) * height < _NARROW and any(touches[max(number - 1, 0) : number + 1]):
            shaded[number] = False
        if shaded[number]:
            ax.axhspan(low, high, color=style.SHADE, lw=0, zorder=0)
    for number, touch in enumerate(touches):
        if touch and not (shaded[number] or shaded[number + 1]):
            ax.axhline(bands[number][1], color=style.RULE, lw=0.5, zorder=0, label="_edge")


def label_bands(frame: Frame, scale: Scale) -> None:
    """Name the bands right of the axes, moved apart where they would touch."""
    bands = drawn_bands(scale)
    points = frame.points(_RATIO)
    line = text.Block("", ("Ag",), points).height(frame.dpi)
    wanted = [(low + high) / 2 * frame.height for low, high, _ in bands]
    places = spread(wanted, gap=line, low=0.3 * line, high=frame.height - 0.3 * line)
    for place, (_, _, word) in zip(places, bands, strict=True):
        frame.text(frame.width + _GAP, place, word, va="center", fontsize=points, color=style.LIGHT)


def gutter_width(scale: Scale, *, base: float, dpi: float) -> float:
    """Millimetres the names need right of the axes."""
    points = max(6.5, _RATIO * base)
    words = [word for _, _, word in drawn_bands(scale)]
    return _GAP + max(text.measure(word, points=points, dpi=dpi) for word in words)


def _runs(scale: Scale) -> list[tuple[float, float, str]]:
    edges = sorted({0.0, 1.0, *(edge for low, high, _ in scale.bands for edge in (low, high))})
    parts = [(low, high, scale.word((low + high) / 2)) for low, high in pairwise(edges)]
    return [
        (found[0][0], found[-1][1], word)
        for word, group in groupby(parts, key=lambda part: part[2])
        if (found := list(group))
    ]
