"""The words of a first model of streams: YAML with a comment wherever a user will want to edit."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from forecast.beliefs.series_files import Series

__all__ = [
    "Ladder",
    "quoted",
    "text_of_alert",
    "text_of_head",
    "text_of_indicator",
    "text_of_node",
    "text_of_question",
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


def _interval(low: float, high: float) -> str:
    """Write two numbers with as many digits as tell them apart."""
    told = next((d for d in (6, 9, 12, 15) if f"{low:.{d}g}" != f"{high:.{d}g}"), 17)
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
