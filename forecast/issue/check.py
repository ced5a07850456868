"""Check a project: its files, what its priors imply, its last fit, and its ledger."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field

from forecast.beliefs import Beliefs, Report, inspect
from forecast.beliefs.event_files import EventFolder
from forecast.beliefs.identity import copies, near_twins
from forecast.beliefs.outcomes import CROWD
from forecast.beliefs.places import read_document
from forecast.beliefs.sources import spelled
from forecast.beliefs.tables import unread_file
from forecast.beliefs.words import counted, format_probability
from forecast.errors import LedgerError, Problem, ReportsError
from forecast.issue.arrivals import ended_coverage
from forecast.issue.issued import FitChecks
from forecast.project.case import held_beliefs
from forecast.project.project import Project, Record, as_of_day, faults_of_verdicts
from forecast.result import Result, Rows, Share, unit

if TYPE_CHECKING:
    from forecast.analysis.prior_check import Implied
    from forecast.inference.encoding import Encoding
    from forecast.network import Parameters

__all__ = [
    "Diagnosis",
    "FileCheck",
    "LedgerCheck",
    "LevelFound",
    "PriorCheck",
    "ReadJudgement",
    "check_files",
    "check_priors",
    "diagnose_last",
    "unread_files",
    "verify",
]


#: Words of what is still to come.
_PLAN = re.compile(r"\b(will|plans? to|announced (?:that|plans|an?))\b", re.IGNORECASE)
_MOST_TWINS = 5  # pairs of a column that are named; the others are counted
_TWINS = "write one name one way, if they are one"


class FileProblem(Result):
    """One thing wrong in a file."""

    file: str
    line: int = Field(description="from 1; 0 where the file as a whole is meant")
    where: str = Field(description="path inside the file, or column; may be empty")
    came: str = Field(description="what is wrong")
    allowed: str = Field(description="what would be right; may be empty")
    severity: str = Field(description="`error` or `warning`; only an error stops a run")


class FileCheck(Result):
    """Every problem of the files."""

    problems: tuple[FileProblem, ...] = Field(description="everything found, by file and line")


class ReadJudgement(Result):
    """A judgement of the brief, as it is read."""

    node: str
    states: tuple[str, ...]
    mode: str = Field(description="`by` or `at`")
    within_days: Annotated[int | float, unit("days")]
    low: Share = Field(description="lower end of the brief's reading, central 90 %")
    high: Share = Field(description="upper end")

    @staticmethod
    def read(one: Implied) -> dict[str, Any]:
        """Take what the brief says out of what was worked out."""
        judged = one.judgement
        return {
            "node": one.node,
            "states": judged.states,
            "mode": judged.mode,
            "within_days": judged.within,
            "low": judged.probability.low,
            "high": judged.probability.high,
        }


class ImpliedJudgement(ReadJudgement):
    """What the priors imply for one judgement of the brief."""

    probability: Share = Field(description="what the priors imply: the mean over draws from them")
    lo50: Share
    hi50: Share
    lo80: Share
    hi80: Share
    verdict: str = Field(
        description="`agrees`, `below` or `above`: where the mean lies against the brief's reading"
    )
    quote: str = Field(exclude=True, description="its sentence")

    @classmethod
    def of(cls, one: Implied) -> Self:
        """Take what is said of a judgement out of what was worked out."""
        band, quote = asdict(one.band), one.judgement.quote
        return cls(**cls.read(one), **band, verdict=one.verdict, quote=quote)


class ExpectedReports(Result):
    """Reports of one indicator, expected in one state of one node and found."""

    indicator: str
    node: str
    state: str = Field(description="the other nodes it points at are in the states pointed at")
    pointed: bool = Field(description="whether the indicator points at this state")
    expected: Annotated[float, unit("steps")] = Field(
        description="mean number of steps with a report, under the declared coverage"
    )
    found: Annotated[int, unit("steps")] = Field(description="steps with a credible report")
    more: Share = Field(description="prior probability of so many or more")
    fewer: Share = Field(description="prior probability of so many or fewer")
    surprise: str = Field(
        description="`more than expected`, `fewer than expected` (either below .05) or empty"
    )


class TogetherReports(Result):
    """Steps with a report, over all presence indicators."""

    expected: float = Field(description="median over draws of rates and states from the priors")
    low: float = Field(description="lower end, central 90 %")
    high: float = Field(description="upper end")
    found: int


class PriorCheck(Result):
    """What the priors say before any posterior is believed."""

    as_of: dt.date = Field(description="reports and coverage are taken to this day")
    implied: tuple[ImpliedJudgement, ...] = Field(
        description="one for each judgement of the brief, with no report seen"
    )
    expected: tuple[ExpectedReports, ...] = Field(
        description="one for each presence indicator, node it points at, and state of that node"
    )
    together: TogetherReports = Field(description="all indicators together, whatever the states")
    step: Annotated[int, unit("days")] = Field(exclude=True, description="length of a step")


def check_files(project: Project) -> list[Problem]:
    """List every problem of ``priors.yaml`` and ``events/``, all at once.

    Parameters
    ----------
    project : Project
        Where the files are.

    Returns
    -------
    list of Problem
        Errors and warnings, by file and line.
    """
    if not project.priors.is_file():
        project.beliefs()
    beliefs, problems = inspect(project.priors)
    try:
        found = project.folder(beliefs)
        problems = [*problems, *_of_verdicts(found), *found.notes, *_twins(found), *_copies(found)]
        if beliefs is not None:
            problems += [*_ended(project, beliefs, found), *_doubtful(beliefs, found)]
            problems += [*_still_to_come(found), *_told_twice(found), *_perhaps_kept(found)]
            problems += _apart(project, beliefs, found)
    except ReportsError as error:
        told = error.problems or (Problem(str(project.events), 0, "", str(error)),)
        problems = [*problems, *told]
    if beliefs is not None:
        try:
            notes: list[Problem] = []
            project.outcomes(beliefs, notes=notes)
            problems = [*problems, *notes]
        except ReportsError as error:
            problems = [*problems, *error.problems]
        try:
            problems = [*problems, *_of_crowd(project, beliefs)]
        except ReportsError as error:
            problems = [*problems, *error.problems]
    return problems


def _ended(project: Project, beliefs: Beliefs, found: EventFolder) -> list[Problem]:
    """Point at coverage that ended before the events that the reports tell of."""
    return [
        Problem(str(project.events), 0, "", said, severity="warning")
        for said in ended_coverage(beliefs, found.coverage, found.reports)
    ]


def _doubtful(beliefs: Beliefs, found: EventFolder) -> list[Problem]:
    """Point at acts done in the open whose reports are graded as if they could be doubted."""
    doubted: dict[str, list[Report]] = {}
    for report in found.reports:
        low = report.use == "evidence" and report.credibility > 2
        if low and beliefs.is_open(report.indicator):
            doubted.setdefault(report.indicator, []).append(report)
    out = []
    for name, reports in doubted.items():
        first, named = reports[0], [one.report_id for one in reports[:_MOST_TWINS]]
        more = f" and {len(reports) - len(named)} more" if len(reports) > len(named) else ""
        came = (
            f"{name} is done in the open, but {counted(len(reports), 'report')} of it "
            f"{'is' if len(reports) == 1 else 'are'} graded 3 to 6 ({', '.join(named)}{more}), "
            "as if it could be doubted"
        )
        allowed = "grade what took place 1 or 2; or is it no open act?"
        out.append(Problem(first.file, first.line, "credibility", came, allowed, "warning"))
    return out


def _still_to_come(found: EventFolder) -> list[Problem]:
    """Point at reports that tell of a plan, but are coded as the happening."""
    planned = [one for one in found.reports if one.use == "evidence" and _PLAN.search(one.summary)]
    out = []
    for report in planned[:_MOST_TWINS]:
        came = f"{report.report_id} says {_PLAN.findall(report.summary)[0]!r}, and is coded as done"
        allowed = "if it is still to come, code it in events/announcements.csv"
        out.append(Problem(report.file, report.line, "summary", came, allowed, "warning"))
    if len(planned) > _MOST_TWINS:
        said = f"{len(planned) - _MOST_TWINS} more reports tell of what is still to come"
        last = planned[_MOST_TWINS]
        out.append(Problem(last.file, last.line, "summary", said, "", "warning"))
    return out


def _told_twice(found: EventFolder) -> list[Problem]:
    """Point at open announcements of one indicator and question, which count as two things."""
    first: dict[tuple[str, str], str] = {}
    out = []
    for one in found.announcements:
        if one.status or one.kind == "scheduled":
            continue
        earlier = first.setdefault((one.indicator, one.question), one.announcement_id)
        if earlier != one.announcement_id:
            came = f"{one.announcement_id!r} and {earlier!r} are open and count as two things"
            allowed = "one thing is one row, whoever announces it"
            out.append(Problem(one.file, one.line, "announcement_id", came, allowed, "warning"))
    return out


def _perhaps_kept(found: EventFolder) -> list[Problem]:
    """Point at open announcements whose indicator was reported since they were told."""
    out = []
    for one in found.announcements:
        since = [
            report.report_id
            for report in found.reports
            if report.indicator == one.indicator and report.occurred_on > one.told_on
        ]
        if since and not one.status and one.kind != "scheduled":
            came = f"{one.announcement_id!r} is open, but {since[0]} tells of {one.indicator} since"
            allowed = "say kept if that was it, and the day it was known"
            out.append(Problem(one.file, one.line, "status", came, allowed, "warning"))
    return out


def _apart(project: Project, beliefs: Beliefs, found: EventFolder) -> list[Problem]:
    """Point at questions whose prior is far from what the model alone says."""
    if all(one.prior is None for one in beliefs.questions.values()):
        return []
    document = read_document(project.priors)
    if isinstance(document, Problem):
        return []
    from forecast.analysis.anchoring import Anchoring
    from forecast.analysis.prior_check import questions_apart
    from forecast.inference.encoding import encode

    known = (found.reports, found.coverage, found.announcements, ())
    out = []
    for name, said, model, apart in questions_apart(Anchoring(encode(beliefs), *known, 1)):
        path = ("questions", name, "prior")
        came = (
            f"says {format_probability(said.probability)}, and the model alone "
            f"{format_probability(model)} on {said.on}: {apart:.1f} apart in the log odds"
        )
        allowed = "look again at both; the model's comes from share, rates, states, announcements"
        line = document.line(path)
        out.append(Problem(document.file, line, ".".join(path), came, allowed, "warning"))
    return out


def _of_crowd(project: Project, beliefs: Beliefs) -> list[Problem]:
    """Name the questions of ``events/crowd.csv`` that the project does not have."""
    found = project.crowd(beliefs)
    if found is None:
        return []
    where = str(project.events / CROWD)
    return [
        Problem(where, 0, "question", f"no question {name!r}: {rows} left out", "", "warning")
        for name, rows in found.unknown
    ] + list(found.notes)


def unread_files(project: Project) -> list[Problem]:
    """Name the files in ``events/`` and ``resolutions/`` that may hold a table and are not read."""
    there = [*sorted(project.events.glob("*")), *sorted(project.resolutions.glob("*"))]
    return [said for path in there if (said := unread_file(path)) is not None]


def _twins(found: EventFolder) -> list[Problem]:
    """Point at names that count as two but may have been meant as one."""
    reports = sorted(found.reports, key=lambda report: (report.reported_on, report.report_id))
    out = []
    for column in ("lineage", "event_id", "report_id"):
        first: dict[str, Report] = {}
        for report in reports:
            first.setdefault(getattr(report, column), report)
        pairs = list(near_twins(first))
        for one, other, why in pairs[:_MOST_TWINS]:
            said = f"{other!r} and {one!r} differ by {why} and count as two"
            report = first[other]
            out.append(Problem(report.file, report.line, column, said, _TWINS, "warning"))
        if len(pairs) > _MOST_TWINS:
            said = f"{len(pairs) - _MOST_TWINS} more pairs of names are nearly the same"
            report = first[pairs[_MOST_TWINS][1]]
            out.append(Problem(report.file, report.line, column, said, _TWINS, "warning"))
    return out


def _copies(found: EventFolder) -> list[Problem]:
    """Point at reports that may be copies, and count as two sources."""
    reports = sorted(found.reports, key=lambda report: (report.reported_on, report.report_id))
    pairs = list(copies(reports))
    out = []
    for one, other, why in pairs[:_MOST_TWINS]:
        said = f"{other.report_id!r} cites {why} of {one.report_id!r} and counts as a second source"
        allowed = f"give it the lineage {one.lineage!r} if it says what that says"
        out.append(Problem(other.file, other.line, "lineage", said, allowed, "warning"))
    if len(pairs) > _MOST_TWINS:
        said = f"{len(pairs) - _MOST_TWINS} more reports cite what another cites"
        other = pairs[_MOST_TWINS][1]
        out.append(Problem(other.file, other.line, "lineage", said, _TWINS, "warning"))
    return out


def _of_verdicts(found: EventFolder) -> list[Problem]:
    """List what is wrong with verdicts; a report that has no row may stand in the ledger only."""
    known = {report.report_id: report for report in found.reports}
    return [
        replace(one, severity="warning", allowed=f"{one.allowed}; or it was added to the ledger")
        if one.came.startswith("there is no report")
        else one
        for one in faults_of_verdicts(spelled(found.verdicts, known), known)
    ]


def check_priors(project: Project, *, as_of: dt.date | None = None, seed: int = 1) -> PriorCheck:
    """Work out what the priors imply, and which reports they expect.

    Parameters
    ----------
    project : Project
        Where the files are.
    as_of : datetime.date, optional
        Take reports and coverage to this day; by default the end of the record.
    seed : int
        Of the draws from the priors.

    Raises
    ------
    BeliefsError, ReportsError
        If the files cannot be used as they are.
    EvidenceError
        If the day is before the brief or after today.
    """
    import numpy as np

    from forecast.analysis.prior_check import (
        expected_reports,
        expected_together,
        implied_judgements,
    )
    from forecast.inference.encoding import encode
    from forecast.inference.observations import declared

    beliefs = project.beliefs()
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
    day = as_of_day(beliefs, record, as_of)
    encoding = encode(beliefs)
    evidence = record.evidence(encoding, as_of=day)
    looked = declared(encoding, record.coverage, steps=evidence.steps, as_of=day)
    together, found = expected_together(encoding, evidence, looked, seed=seed)
    low, middle, high = map(float, np.percentile(together, (5, 50, 95)))
    return PriorCheck(
        as_of=day,
        implied=[ImpliedJudgement.of(one) for one in implied_judgements(encoding, seed=seed)],
        expected=expected_reports(encoding, evidence, seed=seed),
        together=TogetherReports(expected=middle, low=low, high=high, found=found),
        step=encoding.step,
    )


class JudgementError(Result):
    """By how much another seed would differ."""

    node: str
    probability: Share = Field(description="standard error of the mean over the draws")
    lo80: Share = Field(description="of the lower end of the 80 % band")
    hi80: Share = Field(description="of its upper end")


class ParameterRow(Result):
    """A parameter before and after the reports."""

    block: str = Field(
        description="`initial`, `log_hazard`, `log_hazard_ratio`, `log_rate`, `rarity`, "
        "`log_dispersion`, `level` or `log_spread`"
    )
    name: str = Field(description="such as `arms_trade: none > token` or `INDICATOR | NODE.STATE`")
    prior_mean: Annotated[float, unit("scale of the model")] = Field(
        description="logs of rates per day and of ratios; `initial` and `level` as they are"
    )
    prior_sd: Annotated[float, unit("the same")]
    posterior_mean: Annotated[float, unit("the same")]
    posterior_sd: Annotated[float, unit("the same")]
    shift: Annotated[float, unit("prior standard deviations")] = Field(
        description="posterior mean less prior mean"
    )
    contraction: Share = Field(
        description="1 less the ratio of the variances; near 0 the prior decides"
    )


class LevelFound(Result):
    """What the reports say of all stated rates together; 90 % intervals are central."""

    times: Annotated[float, unit("times")] = Field(
        description="how many times as often as stated reports of an indicator of middling rate "
        "come: the median"
    )
    times_lo90: Annotated[float, unit("times")]
    times_hi90: Annotated[float, unit("times")]
    slope: Annotated[float, unit("times")] = Field(
        description="how far apart the log rates stand, or the logs of how often reports are "
        "expected (`of: reports`), by what was stated: the median"
    )
    slope_lo90: Annotated[float, unit("times")]
    slope_hi90: Annotated[float, unit("times")]
    reports: bool = Field(exclude=True, description="whether the slope is of reports")

    @classmethod
    def of(cls, encoding: Encoding, drawn: Parameters) -> LevelFound | None:
        """Read it off draws; None where the rates have no level in common."""
        level, stated = encoding.priors.common_level, encoding.beliefs.rates
        if level is None or stated is None:
            return None
        rates = drawn.log_rate[encoding.priors.rate_of]
        shift, slope = level.quantiles(rates, (0.5, 0.05, 0.95)).tolist()
        times = [math.exp(each) for each in shift]
        ends = ("", "_lo90", "_hi90")
        return cls(
            **{f"times{end}": each for end, each in zip(ends, times, strict=True)},
            **{f"slope{end}": each for end, each in zip(ends, slope, strict=True)},
            reports=stated.common_level.of == "reports",
        )


class Diagnosis(Result):
    """How the last fit went, and what it learnt."""

    checks: FitChecks = Field(description="the checks of the last fit, as `diagnostics` above")
    monte_carlo_error: tuple[JudgementError, ...] = Field(
        description="one for each judgement on the day of the fit: by how much another seed would "
        "differ; empty where its evidence cannot be found again"
    )
    versions: dict[str, str] = Field(
        description="what the draws were made with: Python, libraries, `c_library` (its last bits "
        "shape the draws), and `processor` with those of `fma`, `avx2`, `avx512f` that it has",
        json_schema_extra={"names": "<name>"},
    )
    common_level: LevelFound | None = Field(
        description="where the file has a `common_level`; otherwise null"
    )
    learnt: tuple[ParameterRow, ...] = Field(
        description="one for each parameter, or each of `--block`"
    )


def diagnose_last(project: Project) -> Diagnosis:
    """Read the posterior that was kept last.

    Parameters
    ----------
    project : Project
        Where the ledger is.

    Raises
    ------
    LedgerError
        If there is none, or its file is gone.
    """
    from forecast.inference.diagnostics import monte_carlo_error, prior_against_posterior
    from forecast.inference.encoding import encode
    from forecast.inference.sampling import read_draws
    from forecast.inference.tracking import appraise
    from forecast.issue.reweigh import fitted_evidence

    with project.ledger(create=False) as ledger:
        last = next(ledger.posteriors.whole(), None)
        if last is None:
            raise LedgerError("there is no posterior to diagnose; fit one with: forecast run")
        model = ledger.models.find(last.model_fingerprint)
        encoding = encode(held_beliefs(None if model is None else model.content))
        evidence = fitted_evidence(ledger, encoding, last)
    draws = read_draws(encoding, last.path)
    errors = []
    if evidence is not None:
        now = appraise(encoding, draws, evidence).probability
        judged = {node: now[encoding.headline_rows(node)].sum(axis=0) for node in encoding.nodes}
        errors = monte_carlo_error(judged, chains=int(str(last.settings["chains"])))
    return Diagnosis(
        checks=last.diagnostics,
        monte_carlo_error=errors,
        versions=last.versions,
        common_level=LevelFound.of(encoding, draws),
        learnt=prior_against_posterior(encoding, draws),
    )


class LookedAt(Result):
    """Rows of each table whose hashes were derived again."""

    report_version: Rows = Field(description="versions of reports")
    retraction: Rows = Field(description="words on whether a report stands")
    coverage_version: Rows = Field(description="versions of coverage")
    model: Rows
    posterior: Rows = Field(description="each with its file")
    issued_forecast: Rows
    resolution: Rows = Field(description="words on outcomes of questions")
    history_point: Rows = Field(description="what would have been published on a day")
    source_version: Rows = Field(description="versions of sources")
    verdict_version: Rows = Field(description="versions of verdicts on reports")
    alert_version: Rows = Field(description="words on alerts")
    announced_version: Rows = Field(
        default=0,
        description="words on announcements, where there are any",
        exclude_if=lambda number: not number,
    )
    applied_file: Rows = Field(description="files that were applied")


class LedgerCheck(Result):
    """What was looked at, and what is wrong with it."""

    ledger: str = Field(description="where it is")
    case: str = Field(description="whose rows were looked at; empty for a ledger of one project")
    looked_at: LookedAt = Field(description="rows of each table whose hashes were derived again")
    problems: tuple[str, ...] = Field(
        description="one line each; empty when all is as it was recorded"
    )


def verify(project: Project) -> LedgerCheck:
    """Derive every hash of the ledger again, and those of the posterior files.

    Raises
    ------
    LedgerError
        If there is no ledger, or it cannot be opened.
    """
    with project.ledger(create=False) as ledger:
        return LedgerCheck(
            ledger=ledger.place,
            case=ledger.case,
            looked_at=LookedAt(**ledger.sizes()),
            problems=ledger.verify(),
        )
