"""Where labels and callouts go so that they cover nothing that matters; words behind a chart.

The axes are cut into cells; whatever is drawn makes its cells dear. A label goes where the sum of
the cells under it, plus its distance from what it names, is least. All places are tried at once
with a summed-area table (Crow 1984, doi:10.1145/800031.808600).

The scale of words is shaded bands, with their names in the right gutter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from forecast.charts import style, text
from forecast.charts.data import Floats, Scale
from forecast.charts.frame import Frame

__all__ = [
    "FORBIDDEN",
    "Line",
    "Place",
    "Room",
    "drawn_bands",
    "gutter_width",
    "label_bands",
    "put",
    "shade_bands",
    "spread",
]


FORBIDDEN = 1e6
Values = Sequence[float] | Floats
_CELL = 0.5  # millimetres
_PLAIN = 0.02  # mean cost of a cell up to which a label needs no ground of its own
_MISLEADING = 1e5  # cost of standing nearer to what another label names
_DEAR = 300.0  # cost of cover that no label is worth


@dataclass(frozen=True, slots=True)
class Place:
    """Lower left corner of a label, whether it needs a ground to stand out from, and its cost.

    `near_other`: it stands at least as near to what another label names.
    """

    x: float
    y: float
    ground: bool
    cost: float
    near_other: bool = False


class Room:
    """The free room of an axes box.

    Parameters
    ----------
    width, height : float
        Of the box, millimetres. Places are in millimetres from its lower left corner.

    Examples
    --------
    >>> room = Room(40, 20)
    >>> room.line([0, 40], [10, 10], cost=5)
    >>> place = room.place(8, 4, near=[(20, 10)])
    >>> place.y > 10 or place.y + 4 < 10
    True
    """

    def __init__(self, width: float, height: float) -> None:
        self.shape = max(int(height / _CELL), 1), max(int(width / _CELL), 1)
        self.cost: Floats = np.zeros(self.shape)
        self.ink: Floats = np.zeros(self.shape)

    def copy(self) -> Room:
        """Copy the room, to try something in."""
        other = Room(0, 0)
        other.shape, other.cost, other.ink = self.shape, self.cost.copy(), self.ink
        return other

    def line(self, x: Values, y: Values, *, cost: float) -> None:
        """Make dear the cells a line through the points passes."""
        xs, ys = np.asarray(x, float), np.asarray(y, float)
        length = np.maximum(np.abs(np.diff(xs)), np.abs(np.diff(ys)))
        for n, x0, x1, y0, y1 in zip(length, xs, xs[1:], ys, ys[1:], strict=False):
            steps = np.linspace(0, 1, int(n / (_CELL / 2)) + 2)
            rows, columns = self._cells(x0 + steps * (x1 - x0), y0 + steps * (y1 - y0))
            self.cost[rows, columns] = np.maximum(self.cost[rows, columns], cost)
            self.ink[rows, columns] = 1

    def area(self, x: Values, low: Values, high: Values, *, cost: float) -> None:
        """Make a little dear the cells between two curves."""
        columns = (np.arange(self.shape[1]) + 0.5) * _CELL
        rows = ((np.arange(self.shape[0]) + 0.5) * _CELL)[:, None]
        inside = (columns >= x[0]) & (columns <= x[-1])
        low_here, high_here = np.interp(columns, x, low), np.interp(columns, x, high)
        self.cost += cost * (inside & (rows >= low_here) & (rows <= high_here))

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """Forbid a box, given by its lower left corner."""
        rows, columns = self._cells(np.array([x, x + width]), np.array([y, y + height]))
        self.cost[rows[0] : rows[1] + 1, columns[0] : columns[1] + 1] = FORBIDDEN

    def place(
        self,
        width: float,
        height: float,
        *,
        near: Sequence[tuple[float, float]],
        reach: float = np.inf,
        pull: float = 6.0,
        others: Sequence[tuple[float, float]] = (),
    ) -> Place | None:
        """Find the best place for a label, and forbid it to later ones.

        Parameters
        ----------
        width, height : float
            Of the label, millimetres.
        near : sequence of (x, y)
            What the label names; the nearest of the points counts.
        reach : float
            Farthest the label may be from that; a label with no such place that covers little is
            not placed. Without a reach the best place is taken, however bad.
        pull : float
            Cost of a millimetre of distance.
        others : sequence of (x, y)
            What other labels name: a place at least as near to one of these would mislead.
        """
        rows, columns = int(height / _CELL) + 2, int(width / _CELL) + 2
        if rows > self.shape[0] or columns > self.shape[1]:
            return None
        covered = _window_sums(self.cost, rows, columns)
        left: Floats = np.arange(covered.shape[1], dtype=np.float64)[None, :] * _CELL
        down: Floats = np.arange(covered.shape[0], dtype=np.float64)[:, None] * _CELL

        def distance(points: Sequence[tuple[float, float]]) -> Floats:
            away: Floats = np.full(covered.shape, np.inf)
            for x, y in points:
                far = np.hypot(_outside(x, left, columns * _CELL), _outside(y, down, rows * _CELL))
                away = np.minimum(away, far)
            return away

        away = distance(near)
        total = np.where(away <= reach, covered + pull * away, np.inf)
        misleading = distance(others) <= away + _CELL
        total += np.where(misleading, _MISLEADING, 0.0)
        best = np.unravel_index(np.argmin(total), total.shape)
        if np.isfinite(reach) and not (total[best] < np.inf and covered[best] < _DEAR):
            return None
        row, column = int(best[0]), int(best[1])
        inside = slice(row, row + rows), slice(column, column + columns)
        ground = self.ink[inside].any() or self.cost[inside].mean() > _PLAIN
        self.cost[inside] = FORBIDDEN
        return Place((column + 0.5) * _CELL, (row + 0.5) * _CELL, bool(ground),
                     float(total[best]), bool(misleading[best]))  # fmt: skip

    def _cells(self, x: Floats, y: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        rows = np.clip((y / _CELL).astype(int), 0, self.shape[0] - 1)
        columns = np.clip((x / _CELL).astype(int), 0, self.shape[1] - 1)
        return rows.astype(np.intp), columns.astype(np.intp)


def spread(wanted: Sequence[float], *, gap: float, low: float, high: float) -> Floats:
    """Places nearest to those wanted, in least squares, that are at least `gap` apart.

    Isotonic regression of ``wanted - i * gap`` by pooling adjacent violators, then kept within
    `low` to `high` where the room allows.

    Parameters
    ----------
    wanted : (n,) float
        In increasing order.

    Examples
    --------
    >>> spread([1.0, 1.0, 9.0], gap=2.0, low=0.0, high=10.0).tolist()
    [0.0, 2.0, 9.0]
    """
    offsets = gap * np.arange(len(wanted))
    pools: list[tuple[float, int]] = []
    for value in np.asarray(wanted, float) - offsets:
        pools.append((float(value), 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, n), (b, m) = pools[-2:]
            pools[-2:] = [((a * n + b * m) / (n + m), n + m)]
    level = np.repeat([value for value, _ in pools], [n for _, n in pools])
    top = high - (offsets[-1] if len(offsets) else 0.0)
    result: Floats = np.clip(level, low, max(top, low)) + offsets
    return result


def _window_sums(cost: Floats, rows: int, columns: int) -> Floats:
    table = np.zeros((cost.shape[0] + 1, cost.shape[1] + 1))
    table[1:, 1:] = cost.cumsum(0).cumsum(1)
    sums: Floats = (
        table[rows:, columns:]
        - table[:-rows, columns:]
        - table[rows:, :-columns]
        + table[:-rows, :-columns]
    )
    return sums


def _outside(point: float, start: Floats, length: float) -> Floats:
    distance: Floats = np.maximum(np.maximum(start - point, point - start - length), 0.0)
    return distance


_AIR = 0.6  # millimetres kept free on either side of a label
_BOX = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a label.

    Attributes
    ----------
    words : str
    ratio : float
        Type size in bases.
    bold : bool
    colour : str
    """

    words: str
    ratio: float = 0.86
    bold: bool = False
    colour: str = style.TEXT


