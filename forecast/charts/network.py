"""Network diagram: nodes as boxes, couplings as arrows, indicators counted in each box.

Solid vermillion arrows raise the probability of the headline state at their tip, dashed blue ones
lower it; `neighbourhood` draws one node with its indicators by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes

from forecast.charts import layout, ring, rows, style, text
from forecast.charts.data import ROWS, ChartRefusal, Floats, Stamp
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame
from forecast.charts.ring import (
    Coupling,
    Network,
    Node,
    arrow,
    compact,
    looks,
    pitch,
    said_of,
    spoken,
)

__all__ = ["MOST", "chart", "draw"]

#: Nodes on one diagram; one node of a larger network has a chart of its own.
MOST = 12
_SHARE = 0.23  # of the width that a box may take
_BEND = 0.1
_PAIR = 0.36  # bends of two arrows between the same boxes lie so far apart
_LEAST = 4.0  # least height of the axes, millimetres per point of type
_WANTED = 0.62  # height over width
_WANTED_ROW = 0.25  # likewise, of one or two nodes, which stand in a row


@dataclass(frozen=True, slots=True)
class _Box:
    node: Node
    lines: tuple[str, ...]
    now: str
    at: ring.Box


def draw(ax: Axes, values: Network, *, base: float = 8.0) -> Axes:
    """Draw a network on axes that already stand where they will be printed.

    Ratios are printed on the arrows where there is room for all of them.

    Parameters
    ----------
    ax : Axes
        Empty.
    values : Network
    base : float
        Type size in points.
    """
    _network(ax, values, base=base)
    return ax


def _network(ax: Axes, values: Network, *, base: float) -> bool:
    """Draw it; say whether there was room for the ratios."""
    ax.set_label(ROWS)
    with style.context(base):
        ax.set_axis_off()
        ax.set_xticks([])
        ax.set_yticks([])
        ax.set_xlim(0.0, 1.0)
        ax.set_ylim(0.0, 1.0)
        frame = Frame.of(ax, base=base)
        boxes = _boxes(frame, values)
        lines = _lines(values, boxes)
        for one, line in zip(values.couplings, lines, strict=True):
            arrow(frame, line, one.direction)
        for box in boxes.values():
            _box(frame, box, values)
        return _label(frame, values, boxes, lines)


def chart(values: Network, *, stamp: Stamp, size: str = "a4") -> Chart:
    """Make a network into a finished chart, checked against the chart standard.

    Raises
    ------
    ChartRefusal
        When the size is unknown, the dates disagree, there are more than twelve nodes, or the chart
        could not be read.
    """
    page = layout.named(size)
    layout.require_day(values.name, values.as_of, stamp=stamp)
    if len(values.nodes) > MOST:
        raise ChartRefusal(
            f"{len(values.nodes)} nodes on a diagram; at most {MOST} can be read; name one node"
        )
    with style.context(page.base):
        margins = layout.Margins(0.0, 0.0, 0.25 * page.base, 0.1 * page.base)
        for ratios in (True, False):
            laid = layout.fit(
                page,
                _words(values, stamp, terse=page.terse, ratios=ratios),
                stamp,
                margins=margins,
                least=_LEAST * page.base if len(values.nodes) > 2 else 2.2 * page.base,
                wanted=(_WANTED if len(values.nodes) > 2 else _WANTED_ROW) * page.measure,
            )
            made, ax = layout.start(laid)
            if _network(ax, values, base=page.base) is ratios:
                break
        layout.finish(made, laid)
    return Chart(f"{values.name}__network", made, _alt(values, stamp), values.table())


def _boxes(frame: Frame, values: Network) -> dict[str, _Box]:
    """Lay out a box for each node, all of one size."""
    small = compact(frame)
    for share, lines in ((0.26 if small else _SHARE, 2), (0.2, 2), (0.16, 3), (0.16, 2), (0.2, 1),
                         (0.16, 1)):  # fmt: skip
        if boxes := _placed(frame, values, widest=share * frame.width, lines=lines):
            return boxes
    raise ChartRefusal(
        f"{len(values.nodes)} nodes have no room to stand apart; name one node, or take a larger "
        "size"
    )


def _placed(frame: Frame, values: Network, *, widest: float, lines: int) -> dict[str, _Box] | None:
    """Lay out boxes at most so wide, with names on so many lines; None where they crowd."""
    base, count = frame.base, len(values.nodes)
    points, weight = _type(frame)
    names, said = _told(frame, values, widest - 0.3 * base, lines=lines)
    inner = max(
        *(text.measure(w, points=points, weight=weight, dpi=frame.dpi) for ls in names for w in ls),
        *(text.measure(w, points=frame.points(0.94), dpi=frame.dpi) for w in said if w),
        0.0,
    )
    half = min(inner + 0.4 * base, widest) / 2
    rowed = max(len(ls) for ls in names) + any(said) + 0.75 * bool(values.pointers)
    up = rowed * pitch(frame, points) / 2 + 0.08 * base
    places = ring.spots(count, width=frame.width - 2 * half, height=frame.height - 2 * up)
    places = places + np.array([half, up])
    number = {node.name: n for n, node in enumerate(values.nodes)}
    links = [(number[c.parent], number[c.child]) for c in values.couplings]
    chosen = ring.order(count, links, places)
    if ring.crowded([(float(x), float(y), half, up) for x, y in places]):
        return None
    return {
        node.name: _Box(node, each, now, (float(places[at][0]), float(places[at][1]), half, up))
        for node, each, now, at in zip(values.nodes, names, said, chosen, strict=True)
    }


def _told(
    frame: Frame, values: Network, width: float, *, lines: int
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Names and what stands below each; where boxes are small, the probability ends the name."""
    points, weight = _type(frame)
    labels = [node.label for node in values.nodes]
    small = compact(frame)
    names = [
        rows.shorten(node.label, lines=lines, width=width, points=points, weight=weight,
                     dpi=frame.dpi, others=labels,
                     after=f" {text.percent(node.p)}" if small else "")
        for node in values.nodes
    ]  # fmt: skip
    if small:
        return names, [""] * len(names)
    # a number is never cut: the state before it gives way
    said = [
        rows.shorten(node.headline, width=width, points=frame.points(0.94), dpi=frame.dpi,
                     others=node.states, after=f" {text.percent(node.p)}")[0]
        for node in values.nodes
    ]  # fmt: skip
    return names, said


