"""Reading out: posterior draws become probabilities, bands, and the plain values of an issue.

The *probability* of a judgement is the mean over draws; the *band* is the spread over draws: how
far the probability would move if the rates were known.

The plain values are the promise of docs/schema.md. They say, too, where an answer contradicts what
the brief itself judged.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from forecast.analysis.anchoring import Anchor, Anchoring, kappas
from forecast.analysis.answering import Answer, Band, Curve, answers
from forecast.analysis.scenes import LEVELS
from forecast.beliefs import Beliefs, Judgement, later, words
from forecast.beliefs.question_language import Asked, Before, Is, Reaches
from forecast.inference.encoding import Encoding
from forecast.inference.observations import Happening, date_of_step, share_of_step, steps_ahead
from forecast.inference.tracking import Track, track
from forecast.network import Evidence, Parameters

__all__ = [
    "SCHEMA_VERSION",
    "Contradiction",
    "Reading",
    "build_payload",
    "contradicted",
    "distribution",
    "question_row",
    "read_out",
]


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
        states={
            name: values
            for name, values in zip(
                encoding.priors.node_states,
                (found.probability @ _weights(weights, parameters)).T,
                strict=True,
            )
            if ":" not in name  # a burst of a level
        },
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


SCHEMA_VERSION = 1
_DIGITS = 6


def build_payload(
    encoding: Encoding, reading: Reading, events: Sequence[Happening], *, as_of: dt.date
) -> dict[str, Any]:
    """Put a reading into plain values.

    Parameters
    ----------
    encoding : Encoding
        The model.
    reading : Reading
        Probabilities over time and answers.
    events : sequence of Happening
        What the evidence consists of.
    as_of : datetime.date
        Date of the evidence.

    Returns
    -------
    dict
        See docs/schema.md.
    """
    beliefs = encoding.beliefs
    scale = words.scale(beliefs.brief.scale)
    return {
        "schema": SCHEMA_VERSION,
        "brief": {
            "title": beliefs.brief.title,
            "house": beliefs.brief.house,
            "as_of": beliefs.brief.as_of.isoformat(),
            "scale": scale.name,
            "scale_title": scale.title,
        },
        "as_of": as_of.isoformat(),
        "horizon": reading.dates[-1].isoformat(),
        "evidence": _evidence(events),
        "judgements": [_judgement(beliefs, reading, node) for node in beliefs.nodes],
        "questions": [
            question_row(beliefs, answer, reading.anchors.get(answer.name))
            for answer in reading.answers
        ],
        "trajectories": [_trajectory(encoding, reading, events, node) for node in beliefs.nodes],
        "states": {name: _round(values) for name, values in reading.states.items()},
    }


def question_row(beliefs: Beliefs, answer: Answer, anchor: Anchor | None = None) -> dict[str, Any]:
    """Put the answer to a question into plain values."""
    return {
        "question": answer.name,
        **_question(beliefs, answer.name),
        **_band(answer.band, words.scale(beliefs.brief.scale)),
        "past": answer.past,
        **_announced(answer),
        **({} if anchor is None else {"anchor": _anchor(answer, anchor)}),
        "distribution": distribution(answer),
        "curve": {
            "date": [day.isoformat() for day in answer.dates],
            **_curve(answer.curve),
        },
    }


def _round(values: Any) -> list[float]:
    return [round(float(v), _DIGITS) for v in np.asarray(values)]


def _curve(curve: Curve) -> dict[str, list[float]]:
    return {name: _round(getattr(curve, name)) for name in Band.__dataclass_fields__}


def _band(band: Band, scale: words.Scale) -> dict[str, Any]:
    numbers = {n: round(getattr(band, n), _DIGITS) for n in Band.__dataclass_fields__}
    return {**numbers, "word": scale.word(numbers["probability"])}


def _evidence(events: Sequence[Happening]) -> dict[str, Any]:
    return {
        "reports": sum(len(event.reports) for event in events),
        "events": len(events),
        "indicators": len({event.indicator for event in events}),
        "lineages": len({lineage for event in events for lineage in event.lineages}),
    }


def _judgement(beliefs: Beliefs, reading: Reading, name: str) -> dict[str, Any]:
    node = beliefs.nodes[name]
    scale = words.scale(beliefs.brief.scale)
    curve = reading.headline[name]
    opening = float(reading.no_news[name][0])
    now = curve.at(reading.now)
    return {
        "node": name,
        "label": node.labelled(),
        "proposition": node.claim or node.proposition,
        "states": list(node.headline),
        **_band(now, scale),
        "at_brief": round(opening, _DIGITS),
        "since_brief": round(now.probability - opening, _DIGITS),
        "at_horizon": {"date": reading.dates[-1].isoformat(), **_band(curve.at(-1), scale)},
        "brief": [
            {
                "quote": judgement.quote,
                "states": list(judgement.states),
                "mode": judgement.mode,
                "within_days": judgement.within,
                "low": judgement.probability.low,
                "high": judgement.probability.high,
                "word": judgement.word,
            }
            for judgement in node.judgements
        ],
    }


def _question(beliefs: Beliefs, name: str) -> dict[str, Any]:
    question = beliefs.questions[name]
    reported = question.mode == "reported"
    return {
        "text": question.text,
        "node": question.node,
        "states": list(question.states),
        "mode": question.mode,
        "indicator": question.indicator,
        "at_least": question.at_least if reported else None,
        "share": question.share if reported else None,
        "detection": question.detection if reported else None,
        "over_days": question.over,
        "above": question.above,
        "opens": question.opens.isoformat(),
        "by": question.by.isoformat(),
    }


def _announced(answer: Answer) -> dict[str, float]:
    """Say what is announced of a question; nothing where nothing is."""
    found = answer.announced
    return {} if found is None else {"announced": round(found, _DIGITS)}


def _anchor(answer: Answer, anchor: Anchor) -> dict[str, Any]:
    """Write what was stated for a question, and what it makes of the number."""
    said = anchor.stated
    low, high = said.interval
    own = answer.band.probability
    alone = own if answer.alone is None else answer.alone
    apart = anchor.kappa is None  # it stands beside the number, and does not move it
    together = said.pooled(own) if apart and 0.0 < own < 1.0 else anchor.pooled
    numbers = {
        "probability": said.probability,
        "low": low,
        "high": high,
        "model_alone": alone,
        "model_then": anchor.model_then,
        "pooled": together,
    }
    return {
        "said": said.said,
        "on": said.on.isoformat(),
        "source": said.source,
        "question": anchor.of or answer.name,
        **{n: None if p is None else round(p, _DIGITS) for n, p in numbers.items()},
        "kappa": None if anchor.kappa is None else float(f"{anchor.kappa:.6g}"),
    }


def distribution(answer: Answer) -> dict[str, Any] | None:
    """Write the whole distribution behind a question: over states, or of a sum."""
    if answer.states is not None:
        kept = {state: round(p, _DIGITS) for state, p in answer.states.items()}
        return {"states": kept, "mean": None, "levels": None, "quantiles": None}
    if answer.total is None:
        return None
    return {
        "states": None,
        "mean": round(answer.total.mean, _DIGITS),
        "levels": _round(LEVELS),
        "quantiles": _round(answer.total.quantiles),
    }


def _trajectory(
    encoding: Encoding, reading: Reading, events: Sequence[Happening], node: str
) -> dict[str, Any]:
    return {
        "node": node,
        "date": [day.isoformat() for day in reading.dates],
        "history": reading.now + 1,
        **_curve(reading.headline[node]),
        "no_news": _round(reading.no_news[node]),
        "marks": _marks(encoding, reading, events, node),
    }


def _marks(
    encoding: Encoding, reading: Reading, events: Sequence[Happening], node: str
) -> list[dict[str, Any]]:
    """Name, for each step that brought reports on a node, the one that weighs most.

    The weight is credibility times the prior log ratio; the chart chooses among them by how far
    the line moved.
    """
    ratio: dict[str, float] = defaultdict(float)
    names = zip(encoding.priors.rarity.names, encoding.priors.rarity.mean, strict=True)
    for name, mean in names:
        indicator, _, state = name.partition(" | ")
        if state.partition(".")[0] == node:
            ratio[indicator] = max(ratio[indicator], mean)
    best: dict[int, tuple[float, Happening]] = {}
    for event in events:
        weight = event.credibility * ratio[event.indicator]
        if weight <= 0:
            continue
        seen = bisect_left(reading.dates, event.reported_on)
        if seen < len(reading.dates) and weight > best.get(seen, (0.0, event))[0]:
            best[seen] = (weight, event)
    return [
        {
            "date": event.reported_on.isoformat(),
            "text": encoding.beliefs.indicators[event.indicator].label,
            "event_id": event.event_id,
            "indicator": event.indicator,
            "reports": list(event.reports),
        }
        for _, event in (best[step] for step in sorted(best))
        if event.reported_on >= reading.dates[0]
    ]


_DAYS = 7  # a window of months and a date named in a question may miss each other by this much


@dataclass(frozen=True)
class Contradiction:
    """A judgement of the brief that an answer cannot be squared with.

    Attributes
    ----------
    node : str
    judgement : Judgement
    until : datetime.date
        End of its window.
    bound : {"at most", "at least"}
        What the judgement allows for the question.
    limit : float
    """

    node: str
    judgement: Judgement
    until: dt.date
    bound: str
    limit: float


def contradicted(beliefs: Beliefs, asked: Asked, probability: float) -> list[Contradiction]:
    """List the judgements of the brief that a probability contradicts.

    What is asked may be contained in a claim: then it can be no more probable than its high end.
    A single part may contain the claim: then it can be no less probable than its low end. Nothing
    is said of questions with a condition.

    Parameters
    ----------
    beliefs : Beliefs
    asked : Asked
    probability : float
        The answer.
    """
    if asked.given:
        return []
    parts = [asked.head.first] if isinstance(asked.head, Before) else list(asked.parts)
    single = len(parts) == 1 and not isinstance(asked.head, Before)
    out = []
    for part in parts:
        if not isinstance(part, Reaches | Is):
            continue
        for judgement in beliefs.nodes[part.node].judgements:
            until = later(beliefs.brief.as_of, judgement.within)
            low, high = judgement.probability.interval
            if _inside(part, judgement, until) and probability > high:
                out.append(Contradiction(part.node, judgement, until, "at most", high))
            elif single and _around(beliefs, part, judgement, until) and probability < low:
                out.append(Contradiction(part.node, judgement, until, "at least", low))
    return out


def _inside(part: Reaches | Is, judgement: Judgement, until: dt.date) -> bool:
    """Whether what is asked can only happen together with what is claimed."""
    if not set(part.states) <= set(judgement.states):
        return False
    slack = dt.timedelta(days=_DAYS)
    if judgement.mode == "at":
        return isinstance(part, Is) and abs(part.on - until) <= slack
    ends = part.on if isinstance(part, Is) else part.by
    return ends <= until + slack


def _around(beliefs: Beliefs, part: Reaches | Is, judgement: Judgement, until: dt.date) -> bool:
    """Whether what is claimed can only happen together with what is asked."""
    if not set(part.states) >= set(judgement.states):
        return False
    slack = dt.timedelta(days=_DAYS)
    if isinstance(part, Is):
        return judgement.mode == "at" and abs(part.on - until) <= slack
    return part.since <= beliefs.brief.as_of and part.by >= until - slack
