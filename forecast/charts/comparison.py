"""Scenario comparison: probabilities with their intervals, a row each.

Either the states of one node, which exclude each other and sum to 100 %, or one judgement and more
under several scenarios, the baseline first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal

from matplotlib.axes import Axes

from forecast.charts import layout, rows, style, text
from forecast.charts.data import ChartRefusal, Scale, Stamp
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame

__all__ = ["ComparedRow", "Comparison", "chart", "draw"]

Kind = Literal["baseline", "observe", "do", "other", "state"]

_SUM = 0.005  # shares may miss 1 by this much
_COLOUR = {"baseline": style.INK, "observe": style.BLUE, "do": style.COLOURS[1],
           "other": style.COLOURS[2], "state": style.BLUE}  # fmt: skip
_MARKER = {"baseline": "o", "observe": "s", "do": "D", "other": "^", "state": "o"}
_SAID = {
    "observe": "Square: had these reports come",
    "do": "Diamond: had it been made so",
    "other": "Triangle: other changes",
}


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One row.

    Attributes
    ----------
    label : str
        The state, or the scenario.
    p, lo50, hi50, lo80, hi80 : float
        Posterior mean and intervals.
    previous : float, optional
        Value at the previous issue.
    kind : {"state", "baseline", "observe", "do", "other"}
        A state of a node, or what a scenario is: the forecast as it stands, hypothetical reports,
        an intervention, or another change.
    group : str
        The judgement the row belongs to, where several are compared.
    """

    label: str
    p: float
    lo50: float
    hi50: float
    lo80: float
    hi80: float
    previous: float | None = None
    kind: Kind = "state"
    group: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows to compare.

    Attributes
    ----------
    name, label, proposition : str
        Name for files, printed name, and the sentence that is judged.
    as_of, on : date
        When it was known, and the date the probabilities are for.
    outcomes : tuple of ComparedRow
        Rows of one group stand together. Under scenarios each group starts with its baseline.
    exclusive : bool
        Whether rows are states that exclude each other; each group then sums to 1.

    Raises
    ------
    ChartRefusal
        When a value is no probability, intervals do not nest, shares do not sum to 1 within .005,
        or a group of scenarios does not start with its baseline.
    """

    name: str
    label: str
    proposition: str
    as_of: dt.date
    on: dt.date
    outcomes: tuple[ComparedRow, ...]
    exclusive: bool = True

    def __post_init__(self) -> None:
        if not self.outcomes:
            raise ChartRefusal(f"{self.name}: there is nothing to compare")
        for one in self.outcomes:
            if not 0 <= one.lo80 <= one.lo50 <= one.hi50 <= one.hi80 <= 1 or not 0 <= one.p <= 1:
                raise ChartRefusal(
                    f"{self.name}: {one.label!r} must have 0 ≤ lo80 ≤ lo50 ≤ hi50 ≤ hi80 ≤ 1"
                )
        for group, found in self.groups:
            total = sum(one.p for one in found)
            if self.exclusive and abs(total - 1) > _SUM:
                raise ChartRefusal(
                    f"{group or self.name}: shares of scenarios sum to {total:.3f}; they must "
                    "sum to 1"
                )
            if not self.exclusive and found[0].kind != "baseline":
                raise ChartRefusal(f"{group or self.name}: the first row must be the baseline")

    @property
    def groups(self) -> list[tuple[str, list[ComparedRow]]]:
        """Rows by group, in order."""
        return [(name, list(found)) for name, found in groupby(self.outcomes, lambda o: o.group)]

    def table(self) -> dict[str, Sequence[Any]]:
        """List the plotted numbers, a column each."""
        n, found = len(self.outcomes), self.outcomes
        return {
            "name": [self.name] * n,
            "group": [one.group for one in found],
            "label": [one.label for one in found],
            "kind": [one.kind for one in found],
            **{
                key: [getattr(one, key) for one in found]
                for key in ("p", "lo50", "hi50", "lo80", "hi80")
            },
            "previous": ["" if one.previous is None else one.previous for one in found],
            "date": [self.on.isoformat()] * n,
            "as_of": [self.as_of.isoformat()] * n,
        }


def draw(
    ax: Axes,
    values: Comparison,
    *,
    base: float = 8.0,
    names: float | None = None,
) -> Axes:
    """Draw rows on axes that already stand where they will be printed.

    Parameters
    ----------
    ax : Axes
        Empty, with room for names on its left and numbers on its right.
    values : Comparison
    base : float
        Type size in points.
    names : float, optional
        Millimetres for names left of the axes; by default all there are.
    """
    with style.context(base):
        frame = rows.percent_axis(ax, base=base)
        heads = _heads(values)
        places = rows.centres(len(heads), frame.height)
        width = frame.left if names is None else names
        heading = [n for n, (_, one) in enumerate(heads) if one is None]
        labels = [name for name, _ in heads]
        rows.name_rows(frame, labels, places, width=width, bold=heading, across=heading)
        reference: ComparedRow | None = None
        for (_, one), place in zip(heads, places, strict=True):
            if one is None:
                continue
            if one.kind == "baseline":
                reference = one
            _row(frame, one, float(place), baseline=reference)
    return ax


def chart(values: Comparison, *, scale: Scale, stamp: Stamp, size: str = "a4") -> Chart:
    """Rows as a finished chart, checked against the chart standard.

    Raises
    ------
    ChartRefusal
        When the size is unknown or has too few rows, the dates disagree, or the chart could not be
        read.
    """
    page = layout.named(size)
    layout.require_day(values.name, values.as_of, stamp=stamp)
    with style.context(page.base):
        laid, drawn = _fit(values, scale, stamp, page)
        made, ax = layout.start(laid)
        draw(ax, drawn, base=page.base, names=laid.margins.left)
        layout.finish(made, laid)
    kind = "states" if values.exclusive else "scenarios"
    return Chart(f"{values.name}__{kind}", made, _alt(values, scale, stamp), values.table())


def _fit(
    values: Comparison, scale: Scale, stamp: Stamp, page: style.Size
) -> tuple[layout.Layout, Comparison]:
    """Lay out rows; where there are too many scenarios, those that move least are left out."""
    row, of = rows.ROW * page.base, len(values.outcomes)
    drawn = values
    while True:
        heads = _heads(drawn)
        need = len(heads) * row
        fewer = _without_least(drawn)
        laid = layout.fit(
            page,
            _words(drawn, scale, terse=page.terse, of=of),
            stamp,
            margins=_margins(heads, page),
            least=need if fewer is None else min(need, 4 * row),
            good=need,
            wanted=max(len(heads) * _wanted(heads, page, row=1.4 * row), 2.5 * row),
        )
        if fewer is None or laid.height >= need - 1e-6:
            return laid, drawn
        drawn = fewer


def _wanted(
    heads: Sequence[tuple[str, ComparedRow | None]], page: style.Size, *, row: float
) -> float:
    names = [name for name, one in heads if one is not None]
    return rows.wanted(names, page, width=_margins(heads, page).left, row=row)


def _without_least(values: Comparison) -> Comparison | None:
    """Leave out the scenario that moves its judgement least; nothing where one is left, or none."""
    moved = [
        (abs(one.p - found[0].p), number, one)
        for _, found in values.groups
        for number, one in enumerate(found)
        if number and not values.exclusive
    ]
    if len(moved) < 2 or len(values.groups) > 1:
        return None
    least = min(moved, key=lambda each: (each[0], -each[1]))[2]
    return replace(values, outcomes=tuple(one for one in values.outcomes if one is not least))


def _margins(heads: Sequence[tuple[str, ComparedRow | None]], page: style.Size) -> layout.Margins:
    points = page.points(0.94)
    shown = [(name, one) for name, one in heads if one is not None]
    right = max(text.measure(_numbers(one, one), points=points, dpi=page.dpi) for _, one in shown)
    if any(one.kind not in {"state", "baseline"} for _, one in shown):
        right += text.measure(" +00", points=points, dpi=page.dpi)
    return layout.Margins(
        rows.gutter([name for name, _ in shown], page, share=0.36),
        right + 0.35 * page.base,
        rows.AXIS * page.base,
        0.0,
    )


def _heads(values: Comparison) -> list[tuple[str, ComparedRow | None]]:
    """Names of rows with what they show; a group has a row of its own above its rows."""
    heads: list[tuple[str, ComparedRow | None]] = []
    for group, found in values.groups:
        if group:
            heads.append((group, None))
        heads.extend((one.label, one) for one in found)
    return heads


def _row(frame: Frame, one: ComparedRow, y: float, *, baseline: ComparedRow | None) -> None:
    colour, base, height = _COLOUR[one.kind], frame.base, y / frame.height
    for low, high, cover, width in (
        (one.lo80, one.hi80, 80, 0.1),
        (one.lo50, one.hi50, 50, 0.3),
    ):
        frame.ax.hlines(height, low, high, color=colour, lw=width * base, zorder=3,
                        label=f"{cover}% interval")  # fmt: skip
    marker: dict[str, Any] = {"marker": _MARKER[one.kind], "ls": "none", "clip_on": False}
    if one.previous is not None:
        frame.ax.plot([one.previous], [height], ms=0.62 * base, mfc="white", mec=colour,
                      mew=0.11 * base, zorder=4, label="_previous", **marker)  # fmt: skip
    frame.ax.plot([one.p], [height], ms=0.75 * base, mfc=colour, mec="white", mew=0.09 * base,
                  zorder=5, label="_value", **marker)  # fmt: skip
    if baseline is not None and baseline is not one:
        frame.ax.plot([baseline.p], [height], "|", ms=1.1 * base, color=style.INK, mew=0.12 * base,
                      zorder=4.5, label="_baseline", clip_on=False)  # fmt: skip
    frame.centred(frame.width + 0.3 * base, y, _numbers(one, baseline or one),
                  points=frame.points(0.94), color=style.TEXT)  # fmt: skip


def _numbers(one: ComparedRow, baseline: ComparedRow) -> str:
    said = f"{text.percent(one.p)} ({text.interval(one.lo80, one.hi80)})"
    if one is baseline or one.kind == "state":
        return said
    return f"{said} {text.signed(100 * (one.p - baseline.p), digits=0)}"


def _words(values: Comparison, scale: Scale, *, terse: bool, of: int) -> layout.Words:
    on = text.day(values.on)
    if values.exclusive:
        group, top = max(
            ((group, one) for group, found in values.groups for one in found),
            key=lambda pair: pair[1].p,
        )
        now = f"{scale.word(top.p)} ({text.percent(top.p)})"

        def title(label: str, other: str = top.label) -> str:
            return f"{label} – {other}: {now} on {on}"  # noqa: RUF001

        what = "Rows sum to 100%"
    else:
        group, base, top = _largest(values)
        was = f"{scale.word(base.p)} ({text.percent(base.p)})"
        now = f"{scale.word(top.p)} ({text.percent(top.p)})"

        def title(label: str, other: str = group or values.label) -> str:
            if top is base:
                return f"{other} – {now} on {on}"  # noqa: RUF001
            return f"{other} – from{text.NBSP}{was} to{text.NBSP}{now} under: {label}"  # noqa: RUF001

        kinds = {one.kind for one in values.outcomes}
        what = ". ".join(
            ["Upright: baseline", *(said for kind, said in _SAID.items() if kind in kinds)]
        )
    whole = group or values.label
    label, also = (whole, top.label) if values.exclusive else (top.label, whole)
    hollow = ""
    if any(one.previous is not None for one in values.outcomes):
        hollow = " Hollow: at the previous issue."
    n = len(values.outcomes)
    if n != of:
        least = (
            f"{n - 1} of {of - 1} scenarios that move"
            if n > 2
            else (f"one of {of - 1} scenarios that moves")
        )
        hollow += f" The {least} it most."

    def subtitle(proposition: str) -> str:
        asked = f" that {proposition}" if proposition else ""
        read = "Mark: mean; thick and thin: 50% and 80% intervals"
        if terse:
            return f"Probability{asked}, {on}. {read}. {what}.{hollow}"
        beside = (
            "mean and 80% interval"
            if values.exclusive
            else "mean, 80% interval and change in points"
        )
        return (
            f"Probability{asked} on {on}. Mark: posterior mean; thick and thin line: 50% and 80% "
            f"intervals; beside it {beside}. {what}.{hollow}"
        )

    word = scale.word(top.p)
    proposition = text.clause(values.proposition)
    return layout.Words(title, label, subtitle, proposition, word=word, also=(also,),
                        among=[one.label for one in values.outcomes])  # fmt: skip


def _largest(values: Comparison) -> tuple[str, ComparedRow, ComparedRow]:
    """Group, baseline and row of the scenario that moves a probability most."""
    moved = [
        (abs(one.p - found[0].p), group, found[0], one)
        for group, found in values.groups
        for one in found
    ]
    _, group, base, top = max(moved, key=lambda each: each[0])
    return group, base, top


def _alt(values: Comparison, scale: Scale, stamp: Stamp) -> AltText:
    words = _words(values, scale, terse=False, of=len(values.outcomes))
    start = f"Dots with intervals, {text.day(values.on)}: "
    parts = [
        f"{one.group + ', ' if one.group else ''}{one.label} {text.percent(one.p)} "
        f"({scale.word(one.p)}), 80% interval {text.interval(one.lo80, one.hi80)}"
        for one in values.outcomes
    ]
    long = f"{words.subtitle(words.proposition)} {'; '.join(parts)}. {text.source_line(stamp)}"
    return AltText.made(words.title(words.label), start, parts, long)
