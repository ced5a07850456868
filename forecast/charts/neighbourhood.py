"""One node of a network: what acts on it, what it acts on, and its indicators by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from forecast.charts import layout, ring, rows, style, text
from forecast.charts.data import ROWS, Stamp
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame
from forecast.charts.ring import (
    NARROW,
    Coupling,
    Network,
    Node,
    Pointer,
    arrow,
    compact,
    looks,
    pitch,
    ratio,
    said_of,
    spoken,
)

__all__ = ["chart", "draw"]

_ROW = 0.47  # least height of a row, millimetres per point of type
_CARD = 0.9  # least height of a box, likewise
_COLUMNS = (0.24, 0.09, 0.2, 0.07)  # boxes, arrows, the node, threads: shares of the width
_LIST = (0.0, 0.0, 0.27, 0.09)  # likewise where there is no room for boxes
_THREAD = "#BFBFBF"


def draw(ax: Axes, values: Network, *, base: float = 8.0, most: int | None = None) -> Axes:
    """Draw the surroundings of one node on axes that already stand where they will be printed.

    Parameters
    ----------
    ax : Axes
        Empty.
    values : Network
        From `Network.around`; its name is that of the node.
    base : float
        Type size in points.
    most : int, optional
        Indicators to draw, those that tell the states apart most; by default all.
    """
    ax.set_label(ROWS)
    with style.context(base):
        ax.set_axis_off()
        ax.set_xticks([])
        ax.set_yticks([])
        ax.set_xlim(0.0, 1.0)
        ax.set_ylim(0.0, 1.0)
        frame = Frame.of(ax, base=base)
        node, found = values.node(values.name), values.pointing_at(values.name)[:most]
        narrow = compact(frame) or not values.couplings
        columns = _LIST if narrow else _COLUMNS
        middle = _middle(frame, node, columns)
        if not narrow:
            _couplings(frame, values, middle)
        _indicators(frame, found, values, middle, thread=columns[3])
    return ax


def chart(values: Network, *, stamp: Stamp, size: str = "a4") -> Chart:
    """Make the surroundings of a node into a finished chart, checked against the chart standard.

    Where a size has too few rows, the indicators that tell the states apart least are left out,
    and the chart says so.

    Raises
    ------
    ChartRefusal
        When the size is unknown, the dates disagree, or the chart could not be read.
    """
    page = layout.named(size)
    layout.require_day(values.name, values.as_of, stamp=stamp)
    of = count = len(values.pointing_at(values.name))
    with style.context(page.base):
        margins = layout.Margins(0.0, 0.0, 0.25 * page.base, 0.1 * page.base)
        narrow = page.measure < NARROW * page.base
        cards = 0 if narrow else len(values.couplings)
        line = 1.12 * text.Block("", ("Ag",), page.base).height(page.dpi)
        states = len(values.node(values.name).states) + 3  # two lines of the name, one to spare
        least = max(max(cards * _CARD, 4 * _ROW) * page.base, states * line)
        while True:
            need = max(count * _ROW * page.base, least)
            laid = layout.fit(
                page,
                _words(values, shown=count, of=of, page=page),
                stamp,
                margins=margins,
                least=least,
                good=min(need, 10 * _ROW * page.base),
                wanted=1.15 * need,
            )
            fit = rows.most_rows(laid.height, base=page.base, row=_ROW)
            if fit >= count:
                break
            count = fit
        made, ax = layout.start(laid)
        draw(ax, values, base=page.base, most=count)
        layout.finish(made, laid)
    return Chart(f"{values.name}__network", made, _alt(values, stamp), values.table())


def _middle(frame: Frame, node: Node, columns: Sequence[float]) -> ring.Box:
    """Draw the node with its states, the headline bold and with its probability."""
    first, gap, own, _ = columns
    left = (first + gap) * frame.width
    half = own * frame.width / 2
    points, small = frame.base, frame.points(0.94)
    room = 2 * half - 0.3 * frame.base
    names = rows.shorten(node.label, width=room, points=points, lines=2, weight="bold",
                         dpi=frame.dpi)  # fmt: skip
    said = [(name, points, True, style.INK) for name in names]
    heads = node.headline.split(" or ")
    states = node.states or tuple(heads)
    for state in states:
        is_head = state in heads
        colour = style.BLUE if is_head else style.LIGHT
        after = f" {text.percent(node.p)}" if state == node.headline else ""
        short = rows.shorten(state, width=room, points=small, others=states, after=after,
                             weight="bold" if is_head else "normal", dpi=frame.dpi)  # fmt: skip
        said.append((short[0], small, is_head, colour))
    if len(heads) > 1:
        said.append((text.percent(node.p), small, True, style.BLUE))
    line = pitch(frame, points)
    up = len(said) * line / 2 + 0.1 * frame.base
    x, y = left + half, frame.height / 2
    frame.bar((x - half, x + half), (y - up, y + up), facecolor="white", edgecolor=style.INK,
              lw=0.14 * frame.base, zorder=3)  # fmt: skip
    top = y + up - 0.1 * frame.base - line / 2
    for words, size, bold, colour in said:
        frame.centred(x, top, words, points=size, ha="center", color=colour, zorder=5,
                      fontweight="bold" if bold else "normal")  # fmt: skip
        top -= line
    return x, y, half, up


def _couplings(frame: Frame, values: Network, middle: ring.Box) -> None:
    """Draw a box a coupling on the left, what acts on the node above what it acts on."""
    into = [one for one in values.couplings if one.child == values.name]
    out = [one for one in values.couplings if one.parent == values.name]
    places = rows.centres(len(values.couplings), frame.height)
    half = _COLUMNS[0] * frame.width / 2
    ends = _spaced(len(values.couplings), middle)
    names = [_far_end(one, values) for one in values.couplings]
    for one, place, end in zip([*into, *out], places, ends, strict=True):
        up = min(1.12 * frame.base, 0.94 * frame.height / len(places)) / 2
        acts = one.child == values.name
        _card(frame, (half, float(place), half, up), one, values, others=names)
        start, stop = (2 * half, float(place)), (middle[0] - middle[2], end)
        line = np.linspace(start, stop, 40) if acts else np.linspace(stop, start, 40)
        arrow(frame, line, one.direction)


def _spaced(count: int, middle: ring.Box) -> Sequence[float]:
    _, y, _, up = middle
    span = 1.6 * up
    return [y + span / 2 - span * (n + 0.5) / count for n in range(count)]


def _card(
    frame: Frame, box: ring.Box, one: Coupling, values: Network, *, others: Sequence[str]
) -> None:
    """Draw the node at the other end, in which states it acts, and on what by how much."""
    x, y, half, up = box
    frame.bar((x - half, x + half), (y - up, y + up), facecolor="white", edgecolor=style.REFERENCE,
              lw=0.08 * frame.base, zorder=3)  # fmt: skip
    if one.child == values.name:
        acts, number = one.transition, f" {ratio(one.low, one.high)}"
    else:
        acts, number = said_of(one, values.node(one.child))
    points, width = frame.points(0.88), 2 * half - 0.3 * frame.base
    first = rows.shorten(_far_end(one, values), width=width, points=points, dpi=frame.dpi,
                         others=others)[0]  # fmt: skip
    second = number if not acts else rows.shorten(
        acts, width=width, points=points, dpi=frame.dpi, after=number,
        others=values.node(one.child).states)[0]  # fmt: skip
    line = pitch(frame, points)
    for words, at in ((first, y + line / 2), (second, y - line / 2)):
        frame.centred(x, at, words, points=points, ha="center", color=style.TEXT, zorder=5)


def _far_end(one: Coupling, values: Network) -> str:
    """Name the node at the other end, with the states in which it acts or those acted for."""
    if one.child == values.name:
        return f"{values.node(one.parent).label}: {one.when}"
    other = values.node(one.child)
    return f"{other.label}: {other.headline}"


def _indicators(
    frame: Frame,
    found: Sequence[Pointer],
    values: Network,
    middle: ring.Box,
    *,
    thread: float,
) -> None:
    """List indicators on the right, each with a thread to the node and its ratio."""
    if not found:
        return
    points = frame.points(0.88)
    edge = middle[0] + middle[2]
    left = edge + thread * frame.width
    said = ["" if p.low is None or p.high is None else ratio(p.low, p.high) for p in found]
    numbers = max(text.measure(words, points=points, dpi=frame.dpi) for words in said)
    side = 0.16 * frame.base
    room = frame.width - left - numbers - 2 * side - 0.35 * frame.base
    places = rows.centres(len(found), frame.height)
    for one, words, place, start in zip(
        found, said, places, _spaced(len(found), middle), strict=True
    ):
        y = float(place)
        frame.line([edge, left - side], [start, y], color=_THREAD, lw=0.5, zorder=1,
                   label="_thread")  # fmt: skip
        own = one.indicator not in values.shared
        fill = style.REFERENCE if own else "white"
        frame.bar((left - side, left), (y - side / 2, y + side / 2), facecolor=fill,
                  edgecolor=style.REFERENCE, lw=0.5, zorder=3)  # fmt: skip
        name = rows.shorten(one.label, width=room, points=points, dpi=frame.dpi,
                            others=[each.label for each in found])[0]  # fmt: skip
        frame.centred(left + side, y, name, points=points, color=style.TEXT)
        if words:
            frame.centred(frame.width, y, words, points=points, ha="right", color=style.TEXT)


def _words(values: Network, *, shown: int, of: int, page: style.Size) -> layout.Words:
    node = values.node(values.name)
    into = sum(one.child == node.name for one in values.couplings)
    out = len(values.couplings) - into

    def title(label: str) -> str:
        acts = [f"{text.counted(into, 'coupling')} on it"] if into else []
        acts += [f"{out if into else text.counted(out, 'coupling')} from it"] if out else []
        acts += [text.counted(of, "indicator")] if of else []
        return f"{label} – {', '.join(acts) or 'nothing points at it'}"  # noqa: RUF001

    told = f"{shown} of {of} that tell" if shown > 1 else f"one of {of} that tells"
    fewer = "" if shown == of else f" The {told} its states apart most."

    return layout.Words(title, node.label, lambda _: _legend(values, page) + fewer)


def _legend(values: Network, page: style.Size) -> str:
    terse, narrow = page.terse, page.measure < NARROW * page.base
    on = text.day(values.as_of)
    said = [] if terse else [f"In the middle its states and the probability of the headline, {on}"]
    if values.couplings and narrow:
        said += ["Couplings: in the diagram of all nodes"]
    elif values.couplings:
        factor = (
            "factor, 90% interval"
            if terse
            else "factor on the rate of entering a state, 90% interval"
        )
        said += [f"Left: couplings ({factor})",
                 f"Arrow: what they do to the headline at its tip: {looks(values)}"]  # fmt: skip
    if values.pointing_at(values.name):
        said += ["Right: indicators, how much rarer in other states" if terse else
                 "Right: indicators and how much rarer their events are in its other states, "
                 "hollow if they point at other nodes too"]  # fmt: skip
    return ". ".join(said) + "."


def _alt(values: Network, stamp: Stamp) -> AltText:
    found = values.pointing_at(values.name)
    words = _words(values, shown=len(found), of=len(found), page=style.SIZES["a4"])
    parts = spoken(values)
    parts += [
        one.label if one.low is None or one.high is None
        else f"{one.label} {ratio(one.low, one.high)}"
        for one in found
    ]  # fmt: skip
    start = f"Diagram of {words.title(words.label)}: "
    long = f"{words.subtitle('')} {'; '.join(parts)}. {text.source_line(stamp)}"
    return AltText.made(words.title(words.label), start, parts, long)
