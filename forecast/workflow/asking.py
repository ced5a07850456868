"""Ask: one question, answered from the forecast that was issued last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forecast.analysis.against_brief import Contradiction, contradicted
from forecast.analysis.asking import Response, ask
from forecast.analysis.comparison import band_of
from forecast.analysis.readout import Band
from forecast.analysis.sums import LEVELS, SumForecast
from forecast.beliefs import Question, words
from forecast.beliefs.question_language import (
    Asked,
    Before,
    Is,
    Recorded,
    Reports,
    Sum,
    read_question,
)
from forecast.charts.finished import Chart
from forecast.errors import BeliefsError
from forecast.workflow.drawing import look
from forecast.workflow.picturing import sum_values
from forecast.workflow.progress import Reporter, Silent
from forecast.workflow.project import Project
from forecast.workflow.recall import recall
from forecast.workflow.standing import Standing, stand

__all__ = ["Reply", "ask_question", "draw_passage", "reply_chart", "reply_json"]

_DIGITS = 6


@dataclass(frozen=True, eq=False)
class Reply:
    """A question with its answer and what belongs to it.

    Attributes
    ----------
    standing : Standing
        The forecast it was answered from.
    asked : Asked
    response : Response
    name : str or None
        Of the question of the brief, where it is one by itself.
    contradictions : sequence of Contradiction
        Judgements of the brief that the answer contradicts.
    issued : sequence of (str, date, float)
        Id, date and probability of every issued forecast that answered the named question.
    """

    standing: Standing
    asked: Asked
    response: Response
    name: str | None
    contradictions: Sequence[Contradiction]
    issued: Sequence[tuple[str, dt.date, float]]

    @property
    def band(self) -> Band:
        """The answer."""
        return band_of(self.response.probability[-1], self.response.weights)

    @property
    def question(self) -> Question | None:
        """The question of the brief, where it is one by itself."""
        return None if self.name is None else self.standing.encoding.beliefs.questions[self.name]


def ask_question(
    project: Project,
    text: str,
    *,
    as_of: dt.date | None = None,
    draws: int | None = None,
    reporter: Reporter | None = None,
) -> Reply:
    """Answer a question.

    Parameters
    ----------
    project : Project
    text : str
        In the language of `forecast.beliefs.question_language`, or the name of a question.
    as_of : datetime.date, optional
        Of the issued forecast; by default the latest.
    draws : int, optional
        Use at most so many posterior draws.
    reporter : Reporter, optional
        Told how it goes.

    Raises
    ------
    BeliefsError
        If the question cannot be read.
    EvidenceError
        If what is given is next to impossible.
    LedgerError
        If no forecast was issued.
    """
    told = reporter or Silent()
    told.stage("taking up the forecast issued last")
    standing = stand(project, as_of=as_of)
    beliefs = standing.encoding.beliefs
    asked = read_question(text, beliefs, as_of=standing.as_of)
    name = asked.text if asked.text in beliefs.questions else None
    told.stage("answering")
    some = slice(0, None, max(1, standing.parameters.draws // draws) if draws else 1)
    weights = standing.weights.weights[some]
    response = ask(
        standing.encoding,
        standing.parameters.take(some),
        standing.evidence,
        asked,
        weights=weights / weights.sum(),
        as_of=standing.as_of,
    )
    probability = float(response.probability[-1] @ response.weights)
    return Reply(
        standing,
        asked,
        response,
        name,
        contradicted(beliefs, asked, probability),
        _issued(project, name),
    )


def _issued(project: Project, name: str | None) -> list[tuple[str, dt.date, float]]:
    """Find what was issued for a named question, in the order it was issued."""
    if name is None:
        return []
    with project.ledger(create=False) as ledger:
        issues: list[Any] = ledger.issues()
    return [
        (issue.id, issue.as_of, answer["probability"])
        for issue in issues
        for answer in issue.payload.get("questions", ())
        if answer["question"] == name
    ]


def reply_json(reply: Reply) -> dict[str, Any]:
    """Put an answer into plain values: the promise of docs/schema.md."""
    response, beliefs = reply.response, reply.standing.encoding.beliefs
    scale = words.scale(beliefs.brief.scale)
    question = reply.question
    curve = [band_of(draws, response.weights) for draws in response.probability]
    names = list(Band.__dataclass_fields__)
    return {
        "issue": reply.standing.issued.id,
        "as_of": reply.standing.as_of.isoformat(),
        "question": reply.asked.text,
        "name": reply.name,
        "text": None if question is None else question.text,
        "criteria": None if question is None else question.criteria,
        "fallback": None if question is None else question.fallback,
        **{name: _number(getattr(reply.band, name)) for name in names},
        "word": scale.word(min(max(reply.band.probability, 0.0), 1.0)),
        "given": None if response.given is None else _number(response.given),
        "distribution": None if response.total is None else _distribution(response.total),
        "draws": len(response.weights),
        "effective_draws": round(float(1.0 / np.square(response.weights).sum()), 1),
        "curve": {
            "date": [day.isoformat() for day in response.dates],
            **{name: [_number(getattr(band, name)) for band in curve] for name in names},
        },
        "contradictions": [
            {
                "node": found.node,
                "quote": found.judgement.quote,
                "states": list(found.judgement.states),
                "until": found.until.isoformat(),
                "bound": found.bound,
                "limit": found.limit,
            }
            for found in reply.contradictions
        ],
        "issued": [
            {"issue": issue, "as_of": day.isoformat(), "probability": probability}
            for issue, day, probability in reply.issued
        ],
    }


def _distribution(total: SumForecast) -> dict[str, Any]:
    return {
        "mean": round(total.mean, _DIGITS),
        "known": round(total.known, _DIGITS),
        "levels": [round(level, _DIGITS) for level in LEVELS],
        "quantiles": [round(value, _DIGITS) for value in total.quantiles],
    }


def _number(value: float) -> float:
    return round(float(np.clip(value, 0.0, 1.0)), _DIGITS)


def draws_a_passage(reply: Reply) -> bool:
    """Whether the answer has a curve that never falls: what has come to pass stays so."""
    if isinstance(reply.asked.head, Sum):
        return False
    parts = reply.asked.parts
    return isinstance(reply.asked.head, Before) or not any(isinstance(one, Is) for one in parts)


def draw_passage(
    project: Project, reply: Reply, out: Path, *, formats: Sequence[str] = ("svg", "png")
) -> list[Path]:
    """Draw the chart of an answer; nothing for a state on a day.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    chart = reply_chart(project, reply)
    return [] if chart is None else chart.save(out, formats=formats)


