"""Outlook: judgements from the as-of date on and questions, draw by draw, as a scenario has them.

Two outlooks on the same draws are compared draw by draw (common random numbers), so that their
difference is not the noise of sampling. What happened up to the as-of date is worked out once and
shared by all scenarios that leave it alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.beliefs import Question
from forecast.inference.encoding import Component, Encoding
from forecast.inference.observations import (
    date_on_grid,
    opening_step,
    share_of_step,
    step_on_grid,
    steps_ahead,
)
from forecast.network import (
    Avoid,
    Course,
    Evidence,
    Parameters,
    Regime,
    Whole,
    Within,
    batches,
    carry,
    message,
    node_marginals,
)

__all__ = ["Outlook", "Past", "deadlines", "look_ahead", "look_back"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Part:
    """A share of the answer to a question: the mass that keeps to one condition."""

    question: str
    share: float
    condition: Avoid | Within
    step: int


@dataclass(frozen=True, eq=False)
class Past:
    """What all scenarios share that leave the past alone.

    Attributes
    ----------
    evidence : Evidence
        To the as-of date.
    now : int
        Its number of steps.
    joint : list of (S, D) array
        Filtered at the as-of date, for each component.
    kept : dict
        Mass at the as-of date of the paths that keep to a condition, by component and condition.
    log_likelihood : (D,)
        Of the evidence.
    """

    evidence: Evidence
    now: int
    joint: list[Floats]
    kept: Mapping[tuple[int, Avoid | Within], Floats]
    log_likelihood: Floats


@dataclass(frozen=True, eq=False)
class Outlook:
    """Judgements and answers of every draw.

    Attributes
    ----------
    dates : list of date
        From the as-of date to the horizon.
    headline : dict of str to (n_dates, D) array
        Probability of each node's headline states, given everything that is supposed.
    answers : dict of str to (D,) array
        Probability of yes; questions about the record itself (mode ``reported``) are left out.
    log_likelihood : (D,)
        Of all the evidence, under the interventions.
    """

    dates: list[dt.date]
    headline: Mapping[str, Floats]
    answers: Mapping[str, Floats]
    log_likelihood: Floats


def look_back(
    encoding: Encoding, parameters: Parameters, evidence: Evidence, *, as_of: dt.date
) -> Past:
    """Work out everything up to the as-of date that an outlook starts from.

    Parameters
    ----------
    encoding, parameters
        The model and draws of its rates.
    evidence : Evidence
        To `as_of`.
    as_of : datetime.date

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    now = evidence.steps
    joint: list[Floats] = []
    kept: dict[tuple[int, Avoid | Within], Floats] = {}
    total = np.zeros(parameters.draws)
    for number, component in enumerate(encoding.components):
        wanted = _conditions(encoding, component, now, as_of)
        size = int(np.prod(component.tables.sizes))
        joint.append(np.empty((size, parameters.draws)))
        kept |= {(number, c): np.empty((size, parameters.draws)) for c in wanted}
        for batch in batches(parameters.draws):
            course = Course(component.tables, parameters.take(batch), step=encoding.step)
            whole = course.whole(evidence, steps=now)
            joint[number][:, batch] = whole.probability[now]
            total[batch] += whole.log_likelihood
            for condition in wanted:
                mass = carry(course, whole, [condition], steps=now)[now, 0]
                kept[number, condition][:, batch] = mass
    return Past(evidence, now, joint, kept, total)


def _conditions(
    encoding: Encoding, component: Component, now: int, as_of: dt.date
) -> list[Avoid | Within]:
    """List what the questions ask of the past, each once."""
    parts = _parts(encoding, component, now, as_of)
    return list(dict.fromkeys(_before(part.condition, now) for part in parts))


def _before(condition: Avoid | Within, now: int) -> Avoid | Within:
    """Cut a condition at the as-of date; what only holds later says nothing yet."""
    if isinstance(condition, Within):
        return condition
    states = condition.states if condition.opens <= now else frozenset[int]()
    return Avoid(condition.node, states, min(condition.opens, now), min(condition.closes, now))


def deadlines(
    encoding: Encoding, component: Component, *, now: int, as_of: dt.date
) -> dict[str, tuple[int, set[int], int, int, float]]:
    """Put the questions about a component on the grid.

    Parameters
    ----------
    encoding, component
    now : int
        Step of the as-of date.
    as_of : datetime.date

    Returns
    -------
    dict
        By question: position of its node, states, steps at which it opens and ends, and how far
        into its last step the deadline lies.
    """
    out = {}
    for name, question in encoding.beliefs.questions.items():
        where, node = encoding.place(question.node)
        if where is component and question.of_states:
            states = encoding.state_numbers(question.node, question.states)
            out[name] = (node, states, *_span(encoding, question, now=now, as_of=as_of))
    return out


def _parts(encoding: Encoding, component: Component, now: int, as_of: dt.date) -> list[_Part]:
    """Write each question about a component as shares of conditions on paths.

    A deadline within a step is a mean of the two ends of the step.
    """
    out = []
    placed = deadlines(encoding, component, now=now, as_of=as_of)
    for name, (node, numbers, opens, ends, share) in placed.items():
        states, question = frozenset(numbers), encoding.beliefs.questions[name]
        for step, part in ((ends - 1, 1.0 - share), (ends, share)):
            if part > 0.0:
                condition = (
                    Avoid(node, states, opens, step)
                    if question.mode == "reaches"
                    else Within(node, states, step)
                )
                out.append(_Part(name, part, condition, step))
    return out


