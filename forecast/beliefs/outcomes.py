"""How questions came out, and what others said about them, as a user gives them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from forecast.beliefs.schema import Question
from forecast.beliefs.tables import Cells, Layout, Row, is_table, read_table, unread_file
from forecast.errors import Problem, ReportsError
from forecast.names import nearest

__all__ = [
    "CROWD",
    "OUTCOMES",
    "Crowd",
    "Outcome",
    "Said",
    "faults_of",
    "read_crowd",
    "read_outcome_folder",
    "read_outcomes",
]

#: States of every node, in their order.
type States = Mapping[str, Sequence[str]]

#: What can be said about a question; ``open`` takes back what was said before.
OUTCOMES: Final = ("yes", "no", "void", "open")

#: File of what others said of the questions, in the folder of reports.
CROWD: Final = "crowd.csv"

_OUTCOMES = Layout(
    "outcome",
    ("question", "outcome", "on"),
    ("source_title", "source_url", "note", "came"),
    days=("on",),
)
_CROWD = Layout(
    "probability",
    ("question", "date", "probability"),
    ("source", "sd"),
    days=("date",),
    numbers=("sd",),
    shares=("probability",),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a question came out.

    Attributes
    ----------
    question : str
    outcome : str
        One of `OUTCOMES`.
    on : date
        The day the world knew it.
    source, url, note : str
        Where it can be looked up, and why.
    came : str
        The state the node was in, for a question of mode ``is``, or the sum that came, for one of
        mode ``sum``: then the whole distribution can be scored. May be empty.
    """

    question: str
    outcome: str
    on: dt.date
    source: str = ""
    url: str = ""
    note: str = ""
    came: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A probability somebody else gave for a question on a day.

    Attributes
    ----------
    question : str
    date : date
    probability : float
    source : str
        Who said it; may be empty.
    sd : float or None
        How far off it may be, on the log odds.
    """

    question: str
    date: dt.date
    probability: float
    source: str = ""
    sd: float | None = None


@dataclass(frozen=True, slots=True)
class Crowd:
    """What a file of somebody else's forecasts holds, every row accounted for.

    Attributes
    ----------
    said : tuple of Said
        The rows that are used, by day.
    rows : int
        Rows of the file.
    unknown : tuple of (str, int)
        Questions the project does not have, with their number of rows; these are left out.
    repeated : int
        Rows left out because a later row speaks of the same question and day.
    unordered : int
        Rows that stand before an earlier day of their question; they are put in order.
    notes : tuple of Problem
        How the file was read, where that is not as expected.
    """

    said: tuple[Said, ...]
    rows: int
    unknown: tuple[tuple[str, int], ...]
    repeated: int
    unordered: int
    notes: tuple[Problem, ...] = ()


def faults_of(
    outcome: Outcome, questions: Mapping[str, Question], *, today: dt.date, states: States
) -> list[tuple[str, str, str]]:
    """List what is wrong with an outcome: the field, what came, what is allowed.

    `states` are those of every node, for outcomes that say which came.

    Examples
    --------
    >>> day = dt.date(2024, 7, 1)
    >>> faults_of(Outcome("q", "yes", day, "a wire"), {}, today=day, states={})
    [('question', "there is no question 'q' in priors.yaml", 'the file has none')]
    """
    found = []
    question = questions.get(outcome.question)
    if question is None:
        came = f"there is no question {outcome.question!r} in priors.yaml"
        hint = nearest(outcome.question, questions) or _listed(questions)
        return [("question", came, hint)]
    if outcome.outcome not in OUTCOMES:
        hint = nearest(outcome.outcome.lower(), OUTCOMES) or f"write {', '.join(OUTCOMES)}"
        found.append(("outcome", f"{outcome.outcome!r} is no outcome", hint))
    if outcome.on > today:
        found.append(("on", f"{outcome.on} is after today ({today})", "give the day it was known"))
    if outcome.on < question.opens:
        came = f"{outcome.on} is before the question opened ({question.opens})"
        found.append(("on", came, "give the day it was known"))
    if outcome.outcome == "no" and outcome.on < question.by and not outcome.note:
        came = f"no came on {outcome.on}, before the deadline {question.by}"
        found.append(("on", came, "give the deadline or later, or a note that says why"))
    if outcome.outcome in {"yes", "no", "void"} and not (
        outcome.source or outcome.url or outcome.note
    ):
        allowed = (
            "a title, an address, or a note that says why (--source, --url, --note; in a file "
            "source_title, source_url, note)"
        )
        found.append(("source", "no source came", allowed))
    return [*found, *_came(outcome, question, states.get(question.node, ()))]


def _came(
    outcome: Outcome, question: Question, states: Sequence[str]
) -> Iterator[tuple[str, str, str]]:
    """Check the state or the sum that came, and that it agrees with the outcome."""
    came, given = outcome.came, repr(outcome.came)
    if not came:
        return
    if question.mode not in {"is", "sum"}:
        allowed = "only a question of mode 'is' or 'sum' says what came"
        yield "came", f"{given} came for a question of mode {question.mode!r}", allowed
        return
    if question.mode == "is":
        if came not in states:
            hint = nearest(came, states) or f"the states are {', '.join(states)}"
            yield "came", f"{given} is no state of {question.node}", hint
            return
        true = came in question.states
    else:
        try:
            number = float(came)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            yield "came", f"{given} is not a number", "write the sum that came, such as 17"
            return
        true = number > (question.above or 0.0)
    if outcome.outcome in {"yes", "no"} and (outcome.outcome == "yes") != true:
        allowed = f"that makes it {'yes' if true else 'no'}"
        yield "came", f"{given} does not go with {outcome.outcome}", allowed


def _listed(questions: Mapping[str, Question]) -> str:
    return f"the questions are {', '.join(questions)}" if questions else "the file has none"


def read_outcomes(
    path: Path,
    questions: Mapping[str, Question],
    *,
    today: dt.date,
    states: States,
    notes: list[Problem] | None = None,
) -> list[Outcome]:
    """Read a table of outcomes: question, outcome, on; source_title, source_url, note, came.

    How the file was read is added to the notes, where that is not as expected.

    Raises
    ------
    ReportsError
        With every row that cannot be used.
    """
    problems: list[Problem] = []
    out: dict[str, Outcome] = {}
    for row in read_table(path, _OUTCOMES, problems=problems, notes=notes):
        day = _day(row, "on", problems)
        if day is None:
            continue
        cells = row.cells
        free = [cells.get(name, "") for name in _OUTCOMES.optional]
        outcome = Outcome(cells["question"], cells["outcome"], day, *free)
        faults = faults_of(outcome, questions, today=today, states=states)
        if outcome.question in out:
            faults.append(("question", "stands twice", "a question has one row"))
        problems += [row.problem(*fault) for fault in faults]
        out[outcome.question] = outcome
    _refuse(problems)
    return list(out.values())


def read_outcome_folder(
    folder: Path,
    questions: Mapping[str, Question],
    *,
    today: dt.date,
    states: States,
    notes: list[Problem] | None = None,
) -> list[Outcome]:
    """Read every table of a folder; without the folder there are no outcomes.

    How files were read, and which were not, is added to the notes.

    Raises
    ------
    ReportsError
        With every row that cannot be used, and a question that stands in two files.
    """
    problems: list[Problem] = []
    out: dict[str, tuple[Path, Outcome]] = {}
    there = sorted(folder.glob("*"))
    if notes is not None:
        notes += [said for path in there if (said := unread_file(path)) is not None]
    for path in filter(is_table, there):
        try:
            found = read_outcomes(path, questions, today=today, states=states, notes=notes)
        except ReportsError as error:
            problems += error.problems
            continue
        for outcome in found:
            if outcome.question in out:
                came = f"{outcome.question} stands in {out[outcome.question][0].name} too"
                problems.append(Problem(str(path), 0, "question", came, "a question has one row"))
            out[outcome.question] = (path, outcome)
    _refuse(problems)
    return [outcome for _, outcome in out.values()]


def read_crowd(path: Path, questions: Mapping[str, Question], *, today: dt.date) -> Crowd:
    """Read the forecasts of a crowd or a market: question, date, probability; source, sd.

    Rows of questions that the project does not have are left out and counted; of several rows of
    one question and day the last is used; days may stand in any order.

    Raises
    ------
    ReportsError
        With every row that cannot be used, or if no row is about a question of the project.
    """
    problems: list[Problem] = []
    notes: list[Problem] = []
    rows = read_table(path, _CROWD, problems=problems, notes=notes)
    said: dict[tuple[str, dt.date], Said] = {}
    unknown: dict[str, int] = {}
    latest: dict[str, dt.date] = {}
    repeated = unordered = 0
    for row in rows:
        name, day = row.cells["question"], _day(row, "date", problems)
        if day is not None and day > today:
            came = f"{day} is after today ({today})"
            problems.append(row.problem("date", came, "give the day it was said"))
        probability = _probability(row, problems)
        sd = Cells(row, problems, None).number("sd", least=0.0)
        if name not in questions:
            unknown[name] = unknown.get(name, 0) + 1
        elif day is not None and probability is not None:
            repeated += (name, day) in said
            unordered += day < latest.get(name, day)
            latest[name] = max(day, latest.get(name, day))
            said[name, day] = Said(name, day, probability, row.cells.get("source", ""), sd)
    if not said and not problems:
        problems.append(
            Problem(str(path), 0, "question", "no row is about a question", _listed(questions))
        )
    _refuse(problems)
    kept = tuple(sorted(said.values(), key=lambda one: (one.question, one.date)))
    left = tuple(unknown.items())
    return Crowd(kept, len(rows), left, repeated, unordered, tuple(notes))


def _refuse(problems: list[Problem]) -> None:
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ReportsError(f"{problems[0]}{more}", problems=sorted(set(problems)))


def _day(row: Row, column: str, problems: list[Problem]) -> dt.date | None:
    return Cells(row, problems, None).day(column)


def _probability(row: Row, problems: list[Problem]) -> float | None:
    cells = Cells(row, problems, None)
    return cells.number("probability", least=0.0, most=1.0) if cells.text("probability") else None
