"""Words kept: how often what was called likely came true, beside what the word means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from forecast.charts import layout, rows, style, text
from forecast.charts.data import ChartRefusal, Stamp
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame
from forecast.charts.reliability import Group, group_table
from forecast.scoring.calibration import ENOUGH

__all__ = ["WordRecord", "chart", "draw"]


@dataclass(frozen=True, slots=True)
class WordRecord:
    """Words of a scale with their record.

    Attributes
    ----------
    name : str
        For files.
    as_of : date
    groups : tuple of Group
        In the order of the scale.

    Raises
    ------
    ChartRefusal
        When there is none.
    """

    name: str
    as_of: dt.date
    groups: tuple[Group, ...]

    def __post_init__(self) -> None:
        if not self.groups:
            raise ChartRefusal(f"{self.name}: no word has a record to draw")

    @property
    def questions(self) -> int:
        """How many questions there are."""
        return sum(one.total for one in self.groups)

    def table(self) -> dict[str, Sequence[Any]]:
        """List the plotted numbers, a column each."""
        days = [self.as_of.isoformat()] * len(self.groups)
        return {**group_table(self.groups), "as_of": days}


def draw(ax: Axes, values: WordRecord, *, base: float = 8.0, names: float | None = None) -> Axes:
    """Draw rows on axes that already stand where they will be printed.

    Parameters
    ----------
    ax : Axes
        Empty, with room for words on its left and counts on its right.
    values : WordRecord
    base : float
        Type size in points.
    names : float, optional
        Millimetres for words left of the axes; by default all there are.
    """
    with style.context(base):
        frame = rows.percent_axis(ax, base=base)
        found = values.groups[::-1]  # the likeliest on top
        places = rows.centres(len(found), frame.height)
        width = frame.left if names is None else names
        rows.name_rows(frame, [one.label for one in found], places, width=width)
        half = 0.3 * frame.height / len(found)
        for one, place in zip(found, places, strict=True):
            _row(frame, one, float(place), half)
    return ax


def _row(frame: Frame, one: Group, y: float, half: float) -> None:
    base, height = frame.base, y / frame.height
    span = float(frame.across(one.band[0])), float(frame.across(one.band[1]))
    frame.bar(span, (y - half, y + half), facecolor=style.RULE, edgecolor=style.LIGHT, lw=0.4,
              zorder=2)  # fmt: skip
    frame.ax.hlines(height, one.low, one.high, color=style.BLUE, lw=0.14 * base, zorder=3,
                    label="90% interval")  # fmt: skip
    frame.ax.plot([one.rate], [height], "o", ms=0.72 * base, mfc=style.BLUE, mec="white",
                  mew=0.09 * base, zorder=5, clip_on=False, label="_rate")  # fmt: skip
    frame.ax.plot([one.p], [height], "|", ms=1.1 * base, color=style.INK, mew=0.12 * base,
                  zorder=4, clip_on=False, label="_mean")  # fmt: skip
    frame.centred(frame.width + 0.3 * base, y, _counted(one), points=frame.points(0.94),
                  color=style.TEXT)  # fmt: skip


def chart(values: WordRecord, *, stamp: Stamp, size: str = "a4") -> Chart:
    """Make the record of words into a finished chart, checked against the chart standard.

    Raises
    ------
    ChartRefusal
        When the size is unknown or has too few rows, the dates disagree, or the chart could not be
        read.
    """
    page = layout.named(size)
    layout.require_day(values.name, values.as_of, stamp=stamp)
    with style.context(page.base):
        points = page.points(0.94)
        right = max(text.measure(_counted(one), points=points, dpi=page.dpi)
                    for one in values.groups)  # fmt: skip
        names = [one.label for one in values.groups]
        margins = layout.Margins(
            rows.gutter(names, page), right + 0.5 * page.base, rows.AXIS * page.base, 0.0
        )
        row = rows.ROW * page.base
        laid = layout.fit(
            page,
            _words(values),
            stamp,
            margins=margins,
            least=len(names) * row,
            wanted=max(1.4 * row * len(names), 2.5 * row),
        )
        made, ax = layout.start(laid)
        draw(ax, values, base=page.base, names=margins.left)
        layout.finish(made, laid)
    return Chart(f"{values.name}__words", made, _alt(values, stamp), values.table())


def _counted(one: Group) -> str:
    return f"{one.hits} of {one.total}"


def _words(values: WordRecord) -> layout.Words:
    n = values.questions
    told = f"{n}{text.NBSP}resolved question{'' if n == 1 else 's'}"
    if n < ENOUGH:
        said = f"too few to judge ({told})"
    else:
        off = [one.label for one in values.groups if not one.kept]
        said = f"{told}, {'not kept: ' + ', '.join(off) if off else 'every word kept'}"

    return layout.Words(
        lambda label: f"{label} – {said}",  # noqa: RUF001
        "Words",
        lambda _: (
            "How often what was given a word came true. Grey: what the word means; upright: "
            "mean probability given; dot and line: share that came true, with its 90% interval."
        ),
    )


def _alt(values: WordRecord, stamp: Stamp) -> AltText:
    words = _words(values)
    parts = [
        f"{one.label} ({text.interval(*one.band)}) came true {_counted(one)}"
        for one in values.groups
    ]
    title = words.title(words.label)
    long = f"{words.subtitle('')} {'; '.join(parts)}. {text.source_line(stamp)}"
    return AltText.made(title, f"{title}: ", parts, long)
