"""Where an answer contradicts what the brief itself judged."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from forecast.beliefs import Beliefs, Judgement, later
from forecast.beliefs.question_language import Asked, Before, Is, Reaches

__all__ = ["Contradiction", "contradicted"]

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
