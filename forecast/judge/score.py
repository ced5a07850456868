"""Score the record: the forecasts that stood, the outcomes, and what others would have said."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from forecast.beliefs import Beliefs, Question
from forecast.beliefs.outcomes import Crowd
from forecast.judge import baselines
from forecast.ledger import Ledger, ResolutionRecord
from forecast.project.progress import Reporter, Silent
from forecast.project.project import Project, take_in_outcomes, today
from forecast.project.sampler import SamplerSettings
from forecast.scoring.distributions import DistributionScore, scorable, score_distributions
from forecast.scoring.question_life import Series, days_of, shifted
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

if TYPE_CHECKING:
    from forecast.analysis.answering import Answer

__all__ = [
    "BASELINES",
    "STATED",
    "Scorecard",
    "Stood",
    "Unscored",
    "first_forecasts",
    "score",
    "score_record",
]

#: Baselines of questions for which a number was stated.
STATED = ("model alone", "prior alone")
#: Baselines in the order they are shown.
BASELINES = (
    *("prior only", *STATED),
    *("base rate", "last issue", "brief's words", "crowd"),
)

_DIGITS = 6  # of an issue's probabilities, so that what is the same scores the same

_SAME = ("node", "states", "mode", "opens", "by")
#: Only in issues since there are questions on sums.
_SAME_RECORD = ("indicator", "over_days", "over", "above")


class Stood(Protocol):
    """A forecast that stood from a day: issued, or of a backtest."""

    @property
    def as_of(self) -> dt.date:
        """Day it is as of."""

    @property
    def issued_at(self) -> dt.datetime:
        """When it was made."""

    @property
    def payload(self) -> Mapping[str, Any]:
        """What it says."""


@dataclass(frozen=True)
class Unscored:
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
    left : list of Unscored
        Questions that are not scored.
    issues : int
        Forecasts that are scored.
    later : int
        Of these, made more than a week after the day they are as of.
    distributions : list of DistributionScore
        Whole distributions of the questions whose outcome says which state or sum came.
    afterwards : int
        Scored questions that the project first recorded after the day their outcome was known.
    crowd : Crowd or None
        What the file of the crowd holds.
    """

    as_of: dt.date
    scale: str
    scores: Sequence[QuestionScore]
    leads: Sequence[LeadScore]
    comparisons: Sequence[Comparison]
    left: Sequence[Unscored]
    issues: int
    later: int
    distributions: Sequence[DistributionScore] = ()
    afterwards: int = 0
    crowd: Crowd | None = None

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
    spreads: dict[str, list[tuple[dt.date, Mapping[str, Any]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    alone: dict[str, list[tuple[dt.date, float]]] = field(default_factory=lambda: defaultdict(list))
    issues: dict[dt.date, Stood] = field(default_factory=dict)
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
    series, read = baselines.read_crowd(project, beliefs, crowd)
    told.stage("reading the forecasts that stood")
    with project.ledger() as ledger:
        take_in_outcomes(project, beliefs, ledger)
        card = score_record(
            beliefs, ledger, as_of=day, others={"crowd": series}, leads=leads, reporter=told
        )
    return replace(card, crowd=read)


def score_record(
    beliefs: Beliefs,
    ledger: Ledger,
    *,
    as_of: dt.date,
    others: Mapping[str, Mapping[str, Series]],
    leads: Sequence[int] = LEADS,
    reporter: Reporter | None = None,
    chosen: Sequence[Stood] | None = None,
    sampler: SamplerSettings | None = None,
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
    chosen : sequence of Stood, optional
        Only these forecasts.
    sampler : SamplerSettings, optional
        Of whose number and seed the draws of the priors are.
    """
    told = reporter or Silent()
    record = _standing(beliefs, ledger.issues.all() if chosen is None else chosen, as_of)
    said = {one.question: one for one in ledger.resolutions.latest(as_of=as_of)}
    asked, left = _sorted_out(beliefs, said, record, as_of)
    told.stage("asking what the priors alone would have said")
    names = [one.name for one in asked]
    days = {one.name: one.series.days for one in asked}
    prior = baselines.prior_only(beliefs, days, sampler=sampler or SamplerSettings())
    given: dict[str, Mapping[str, Series]] = {
        "prior only": {
            name: days_of([(day, round(one.band.probability, _DIGITS)) for day, one in said])
            for name, said in prior.items()
        },
        "model alone": {
            name: days_of([*record.entries[name], *record.alone[name]])
            for name in names
            if record.alone[name]
        },
        "prior alone": baselines.prior_alone(beliefs, days),
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
    spread = [_distributed(one, said[one.name].came, record, prior[one.name]) for one in full]
    return Scorecard(
        as_of=as_of,
        scale=beliefs.brief.scale,
        scores=[one for one in found if one is not None],
        leads=lead_scores(full, leads),
        comparisons=[one for one in compared if one is not None],
        left=left,
        issues=len(record.issues),
        later=later,
        distributions=[one for one in spread if one is not None],
        afterwards=_afterwards(beliefs, ledger, {name: said[name].resolved_on for name in names}),
    )


def _afterwards(beliefs: Beliefs, ledger: Ledger, known: Mapping[str, dt.date]) -> int:
    """Count the questions that were first recorded after the day their outcome was known."""
    written: dict[str, dt.date] = {}
    for one in ledger.models.all() if known else ():
        content: Any = one.content
        for name, row in content.get("questions", {}).items():
            if name in known and _unaltered(row, beliefs.questions[name]):
                written.setdefault(name, one.recorded_at.date())
    return sum(written[name] > known[name] for name in written)


def _distributed(
    one: Resolved, came: str, record: _Record, prior: Sequence[tuple[dt.date, Answer]]
) -> DistributionScore | None:
    """Score the whole distributions of a question, where its outcome says what came."""
    from forecast.analysis.payload import distribution

    wholes = [(day, distribution(answer)) for day, answer in prior] if came else []
    before = [(d, found) for d, found in wholes if found is not None and scorable(found, came)]
    stood = [(d, found) for d, found in record.spreads[one.name] if d < one.closes]
    stood = [(d, found) for d, found in stood if scorable(found, came)]
    if not before or not stood:
        return None
    return score_distributions(
        one.name, came, forecasts=stood, prior=before, opens=one.opens, closes=one.closes
    )


def _standing(beliefs: Beliefs, issues: Sequence[Stood], day: dt.date) -> _Record:
    """Take the forecast of every question out of every issue; of one day the last issue counts."""
    record = _Record()
    for issue in issues:  # in the order they were issued
        if issue.as_of <= day:
            record.issues[issue.as_of] = issue
    for issue in sorted(record.issues.values(), key=lambda one: one.as_of):
        payload: Any = issue.payload
        for row in payload["questions"]:
            asked = beliefs.questions.get(row["question"])
            if asked is None:
                continue
            if _unaltered(row, asked):
                record.entries[row["question"]].append((issue.as_of, row["probability"]))
                if row.get("anchor"):
                    record.alone[row["question"]].append(
                        (issue.as_of, row["anchor"]["model_alone"])
                    )
                if row.get("distribution"):
                    record.spreads[row["question"]].append((issue.as_of, row["distribution"]))
            else:
                record.altered.add(row["question"])
    return record


def _unaltered(row: Mapping[str, Any], asked: Question) -> bool:
    """Whether an issue answered the question as it is asked now."""
    now = asked.model_dump(mode="json")
    now["over_days"] = asked.over
    if (row.get("at_least") or 1) != asked.at_least:  # before it could be said, one was meant
        return False
    if any(name in row and row[name] != now[name] for name in _SAME_RECORD):
        return False
    return all(row[name] == now[name] for name in _SAME)


def _sorted_out(
    beliefs: Beliefs, said: Mapping[str, ResolutionRecord], record: _Record, day: dt.date
) -> tuple[list[Resolved], list[Unscored]]:
    """Tell the questions that can be scored from those that cannot."""
    asked, left = [], []
    for name, question in beliefs.questions.items():
        word = said.get(name)
        reason = _unfit(name, question, word, record, day)
        if reason or word is None:
            left.append(Unscored(name, reason))
            continue
        closes = max(min(word.resolved_on, question.by), question.opens)
        series = days_of([(d, p) for d, p in record.entries[name] if d < closes])
        one = Resolved(
            name, int(word.outcome == "yes"), question.opens, question.by, closes, series, {}
        )
        if score_question(one) is None:
            left.append(Unscored(name, "no forecast stood while it was open"))
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


def first_forecasts(
    beliefs: Beliefs, ledger: Ledger, *, as_of: dt.date
) -> tuple[list[QuestionScore], dt.date | None]:
    """Return the questions that can be scored, and the day from which all of that was known.

    Parameters
    ----------
    beliefs, ledger
        The questions, and their outcomes.
    as_of : date
        As in `score`.
    """
    said = {one.question: one for one in ledger.resolutions.latest(as_of=as_of)}
    asked, _ = _sorted_out(beliefs, said, _standing(beliefs, ledger.issues.all(), as_of), as_of)
    found = [one for one in map(score_question, asked) if one is not None]
    days = [max(one.by + dt.timedelta(days=1), said[one.name].resolved_on) for one in asked]
    return found, max(days, default=None)
