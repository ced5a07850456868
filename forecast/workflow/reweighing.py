"""What draws that are there make of what became known: weighed anew, or else sampled again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecast.errors import ReportsError
from forecast.ledger import Ledger, PosteriorRecord, evidence_fingerprint
from forecast.workflow.fitting import (
    SamplerSettings,
    impossible_in_words,
    refit,
    require_possible,
)
from forecast.workflow.issuing import issue_key
from forecast.workflow.learning import Base, find_base
from forecast.workflow.milestones import keep_milestones, milestones_of
from forecast.workflow.progress import Reporter
from forecast.workflow.project import Record

if TYPE_CHECKING:
    from forecast.inference.encoding import Encoding
    from forecast.inference.reweighting import Weights
    from forecast.inference.tracking import Appraisal
    from forecast.network import Evidence, Parameters

__all__ = ["Case", "Learnt", "Looked", "learn", "published", "take_up"]


@dataclass(frozen=True, eq=False)
class Case:
    """What was known before, what is known now, and the model of both.

    Attributes
    ----------
    ledger : Ledger
    encoding : Encoding
    old, new : Record
        Reports and coverage before and now.
    before, day : datetime.date
        The as-of dates of both.
    sampler : SamplerSettings
        Should a new fit be needed.
    """

    ledger: Ledger
    encoding: Encoding
    old: Record
    new: Record
    before: dt.date
    day: dt.date
    sampler: SamplerSettings

    def evidence(self, *, new: bool) -> Evidence:
        """Lay out what is known now, or what was known before."""
        from forecast.inference.observations import observe

        record, day = (self.new, self.day) if new else (self.old, self.before)
        return observe(self.encoding, record.reports, record.coverage, as_of=day)

    def stands_at(self, base: Base) -> bool:
        """Whether what was known before is what the fit saw, to the same day."""
        found = evidence_fingerprint(self.old.reports, self.old.coverage, as_of=self.before)
        fit = base.record
        return (fit.as_of, fit.evidence_fingerprint) == (self.before, found)

    def key(self) -> dict[str, Any]:
        """Give what tells the forecast of now from all others."""
        beliefs = self.encoding.beliefs
        return issue_key(self.ledger, beliefs, self.new, as_of=self.day, sampler=self.sampler)

    def headline(self, seen: Appraisal, node: str) -> Any:
        """Probability of a node's headline states in each draw."""
        rows = self.encoding.headline_rows(node)
        return seen.probability[rows].sum(axis=0).clip(0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Looked:
    """What the draws of a fit make of what it saw, of what was known before, and of all now."""

    base: Base
    fitted: Appraisal
    before: Appraisal
    now: Appraisal


@dataclass(frozen=True, eq=False)
class Learnt:
    """Draws that stand for what is known now, and how they came about.

    Attributes
    ----------
    parameters, weights
        The draws.
    seen : Appraisal
        What they make of what is known now.
    fit : PosteriorRecord
        Where they come from.
    method, reason : str
        As in `forecast.workflow.updating.Update`.
    tried : Weights or None
        The weights that were looked at, sound or not.
    """

    parameters: Parameters
    weights: Weights
    seen: Appraisal
    fit: PosteriorRecord
    method: str
    reason: str
    tried: Weights | None


def take_up(case: Case, evidence: Evidence) -> Looked | str:
    """Look at everything with the draws of the last fit, or say why there are none."""
    base = find_base(case.ledger, case.encoding)
    return base if isinstance(base, str) else _look(case, base, evidence)


def _look(case: Case, base: Base, evidence: Evidence) -> Looked:
    from forecast.inference.tracking import appraise_each

    states = [base.evidence, evidence]
    if not case.stands_at(base):
        states.append(case.evidence(new=False))
    with impossible_in_words(case.encoding):
        file = milestones_of(base.record)
        found = appraise_each(case.encoding, base.parameters, states, milestones=file)
    fitted, now, *before = found
    return Looked(base, fitted, before[0] if before else fitted, now)


def learn(
    case: Case, looked: Looked | str, evidence: Evidence, told: Reporter, *, dry: bool
) -> Learnt:
    """Reweight the draws that are there, or sample new ones."""
    from forecast.inference.reweighting import smooth_weights

    if isinstance(looked, str):
        require_possible(case.encoding, evidence)
        if dry:
            raise ReportsError(f"{looked}, so there is nothing to weigh; run first: forecast run")
        return _sampled(case, evidence, told, reason=looked)
    base, seen = looked.base, looked.now
    tried = smooth_weights(seen.log_likelihood - looked.fitted.log_likelihood)
    reason = "" if tried.sound else _unsound(tried)
    if tried.sound or dry:
        method = "reweighted" if tried.sound else "would refit"
        return Learnt(base.parameters, tried, seen, base.record, method, reason, tried)
    return _sampled(case, evidence, told, reason=reason, start=base.record, tried=tried)


def _sampled(
    case: Case,
    evidence: Evidence,
    told: Reporter,
    *,
    reason: str,
    start: PosteriorRecord | None = None,
    tried: Weights | None = None,
) -> Learnt:
    """Sample new draws, from where an earlier fit ended if there is one."""
    from forecast.inference.draws import read_draws
    from forecast.inference.reweighting import Weights
    from forecast.inference.tracking import appraise

    record = refit(case.ledger, case.encoding, evidence, case.key(), told, start=start)
    parameters = read_draws(case.encoding, record.path)
    keep_milestones(record, case.encoding, parameters, evidence)
    seen = appraise(case.encoding, parameters, evidence)
    equal = Weights.equal(parameters.draws)
    return Learnt(parameters, equal, seen, record, "refitted", reason, tried)


def _unsound(weights: Weights) -> str:
    from forecast.inference.reweighting import PARETO_LIMIT

    if weights.heavy:
        return f"Pareto k is {weights.pareto_k:.2f}, above {PARETO_LIMIT}"
    return f"{weights.ess:.0f} effective draws are left, fewer than {weights.least:.0f}"


def published(case: Case, looked: Looked | str) -> dict[str, float]:
    """Probability of each judgement before: by the same draws, or as it was issued last."""
    from forecast.inference.reweighting import smooth_weights

    nodes = case.encoding.nodes
    if isinstance(looked, Looked):
        seen = looked.before
        weights = smooth_weights(seen.log_likelihood - looked.fitted.log_likelihood)
        if weights.sound:
            return {n: float(case.headline(seen, n) @ weights.weights) for n in nodes}
    last = case.ledger.last_issue(as_of=case.before)
    if last is None:
        return {}
    return {row["node"]: row["probability"] for row in last.payload["judgements"]}  # type: ignore[attr-defined]
