"""Questions and their outcomes: what is resolved, what is due, and what a reader is told of it.

The probability of an issue is never changed by an outcome, nor is the issue: outcomes are put
beside it when it is shown, and only those that the world knew on its as-of date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field

from forecast.beliefs import Beliefs, CoverageWindow, Question, Report
from forecast.beliefs.indicators import ValueIndicator
from forecast.beliefs.outcomes import Outcome, faults_of, read_outcomes
from forecast.beliefs.reports import credibility, daily_detection
from forecast.beliefs.words import counted, scale
from forecast.errors import ArgumentError, Problem, ReportsError
from forecast.ledger import Ledger, ResolutionRecord
from forecast.project.project import Project, Record, outcome_row, take_in_outcomes, today
from forecast.result import Moment, Result

__all__ = [
    "OutcomesRecorded",
    "QuestionList",
    "QuestionState",
    "known_outcomes",
    "question_states",
    "record_outcomes",
    "resolve",
    "resolve_from_file",
    "settled",
    "with_outcomes",
    "with_words",
]


class ResolutionRow(Result):
    """What was said about the outcome of a question."""

    question: str
    version: int = Field(description="1 for the first word; a correction is a later one")
    outcome: str = Field(
        description="`yes`, `no`, `void`, or `open` where an earlier word is taken back"
    )
    resolved_on: dt.date = Field(serialization_alias="on", description="the day the world knew it")
    source: str = Field(description="this and the two following may be empty, not all of them")
    url: str
    note: str
    came: str = Field(description="the state or the sum that came; may be empty")
    recorded_at: Moment


class OutcomesRecorded(Result):
    """Outcomes that were given, and what was new in them."""

    rows: int = Field(description="outcomes given")
    recorded: tuple[ResolutionRow, ...] = Field(
        description="those that were new, or changed what was said before"
    )


class Proposal(Result):
    """The outcome that the reports of the project say."""

    outcome: str = Field(description="`yes` or `no`")
    on: dt.date
    source: str = Field(description="of the first report; may be empty")
    url: str
    note: str
    came: str = Field(exclude=True, description="the sum that came; may be empty")


class QuestionState(Result):
    """Where a question stands."""

    name: str = Field(serialization_alias="question", description="its name")
    node: str = Field(description="the judgement it is about")
    text: str
    by: dt.date = Field(description="the deadline")
    criteria: str
    fallback: str
    status: str = Field(
        description="`yes`, `no`, `void`, `due` (past its deadline, without an outcome) or `open`"
    )
    resolution: ResolutionRow | None = Field(description="the last word on it")
    proposal: Proposal | None = Field(description="what the reports of the project say")
    to_read: tuple[str, ...] = Field(
        description="reports that may answer a question narrower than its indicator, while it has "
        "no outcome"
    )


class QuestionList(Result):
    """Where all questions stand."""

    questions: tuple[QuestionState, ...] = Field(description="one for each question of the file")


def record_outcomes(project: Project, outcomes: Sequence[Outcome]) -> list[ResolutionRecord]:
    """Record how questions came out; a repeat adds nothing, a difference is a correction.

    Raises
    ------
    ReportsError
        If an outcome cannot be used; nothing is recorded then.
    """
    beliefs = project.beliefs()
    for outcome in outcomes:
        faults = faults_of(outcome, beliefs.questions, today=today(), states=_states(beliefs))
        for field, came, allowed in faults:
            raise ReportsError(f"{field}: {came}; {allowed}")
    with project.ledger() as ledger:
        take_in_outcomes(project, beliefs, ledger)
        return ledger.resolutions.record(outcome_row(outcome) for outcome in outcomes)


def resolve(
    project: Project,
    question: str,
    outcome: str,
    *,
    on: dt.date | None = None,
    source: str = "",
    url: str = "",
    note: str = "",
    came: str = "",
) -> list[ResolutionRecord]:
    """Record how one question came out, for a no by its deadline where no day is said.

    Raises
    ------
    ArgumentError
        If no day is said of another outcome.
    ReportsError
        If the outcome cannot be used.
    """
    known = project.beliefs().questions.get(question)
    if on is None and known is not None and outcome == "no":
        on = known.by
    if on is None and known is not None and outcome != "open":
        raise ArgumentError("{on} is missing: the day the world knew it, such as 2024-06-19")
    return record_outcomes(
        project, [Outcome(question, outcome, on or today(), source, url, note, came)]
    )


def resolve_from_file(
    project: Project, path: Path, *, notes: list[Problem] | None = None
) -> tuple[list[ResolutionRecord], int]:
    """Record every outcome of a file; return what was new, and how many rows there were.

    How the file was read is added to the notes, where that is not as expected.

    Raises
    ------
    ReportsError
        With every row that cannot be used; nothing is recorded then.
    """
    beliefs = project.beliefs()
    outcomes = read_outcomes(
        path, beliefs.questions, today=today(), states=_states(beliefs), notes=notes
    )
    return record_outcomes(project, outcomes), len(outcomes)


def _states(beliefs: Beliefs) -> dict[str, Sequence[str]]:
    return {name: node.states for name, node in beliefs.nodes.items()}


def question_states(project: Project, *, as_of: dt.date | None = None) -> list[QuestionState]:
    """Say where every question stands, on a day or today, in the order of the file."""
    beliefs = project.beliefs()
    day = as_of or today()
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
        said = {one.question: one for one in ledger.resolutions.latest(as_of=day)}
    out = []
    for name, question in beliefs.questions.items():
        word = said.get(name)
        if word is not None and word.outcome == "open":
            word = None
        due = "due" if question.by <= day else "open"
        status = word.outcome if word else due
        found = [] if word else _credible(question, beliefs, record, day)
        counted = not isinstance(beliefs.indicators.get(question.indicator or ""), ValueIndicator)
        proposal: Outcome | None = None
        to_read: list[str] = []
        if question.mode == "reported" and _to_be_read(question, found, beliefs):
            to_read = [report.report_id for report in found]
        elif counted and not word:
            proposal = _proposal(name, beliefs, record, day)
        state = QuestionState(
            name=name,
            node=question.node,
            text=question.text,
            by=question.by,
            criteria=question.criteria,
            fallback=question.fallback,
            status=status,
            resolution=word,
            proposal=proposal,
            to_read=to_read,
        )
        out.append(state)
    return out


def _least_credibility() -> float:
    """Credibility below which a report proposes nothing: two thirds of the way from B3 to B2.

    B2 is enough, also where its source has shown a little less than its letter; B3 is not.
    """
    fair, good = credibility("B", 3), credibility("B", 2)
    return round(fair + 2 / 3 * (good - fair), 12)


def _credible(question: Question, beliefs: Beliefs, record: Record, day: dt.date) -> list[Report]:
    """List the credible reports between opening and deadline, the first first."""
    if question.mode != "reported":
        return []
    least = _least_credibility()
    found = [
        report
        for report in record.reports
        if report.indicator == question.indicator
        and report.use == "evidence"
        and question.opens <= report.occurred_on <= question.by
        and report.reported_on <= min(day, question.by)
        and beliefs.weigh(report, min(day, question.by)) >= least
    ]
    return sorted(found, key=lambda one: (one.reported_on, one.report_id))


def _to_be_read(question: Question, found: Sequence[Report], beliefs: Beliefs) -> bool:
    """Whether only a reader can tell: of a narrower question, and of several events of one step.

    The probability counts one event a step. Where that leaves fewer than were asked for and all
    the events do not, nothing is proposed.
    """
    events = {report.event_id for report in found}
    steps = _separate(found, beliefs)
    return question.share < 1.0 or len(steps) < question.at_least <= len(events)


def _separate(found: Sequence[Report], beliefs: Beliefs) -> list[Report]:
    """Keep the first credible report of each step in which something happened."""
    start, step = beliefs.brief.as_of, beliefs.grid.step
    began: dict[str, dt.date] = {}
    for report in found:
        event = report.event_id
        began[event] = min(report.occurred_on, began.get(event, report.occurred_on))
    first: dict[int, Report] = {}
    for report in found:
        place = max(1, -(-(began[report.event_id] - start).days // step))
        first.setdefault(place, report)
    return sorted(first.values(), key=lambda one: (one.reported_on, one.report_id))


def _proposal(name: str, beliefs: Beliefs, record: Record, day: dt.date) -> Outcome | None:
    """Count credible reports between opening and deadline; too few after the deadline say no."""
    question = beliefs.questions[name]
    if question.mode == "sum" and question.by <= day:
        return _added_up(name, question, record, day)
    if question.mode != "reported":
        return None
    found = _credible(question, beliefs, record, day)
    events = _separate(found, beliefs)
    if len(events) >= question.at_least:
        if question.at_least == 1:
            return _yes(name, found[0], len(found))
        return _often(name, events[: question.at_least])
    if question.by > day or not _covered(question, record.coverage):
        return None
    came = "no credible report"
    if question.at_least > 1:
        came = f"{len(events)} of {question.at_least} separate events with a credible report"
    note = f"{came} of {question.indicator} from {question.opens} to {question.by}"
    return Outcome(name, "no", question.by, note=note)


def _added_up(name: str, question: Question, record: Record, day: dt.date) -> Outcome | None:
    """Add up the counts of the period, the latest number of each event."""
    assert question.over is not None
    assert question.above is not None
    since = question.by - dt.timedelta(days=round(question.over))
    latest: dict[str, Report] = {}
    for report in sorted(record.reports, key=lambda one: (one.reported_on, one.report_id)):
        inside = since < report.occurred_on <= question.by and report.reported_on <= day
        if report.indicator == question.indicator and report.use == "evidence" and inside:
            latest[report.event_id] = report
    if not latest:
        return None
    total = sum(float(report.value or 0.0) for report in latest.values())
    outcome = "yes" if total > question.above else "no"
    on = max(question.by, *(report.reported_on for report in latest.values()))
    note = (
        f"{counted(len(latest), 'number')} of {question.indicator} after {since}, in all {total:g}"
    )
    return Outcome(name, outcome, on, note=note, came=f"{total:g}")


def _yes(name: str, first: Report, number: int) -> Outcome:
    more = f" and {number - 1} more" if number > 1 else ""
    note = f"report {first.report_id}{more}: {first.summary}"
    return Outcome(name, "yes", first.reported_on, first.source_title, first.source_url, note)


def _often(name: str, events: Sequence[Report]) -> Outcome:
    """Propose yes, known with the last of the events that were asked for."""
    last = events[-1]
    ids = ", ".join(report.report_id for report in events)
    note = f"reports {ids} of {len(events)} separate events; the last: {last.summary}"
    return Outcome(name, "yes", last.reported_on, last.source_title, last.source_url, note)


def _covered(question: Question, coverage: Sequence[CoverageWindow]) -> bool:
    """Whether somebody looked on the day of the deadline."""
    assert question.indicator is not None
    eve = question.by - dt.timedelta(days=1)
    return any(daily_detection(coverage, question.indicator, detection=1.0, after=eve, days=1))


def known_outcomes(ledger: Ledger, *, as_of: date) -> dict[str, tuple[str, date]]:
    """Return outcome (yes, no, void) and day of every question that was resolved by a day."""
    return {
        one.question: (one.outcome, one.resolved_on)
        for one in ledger.resolutions.latest(as_of=as_of)
        if one.outcome != "open"
    }


def with_outcomes(
    payload: Mapping[str, Any], outcomes: Mapping[str, tuple[str, date]]
) -> dict[str, Any]:
    """Put status and outcome into the questions of a payload.

    Parameters
    ----------
    payload : mapping
        As issued; it is left as it is.
    outcomes : mapping
        From `known_outcomes`.
    """
    rows = []
    for row in payload["questions"]:
        found = outcomes.get(row["question"])
        outcome = None if found is None else {"outcome": found[0], "on": found[1].isoformat()}
        status = found[0] if found else "due" if row["past"] else "open"
        rows.append({**row, "status": status, "outcome": outcome})
    return {**payload, "questions": rows}


def with_words(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Put the words of today's rule into a payload, which an earlier version may have issued."""
    known = scale(payload["brief"]["scale"])

    def worded(row: Mapping[str, Any]) -> dict[str, Any]:
        return {**row, "word": known.word(row["probability"])}

    judgements = [
        {**worded(row), "at_horizon": worded(row["at_horizon"])} for row in payload["judgements"]
    ]
    return {**payload, "judgements": judgements, "questions": [*map(worded, payload["questions"])]}


def settled(row: Mapping[str, Any]) -> str:
    """Say how a question came out, or that it is to be resolved; nothing while it is forecast.

    A question about a past date that is as wide as its indicator, or about states, keeps its
    probability: the reports answer it. One that is narrower has none: only somebody who reads the
    reports can tell.

    Examples
    --------
    >>> row = {"past": True, "share": 0.2, "outcome": None}
    >>> settled(row), settled({**row, "past": False})
    ('to be resolved', '')
    >>> settled({**row, "outcome": {"outcome": "yes", "on": "2023-10-18"}})
    'yes, on 2023-10-18'
    """
    came = row.get("outcome")
    if came is not None:
        return f"{came['outcome']}, on {came['on']}"
    narrow = row.get("share") is not None and row["share"] < 1.0
    return "to be resolved" if row["past"] and narrow else ""
