"""An issued forecast as ``forecast run --json`` prints it, recalled without computing anything."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Annotated, Any

from pydantic import Field, ValidationError

from forecast.errors import BeliefsError, LedgerError
from forecast.issue.run import Issue, issue_before
from forecast.ledger import IssuedForecast, SyncResult
from forecast.project.project import Project, take_in_outcomes
from forecast.record.resolutions import known_outcomes
from forecast.result import Draws, Fraction, Moment, Result, Rows, Share, unit

__all__ = ["FitChecks", "Issued", "issue_json", "issued", "issued_beliefs", "recall"]


#: A number as it was issued: whole where it was written so.
_Number = int | float
_Days = Annotated[_Number, unit("days")]
_Draws = Annotated[_Number, unit("draws")]
_Curve = tuple[Fraction, ...]
_SPARSE = Field(exclude_if=lambda value: not value)


class FitChecks(Result):
    """What the chains say about themselves."""

    divergences: int = Field(description="divergent transitions after warm-up")
    draws: Draws = Field(description="over all chains")
    ess_bulk: Annotated[float, unit("draws")] = Field(
        description="smallest bulk effective sample size"
    )
    ess_tail: Annotated[float, unit("draws")] = Field(
        description="smallest tail effective sample size"
    )
    problems: tuple[str, ...] = Field(
        description="checks that failed; empty in every issued forecast"
    )
    r_hat: float = Field(description="largest rank-normalised split R-hat")
    worst: str = Field(description="the parameter with the largest R-hat")


class IssueSettings(Result):
    """How a forecast was made."""

    chains: int = Field(description="number of chains")
    crowd: Annotated[str, _SPARSE] = Field(
        default="", description="fingerprint of what a crowd had said of the questions"
    )
    draws: Annotated[int, unit("draws")] = Field(description="kept in each chain")
    engine: str = Field(
        description="fingerprint of the code, its data files and the libraries that decide a "
        "forecast"
    )
    history: Annotated[bool, _SPARSE] = Field(
        default=False, description="whether the past is as it would have been published"
    )
    horizon: _Days = Field(description="how far ahead was asked for")
    seed: int = Field(description="of all draws")
    tune: Annotated[int, unit("draws")] = Field(description="discarded in each chain")


class IssueIdentity(Result):
    """What identifies a forecast."""

    id: str = Field(
        description="16 hexadecimal digits of the hash of the content; the same forecast has the "
        "same id"
    )
    issued_at: Moment = Field(description="when it was first issued")
    posterior: str = Field(description="id of the posterior it was read from, in the ledger")
    model_fingerprint: str = Field(description="SHA-256 of the beliefs in `priors.yaml`")
    evidence_fingerprint: str = Field(
        description="SHA-256 of what reports and coverage tell the model up to `as_of`"
    )
    settings: IssueSettings = Field(description="how it was made")
    unseen: Rows = Field(description="evidence rows reported after `as_of`, which were not seen")


class IssuedBrief(Result):
    """The document a forecast updates."""

    as_of: dt.date = Field(description="the day the brief's knowledge ends; the grid starts here")
    house: str
    scale: str = Field(description="key of the scale of estimative words, such as `icd203`")
    scale_title: str = Field(description="its full title")
    title: str


class EvidenceSeen(Result):
    """What was seen."""

    events: int = Field(description="events with some credibility, or with a value")
    indicators: int = Field(description="indicators these events belong to")
    lineages: int = Field(description="lineages with some credibility among them")
    reports: Rows = Field(description="evidence rows with some credibility, reported by `as_of`")


class PublishedPoint(Result):
    """What would have been published on a day."""

    date: dt.date
    ess: _Draws | None = Field(description="of the weights that were tried")
    method: str = Field(description="`reweighted` or `refitted`")
    pareto_k: _Number | None = Field(description="of these weights; null where all were equal")


class HorizonBand(Result):
    """The forecast for the last date."""

    date: dt.date
    hi50: Fraction
    hi80: Fraction
    lo50: Fraction
    lo80: Fraction
    probability: Fraction
    word: str


class BriefJudgement(Result):
    """A judgement of the brief."""

    high: Share = Field(description="upper end")
    low: Share = Field(description="lower end of the reading, central 90 %")
    mode: str = Field(description="`by` (reaches within the window) or `at` (is in at its end)")
    quote: str = Field(description="its sentence")
    states: tuple[str, ...] = Field(description="the states it is about")
    within_days: _Days = Field(description="the window")
    word: str | None = Field(
        description="the estimative words as printed, where the file gives them"
    )


class SinceIssue(Result):
    """Change since the issue before."""

    as_of: dt.date = Field(description="of the issue before")
    probability: Fraction = Field(description="of the issue before")
    change: Fraction = Field(description="now less then")


class IssuedJudgement(Result):
    """The judgement of one node."""

    at_brief: Fraction = Field(description="on the brief's date, from the priors alone")
    at_horizon: HorizonBand = Field(description="the forecast for the last date")
    brief: tuple[BriefJudgement, ...] = Field(description="the brief's own judgements of this node")
    hi50: Fraction
    hi80: Fraction
    label: str = Field(description="label and headline states, for tables")
    lo50: Fraction
    lo80: Fraction
    node: str
    probability: Fraction = Field(description="as of `as_of`")
    proposition: str = Field(
        description="the node's `claim`, or its `proposition` where there is none"
    )
    since_brief: Fraction = Field(description="`probability` less `at_brief`")
    states: tuple[str, ...] = Field(
        description="the headline states; the numbers are of being in one of them"
    )
    word: str = Field(description="the probability on the brief's scale")
    since_issue: SinceIssue | None = Field(
        description="change since the issue before; null where there is none"
    )


class IssuedCurve(Result):
    """Probability of yes had the deadline been each of some dates."""

    date: tuple[dt.date, ...]
    hi50: _Curve
    hi80: _Curve
    lo50: _Curve
    lo80: _Curve
    probability: _Curve


class IssuedDistribution(Result):
    """The whole distribution behind a question."""

    levels: _Curve | None = Field(description="199 levels of equal weight")
    mean: float | None = Field(description="of the sum")
    quantiles: tuple[float, ...] | None = Field(description="of the sum, at these levels")
    states: dict[str, Fraction] | None = Field(
        description="for `is`: of each state of the node on the date",
        json_schema_extra={"names": "<state>"},
    )


class OutcomeKnown(Result):
    """How a question came out."""

    outcome: str = Field(description="`yes`, `no` or `void`")
    on: dt.date = Field(description="the day the world knew it")


class QuestionAnchor(Result):
    """A number stated for a question itself, and what it makes of the model's."""

    said: str = Field(description="`prior` (in `priors.yaml`) or `crowd` (in `events/crowd.csv`)")
    on: dt.date = Field(description="when it was stated; from then on it counts")
    source: str
    question: str = Field(
        description="for which it was stated: this one, or another about the same reports"
    )
    probability: Fraction = Field(description="stated: the centre")
    low: Fraction = Field(description="lower end of its central 90 %")
    high: Fraction
    model_alone: Fraction = Field(description="of yes, had nothing been stated")
    model_then: Fraction | None = Field(
        description="the same on that day, on what was known then; null for questions about states"
    )
    pooled: Fraction | None = Field(
        description="both together on that day; for questions about states, whose number is not "
        "moved, now"
    )
    kappa: float | None = Field(
        description="how often the hazard of a report counts since; null where the number is that "
        "of the model alone"
    )


