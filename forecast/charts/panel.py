"""All judgements side by side on one scale, the one that moved most first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.charts import grid, sheet, style, wording
from forecast.charts.data import Scale, Stamp, Trajectory, words_of
from forecast.charts.frame import Frame
from forecast.charts.refusals import ChartRefusal, refuse, refuse_missing_glyphs, refuse_title
from forecast.charts.trajectory import draw

__all__ = ["MOST", "change", "figure", "ordered", "title"]

MOST = 12  # panels on a page
_COLUMNS = (2, 3, 4, 5, 6)  # the first with which all can be read is taken
_NARROW = (1, 2)  # likewise, in a column of text, which panels may fill from top to bottom
_COLUMN = 100  # millimetres below which a page is a column of text
_STILL = 0.02  # a move below 2 points is none


def change(values: Trajectory, *, since_issue: bool) -> float:
    """Change of the value since the previous issue, or else since the brief."""
    return values.value - _before(values, since_issue=since_issue)


def ordered(values: Sequence[Trajectory]) -> tuple[Trajectory, ...]:
    """Trajectories by size of change since the last issue, largest first.

    The previous issue is the reference where every node has one, else the brief's date.
    """
    issue = _since_issue(values)
    return tuple(sorted(values, key=lambda one: (-abs(change(one, since_issue=issue)), one.node)))


def title(values: Sequence[Trajectory], scale: Scale, *, label: str | None = None) -> str:
    """Say what moved most, in words and numbers.

    Parameters
    ----------
    values : sequence of Trajectory
        In order of change.
    label : str, optional
        Replaces the label of the first.
    """
    issue, first = _since_issue(values), values[0]
    since = _since(values)
    if abs(change(first, since_issue=issue)) < _STILL:
        return f"No judgement has moved by 2 points since {since}"
    was = _before(first, since_issue=issue)
    now = scale.word(first.value)
    name = first.label if label is None else label
    return (
        f"{name} moved most – from{wording.NBSP}{scale.word(was)} "  # noqa: RUF001
        f"({wording.percent(was)}) to{wording.NBSP}{now} "
        f"({wording.percent(first.value)}) since {since}"
    )


def figure(
    values: Sequence[Trajectory], *, scale: Scale, stamp: Stamp, size: str = "page"
) -> Figure:
    """Small multiples of all nodes, two in a row or more, on a common axis from 0 to 1.

    The page is as tall as its rows need, at most as tall as its size; in a column of text, at most
    as tall as a page.

    Parameters
    ----------
    values : sequence of Trajectory
        One to twelve, all as of the date of `stamp`.
    scale : Scale
    stamp : Stamp
    size : str
        Name of a size.

    Raises
    ------
    ChartRefusal
        When there are none or too many, dates disagree, or the chart could not be read.
    """
    page = _page(size)
    _check(values, stamp)
    refuse_missing_glyphs(*words_of(stamp), *(word for one in values for word in words_of(one)))
    shown = ordered(values)
    with style.context(page.base):
        around = _words(shown, scale, stamp, page)
        narrow = page.width < _COLUMN
        columns = _NARROW if narrow else _COLUMNS
        window = _window(shown)
        places = grid.lay(len(shown), around, scale, window=window, columns=columns, flat=narrow)
        made = style.blank(page, height=places.height)
        around.write(made)
        for number, one in enumerate(shown):
            _panel(made, one, number=number, places=places, scale=scale,
                   among=[each.label for each in shown])  # fmt: skip
        written = " ".join(around.above[0].lines)
        if abs(change(shown[0], since_issue=_since_issue(shown))) >= _STILL:
            refuse_title(written, scale.word(shown[0].value))
        refuse(made)
    return made


def _page(size: str) -> style.Size:
    page = sheet.named(size)
    return replace(page, height=style.SIZES["page"].height) if page.width < _COLUMN else page


def _panel(
    made: Figure,
    one: Trajectory,
    *,
    number: int,
    places: grid.Grid,
    scale: Scale,
    among: Sequence[str],
) -> Axes:
    base = places.page.base
    ax = made.add_axes(places.box(number))
    draw(
        ax,
        one,
        scale=scale,
        base=base,
        gutter=places.is_rightmost(number),
        labelled=False,
        dated=places.is_lowest(number),
        window=places.window,
    )
    ax.tick_params(labelleft=number % places.columns == 0)
    said = [(wording.percent(one.value), "bold", style.BLUE)]
    if one.previous is not None:
        said.append((f"was {wording.percent(one.previous[1])}", "normal", style.TEXT))
    grid.head(
        Frame.of(ax, base=base), one.label, said, others=among, last=places.is_rightmost(number)
    )
    return ax


def _words(
    shown: Sequence[Trajectory], scale: Scale, stamp: Stamp, page: style.Size
) -> sheet.Sheet:
    above = (
        sheet.title_block(
            page,
            lambda label: title(shown, scale, label=label),
            shown[0].label,
            among=[one.label for one in shown],
            lines=3 if page.width < _COLUMN else 2,
        ),
        sheet.subtitle_block(page, lambda _: _reading(shown), "", lines=99),
    )
    return sheet.Sheet(page, above, sheet.footing(page, stamp))


def _reading(shown: Sequence[Trajectory]) -> str:
    begins, ends = _window(shown)
    dashed = "; dashed: forecast" if any(one.has_forecast for one in shown) else ""
    window = f"{wording.day(begins)} to {wording.day(ends)}"
    parts = [
        f"Probability of each judgement at each date, {window}, by change since {_since(shown)}",
        f"Line: posterior mean on the reports known at each date{dashed}",
        "Bands: 50% and 80% intervals",
    ]
    if any(one.no_news is not None for one in shown):
        parts.append("Thin grey: the same had no reports come")
    if any(one.previous is not None for one in shown):
        parts.append("Open circle: value at the previous issue")
    return ". ".join(parts) + "."


def _check(values: Sequence[Trajectory], stamp: Stamp) -> None:
    if not 1 <= len(values) <= MOST:
        raise ChartRefusal(f"{len(values)} panels on a page; 1 to {MOST} fit")
    for one in values:
        sheet.require_day(one.node, one.as_of, stamp=stamp)


def _window(values: Sequence[Trajectory]) -> tuple[dt.date, dt.date]:
    return min(one.begins for one in values), max(one.ends for one in values)


def _since_issue(values: Sequence[Trajectory]) -> bool:
    return all(one.previous is not None for one in values)


def _since(values: Sequence[Trajectory]) -> str:
    dates = {one.previous[0] for one in values if one.previous is not None}
    if _since_issue(values):
        return wording.day(min(dates))
    return wording.month(values[0].begins)


def _before(values: Trajectory, *, since_issue: bool) -> float:
    if since_issue and values.previous is not None:
        return values.previous[1]
    return float(values.mean[0]) if values.opening is None else values.opening
