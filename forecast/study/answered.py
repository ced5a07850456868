"""The answer to a question: as it was worked out, and as ``--json`` prints it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from forecast.analysis.answering import Band, Drawn, band_of
from forecast.analysis.readout import Contradiction
from forecast.analysis.scenes import LEVELS, SumForecast
from forecast.beliefs import Beliefs, Question, words
from forecast.beliefs.question_language import Asked, Is, Reaches, Recorded
from forecast.issue.issued import QuestionAnchor
from forecast.result import (
    BANDS,
    Draws,
    Effective,
    Fraction,
    Result,
    Share,
    WordedBand,
    rounded,
    unit,
)
from forecast.study.last_issue import HeldIssue

__all__ = ["Already", "Answered", "Reply"]

_DIGITS = 6

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


class CountedPart(Result):
    """From which day on a part of a question counts."""

    node: str | None = Field(description="of what is to be reached")
    states: tuple[str, ...] | None
    indicator: str | None = Field(description="of the reports that are counted")
    since: dt.date = Field(serialization_alias="from", description="what stands on this day counts")
    by: dt.date


class ReachedPart(Result):
    """A part that had next to certainly come to pass when the forecast began."""

    node: str
    states: tuple[str, ...]
    since: dt.date = Field(serialization_alias="from", description="from which it counts")
    on: dt.date = Field(description="the as-of date, or `from` where that is later")
    probability: Fraction = Field(description="of having been reached by `on`")
    stands: Fraction = Field(description="of being there on `on`")
    sentence: str = Field(description="says so, with the question to ask instead")


class SumDistribution(Result):
    """Where a sum will lie."""

    mean: Annotated[float, rounded(6)]
    known: Annotated[float, rounded(6)] = Field(description="what the weeks that are over add")
    levels: tuple[Fraction, ...] = Field(description="199 levels of equal weight")
    quantiles: tuple[Annotated[float, rounded(6)], ...] = Field(
        description="of the sum, at these levels"
    )


class DatedBands(Result):
    """A probability with its bands at each of some dates."""

    date: tuple[dt.date, ...]
    probability: tuple[Fraction, ...]
    lo50: tuple[Fraction, ...]
    hi50: tuple[Fraction, ...]
    lo80: tuple[Fraction, ...]
    hi80: tuple[Fraction, ...]


class ContradictedJudgement(Result):
    """A judgement of the brief that an answer contradicts."""

    node: str
    quote: str = Field(description="its sentence")
    states: tuple[str, ...] = Field(description="the states it is about")
    until: dt.date = Field(description="end of its window")
    bound: str = Field(description="`at most` or `at least`: what it allows for the question")
    limit: Share


class IssuedAnswer(Result):
    """What an issued forecast answered."""

    issue: str
    as_of: dt.date
    probability: Share


class AnswerPart(Result):
    """A part of the log odds of an answer."""

    part: str = Field(
        description="`model` (the model alone, on the day a number was stated), `prior` or `crowd` "
        "(what that moved), `since` (time and reports since)"
    )
    decibans: Annotated[float, rounded(6), unit("decibans")]


class Answered(Result):
    """The answer to a question."""

    issue: str = Field(description="id of the forecast it was answered from")
    as_of: dt.date = Field(description="its date")
    question: str = Field(description="as it was read")
    counts: tuple[CountedPart, ...] = Field(
        description="every part of it that counts from a day on"
    )
    already: tuple[ReachedPart, ...] = Field(
        description="parts that had next to certainly come to pass (99 % or more) when the "
        "forecast began"
    )
    name: str | None = Field(
        description="name of the question, where it is one of the brief by itself; this and the "
        "next three are null elsewhere"
    )
    text: str | None
    criteria: str | None = Field(description="how it is resolved")
    fallback: str | None = Field(description="what happens if it is void")
    probability: Fraction = Field(description="of yes, given what is given")
    lo50: Fraction
    hi50: Fraction
    lo80: Fraction
    hi80: Fraction
    word: str
    announced: Fraction | None = Field(
        default=None,
        description="probability that what is announced alone brings a yes by the deadline; left "
        "out where nothing is",
        exclude_if=lambda chance: chance is None,
    )
    anchor: QuestionAnchor | None = Field(
        default=None,
        description="a number stated for the question itself, as it was issued; left out where "
        "there is none",
        exclude_if=lambda anchor: anchor is None,
    )
    parts: tuple[AnswerPart, ...] = Field(
        default=(),
        description="of the log odds of the probability, which add up; left out where no such "
        "number moved it",
        exclude_if=lambda parts: not parts,
    )
    given: Fraction | None = Field(
        description="probability of what is given; null without a condition"
    )
    distribution: SumDistribution | None = Field(
        description="of the sum that is asked for; null for other questions"
    )
    draws: Draws = Field(description="used")
    effective_draws: Effective = Field(description="left after the condition")
    curve: DatedBands = Field(
        description="the same had every later deadline of the question been each of these dates"
    )
    contradictions: tuple[ContradictedJudgement, ...] = Field(
        description="judgements of the brief that the answer contradicts"
    )
    issued: tuple[IssuedAnswer, ...] = Field(
        description="every issued forecast that answered the named question, in the order of issue"
    )


@dataclass(frozen=True, eq=False)
class Reply:
    """A question with its answer and what belongs to it.

    Attributes
    ----------
    held : HeldIssue
        The forecast it was answered from.
    asked : Asked
    response : Drawn
    name : str or None
        Of the question of the brief, where it is one by itself.
    contradictions : sequence of Contradiction
        Judgements of the brief that the answer contradicts.
    issued : sequence of (str, date, float)
        Id, date and probability of every issued forecast that answered the named question.
    already : sequence of Already
        Parts that have next to certainly come to pass, so that the answer says little of what is
        to come.
    announced : float or None
        Probability that what is announced alone brings a yes, where anything is.
    anchor : QuestionAnchor or None
        The number stated for the question, as it was issued: for this one, or another about the
        same reports.
    """

    held: HeldIssue
    asked: Asked
    response: Drawn
    name: str | None
    contradictions: Sequence[Contradiction]
    issued: Sequence[tuple[str, dt.date, float]]
    already: Sequence[Already] = ()
    announced: float | None = None
    anchor: QuestionAnchor | None = None

    @property
    def band(self) -> Band:
        """The answer."""
        return band_of(self.response.probability[-1], self.response.weights)

    @property
    def question(self) -> Question | None:
        """The question of the brief, where it is one by itself."""
        return None if self.name is None else self.held.encoding.beliefs.questions[self.name]

    @cached_property
    def result(self) -> Answered:
        """The answer as ``--json`` prints it."""
        response, beliefs = self.response, self.held.encoding.beliefs
        question, band = self.question, self.band
        curve = [band_of(draws, response.weights) for draws in response.probability]
        return Answered(
            issue=self.held.issued.id,
            as_of=self.held.as_of,
            question=self.asked.text,
            counts=list(_counts(self.asked)),
            already=[_told(found, beliefs) for found in self.already],
            name=self.name,
            text=None if question is None else question.text,
            criteria=None if question is None else question.criteria,
            fallback=None if question is None else question.fallback,
            **dict(WordedBand.of(band, words.scale(beliefs.brief.scale).word)),
            announced=self.announced,
            anchor=self.anchor,
            parts=list(_parts(self.name, self.anchor, band.probability)),
            given=None if response.given is None else _number(response.given),
            distribution=None if response.total is None else _distribution(response.total),
            draws=len(response.weights),
            effective_draws=float(1.0 / np.square(response.weights).sum()),
            curve=DatedBands(
                date=response.dates,
                **{name: [_number(getattr(one, name)) for one in curve] for name in BANDS},
            ),
            contradictions=[
                ContradictedJudgement(
                    node=found.node,
                    quote=found.judgement.quote,
                    states=found.judgement.states,
                    until=found.until,
                    bound=found.bound,
                    limit=found.limit,
                )
                for found in self.contradictions
            ],
            issued=[
                IssuedAnswer(issue=issue, as_of=day, probability=probability)
                for issue, day, probability in self.issued
            ],
        )


def _parts(name: str | None, anchor: QuestionAnchor | None, now: float) -> Iterator[AnswerPart]:
    """Split the log odds: the model then, what the stated number moved, and what came since.

    Of a number that was stated for another question, the issue knows only what that moved.
    """
    if anchor is None or anchor.kappa is None or anchor.question != name:
        return
    levels = [anchor.model_then, anchor.pooled, now]
    if any(p is None or not 0.0 < p < 1.0 for p in levels):
        return
    odds = [10.0 * math.log10(p / (1.0 - p)) for p in levels if p is not None]
    moved = [odds[0], odds[1] - odds[0], odds[2] - odds[1]]
    for part, decibans in zip(("model", anchor.said, "since"), moved, strict=True):
        yield AnswerPart(part=part, decibans=decibans)


def _counts(asked: Asked) -> Iterator[CountedPart]:
    """Say from which day on each part counts."""
    none: dict[str, Any] = {"node": None, "states": None, "indicator": None}
    if isinstance(asked.head, Recorded):
        found = asked.head.question
        about = none | {"indicator": found.indicator}
        yield CountedPart(**about, since=found.opens, by=found.by)
    for part in (*asked.parts, *asked.given):
        if isinstance(part, Is):
            continue
        about = (
            {"node": part.node, "states": part.states}
            if isinstance(part, Reaches)
            else {"indicator": part.indicator}
        )
        yield CountedPart(**none | about, since=part.since, by=part.by)


def _told(found: Already, beliefs: Beliefs) -> ReachedPart:
    part = found.part
    return ReachedPart(
        node=part.node,
        states=part.states,
        since=part.since,
        on=found.on,
        probability=_number(found.probability),
        stands=_number(found.stands),
        sentence=_sentence(found, beliefs),
    )


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


def _distribution(total: SumForecast) -> SumDistribution:
    return SumDistribution(
        mean=total.mean,
        known=total.known,
        levels=LEVELS,
        quantiles=[round(value, _DIGITS) for value in total.quantiles],
    )


def _number(value: float) -> float:
    return round(float(np.clip(value, 0.0, 1.0)), _DIGITS)
