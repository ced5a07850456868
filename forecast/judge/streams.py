"""Streams forecast step by step against cheap baselines, on the numbers of the record itself.

At every origin the next numbers of each stream are forecast from those before it: will their sum be
above a threshold that the numbers before the first origin set? Rates are learnt anew every so many
steps by the quick posterior, from the numbers to then; the range of a level is laid over the
numbers before the first origin, whatever the file says, for it may have seen them all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from forecast.beliefs import Beliefs
from forecast.beliefs.first_model import reach
from forecast.beliefs.indicators import CountIndicator, ValueIndicator
from forecast.beliefs.series_files import Series
from forecast.errors import EvidenceError
from forecast.judge.record import steps_of
from forecast.judge.score_values import Nats, Number, Questions
from forecast.project.project import Project, Record, as_of_day
from forecast.project.sampler import Reporter, Silent
from forecast.result import Fraction, Result, unit
from forecast.scoring.persistence import base_rates, ewma, ewma_counts, ewma_regression
from forecast.scoring.rules import brier, logarithmic
from forecast.scoring.scorecard import MeanDifference, block_bootstrap

if TYPE_CHECKING:
    from forecast.inference.encoding import Encoding
    from forecast.inference.laplace import Laplace
    from forecast.network import Evidence, Parameters, Propagator

__all__ = ["BLOCK", "StreamsTest", "backtest_streams", "rolling"]

Floats = npt.NDArray[np.float64]

#: Steps of one block of the bootstrap.
BLOCK = 13
#: Steps between two learnings of the rates, draws of them, and courses of a value for each.
_EVERY, _DRAWS, _COURSES = 26, 40, 100
_FEWEST = 52
#: Steps summed over where nothing else is asked.
_STEPS = {1, 4, 13}
#: Quantile of the sums before the first origin that a sum is asked to be above.
_UPPER = 0.8

BASE, REGRESSION, COUNTS = "base rate", "EWMA regression", "EWMA negative binomial"


class StreamRow(Result):
    """One forecaster of one target."""

    name: str = Field(
        description="`engine`, `base rate`, `EWMA regression` or `EWMA negative binomial`"
    )
    logarithmic: Nats = Field(description="mean log score; lower is better")
    brier: Number
    difference: Number | None = Field(
        description="log score of the engine less this one's; null for the engine"
    )
    low: Number | None = Field(description="5 %, from blocks of 13 steps")
    high: Number | None = Field(description="95 %")


class StreamTarget(Result):
    """Sums of one stream over some steps, at every origin."""

    stream: str
    label: str
    steps: Annotated[int, unit("steps")] = Field(description="summed over")
    above: Number = Field(description="the sum is asked to be above it")
    origins: Questions
    yes: Fraction = Field(description="came out yes")
    rows: tuple[StreamRow, ...]


class StreamsTest(Result):
    """The engine against cheap baselines, on every stream and on all together."""

    begins: dt.date = Field(description="last day of the first origin")
    as_of: dt.date = Field(description="end of the record")
    every: Annotated[int, unit("steps")] = Field(description="between two learnings of the rates")
    targets: tuple[StreamTarget, ...]
    together: tuple[StreamTarget, ...] = Field(
        description="all streams of a horizon; `above` is 0, for each has its own threshold"
    )
    left_out: tuple[str, ...] = Field(
        description="streams with too few numbers, or none to forecast"
    )


@dataclass(frozen=True, eq=False)
class _Said:
    """What everybody said of one target, an origin each."""

    stream: str
    label: str
    steps: int
    above: float
    came: npt.NDArray[np.bool_]
    said: dict[str, Floats]
    at: npt.NDArray[np.int64]


def rolling(
    encoding: Encoding,
    evidence: Evidence,
    *,
    first: int,
    last: int,
    every: int = _EVERY,
    draws: int = _DRAWS,
    keep: float = 1.0,
) -> Sequence[tuple[range, Parameters]]:
    """Learn the rates anew every so many steps, each time from the steps to then alone.

    Parameters
    ----------
    encoding, evidence
        The model, and all that was reported.
    first, last : int
        Steps known at the first origin, and at the last.
    every, draws : int
    keep : float
        Weight of a step against the one after it in learning.

    Returns
    -------
    list of (range, Parameters)
        Origins that share rates, and draws of these.
    """
    from forecast.inference.laplace import approximate

    learnt: Laplace | None = None
    out = []
    for begin in range(first, last + 1, every):
        known = evidence.between(0, begin)
        learnt = approximate(
            encoding, known if keep == 1.0 else known.discounted(keep), start=learnt
        )
        origins = range(begin, min(begin + every, last + 1))
        out.append((origins, learnt.draw(draws, seed=begin)))
    return out


def backtest_streams(
    project: Project,
    *,
    begins: dt.date | None = None,
    as_of: dt.date | None = None,
    horizons: Sequence[float] = (),
    every: int = _EVERY,
    reporter: Reporter | None = None,
) -> StreamsTest:
    """Forecast the streams of a project step by step, and score that against cheap baselines.

    Parameters
    ----------
    project : Project
    begins : datetime.date, optional
        The first origin; by default the middle of the record.
    as_of : datetime.date, optional
        Later numbers are not seen; by default the end of the record.
    horizons : sequence of float
        Days summed over; by default 1, 4 and 13 steps.
    every : int
        Steps between two learnings of the rates.
    reporter : Reporter, optional

    Raises
    ------
    EvidenceError
        If there is no stream, or too few steps.
    """
    from forecast.inference.encoding import encode
    from forecast.inference.observations import date_of_step, steps_until
    from forecast.inference.quick import fleet

    told = reporter or Silent()
    told.stage("reading the brief and its reports")
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
    day = as_of_day(beliefs, record, as_of)
    whole = encode(beliefs)
    evidence = record.evidence(whole, as_of=day)
    first = evidence.steps // 2 if begins is None else steps_until(whole, begins)
    if min(first, evidence.steps - first) < _FEWEST:
        raise EvidenceError(
            f"{first} steps before the first origin and {evidence.steps - first} after it; "
            f"at least {_FEWEST} of each are needed to tell forecasters apart"
        )
    lengths = sorted({steps_of(days, whole.step) for days in horizons} or _STEPS)
    found, left = [], []
    parts = fleet(beliefs)
    told.stage("forecasting stream by stream")
    for number, part in enumerate(parts):
        told.progress(number, len(parts))
        part_found, part_left = _of_part(part, whole, evidence, first, lengths, every)
        found += part_found
        left += part_left
    if not found:
        raise EvidenceError(
            "no stream of counts or values has numbers at every step; see docs/streams.md"
        )
    return StreamsTest(
        begins=date_of_step(whole, first),
        as_of=day,
        every=every,
        targets=[_target(one) for one in found],
        together=[_target(_joined(found, steps)) for steps in lengths
                  if len({one.stream for one in found}) > 1],
        left_out=left,
    )  # fmt: skip


def _of_part(
    part: Beliefs,
    whole: Encoding,
    evidence: Evidence,
    first: int,
    horizons: Sequence[int],
    every: int,
) -> tuple[list[_Said], list[str]]:
    """Forecast the streams of one part: their model has nothing to do with that of any other."""
    from forecast.inference.encoding import encode
    from forecast.inference.quick import seen_by

    numbers = {
        name: _numbers(whole, evidence, name)
        for name, indicator in part.indicators.items()
        if isinstance(indicator, CountIndicator | ValueIndicator)
    }
    full = {name: each for name, each in numbers.items() if not np.isnan(each).any()}
    left = [name for name in part.indicators if name not in full]
    if left or not full:
        return [], left
    encoding = encode(_laid(part, full, first))
    seen = seen_by(encoding, whole, evidence)
    last = evidence.steps - min(horizons)
    blocks = rolling(encoding, seen, first=first, last=last, every=every, keep=encoding.keep)
    out = []
    for name, values in full.items():
        edges = {n: _edge(part, name, values[:first], n) for n in horizons}
        engine = _engine(encoding, seen, name, blocks, edges)
        for steps, (edge, said) in engine.items():
            target = steps, edge, said
            out.append(_said(encoding, name, values, target, first=first, every=every))
    return out, []


def _edge(part: Beliefs, name: str, known: Floats, steps: int) -> float:
    """Give the number that one in five sums before the first origin were above."""
    edge = float(np.quantile(np.convolve(known, np.ones(steps), "valid"), _UPPER))
    return float(np.floor(edge)) if isinstance(part.indicators[name], CountIndicator) else edge


def _numbers(encoding: Encoding, evidence: Evidence, name: str) -> Floats:
    """Give the number of a stream in each step, in its own units; NaN where there is none."""
    indicator = encoding.beliefs.indicators[name]
    out = np.full(evidence.steps, np.nan)
    own = evidence.cell_indicator == encoding.indicators.index(name)
    read = indicator.written if isinstance(indicator, ValueIndicator) else float
    out[evidence.cell_step[own]] = [read(float(value)) for value in evidence.cell_value[own]]
    return out


def _laid(part: Beliefs, numbers: dict[str, Floats], first: int) -> Beliefs:
    """Lay the levels of a part over the numbers before the first origin."""
    nodes = dict(part.nodes)
    for name, node in part.nodes.items():
        like = node.moves_like or name
        alike = {n for n, other in part.nodes.items() if (other.moves_like or n) == like}
        known = [
            Series("", k, (), tuple(numbers[k][:first].tolist()), part.grid.step)
            for k, indicator in part.indicators.items()
            if indicator.nodes[0] in alike
        ]
        if node.level is not None and known:
            span = reach(known)
            level = node.level.model_copy(update={"range": (span.low, span.high), "high": None})
            nodes[name] = node.model_copy(update={"level": level})
    return part.model_copy(update={"nodes": nodes})


def _said(
    encoding: Encoding,
    name: str,
    values: Floats,
    target: tuple[int, float, Floats],
    *,
    first: int,
    every: int,
) -> _Said:
    """Let everybody say how probable it is that the next numbers sum to more than a threshold.

    A target is the number of steps, the threshold, and what the engine said at each origin.
    """
    steps, edge, engine = target
    indicator = encoding.beliefs.indicators[name]
    sums = np.convolve(values, np.ones(steps), "valid")[1:]  # those after each origin
    came, begin = sums > edge, first - 1  # the origin after `first` steps is step first - 1
    counts, feature = isinstance(indicator, CountIndicator), ewma(values)
    shown = np.log1p(feature) if counts else np.arcsinh(feature / _usual(values[:first]))
    span = {"first": begin, "lead": steps}
    said = {
        "engine": engine[: len(sums) - begin],
        BASE: base_rates(came, **span),
        REGRESSION: ewma_regression([shown[: len(sums), None]], [came], **span)[0],
    }
    if counts:
        (table,) = ewma_counts(
            [feature[: len(sums)]], [sums], **span, size=int(edge) + 1, every=every
        )
        said[COUNTS] = 1.0 - table.sum(axis=1)
    at = np.arange(len(sums) - begin)
    return _Said(name, indicator.label, steps, edge, came[begin:], said, at)


def _usual(known: Floats) -> float:
    """Twice the usual distance from the median."""
    return 2.0 * 1.4826 * float(np.median(np.abs(known - np.median(known)))) or 1.0


def _engine(
    encoding: Encoding,
    seen: Evidence,
    name: str,
    blocks: Sequence[tuple[range, Parameters]],
    edges: dict[int, float],
) -> dict[int, tuple[float, Floats]]:
    """Give each edge, and the probability at each origin of a sum above it, over all draws."""
    from forecast.network import Propagator, filtered

    number = encoding.indicators.index(name)
    component = next(c for c in encoding.components if c.tables.slot[number] >= 0)
    out: dict[int, list[float]] = {steps: [] for steps in edges}
    for origins, rates in blocks:
        propagator = Propagator(component.tables, rates, step=encoding.step)
        states = filtered(propagator, seen.between(0, origins[-1])).probability
        for steps, edge in edges.items():
            above = _above(encoding, propagator, name, steps, edge)
            out[steps] += [float(above(states[known - 1], known).mean()) for known in origins]
    return {n: (edges[n], np.clip(np.array(said), 0.0, 1.0)) for n, said in out.items()}


def _above(
    encoding: Encoding, propagator: Propagator, name: str, steps: int, edge: float
) -> Callable[[Floats, int], Floats]:
    """Give the probability of a sum above an edge as a function of the states now, draw by draw."""
    from forecast.network.filtering import sum_below, sums_from

    number, indicator = encoding.indicators.index(name), encoding.beliefs.indicators[name]
    if isinstance(indicator, ValueIndicator):
        unit = indicator.asinh

        def above(now: Floats, seed: int) -> Floats:
            how = {"steps": steps, "courses": _COURSES, "seed": seed}
            return 1.0 - sum_below(propagator, now, number, **how, edge=edge, unit=unit)

        return above
    below = sums_from(propagator, number, steps=steps, most=int(edge)).sum(axis=0)
    return lambda now, _: 1.0 - (now * below).sum(axis=0)


def _joined(found: Sequence[_Said], steps: int) -> _Said:
    """Put all streams of a horizon together; blocks of time hold all of them."""
    own = [one for one in found if one.steps == steps]
    names = [name for name in own[0].said if all(name in one.said for one in own)]
    said = {name: np.concatenate([one.said[name] for one in own]) for name in names}
    came, at = (np.concatenate([getattr(one, key) for one in own]) for key in ("came", "at"))
    return _Said("*", f"{len(own)} streams", steps, 0.0, came, said, at)


def _target(one: _Said) -> StreamTarget:
    came = one.came.astype(np.int64)
    ours = logarithmic(one.said["engine"], came)
    rows = []
    for name, said in one.said.items():
        theirs = logarithmic(said, came)
        gap: MeanDifference | None = None
        if name != "engine":
            gap = block_bootstrap(ours - theirs, one.at, block=BLOCK)
        rows.append(
            StreamRow(
                name=name,
                logarithmic=float(theirs.mean()),
                brier=float(brier(said, came).mean()),
                difference=None if gap is None else gap.mean,
                low=None if gap is None else gap.low,
                high=None if gap is None else gap.high,
            )
        )
    return StreamTarget(
        stream=one.stream, label=one.label, steps=one.steps, above=one.above,
        origins=len(came), yes=float(came.mean()), rows=rows,
    )  # fmt: skip
