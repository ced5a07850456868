"""Ask: one question, answered from the forecast that was issued last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from forecast.analysis.anchoring import inherited
from forecast.analysis.answering import Drawn, ask
from forecast.analysis.readout import contradicted
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
from forecast.issue.issued import QuestionAnchor
from forecast.issue.run import forecast_of
from forecast.project.project import Project
from forecast.project.sampler import Reporter, Silent
from forecast.result import BANDS
from forecast.study.answered import Already, Reply
from forecast.study.charts import sum_values
from forecast.study.last_issue import HeldIssue, held_issue

__all__ = ["ask_question", "draw_passage", "reply_chart"]

#: From this probability on, a state that is asked about counts as reached before the forecast.
_NEAR_CERTAIN = 0.99


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
    held = held_issue(project, as_of=as_of)
    beliefs = held.encoding.beliefs
    asked = read_question(text, beliefs, as_of=held.as_of)
    name = asked.text if asked.text in beliefs.questions else None
    anchor = _anchor(held, asked)
    told.stage("answering")
    parameters, weights = held.thinned(draws)
    answer = partial(
        ask,
        held.encoding,
        parameters,
        held.evidence,
        weights=weights.weights,
        as_of=held.as_of,
    )
    response = answer(asked, kappa=None if anchor is None else anchor.kappa)
    if anchor is not None and name is None:  # the issue says it of another question
        alone = answer(asked)
        alone_now = float(alone.probability[-1] @ alone.weights)
        anchor = anchor.model_copy(update={"model_alone": alone_now})
    probability = float(response.probability[-1] @ response.weights)
    return Reply(
        held,
        asked,
        response,
        name,
        contradicted(beliefs, asked, probability),
        _issued(project, name),
        list(_already(asked, answer, as_of=held.as_of)),
        response.announced,
        anchor,
    )


def _anchor(held: HeldIssue, asked: Asked) -> QuestionAnchor | None:
    """Take the number that was stated out of the issue: for the question, or for one like it.

    Reports that are counted as typed, alone or as a part, take that of a question of the file about
    the same reports.
    """
    rows: Any = held.issued.payload["questions"]
    found = {row["question"]: row["anchor"] for row in rows if "anchor" in row}
    questions, name = held.encoding.beliefs.questions, asked.text
    if name not in questions:
        counted = [one for one in (*asked.parts, *asked.given) if isinstance(one, Reports)]
        if not counted:
            return None
        moved = (n for n, one in found.items() if one["question"] == n and one["kappa"] is not None)
        name = inherited(counted[0], {n: questions[n] for n in moved}) or ""
    return QuestionAnchor.model_validate(found[name]) if name in found else None


def _already(
    asked: Asked, answer: Callable[[Asked], Drawn], *, as_of: dt.date
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


def draws_a_passage(reply: Reply) -> bool:
    """Whether the answer has a curve that never falls: what has come to pass stays so."""
    if isinstance(reply.asked.head, Sum):
        return False
    parts = reply.asked.parts
    return isinstance(reply.asked.head, Before) or not any(isinstance(one, Is) for one in parts)


def draw_passage(reply: Reply, out: Path, *, formats: Sequence[str] = ("svg", "png")) -> list[Path]:
    """Draw the chart of an answer; nothing for a state on a day.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    chart = reply_chart(reply)
    return [] if chart is None else chart.save(out, formats=formats)


def reply_chart(reply: Reply, *, size: str = "a4") -> Chart | None:
    """Chart an answer: a first passage, or the distribution of a sum; nothing for a state on a day.

    Raises
    ------
    BeliefsError
        If the chart is refused.
    """
    if isinstance(reply.asked.head, Sum):
        return _sum_chart(reply, reply.asked.head, size=size)
    if not draws_a_passage(reply):
        return None
    from forecast.charts import passage
    from forecast.charts.data import ChartRefusal

    scale, stamp = look(reply.held.issue)
    curve = reply.result.curve
    rising = {name: np.maximum.accumulate(np.array(getattr(curve, name))) for name in BANDS}
    question = reply.question
    try:
        values = passage.Passage(
            name=reply.name or _slug(reply.asked.text),
            label=_label(reply),
            proposition=_worded(reply) if question is None else question.text,
            dates=np.array(curve.date, dtype="datetime64[D]"),
            p=rising.pop("probability"),
            **rising,
            as_of=reply.held.as_of,
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


def _sum_chart(reply: Reply, asked: Sum, *, size: str) -> Chart:
    from forecast.charts import predictive
    from forecast.charts.data import ChartRefusal

    scale, stamp = look(reply.held.issue)
    total, question, band = reply.response.total, reply.question, reply.band
    assert total is not None
    label = reply.held.encoding.beliefs.indicators[asked.indicator].label
    try:
        values = sum_values(
            reply.name or _slug(reply.asked.text),
            _worded(reply) if question is None else question.text,
            asked,
            total.quantiles,
            (band.probability, band.lo80, band.hi80),
            as_of=reply.held.as_of,
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
    beliefs = reply.held.encoding.beliefs
    labels = {name: node.label for name, node in beliefs.nodes.items()}
    labels |= {name: one.label for name, one in beliefs.indicators.items()}
    said = (labels.get(word, word.replace("_", " ")) for word in reply.asked.text.split())
    return f"{' '.join(said)}."


def _label(reply: Reply) -> str:
    """Name the node and states asked about, or what is asked, for the title of a chart."""
    beliefs = reply.held.encoding.beliefs
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
