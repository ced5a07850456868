"""Reading out: posterior draws become probabilities, bands and answers to questions.

The *probability* of a judgement is the mean over draws; the *band* is the spread over draws: how
far the probability would move if the rates were known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from forecast.analysis.anchoring import Anchor, Anchoring, kappas
from forecast.analysis.answering import Answer, answers
from forecast.analysis.bands import Curve
from forecast.inference.encoding import Encoding
from forecast.inference.observations import date_of_step, share_of_step, steps_ahead
from forecast.inference.tracking import Track, track
from forecast.network import Evidence, Parameters

__all__ = ["Reading", "read_out"]

Floats = npt.NDArray[np.float64]


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
    anchors : dict of str to Anchor
        Of the questions that have one.
    """

    dates: list[dt.date]
    now: int
    headline: Mapping[str, Curve]
    no_news: Mapping[str, Floats]
    states: Mapping[str, Floats]
    answers: Sequence[Answer]
    anchors: Mapping[str, Anchor] = field(default_factory=dict)


def read_out(
    encoding: Encoding,
    parameters: Parameters,
    known: Sequence[Evidence],
    *,
    as_of: dt.date,
    horizon: dt.date,
    seed: int,
    weights: Floats | None = None,
    anchoring: Anchoring | None = None,
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
    horizon : datetime.date
        Last day; within a step, between its two ends.
    seed : int
        Of the draws from the priors behind the no-news curve.
    weights : (D,), optional
        Weights of the draws, summing to one; by default all weigh the same.
    anchoring : Anchoring, optional
        Finds what was announced and stated for questions; without it the model alone answers.

    Returns
    -------
    Reading
    """
    steps = len(known)
    ahead = steps_ahead(encoding, horizon, now=steps, as_of=as_of)
    found = track(encoding, parameters, known, horizon=ahead)
    prior = encoding.priors.draw(parameters.draws, seed=seed)
    blank = track(encoding, prior, [], horizon=steps + ahead)
    share = share_of_step(encoding, steps + ahead, horizon, now=steps, as_of=as_of)
    for values in (found.probability, blank.probability):
        values[-1] = values[-2] + share * (values[-1] - values[-2])
    dates = [*(date_of_step(encoding, step) for step in range(steps + ahead)), horizon]
    if steps:
        dates[steps] = as_of  # the last step with evidence stands for the as-of date
    empty = Evidence.empty(steps=0, indicators=len(encoding.indicators))
    whole = known[-1] if steps else empty
    anchors = {}
    if anchoring is not None:
        whole = anchoring.known(as_of)  # with what was announced, before the first step, too
        anchors = anchoring.at(parameters, whole, as_of=as_of, weights=weights)
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
            kappa=kappas(anchors),
        ),
        anchors=anchors,
    )


def _weights(weights: Floats | None, parameters: Parameters) -> Floats:
    draws = parameters.draws
    return np.full(draws, 1.0 / draws) if weights is None else weights


def _headline(encoding: Encoding, found: Track, node: str) -> Floats:
    """Probability of a node's headline states: (n_dates, D)."""
    columns = encoding.headline_rows(node)
    return np.asarray(np.clip(found.probability[:, columns].sum(axis=1), 0.0, 1.0))
