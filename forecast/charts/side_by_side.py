"""Scenarios side by side: a trajectory each, with the baseline dashed behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.axes import Axes

from forecast.charts import curves, layout, panel, placement, style, text
from forecast.charts.curves import day_number
from forecast.charts.data import (
    ChartRefusal,
    Scale,
    Stamp,
    Trajectory,
    refuse,
    refuse_missing_glyphs,
    refuse_title,
    words_of,
)
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame

__all__ = ["MOST", "Scenario", "chart", "draw"]

MOST = 6  # scenarios on a page
_COLUMNS = (2, 3, 1)
_NARROWEST = 3.0  # width of a panel whose name, value and change stand above it, likewise
_LEAST, _LEAST_ALONE = 2.6, 2.0  # height of a panel, millimetres per point of type


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A trajectory under a scenario.

    Attributes
    ----------
    label : str
        The scenario, as printed.
    values : Trajectory
        Of the same node and as of the same date as the baseline.
    since : date, optional
        When the scenario departs from the baseline; marked in its panel.
    """

    label: str
    values: Trajectory
    since: dt.date | None = None


def draw(
    ax: Axes,
    baseline: Trajectory,
    scenario: Scenario,
    *,
    scale: Scale,
    base: float = 8.0,
    gutter: bool = True,
    dated: bool = True,
    window: tuple[dt.date, dt.date] | None = None,
) -> Axes:
    """Draw one scenario and the baseline on axes that already stand where they will be printed.

    Parameters
    ----------
    ax : Axes
        Empty.
    baseline : Trajectory
    scenario : Scenario
    scale : Scale
        Words shaded behind the curves.
    base : float
        Type size in points.
    gutter, dated : bool
        Whether the words are named on the right and the time axis is labelled.
    window : (first, last), optional
        Dates the axis spans; by default those of both.
    """
    values = scenario.values
    with style.context(base):
        first, last = window or _window(baseline, [scenario])
        layout.limit(ax, first, last, width=Frame.of(ax, base=base).width)
        frame = Frame.of(ax, base=base)
        placement.shade_bands(ax, scale, height=frame.height)
        if gutter:
            placement.label_bands(frame, scale)
        curves.draw_as_of(ax, values)
        # the course without reports is not spoken of here
        curves.draw_curves(ax, replace(values, no_news=None), base=base)
        ax.step(
            baseline.dates,
            baseline.mean,
            where="post",
            color=style.INK,
            lw=0.14 * base,
            ls=(0, (1, 1.5)),
            zorder=3.5,
            label="baseline",
        )
        ax.plot([day_number(values.ends)], [values.mean[-1]], "o", ms=0.56 * base,
                mfc=style.BLUE, mec="white", mew=0.07 * base, zorder=6, clip_on=False,
                label="_point")  # fmt: skip
        if scenario.since is not None and first <= scenario.since <= last:
            ax.axvline(day_number(scenario.since), color=style.COLOURS[1], lw=0.8,
                       ls=(0, (5, 2, 1, 2)), zorder=2, label="_since")  # fmt: skip
        layout.ticks(frame, first, last, dated=dated)
    return ax


def chart(
    baseline: Trajectory,
    scenarios: Sequence[Scenario],
    *,
    name: str,
    scale: Scale,
    stamp: Stamp,
    size: str = "a4",
) -> Chart:
    """Scenarios as a finished chart, checked against the chart standard.

    Parameters
    ----------
    baseline : Trajectory
    scenarios : sequence of Scenario
        At least one. At most six are drawn, and fewer where the size has no room: those that move
        the last value most, in the order given; the chart says so, and the table has all.
    name : str
        Of the files, before ``__side_by_side``.
    scale : Scale
    stamp : Stamp
    size : str
        Name of a size.

    Raises
    ------
    ChartRefusal
        When there are none or too many, nodes or dates disagree, or the chart could not be read.
    """
    page = layout.named(size)
    _check(baseline, scenarios, stamp)
    texts = [word for one in (baseline, *(s.values for s in scenarios)) for word in words_of(one)]
    refuse_missing_glyphs(*words_of(stamp), *texts, *(one.label for one in scenarios))
    top, window = _largest(baseline, scenarios), _window(baseline, scenarios)
    with style.context(page.base):
        shown, around, places = _most(baseline, scenarios, scale, stamp, page=page)
        made = style.blank(page, height=places.height)
        around.write(made)
        for number, one in enumerate(shown):
            ax = made.add_axes(places.box(number))
            draw(ax, baseline, one, scale=scale, base=page.base, window=window,
                 gutter=places.is_rightmost(number), dated=places.is_lowest(number))  # fmt: skip
            ax.tick_params(labelleft=number % places.columns == 0)
            _head(Frame.of(ax, base=page.base), baseline, one, among=scenarios,
                  last=places.is_rightmost(number))  # fmt: skip
        refuse_title(" ".join(around.above[0].lines), scale.word(float(top.values.mean[-1])))
        refuse(made)
    return Chart(f"{name}__side_by_side", made, _alt(baseline, scenarios, scale, stamp),
                 _table(baseline, scenarios))  # fmt: skip


def _most(
    baseline: Trajectory,
    scenarios: Sequence[Scenario],
    scale: Scale,
    stamp: Stamp,
    *,
    page: style.Size,
) -> tuple[Sequence[Scenario], layout.Sheet, panel.Grid]:
    """Lay out as many scenarios as can be read, those that move the last value most."""
    by_change = sorted(scenarios, key=lambda one: -_change(baseline, one))
    for count in range(min(len(scenarios), MOST), 0, -1):
        kept = by_change[:count]
        shown = [one for one in scenarios if any(one is each for each in kept)]
        try:
            return shown, *_fit(baseline, shown, scale, stamp, page=page, of=scenarios)
        except ChartRefusal:
            if count == 1:
                raise
    raise AssertionError