class IssuedQuestion(Result):
    """The answer to a question of the file."""

    above: _Number | None = Field(description="the sum is asked to be above it (`sum`)")
    at_least: _Number | None = Field(
        description="how many separate events have to be reported, those of one step counted as "
        "one (`reported`)"
    )
    by: dt.date = Field(description="the deadline")
    curve: IssuedCurve = Field(
        description="probability of yes had the deadline been each of these dates"
    )
    detection: Share | None = Field(
        description="how probable it is that whoever resolves finds a report (`reported`)"
    )
    announced: Fraction | None = Field(
        default=None,
        description="probability that what is announced alone brings a yes by the deadline; left "
        "out where nothing is",
        exclude_if=lambda chance: chance is None,
    )
    distribution: IssuedDistribution | None = Field(
        description="the whole distribution behind `is` and `sum`; null for others"
    )
    hi50: Fraction
    hi80: Fraction
    indicator: str | None = Field(
        description="what is reported, or summed; for questions about the record"
    )
    lo50: Fraction
    lo80: Fraction
    mode: str = Field(
        description="`reaches` (by the date), `is` (on the date), `reported` (by the date) or "
        "`sum` (over the period that ends on the date)"
    )
    node: str
    opens: dt.date
    over_days: _Days | None = Field(description="length of the period summed over (`sum`)")
    anchor: QuestionAnchor | None = Field(
        default=None,
        description="a number stated for the question itself; left out where there is none",
        exclude_if=lambda anchor: anchor is None,
    )
    past: bool = Field(description="whether the deadline is on or before `as_of`")
    probability: Fraction = Field(description="of yes")
    question: str = Field(description="its name")
    share: Share | None = Field(
        description="how probable it is that a report of the indicator is of what was asked "
        "(`reported`)"
    )
    states: tuple[str, ...]
    text: str
    word: str
    status: str = Field(
        description="`yes`, `no` or `void` (as known on `as_of`), `due` (past its deadline, "
        "without an outcome) or `open`"
    )
    outcome: OutcomeKnown | None = Field(
        description="how it came out, where the world knew on `as_of`; the probability is not "
        "touched by it"
    )


