"""What others would have said: the priors alone, the brief's own words, an analyst, a crowd."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.beliefs import Beliefs, Question, later
from forecast.beliefs.outcomes import Crowd
from forecast.project.project import Project
from forecast.scoring.question_life import Series, constant, days_of

if TYPE_CHECKING:
    from forecast.analysis.answering import Answer
    from forecast.project.sampler import SamplerSettings

__all__ = ["brief_words", "prior_alone", "prior_only", "read_crowd"]

#: A judgement speaks of a question whose deadline is this near to the end of its own window.
_NEAR = dt.timedelta(days=31)


def prior_only(
    beliefs: Beliefs, asked: Mapping[str, Sequence[dt.date]], *, sampler: SamplerSettings
) -> dict[str, list[tuple[dt.date, Answer]]]:
    """Answer questions from draws of the priors, with no report seen and nobody looking.

    At each date they have the time that is left, as the forecasts beside them do: of a question
    about the record only the steps to come can still answer it.

    Parameters
    ----------
    beliefs : Beliefs
    asked : mapping of str to sequence of date
        The questions, and the dates on which each is answered.
    sampler : SamplerSettings
        How many draws, and their seed: those that the honest history begins with.

    Returns
    -------
    dict of str to list of (date, Answer)
        In the order of the dates.
    """
    from forecast.analysis.answering import answers
    from forecast.inference.encoding import encode
    from forecast.inference.observations import steps_until
    from forecast.network import Evidence

    encoding = encode(beliefs)
    prior = encoding.priors.draw(sampler.draws * sampler.chains, seed=sampler.seed)
    out: dict[str, list[tuple[dt.date, Answer]]] = {name: [] for name in asked}
    for day in sorted({day for days in asked.values() for day in days}):
        steps = steps_until(encoding, day)
        blank = Evidence.empty(steps=steps, indicators=len(encoding.indicators))
        then = {name: beliefs.questions[name] for name, days in asked.items() if day in days}
        for one in answers(encoding, prior, blank, then, as_of=day):
            out[one.name].append((day, one))
    return out


def prior_alone(beliefs: Beliefs, asked: Mapping[str, Sequence[dt.date]]) -> dict[str, Series]:
    """Say of questions with a prior what it alone says, with the time that is left.

    It is read as that of a constant hazard to the deadline: with N events asked for and a
    probability p of them in all days, the mean number m has ``P(Poisson(m) >= N) = p``, and of it
    the share of the days that are left is still to come.
    """
    from scipy.special import expit, gammainc, gammaincinv

    out = {}
    for name, days in asked.items():
        question, prior = beliefs.questions[name], beliefs.questions[name].prior
        since = [] if prior is None else [day for day in days if day >= prior.as_of]
        if prior is None or not since:
            continue
        mean = gammaincinv(question.at_least, expit(prior.log_odds.mean))
        whole = (question.by - prior.as_of).days
        left = [max(0, (question.by - day).days) / whole for day in since]
        chances = gammainc(question.at_least, [mean * share for share in left])
        out[name] = days_of([*zip(since, map(float, chances), strict=True)])
    return out


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


def read_crowd(
    project: Project, beliefs: Beliefs, path: Path | None
) -> tuple[dict[str, Series], Crowd | None]:
    """Read the series of a crowd or a market, one a question, and what the file holds, if any.

    Without a file it is that of ``events/crowd.csv``, if it is there.

    Raises
    ------
    ReportsError
        With every row that cannot be used.
    """
    found = project.crowd(beliefs, path)
    if found is None:
        return {}, None
    rows = defaultdict(list)
    for said in found.said:
        rows[said.question].append((said.date, said.probability))
    return {name: days_of(entries) for name, entries in rows.items()}, found
