"""Charts of how good the forecasts were, from the outcomes in the ledger."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.beliefs import words
from forecast.charts import reliability, score_table, word_record
from forecast.charts.data import Stamp
from forecast.charts.files import Chart
from forecast.charts.reliability import Group
from forecast.errors import LedgerError
from forecast.issue.charts import look
from forecast.issue.recall import issued_beliefs
from forecast.issue.run import Issue
from forecast.project.memory import Memo
from forecast.project.progress import Reporter
from forecast.project.project import Project, today
from forecast.project.recorded import held_beliefs

if TYPE_CHECKING:
    from forecast.scoring.scorecard import QuestionScore

__all__ = ["reliability_chart", "score_chart", "scored", "scores_of", "words_chart"]

_NAME = "record"


def reliability_chart(issue: Issue, project: Project, *, size: str = "a4") -> Chart:
    """Chart how often what was given a probability came true, on the first forecasts.

    Below 30 questions it has a point for each word with its interval, and no curve.

    Raises
    ------
    LedgerError
        If no question of the issue can be scored yet.
    """
    found, stamp = _scored(issue, project)
    values = reliability.Reliability(
        _NAME,
        stamp.as_of,
        np.array([one.opening for one in found]),
        np.array([one.resolved.outcome for one in found]),
        _groups(issue, found),
    )
    return reliability.chart(values, stamp=stamp, size=size)


def words_chart(issue: Issue, project: Project, *, size: str = "a4") -> Chart:
    """Chart how often each word of the scale came true, on the first forecasts.

    Raises
    ------
    LedgerError
        If no question of the issue can be scored yet.
    """
    found, stamp = _scored(issue, project)
    values = word_record.WordRecord(_NAME, stamp.as_of, _groups(issue, found))
    return word_record.chart(values, stamp=stamp, size=size)


def score_chart(
    issue: Issue, project: Project, *, size: str = "a4", reporter: Reporter | None = None
) -> Chart:
    """Chart the scores as a table: over the life of questions, at leads, against baselines.

    Raises
    ------
    LedgerError
        If no question of the issue can be scored yet.
    """
    found, stamp = scored(issue, project, reporter=reporter)
    whole = score_table.Scored(
        "Over the life of each", found["counts"]["scored"], found["brier"], found["logarithmic"]
    )
    leads = [
        score_table.Scored(_when(one["lead"]), one["questions"], one["brier"], one["logarithmic"])
        for one in found["leads"]
        if one["questions"]
    ]
    against = [
        score_table.Against(one["baseline"], one["questions"], one["ours"], one["theirs"],
                            one["skill"], one["difference"]["low"], one["difference"]["high"])
        for one in found["baselines"]
    ]  # fmt: skip
    values = score_table.Scores(
        _NAME, stamp.as_of, found["counts"]["scored"], (whole, *leads), tuple(against)
    )
    return score_table.chart(values, stamp=stamp, size=size)


def scored(
    issue: Issue, project: Project, *, reporter: Reporter | None = None
) -> tuple[dict[str, Any], Stamp]:
    """Score the record, with the stamp of the day from which all of it was known.

    Raises
    ------
    LedgerError
        If no question of the issue can be scored yet.
    """
    _, stamp = _scored(issue, project)
    return scores_of(project, issue, reporter=reporter), stamp


def _when(lead: int | None) -> str:
    return "First forecast" if lead is None else f"{lead} days before"


def _scored(issue: Issue, project: Project) -> tuple[list[QuestionScore], Stamp]:
    """Score what is known today; as of the day from which all of it was known."""
    found, known = _first_forecasts(issue, project)
    if known is None:
        raise LedgerError(
            "no question can be scored yet; record outcomes with: forecast resolve, and see why "
            "with: forecast score"
        )
    _, stamp = look(issue)
    return found, replace(stamp, as_of=max(known, stamp.as_of))


def _first_forecasts(issue: Issue, project: Project) -> tuple[list[QuestionScore], dt.date | None]:
    with project.ledger(create=False) as ledger:
        if not ledger.resolutions.latest():
            return [], None
        from forecast.judge.score import first_forecasts  # SciPy takes a second to load

        beliefs = held_beliefs(issued_beliefs(issue, project))
        return first_forecasts(beliefs, ledger, as_of=today())


def _groups(issue: Issue, found: list[QuestionScore]) -> tuple[Group, ...]:
    from forecast.scoring.calibration import word_records

    scale = words.scale(issue.payload["brief"]["scale"])
    p = [one.opening for one in found]
    y = [one.resolved.outcome for one in found]
    said = [scale.word(value) for value in p]
    return tuple(
        Group(one.word, one.band, one.mean, one.frequency.total, one.frequency.hits,
              one.frequency.low, one.frequency.high)
        for one in word_records(p, y, terms=scale.bands, words=said)
    )  # fmt: skip


def scores_of(
    project: Project, issue: Issue, *, reporter: Reporter | None = None
) -> dict[str, Any]:
    """Score the record as it is known today; see `ScoreResult`."""
    day = today()
    with project.ledger(create=False) as ledger:
        known = [(one.question, one.outcome, one.came, str(one.resolved_on))
                 for one in ledger.resolutions.latest(as_of=day)]  # fmt: skip
        text = json.dumps([day.isoformat(), sorted(one.id for one in ledger.issues.all()), known])
        memo = Memo(project, "score", (issue.issued.id, text), by=__name__)
        held = memo.kept()
        if held is None:
            from forecast.judge.score import score_record
            from forecast.judge.score_values import scores_of

            beliefs = held_beliefs(issued_beliefs(issue, project))
            card = score_record(beliefs, ledger, as_of=day, others={}, reporter=reporter)
            held = scores_of(card).plain()
            memo.keep(held)
    return held
