"""Ask: one question, answered from the forecast that was issued last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from forecast.analysis.against_brief import Contradiction, contradicted
from forecast.analysis.asking import Response, ask
from forecast.analysis.bands import Band, band_of
from forecast.analysis.sums import LEVELS, SumForecast
from forecast.beliefs import Beliefs, Question, words
from forecast.beliefs.question_language import (
    Asked,
    Before,
    Is,
    Reaches,
    Recorded,
    Reports,
    Sum,
    read_question,
)
from forecast.charts.files import Chart
from forecast.errors import BeliefsError
from forecast.issue.charts import look
from forecast.issue.recall import recall
from forecast.issue.run import forecast_of
from forecast.project.progress import Reporter, Silent
from forecast.project.project import Project
from forecast.study.charts import sum_values
from forecast.study.last_issue import Standing, stand

__all__ = ["Already", "Reply", "ask_question", "draw_passage", "reply_chart", "reply_json"]

_DIGITS = 6

#: From this probability on, a state that is asked about counts as reached before the forecast.
_NEAR_CERTAIN = 0.99
#: From this probability on, to ask from now on would say no more.
_STANDS = 0.5


@dataclass(frozen=True)
class Already:
    """A part whose states were next to certainly reached when the forecast began.

    Attributes
    ----------
    part : Reaches
    on : datetime.date
        By this day: the as-of date, or the day from which is counted where that is later.
    probability : float
    stands : float
        Probability that the node is in the states on that day.
    """

    part: Reaches
    on: dt.date
    probability: float
    stands: float


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
    already : sequence of Already
        Parts that have next to certainly come to pass, so that the answer says little of what is
        to come.
    """

    standing: Standing
    asked: Asked
    response: Response
    name: str | None
    contradictions: Sequence[Contradiction]
    issued: Sequence[tuple[str, dt.date, float]]
    already: Sequence[Already] = ()

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
    answer = partial(
        ask,
        standing.encoding,
        standing.parameters.take(some),
        standing.evidence,
        weights=weights / weights.sum(),
        as_of=standing.as_of,
    )
    response = answer(asked)
    probability = float(response.probability[-1] @ response.weights)
    return Reply(
        standing,
        asked,
        response,
        name,
        contradicted(beliefs, asked, probability),
        _issued(project, name),
        list(_already(asked, answer, as_of=standing.as_of)),
    )


def _already(
    asked: Asked, answer: Callable[[Asked], Response], *, as_of: dt.date
) -> Iterator[Already]:
    """Find the parts with a deadline ahead that have come to pass already."""

    def chance(part: Reaches | Is) -> float:
        found = answer(Asked(asked.text, (part,)))
        return float(found.probability[-1] @ found.weights)

    for part in dict.fromkeys(asked.reached):
        day = max(as_of, part.since)
        if part.by <= as_of:
            continue
        stands = chance(Is(part.node, part.states, day))
        reached = chance(replace(part, by=as_of)) if part.since < as_of else stands
        if reached >= _NEAR_CERTAIN:
            yield Already(part, day, reached, stands)


def _issued(project: Project, name: str | None) -> list[tuple[str, dt.date, float]]:
    """Find what was issued for a named question, in the order it was issued."""
    if name is None:
        return []
    with project.ledger(create=False) as ledger:
        told: list[Any] = ledger.issues.all()
    # one forecast may have been told twice, with another view of the past
    issues = {forecast_of(one): one for one in told}
    return [
        (issue.id, issue.as_of, answer["probability"])
        for issue in issues.values()
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
        "counts": list(_counts(reply.asked)),
        "already": [_told(found, beliefs) for found in reply.already],
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


def _counts(asked: Asked) -> Iterator[dict[str, Any]]:
    """Say from which day on each part counts."""
    none: dict[str, Any] = {"node": None, "states": None, "indicator": None}
    if isinstance(asked.head, Recorded):
        question = asked.head.question
        span = {"from": question.opens.isoformat(), "by": question.by.isoformat()}
        yield none | {"indicator": question.indicator} | span
    for part in (*asked.parts, *asked.given):
        if isinstance(part, Is):
            continue
        span = {"from": part.since.isoformat(), "by": part.by.isoformat()}
        if isinstance(part, Reaches):
            yield none | {"node": part.node, "states": list(part.states)} | span
        else:
            yield none | {"indicator": part.indicator} | span


def _told(found: Already, beliefs: Beliefs) -> dict[str, Any]:
    part = found.part
    return {
        "node": part.node,
        "states": list(part.states),
        "from": part.since.isoformat(),
        "on": found.on.isoformat(),
        "probability": _number(found.probability),
        "stands": _number(found.stands),
        "sentence": _sentence(found, beliefs),
    }


def _sentence(found: Already, beliefs: Beliefs) -> str:
    """Say that a state was reached before, and how to ask about what is to come."""
    part, label = found.part, beliefs.nodes[found.part.node].labelled(found.part.states)
    states, chance = " or ".join(part.states), words.format_probability(found.probability)
    if found.stands >= _STANDS:
        return (
            f"{label} stands on {found.on} already ({words.format_probability(found.stands)}), and "
            f"what stands counts as reached; ask whether it will stand then: "
            f'"{part.node} is {states} on {part.by}"'
        )
    return (
        f"{label} was reached between {part.since} and {found.on} already ({chance}); to count "
        f'from now on, ask: "{part.node} reaches {states} from {found.on} by {part.by}"'
    )


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
            since=_since(reply.asked),
        )
        return passage.chart(values, scale=scale, stamp=stamp, size=size)
    except ChartRefusal as error:
        raise BeliefsError(f"the chart is refused: {error}; use --no-charts") from None


def _since(asked: Asked) -> dt.date | None:
    """Give the one day from which everything asked about counts."""
    if isinstance(asked.head, Recorded):
        return asked.head.question.opens
    days = {part.since for part in asked.parts if not isinstance(part, Is)}
    return days.pop() if len(days) == 1 else None


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
