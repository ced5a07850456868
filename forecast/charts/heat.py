"""Indicator strip: when each indicator was reported, was silent, and was not looked for.

The three are told apart by shape as well as by shade: a report is a bar, silence a thin grey strip,
no coverage a hatched field. Where it is known what reports are worth, a bar stands up and is
vermillion if it raises the judgement, hangs down and is blue if it lowers it, deeper in colour by
size; otherwise it is as high as its credibility.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb

from forecast.charts import layout, rows, style, text
from forecast.charts.data import ROWS, ChartRefusal, Floats, Stamp
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame

__all__ = [
    "Cell",
    "Heat",
    "Known",
    "Strip",
    "above",
    "chart",
    "draw",
    "key",
    "reach",
    "report",
    "right",
    "silence",
    "tint",
]


_RATIO = 0.88
_HEAD = "silence"
_FAINTEST = 0.2  # of the way from white, so that the sign of the smallest shows
_LOWEST = 0.6  # of half a row
_SWATCHES = (-1.0, -0.5, 0.0, 0.5, 1.0)


def reach(decibans: Sequence[float]) -> float:
    """Round number of decibans that no report goes beyond; the ends of the colours.

    Examples
    --------
    >>> reach([0.4, -1.2]), reach([]), reach([7.0])
    (2.0, 1.0, 10.0)
    """
    most = max((abs(one) for one in decibans), default=0.0)
    return next((step for step in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0) if most <= step), 100.0)


def tint(decibans: float, most: float) -> str:
    """Colour of a contribution: white at 0, vermillion where it raises, blue where it lowers.

    Examples
    --------
    >>> tint(0.0, 5.0), tint(5.0, 5.0).upper() == style.COLOURS[1]
    ('#ffffff', True)
    """
    full = to_rgb(style.COLOURS[1] if decibans > 0 else style.BLUE)
    share = min(abs(decibans) / most, 1.0)
    share = _FAINTEST + (1 - _FAINTEST) * share if share else 0.0
    red, green, blue = (1 - share * (1 - one) for one in full)
    return to_hex((red, green, blue))


def report(
    frame: Frame,
    across: tuple[float, float],
    y: float,
    half: float,
    decibans: float | None,
    most: float,
) -> None:
    """Draw a report: hollow if it is worth 0.0 as printed, else up or down from its row's middle.

    Parameters
    ----------
    frame : Frame
    across : (left, right)
        Millimetres from the left edge.
    y, half : float
        Middle of the row and half the height of a mark, in millimetres.
    decibans : float or None
    most : float
        From `reach`.
    """
    if decibans is None or round(decibans, 1) == 0:
        frame.bar(across, (y - _LOWEST * half, y + _LOWEST * half), facecolor="white",
                  edgecolor=style.LIGHT, lw=0.5, zorder=3)  # fmt: skip
        return
    share = _LOWEST + (1 - _LOWEST) * min(abs(decibans) / most, 1.0)
    end = y + half * share * (1 if decibans >= 0 else -1)
    frame.bar(across, (y, end), facecolor=tint(decibans, most), edgecolor=style.REFERENCE, lw=0.4,
              zorder=3)  # fmt: skip


def above(page: style.Size) -> float:
    """Millimetres above the rows for the key."""
    return text.Block("", ("Ag",), page.points(_RATIO)).height(page.dpi) + 0.3 * page.base


def right(page: style.Size) -> float:
    """Millimetres right of the axes for the decibans of silence."""
    return text.measure(_HEAD, points=page.points(_RATIO), dpi=page.dpi) + 0.35 * page.base


def key(frame: Frame, most: float) -> None:
    """Print the colours with their ends, above the axes."""
    points, height = frame.points(_RATIO), 0.16 * frame.base
    y = frame.height + 0.2 * frame.base + height
    low, high = f"{text.signed(-most, digits=0)} ", f" {text.signed(most, digits=0)} decibans"
    width = 0.45 * frame.base
    x = text.measure(low, points=points, dpi=frame.dpi) + 0.5
    frame.centred(0, y, low, points=points, color=style.TEXT)
    for number, share in enumerate(_SWATCHES):
        ends = x + number * width, x + (number + 1) * width
        frame.bar(ends, (y - height, y + height), facecolor=tint(share * most, most),
                  edgecolor=style.REFERENCE, lw=0.4, zorder=3)  # fmt: skip
    frame.centred(x + len(_SWATCHES) * width + 0.5, y, high, points=points, color=style.TEXT)


def silence(
    frame: Frame, places: Sequence[float] | Floats, decibans: Sequence[float | None]
) -> None:
    """Print the decibans of silence at the right of their rows, under a heading."""
    points = frame.points(_RATIO)
    at = frame.width + 0.3 * frame.base + text.measure(_HEAD, points=points, dpi=frame.dpi)
    head = frame.height + 0.2 * frame.base + 0.16 * frame.base
    frame.centred(at, head, _HEAD, points=points, color=style.TEXT, ha="right")
    for place, found in zip(places, decibans, strict=True):
        if found is not None:
            frame.centred(at, float(place), text.signed(found), points=points, color=style.TEXT,
                          ha="right")  # fmt: skip


Known = Literal["report", "silence", "no coverage", "done"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known about one indicator in one step.

    Attributes
    ----------
    known : {"report", "silence", "no coverage", "done"}
        ``done``: a milestone that has happened and is no longer looked for.
    credibility : float
        Of what was reported, 0 to 1; 0 for a report without credibility.
    decibans : float, optional
        What the report is worth to the judgement; None where it is worth nothing or not known.
    on : date, optional
        Of the report, the most credible where there are several.
    """

    known: Known
    credibility: float = 0.0
    decibans: float | None = None
    on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Strip:
    """One indicator over time.

    Attributes
    ----------
    label : str
        Name as printed.
    cells : tuple of Cell
        One a step.
    about : str
        Printed name of the judgement that the decibans are of.
    silence : float, optional
        Decibans of all its silence together.
    """

    label: str
    cells: tuple[Cell, ...]
    about: str = ""
    silence: float | None = None

    @property
    def reports(self) -> int:
        """How many steps have a report."""
        return sum(cell.known == "report" for cell in self.cells)

    @property
    def strength(self) -> float:
        """Decibans of the strongest report, whatever its sign."""
        return max((abs(cell.decibans or 0.0) for cell in self.cells), default=0.0)