class StateExpects(Result):
    """Steps with a report that a state expects."""

    state: str
    mean: float
    low: float = Field(description="lower end, central 90 %")
    high: float = Field(description="upper end")


class Mismatched(Result):
    """An indicator whose reports do not fit."""

    indicator: str
    found: int = Field(description="steps with a report")
    expected: tuple[StateExpects, ...] = Field(description="in each state of the node")
    detection: Share = Field(description="the largest that was declared")
    state: str = Field(description="in which the least change reconciles it")
    fitting_detection: float | None = Field(
        description="the detection with which that state expects as many; null where none does"
    )
    probability: Share = Field(
        description="of at least one within the period of the indicator, at the state pointed at"
    )
    fitting_probability: float | None = Field(
        description="the one with which that state expects as many, where no detection does"
    )


class Contradicted(Result):
    """A node whose reports the model cannot produce."""

    node: str
    share: Share = Field(
        description="of simulations as far off as the record, in the state where it is largest"
    )
    error: float = Field(description="its Monte Carlo standard error")
    indicators: tuple[Mismatched, ...] = Field(description="one to three, the farthest off first")
    text: str = Field(description="the same in words")


class EventMark(Result):
    """The weightiest event of a step that brought reports on a node."""

    date: dt.date = Field(description="when it was first reported")
    event_id: str
    indicator: str
    reports: tuple[str, ...] = Field(description="ids of its reports")
    text: str = Field(description="label of its indicator")


class IssuedTrajectory(Result):
    """The headline of one node over time."""

    date: tuple[dt.date, ...] = Field(
        description="ends of the steps, from the brief's date to the horizon; `as_of` stands for "
        "the end of its step"
    )
    hi50: _Curve
    hi80: _Curve
    history: Annotated[int, unit("dates")] = Field(
        description="how many of the dates are history; the last of these is `as_of`"
    )
    lo50: _Curve
    lo80: _Curve
    marks: tuple[EventMark, ...] = Field(
        description="for each step that brought reports on this node, the weightiest event"
    )
    no_news: _Curve = Field(
        description="the same from the priors, had no report come and nobody looked"
    )
    node: str
    probability: _Curve = Field(
        description="history: on the reports known at each date; then the forecast"
    )


class Issued(Result):
    """An issued forecast."""

    issue: IssueIdentity = Field(description="what identifies this forecast")
    as_of: dt.date = Field(description="only reports known by this day are seen")
    brief: IssuedBrief = Field(description="the document the forecast updates")
    contradictions: Annotated[tuple[Contradicted, ...], _SPARSE] = Field(
        default=(), description="nodes in none of whose states the record could have come about"
    )
    diagnostics: FitChecks = Field(description="the checks of the fit")
    evidence: EvidenceSeen = Field(description="what was seen")
    history: Annotated[tuple[PublishedPoint, ...], _SPARSE] = Field(
        default=(),
        description="with `--history`, for each date of the past, how its judgements were had",
    )
    horizon: dt.date = Field(
        description="last date of the trajectories: the period asked for after `as_of`, by the "
        "calendar"
    )
    judgements: tuple[IssuedJudgement, ...] = Field(
        description="one for each node, in the order of the file"
    )
    questions: tuple[IssuedQuestion, ...] = Field(description="one for each question of the file")
    schema_version: int = Field(
        alias="schema",
        description="version of this document; it rises when a name goes or changes its meaning",
    )
    states: dict[str, _Curve] = Field(
        description="every state of every node over the dates of the trajectories: one key, "
        "written `node.state`, for each",
        json_schema_extra={"names": "<node>.<state>"},
    )
    trajectories: tuple[IssuedTrajectory, ...] = Field(
        description="one for each node: its headline over time"
    )


