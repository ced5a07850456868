"""Update: new, corrected and retracted reports move the judgements at once."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.beliefs import Beliefs, CoverageWindow, Report, read_arriving, words
from forecast.errors import ReportsError
from forecast.ledger import IssuedForecast, Ledger, SyncResult, evidence_fingerprint, text_hash
from forecast.workflow.alerting import Watched, look
from forecast.workflow.fitting import (
    SamplerSettings,
    impossible_in_words,
    refit,
    require_possible,
)
from forecast.workflow.issuing import issue_key, read_payload
from forecast.workflow.learning import Base, find_base
from forecast.workflow.milestones import keep_milestones, milestones_of
from forecast.workflow.progress import Reporter, Silent
from forecast.workflow.project import Project, Record, as_of_day, require_known_today
from forecast.workflow.remembering import remembered

if TYPE_CHECKING:
    from forecast.inference.encoding import Encoding
    from forecast.inference.reweighting import Weights
    from forecast.inference.tracking import Appraisal
    from forecast.network import Evidence, Parameters

__all__ = ["Move", "Update", "file_key", "read_sources", "update"]

_ORIGIN = "update"


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
        Every rule that was looked at; `forecast.workflow.alerting.remember` records what is said.
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


def file_key(name: str, text: str) -> tuple[str, str]:
    """Return what a file is known again by: its name without the folder, and its hash."""
    return Path(name).name, text_hash(text)


def read_sources(names: Sequence[str], standard_input: str | None) -> list[tuple[str, str]]:
    """Read files whole; ``-`` is standard input.

    Raises
    ------
    ReportsError
        If a file cannot be read or is not UTF-8.
    """
    out = []
    for name in names:
        if name == "-":
            out.append(("standard input", standard_input or ""))
            continue
        try:
            out.append((name, Path(name).read_text(encoding="utf-8-sig")))
        except OSError as error:
            raise ReportsError(f"{name}: cannot be read ({error.strerror})") from None
        except UnicodeDecodeError:
            raise ReportsError(f"{name}: is not UTF-8; save it again as UTF-8") from None
    return out


def update(
    project: Project,
    sources: Sequence[tuple[str, str]],
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
    sources : sequence of (name, text)
        CSV or JSON Lines, of reports or coverage; from `read_sources`. Without any, only what
        changed in ``events/`` and the time that passed are seen.
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
        As in `forecast.workflow.run.run`.
    """
    from forecast.inference.encoding import encode

    told = reporter or Silent()
    told.stage("reading the brief and its reports")
    beliefs = project.beliefs()
    with project.ledger() as ledger:
        old = Record.synchronise(project, beliefs, ledger)
        rows, windows = read_arriving(sources, beliefs=beliefs, known_sources=ledger.sources())
        require_known_today(rows)
        before = as_of_day(beliefs, old, None)
        files = [file_key(*source) for source in sources]
        changes, new = _added(ledger, beliefs, old, rows, windows, files=None if dry else files)
        day = as_of_day(beliefs, new, as_of)
        case = _Case(ledger, encode(beliefs), old, new, before, day, sampler or SamplerSettings())
        return _learn(case, changes, told, dry=dry, issue=issue, back=as_of is not None)


def _added(
    ledger: Ledger,
    beliefs: Beliefs,
    old: Record,
    rows: Sequence[Report],
    windows: Sequence[CoverageWindow],
    *,
    files: Sequence[tuple[str, str]] | None,
) -> tuple[SyncResult, Record]:
    """Store what came in some files, or without them only put it beside what there is."""
    if files is not None:
        changes = ledger.take_in(rows, windows, origin=_ORIGIN, files=files)
        return changes, Record.of(ledger, changes, beliefs)
    there = {report.report_id: report for report in old.reports}
    found: dict[str, list[str]] = {"new": [], "known": [], "revised": []}
    for row in rows:
        held_row = there.get(row.report_id)
        kind = "new" if held_row is None else "known" if held_row == row else "revised"
        found[kind].append(row.report_id)
        there[row.report_id] = row
    changes = SyncResult(**{kind: tuple(sorted(ids)) for kind, ids in found.items()})
    coverage = [*old.coverage, *windows]
    reports = remembered(list(there.values()), ledger, beliefs, recorded_by=old.recorded_by)
    return changes, replace(old, reports=reports, coverage=coverage, changes=changes)


@dataclass(frozen=True, eq=False)
class _Case:
    ledger: Ledger
    encoding: Encoding
    old: Record
    new: Record
    before: dt.date
    day: dt.date
    sampler: SamplerSettings

    def evidence(self, *, new: bool) -> Evidence:
        from forecast.inference.observations import observe

        record, day = (self.new, self.day) if new else (self.old, self.before)
        return observe(self.encoding, record.reports, record.coverage, as_of=day)

    def stands_at(self, base: Base) -> bool:
        """Whether what was known before is what the fit saw, to the same day."""
        found = evidence_fingerprint(self.old.reports, self.old.coverage, as_of=self.before)
        fit = base.record
        return (fit.as_of, fit.evidence_fingerprint) == (self.before, found)

    def key(self) -> dict[str, Any]:
        return issue_key(
            self.ledger,
            self.encoding.beliefs,
            self.new,
            as_of=self.day,
            sampler=self.sampler,
        )


@dataclass(frozen=True, eq=False)
class _Learnt:
    """Draws that stand for what is known now, and how they came about."""

    parameters: Parameters
    weights: Weights
    seen: Appraisal
    posterior_id: str
    method: str
    reason: str
    tried: Weights | None


