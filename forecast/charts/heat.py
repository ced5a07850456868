"""Indicator strip: when each indicator was reported, when it was silent, and when nobody looked.

The three are told apart by shape as well as by shade: a report is a bar as high as its credibility,
silence a thin grey strip, no coverage a hatched field.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal

from matplotlib.axes import Axes

from forecast.charts import layout, rows, sheet, style, timeline, wording
from forecast.charts.alt import AltText
from forecast.charts.data import Stamp
from forecast.charts.finished import Chart
from forecast.charts.frame import Frame
from forecast.charts.refusals import ROWS, ChartRefusal

__all__ = ["Cell", "Heat", "Strip", "chart", "draw"]

Known = Literal["report", "silence", "no coverage", "done"]

_ROW = 0.46  # least height of a row, millimetres per point of type
_PALE = "#D9D9D9"


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known about one indicator in one step.

    Attributes
    ----------
    known : {"report", "silence", "no coverage", "done"}
        ``done``: a milestone that has happened and is no longer looked for.
    credibility : float
        Of what was reported, 0 to 1; 0 for a report without credibility.
    """

    known: Known
    credibility: float = 0.0


@dataclass(frozen=True, slots=True)
class Strip:
    """One indicator: its name as printed, and a cell a step."""

    label: str
    cells: tuple[Cell, ...]

    @property
    def reports(self) -> int:
        """How many steps have a report."""
        return sum(cell.known == "report" for cell in self.cells)


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
        In any order; those reported most come first.

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
        """Strips with the most reports first."""
        return tuple(sorted(self.strips, key=lambda strip: (-strip.reports, strip.label)))

    def table(self) -> dict[str, Sequence[Any]]:
        """List what is known, a row for each indicator and step."""
        found = [
            (strip.label, start, cell)
            for strip in self.ordered
            for start, cell in zip(self.starts, strip.cells, strict=True)
        ]
        return {
            "indicator": [label for label, _, _ in found],
            "date": [start.isoformat() for _, start, _ in found],
            "known": [cell.known for _, _, cell in found],
            "credibility": [cell.credibility for _, _, cell in found],
            "as_of": [self.as_of.isoformat()] * len(found),
        }


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
        timeline.limit(ax, first, last, width=Frame.of(ax, base=base).width)
        frame = Frame.of(ax, base=base)
        timeline.ticks(frame, first, last, upwards=False)
        strips = values.ordered
        places = rows.centres(len(strips), frame.height)
        width = frame.left if names is None else names
        rows.name_rows(frame, [strip.label for strip in strips], places, width=width)
        ends = [*values.starts[1:], last]
        spans = [
            (float(frame.x(start)), max(float(frame.x(end)), float(frame.x(start)) + 0.3))
            for start, end in zip(values.starts, ends, strict=True)
        ]
        for strip, place in zip(strips, places, strict=True):
            _strip(frame, strip, float(place), frame.height / len(strips), spans)
    return ax


def chart(values: Heat, *, stamp: Stamp, size: str = "page") -> Chart:
    """Make strips into a finished chart, checked against the chart standard.

    Where a size has too few rows, those with the fewest reports are left out, and the chart says
    so.

    Raises
    ------
    ChartRefusal
        When the size is unknown, the dates disagree, or the chart could not be read.
    """
    page = sheet.named(size)
    sheet.require_day(values.name, values.as_of, stamp=stamp)
    with style.context(page.base):
        margins = layout.Margins(
            rows.gutter([strip.label for strip in values.strips], page),
            0.5 * page.base,
            timeline.ticks_height(page),
            0.1 * page.base,
        )
        row, count, of = _ROW * page.base, len(values.strips), len(values.strips)
        while True:
            drawn = replace(values, strips=values.ordered[:count])
            laid = layout.fit(
                page,
                _words(drawn, reports=_reports(values), of=of, terse=page.terse),
                stamp,
                margins=margins,
                least=4 * row,
                good=min(count, 8) * row,
                wanted=1.25 * row * count,
            )
            most = rows.most_rows(laid.height, base=page.base, row=_ROW)
            if most >= count:
                break
            count = most
        made, ax = layout.start(laid)
        draw(ax, drawn, base=page.base, names=margins.left)
        layout.finish(made, laid)
    return Chart(f"{values.name}__heat", made, _alt(values, stamp), values.table())


def _strip(
    frame: Frame, strip: Strip, y: float, pitch: float, spans: Sequence[tuple[float, float]]
) -> None:
    half = 0.4 * pitch
    for known, left, right in _runs(strip, spans):
        if known == "silence":
            frame.bar((left, right), (y - 0.12 * pitch, y + 0.12 * pitch), facecolor=_PALE, lw=0,
                      zorder=2)  # fmt: skip
        elif known == "no coverage":
            frame.bar((left, right), (y - half, y + half), facecolor="white", edgecolor=style.LIGHT,
                      hatch="////", lw=0.3, zorder=2)  # fmt: skip
    for cell, (left, right) in zip(strip.cells, spans, strict=True):
        if cell.known != "report":
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


def _words(values: Heat, *, reports: int, of: int, terse: bool) -> layout.Words:
    top = values.ordered[0]
    steps = f"{reports}{wording.NBSP}steps with a report"

    def title(label: str) -> str:
        return f"{values.label} – {steps}, most of: {label}"  # noqa: RUF001

    fewer = "" if len(values.strips) == of else f" The {len(values.strips)} most reported of {of}."

    def subtitle(_: str) -> str:
        key = "Blue: report, filled to its credibility; grey strip: looked, nothing reported"
        rest = "hatched: nobody looked; blank: milestone reached"
        if terse:
            return f"{key}; {rest}.{fewer}"
        return (
            f"Indicators by step, {wording.day(values.starts[0])} to {wording.day(values.as_of)}. "
            f"{key}; {rest}.{fewer}"
        )

    return layout.Words(title, top.label, subtitle)


def _alt(values: Heat, stamp: Stamp) -> AltText:
    words = _words(values, reports=_reports(values), of=len(values.strips), terse=False)
    start = f"Strips of {len(values.strips)} indicators over time; steps with a report: "
    parts = [f"{strip.label} {strip.reports}" for strip in values.ordered]
    long = f"{words.subtitle('')} {'; '.join(parts)}. {wording.source_line(stamp)}"
    return AltText.made(words.title(words.label), start, parts, long)
