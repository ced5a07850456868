"""Run the project as of each past date, with rates learnt from what was known, and score that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from forecast.beliefs import Report
from forecast.errors import EvidenceError, StatisticsError
from forecast.ledger import IssuedForecast, evidence_fingerprint
from forecast.scoring.bootstrap import Difference, block_bootstrap
from forecast.scoring.rules import brier
from forecast.workflow.project import Project, Record, as_of_day
from forecast.workflow.run import Reporter, SamplerSettings, Silent, run
from forecast.workflow.scoring import Scorecard, score_record

__all__ = ["Backtest", "Date", "backtest"]

_BLOCK_DAYS = 91  # forecasts of one quarter resemble each other


@dataclass(frozen=True)
class Date:
    """One past date: what was known, whether later reports leaked, and why it failed if it did."""

    day: dt.date
    known: int
    unseen: int
    tight: bool
    failure: str
    issue: IssuedForecast | None


@dataclass(frozen=True)
class Backtest:
    """The dates, the scorecard of their forecasts, and ours less the priors' by blocks of dates."""

    dates: Sequence[Date]
    card: Scorecard
    by_dates: Difference | None


def backtest(
    project: Project,
    *,
    first: dt.date,
    last: dt.date,
    every: int,
    sampler: SamplerSettings,
    reporter: Reporter | None = None,
) -> Backtest:
    """Issue forecasts as of past dates and score them; what was issued before is not run again.

    Parameters
    ----------
    project : Project
    first, last : date
    every : int
        Days between dates.
    sampler : SamplerSettings
    reporter : Reporter, optional

    Raises
    ------
    EvidenceError
        If the first date is before the brief, or a date is after today.
    """
    told = reporter or Silent()
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
        as_of_day(beliefs, record, first)
        as_of_day(beliefs, record, last)
    days = [first + dt.timedelta(days=n) for n in range(0, (last - first).days + 1, every)]
    dates = [_date(project, record, day, sampler, told) for day in days]
    issues = [one.issue for one in dates if one.issue is not None]
    with project.ledger() as ledger:
        card = score_record(
            beliefs, ledger, as_of=dt.datetime.now(dt.UTC).date(), others={}, chosen=issues
        )
    return Backtest(dates, card, _by_dates(card, days, every))


def _date(
    project: Project, record: Record, day: dt.date, sampler: SamplerSettings, told: Reporter
) -> Date:
    """Run one date; a fit that is refused is a failure of the date, not of the backtest."""
    known = sum(r.use == "evidence" and r.reported_on <= day for r in record.reports)
    unseen = sum(r.use == "evidence" and r.reported_on > day for r in record.reports)
    try:
        issue = run(project, as_of=day, sampler=sampler, reporter=told).issued
    except (StatisticsError, EvidenceError) as error:
        return Date(day, known, unseen, tight=True, failure=str(error), issue=None)
    return Date(day, known, unseen, tight=_tight(record, day, issue), failure="", issue=issue)


def _tight(record: Record, day: dt.date, issue: IssuedForecast) -> bool:
    """Leak canary: evidence without later reports, and with a planted one, is what was used."""
    seen = [report for report in record.reports if report.reported_on <= day]
    prints = {issue.evidence_fingerprint, _print(record, seen, day)}
    if seen:
        later = day + dt.timedelta(days=1)
        planted = replace(
            seen[-1], report_id="canary", event_id="canary", occurred_on=day, reported_on=later
        )
        prints.add(_print(record, [*seen, planted], day))
    return len(prints) == 1


def _print(record: Record, reports: Sequence[Report], day: dt.date) -> str:
    return evidence_fingerprint(reports, record.coverage, as_of=day)


def _by_dates(card: Scorecard, days: Sequence[dt.date], every: int) -> Difference | None:
    """Ours less the priors' Brier score, all questions open on a date together."""
    differences, units = [], []
    for number, day in enumerate(days):
        for one in card.scores:
            asked: Any = one.resolved
            ours, theirs = asked.series.on(day), asked.baselines["prior only"].on(day)
            if asked.opens <= day < asked.closes and ours is not None and theirs is not None:
                scores = brier([ours, theirs], [asked.outcome] * 2)
                differences.append(float(scores[0] - scores[1]))
                units.append(number)
    if not differences:
        return None
    return block_bootstrap(differences, units, block=-(-_BLOCK_DAYS // every))
