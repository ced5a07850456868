"""What draws that are there make of what became known: weighed anew, or else sampled again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from forecast.beliefs import Beliefs, CoverageWindow, Report
from forecast.beliefs.announcements import Announcement
from forecast.errors import ReportsError
from forecast.issue.fit import (
    impossible_in_words,
    keep_milestones,
    milestones_of,
    refit,
    require_possible,
)
from forecast.issue.run import issue_key
from forecast.ledger import Ledger, PosteriorRecord, evidence_fingerprint
from forecast.project.case import HeldReports, read_reports
from forecast.project.project import Record
from forecast.project.sampler import Reporter, SamplerSettings

if TYPE_CHECKING:
    from forecast.analysis.anchoring import Anchoring
    from forecast.inference.encoding import Encoding
    from forecast.inference.reweighting import Weights
    from forecast.inference.tracking import Appraisal
    from forecast.network import Evidence, Parameters

__all__ = [
    "Base",
    "Case",
    "Learnt",
    "Looked",
    "find_base",
    "fitted_evidence",
    "learn",
    "published",
    "recorded",
    "take_up",
]


@dataclass(frozen=True, eq=False)
class Base:
    """Draws of an earlier fit, and what it was fitted to.

    Attributes
    ----------
    record : PosteriorRecord
        The fit.
    parameters : Parameters
        Its draws.
    evidence : Evidence
        What the fit saw.
    """

    record: PosteriorRecord
    parameters: Parameters
    evidence: Evidence


def find_base(
    ledger: Ledger,
    encoding: Encoding,
    *,
    as_of: dt.date | None = None,
    near: HeldReports | None = None,
) -> Base | str:
    """Take the latest fit of this model by this code out of the ledger, or say why there is none.

    Parameters
    ----------
    ledger : Ledger
    encoding : Encoding
        The model; fits of other numbers are of no use.
    as_of : datetime.date, optional
        Only fits that saw no report after this day.
    near : HeldReports, optional
        Reports as they stand, so that only what changed since a fit is read anew.

    Returns
    -------
    Base or str
        The draws, or the reason why they have to be sampled.
    """
    from forecast.inference.sampling import encoded_fingerprint, read_draws, sampler_fingerprint

    reason = "no posterior has been sampled yet"
    model, engine = encoded_fingerprint(encoding), sampler_fingerprint()
    for record in ledger.posteriors.whole(as_of=as_of):
        if record.settings.get("engine") != engine:
            reason = "the program has changed"
        elif record.model_fingerprint != model:
            reason = "the numbers of priors.yaml have changed"
        else:
            evidence = fitted_evidence(ledger, encoding, record, near=near)
            if evidence is not None:
                return Base(record, read_draws(encoding, record.path), evidence)
            reason = f"what posterior {record.id[:7]} was fitted to cannot be found again"
    return reason


def fitted_evidence(
    ledger: Ledger, encoding: Encoding, record: PosteriorRecord, *, near: HeldReports | None = None
) -> Evidence | None:
    """Lay out again what a posterior was fitted to, or give None if it cannot be found."""
    from forecast.inference.observations import observe
    from forecast.inference.sampling import observed_fingerprint

    if record.as_of is None:
        return None
    reports, coverage, said = recorded(ledger, encoding.beliefs, record.recorded_at, near=near)
    evidence = observe(encoding, reports, coverage, as_of=record.as_of, announcements=said)
    if record.evidence_fingerprint == observed_fingerprint(encoding, evidence):
        return evidence
    rows = evidence_fingerprint(reports, coverage, as_of=record.as_of)  # what earlier fits are by
    return evidence if record.evidence_fingerprint == rows else None


def recorded(
    ledger: Ledger, beliefs: Beliefs, moment: dt.datetime | None, *, near: HeldReports | None = None
) -> tuple[Sequence[Report], Sequence[CoverageWindow], Sequence[Announcement]]:
    """Read reports, coverage and announcements as the ledger held them at a moment."""
    return (
        read_reports(ledger, beliefs, recorded_by=moment, near=near),
        [row.window for row in ledger.coverage.latest(recorded_by=moment)],
        ledger.announcements.latest(recorded_by=moment),
    )


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
        record, day = (self.new, self.day) if new else (self.old, self.before)
        return record.evidence(self.encoding, as_of=day)

    @cached_property
    def anchoring(self) -> Anchoring:
        """What finds the numbers stated for questions."""
        return self.new.anchoring(self.encoding, seed=self.sampler.seed)

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
        As in `forecast.issue.update.Update`.
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
    base = find_base(case.ledger, case.encoding, near=case.new.held)
    return base if isinstance(base, str) else _look(case, base, evidence)


def _look(case: Case, base: Base, evidence: Evidence) -> Looked:
    from forecast.inference.sampling import observed_fingerprint
    from forecast.inference.tracking import appraise_each

    states = [base.evidence, evidence]
    before = case.evidence(new=False)
    if observed_fingerprint(case.encoding, before) != base.record.evidence_fingerprint:
        states.append(before)
    with impossible_in_words(case.encoding):
        file = milestones_of(base.record)
        found = appraise_each(case.encoding, base.parameters, states, milestones=file)
    fitted, now, *then = found
    return Looked(base, fitted, then[0] if then else fitted, now)


def learn(
    case: Case, looked: Looked | str, evidence: Evidence, reporter: Reporter, *, dry: bool
) -> Learnt:
    """Reweight the draws that are there, or sample new ones."""
    from forecast.inference.reweighting import smooth_weights

    if isinstance(looked, str):
        require_possible(case.encoding, evidence)
        if dry:
            raise ReportsError(f"{looked}, so there is nothing to weigh; run first: forecast run")
        return _sampled(case, evidence, reporter, reason=looked)
    base, seen = looked.base, looked.now
    tried = smooth_weights(seen.log_likelihood - looked.fitted.log_likelihood)
    reason = "" if tried.sound else _unsound(tried)
    if tried.sound or dry:
        method = "reweighted" if tried.sound else "would refit"
        return Learnt(base.parameters, tried, seen, base.record, method, reason, tried)
    return _sampled(case, evidence, reporter, reason=reason, start=base.record, tried=tried)


def _sampled(
    case: Case,
    evidence: Evidence,
    reporter: Reporter,
    *,
    reason: str,
    start: PosteriorRecord | None = None,
    tried: Weights | None = None,
) -> Learnt:
    """Sample new draws, from where an earlier fit ended if there is one."""
    from forecast.inference.reweighting import Weights
    from forecast.inference.sampling import read_draws
    from forecast.inference.tracking import appraise

    record = refit(case.ledger, case.encoding, evidence, case.key(), reporter, start=start)
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
    last = case.ledger.issues.last(as_of=case.before)
    if last is None:
        return {}
    return {row["node"]: row["probability"] for row in last.payload["judgements"]}  # type: ignore[attr-defined]