def _type(frame: Frame) -> tuple[float, text.Weight]:
    return (frame.points(0.9), "normal") if compact(frame) else (frame.base, "bold")


def _lines(values: Network, boxes: dict[str, _Box]) -> list[Floats]:
    """Bend arrows between the same two boxes apart."""
    pairs = [frozenset((c.parent, c.child)) for c in values.couplings]
    lines = []
    for number, one in enumerate(values.couplings):
        same = [n for n, pair in enumerate(pairs) if pair == pairs[number]]
        offset = same.index(number) - (len(same) - 1) / 2
        # seen from the other end, left is right
        side = 1.0 if one.parent < one.child else -1.0
        bend = _BEND if len(same) == 1 else side * _PAIR * offset
        lines.append(ring.curve(boxes[one.parent].at, boxes[one.child].at, bend=bend))
    return lines


def _box(frame: Frame, box: _Box, values: Network) -> None:
    x, y, half, up = box.at
    base = frame.base
    frame.bar((x - half, x + half), (y - up, y + up), facecolor="white", edgecolor=style.INK,
              lw=0.1 * base, zorder=3)  # fmt: skip
    points, weight = _type(frame)
    line = pitch(frame, points)
    top = y + up - 0.08 * base - line / 2
    lines = len(box.lines) + bool(box.now) + 0.75 * bool(values.pointers)
    top -= (up - 0.08 * base) - lines * line / 2  # fewer lines stand in the middle
    for words in box.lines:
        frame.centred(x, top, words, points=points, ha="center", fontweight=weight,
                      color=style.INK, zorder=5)  # fmt: skip
        top -= line
    if box.now:
        frame.centred(x, top, box.now, points=frame.points(0.94), ha="center", color=style.BLUE,
                      zorder=5)  # fmt: skip
    found = values.pointing_at(box.node.name)
    if found:
        alone = [one.indicator not in values.shared for one in found]
        _squares(frame, (x, y - up + 0.3 * base), sorted(alone, reverse=True), width=2 * half)


def _squares(frame: Frame, at: tuple[float, float], alone: Sequence[bool], *, width: float) -> None:
    """Draw a square for each indicator, hollow where it points at another node too."""
    pitch = min((width - 0.4 * frame.base) / len(alone), 0.24 * frame.base)
    side = 0.68 * pitch
    left = at[0] - pitch * (len(alone) - 1) / 2
    for number, own in enumerate(alone):
        x = left + number * pitch
        frame.bar((x - side / 2, x + side / 2), (at[1] - side / 2, at[1] + side / 2),
                  facecolor=style.REFERENCE if own else "white", edgecolor=style.REFERENCE,
                  lw=0.5, zorder=5)  # fmt: skip