def issued(issue: Issue) -> Issued:
    """Say what an issue holds, with its identity and the change since the issue before.

    Raises
    ------
    LedgerError
        If a version of the program issued it that said something else.
    """
    try:
        return Issued.model_validate(issue_json(issue))
    except ValidationError as error:
        first = error.errors()[0]
        where, day = ".".join(map(str, first["loc"])), issue.issued.as_of
        raise LedgerError(
            f"issue {issue.issued.id[:7]} is of another version of the program ({where}: "
            f"{first['msg']}); make it anew with: forecast run --as-of {day}"
        ) from None


def recall(project: Project, *, as_of: dt.date | None = None) -> Issue:
    """Take the forecast that was issued last out of the ledger, with the outcomes known to it.

    Outcomes in ``resolutions/`` are read first, so that all who show a forecast show the same.

    Parameters
    ----------
    project : Project
        Where the ledger is.
    as_of : datetime.date, optional
        Of exactly this day; by default of the latest day.

    Returns
    -------
    Issue

    Raises
    ------
    LedgerError
        If none was issued.
    ReportsError
        With every row of ``resolutions/`` that cannot be used.
    """
    with project.ledger(create=False) as ledger:
        # a file in the middle of an edit, or a ledger not to be written, hides no forecast
        with suppress(BeliefsError, LedgerError):
            take_in_outcomes(project, project.beliefs(), ledger)
        issued = ledger.issues.last(as_of=as_of)
        if issued is None or (as_of is not None and issued.as_of != as_of):
            raise _none_issued(ledger.issues.last(), as_of)
        previous = issue_before(ledger, issued)
        outcomes = known_outcomes(ledger, as_of=issued.as_of)
        return Issue(issued, previous, SyncResult(), fresh=False, unseen=0, outcomes=outcomes)


def _none_issued(latest: IssuedForecast | None, as_of: dt.date | None) -> LedgerError:
    day = f" --as-of {as_of}" if as_of else ""
    if latest is None:
        return LedgerError(f"no forecast has been issued yet; run: forecast run{day}")
    return LedgerError(
        f"no forecast was issued as of {as_of}; the latest is as of {latest.as_of}: leave --as-of "
        f"out for that one, or run: forecast run{day}"
    )


def issued_beliefs(issue: Issue, project: Project) -> dict[str, Any]:
    """Take the beliefs an issue was made with out of the ledger, as plain values.

    Raises
    ------
    LedgerError
        If the ledger does not hold them.
    """
    with project.ledger(create=False) as ledger:
        model = ledger.models.find(issue.issued.model_fingerprint)
    if model is None:
        raise LedgerError(
            "the ledger does not hold the beliefs of this forecast; run: forecast run"
        )
    return dict(model.content)


def issue_json(issue: Issue) -> dict[str, Any]:
    """Return what ``forecast run --json`` prints, as docs/schema.md promises.

    Parameters
    ----------
    issue : Issue
        A forecast as issued.

    Returns
    -------
    dict
        The payload, with ``issue`` (identity and fingerprints) and, in every judgement,
        ``since_issue``: the change since the issue before, or None if there is none.
    """
    issued = issue.issued
    before = {} if issue.previous is None else _probabilities(issue.previous.payload)
    judgements = []
    for judgement in issue.payload["judgements"]:
        key = (judgement["node"], tuple(judgement["states"]))
        since = None
        if issue.previous is not None and key in before:
            since = {
                "as_of": issue.previous.as_of.isoformat(),
                "probability": before[key],
                "change": round(judgement["probability"] - before[key], 6),
            }
        judgements.append({**judgement, "since_issue": since})
    return {
        "issue": {
            "id": issued.id,
            "issued_at": issued.issued_at.isoformat(),
            "posterior": issued.posterior_id,
            "model_fingerprint": issued.model_fingerprint,
            "evidence_fingerprint": issued.evidence_fingerprint,
            "settings": dict(issued.settings),
            "unseen": issue.unseen,
        },
        **issue.payload,
        "judgements": judgements,
    }


def _probabilities(payload: Any) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (judgement["node"], tuple(judgement["states"])): judgement["probability"]
        for judgement in payload["judgements"]
    }