@dataclass(frozen=True, slots=True)
class Heat:
    """Indicators over time.

    Attributes
    ----------
    name, label : str
        Name for files, and what the indicators are about, as printed.
    as_of : date
    starts : tuple of date
        First day of every step, in order.
    strips : tuple of Strip
        In any order; those with the strongest report come first, or with the most.

    Raises
    ------
    ChartRefusal
        When there is nothing to draw, strips differ in length, or a credibility is not in 0 to 1.
    """

    name: str
    label: str
    as_of: dt.date
    starts: tuple[dt.date, ...]
    strips: tuple[Strip, ...]

    def __post_init__(self) -> None:
        if not self.strips or len(self.starts) < 2:
            raise ChartRefusal(f"{self.name}: an indicator and two steps at least are needed")
        for strip in self.strips:
            if len(strip.cells) != len(self.starts):
                raise ChartRefusal(
                    f"{strip.label!r} has {len(strip.cells)} steps, the axis {len(self.starts)}"
                )
            if not all(0 <= cell.credibility <= 1 for cell in strip.cells):
                raise ChartRefusal(f"{strip.label!r} has a credibility that is not in 0 to 1")

    @property
    def ordered(self) -> tuple[Strip, ...]:
        """Strips with the strongest report first, or with the most where none is weighed."""
        return tuple(sorted(self.strips, key=lambda one: (-one.strength, -one.reports, one.label)))

    @property
    def weighed(self) -> bool:
        """Whether it is known what reports or silence are worth."""
        return any(
            strip.silence is not None or any(c.decibans is not None for c in strip.cells)
            for strip in self.strips
        )

    @property
    def groups(self) -> list[tuple[str, tuple[Strip, ...]]]:
        """Strips by the judgement their decibans are of."""
        found: dict[str, list[Strip]] = {}
        for strip in self.ordered:
            found.setdefault(strip.about, []).append(strip)
        return [(about, tuple(strips)) for about, strips in found.items()]

    @property
    def worth(self) -> list[tuple[float, Strip, dt.date]]:
        """Decibans of every report with its indicator and its date, the highest first."""
        found = [
            (cell.decibans, strip, cell.on or start)
            for strip in self.ordered
            for start, cell in zip(self.starts, strip.cells, strict=True)
            if cell.decibans is not None
        ]
        return sorted(found, key=lambda one: -one[0])

    def table(self) -> dict[str, Sequence[Any]]:
        """List what is known, a row for each indicator and step, and one for all its silence."""
        found: list[tuple[Strip, str, str, float, float | None, str]] = []
        for strip in self.ordered:
            for start, cell in zip(self.starts, strip.cells, strict=True):
                on = "" if cell.on is None else cell.on.isoformat()
                known = strip, start.isoformat(), cell.known, cell.credibility, cell.decibans, on
                found.append(known)
            if strip.silence is not None:
                found.append((strip, "", "all silence", 0.0, strip.silence, ""))
        return {
            "indicator": [strip.label for strip, *_ in found],
            "date": [one[1] for one in found],
            "known": [one[2] for one in found],
            "credibility": [one[3] for one in found],
            "judgement": [strip.about for strip, *_ in found],
            "decibans": ["" if one[4] is None else one[4] for one in found],
            "occurred_on": [one[5] for one in found],
            "as_of": [self.as_of.isoformat()] * len(found),
        }