def _label(frame: Frame, values: Network, boxes: dict[str, _Box], lines: Sequence[Floats]) -> bool:
    """Print every ratio on its arrow, or none where one has no place."""
    points = frame.points(0.88)
    high = pitch(frame, points)
    taken = [box.at for box in boxes.values()]
    found: list[tuple[ring.Box, str]] = []
    # short arrows have the fewest places
    for number in sorted(range(len(lines)), key=lambda n: (len(lines[n]), n)):
        one = values.couplings[number]
        words = _on_arrow(frame, one, values.node(one.child))
        wide = text.measure(words, points=points, dpi=frame.dpi) + 1.0
        others = [line for n, line in enumerate(lines) if n != number]
        place = ring.spot(lines[number], (wide, 0.9 * high), taken=taken, others=others,
                          within=(frame.width, frame.height))  # fmt: skip
        if place is None:
            return False
        taken.append(place)
        found.append((place, words))
    for (x, y, half, up), words in found:
        frame.bar((x - half, x + half), (y - up, y + up), facecolor="white", alpha=0.95, lw=0,
                  zorder=4)  # fmt: skip
        frame.centred(x, y, words, points=points, ha="center", color=style.TEXT, zorder=6)
    return True


def _on_arrow(frame: Frame, one: Coupling, child: Node) -> str:
    """Print the ratio, after what it acts on; that gives way where it is longer than a box."""
    acts, number = said_of(one, child)
    if not acts:
        return number
    others = [f"to {state}" for state in child.states]
    return rows.shorten(acts, width=_SHARE * frame.width, points=frame.points(0.88),
                        dpi=frame.dpi, others=others, after=number)[0]  # fmt: skip


def _now(node: Node) -> str:
    return f"{node.headline} {text.percent(node.p)}"


def _words(values: Network, stamp: Stamp, *, terse: bool, ratios: bool) -> layout.Words:
    n, k = len(values.nodes), len(values.couplings)
    into = sorted(values.couplings, key=lambda c: c.child)
    most = max(((len(list(found)), child) for child, found in groupby(into, lambda c: c.child)),
               key=lambda each: each[0], default=(0, ""))  # fmt: skip
    whole = (
        f"{text.counted(n, 'node')}, {text.counted(k, 'coupling')}, "
        f"{text.counted(values.indicators, 'indicator')} ({stamp.indicators} seen)"
    )
    top = values.node(most[1]).label if most[1] else ""

    def title(label: str) -> str:
        return f"{whole}; most act on: {label}" if top else whole

    def subtitle(_: str) -> str:
        return _legend(values, terse=terse, ratios=ratios)

    return layout.Words(title, top, subtitle, among=[node.label for node in values.nodes])


def _legend(values: Network, *, terse: bool, ratios: bool) -> str:
    """Say how to read boxes, arrows and squares."""
    on = text.day(values.as_of)
    if terse:
        said = [f"Boxes: probability, {on}"]
        if values.couplings:
            said.append(f"Arrows: couplings: {looks(values)}")
            said.append("Factor: on the rate, 90% interval" if ratios else "Factors: see its table")
        if values.pointers:
            said.append("Squares: indicators, hollow: of several nodes")
        return ". ".join(said) + "."
    said = [f"In each box the probability of the headline state, {on}"]
    if values.couplings:
        said.append(f"Arrow: what a coupling does to it: {looks(values)}")
        said.append(
            "Number: factor on the rate of entering the headline state, or of what is named, "
            "90% interval" if ratios else "Factors on the rates: in the table of this chart"
        )  # fmt: skip
    if values.pointers:
        said.append("Squares: indicators, hollow if they point at several nodes")
    return ". ".join(said) + "."


def _alt(values: Network, stamp: Stamp) -> AltText:
    words = _words(values, stamp, terse=False, ratios=True)
    parts = spoken(values)
    parts += [
        f"{node.label}: {_now(node)}, "
        f"{text.counted(len(values.pointing_at(node.name)), 'indicator')}"
        for node in values.nodes
    ]
    start = f"Diagram of {words.title(words.label)}: "
    long = f"{words.subtitle('')} {'; '.join(parts)}. {text.source_line(stamp)}"
    return AltText.made(words.title(words.label), start, parts, long)