def _span(
    encoding: Encoding, question: Question, *, now: int, as_of: dt.date
) -> tuple[int, int, float]:
    """Give the steps at which a question opens and ends, and how far into the last step it ends."""
    opens = opening_step(encoding, question.opens, now=now, as_of=as_of)
    ends = max(opens + 1, step_on_grid(encoding, question.by, now=now, as_of=as_of))
    return opens, ends, share_of_step(encoding, ends, question.by, now=now, as_of=as_of)


def look_ahead(
    encoding: Encoding,
    parameters: Parameters,
    past: Past,
    *,
    evidence: Evidence,
    regimes: Sequence[Sequence[Regime]],
    as_of: dt.date,
    horizon: dt.date,
) -> Outlook:
    """Work out judgements to the horizon and the answers to all questions.

    Parameters
    ----------
    encoding, parameters
        The model and draws of its rates.
    past : Past
        Of the same model, draws and evidence to the as-of date.
    evidence : Evidence
        That of `past`, and any that is supposed after it.
    regimes : sequence of sequence of Regime
        Interventions from the as-of date on, for each component.
    as_of : datetime.date
    horizon : datetime.date
        Last day; within a step, between its two ends.

    Raises
    ------
    ImpossibleEvidenceError
        If no state can produce some step.
    """
    now = past.now
    ahead = steps_ahead(encoding, horizon, now=now, as_of=as_of)
    dates = [date_on_grid(encoding, now + n, now=now, as_of=as_of) for n in range(ahead)]
    headline = {n: np.empty((ahead + 1, parameters.draws)) for n in encoding.nodes}
    answers = {
        name: np.zeros(parameters.draws)
        for name, question in encoding.beliefs.questions.items()
        if question.of_states
    }
    total = evidence.aged(past.evidence) * past.log_likelihood
    for number, component in enumerate(encoding.components):
        parts = _parts(encoding, component, now, as_of)
        last = max([now + ahead, evidence.steps, *(part.step for part in parts)])
        for batch in batches(parameters.draws):
            course = Course(
                component.tables, parameters.take(batch), step=encoding.step,
                regimes=regimes[number],
            )  # fmt: skip
            whole = course.whole(evidence, steps=last, begin=(now, past.joint[number][:, batch]))
            total[batch] += whole.log_likelihood
            joint = whole.probability[now : now + ahead + 1]
            if evidence.steps > now:  # what is supposed later also tells of the time before it
                later = message(course, whole, [], steps=evidence.steps, first=now)
                tail = later[now : now + ahead + 1, 0]
                joint[: len(tail)] *= tail
            _headlines(encoding, component, joint, batch, headline)
            masses = {c: m[:, batch] for (n, c), m in past.kept.items() if n == number}
            for name, value in _answers(course, whole, parts, masses, now, evidence.steps):
                answers[name][batch] += value
    share = share_of_step(encoding, now + ahead, horizon, now=now, as_of=as_of)
    for values in headline.values():
        values[-1] = values[-2] + share * (values[-1] - values[-2])
    clipped = {name: np.clip(value, 0.0, 1.0) for name, value in answers.items()}
    return Outlook([*dates, horizon], headline, clipped, total)


def _headlines(
    encoding: Encoding,
    component: Component,
    joint: Floats,
    batch: slice,
    out: Mapping[str, Floats],
) -> None:
    marginal = node_marginals(component.tables, joint)
    first = 0
    for number in component.nodes:
        name = encoding.nodes[number]
        states = encoding.state_numbers(name, encoding.beliefs.nodes[name].headline)
        rows = [first + state for state in sorted(states)]
        out[name][:, batch] = np.clip(marginal[:, rows].sum(axis=1), 0.0, 1.0)
        first += len(encoding.beliefs.nodes[name].states)


def _answers(
    course: Course,
    whole: Whole,
    parts: Iterable[_Part],
    masses: Mapping[Avoid | Within, Floats],
    now: int,
    known: int,
) -> Iterable[tuple[str, Floats]]:
    """Give what each part adds to the answer of its question."""
    curves: dict[tuple[Avoid | Within, int], Floats] = {}
    for part in parts:
        last = max(part.step, known)
        begin = masses[_before(part.condition, now)]
        if last == now:
            mass = begin
        elif isinstance(part.condition, Within) and part.step >= known:
            there = course.there(part.condition.node, part.condition.states)
            mass = np.where(there[:, None], whole.probability[part.step], 0.0)
        else:
            key = _longest(part, parts, known)
            if key not in curves:
                curves[key] = carry(
                    course, whole, [key[0]], steps=key[1], begin=(now, begin[None])
                )[:, 0]
            mass = curves[key][last]
        value = mass.sum(axis=0)
        yield (
            part.question,
            part.share * (1.0 - value if isinstance(part.condition, Avoid) else value),
        )


def _longest(part: _Part, parts: Iterable[_Part], known: int) -> tuple[Avoid | Within, int]:
    """Find the one curve that several deadlines of one first passage can be read from."""
    condition = part.condition
    if isinstance(condition, Within) or condition.closes < known:
        return condition, max(part.step, known)
    closes = max(
        other.condition.closes
        for other in parts
        if isinstance(other.condition, Avoid)
        and (other.condition.node, other.condition.states, other.condition.opens)
        == (condition.node, condition.states, condition.opens)
    )
    return Avoid(condition.node, condition.states, condition.opens, closes), closes
