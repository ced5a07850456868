"""Had it been so: judgements and questions over paths that are walked again.

The baseline is known exactly, and the real paths are a control variate: a mean over paths walked
again is corrected by what the real ones miss of it, as far as the two go together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.analysis.outlook import Outlook, place_all
from forecast.analysis.placing import PlacedPart
from forecast.inference.encoding import Component, Encoding
from forecast.inference.observations import share_of_step
from forecast.network import Avoid, Course, Evidence, Fewer, Parameters, Regime, Replay, replay

__all__ = ["Had", "had_been"]

Floats = npt.NDArray[np.float64]

#: Draws worked on at once: with their paths, as much as fits the processor's cache.
_AT_ONCE = 250


@dataclass(frozen=True, eq=False)
class Had:
    """A counterfactual.

    Attributes
    ----------
    outlook : Outlook
        As it would be.
    error : float
        Largest Monte Carlo standard error of a mean in it.
    paths : int
        Over all draws.
    """

    outlook: Outlook
    error: float
    paths: int


def had_been(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    baseline: Outlook,
    *,
    regimes: Sequence[Sequence[Regime]],
    as_of: dt.date,
    paths: int = 16,
    seed: int = 1,
) -> Had:
    """Work out what would be, had something been different in the past.

    Parameters
    ----------
    encoding, parameters
        The model and draws of its rates, learnt from what was really reported.
    evidence : Evidence
        What was really reported.
    baseline : Outlook
        On the same draws.
    regimes : sequence of sequence of Regime
        For each component; some begin before the as-of date.
    as_of : datetime.date
    paths : int
        For each draw.
    seed : int

    Returns
    -------
    Had
    """
    headline = {name: values.copy() for name, values in baseline.headline.items()}
    answers = {name: values.copy() for name, values in baseline.answers.items()}
    errors = [0.0]
    for number, component in enumerate(encoding.components):
        if not regimes[number]:
            continue
        moved = _moved(
            encoding, parameters, evidence, component, regimes[number],
            as_of=as_of, dates=baseline.dates, sampling=(paths, seed),
        )  # fmt: skip
        for name, moments in moved.items():
            kind, _, key = name.partition(" ")
            into = headline if kind == "node" else answers
            into[key], error = _corrected(moments, into[key], paths)
            errors.append(error)
    for some in (headline, answers):
        for name in some:
            some[name] = np.clip(some[name], 0.0, 1.0)
    outlook = Outlook(baseline.dates, headline, answers, baseline.log_likelihood)
    return Had(outlook, max(errors), paths * parameters.draws)


def _corrected(moments: _Moments, exact: Floats, paths: int) -> tuple[Floats, float]:
    """Correct the means of each draw by the exact baseline; give the error of the overall mean.

    With b the slope of the paths walked again on the real ones, ``again + b (exact - real)``. What
    of its spread over the draws is sampling alone is taken out.
    """
    together = moments.covariance.mean(axis=-1, keepdims=True)
    spread = moments.real_variance.mean(axis=-1, keepdims=True)
    slope = np.divide(together, spread, out=np.zeros_like(together), where=spread > 0.0)
    value = moments.again + slope * (exact - moments.real)
    left = (
        moments.again_variance - 2.0 * slope * moments.covariance
        + slope**2 * moments.real_variance
    )  # fmt: skip
    noise = np.maximum(left, 0.0).mean(axis=-1, keepdims=True) / paths
    apart = value - exact
    middle = apart.mean(axis=-1, keepdims=True)
    wide = apart.var(axis=-1, keepdims=True)
    real = np.maximum(wide - noise, 0.0)
    kept = np.sqrt(np.divide(real, wide, out=np.zeros_like(wide), where=wide > 0.0))
    kept = np.where(noise > 0.0, kept, 1.0)
    shrunk = exact + middle + kept * (apart - middle)
    return np.asarray(shrunk), float(np.sqrt(noise.max() / value.shape[-1]))


def _moved(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    component: Component,
    regimes: Sequence[Regime],
    *,
    as_of: dt.date,
    dates: Sequence[dt.date],
    sampling: tuple[int, int],
) -> dict[str, _Moments]:
    """Give the moments of judgements and answers over the paths of each draw.

    `sampling` is the number of paths, and the seed.
    """
    now, (paths, seed) = evidence.steps, sampling
    number = encoding.components.index(component)
    asked = {
        question: placed.head[0]
        for question, placed in place_all(encoding, evidence, as_of=as_of).items()
        if placed.head[0].component == number
    }
    end = now + len(dates) - 1
    share_of_end = share_of_step(encoding, end, dates[-1], now=now, as_of=as_of)
    last = max([end, *(part.ends for part in asked.values())])
    parts: dict[str, list[_Moments]] = {}
    for begin in range(0, parameters.draws, _AT_ONCE):
        some = parameters.take(slice(begin, begin + _AT_ONCE))
        course = Course(component.tables, some, step=encoding.step, regimes=regimes)
        found = replay(course, evidence, steps=last, paths=paths, seed=seed + begin)
        for place, node in enumerate(component.nodes):
            name = encoding.nodes[node]
            states = encoding.state_numbers(name, encoding.beliefs.nodes[name].headline)
            pair = _inside(found, place, states, slice(now, end + 1))
            for each in pair:
                each[-1] = (1.0 - share_of_end) * each[-2] + share_of_end * each[-1]
            parts.setdefault(f"node {name}", []).append(_Moments.of(*pair))
        for question, part in asked.items():
            pair = _answered(found, part)
            parts.setdefault(f"question {question}", []).append(_Moments.of(*pair))
    return {name: _Moments.joined(each) for name, each in parts.items()}


def _answered(found: Replay, part: PlacedPart) -> tuple[Floats, Floats]:
    """Answer a question on each path, walked again and as it was: from 0 to 1."""
    condition = part.condition
    assert not isinstance(condition, Fewer)
    again, real = _inside(found, condition.node, condition.states, slice(part.opens, part.ends + 1))
    if isinstance(condition, Avoid):
        again, real = (np.maximum.accumulate(each, axis=0) for each in (again, real))
    again, real = ((1.0 - part.share) * each[-2] + part.share * each[-1] for each in (again, real))
    return again, real


def _inside(
    found: Replay, place: int, states: Collection[int], steps: slice
) -> tuple[Floats, Floats]:
    """Whether each path is in some states, walked again and as it was: 1 or 0."""
    again, real = (
        np.isin(each[steps, place], sorted(states)).astype(np.float64)
        for each in (found.counterfactual, found.factual)
    )
    return again, real


@dataclass(frozen=True, eq=False)
class _Moments:
    """Moments over the paths of each draw: (..., D) each."""

    again: Floats
    real: Floats
    again_variance: Floats
    real_variance: Floats
    covariance: Floats

    @classmethod
    def of(cls, again: Floats, real: Floats) -> _Moments:
        """Take the moments over the last axis."""
        means = again.mean(axis=-1), real.mean(axis=-1)
        off = again - means[0][..., None], real - means[1][..., None]
        less = again.shape[-1] - 1
        products = ((off[0], off[0]), (off[1], off[1]), (off[0], off[1]))
        return cls(*means, *((a * b).sum(axis=-1) / less for a, b in products))

    @classmethod
    def joined(cls, parts: Sequence[_Moments]) -> _Moments:
        """Put batches of draws together."""
        names = cls.__dataclass_fields__
        return cls(*(np.concatenate([getattr(p, n) for p in parts], axis=-1) for n in names))
