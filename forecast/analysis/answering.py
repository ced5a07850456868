"""Answers to questions, draw by draw: exactly from the network, with the band over draws."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from forecast.analysis.bands import Band, Curve
from forecast.analysis.reported import reported_by
from forecast.analysis.sums import SumForecast, sum_forecast
from forecast.beliefs import Question
from forecast.beliefs.question_language import sum_asked
from forecast.inference.encoding import Component, Encoding
from forecast.inference.observations import date_on_grid, opening_step, share_of_step, step_on_grid
from forecast.network import (
    Evidence,
    Parameters,
    Propagator,
    each_batch,
    first_passage,
    occupancy,
    passes,
)

__all__ = ["Answer", "Drawn", "answer", "answer_draws", "answers"]

Floats = npt.NDArray[np.float64]


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
    states : dict of str to float, or None
        Probability of every state of the node on the date, for mode ``is``.
    total : SumForecast or None
        Distribution of the sum, for mode ``sum``.
    """

    name: str
    band: Band
    dates: list[dt.date]
    curve: Curve
    past: bool
    states: Mapping[str, float] | None = None
    total: SumForecast | None = None


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
    the states on the date; ``reported`` is that of a report of the indicator between the two
    (`forecast.analysis.reported`); ``sum`` that of a sum above the threshold
    (`forecast.analysis.sums`). The first two use all the evidence, also that which came after
    the date, so that a later deadline is never less probable. Between grid dates the curve is
    interpolated.

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
    out = []
    for found in answer_draws(
        encoding, parameters, evidence, questions, as_of=as_of, weights=weights
    ):
        given = weights if found.total is None else found.weights
        curve = Curve.of(found.draws, given)
        past = questions[found.name].by <= as_of
        states = {state: float(each @ found.weights) for state, each in found.states.items()}
        out.append(
            Answer(found.name, curve.at(-1), found.dates, curve, past, states or None, found.total)
        )
    return out


@dataclass(frozen=True, eq=False)
class Drawn:
    """The answer to a question in every draw.

    Attributes
    ----------
    name : str
    dates : list of date
        The last is the deadline.
    draws : (n_dates, D) array
    weights : (D,) array
        Of these draws; they sum to one. A sum may be answered with fewer draws than were given.
    states : dict of str to (D,) array
        Every state of the node on the deadline, for a question of mode ``is``.
    total : SumForecast or None
        For a question of mode ``sum``.
    """

    name: str
    dates: list[dt.date]
    draws: Floats
    weights: Floats
    states: dict[str, Floats] = field(default_factory=dict)
    total: SumForecast | None = None


def answer_draws(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    questions: Mapping[str, Question],
    *,
    as_of: dt.date,
    weights: Floats | None = None,
    whole: bool = True,
) -> Iterator[Drawn]:
    """Answer questions in every draw.

    Parameters
    ----------
    encoding, parameters, evidence, questions, as_of, weights
        As in `answers`.
    whole : bool
        Whether the whole curve is wanted, and every state of a node. The end alone is had sooner
        where every deadline is beyond the evidence: nothing that came later changes it, so nobody
        needs to look back.

    Yields
    ------
    Drawn
        In the order of the questions.
    """
    even = np.full(parameters.draws, 1.0 / parameters.draws) if weights is None else weights
    asked = {
        name: _asked(encoding, evidence, question, as_of=as_of)
        for name, question in questions.items()
        if question.of_states
    }
    single = {
        name: _each_state(encoding, questions[name], want) if whole else {}
        for name, want in asked.items()
    }
    wanted = [*asked.values(), *(one for each in single.values() for one in each.values())]
    # the deadline lies between the last two points
    back = whole or any(want.ends <= evidence.steps for want in asked.values())
    found = _shared_curves(encoding, parameters, evidence, wanted, back=back)
    for name, question in questions.items():
        if question.mode == "sum":
            total = sum_forecast(
                encoding, parameters, evidence, sum_asked(question), as_of=as_of, weights=weights
            )
            yield Drawn(name, [question.by], total.probability[None], total.weights, total=total)
            continue
        if name not in asked:
            days, draws = reported_by(encoding, parameters, evidence, question, as_of=as_of)
            yield Drawn(name, days, draws, even)
            continue
        want = asked[name]
        span = range(want.opens, want.ends + 1)
        days = [date_on_grid(encoding, step, now=evidence.steps, as_of=as_of) for step in span]
        share = share_of_step(encoding, want.ends, question.by, now=evidence.steps, as_of=as_of)
        states = {
            state: _until(found[one.shared], len(days), share)[-1]
            for state, one in single[name].items()
        }
        draws = _until(found[want.shared], len(days), share)
        days = [max(day, question.opens) for day in days[:-1]]  # the step may begin before it opens
        yield Drawn(name, [*days, question.by], draws, even, states)


def _each_state(encoding: Encoding, question: Question, want: _Asked) -> dict[str, _Asked]:
    """Ask for every single state of the node, for a question of mode ``is``."""
    if question.mode != "is":
        return {}
    every = encoding.beliefs.nodes[question.node].states
    return {state: replace(want, states=(state,)) for state in every}


def _asked(encoding: Encoding, evidence: Evidence, question: Question, *, as_of: dt.date) -> _Asked:
    opens = opening_step(encoding, question.opens, now=evidence.steps, as_of=as_of)
    ends = max(opens + 1, step_on_grid(encoding, question.by, now=evidence.steps, as_of=as_of))
    return _Asked(question.mode, question.node, question.states, opens, ends)


def _shared_curves(
    encoding: Encoding,
    parameters: Parameters,
    evidence: Evidence,
    asked: Sequence[_Asked],
    *,
    back: bool,
) -> dict[_Asked, Floats]:
    """Compute every curve once, as far as the last question that needs it."""
    ends: dict[_Asked, int] = {}
    for want in asked:
        ends[want.shared] = max(ends.get(want.shared, 0), want.ends)
    found: dict[_Asked, Floats] = {}
    for component in encoding.components:
        mine = {w: e for w, e in ends.items() if encoding.place(w.node)[0] is component}
        if mine:
            work = partial(_curves, encoding, component, parameters, evidence, mine, back=back)
            parts = each_batch(parameters.draws, work)
            found |= {w: np.concatenate([part[w] for part in parts], axis=1) for w in mine}
    return found


def _until(curve: Floats, points: int, share: float) -> Floats:
    """Take curves (n, D) to so many points, the last of them by a share of its step."""
    draws = np.clip(curve[:points], 0.0, 1.0)
    draws[-1] = draws[-2] + share * (draws[-1] - draws[-2])
    return draws


def _curves(
    encoding: Encoding,
    component: Component,
    parameters: Parameters,
    evidence: Evidence,
    wanted: Mapping[_Asked, int],
    batch: slice,
    *,
    back: bool,
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
                in_hindsight=back,
            )
        else:
            line = occupancy(known, wanted=target, steps=ends, in_hindsight=back)
            out[asked] = line[asked.opens :]
    return out
