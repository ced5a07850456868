"""Score the record: the forecasts that stood, the outcomes, and what others would have said."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from forecast.beliefs import Beliefs, Question
from forecast.ledger import IssuedForecast, Ledger, ResolutionRecord
from forecast.scoring.scorecard import (
    LEADS,
    Comparison,
    LeadScore,
    QuestionScore,
    Resolved,
    base_rates,
    compare,
    lead_scores,
    score_question,
)
from forecast.scoring.standing import Series, days_of, shifted
from forecast.workflow import baselines
from forecast.workflow.project import Project, today
from forecast.workflow.run import Reporter, Silent

__all__ = ["BASELINES", "Left", "Scorecard", "score", "score_record"]

#: Baselines in the order they are shown.
BASELINES = ("prior only", "base rate", "last issue", "brief's words", "crowd")

_SAME = ("node", "states", "mode", "opens", "by")


@dataclass(frozen=True)
class Left:
    """A question that is not scored, and why."""

    question: str
    reason: str


@dataclass(frozen=True)
class Scorecard:
    """How the forecasts of a project did.

    Attributes
    ----------
    as_of : date
        Outcomes known and deadlines passed by this day.
    scale : str
        Name of the brief's scale of words.
    scores : list of QuestionScore
        The scored questions, in the order of the file.
    leads : list of LeadScore
        The first forecasts, then those at fixed leads.
    comparisons : list of Comparison
        With every baseline that says something.
    left : list of Left
        Questions that are not scored.
    issues : int
        Forecasts that are scored.
    later : int
        Of these, made more than a week after the day they are as of.
    """

    as_of: dt.date
    scale: str
    scores: Sequence[QuestionScore]
    leads: Sequence[LeadScore]
    comparisons: Sequence[Comparison]
    left: Sequence[Left]
    issues: int
    later: int

    @property
    def void(self) -> int:
        """How many questions were void."""
        return sum(one.reason == "void" for one in self.left)


@dataclass
class _Record:
    """Forecasts of each question, and what they come from."""

    entries: dict[str, list[tuple[dt.date, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    issues: dict[dt.date, IssuedForecast] = field(default_factory=dict)
    altered: set[str] = field(default_factory=set)


def score(
    project: Project,
    *,
    as_of: dt.date | None = None,
    crowd: Path | None = None,
    leads: Sequence[int] = LEADS,
    reporter: Reporter | None = None,
) -> Scorecard:
    """Score every question whose deadline has passed and whose outcome is known.

    Parameters
    ----------
    project : Project
    as_of : date, optional
        Nothing known or issued as of a later day is used; today by default.
    crowd : Path, optional
        CSV file with the series of a crowd or a market.
    leads : sequence of int
        Days before the deadline.
    reporter : Reporter, optional
        Told how it goes.

    Returns
    -------
    Scorecard

    Raises
    ------
    ReportsError
        With every row of the crowd's file that cannot be used.
    """
    told = reporter or Silent()
    beliefs = project.beliefs()
    day = as_of or today()
    others = {} if crowd is None else {"crowd": baselines.crowd(beliefs, crowd)}
    told.stage("reading the forecasts that stood")
    with project.ledger() as ledger:
        return score_record(beliefs, ledger, as_of=day, others=others, leads=leads, reporter=told)


def score_record(
    beliefs: Beliefs,
    ledger: Ledger,
    *,
    as_of: dt.date,
    others: Mapping[str, Mapping[str, Series]],
    leads: Sequence[int] = LEADS,
    reporter: Reporter | None = None,
    chosen: Sequence[IssuedForecast] | None = None,
) -> Scorecard:
    """Score issued forecasts; all of the ledger, or only some of them.

    Parameters
    ----------
    beliefs, ledger
        The questions, and their outcomes.
    as_of : date
        As in `score`.
    others : mapping
        Further baselines: name, then question, then series.
    leads, reporter
        As in `score`.
    chosen : sequence of IssuedForecast, optional
        Only these forecasts.
    """
    told = reporter or Silent()
    record = _standing(beliefs, ledger.issues() if chosen is None else chosen, as_of)
    said = {one.question: one for one in ledger.resolutions(as_of=as_of)}
    asked, left = _sorted_out(beliefs, said, record, as_of)
    told.stage("asking what the priors alone would have said")
    names = [one.name for one in asked]
    given: dict[str, Mapping[str, Series]] = {
        "prior only": baselines.prior_only(beliefs, names) if names else {},
        "base rate": base_rates(asked),
        "last issue": {one.name: shifted(one.series) for one in asked},
        "brief's words": baselines.brief_words(beliefs, names),
        **others,
    }
    full = [
        replace(one, baselines={k: v[one.name] for k, v in given.items() if one.name in v})
        for one in asked
    ]
    compared = [compare(full, name) for name in BASELINES]
    found = [score_question(one) for one in full]
    later = sum((issue.issued_at.date() - issue.as_of).days > 7 for issue in record.issues.values())
    return Scorecard(
        as_of=as_of,
        scale=beliefs.brief.scale,
        scores=[one for one in found if one is not None],
        leads=lead_scores(full, leads),
        comparisons=[one for one in compared if one is not None],
        left=left,
        issues=len(record.issues),
        later=later,
    )


def _standing(beliefs: Beliefs, issues: Sequence[IssuedForecast], day: dt.date) -> _Record:
    """Take the forecast of every question out of every issue; of one day the last issue counts."""
    record = _Record()
    for issue in issues:  # in the order they were issued
        if issue.as_of <= day:
            record.issues[issue.as_of] = issue
    for issue in record.issues.values():
        payload: Any = issue.payload
        for row in payload["questions"]:
            asked = beliefs.questions.get(row["question"])
            if asked is None:
                continue
            if _unaltered(row, asked):
                record.entries[row["question"]].append((issue.as_of, row["probability"]))
            else:
                record.altered.add(row["question"])
    return record


def _unaltered(row: Mapping[str, Any], asked: Question) -> bool:
    """Whether an issue answered the question as it is asked now."""
    now = asked.model_dump(mode="json")
    return all(row[name] == now[name] for name in _SAME)


def _sorted_out(
    beliefs: Beliefs, said: Mapping[str, ResolutionRecord], record: _Record, day: dt.date
) -> tuple[list[Resolved], list[Left]]:
    """Tell the questions that can be scored from those that cannot."""
    asked, left = [], []
    for name, question in beliefs.questions.items():
        word = said.get(name)
        reason = _unfit(name, question, word, record, day)
        if reason or word is None:
            left.append(Left(name, reason))
            continue
        closes = max(min(word.resolved_on, question.by), question.opens)
        series = days_of([(d, p) for d, p in record.entries[name] if d < closes])
        one = Resolved(
            name, int(word.outcome == "yes"), question.opens, question.by, closes, series, {}
        )
        if score_question(one) is None:
            left.append(Left(name, "no forecast stood while it was open"))
        else:
            asked.append(one)
    return asked, left


def _unfit(
    name: str,
    question: Question,
    word: ResolutionRecord | None,
    record: _Record,
    day: dt.date,
) -> str:
    """Say why a question cannot be scored; nothing where it can."""
    if question.by >= day:
        return f"its deadline {question.by} has not passed"
    if word is None or word.outcome == "open":
        return "not resolved"
    if word.outcome == "void":
        return "void"
    if not record.entries.get(name):
        asked_otherwise = name in record.altered
        return "asked otherwise in every issue" if asked_otherwise else "in no issue"
    return ""
