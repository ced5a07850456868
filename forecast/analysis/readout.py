"""Reading out: posterior draws become probabilities, bands and answers to questions.

The *probability* of a judgement is the mean over draws; the *band* is the spread over draws: how
far the probability would move if the rates were known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from forecast.beliefs import Question
from forecast.inference.encoding import Component, Encoding
from forecast.inference.observations import date_of_step, steps_until
from forecast.inference.tracking import Track, track
from forecast.network import (
    Evidence,
    Parameters,
    Propagator,
    each_batch,
    first_passage,
    occupancy,
    passes,
)

__all__ = ["Answer", "Band", "Curve", "Reading", "answer", "answers", "read_out"]

Floats = npt.NDArray[np.float64]

_QUANTILES = (0.25, 0.75, 0.10, 0.90)


@dataclass(frozen=True)
class Band:
    """A probability with its 50 % and 80 % bands."""

    probability: float
    lo50: float
    hi50: float
    lo80: float
    hi80: float


@dataclass(frozen=True, eq=False)
class Curve:
    """A probability with its bands over the dates of a reading, (n_dates,) each."""

    probability: Floats
    lo50: Floats
    hi50: Floats
    lo80: Floats
    hi80: Floats

    @classmethod
    def of(cls, draws: Floats, weights: Floats | None = None) -> Curve:
        """Summarise draws (n_dates, D), with weights (D,) that sum to one if they differ."""
        if weights is None:
            return cls(draws.mean(axis=-1), *np.quantile(draws, _QUANTILES, axis=-1))
        order = np.argsort(draws, axis=-1)
        below = np.cumsum(weights[order], axis=-1)
        rows = np.arange(len(draws))
        at = [np.minimum((below < q).sum(axis=-1), draws.shape[-1] - 1) for q in _QUANTILES]
        return cls(draws @ weights, *(draws[rows, order[rows, place]] for place in at))

    def at(self, index: int) -> Band:
        """Return the band at one date."""
        return Band(*(float(getattr(self, name)[index]) for name in Band.__dataclass_fields__))


@dataclass(frozen=True, eq=False)
class Answer:
    """The answer to one question.

    Attributes
    ----------
    name : str
        The question.
    band : Band
        Probability of yes.
    dates, curve : list of date, Curve
        Probability of yes had the deadline been each of these dates.
    past : bool
        Whether the deadline has passed.
    """

    name: str
    band: Band
    dates: list[dt.date]
    curve: Curve
    past: bool


@dataclass(frozen=True, eq=False)
class Reading:
    """Everything a run says.

    Attributes
    ----------
    dates : list of date
        From the brief's date over the history to the horizon.
    now : int
        Index of the as-of date among `dates`.
    headline : dict of str to Curve
        Probability of each node's headline states.
    no_news : dict of str to (n_dates,) array
        The same had no reports come and had nobody looked.
    states : dict of str to (n_dates,) array
        Probability of every ``node.state``.
    answers : list of Answer
    """

    dates: list[dt.date]
    now: int
    headline: Mapping[str, Curve]
    no_news: Mapping[str, Floats]
    states: Mapping[str, Floats]
    answers: Sequence[Answer]


def read_out(
    encoding: Encoding,
    parameters: Parameters,
    known: Sequence[Evidence],
    *,
    as_of: dt.date,
    horizon: int,
    seed: int,
    weights: Floats | None = None,
) -> Reading:
    """Read every judgement and every question out of posterior draws.

    Parameters
    ----------
    encoding : Encoding
        The model.
    parameters : Parameters
        Posterior draws.
    known : sequence of Evidence
        What was known at the end of each step, from `knowledge`.
    as_of : datetime.date
        The date of the last item.
    horizon : int
        Steps ahead.
    seed : int
        Of the draws from the priors behind the no-news curve.
    weights : (D,), optional
        Weights of the draws, summing to one; by default all weigh the same.

    Returns
    -------
    Reading
    """
    found = track(encoding, parameters, known, horizon=horizon)
    steps = len(known)
    prior = encoding.priors.draw(parameters.draws, seed=seed)
    blank = track(encoding, prior, [], horizon=steps + horizon)
    dates = [date_of_step(encoding, step) for step in range(steps + horizon + 1)]
    if steps:
        dates[steps] = as_of  # the last step with evidence stands for the as-of date
    whole = known[-1] if steps else Evidence.empty(steps=0, indicators=len(encoding.indicators))
    return Reading(
        dates=dates,
        now=steps,
        headline={
            node: Curve.of(_headline(encoding, found, node), weights) for node in encoding.nodes
        },
        no_news={node: _headline(encoding, blank, node).mean(axis=-1) for node in encoding.nodes},
        states=dict(
            zip(
                encoding.priors.node_states,
                (found.probability @ _weights(weights, parameters)).T,
                strict=True,
            )
        ),
        answers=answers(
            encoding,
            parameters,
            whole,
            encoding.beliefs.questions,
            as_of=as_of,
            weights=weights,
        ),
    )


def _weights(weights: Floats | None, parameters: Parameters) -> Floats:
    draws = parameters.draws
    return np.full(draws, 1.0 / draws) if weights is None else weights


def _columns(encoding: Encoding, node: str, states: Sequence[str]) -> list[int]:
    return [encoding.priors.node_states.index(f"{node}.{state}") for state in states]


def _headline(encoding: Encoding, found: Track, node: str) -> Floats:
    """Probability of a node's headline states: (n_dates, D)."""
    columns = _columns(encoding, node, encoding.beliefs.nodes[node].headline)
    return np.asarray(np.clip(found.probability[:, columns].sum(axis=1), 0.0, 1.0))


