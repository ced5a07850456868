"""Forecast as of past dates, with rates learnt from what was known then, and score that.

By default the dates are points of the honest history (`forecast.issue.fit`): draws of an
earlier fit weighed by what became known since, and a new fit where the weights cannot be trusted.
With ``refit`` every date is a run of its own and is issued.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.beliefs import Beliefs
from forecast.beliefs import days as length
from forecast.beliefs.announcements import known_announcements
from forecast.beliefs.literals import dates
from forecast.errors import EvidenceError, StatisticsError
from forecast.issue.fit import Chain
from forecast.issue.run import run
from forecast.judge import score
from forecast.judge.record import AskedRecord, RecordTest
from forecast.judge.score import BASELINES, Scorecard, Stood, score_record
from forecast.ledger import IssuedForecast, ResolutionRecord, evidence_fingerprint
from forecast.project.project import Project, Record, as_of_day, today
from forecast.project.sampler import Reporter, SamplerSettings, Silent
from forecast.scoring.rules import brier
from forecast.scoring.scorecard import MeanDifference, block_bootstrap

if TYPE_CHECKING:
    from forecast.inference.encoding import Encoding

__all__ = ["Backtest", "Date", "Plan", "backtest"]

_BLOCK_DAYS = 91  # forecasts of one quarter resemble each other


@dataclass(frozen=True)
class Plan:
    """Which dates, and how the rates are learnt at each.

    Attributes
    ----------
    first, last : date
    every : str
        Period between dates, such as ``1 month``; months are those of the calendar.
    refit : bool
        Fit anew at every date, and issue every forecast.
    """

    first: dt.date
    last: dt.date
    every: str = "1 month"
    refit: bool = False

    @property
    def days(self) -> list[dt.date]:
        """The dates.

        Raises
        ------
        ValueError
            If there is no such period.
        """
        return dates(self.first, self.last, every=self.every)


@dataclass(frozen=True)
class Forecast:
    """What was forecast as of one past date; it is not issued."""

    as_of: dt.date
    issued_at: dt.datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Date:
    """One past date.

    Attributes
    ----------
    day : date
    known, unseen : int
        Evidence rows reported by then, and later.
    newest : date or None
        Day of the newest report that was known.
    tight : bool
        Whether no later report leaked into the evidence.
    method : {"reweighted", "refitted", ""}
        How the rates were learnt; empty for a failure.
    ess : float or None
        Effective draws of the weights, or of the fit.
    failure : str
        Why there is no forecast, if there is none.
    issue : Stood or None
    chances : mapping
        How probable each indicator is in the record within the next steps, if that was asked.
    """

    day: dt.date
    known: int
    unseen: int
    newest: dt.date | None
    tight: bool
    method: str = ""
    ess: float | None = None
    failure: str = ""
    issue: Stood | None = None
    chances: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Backtest:
    """The dates, the scorecard of their forecasts, and how they compare by blocks of dates.

    Attributes
    ----------
    dates : sequence of Date
    card : Scorecard
    by_dates : mapping of str to MeanDifference
        Ours less each baseline's Brier score, all questions open on a date together.
    block : int
        Dates in a block.
    outcomes : mapping
        The last word on every question.
    beliefs : Beliefs
    record : RecordTest or None
        The fair test out of the record, if it was asked for.
    """

    dates: Sequence[Date]
    card: Scorecard
    by_dates: Mapping[str, MeanDifference]
    block: int
    outcomes: Mapping[str, ResolutionRecord]
    beliefs: Beliefs
    record: RecordTest | None = None

    @property
    def forecasts(self) -> dict[str, list[tuple[dt.date, float]]]:
        """Probability of every question at every date that did not fail."""
        out: dict[str, list[tuple[dt.date, float]]] = {name: [] for name in self.beliefs.questions}
        for date in self.dates:
            for row in () if date.issue is None else date.issue.payload["questions"]:
                out[row["question"]].append((date.day, row["probability"]))
        return out


def backtest(
    project: Project,
    plan: Plan,
    *,
    sampler: SamplerSettings,
    crowd: Path | None = None,
    horizons: Sequence[float] = (),
    reporter: Reporter | None = None,
) -> Backtest:
    """Forecast as of past dates and score that; what was worked out before is not done again.

    Parameters
    ----------
    project : Project
    plan : Plan
    sampler : SamplerSettings
    crowd : Path, optional
        CSV file with the series of a crowd or a market.
    horizons : sequence of float
        Days ahead in which the record is asked for each indicator; none asks nothing of it.
    reporter : Reporter, optional

    Raises
    ------
    EvidenceError
        If the first date is before the brief, or a date is after today.
    ReportsError
        With every row of the crowd's file that cannot be used.
    ValueError
        If there is no such period.
    """
    from forecast.inference.encoding import encode

    told = reporter or Silent()
    beliefs = project.beliefs()
    days = plan.days
    series, read = score.read_crowd(project, beliefs, crowd)
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
        as_of_day(beliefs, record, plan.first)
        as_of_day(beliefs, record, plan.last)
        encoding = encode(beliefs)
        asked = AskedRecord(encoding, record, sampler, horizons) if horizons else None
        if not plan.refit:
            chain = Chain(ledger, encoding, record, sampler, told, questions=True)
            past = _chained(chain, days, asked)
    if plan.refit:
        dates_run = [_run(project, encoding, record, day, sampler, told) for day in days]
        past = [one if asked is None else _asked_of(project, asked, one) for one in dates_run]
    issues = [one.issue for one in past if one.issue is not None]
    with project.ledger() as ledger:
        card = score_record(
            beliefs, ledger, as_of=today(), others={"crowd": series}, chosen=issues,
            sampler=sampler,
        )  # fmt: skip
        outcomes = {one.question: one for one in ledger.resolutions.latest()}
    block = math.ceil(_BLOCK_DAYS / length(plan.every))
    by_dates = {
        name: found for name in BASELINES if (found := _by_dates(card, days, name, block=block))
    }
    tested = None if asked is None else _record_test(asked, past, told)
    card = replace(card, crowd=read)
    return Backtest(past, card, by_dates, block, outcomes, beliefs, tested)


def _record_test(asked: AskedRecord, past: Sequence[Date], told: Reporter) -> RecordTest:
    """Score the dates on what is in the record."""
    said = {one.day: one.chances for one in past if not one.failure}
    told.stage("asking the record, the priors and plain rates")
    return asked.judge(said, lambda number: told.progress(number, len(said)))


def _chained(chain: Chain, days: Sequence[dt.date], asked: AskedRecord | None) -> list[Date]:
    """Work out every date as a point of the honest history, from the earliest on."""
    told, record, encoding = chain.reporter, chain.record, chain.encoding
    if asked is not None:
        chain.looking = asked.noticed
    out = []
    for number, day in enumerate(days):
        told.stage(f"forecasting as of {day}")
        told.progress(number, len(days))
        date = _date(record, day, encoding)
        try:
            point = chain.point(day, record.evidence(encoding, as_of=day))
        except (StatisticsError, EvidenceError) as error:
            out.append(replace(date, failure=str(error)))
            continue
        issue = Forecast(day, point.recorded_at, point.payload)
        found = {"method": point.payload["method"], "ess": point.payload["ess"],
                 "chances": point.payload.get("chances", {})}  # fmt: skip
        out.append(replace(date, issue=issue, **found))
    return out


def _run(
    project: Project,
    encoding: Encoding,
    record: Record,
    day: dt.date,
    sampler: SamplerSettings,
    told: Reporter,
) -> Date:
    """Run one date; a fit that is refused is a failure of the date, not of the backtest."""
    date = _date(record, day, encoding)
    try:
        issue = run(project, as_of=day, sampler=sampler, reporter=told).issued
    except (StatisticsError, EvidenceError) as error:
        return replace(date, failure=str(error))
    payload: Any = issue.payload
    return replace(
        date, issue=issue, method="refitted", ess=payload["diagnostics"]["ess_bulk"],
        tight=date.tight and issue.evidence_fingerprint == _print(record, day),
    )  # fmt: skip


def _asked_of(project: Project, asked: AskedRecord, date: Date) -> Date:
    """Ask the questions of the record of the draws of an issued forecast."""
    from forecast.inference.sampling import read_draws

    if not isinstance(date.issue, IssuedForecast):
        return date
    with project.ledger() as ledger:
        found = ledger.posteriors.get(str(date.issue.posterior_id))
    if found is None:
        return date
    drawn = read_draws(asked.encoding, found.path)
    evidence = asked.record.evidence(asked.encoding, as_of=date.day)
    return replace(date, chances=asked.chances(drawn, evidence, date.day))


def _date(record: Record, day: dt.date, encoding: Encoding) -> Date:
    evidence = [report for report in record.reports if report.use == "evidence"]
    seen = [report.reported_on for report in evidence if report.reported_on <= day]
    return Date(
        day=day,
        known=len(seen),
        unseen=len(evidence) - len(seen),
        newest=max(seen, default=None),
        tight=_tight(record, day, encoding),
    )


def _tight(record: Record, day: dt.date, encoding: Encoding) -> bool:
    """Leak canary: the evidence is the same without later reports, and with a planted one.

    Compared are the fingerprint of the evidence and the arrays that reach the sampler. What was
    announced later, or what became of it later, must change neither.
    """
    seen = [report for report in record.reports if report.reported_on <= day]
    told = known_announcements(record.announcements, day)
    then = replace(record, reports=seen, announcements=told)
    cases = [record, then]
    if seen:
        later = day + dt.timedelta(days=1)
        planted = replace(
            seen[-1],
            report_id="canary",
            event_id="canary",
            occurred_on=day,
            reported_on=later,
            use="evidence",
        )
        cases.append(replace(then, reports=[*seen, planted]))
    prints = {_print(case, day) for case in cases}
    arrays = {
        tuple(part.tobytes() for part in case.evidence(encoding, as_of=day).observed)
        for case in cases
    }
    return len(prints) == len(arrays) == 1


def _print(record: Record, day: dt.date) -> str:
    return evidence_fingerprint(record.reports, record.coverage, record.announcements, as_of=day)


def _by_dates(
    card: Scorecard, days: Sequence[dt.date], baseline: str, *, block: int
) -> MeanDifference | None:
    """Ours less a baseline's Brier score, all questions open on a date together."""
    differences, units = [], []
    for number, day in enumerate(days):
        for one in card.scores:
            asked = one.resolved
            other = asked.baselines.get(baseline)
            ours, theirs = asked.series.on(day), None if other is None else other.on(day)
            if asked.opens <= day < asked.closes and ours is not None and theirs is not None:
                scores = brier([ours, theirs], [asked.outcome] * 2)
                differences.append(float(scores[0] - scores[1]))
                units.append(number)
    if not differences:
        return None
    return block_bootstrap(differences, units, block=block)