_ROW = 0.46  # least height of a row, millimetres per point of type


def draw(ax: Axes, values: Heat, *, base: float = 8.0, names: float | None = None) -> Axes:
    """Draw strips on axes that already stand where they will be printed.

    Parameters
    ----------
    ax : Axes
        Empty, with room for names on its left.
    values : Heat
    base : float
        Type size in points.
    names : float, optional
        Millimetres for names left of the axes; by default all there are.
    """
    ax.set_label(ROWS)
    with style.context(base):
        first, last = values.starts[0], max(values.as_of, values.starts[-1])
        layout.limit(ax, first, last, width=Frame.of(ax, base=base).width)
        frame = Frame.of(ax, base=base)
        layout.ticks(frame, first, last, upwards=False)
        strips, heads = _rows(values)
        places = rows.centres(len(strips), frame.height)
        width = frame.left if names is None else names
        named = [one if isinstance(one, str) else one.label for one in strips]
        rows.name_rows(frame, named, places, width=width, bold=heads, across=heads)
        ends = [*values.starts[1:], last]
        spans = [
            (float(frame.x(start)), max(float(frame.x(end)), float(frame.x(start)) + 0.3))
            for start, end in zip(values.starts, ends, strict=True)
        ]
        pitch = frame.height / len(strips)
        most = reach([found for found, *_ in values.worth])
        for strip, place in zip(strips, places, strict=True):
            if isinstance(strip, Strip):
                _strip(frame, strip, float(place), pitch, spans, most if values.weighed else None)
        if values.weighed:
            silences = [None if isinstance(one, str) else one.silence for one in strips]
            key(frame, most)
            silence(frame, places, silences)
    return ax


def chart(values: Heat, *, stamp: Stamp, size: str = "page") -> Chart:
    """Make strips into a finished chart, checked against the chart standard.

    Where a size has too few rows, those with the weakest reports are left out, and the chart says
    so.

    Raises
    ------
    ChartRefusal
        When the size is unknown, the dates disagree, or the chart could not be read.
    """
    page = layout.named(size)
    layout.require_day(values.name, values.as_of, stamp=stamp)
    with style.context(page.base):
        margins = layout.Margins(
            rows.gutter([strip.label for strip in values.strips], page),
            right(page) if values.weighed else 0.5 * page.base,
            layout.ticks_height(page),
            above(page) if values.weighed else 0.1 * page.base,
        )
        row, count, of = _ROW * page.base, len(values.strips), len(values.strips)
        while True:
            drawn = replace(values, strips=values.ordered[:count])
            wanted = len(_rows(drawn)[0])
            laid = layout.fit(
                page,
                _words(drawn, values, of=of, terse=page.terse),
                stamp,
                margins=margins,
                least=4 * row,
                good=min(wanted, 8) * row,
                wanted=_wanted(drawn, page, row=row, width=margins.left),
            )
            most = rows.most_rows(laid.height, base=page.base, row=_ROW)
            if most >= wanted or count == 1:
                break
            count = max(count - (wanted - most), 1)
        made, ax = layout.start(laid)
        draw(ax, drawn, base=page.base, names=margins.left)
        layout.finish(made, laid)
    return Chart(f"{values.name}__heat", made, _alt(values, stamp), values.table())


def _wanted(values: Heat, page: style.Size, *, row: float, width: float) -> float:
    """Height for all rows, with names on as many lines as they need."""
    names = [strip.label for strip in values.strips]
    return len(_rows(values)[0]) * rows.wanted(names, page, width=width, row=1.25 * row)


def _rows(values: Heat) -> tuple[list[Strip | str], list[int]]:
    """List what stands in each row, and which rows are the judgement above strips."""
    groups = values.groups
    if len(groups) == 1:
        return list(values.ordered), []
    out: list[Strip | str] = []
    heads = []
    for about, strips in groups:
        heads.append(len(out))
        out += [about, *strips]
    return out, heads