def _learn(
    case: _Case, changes: SyncResult, told: Reporter, *, dry: bool, issue: bool, back: bool
) -> Update:
    evidence = case.evidence(new=True)
    told.stage("weighing the draws anew")
    base = find_base(case.ledger, case.encoding)
    looked = base if isinstance(base, str) else _look(case, base, evidence)
    published = _published(case, looked)
    now = _draws(case, looked, evidence, told, dry=dry)
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
        moves=_moves(case, published, now),
        method=now.method,
        reason=now.reason,
        pareto_k=math.nan if tried is None else tried.pareto_k,
        ess=math.nan if tried is None else tried.ess,
        dry=dry,
        issued=issued,
        alerts=alerts,
    )


@dataclass(frozen=True, eq=False)
class _Looked:
    """What the draws of a fit make of what it saw, of what was known before, and of all now."""

    base: Base
    fitted: Appraisal
    before: Appraisal
    now: Appraisal


def _look(case: _Case, base: Base, evidence: Evidence) -> _Looked:
    from forecast.inference.tracking import appraise_each

    states = [base.evidence, evidence]
    if not case.stands_at(base):
        states.append(case.evidence(new=False))
    with impossible_in_words(case.encoding):
        file = milestones_of(base.record)
        found = appraise_each(case.encoding, base.parameters, states, milestones=file)
    fitted, now, *before = found
    return _Looked(base, fitted, before[0] if before else fitted, now)


def _draws(
    case: _Case, looked: _Looked | str, evidence: Evidence, told: Reporter, *, dry: bool
) -> _Learnt:
    """Reweight the draws that are there, or sample new ones."""
    from forecast.inference.draws import read_draws
    from forecast.inference.reweighting import Weights, smooth_weights
    from forecast.inference.tracking import appraise

    tried, reason = None, looked if isinstance(looked, str) else ""
    if isinstance(looked, _Looked):
        base, seen = looked.base, looked.now
        tried = smooth_weights(seen.log_likelihood - looked.fitted.log_likelihood)
        reason = "" if tried.sound else _unsound(tried)
        if tried.sound or dry:
            method = "reweighted" if tried.sound else "would refit"
            return _Learnt(base.parameters, tried, seen, base.record.id, method, reason, tried)
    else:
        require_possible(case.encoding, evidence)
    if dry:
        raise ReportsError(f"{reason}, so there is nothing to weigh; run first: forecast run")
    start = looked.base.record if isinstance(looked, _Looked) else None
    record = refit(case.ledger, case.encoding, evidence, case.key(), told, start=start)
    parameters = read_draws(case.encoding, record.path)
    keep_milestones(record, case.encoding, parameters, evidence)
    seen = appraise(case.encoding, parameters, evidence)
    equal = Weights.equal(parameters.draws)
    return _Learnt(parameters, equal, seen, record.id, "refitted", reason, tried)


def _unsound(weights: Weights) -> str:
    from forecast.inference.reweighting import PARETO_LIMIT

    if weights.pareto_k > PARETO_LIMIT:
        return f"Pareto k is {weights.pareto_k:.2f}, above {PARETO_LIMIT}"
    return f"{weights.ess:.0f} effective draws are left, fewer than {weights.least:.0f}"


def _published(case: _Case, looked: _Looked | str) -> dict[str, float]:
    """Probability of each judgement before: by the same draws, or as it was issued last."""
    from forecast.inference.reweighting import smooth_weights

    nodes = case.encoding.nodes
    if isinstance(looked, _Looked):
        seen = looked.before
        weights = smooth_weights(seen.log_likelihood - looked.fitted.log_likelihood)
        if weights.sound:
            return {n: float(_headline(case, seen, n) @ weights.weights) for n in nodes}
    last = case.ledger.last_issue(as_of=case.before)
    if last is None:
        return {}
    return {row["node"]: row["probability"] for row in last.payload["judgements"]}  # type: ignore[attr-defined]


def _headline(case: _Case, seen: Appraisal, node: str) -> Any:
    """Probability of a node's headline states in each draw."""
    rows = case.encoding.headline_rows(node)
    return seen.probability[rows].sum(axis=0).clip(0.0, 1.0)


def _moves(case: _Case, published: dict[str, float], now: _Learnt) -> list[Move]:
    from forecast.analysis.answering import Curve

    beliefs = case.encoding.beliefs
    scale = words.scale(beliefs.brief.scale)
    out = []
    for name, node in beliefs.nodes.items():
        band = Curve.of(_headline(case, now.seen, name)[None], now.weights.weights).at(0)
        before = published.get(name, math.nan)
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


def _issue(case: _Case, now: _Learnt) -> IssuedForecast:
    """Read everything out with the weighted draws, and issue it."""
    from forecast.inference.observations import steps_until
    from forecast.inference.tracking import knowledge

    key, encoding, record = case.key(), case.encoding, case.new
    steps = steps_until(encoding, case.day)
    known = knowledge(encoding, record.reports, record.coverage, as_of=case.day, steps=steps)
    fit = next(p for p in case.ledger.posteriors() if p.id == now.posterior_id)
    weights = None if now.weights.even else now.weights.weights
    payload = read_payload(
        encoding, record, known, now.parameters, key=key, fit=fit, weights=weights
    )
    return case.ledger.issue(
        **key, payload=payload, posterior_id=fit.id, recorded_by=record.recorded_by
    )