def _change(baseline: Trajectory, one: Scenario) -> float:
    return abs(float(one.values.mean[-1] - baseline.mean[-1]))


def _fit(
    baseline: Trajectory,
    scenarios: Sequence[Scenario],
    scale: Scale,
    stamp: Stamp,
    *,
    page: style.Size,
    of: Sequence[Scenario],
) -> tuple[layout.Sheet, panel.Grid]:
    top, window = _largest(baseline, scenarios), _window(baseline, scenarios)
    title = layout.title_block(
        page,
        lambda said, name: _title(baseline, top, scale, said, name),
        top.label,
        baseline.label,
        among=[one.label for one in of],
        lines=3 if page.width < 100 else 2,
    )
    for lines in (4, 3, 2):
        subtitle = layout.subtitle_block(
            page,
            lambda said: _reading(baseline, scenarios, said, terse=page.terse, of=len(of)),
            text.clause(baseline.proposition),
            lines=lines,
        )
        around = layout.Sheet(page, (title, subtitle), layout.footing(page, stamp))
        try:
            least = _LEAST if len(scenarios) > 1 else _LEAST_ALONE
            places = panel.lay(len(scenarios), around, scale, window=window, columns=_COLUMNS,
                              least=least, narrowest=_NARROWEST)  # fmt: skip
        except ChartRefusal:
            if lines == 2:
                raise
        else:
            return around, places
    raise AssertionError


def _head(
    frame: Frame, baseline: Trajectory, one: Scenario, *, among: Sequence[Scenario], last: bool
) -> None:
    end, was = float(one.values.mean[-1]), float(baseline.mean[-1])
    change = text.signed(100 * (end - was), digits=0)
    said = [(text.percent(end), "bold", style.BLUE), (change, "normal", style.TEXT)]
    panel.head(frame, one.label, said, others=[each.label for each in among], last=last)


def _check(baseline: Trajectory, scenarios: Sequence[Scenario], stamp: Stamp) -> None:
    if not scenarios:
        raise ChartRefusal(f"{baseline.node}: there is no scenario to draw")
    for one in (baseline, *(scenario.values for scenario in scenarios)):
        layout.require_day(one.node, one.as_of, stamp=stamp)
        if (one.node, one.label) != (baseline.node, baseline.label):
            raise ChartRefusal(
                f"a scenario of {one.label!r} beside the baseline of {baseline.label!r}; "
                "draw one judgement at a time"
            )
        if one.ends != baseline.ends:
            raise ChartRefusal(
                f"a scenario ends on {one.ends}, the baseline on {baseline.ends}; "
                "draw both to one date"
            )


def _window(baseline: Trajectory, scenarios: Sequence[Scenario]) -> tuple[dt.date, dt.date]:
    shown = [baseline, *(one.values for one in scenarios)]
    return min(one.begins for one in shown), max(one.ends for one in shown)


def _largest(baseline: Trajectory, scenarios: Sequence[Scenario]) -> Scenario:
    return max(scenarios, key=lambda one: _change(baseline, one))


def _title(baseline: Trajectory, top: Scenario, scale: Scale, label: str, name: str) -> str:
    end, was = float(top.values.mean[-1]), float(baseline.mean[-1])
    now = scale.word(end)
    return (
        f"{name} – {now} ({text.percent(end)}) "  # noqa: RUF001
        f"on {text.day(top.values.ends)} under: {label}; baseline {text.percent(was)}"
    )


def _reading(
    baseline: Trajectory, scenarios: Sequence[Scenario], proposition: str, *, terse: bool, of: int
) -> str:
    when = f"{text.day(baseline.begins)} to {text.day(baseline.ends)}"
    since = ""
    if any(one.since is not None for one in scenarios):
        since = " Dash-dotted upright: the scenario departs."
    n = len(scenarios)
    if n != of:
        since += (
            f" Of {of} scenarios the {f'{n} that move' if n > 1 else 'one that moves'} it most."
        )
    line = "Blue: under the scenario, dashed as forecast; dotted: baseline"
    if terse:
        return f"Probability that {proposition}. {line}. Bands: 50% and 80% intervals.{since}"
    return (
        f"Probability at each date that {proposition}, {when}. {line}. Bands: 50% and 80% "
        f"intervals of the scenario. Beside each name: value on the last date and change in "
        f"points.{since}"
    )


def _alt(
    baseline: Trajectory, scenarios: Sequence[Scenario], scale: Scale, stamp: Stamp
) -> AltText:
    top = _largest(baseline, scenarios)
    was = float(baseline.mean[-1])
    start = (
        f"{text.counted(len(scenarios), 'panel')}, one a scenario, {baseline.label} on "
        f"{text.day(baseline.ends)}, baseline {text.percent(was)}: "
    )
    parts = []
    for one in scenarios:
        end = float(one.values.mean[-1])
        parts.append(f"{one.label} {text.percent(end)} ({scale.word(end)})")
    reading = _reading(baseline, scenarios, text.clause(baseline.proposition), terse=False,
                       of=len(scenarios))  # fmt: skip
    long = f"{reading} {'; '.join(parts)}. {text.source_line(stamp)}"
    return AltText.made(_title(baseline, top, scale, top.label, baseline.label), start, parts, long)


def _table(baseline: Trajectory, scenarios: Sequence[Scenario]) -> dict[str, list[Any]]:
    named = [("baseline", baseline), *((one.label, one.values) for one in scenarios)]
    tables = [
        {"scenario": [label] * len(values.dates), **values.table()} for label, values in named
    ]
    drop = {"no_news"}
    keys = [key for key in tables[0] if key not in drop]
    return {key: [value for table in tables for value in table[key]] for key in keys}