def answer(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    name: str,
    question: Question,
    *,
    as_of: dt.date,
) -> Answer:
    """Answer one question; see `answers`."""
    return answers(encoding, parameters, evidence, {name: question}, as_of=as_of)[0]


@dataclass(frozen=True)
class _Asked:
    """What has to be computed for a question; those that differ only in `ends` share it."""

    mode: str
    node: str
    states: tuple[str, ...]
    opens: int
    ends: int

    @property
    def shared(self) -> _Asked:
        return replace(self, ends=0)


def answers(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    questions: Mapping[str, Question],
    *,
    as_of: dt.date,
    weights: Floats | None = None,
) -> list[Answer]:
    """Answer questions exactly from the network, draw by draw.

    ``reaches`` is a first passage since the opening of the question; ``is`` is the probability of
    the states on the date. Both use all the evidence, also that which came after the date, so that
    a later deadline is never less probable. Between grid dates the curve is interpolated.

    Parameters
    ----------
    encoding, parameters
        The model and draws of its rates.
    evidence : Evidence
        All that is known.
    questions : mapping
        The questions by name.
    as_of : datetime.date
        Date of the evidence.
    weights : (D,), optional
        Weights of the draws, summing to one; by default all weigh the same.

    Returns
    -------
    list of Answer
        In the order of the questions.
    """
    step = encoding.step
    asked: dict[str, _Asked] = {}
    for name, question in questions.items():
        opens = max(0, (question.opens - encoding.beliefs.brief.as_of).days // step)
        last = max(opens + 1, _step_at(encoding, evidence, question.by, as_of=as_of))
        asked[name] = _Asked(question.mode, question.node, question.states, opens, last)
    ends: dict[_Asked, int] = {}
    for want in asked.values():
        ends[want.shared] = max(ends.get(want.shared, 0), want.ends)
    found: dict[_Asked, Floats] = {}
    for component in encoding.components:
        mine = {w: e for w, e in ends.items() if encoding.place(w.node)[0] is component}
        if mine:
            work = partial(_curves, encoding, component, parameters, evidence, mine)
            parts = each_batch(parameters.draws, work)
            found |= {w: np.concatenate([part[w] for part in parts], axis=1) for w in mine}
    out = []
    for name, want in asked.items():
        span = range(want.opens, want.ends + 1)
        dates = [_date_at(encoding, evidence, step, as_of=as_of) for step in span]
        draws = np.clip(found[want.shared][: len(span)], 0.0, 1.0)
        by = questions[name].by
        curve = Curve.of(_cut(draws, dates, by), weights)
        out.append(Answer(name, curve.at(-1), [*dates[:-1], by], curve, past=by <= as_of))
    return out


def _cut(draws: Floats, dates: Sequence[dt.date], by: dt.date) -> Floats:
    """Interpolate the last point of curves (n_dates, D) to the day of the deadline."""
    share = (by - dates[-2]).days / max(1, (dates[-1] - dates[-2]).days)
    draws[-1] = draws[-2] + min(max(share, 0.0), 1.0) * (draws[-1] - draws[-2])
    return draws


def _curves(
    encoding: Encoding,
    component: Component,
    parameters: Parameters,
    evidence: Evidence,
    wanted: Mapping[_Asked, int],
    batch: slice,
) -> dict[_Asked, Floats]:
    """Probability of yes at each step since the opening, for one batch of draws."""
    whole = Propagator(component.tables, parameters.take(batch), step=encoding.step)
    known = passes(whole, evidence)
    out = {}
    for asked, ends in wanted.items():
        numbers = encoding.state_numbers(asked.node, asked.states)
        target = {encoding.place(asked.node)[1]: numbers}
        if asked.mode == "reaches":
            out[asked] = first_passage(
                known,
                wanted=target,
                opens=asked.opens,
                steps=ends - asked.opens,
                in_hindsight=True,
            )
        else:
            out[asked] = occupancy(known, wanted=target, steps=ends)[asked.opens :]
    return out


def _date_at(encoding: Encoding, evidence: Evidence, step: int, *, as_of: dt.date) -> dt.date:
    """Return the date of a step; the last step with evidence stands for the as-of date."""
    return as_of if step and step == evidence.steps else date_of_step(encoding, step)


def _step_at(encoding: Encoding, evidence: Evidence, day: dt.date, *, as_of: dt.date) -> int:
    """Return the first step whose date is not before a day."""
    step = steps_until(encoding, day)
    if evidence.steps and step == evidence.steps and day > as_of:
        return step + 1
    return step
