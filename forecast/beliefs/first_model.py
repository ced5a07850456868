"""A first model of streams: a level over the data's range, or a ladder of states with free hazards.

A level that drifts, seen through noise, weighs new numbers against old ones much like an
exponentially weighted mean, with a weight that is learnt. Rare jumps to any other point let it
follow a break at once. Everything here is stated from the data's range only, wide on purpose: the
same data are the evidence.

The file is YAML, with a comment wherever a user will want to edit.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, quantiles

from forecast.beliefs.literals import wording
from forecast.beliefs.series_files import Series
from forecast.escaping import csv_rows

__all__ = [
    "ROUND",
    "Ladder",
    "Reach",
    "first_model",
    "indicator_name",
    "ladder",
    "node_name",
    "quoted",
    "reach",
    "series_reports",
    "text_of_alert",
    "text_of_head",
    "text_of_indicator",
    "text_of_level",
    "text_of_node",
    "text_of_question",
    "text_of_stream",
    "text_of_sum",
]


@dataclass(frozen=True, slots=True)
class Ladder:
    """Levels of the states of a node, for one stream, lowest first.

    Attributes
    ----------
    levels : tuple of float
        Mean in each state, in the units of the stream.
    edges : tuple of (float, float)
        Central 90 % of the prior of each.
    asinh : float or None
        Unit of the asinh scale, for values with far outliers.
    spread : float
        Typical distance from the level, on that scale (values only).
    counts : bool
        Whether the stream is one of counts.
    """

    levels: tuple[float, ...]
    edges: tuple[tuple[float, float], ...]
    asinh: float | None = None
    spread: float = 1.0
    counts: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the states.

        Examples
        --------
        >>> Ladder((1.0, 2.0), ((0.5, 1.5), (1.5, 2.5))).names
        ('level_1', 'level_2')
        """
        return tuple(f"level_{i}" for i in range(1, len(self.levels) + 1))


@dataclass(frozen=True, slots=True)
class Reach:
    """Range of the level of a stream.

    Attributes
    ----------
    low, high : float
        In the units of the stream.
    upper : float
        From here on a level is called high.
    asinh : float or None
        Unit of the asinh scale, for values with far outliers.
    counts : bool
        Whether the stream is one of counts.
    """

    low: float
    high: float
    upper: float
    asinh: float | None = None
    counts: bool = False

    @property
    def span(self) -> float:
        """Length on the scale of a value."""
        ends = [end if self.asinh is None else math.asinh(end / self.asinh)
                for end in (self.low, self.high)]  # fmt: skip
        return ends[1] - ends[0]


#: Spread of single numbers around the level, in the range of a value; size of a count, at a mean
#: of 1.
_SPREAD, _SIZE = (0.011, 0.31), (0.9, 23.0)
#: Moves to a neighbouring state within four steps, and jumps to any other within a year, together.
#: The highest level is all but fixed: it would only trade against every ratio to it.
_ANCHOR = 1.05
_DRIFT, _JUMP, _YEAR = (0.1, 0.6), (0.05, 0.4), 365.25


def quoted(text: str) -> str:
    """Write a text so that YAML reads it back whatever is in it.

    Examples
    --------
    >>> quoted("a: b")
    '"a: b"'
    """
    kept = text.encode("utf-8", "replace").decode()
    return "".join(
        sign if sign.isprintable() else f"\\U{ord(sign):08x}"
        for sign in json.dumps(kept, ensure_ascii=False)
    )


def _number(value: float, *, digits: int = 6) -> str:
    """Write a number that YAML reads as one.

    Examples
    --------
    >>> _number(0.25), _number(1e-07), _number(-1234.5678)
    ('0.25', '1.0e-07', '-1234.57')
    """
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"
    return text if "." in text else f"{text}.0"


def _interval(low: float, high: float, *, least: int = 6) -> str:
    """Write two numbers with as many digits as tell them apart, or more."""
    digits = (d for d in (3, 6, 9, 12, 15) if d >= least)
    told = next((d for d in digits if f"{low:.{d}g}" != f"{high:.{d}g}"), 17)
    return f"[{_number(low, digits=told)}, {_number(high, digits=told)}]"


