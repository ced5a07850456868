"""Reading out: posterior draws become probabilities, bands and answers to questions.

The *probability* of a judgement is the mean over draws; the *band* is the spread over draws: how
far the probability would move if the rates were known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.analysis.reported import reported_by
from forecast.beliefs import Question
from forecast.inference.encoding import Encoding
from forecast.inference.observations import date_of_step, steps_until
from forecast.inference.tracking import Track, track
from forecast.network import Evidence, Parameters, batches, first_passage, occupancy

__all__ = ["Answer", "Band", "Curve", "Reading", "answer", "read_out"]

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
    def of(cls, draws: Floats) -> Curve:
        """Summarise draws (n_dates, D)."""
        return cls(draws.mean(axis=-1), *np.quantile(draws, _QUANTILES, axis=-1))

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
        headline={node: Curve.of(_headline(encoding, found, node)) for node in encoding.nodes},
        no_news={node: _headline(encoding, blank, node).mean(axis=-1) for node in encoding.nodes},
        states=dict(
            zip(encoding.priors.node_states, found.probability.mean(axis=-1).T, strict=True)
        ),
        answers=[
            answer(encoding, parameters, whole, name, question, as_of=as_of)
            for name, question in encoding.beliefs.questions.items()
        ],
    )


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
    """Answer a question exactly from the network, draw by draw.

    ``reaches`` is a first passage since the opening of the question; ``is`` is the probability of
    the states on the date; ``reported`` is that of a report of the indicator between the two
    (`forecast.analysis.reported`). The first two use all the evidence, also that which came after
    the date, so that a later deadline is never less probable. Between grid dates the curve is
    interpolated.

    Parameters
    ----------
    encoding, parameters
        The model and draws of its rates.
    evidence : Evidence
        All that is known.
    name, question
        The question.
    as_of : datetime.date
        Date of the evidence.

    Returns
    -------
    Answer
    """
    if question.mode == "reported":
        days, whole = reported_by(encoding, parameters, evidence, question, as_of=as_of)
        curve = Curve.of(whole)
        return Answer(name, curve.at(-1), days, curve, past=question.by <= as_of)
    step = encoding.step
    opens = max(0, (question.opens - encoding.beliefs.brief.as_of).days // step)
    ends = max(opens + 1, _step_at(encoding, evidence, question.by, as_of=as_of))
    component, position = encoding.place(question.node)
    wanted = {position: encoding.state_numbers(question.node, question.states)}
    parts = []
    for batch in batches(parameters.draws):
        some = parameters.take(batch)
        if question.mode == "reaches":
            part = first_passage(
                component.tables,
                some,
                evidence,
                step=step,
                wanted=wanted,
                opens=opens,
                steps=ends - opens,
                in_hindsight=True,
            )
        else:
            part = occupancy(
                component.tables, some, evidence, step=step, wanted=wanted, steps=ends
            )[opens:]
        parts.append(part)
    draws = np.clip(np.concatenate(parts, axis=1), 0.0, 1.0)
    dates = [_date_at(encoding, evidence, s, as_of=as_of) for s in range(opens, ends + 1)]
    share = (question.by - dates[-2]).days / max(1, (dates[-1] - dates[-2]).days)
    draws[-1] = draws[-2] + min(max(share, 0.0), 1.0) * (draws[-1] - draws[-2])
    dates[-1] = question.by
    curve = Curve.of(draws)
    return Answer(name, curve.at(-1), dates, curve, past=question.by <= as_of)


def _date_at(encoding: Encoding, evidence: Evidence, step: int, *, as_of: dt.date) -> dt.date:
    """Return the date of a step; the last step with evidence stands for the as-of date."""
    return as_of if step and step == evidence.steps else date_of_step(encoding, step)


def _step_at(encoding: Encoding, evidence: Evidence, day: dt.date, *, as_of: dt.date) -> int:
    """Return the first step whose date is not before a day."""
    step = steps_until(encoding, day)
    if evidence.steps and step == evidence.steps and day > as_of:
        return step + 1
    return step
