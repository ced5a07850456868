"""Outlook: judgements from the as-of date on and questions, draw by draw, as a scenario has them.

Two outlooks on the same draws are compared draw by draw (common random numbers), so that their
difference is not the noise of sampling. What happened up to the as-of date is worked out once and
shared by all scenarios that leave it alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.analysis.answering import each_chance
from forecast.analysis.placing import PlacedQuestion, place_question
from forecast.analysis.scenes import Past, Scene
from forecast.inference.encoding import Component, Encoding
from forecast.inference.observations import date_on_grid, share_of_step, steps_ahead
from forecast.network import Evidence, Parameters, Regime, batches, node_marginals

__all__ = ["Outlook", "look_ahead", "look_back", "place_all"]

Floats = npt.NDArray[np.float64]


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


def place_all(
    encoding: Encoding, evidence: Evidence, *, as_of: dt.date
) -> dict[str, PlacedQuestion]:
    """Put the questions about states on the grid; those about the record are left out."""
    return {
        name: place_question(encoding, evidence, question, as_of=as_of).at_its_end()
        for name, question in encoding.beliefs.questions.items()
        if question.of_states
    }


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
    conditions = [
        (part.component, part.condition.ending(step))
        for placed in place_all(encoding, evidence, as_of=as_of).values()
        for part in placed.head
        for step in placed.steps
    ]
    return Past.of(encoding, parameters, evidence, conditions)


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
    placed = place_all(encoding, past.evidence, as_of=as_of)
    answers = {name: np.empty(parameters.draws) for name in placed}
    total = evidence.aged(past.evidence) * past.log_likelihood
    steps = max([now + ahead, evidence.steps, *(one.ends for one in placed.values())])
    for batch in batches(parameters.draws):
        scene = Scene(
            encoding, parameters.take(batch), evidence,
            steps=steps, regimes=regimes, past=past.take(batch),
        )  # fmt: skip
        for name, (values, _) in zip(
            placed, each_chance(scene, list(placed.values())), strict=True
        ):
            answers[name][batch] = values[-1]
        for number, component in enumerate(encoding.components):
            total[batch] += scene.whole(number).log_likelihood
            joint = scene.whole(number).probability[now : now + ahead + 1]
            # what is supposed later also tells of the time before it
            joint = joint * scene.later(number)[now : now + ahead + 1, 0]
            _headlines(encoding, component, joint, batch, headline)
    share = share_of_step(encoding, now + ahead, horizon, now=now, as_of=as_of)
    for values in headline.values():
        values[-1] = values[-2] + share * (values[-1] - values[-2])
    return Outlook([*dates, horizon], headline, answers, total)


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
