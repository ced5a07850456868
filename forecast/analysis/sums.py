"""Sums of streams: how much a count or a value adds up to over some weeks.

The weeks that are over add what was reported of them; a week that nobody reported adds nothing. For
those to come the network gives the whole distribution: exactly for counts, by drawing courses for
values.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.beliefs.indicators import ValueIndicator
from forecast.beliefs.question_language import Sum
from forecast.inference.encoding import Component, Encoding
from forecast.inference.observations import date_of_step, steps_until
from forecast.network import Evidence, Parameters, Propagator, batches, forecast, passes
from forecast.network.predictive import count_means, simulate_values, sum_distribution

__all__ = ["LEVELS", "SumForecast", "SumWindow", "place_sum", "sum_forecast"]

Floats = npt.NDArray[np.float64]

#: Levels at which the distribution of a sum is kept: 199 points of equal weight.
LEVELS: tuple[float, ...] = tuple((n + 0.5) / 199 for n in range(199))

_COURSES = 8
_SMALLEST, _LARGEST = 64, 1 << 16
_TAIL = 1e-7
#: Work for one distribution, in states times draws times points; more draws than fit are thinned.
_WORK = 5e7


@dataclass(frozen=True, eq=False)
class SumForecast:
    """What a stream is forecast to sum to.

    Attributes
    ----------
    probability : (D,) array
        Of a sum above the threshold, draw by draw.
    weights : (D,) array
        Of these draws; they sum to one. A large network is answered with fewer draws.
    mean : float
    quantiles : tuple of float
        Of the sum, at `LEVELS`.
    known : float
        What the weeks that are over add.
    """

    probability: Floats
    weights: Floats
    mean: float
    quantiles: tuple[float, ...]
    known: float


@dataclass(frozen=True, eq=False)
class SumWindow:
    """A sum on the grid: its known part, and the steps to come.

    `gap` steps lie before those to come; `begun` says that the first of them is the present one.
    """

    encoding: Encoding
    component: Component
    evidence: Evidence
    asked: Sum
    number: int
    known: float
    gap: int
    steps: int
    begun: bool

    def now(self, parameters: Parameters) -> tuple[Propagator, Floats]:
        """Give the states at the end of the step before those to come, (S, D)."""
        whole = Propagator(self.component.tables, parameters, step=self.encoding.step)
        last = passes(whole, self.evidence).probability[-1]
        return whole, forecast(whole, last, steps=self.gap)[-1] if self.gap else last


def place_sum(encoding: Encoding, evidence: Evidence, asked: Sum, *, as_of: dt.date) -> SumWindow:
    """Put a sum on the grid; a step that is over and has no number adds nothing."""
    number = encoding.indicators.index(asked.indicator)
    indicator = encoding.beliefs.indicators[asked.indicator]
    last = steps_until(encoding, asked.by)
    first = last - asked.over // encoding.step + 1
    known, told = 0.0, set()
    cells = zip(evidence.cell_step, evidence.cell_indicator, evidence.cell_value, strict=True)
    for step, which, value in cells:
        if which == number and first <= step + 1 <= last:
            plain = float(value)
            known += indicator.written(plain) if isinstance(indicator, ValueIndicator) else plain
            told.add(int(step) + 1)
    now = evidence.steps
    unfinished = now > 0 and date_of_step(encoding, now) > as_of and now not in told
    ahead = [s for s in range(first, last + 1) if s > now or (s == now and unfinished)]
    return SumWindow(
        encoding=encoding,
        component=next(c for c in encoding.components if c.tables.slot[number] >= 0),
        evidence=evidence,
        asked=asked,
        number=number,
        known=known,
        gap=max(0, first - now - 1),
        steps=len(ahead),
        begun=bool(ahead) and ahead[0] == now,
    )


def sum_forecast(
    window: SumWindow, parameters: Parameters, *, weights: Floats | None = None, seed: int = 1
) -> SumForecast:
    """Forecast the sum of a stream over the steps that end on a date.

    Parameters
    ----------
    window : SumWindow
        The sum on the grid.
    parameters : Parameters
        Draws of the rates.
    weights : (D,), optional
        Of the draws; by default all weigh the same.
    seed : int
        Of the courses of a value.
    """
    draws, above = parameters.draws, window.asked.above
    even = np.full(draws, 1.0 / draws) if weights is None else weights
    if not window.steps:
        certain = np.full(draws, float(window.known > above))
        everywhere = (window.known,) * len(LEVELS)
        return SumForecast(certain, even, window.known, everywhere, window.known)
    indicator = window.encoding.beliefs.indicators[window.asked.indicator]
    if isinstance(indicator, ValueIndicator):
        return _of_values(window, parameters, even, above, indicator=indicator, seed=seed)
    return _of_counts(window, parameters, even, above)


def _of_counts(
    window: SumWindow, parameters: Parameters, weights: Floats, above: float
) -> SumForecast:  # fmt: skip
    """Widen the distribution until nothing of it is folded back.

    It starts at twice the largest mean of any state, so that no state lies beyond it as a whole.
    """
    tables = window.component.tables
    means = count_means(tables, parameters, window.number, step=window.encoding.step)
    size = _SMALLEST
    while size <= max(above - window.known, 2.0 * window.steps * means.max()) and size < _LARGEST:
        size *= 2
    while True:
        work = float(np.prod(tables.sizes)) * size * window.steps
        stride = max(1, int(np.ceil(parameters.draws * work / _WORK)))
        used = parameters.take(slice(0, None, stride))
        # one draw stands for a few, with the weight of all of them
        even = np.add.reduceat(weights, np.arange(0, parameters.draws, stride))
        chance = np.concatenate(
            [_sums(window, used.take(batch), size) for batch in batches(used.draws)], axis=1
        )
        mixed = chance @ even
        if mixed[size // 2 :].sum() < _TAIL or size >= _LARGEST:
            break
        size *= 2
    sums = window.known + np.arange(size, dtype=np.float64)
    probability = np.clip(chance[sums > above].sum(axis=0), 0.0, 1.0)
    mean = float(sums @ mixed / mixed.sum())
    quantiles = _quantiles(sums, mixed / mixed.sum())
    return SumForecast(probability, even, mean, quantiles, window.known)


def _sums(window: SumWindow, parameters: Parameters, size: int) -> Floats:
    whole, now = window.now(parameters)
    return sum_distribution(
        whole, now, window.number, steps=window.steps, size=size, begun=window.begun
    )


def _of_values(
    window: SumWindow,
    parameters: Parameters,
    weights: Floats,
    above: float,
    *,
    indicator: ValueIndicator,
    seed: int,
) -> SumForecast:
    parts = []
    for place, batch in enumerate(batches(parameters.draws)):
        whole, now = window.now(parameters.take(batch))
        span = {"steps": window.steps, "courses": _COURSES, "seed": seed + place}
        drawn = simulate_values(whole, now, window.number, **span, begun=window.begun)
        unit = indicator.asinh
        parts.append((drawn if unit is None else unit * np.sinh(drawn)).sum(axis=0))
    sums = window.known + np.concatenate(parts, axis=1)
    probability = (sums > above).mean(axis=0)
    flat, share = sums.ravel(), np.broadcast_to(weights / _COURSES, sums.shape).ravel()
    order = np.argsort(flat)
    quantiles = _quantiles(flat[order], share[order])
    return SumForecast(probability, weights, float(flat @ share), quantiles, window.known)


def _quantiles(sums: Floats, chance: Floats) -> tuple[float, ...]:
    """Give the quantiles of a distribution over rising sums at `LEVELS`."""
    reached = np.searchsorted(chance.cumsum(), LEVELS)
    return tuple(float(sums[min(n, len(sums) - 1)]) for n in reached)
