"""A first model of streams: states on a ladder over the data's range, every prior commented.

Ordered states with moves between neighbours are a level that drifts, seen through noise: the filter
weighs new numbers against old ones much like an exponentially weighted mean, with a weight that is
learnt. Rare jumps to any other state let it follow a break at once. Everything here is stated from
the data's range only, wide on purpose: the same data are the evidence.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from statistics import fmean, median, quantiles

from forecast.beliefs.first_model_text import (
    Ladder,
    quoted,
    text_of_alert,
    text_of_head,
    text_of_indicator,
    text_of_node,
    text_of_question,
)
from forecast.beliefs.periods import wording
from forecast.beliefs.series_files import Series
from forecast.escaping import csv_rows

__all__ = ["ROUND", "first_model", "indicator_name", "ladder", "node_name", "series_reports"]

_REPORT_COLUMNS = (
    *("report_id", "event_id", "lineage", "occurred_on", "reported_on", "indicator"),
    *("reliability", "credibility", "use", "value", "summary", "source_title"),
)

#: Steps over which a level is read off the data.
ROUND = 4
_SMOOTH = 1e-9


def ladder(series: Sequence[Series], *, states: int, stretch: float = 1.0) -> Ladder:
    """Lay the states over the range of a stream, with room beyond it.

    Counts: means from an eighth of the overall mean to the largest mean over four steps, evenly on
    the log scale. Values: from twice below the 2 % to twice above the 98 % quantile (as distances
    from the median), on the asinh scale where there are far outliers.

    Parameters
    ----------
    series : sequence of Series
        One stream, or the same stream of several groups that share a model.
    states : int
        How many.
    stretch : float
        Times by which the unit of the asinh scale is larger than twice the usual distance from the
        median.

    Returns
    -------
    Ladder
    """
    values = [value for each in series for value in each.values]
    if all(each.counts for each in series):
        mean = max(fmean(values), 1.0 / len(values))
        top = max(4.0 * mean, *(max(_means(each.values)) for each in series))
        levels = [mean / 8 * (8 * top / mean) ** (i / (states - 1)) for i in range(states)]
        reach = math.sqrt(levels[1] / levels[0])
        edges = tuple((level / reach, level * reach) for level in levels)
        return Ladder(tuple(levels), edges, counts=True)
    middle = median(values)
    width = 1.4826 * median([abs(value - middle) for value in values]) or _SMOOTH
    far = max(abs(value - middle) for value in values) > 8 * width
    unit = 2 * width * stretch if far else None
    fiftieths = quantiles(values, n=50)
    low, high = fiftieths[0], fiftieths[-1]
    if low == high:  # a number that never changed: room around it
        low, high = middle - 1.0, middle + 1.0
    ends = [_read(middle + 2 * (end - middle), unit) for end in (low, high)]
    grid = [ends[0] + (ends[1] - ends[0]) * i / (states - 1) for i in range(states)]
    half = (grid[1] - grid[0]) / 2
    moves = [
        abs(_read(b, unit) - _read(a, unit))
        for each in series
        for a, b in zip(each.values, each.values[1:], strict=False)
    ]
    return Ladder(
        tuple(_written(x, unit) for x in grid),
        tuple((_written(x - half, unit), _written(x + half, unit)) for x in grid),
        unit,
        (median(moves) or 1.0) / 0.954,  # median of a difference of two Normals with scale 1
    )


def first_model(
    series: Sequence[Series],
    *,
    states: int,
    source: str,
    pool: bool = False,
    stretch: float = 1.0,
) -> str:
    """Write a file of beliefs for streams, commented, to be edited: one node for each stream.

    Parameters
    ----------
    series : sequence of Series
        From `read_series`.
    states : int
        Of each node.
    source : str
        Where the numbers come from, for every ``source``.
    pool : bool
        Whether the same stream of several groups has one ladder of states and one set of rates.
    stretch : float
        As in `ladder`.

    Returns
    -------
    str
        YAML.
    """
    step = series[0].step
    start = min(each.dates[0] for each in series) - dt.timedelta(days=1)
    last = max(each.dates[-1] for each in series) + dt.timedelta(days=step - 1)
    told = quoted(source)
    period = wording(float(step))
    out = [
        text_of_head(source=told, start=start, step=step, horizon=wording(26.0 * step)),
        "nodes:",
    ]
    alike = [[o for o in series if o.name == each.name] if pool else [each] for each in series]
    pairs = [
        (each, group[0], ladder(group, states=states, stretch=stretch))
        for each, group in zip(series, alike, strict=True)
    ]
    for each, first, rungs in pairs:
        like = "" if first is each else node_name(first)
        out.append(text_of_node(node_name(each), each, rungs, source=told, step=step, like=like))
    out.append("indicators:")
    for each, first, rungs in pairs:
        words = {"source": told, "period": period, "node": node_name(each)}
        like = "" if first is each else indicator_name(first)
        out.append(text_of_indicator(each, rungs, **words, like=like))
    out.append("alerts:  # when to speak up; `forecast update` then exits with code 4")
    out += [text_of_alert(node=node_name(each), source=told) for each in series]
    out.append("questions:")
    out += [
        text_of_question(each, rungs, node=node_name(each), last=last, source=told, step=step)
        for each, _, rungs in pairs
    ]
    return "\n".join(out)


def series_reports(series: Sequence[Series], *, source: str) -> str:
    """Write the numbers as a CSV file of reports, one event a number, known when its period ended.

    Parameters
    ----------
    series : sequence of Series
        From `read_series`.
    source : str
        Title of the source of every row.
    """
    made: list[Sequence[object]] = [_REPORT_COLUMNS]
    for each in series:
        name = indicator_name(each)
        for day, value in zip(each.dates, each.values, strict=True):
            known = day + dt.timedelta(days=each.step - 1)
            key = f"{name}-{day}"
            number = f"{value:.15g}"
            row = (key, key, "series", day, known, name, "A", 1, "evidence", number)
            made.append((*row, f"{each.title} of {day}: {number}", source))
    return csv_rows(made)


def indicator_name(each: Series) -> str:
    """Name of the indicator of a stream.

    Examples
    --------
    >>> indicator_name(Series("a_b", "n", (), (), 7))
    'a_b_n'
    """
    return f"{each.group}_{each.name}" if each.group else each.name


def node_name(each: Series) -> str:
    """Name of the node of a stream."""
    return f"{indicator_name(each)}_level"


def _means(values: Sequence[float]) -> list[float]:
    return [fmean(values[i : i + ROUND]) for i in range(max(1, len(values) - ROUND + 1))]


def _read(value: float, unit: float | None) -> float:
    return value if unit is None else math.asinh(value / unit)


def _written(value: float, unit: float | None) -> float:
    return value if unit is None else unit * math.sinh(value)