def text_of_head(*, source: str, start: dt.date, step: int, horizon: str) -> str:
    """Give the top of the file."""
    return f"""\
# A first model of streams of numbers, written by `forecast init --from-series`. Edit it freely.
#
# Each stream has a node whose ordered states are levels over the range of the data, and beyond it.
# The level drifts between neighbours and sometimes jumps; each number is seen around its level.
#
#   forecast check && forecast run          learn the rates, show where the levels are
#
# All intervals are central 90 %. They come from the range of the numbers that are the evidence too,
# and are therefore wide; replace them by what you knew before you saw the numbers, if you did.

brief:
  title: Streams of numbers
  house: Your institute
  as_of: {start}                # the day before the first number
  window: 12 months
  source: {source}
  rationale: A first model for these numbers, to be edited.

grid:
  step: {step}                          # days; one number a step
  horizon: {horizon}
"""


def text_of_node(
    name: str, each: Series, rungs: Ladder, *, source: str, step: int, like: str = ""
) -> str:
    """Give the node of one stream; its hazards are those of another where that is named."""
    same = (
        f"    moves_like: {like}   # these hazards are learnt from all such nodes\n" if like else ""
    )
    states = rungs.names
    share = 1.0 / len(states)
    shares = ", ".join(f"{state}: {share:.6f}" for state in states[:-1])
    rest = 1.0 - (len(states) - 1) * round(share, 6)
    moves = "\n".join(_hazards(states, step, source))
    high = states[-(len(states) // 3) :]
    return f"""\
  {name}:
    label: {quoted(f"{each.title} level")}
    proposition: {quoted(f"The level of {each.title} lies in the range of this state.")}
    claim: {quoted(f"{each.title} level is high")}
    states: [{", ".join(states)}]
    headline: [{", ".join(high)}]        # whose probability is printed: choose
    initial:
      probabilities: {{{shares}, {states[-1]}: {rest:.6f}}}
      effective_sample_size: {float(len(states))}
      source: {source}
      rationale: Nothing is known of the level before the first number.
{same}    hazards:                     # drift to a neighbour; a jump to any other state is rarer
{moves}
"""


def _hazards(states: tuple[str, ...], step: int, source: str) -> list[str]:
    """Every move: neighbours within four steps, the rest within a year."""
    out = []
    for i, origin in enumerate(states):
        for j, target in enumerate(states):
            near = abs(i - j) == 1
            if i == j:
                continue
            share = 1 if near else len(states)
            low, high = (end / share for end in (_DRIFT if near else _JUMP))
            within = f"{4 * step if near else round(_YEAR)} days"
            why = "The level drifts." if near else "Breaks happen."
            out.append(
                f"      - {{from: {origin}, to: {target}, within: {within}, "
                f"probability: {_interval(low, high)},\n"
                f"         source: {source}, rationale: {why}}}"
            )
    return out


def text_of_level(name: str, each: Series, span: Reach, *, step: int, like: str = "") -> str:
    """Give the node of one stream, whose states are the points of a level that moves."""
    same = f"    moves_like: {like}   # learnt from all such nodes\n" if like else ""
    scale = "log" if span.counts else "plain" if span.asinh is None else "asinh"
    said = [
        "grid: 20",
        "speeds: 2",
        f"range: {_interval(span.low, span.high, least=3)}",
        *([] if scale == "log" else [f"scale: {scale}"]),
        *([] if span.asinh is None else [f"unit: {_number(span.asinh)}"]),
        f"high: {_number(span.upper, digits=3)}",
        *([] if step == 7 else [f"period: {step} days"]),
    ]
    return f"""\
  {name}:
    label: {quoted(f"{each.title} level")}
    proposition: {quoted(f"The level of {each.title} lies in the range of this state.")}
    claim: {quoted(f"{each.title} level is high")}
{same}    level: {{{", ".join(said)}}}
"""


def text_of_stream(
    each: Series, span: Reach, *, node: str, source: str, period: str, like: str = ""
) -> str:
    """Give the indicator of one stream, which follows its level."""
    same = f"    rates_like: {like}   # learnt from all such streams\n" if like else ""
    asinh = "" if span.asinh is None else f"    asinh: {_number(span.asinh)}\n"
    spread = _interval(*(share * span.span for share in _SPREAD), least=3)
    own = (
        f"    per: {period}\n    dispersion: [{_SIZE[0]}, {_SIZE[1]}]           "
        "# size at a mean of 1: small is bursts, 1.0e+9 is Poisson\n"
        if span.counts
        else f"{asinh}    spread: {spread}        # of single numbers around the level\n"
    )
    return f"""\
  {node.removesuffix("_level")}:
    kind: {"count" if span.counts else "value"}
    label: {quoted(each.title)}
    description: {quoted(f"Numbers of {each.title}, one for each {period}.")}
    follows: {node}
{same}{own}    source: {source}
    rationale: From the range of the numbers themselves; see the top of this file.
"""


def text_of_sum(
    each: Series, span: Reach, *, name: str, node: str, last: dt.date, source: str, step: int
) -> str:
    """Give a question about the next four numbers, to be replaced."""
    by, above = last + dt.timedelta(days=4 * step), 4.0 * span.upper
    above = math.floor(above) if span.counts else float(f"{above:.3g}")
    return f"""\
  {name}_next_four:
    text: {quoted(f"Will the next four numbers of {each.title} sum to more than {above:g}?")}
    node: {node}
    states: [level_20]
    mode: sum
    indicator: {name}
    over: {4 * step} days
    above: {_number(float(above))}
    by: {by}
    opens: {last}
    criteria: The four numbers as they are published, added up.
    fallback: Void if the numbers are no longer published.
    source: {source}
"""


def text_of_indicator(
    each: Series, rungs: Ladder, *, node: str, source: str, period: str, like: str = ""
) -> str:
    """Give the indicator of one stream; its rates are those of another where that is named."""
    same = (
        f"    rates_like: {like}   # these rates are learnt from all such streams\n" if like else ""
    )
    head = f"""\
  {node.removesuffix("_level")}:
    kind: {"count" if rungs.counts else "value"}
    label: {quoted(each.title)}
    description: {quoted(f"Numbers of {each.title}, one for each {period}.")}
{same}"""
    tail = f"""\
    source: {source}
    rationale: From the range of the numbers themselves; see the top of this file.
"""
    return head + (_count(rungs, node, period) if rungs.counts else _value(rungs, node)) + tail


def _count(rungs: Ladder, node: str, period: str) -> str:
    top = rungs.levels[-1]
    low, high = top / _ANCHOR, top * _ANCHOR
    lines = "\n".join(
        f"          {name}: {_interval(max(top / most, 1.0001), top / least)}   "
        f"# about {level:.3g} a period"
        for name, level, (least, most) in zip(
            rungs.names[:-1], rungs.levels, rungs.edges, strict=False
        )
    )
    return f"""\
    per: {period}
    mean: {_interval(low, high)}         # a period, in the highest state
    dispersion: [1.0, 20.0]           # size: small is bursts, 1.0e+9 is Poisson
    points_at:
      - node: {node}
        state: {rungs.names[-1]}
        rarer:
{lines}
"""


def _value(rungs: Ladder, node: str) -> str:
    lines = "\n".join(
        f"        {name}: {_interval(*edge)}"
        for name, edge in zip(rungs.names, rungs.edges, strict=True)
    )
    asinh = ""
    if rungs.asinh is not None:
        asinh = (
            f"    asinh: {_number(rungs.asinh)}      "
            "# about linear within this distance of 0, logarithmic beyond\n"
        )
    spread = _interval(rungs.spread / 2.5, rungs.spread * 1.6)
    return f"""\
{asinh}    spread: {spread}        # of single numbers around the level
    degrees_of_freedom: 5.0           # small: outliers are common
    levels:
      node: {node}
      states:
{lines}
"""


def text_of_alert(*, node: str, source: str) -> str:
    """Give an alert on the level, to be replaced."""
    return f"""\
  {node}_is_high:
    node: {node}                      # the probability of its headline states now
    above: 0.5                        # or below: choose it by what you would do
    certainty: 0.8                    # share of the draws that must be beyond it
    change: 0.05                      # least change since it was last told
    hysteresis: 0.03                  # how far behind the threshold it is cleared
    source: {source}
    rationale: Our judgement, that a high level is news once it is likelier than not.
"""


def text_of_question(
    each: Series, rungs: Ladder, *, node: str, last: dt.date, source: str, step: int
) -> str:
    """Give a question about the level, to be replaced."""
    by = last + dt.timedelta(days=13 * step)
    return f"""\
  {node}_highest:
    text: {quoted(f"Will {each.title} level reach its highest state by {by}?")}
    node: {node}
    states: [{rungs.names[-1]}]
    mode: reaches
    by: {by}
    opens: {last}
    criteria: Replace it by a question about the numbers that somebody can resolve.
    fallback: Void if the numbers are no longer published.
    source: {source}
"""


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
    unit, (low, high) = _span(values, stretch)
    ends = [_read(end, unit) for end in (low, high)]
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


def reach(series: Sequence[Series], *, stretch: float = 1.0) -> Reach:
    """Lay a level over the range of a stream, with room beyond it.

    Counts: from a sixteenth of the overall mean to three times the largest mean over four steps.
    Values: as those of `ladder`. High is what one in five means over four steps is above.

    Parameters
    ----------
    series, stretch
        As in `ladder`.
    """
    values = [value for each in series for value in each.values]
    means = [mean for each in series for mean in _means(each.values)]
    upper = quantiles(means, n=5)[-1] if len(means) > 1 else means[0]
    if all(each.counts for each in series):
        mean = max(fmean(values), 1.0 / len(values))
        top = 3.0 * max(4.0 * mean, *means)
        return Reach(mean / 16.0, top, max(upper, mean), counts=True)
    unit, (low, high) = _span(values, stretch)
    return Reach(low, high, upper, asinh=unit)


def _span(values: Sequence[float], stretch: float) -> tuple[float | None, tuple[float, float]]:
    """Give the unit of the asinh scale, if there are far outliers, and the range with room."""
    middle = median(values)
    width = 1.4826 * median([abs(value - middle) for value in values]) or _SMOOTH
    far = max(abs(value - middle) for value in values) > 8 * width
    fiftieths = quantiles(values, n=50)
    low, high = fiftieths[0], fiftieths[-1]
    if low == high:  # a number that never changed: room around it
        low, high = middle - 1.0, middle + 1.0
    ends = middle + 2 * (low - middle), middle + 2 * (high - middle)
    return 2 * width * stretch if far else None, ends


def first_model(
    series: Sequence[Series],
    *,
    states: int | None = None,
    source: str,
    pool: bool = False,
    stretch: float = 1.0,
) -> str:
    """Write a file of beliefs for streams, commented, to be edited: one node for each stream.

    Parameters
    ----------
    series : sequence of Series
        From `read_series`.
    states : int, optional
        Of each node, with a hazard for each move; by default a level that moves.
    source : str
        Where the numbers come from, for every ``source``.
    pool : bool
        Whether the same stream of several groups has one range and one set of rates.
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
    if states is None:
        reaches = [(each, group[0], reach(group, stretch=stretch))
                   for each, group in zip(series, alike, strict=True)]  # fmt: skip
        return "\n".join([*out, *_levels(reaches, source=told, step=step, last=last)])
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


def _levels(
    reaches: Sequence[tuple[Series, Series, Reach]], *, source: str, step: int, last: dt.date
) -> list[str]:
    """Give nodes with levels, streams that follow them, alerts, and a question about each."""
    out = []
    for each, first, span in reaches:
        like = "" if first is each else node_name(first)
        out.append(text_of_level(node_name(each), each, span, step=step, like=like))
    out.append("indicators:")
    for each, first, span in reaches:
        like = "" if first is each else indicator_name(first)
        words = {"source": source, "period": wording(float(step)), "node": node_name(each)}
        out.append(text_of_stream(each, span, **words, like=like))
    out.append("alerts:  # when to speak up; `forecast update` then exits with code 4")
    out += [text_of_alert(node=node_name(each), source=source) for each, *_ in reaches]
    out.append("questions:")
    return [*out, *(
        text_of_sum(each, span, name=indicator_name(each), node=node_name(each), last=last,
                    source=source, step=step)
        for each, _, span in reaches
    )]  # fmt: skip


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
