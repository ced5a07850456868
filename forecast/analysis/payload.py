"""What an issued forecast says, as plain values: the promise of docs/schema.md."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from forecast.analysis.anchoring import Anchor
from forecast.analysis.answering import Answer
from forecast.analysis.bands import Band, Curve
from forecast.analysis.readout import Reading
from forecast.analysis.sums import LEVELS
from forecast.beliefs import Beliefs, words
from forecast.inference.encoding import Encoding
from forecast.inference.observations import Happening

__all__ = ["SCHEMA_VERSION", "build_payload", "distribution", "question_row"]

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
        seen = [i for i, day in enumerate(reading.dates) if day >= event.reported_on]
        if weight > 0 and seen and weight > best.get(seen[0], (0.0, event))[0]:
            best[seen[0]] = (weight, event)
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