def put(
    frame: Frame,
    room: Room,
    lines: Sequence[Line],
    *,
    near: Sequence[tuple[float, float]],
    reach: float = np.inf,
    pull: float = 10.0,
    others: Sequence[tuple[float, float]] = (),
) -> bool:
    """Print a label near one of some points, and forbid its place to later ones.

    Parameters
    ----------
    frame : Frame
    room : Room
        The room of the axes, with what is drawn in it.
    lines : sequence of Line
        From the top down.
    near : sequence of (x, y)
        Millimetres from the lower left corner.
    reach : float
        Farthest the label may be from the nearest of them; without one it is always printed if it
        fits into the axes at all.
    pull : float
        Cost of a millimetre of distance.
    others : sequence of (x, y)
        What other labels name: this one stands nearer to its own, or has a line to it.

    Returns
    -------
    bool
        Whether there was a place.
    """
    texts = [
        frame.text(
            0,
            0,
            line.words,
            fontsize=frame.points(line.ratio),
            fontweight="bold" if line.bold else "normal",
            color=line.colour,
            va="bottom",
            zorder=8,
        )
        for line in lines
    ]
    boxes = [text.get_window_extent(style.renderer(frame.dpi)) for text in texts]
    per = frame.dpi * style.MM
    widths, heights = [box.width / per for box in boxes], [box.height / per for box in boxes]
    place = room.place(max(widths) + 2 * _AIR, sum(heights), near=near, reach=reach,
                       pull=pull, others=others)  # fmt: skip
    if place is None:
        for text in texts:
            text.remove()
        return False
    nearest = min(near, key=lambda at: abs(at[0] - place.x) + abs(at[1] - place.y))
    right = place.x + max(widths) / 2 < nearest[0]
    top = place.y + sum(heights)
    if place.near_other:
        corner = min(max(nearest[0], place.x), place.x + max(widths) + 2 * _AIR)
        frame.line([corner, nearest[0]], [place.y + _AIR, nearest[1]], color=style.TEXT, lw=0.5,
                   zorder=7.5, label="_leader")  # fmt: skip
    for text, width, height in zip(texts, widths, heights, strict=True):
        top -= height
        left = place.x + _AIR + (max(widths) - width if right else 0)
        text.set_position((left / frame.width, top / frame.height))
        if place.ground:
            text.set_bbox(_BOX)
    return True


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
