"""What others would have said: the priors alone, the brief's own words, a crowd."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.beliefs import Beliefs, Question, later
from forecast.beliefs.outcomes import Crowd, read_crowd
from forecast.scoring.question_life import Series, constant, days_of

if TYPE_CHECKING:
    from forecast.analysis.answering import Answer

__all__ = ["brief_words", "crowd", "prior_only"]

_DRAWS = 2000
#: A judgement speaks of a question whose deadline is this near to the end of its own window.
_NEAR = dt.timedelta(days=31)


def prior_only(beliefs: Beliefs, names: Sequence[str], *, seed: int = 1) -> dict[str, Answer]:
    """Answer questions from draws of the priors, with no report seen and nobody looking.

    Parameters
    ----------
    beliefs : Beliefs
    names : sequence of str
        The questions.
    seed : int
        Of the draws.

    Returns
    -------
    dict of str to Answer
        One each, since without reports nothing changes.
    """
    from forecast.analysis.answering import answers
    from forecast.inference.encoding import encode
    from forecast.network import Evidence

    encoding = encode(beliefs)
    prior = encoding.priors.draw(_DRAWS, seed=seed)
    blank = Evidence.empty(steps=0, indicators=len(encoding.indicators))
    asked = {name: beliefs.questions[name] for name in names}
    found = answers(encoding, prior, blank, asked, as_of=beliefs.brief.as_of)
    return {one.name: one for one in found}


def brief_words(beliefs: Beliefs, names: Sequence[str]) -> dict[str, Series]:
    """Read the brief's judgements as the midpoints of their bands.

    A judgement speaks of a question about the same node and states, asked in the same way, with a
    deadline within a month of the end of its window. Of several, the first is taken.
    """
    start = beliefs.brief.as_of
    out = {}
    for name in names:
        middle = _midpoint(beliefs, beliefs.questions[name])
        if middle is not None:
            out[name] = constant(middle, since=start)
    return out


def _midpoint(beliefs: Beliefs, question: Question) -> float | None:
    mode = {"reaches": "by", "is": "at"}.get(question.mode)
    for judgement in beliefs.nodes[question.node].judgements:
        ends = later(beliefs.brief.as_of, judgement.within)
        same = judgement.mode == mode and set(judgement.states) == set(question.states)
        if same and abs(ends - question.by) <= _NEAR:
            low, high = judgement.probability.interval
            return (low + high) / 2
    return None


def crowd(beliefs: Beliefs, path: Path, *, today: dt.date) -> tuple[dict[str, Series], Crowd]:
    """Read the series of a crowd or a market, one a question, and what the file holds.

    Raises
    ------
    ReportsError
        With every row that cannot be used.
    """
    found = read_crowd(path, beliefs.questions, today=today)
    rows = defaultdict(list)
    for said in found.said:
        rows[said.question].append((said.date, said.probability))
    return {name: days_of(entries) for name, entries in rows.items()}, found
