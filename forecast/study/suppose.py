"""Supposing: one scenario worked out against the baseline, by the cheapest valid means.

An intervention leaves the draws alone. What is observed or believed instead is learnt from by
reweighting the draws, as long as Pareto k allows it, and else by a new fit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from forecast.analysis.outlook import Had, Outlook, Said, had_been, look_ahead, look_back, said
from forecast.analysis.scenes import Past
from forecast.beliefs.announcements import known_announcements
from forecast.beliefs.scenario_files import WhatIf
from forecast.errors import BeliefsError, EvidenceError, StatisticsError
from forecast.inference.assuming import believed, regimes, reported, started, suppose
from forecast.inference.encoding import Encoding, encode
from forecast.inference.observations import date_of_step, observe
from forecast.inference.priors import log_prior_ratio
from forecast.inference.reweighting import Weights, smooth_weights
from forecast.ledger import content_hash
from forecast.network import Evidence, ImpossibleEvidenceError, Parameters
from forecast.project.project import Project
from forecast.project.sampler import Reporter
from forecast.study.last_issue import HeldIssue

__all__ = ["Basis", "Method", "Supposition", "work_out"]

Method = Literal["same draws", "reweighted", "refitted", "replayed"]

#: Fewer effective draws than these call for a new fit, even where Pareto k is small.
_LEAST_EFFECTIVE = 50.0


@dataclass(frozen=True, eq=False)
class Basis:
    """What every scenario is worked out from.

    Attributes
    ----------
    project : Project
    held : HeldIssue
        The issued forecast.
    parameters, weights
        The draws in use.
    past, baseline
        What they say.
    horizon : int
        Steps ahead.
    """

    project: Project
    held: HeldIssue
    parameters: Parameters
    weights: Weights
    past: Past
    baseline: Outlook
    horizon: dt.date


@dataclass(frozen=True, eq=False)
class Supposition:
    """A scenario worked out.

    Attributes
    ----------
    scenario : WhatIf
    assumptions : sequence of Said
    outlook : Outlook
    weights : Weights
        Of its draws.
    method : {"same draws", "reweighted", "refitted", "replayed"}
        How its draws came about.
    refused : Weights or None
        Weights that could not be used, where there was a new fit.
    replayed : Had or None
        The sampled paths of a counterfactual.
    """

    scenario: WhatIf
    assumptions: Sequence[Said]
    outlook: Outlook
    weights: Weights
    method: Method
    refused: Weights | None = None
    replayed: Had | None = None


def work_out(base: Basis, scenario: WhatIf, reporter: Reporter) -> Supposition:
    """Work out one scenario.

    Raises
    ------
    BeliefsError
        If the scenario cannot be.
    EvidenceError
        If no state can produce what is supposed.
    StatisticsError
        If it needs a new fit that fails, or cannot be made.
    """
    held = base.held
    as_of, old = held.as_of, held.encoding
    beliefs = believed(old.beliefs, scenario)
    encoding = old if beliefs is old.beliefs else encode(beliefs)
    rows = reported(held.reports, scenario, beliefs=beliefs, as_of=as_of)
    supposed = suppose(beliefs, rows, held.coverage, scenario, as_of=as_of)
    evidence = observe(
        *(encoding, supposed.reports, supposed.coverage),
        as_of=supposed.until,
        announcements=known_announcements(held.announcements, as_of),
    )
    spoken = _spoken(encoding, scenario, base)
    case = _Case(base, scenario, encoding, evidence, spoken)
    try:
        if any(each.kind == "counterfactual" for each in spoken):
            return _replayed(case, reporter)
        return _reweighted(case, reporter)
    except ImpossibleEvidenceError as error:
        names = ", ".join(encoding.indicators[k] for k in error.indicators)
        ends = date_of_step(encoding, error.step + 1)
        place = next((p.place for p in scenario.assumptions if p.assumption.observe), scenario.name)
        raise EvidenceError(
            f"{place}: no state of the model can produce the step to {ends}: {names}; "
            "suppose something else"
        ) from None


@dataclass(frozen=True, eq=False)
class _Case:
    base: Basis
    scenario: WhatIf
    encoding: Encoding
    evidence: Evidence
    spoken: Sequence[Said]

    @property
    def known(self) -> Evidence:
        """The evidence to the as-of date, and what is announced then."""
        past = self.base.past
        return replace(self.evidence.between(0, past.now), announced=past.evidence.announced)


def _spoken(encoding: Encoding, scenario: WhatIf, base: Basis) -> list[Said]:
    out = []
    for placed in scenario.assumptions:
        do, past = placed.assumption.do, False
        if do is not None:
            first, _ = started(encoding, do, as_of=base.held.as_of, now=base.past.now)
            past = first < base.past.now
        out.append(said(placed, past=past))
    return out


def _replayed(case: _Case, reporter: Reporter) -> Supposition:
    """Work out a counterfactual: what chance did is learnt from the real reports, and replayed."""
    base = case.base
    other = next((one for one in case.spoken if one.kind in {"observation", "belief"}), None)
    if other is not None:
        problem = other.placed.problem(
            "stands beside a counterfactual, which is about the reports as they came",
            "work the two out one by one",
        )
        raise BeliefsError(str(problem), problems=[problem])
    reporter.stage(f"{case.scenario.name}: replaying the past over sampled paths")
    found = had_been(
        case.encoding,
        base.parameters,
        base.past.evidence,
        base.baseline,
        regimes=regimes(case.encoding, case.scenario, as_of=base.held.as_of, now=base.past.now),
        as_of=base.held.as_of,
    )
    return Supposition(
        case.scenario, case.spoken, found.outlook, base.weights, "replayed", replayed=found
    )


def _reweighted(case: _Case, reporter: Reporter) -> Supposition:
    """Work out a scenario on the draws there are, or on new ones where these will not do."""
    base, now = case.base, case.base.past.now
    held = any(each.kind == "intervention" for each in case.spoken)
    learns = any(each.kind in {"observation", "belief"} for each in case.spoken)
    past = base.past
    if case.encoding is not base.held.encoding or not _same(case.evidence, base.past.evidence, now):
        past = look_back(case.encoding, base.parameters, case.known, as_of=base.held.as_of)
    outlook = _look_ahead(case, base.parameters, past)
    if not learns:
        return Supposition(case.scenario, case.spoken, outlook, base.weights, "same draws")
    ratio = outlook.log_likelihood - base.baseline.log_likelihood
    ratio += log_prior_ratio(base.held.encoding.priors, case.encoding.priors, base.parameters)
    weights = smooth_weights(ratio + np.log(base.weights.weights))
    if not (weights.heavy or weights.ess < _LEAST_EFFECTIVE):
        return Supposition(case.scenario, case.spoken, outlook, weights, "reweighted")
    if held and case.evidence.steps > now:
        raise StatisticsError(
            f"{case.scenario.name}: what is observed under the intervention moves the rates too "
            f"far for the draws (Pareto k {weights.pareto_k:.2f}, {weights.ess:.0f} effective), "
            "and there is no fit under an intervention; suppose less at once"
        )
    parameters = _refitted(case, reporter)
    past = look_back(case.encoding, parameters, case.known, as_of=base.held.as_of)
    fresh = Weights.equal(parameters.draws)
    outlook = _look_ahead(case, parameters, past)
    return Supposition(case.scenario, case.spoken, outlook, fresh, "refitted", weights)


def _same(supposed: Evidence, known: Evidence, now: int) -> bool:
    """Whether what is supposed leaves the evidence to the as-of date as it is."""
    cut = supposed.between(0, now)
    looked = np.array_equal(cut.looked, known.looked)
    cells = zip(cut.observed[2:], known.observed[2:], strict=True)
    return looked and all(np.array_equal(a, b) for a, b in cells)


def _look_ahead(case: _Case, parameters: Parameters, past: Past) -> Outlook:
    base = case.base
    return look_ahead(
        case.encoding,
        parameters,
        past,
        evidence=case.evidence,
        regimes=regimes(case.encoding, case.scenario, as_of=base.held.as_of, now=base.past.now),
        as_of=base.held.as_of,
        horizon=base.horizon,
    )


def _refitted(case: _Case, reporter: Reporter) -> Parameters:
    """Sample anew for what is supposed, unless that was done before."""
    from forecast.inference.diagnostics import diagnose, require_sound
    from forecast.inference.sampling import (
        Settings,
        encoded_fingerprint,
        fit,
        observed_fingerprint,
        posterior_parameters,
        read_posterior,
        sampler_fingerprint,
        versions,
        write_posterior,
    )

    settings = Settings()
    reporter.stage(f"{case.scenario.name}: reweighting will not do, so the model is fitted anew")
    attributes = {
        "model": encoded_fingerprint(case.encoding),
        "evidence": observed_fingerprint(case.encoding, case.evidence),
        "engine": sampler_fingerprint(),
        "settings": settings.as_dict(),
    }
    kept = case.base.project.memory / "whatif" / f"{content_hash(attributes)[:16]}.nc"
    if not kept.is_file():
        tree = fit(case.encoding, case.evidence, settings, progress=reporter.progress)
        require_sound(diagnose(tree))
        kept.parent.mkdir(parents=True, exist_ok=True)
        written = kept.with_suffix(".part")
        write_posterior(tree, written, attributes={**attributes, "versions": versions()})
        written.replace(kept)
    every = posterior_parameters(case.encoding, read_posterior(kept))
    return every.take(every.thin(case.base.parameters.draws))
