"""Direct labels on a trajectory: the value now, at the last issue, in the brief, and in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.text import Text

from forecast.charts import style, wording
from forecast.charts.curves import parts
from forecast.charts.data import Trajectory
from forecast.charts.frame import Frame
from forecast.charts.placement import Place, Room

__all__ = ["draw_labels"]

_AIR = 0.6  # millimetres kept free on either side of a label
_REACH = 1.0  # farthest a label may be from what it names, millimetres per point of type
_SHARE = 0.8  # of the forecast's width that the label at its end may take
_INTERVAL = 250.0  # what leaving out the interval counts, against what its place would cost
_APART = 3.0  # millimetres between two curves from which one can be labelled
_BOX = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6}


@dataclass(frozen=True, slots=True)
class _Label:
    """Lines of one label, what they name, how near they must be, and what leaving them out costs.

    Without a reach a label is always placed.
    """

    texts: tuple[Text, ...]
    near: tuple[tuple[float, float], ...]
    widths: tuple[float, ...]
    heights: tuple[float, ...]
    reach: float
    pull: float
    worth: float


def draw_labels(frame: Frame, values: Trajectory) -> None:
    """Label everything that needs a word.

    What comes first chooses its place first. Whether the value now or that of the previous issue
    goes first, and whether the interval is printed with the value, is tried each way.
    """
    full, short = _now(frame, values)
    was, rest = _was(frame, values), _others(frame, values)
    room = _occupied(frame, values)
    orders = [
        [*before, now, *after, *rest]
        for now in (full, short)
        for before, after in ((was, []), ([], was))
    ]
    plans = [_plan(room.copy(), order) for order in orders]
    costs = [
        cost + _INTERVAL * (short in order) for order, (_, cost) in zip(orders, plans, strict=True)
    ]
    best = int(np.argmin(costs))
    for label, place in zip(orders[best], plans[best][0], strict=True):
        _settle(frame, label, place)
    if short in orders[best]:
        full.texts[1].remove()


def _occupied(frame: Frame, values: Trajectory) -> Room:
    """Room of the axes with all that is drawn in it."""
    room = Room(frame.width, frame.height)
    for edge in (line for line in frame.ax.lines if line.get_label() == "_edge"):
        level = float(np.asarray(edge.get_ydata())[0]) * frame.height
        room.line([0, frame.width], [level, level], cost=1.5)
    for part in parts(values):
        if part is None:
            continue
        x = frame.x(part.dates)
        for low, high, cost in ((values.lo80, values.hi80, 0.06), (values.lo50, values.hi50, 0.08)):
            room.area(x, frame.y(part.of(low)), frame.y(part.of(high)), cost=cost)
        steps = np.repeat(frame.y(part.of(values.mean)), 2)
        room.line(np.repeat(x, 2)[1:], steps[:-1], cost=60)
    if values.no_news is not None:
        room.line(frame.x(values.dates), frame.y(values.no_news), cost=15)
    for date, cost in (*((mark.date, 4) for mark in values.marks), (values.as_of, 6)):
        across = float(frame.x(date))
        room.line([across, across], [0, frame.height], cost=cost)
    points = [(values.as_of, values.value), *([values.previous] if values.previous else [])]
    radius = 0.3 * frame.base / 72 / style.MM + 0.5
    for date, p in points:
        left, bottom = frame.at(date, p)
        room.box(left - radius, bottom - radius, 2 * radius, 2 * radius)
    if values.brief_band is not None:
        low_end, high_end = (p * frame.height for p in values.brief_band)
        room.box(0, low_end - 0.3, float(frame.x(values.begins)), high_end - low_end + 0.6)
    return room


def _now(frame: Frame, values: Trajectory) -> tuple[_Label, _Label]:
    at = frame.at(values.as_of, values.value)
    value = _text(frame, wording.percent(values.value), ratio=1.25, colour=style.BLUE)
    value.set_fontweight("bold")
    words = f"80% interval {wording.interval(*values.interval80)}"
    texts = [value, _text(frame, words, colour=style.BLUE)]
    return (
        _label(frame, texts, [at], reach=np.inf, pull=30.0),
        _label(frame, texts[:1], [at], reach=np.inf, pull=30.0),
    )


def _was(frame: Frame, values: Trajectory) -> list[_Label]:
    if values.previous is None:
        return []
    date, p = values.previous
    at = frame.at(date, p)
    return [
        _label(frame, [_text(frame, f"was {wording.percent(p)}")], [at], pull=10.0, worth=500.0)
    ]


def _others(frame: Frame, values: Trajectory) -> list[_Label]:
    labels = []
    if values.brief_band is not None:
        low, high = (float(frame.y(p)) for p in values.brief_band)
        bracket = [(float(frame.x(values.begins)), y) for y in np.linspace(low, high, 5).tolist()]
        words = f"brief: {wording.interval(*values.brief_band)}"
        labels.append(_label(frame, [_text(frame, words, colour=style.INK)], bracket))
    if values.has_forecast:
        end = frame.width, float(frame.y(values.mean[-1]))
        words = f"{wording.percent(float(values.mean[-1]))} on {wording.day(values.ends)}"
        label = _label(frame, [_text(frame, words, colour=style.BLUE)], [end])
        # A label as wide as the forecast would seem to name its beginning.
        if label.widths[0] <= _SHARE * (frame.width - float(frame.x(values.as_of))):
            labels.append(label)
        else:
            label.texts[0].remove()
    return [*labels, *_silence(frame, values)]


def _silence(frame: Frame, values: Trajectory) -> list[_Label]:
    if values.no_news is None:
        return []
    apart = np.abs(values.no_news - values.mean)
    if apart.max() * frame.height < _APART:
        return []
    # Only where the curves are well apart can the label not be taken for the other's.
    clear = np.flatnonzero(apart >= 0.5 * apart.max())[:: max(len(apart) // 16, 1)]
    x, y = frame.x(values.dates[clear]), frame.y(values.no_news[clear])
    near = list(zip(x.tolist(), y.tolist(), strict=True))
    return [_label(frame, [_text(frame, "no reports", colour=style.REFERENCE)], near)]


def _text(frame: Frame, words: str, *, ratio: float = 0.86, colour: str = style.TEXT) -> Text:
    return frame.text(
        0, 0, words, fontsize=frame.points(ratio), color=colour, va="bottom", zorder=8
    )


def _label(
    frame: Frame,
    texts: Sequence[Text],
    near: Sequence[tuple[float, float]],
    *,
    reach: float | None = None,
    pull: float = 6.0,
    worth: float = 150.0,
) -> _Label:
    renderer, per = style.renderer(frame.dpi), frame.dpi * style.MM
    boxes = [text.get_window_extent(renderer) for text in texts]
    return _Label(
        tuple(texts),
        tuple(near),
        tuple(box.width / per for box in boxes),
        tuple(box.height / per for box in boxes),
        _REACH * frame.base if reach is None else reach,
        pull,
        worth,
    )


def _plan(room: Room, labels: Sequence[_Label]) -> tuple[list[Place | None], float]:
    places = [
        room.place(
            max(label.widths) + 2 * _AIR,
            sum(label.heights),
            near=label.near,
            reach=label.reach,
            pull=label.pull,
        )
        for label in labels
    ]
    pairs = zip(labels, places, strict=True)
    return places, sum(label.worth if place is None else place.cost for label, place in pairs)


def _settle(frame: Frame, label: _Label, place: Place | None) -> None:
    if place is None:
        for text in label.texts:
            text.remove()
        return
    width = max(label.widths)
    right = place.x + width / 2 < label.near[0][0]
    top = place.y + sum(label.heights)
    for text, own_width, own_height in zip(label.texts, label.widths, label.heights, strict=True):
        top -= own_height
        left = place.x + _AIR + (width - own_width if right else 0)
        text.set_position((left / frame.width, top / frame.height))
        if place.ground:
            text.set_bbox(_BOX)
