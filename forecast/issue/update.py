"""Update: new, corrected and retracted reports move the judgements at once."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from forecast.beliefs import read_arriving, words
from forecast.errors import Problem
from forecast.issue.alerts import Watched, look
from forecast.issue.arrivals import Came, ended_coverage, file_key, take_in
from forecast.issue.fit import SamplerSettings
from forecast.issue.reweigh import Case, Learnt, learn, published, take_up
from forecast.issue.run import read_payload
from forecast.ledger import IssuedForecast, SyncResult
from forecast.project.progress import Reporter, Silent
from forecast.project.project import Project, Record, as_of_day, require_known_today

__all__ = ["Move", "Update", "update", "update_json"]


@dataclass(frozen=True)
class Move:
    """How far one judgement moved.

    Attributes
    ----------
    node, label : str
    before, after : float
        Probability of its headline states.
    word_before, word_after : str
    lo80, hi80 : float
        Band of the probability after.
    """

    node: str
    label: str
    before: float
    after: float
    word_before: str
    word_after: str
    lo80: float
    hi80: float


@dataclass(frozen=True)
class Update:
    """What an update did, or would do.

    Attributes
    ----------
    as_of_before, as_of : datetime.date
    changes : SyncResult
        Which reports were new, known, revised.
    moves : sequence of Move
        Every judgement, in the order of the file.
    method : {"reweighted", "refitted", "would refit"}
    reason : str
        Why it was or would be refitted; empty where it was not.
    pareto_k, ess : float
        Of the weights that were tried; nan where there were none.
    dry : bool
        Whether nothing was written.
    issued : IssuedForecast or None
        The forecast, where it was issued too.
    alerts : sequence of Watched
        Every rule that was looked at; `forecast.issue.alerts.remember` records what is said.
    windows : int
        Windows of coverage that came.
    notes : sequence of str
        How files were read, where that is not as expected: another encoding, days of Excel; and
        which coverage ended before what the reports tell of.
    """

    as_of_before: dt.date
    as_of: dt.date
    changes: SyncResult
    moves: Sequence[Move]
    method: str
    reason: str
    pareto_k: float
    ess: float
    dry: bool
    issued: IssuedForecast | None = None
    alerts: Sequence[Watched] = ()
    windows: int = 0
    notes: Sequence[str] = ()


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
        CSV, workbooks or JSON Lines, of reports or coverage; from `read_sources`. Without any, only
        what changed in ``events/`` and the time that passed are seen.
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
        rows, windows = read_arriving(sources, beliefs=beliefs, known_sources=known, notes=notes)
        require_known_today(rows)
        before = as_of_day(beliefs, old, None)
        files = [file_key(*source) for source in sources]
        changes, new = take_in(ledger, beliefs, old, rows, windows, files=None if dry else files)
        day = as_of_day(beliefs, new, as_of)
        case = Case(ledger, encode(beliefs), old, new, before, day, sampler or SamplerSettings())
        done = _learn(case, changes, told, dry=dry, issue=issue, back=as_of is not None)
        told_of = [*map(str, notes), *ended_coverage(beliefs, new.coverage, rows)]
        return replace(done, windows=len(windows), notes=told_of)


def _learn(
    case: Case, changes: SyncResult, told: Reporter, *, dry: bool, issue: bool, back: bool
) -> Update:
    evidence = case.evidence(new=True)
    told.stage("weighing the draws anew")
    looked = take_up(case, evidence)
    before = published(case, looked)
    now = learn(case, looked, evidence, told, dry=dry)
    draws, seen = (now.parameters, now.weights), (evidence, now.seen)
    moment = case.new.recorded_by
    alerts = look(
        case.ledger, case.encoding, draws, seen, as_of=case.day, recorded_by=moment, back=back
    )
    issued = None
    if issue and not dry:
        told.stage("issuing the forecast")
        issued = _issue(case, now)
    tried = now.tried
    return Update(
        as_of_before=case.before,
        as_of=case.day,
        changes=changes,
        moves=_moves(case, before, now),
        method=now.method,
        reason=now.reason,
        pareto_k=math.nan if tried is None else tried.pareto_k,
        ess=math.nan if tried is None else tried.ess,
        dry=dry,
        issued=issued,
        alerts=alerts,
    )


def _moves(case: Case, earlier: dict[str, float], now: Learnt) -> list[Move]:
    from forecast.analysis.bands import band_of

    beliefs = case.encoding.beliefs
    scale = words.scale(beliefs.brief.scale)
    out = []
    for name, node in beliefs.nodes.items():
        band = band_of(case.headline(now.seen, name), now.weights.weights)
        before = earlier.get(name, math.nan)
        out.append(
            Move(
                node=name,
                label=node.labelled(),
                before=before,
                after=band.probability,
                word_before="" if math.isnan(before) else scale.word(before),
                word_after=scale.word(band.probability),
                lo80=band.lo80,
                hi80=band.hi80,
            )
        )
    return out


def _issue(case: Case, now: Learnt) -> IssuedForecast:
    """Read everything out with the weighted draws, and issue it."""
    from forecast.inference.observations import steps_until
    from forecast.inference.tracking import knowledge

    key, encoding, record = case.key(), case.encoding, case.new
    steps = steps_until(encoding, case.day)
    known = knowledge(encoding, record.reports, record.coverage, as_of=case.day, steps=steps)
    weights = None if now.weights.even else now.weights.weights
    payload = read_payload(
        encoding, record, known, now.parameters, key=key, fit=now.fit, weights=weights
    )
    return case.ledger.issues.record(
        **key, payload=payload, posterior_id=now.fit.id, recorded_by=record.recorded_by
    )


def update_json(done: Update) -> dict[str, Any]:
    """Put an update into plain values."""

    def number(value: float) -> float | None:
        return None if math.isnan(value) else round(value, 6)

    moves = [
        {k: number(v) if isinstance(v, float) else v for k, v in asdict(move).items()}
        for move in done.moves
    ]
    return {
        "schema": 1,
        "as_of_before": done.as_of_before.isoformat(),
        "as_of": done.as_of.isoformat(),
        "dry_run": done.dry,
        "new": list(done.changes.new),
        "known": list(done.changes.known),
        "revised": list(done.changes.revised),
        "held": list(done.changes.held),
        "windows": done.windows,
        "notes": list(done.notes),
        "method": done.method,
        "reason": done.reason,
        "pareto_k": number(done.pareto_k),
        "ess": number(done.ess),
        "judgements": moves,
        "alerts": [_alert_json(each) for each in done.alerts],
        "issue": None if done.issued is None else done.issued.id,
    }


def _alert_json(each: Watched) -> dict[str, Any]:
    return {
        "alert": each.name,
        "question": each.alert.question,
        "node": each.alert.node,
        "subject": each.subject,
        "direction": each.alert.direction,
        "threshold": each.alert.threshold,
        "word": each.word,
        "raised": each.raised,
        "probability": round(each.probability, 6),
        "certainty": round(each.certainty, 6),
        "told": None if each.told is None else round(each.told, 6),
        "since": None if each.since is None else each.since.isoformat(),
    }