def reply_chart(project: Project, reply: Reply, *, size: str = "a4") -> Chart | None:
    """Chart an answer: a first passage, or the distribution of a sum; nothing for a state on a day.

    Raises
    ------
    BeliefsError
        If the chart is refused.
    """
    if isinstance(reply.asked.head, Sum):
        return _sum_chart(project, reply, reply.asked.head, size=size)
    if not draws_a_passage(reply):
        return None
    from forecast.charts import passage
    from forecast.charts.refusals import ChartRefusal

    scale, stamp = look(recall(project, as_of=reply.standing.as_of))
    curve = reply_json(reply)["curve"]
    rising = {
        name: np.maximum.accumulate(np.array(curve[name]))
        for name in ("probability", "lo50", "hi50", "lo80", "hi80")
    }
    question = reply.question
    try:
        values = passage.Passage(
            name=reply.name or _slug(reply.asked.text),
            label=_label(reply),
            proposition=_worded(reply) if question is None else question.text,
            dates=np.array(curve["date"], dtype="datetime64[D]"),
            p=rising.pop("probability"),
            **rising,
            as_of=reply.standing.as_of,
        )
        return passage.chart(values, scale=scale, stamp=stamp, size=size)
    except ChartRefusal as error:
        raise BeliefsError(f"the chart is refused: {error}; use --no-charts") from None


def _sum_chart(project: Project, reply: Reply, asked: Sum, *, size: str) -> Chart:
    from forecast.charts import predictive
    from forecast.charts.refusals import ChartRefusal

    scale, stamp = look(recall(project, as_of=reply.standing.as_of))
    total, question, band = reply.response.total, reply.question, reply.band
    assert total is not None
    label = reply.standing.encoding.beliefs.indicators[asked.indicator].label
    try:
        values = sum_values(
            reply.name or _slug(reply.asked.text),
            _worded(reply) if question is None else question.text,
            asked,
            total.quantiles,
            (band.probability, band.lo80, band.hi80),
            as_of=reply.standing.as_of,
            label=label,
        )
        return predictive.chart(values, scale=scale, stamp=stamp, size=size)
    except ChartRefusal as error:
        raise BeliefsError(f"the chart is refused: {error}; use --no-charts") from None


def _slug(text: str) -> str:
    """Make a file name of a question."""
    kept = "".join(c if c.isalnum() else "_" for c in text.lower())
    return "_".join(part for part in kept.split("_") if part)[:80]


def _worded(reply: Reply) -> str:
    """Write the question with labels in place of names."""
    beliefs = reply.standing.encoding.beliefs
    labels = {name: node.label for name, node in beliefs.nodes.items()}
    labels |= {name: one.label for name, one in beliefs.indicators.items()}
    said = (labels.get(word, word.replace("_", " ")) for word in reply.asked.text.split())
    return f"{' '.join(said)}."


def _label(reply: Reply) -> str:
    """Name the node and states asked about, or what is asked, for the title of a chart."""
    beliefs = reply.standing.encoding.beliefs
    if isinstance(reply.asked.head, Recorded):
        question = reply.asked.head.question
        often = f": at least {question.at_least} events" if question.at_least > 1 else ""
        return f"{beliefs.indicators[question.indicator or ''].label}{often}"
    part = reply.asked.parts[0]
    if len(reply.asked.parts) > 1:
        return "What is asked"
    given = ", on a condition" if reply.asked.given else ""
    if isinstance(part, Reports):
        return f"{beliefs.indicators[part.indicator].label}: at least {part.count}{given}"
    return f"{beliefs.nodes[part.node].labelled(part.states)}{given}"
