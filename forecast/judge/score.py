"""Score the record: the forecasts that stood, the outcomes, and what others would have said.

The others are the priors alone, the brief's own words, an analyst, a crowd.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from forecast.beliefs import Beliefs, Question, later
from forecast.beliefs.outcomes import Crowd
from forecast.ledger import Ledger, ResolutionRecord
from forecast.project.project import Project, take_in_outcomes, today
from forecast.project.sampler import Reporter, SamplerSettings, Silent
from forecast.scoring.rules import (
    DistributionScore,
    Series,
    constant,
    days_of,
    scorable,
    score_distributions,
    shifted,
)
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
    "brief_words",
    "first_forecasts",
    "prior_alone",
    "prior_only",
    "read_crowd",
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
    series, read = read_crowd(project, beliefs, crowd)
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
    prior = prior_only(beliefs, days, sampler=sampler or SamplerSettings())
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
        "prior alone": prior_alone(beliefs, days),
        "base rate": base_rates(asked),
        "last issue": {one.name: shifted(one.series) for one in asked},
        "brief's words": brief_words(beliefs, names),
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
    from forecast.analysis.readout import distribution

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