def _strip(
    frame: Frame,
    strip: Strip,
    y: float,
    pitch: float,
    spans: Sequence[tuple[float, float]],
    most: float | None,
) -> None:
    half = 0.4 * pitch
    for known, left, right in _runs(strip, spans):
        if known == "silence":
            frame.bar((left, right), (y - 0.12 * pitch, y + 0.12 * pitch), facecolor=style.RULE,
                      lw=0, zorder=2)  # fmt: skip
        elif known == "no coverage":
            frame.bar((left, right), (y - half, y + half), facecolor="white", edgecolor=style.LIGHT,
                      hatch="////", lw=0.3, zorder=2)  # fmt: skip
    for cell, (left, right) in zip(strip.cells, spans, strict=True):
        if cell.known != "report":
            continue
        if most is not None:
            report(frame, (left, right), y, 0.47 * pitch, cell.decibans, most)
            continue
        frame.bar((left, right), (y - half, y + half), facecolor="white", edgecolor=style.BLUE,
                  lw=0.5, zorder=3)  # fmt: skip
        top = y - half + 2 * half * cell.credibility
        frame.bar((left, right), (y - half, top), facecolor=style.BLUE, lw=0, zorder=4)


def _runs(
    strip: Strip, spans: Sequence[tuple[float, float]]
) -> Iterator[tuple[Known, float, float]]:
    for known, found in groupby(enumerate(strip.cells), key=lambda each: each[1].known):
        at = [number for number, _ in found]
        yield known, spans[at[0]][0], spans[at[-1]][1]


def _reports(values: Heat) -> int:
    return sum(strip.reports for strip in values.strips)


def _words(drawn: Heat, values: Heat, *, of: int, terse: bool) -> layout.Words:
    chosen = "with the strongest reports" if values.weighed else "most reported"
    shown = len(drawn.strips) if len(drawn.strips) > 1 else "one"
    fewer = "" if len(drawn.strips) == of else f" The {shown} {chosen} of {of}."
    title, label = _title(values)
    period = f"{text.day(values.starts[0])} to {text.day(values.as_of)}"
    key = _key(values, terse=terse)

    def subtitle(_: str) -> str:
        if terse:
            return f"{key}{fewer}"
        return f"Indicators by step, a cell each, {period}. {key}{fewer}"

    return layout.Words(title, label, subtitle, also=(values.label,),
                        among=[one.label for one in values.strips])  # fmt: skip


def _title(values: Heat) -> tuple[Callable[..., str], str]:
    n = _reports(values)
    if n == 0:
        return lambda _, name=values.label: f"{name} – no report yet", values.label  # noqa: RUF001
    steps = f"{n}{text.NBSP}cell{'' if n == 1 else 's'} with a report"
    if not (values.weighed and values.worth):
        most, label = "most of", values.ordered[0].label
    else:
        found, strip, start = max(values.worth, key=lambda one: abs(one[0]))
        most, label = f"{text.signed(found)} decibans, {text.day(start)}", strip.label

    def title(said: str, name: str = values.label) -> str:
        if values.weighed and values.worth:
            return f"{name} – {steps}; strongest: {said}, {most}"  # noqa: RUF001
        return f"{name} – {steps}, {most}: {said}"  # noqa: RUF001

    return title, label


def _key(values: Heat, *, terse: bool) -> str:
    rest = "hatched: nobody looked; blank: milestone reached."
    if _reports(values) == 0:
        return f"Grey strip: looked, nothing reported; {rest}"
    if not values.weighed:
        known = "Blue: report, filled to its credibility; grey strip: looked, nothing reported"
        return f"{known}; {rest}"
    of = "today's judgement above it" if len(values.groups) > 1 else "today's judgement"
    if terse:
        return f"Report: up raises, down lowers {of}; hollow: worth 0.0; grey: silence; {rest}"
    return (
        f"A report stands up where it raises {of}, hangs down where it lowers it: decibans against "
        "nobody having looked in that step; hollow: worth 0.0. Grey strip: looked, nothing "
        f"reported; its decibans for all steps together are at the right. {rest.capitalize()}"
    )


def _alt(values: Heat, stamp: Stamp) -> AltText:
    words = _words(values, values, of=len(values.strips), terse=False)
    over = f"Strips of {text.counted(len(values.strips), 'indicator')} over time"
    start = f"{over}; cells with a report: "
    parts = [f"{strip.label} {strip.reports}" for strip in values.ordered]
    long = f"{words.subtitle('')} {'; '.join(parts)}. {text.source_line(stamp)}"
    if not (values.weighed and values.worth):
        return AltText.made(words.title(words.label), start, parts, long)
    ends = [values.worth[0], values.worth[-1]]
    extremes = [
        f"{strip.label}, {text.day(when)}, {text.signed(found)}"
        for found, strip, when in dict.fromkeys(ends)
    ]
    quiet = [
        f"{one.label} {text.signed(one.silence)}"
        for one in values.ordered
        if one.silence is not None
    ]
    long = f"{long} Decibans of silence: {'; '.join(quiet)}."
    start = f"{over}; decibans of reports from "
    return AltText.made(words.title(words.label), start, extremes, long)
