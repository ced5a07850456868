"""Update: new, corrected and retracted reports move the judgements at once."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from forecast.beliefs import read_arriving, words
from forecast.errors import Problem
from forecast.issue.alerts import AlertState, look
from forecast.issue.arrivals import Came, ended_coverage, file_key, take_in, thinned_reports
from forecast.issue.reweigh import Case, Learnt, learn, published, take_up
from forecast.issue.run import read_payload
from forecast.ledger import IssuedForecast, SyncResult
from forecast.project.progress import Reporter, Silent
from forecast.project.project import (
    Project,
    Record,
    as_of_day,
    require_known_today,
    require_told_today,
)
from forecast.project.sampler import SamplerSettings
from forecast.result import Fraction, Result, rounded, unit

__all__ = ["Move", "Update", "update"]


class Move(Result):
    """How far one judgement moved."""

    node: str
    label: str = Field(description="as printed")
    before: Fraction | None = Field(
        description="probability before, by the same draws where they can tell; null where nothing "
        "was known"
    )
    after: Fraction = Field(description="probability now")
    word_before: str
    word_after: str
    lo80: Fraction
    hi80: Fraction


class Update(Result):
    """What an update did, or would do."""

    schema_version: int = Field(serialization_alias="schema", description="1")
    as_of_before: dt.date = Field(description="end of the record before")
    as_of: dt.date = Field(description="date of the judgements now")
    dry: bool = Field(serialization_alias="dry_run", description="whether nothing was written")
    new: tuple[str, ...] = Field(description="ids of reports that were not known")
    known: tuple[str, ...] = Field(description="ids of reports that say what they said before")
    revised: tuple[str, ...] = Field(
        description="ids of reports that say something else than before"
    )
    held: tuple[str, ...] = Field(
        description="ids of reports that stay retracted, because someone retracted them by hand"
    )
    windows: int = Field(description="windows of coverage that came")
    announced: tuple[str, ...] = Field(
        default=(),
        description="ids of announcements that were new or say something else than before; left "
        "out if there is none",
        exclude_if=lambda ids: not ids,
    )
    notes: tuple[str, ...] = Field(
        description="how files were read, where that is not as expected: another encoding, a "
        "semicolon between cells, days of Excel; which coverage ended before what the reports "
        "tell of; and whether fewer than half as many reports are coded as before"
    )
    method: str = Field(description="`reweighted`, `refitted`, or `would refit` in a dry run")
    reason: str = Field(description="why it was refitted; empty otherwise")
    pareto_k: Annotated[float, rounded(6)] | None = Field(
        description="of the weights that were tried; null where all are equal or there were none"
    )
    ess: Annotated[float, rounded(6), unit("draws")] | None = Field(
        description="effective draws of these weights"
    )
    moves: tuple[Move, ...] = Field(
        serialization_alias="judgements",
        description="one for each node, in the order of the file",
    )
    alerts: tuple[AlertState, ...] = Field(
        description="every rule that was looked at, in the order of the file"
    )
    issue: str | None = Field(description="id of the forecast, with `--issue`")


def update(
    project: Project,
    sources: Sequence[Came],
    *,
    dry: bool = False,
    issue: bool = False,
    as_of: dt.date | None = None,
    sampler: SamplerSettings | None = None,
    reporter: Reporter | None = None,
) -> Update:
    """Add reports in one transaction and update every judgement.

    Parameters
    ----------
    project : Project
        Where the files are.
    sources : sequence of (name, text or bytes)
        CSV, workbooks or JSON Lines, of reports, coverage or announcements; from `read_sources`.
        Without any, only what changed in ``events/`` and the time that passed are seen.
    dry : bool
        Show the effect and write nothing; what would need a new fit is reweighted all the same.
    issue : bool
        Issue the whole forecast too, for charts and briefs.
    as_of : datetime.date, optional
        By default the end of the record, with what is new.
    sampler : SamplerSettings, optional
        Should a new fit be needed.
    reporter : Reporter, optional
        Told how it goes.

    Returns
    -------
    Update

    Raises
    ------
    ReportsError
        With every row that cannot be used; nothing is stored then.
    BeliefsError, LedgerError, EvidenceError, StatisticsError
        As in `forecast.issue.run.run`.
    """
    from forecast.inference.encoding import encode

    told = reporter or Silent()
    told.stage("reading the brief and its reports")
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        old = Record.synchronise(project, beliefs, ledger)
        notes: list[Problem] = []
        known = ledger.sources.latest()
        came = read_arriving(sources, beliefs=beliefs, known_sources=known, notes=notes)
        require_known_today(came.reports)
        require_told_today(came.announcements)
        before = as_of_day(beliefs, old, None)
        files = [file_key(*source) for source in sources]
        changes, new = take_in(ledger, beliefs, old, came, files=None if dry else files)
        day = as_of_day(beliefs, new, as_of)
        case = Case(ledger, encode(beliefs), old, new, before, day, sampler or SamplerSettings())
        told_of = [
            *map(str, notes),
            *ended_coverage(beliefs, new.coverage, came.reports),
            *thinned_reports(beliefs, new.coverage, new.reports, as_of=day),
        ]
        read = {"windows": len(came.coverage), "notes": told_of, "announced": _announced(old, new)}
        return _learn(case, (changes, read), told, dry=dry, issue=issue, back=as_of is not None)


def _announced(old: Record, new: Record) -> list[str]:
    """Name the announcements that are new or say something else, by id."""
    return [one.announcement_id for one in new.announcements if one not in old.announcements]


def _learn(
    case: Case,
    came: tuple[SyncResult, Mapping[str, Any]],
    told: Reporter,
    *,
    dry: bool,
    issue: bool,
    back: bool,
) -> Update:
    evidence = case.evidence(new=True)
    told.stage("weighing the draws anew")
    looked = take_up(case, evidence)
    before = published(case, looked)
    now = learn(case, looked, evidence, told, dry=dry)
    draws, seen = (now.parameters, now.weights), (evidence, now.seen)
    moment = case.new.recorded_by
    alerts = look(
        case.ledger, case.anchoring, draws, seen, as_of=case.day, recorded_by=moment, back=back
    )
    issued = None
    if issue and not dry:
        told.stage("issuing the forecast")
        issued = _issue(case, now)
    tried, (changes, read) = now.tried, came
    return Update(
        schema_version=1,
        as_of_before=case.before,
        as_of=case.day,
        dry=dry,
        new=changes.new,
        known=changes.known,
        revised=changes.revised,
        held=changes.held,
        **read,
        method=now.method,
        reason=now.reason,
        pareto_k=None if tried is None or math.isnan(tried.pareto_k) else tried.pareto_k,
        ess=None if tried is None or math.isnan(tried.ess) else tried.ess,
        moves=_moves(case, before, now),
        alerts=alerts,
        issue=None if issued is None else issued.id,
    )


def _moves(case: Case, earlier: dict[str, float], now: Learnt) -> list[Move]:
    from forecast.analysis.bands import band_of

    beliefs = case.encoding.beliefs
    scale = words.scale(beliefs.brief.scale)
    out = []
    for name, node in beliefs.nodes.items():
        band = band_of(case.headline(now.seen, name), now.weights.weights)
        before = earlier.get(name)
        before = None if before is None or math.isnan(before) else before
        out.append(
            Move(
                node=name,
                label=node.labelled(),
                before=before,
                after=band.probability,
                word_before="" if before is None else scale.word(before),
                word_after=scale.word(band.probability),
                lo80=band.lo80,
                hi80=band.hi80,
            )
        )
    return out


def _issue(case: Case, now: Learnt) -> IssuedForecast:
    """Read everything out with the weighted draws, and issue it."""
    from forecast.inference.observations import steps_until

    key, encoding, record = case.key(), case.encoding, case.new
    steps = steps_until(encoding, case.day)
    known = record.knowledge(encoding, as_of=case.day, steps=steps)
    weights = None if now.weights.even else now.weights.weights
    payload = read_payload(
        *(encoding, record, known, now.parameters),
        key=key,
        fit=now.fit,
        weights=weights,
        anchoring=case.anchoring,
    )
    return case.ledger.issues.record(
        **key, payload=payload, posterior_id=now.fit.id, recorded_by=record.recorded_by
    )
