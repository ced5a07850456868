"""What if: the baseline and the scenarios of a project side by side, as ``--json`` prints them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field

from forecast.analysis.answering import band_of, difference
from forecast.analysis.outlook import Outlook, look_ahead, look_back
from forecast.beliefs import later, words
from forecast.beliefs.scenario_files import (
    Placed,
    WhatIf,
    combined,
    load_scenario,
    require_coherent,
    scenario_path,
    typed_do,
    typed_observe,
)
from forecast.errors import BeliefsError
from forecast.inference.reweighting import Weights
from forecast.issue.run import Issue
from forecast.project.project import Project, require_period
from forecast.project.sampler import WHAT_IF_DRAWS, Reporter, Silent
from forecast.result import BANDS, Draws, Effective, Fraction, Result, WordedBand, rounded, unit
from forecast.study.last_issue import HeldIssue, held_issue
from forecast.study.suppose import Basis, Supposition, work_out

__all__ = [
    "Compared",
    "Comparison",
    "ScenarioList",
    "Wish",
    "known_scenarios",
    "list_scenarios",
    "what_if",
]


def known_scenarios(project: Project) -> list[str]:
    """Names of the scenarios in ``scenarios/``."""
    return sorted(path.stem for path in project.scenarios.glob("*.yaml"))


class ScenarioRow(Result):
    """A scenario of a project."""

    scenario: str
    label: str
    description: str
    author: str
    rationale: str
    assumptions: int = Field(description="how many, with those it takes over")


class ScenarioList(Result):
    """The scenarios of a project."""

    scenarios: tuple[ScenarioRow, ...] = Field(description="those in `scenarios/`, by name")


def list_scenarios(project: Project) -> ScenarioList:
    """List the scenarios of ``scenarios/`` in order of name.

    Raises
    ------
    BeliefsError
        If the brief or a scenario cannot be used.
    """
    beliefs = project.beliefs()
    found = [
        load_scenario(path, beliefs=beliefs) for path in sorted(project.scenarios.glob("*.yaml"))
    ]
    rows = [
        ScenarioRow(
            scenario=one.name,
            label=one.label,
            description=one.description,
            author=one.author,
            rationale=one.rationale,
            assumptions=len(one.assumptions),
        )
        for one in found
    ]
    return ScenarioList(scenarios=rows)


@dataclass(frozen=True)
class Wish:
    """What a user asks to compare.

    Attributes
    ----------
    scenarios : sequence of str
        Names or paths, each compared with the baseline.
    stacked : sequence of str
        Names or paths added to every one of `scenarios`, or to nothing if there is none.
    do, observe : sequence of str
        Assumptions as typed, added likewise.
    """

    scenarios: Sequence[str] = ()
    stacked: Sequence[str] = ()
    do: Sequence[str] = ()
    observe: Sequence[str] = ()


def what_if(
    project: Project,
    wish: Wish,
    *,
    as_of: dt.date | None = None,
    issue: Issue | None = None,
    horizon: str | float | None = None,
    draws: int = WHAT_IF_DRAWS,
    reporter: Reporter | None = None,
) -> Comparison:
    """Compare scenarios with the forecast that was issued last.

    Parameters
    ----------
    project : Project
    wish : Wish
        What to compare.
    as_of : datetime.date, optional
        Of the issued forecast; by default the latest.
    issue : Issue, optional
        Which forecast; by default the last one of that day.
    horizon : float, optional
        Days ahead; by default that of the brief.
    draws : int
        At most so many posterior draws are used, evenly spaced.
    reporter : Reporter, optional
        Told how it goes.

    Raises
    ------
    BeliefsError
        What is wrong with a scenario, with file and line.
    EvidenceError
        If no state can produce what is supposed.
    LedgerError
        If no forecast was issued.
    StatisticsError
        If a scenario needs a new fit that fails, or that cannot be made.
    """
    told = reporter or Silent()
    told.stage("taking up the forecast issued last")
    held = held_issue(project, as_of=as_of, issue=issue)
    beliefs = held.encoding.beliefs
    ahead = beliefs.grid.horizon if horizon is None else horizon
    require_period(ahead, "horizon")
    until = later(held.as_of, ahead)
    scenarios = _wished(project, wish, held)
    for scenario in scenarios:
        require_coherent(scenario, beliefs, as_of=held.as_of)
    told.stage("working out the baseline")
    parameters, weights = held.thinned(draws)
    past = look_back(held.encoding, parameters, held.evidence, as_of=held.as_of)
    baseline = look_ahead(
        held.encoding,
        parameters,
        past,
        evidence=held.evidence,
        regimes=[[] for _ in held.encoding.components],
        as_of=held.as_of,
        horizon=until,
    )
    base = Basis(project, held, parameters, weights, past, baseline, until)
    found = []
    for number, scenario in enumerate(scenarios):
        told.stage(f"working out {scenario.name}")
        told.progress(number, len(scenarios))
        found.append(work_out(base, scenario, told))
    return Comparison(held, baseline, weights, found)


def _wished(project: Project, wish: Wish, held: HeldIssue) -> list[WhatIf]:
    """Read everything that is asked for."""
    beliefs = held.encoding.beliefs

    def read(name: str) -> WhatIf:
        return load_scenario(scenario_path(project.scenarios, name), beliefs=beliefs)

    named = [read(name) for name in wish.scenarios]
    stacked = [read(name) for name in wish.stacked]
    extra: list[Placed] = [typed_do(text) for text in wish.do]
    extra += [typed_observe(text) for text in wish.observe]
    if not named:
        if not stacked and not extra:
            raise BeliefsError("no scenario is named; " + _there_are(project))
        return [combined(stacked, extra=extra)]
    return [combined([one, *stacked], extra=extra) if stacked or extra else one for one in named]


def _there_are(project: Project) -> str:
    names = known_scenarios(project)
    if not names:
        return f"{project.scenarios}/ holds none; use --do or --observe"
    return f"there are: {', '.join(names)}; or use --do or --observe"


#: What is nearer than this is the same.
_SAME = 5e-7

_Six = Annotated[float, rounded(6)]


class Assumed(Result):
    """One assumption of a scenario."""

    kind: str = Field(description="`intervention`, `counterfactual`, `observation` or `belief`")
    what: str = Field(description="what is assumed")
    unchanged: str = Field(description="what it does not change")
    file: str = Field(description="file, or option of the command line")
    line: int = Field(description="0 where it was typed")


class RefusedWeights(Result):
    """Weights that could not be used."""

    pareto_k: _Six | None
    effective_draws: Effective


class ComparedScenario(Result):
    """A scenario, and how its draws came about."""

    scenario: str = Field(description="its name")
    label: str = Field(description="for tables and charts")
    description: str
    author: str = Field(description="may be empty for what was typed")
    rationale: str = Field(description="may be empty for what was typed")
    method: str = Field(description="`same draws`, `reweighted`, `refitted` or `replayed`")
    pareto_k: _Six | None = Field(description="of its weights; null where all are equal")
    effective_draws: Effective = Field(description="of its weights")
    paths: Annotated[int, unit("paths")] | None = Field(description="sampled for a counterfactual")
    monte_carlo_error: Fraction | None = Field(
        description="largest standard error of its means from sampling paths"
    )
    refused: RefusedWeights | None = Field(
        description="weights that could not be used, where the model was fitted anew: their "
        "`pareto_k` and `effective_draws`",
        json_schema_extra={"whole": True},
    )
    assumptions: tuple[Assumed, ...] = Field(description="one for each assumption")


class BandDifference(Result):
    """How far a scenario lies from the baseline."""

    points: Fraction = Field(description="of the means")
    lo50: Fraction
    hi50: Fraction
    lo80: Fraction
    hi80: Fraction


class ScenarioBand(Result):
    """A judgement or an answer under a scenario."""

    scenario: str
    probability: Fraction = Field(description="given everything the scenario supposes")
    lo50: Fraction
    hi50: Fraction
    lo80: Fraction
    hi80: Fraction
    word: str
    difference: BandDifference = Field(
        description="scenario less baseline, draw by draw "
        "([how](whatif.md#the-difference-and-its-band))"
    )


class ComparedQuantity(Result):
    """A judgement or a question under the baseline and every scenario."""

    kind: str = Field(description="`judgement` or `question`")
    name: str = Field(description="the node, or the question")
    label: str = Field(description="as printed")
    on: dt.date = Field(description="the date, or the deadline")
    past: bool = Field(description="whether that is not after `as_of`")
    claim: str = Field(
        description="what it is the probability of: the node's `claim` or `proposition`, or the "
        "question"
    )
    baseline: WordedBand
    scenarios: tuple[ScenarioBand, ...] = Field(description="in the same order")


class ScenarioCurve(Result):
    """A headline over time."""

    scenario: str = Field(description="`baseline`, or the scenario")
    probability: tuple[Fraction, ...]
    lo50: tuple[Fraction, ...]
    hi50: tuple[Fraction, ...]
    lo80: tuple[Fraction, ...]
    hi80: tuple[Fraction, ...]


class ComparedTrajectory(Result):
    """The headline of one node over time under the baseline and every scenario."""

    node: str
    date: tuple[dt.date, ...]
    curves: tuple[ScenarioCurve, ...] = Field(description="the baseline, then the scenarios")


class Compared(Result):
    """Scenarios beside the baseline."""

    issue: str = Field(description="id of the forecast behind the baseline")
    as_of: dt.date = Field(description="its date")
    horizon: dt.date = Field(description="last date of the trajectories")
    scale: str = Field(description="key of the scale of words")
    draws: Draws = Field(description="used, for baseline and scenarios alike")
    draws_of: Draws = Field(description="of the posterior")
    scenarios: tuple[ComparedScenario, ...] = Field(description="in the order asked for")
    rows: tuple[ComparedQuantity, ...] = Field(
        description="judgements at `as_of` and at `horizon`, then questions"
    )
    trajectories: tuple[ComparedTrajectory, ...] = Field(
        description="one for each node: its headline from `as_of` on"
    )


@dataclass(frozen=True, eq=False)
class Comparison:
    """The baseline and the scenarios.

    Attributes
    ----------
    held : HeldIssue
        The issued forecast behind the baseline.
    baseline : Outlook
    weights : Weights
        Of its draws.
    scenarios : sequence of Supposition
    """

    held: HeldIssue
    baseline: Outlook
    weights: Weights
    scenarios: Sequence[Supposition]

    @cached_property
    def result(self) -> Compared:
        """The comparison as ``--json`` prints it."""
        return Compared(
            issue=self.held.issued.id,
            as_of=self.held.as_of,
            horizon=self.baseline.dates[-1],
            scale=self.held.encoding.beliefs.brief.scale,
            draws=len(self.weights.weights),
            draws_of=self.held.parameters.draws,
            scenarios=[_scenario(one) for one in self.scenarios],
            rows=list(_rows(self)),
            trajectories=list(_trajectories(self)),
        )


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _scenario(one: Supposition) -> ComparedScenario:
    scenario, refused, replayed = one.scenario, one.refused, one.replayed
    return ComparedScenario(
        scenario=scenario.name,
        label=scenario.label,
        description=scenario.description,
        author=scenario.author,
        rationale=scenario.rationale,
        method=one.method,
        pareto_k=_number(one.weights.pareto_k),
        effective_draws=one.weights.ess,
        paths=None if replayed is None else replayed.paths,
        monte_carlo_error=None if replayed is None else _number(replayed.error),
        refused=None
        if refused is None
        else RefusedWeights(pareto_k=_number(refused.pareto_k), effective_draws=refused.ess),
        assumptions=[
            Assumed(
                kind=each.kind,
                what=each.what,
                unchanged=each.unchanged,
                file=each.placed.file,
                line=each.placed.line,
            )
            for each in one.assumptions
        ],
    )


def _rows(found: Comparison) -> Iterator[ComparedQuantity]:
    beliefs, dates = found.held.encoding.beliefs, found.baseline.dates
    for name, node in beliefs.nodes.items():
        about = {
            "kind": "judgement",
            "name": name,
            "label": node.labelled(),
            "claim": node.claim or node.proposition,
        }
        for place, day in ((0, dates[0]), (-1, dates[-1])):
            yield _row(found, about, day, lambda o, n=name, p=place: o.headline[n][p])
    for name in found.baseline.answers:
        asked = beliefs.questions[name]
        about = {"kind": "question", "name": name, "label": asked.text, "claim": asked.text}
        yield _row(found, about, asked.by, lambda o, n=name: o.answers[n])


def _row(found: Comparison, about: Mapping[str, str], on: dt.date, value: Any) -> ComparedQuantity:
    """Set every scenario beside the baseline; `value` reads draws out of an outlook."""
    word = words.scale(found.held.encoding.beliefs.brief.scale).word
    base, even = value(found.baseline), found.weights.weights
    beside = []
    for one in found.scenarios:
        draws = value(one.outlook)
        apart = difference(
            draws,
            base,
            weights=one.weights.weights,
            baseline_weights=even,
            common=one.method != "refitted",
        )
        moved = BandDifference(
            points=_clean(apart.difference),
            **{name: _clean(getattr(apart, name)) for name in BANDS[1:]},
        )
        band = WordedBand.of(band_of(draws, one.weights.weights), word)
        beside.append(
            ScenarioBand(scenario=one.scenario.name, **band.model_dump(), difference=moved)
        )
    baseline = WordedBand.of(band_of(base, even), word)
    past = on <= found.held.as_of
    return ComparedQuantity(**about, on=on, past=past, baseline=baseline, scenarios=beside)


def _clean(value: float) -> float:
    """Call rounding error nothing."""
    return 0.0 if abs(value) < _SAME else value


def _trajectories(found: Comparison) -> Iterator[ComparedTrajectory]:
    for node in found.held.encoding.nodes:
        curves = [_curve("baseline", found.baseline, found.weights, node)]
        curves += [
            _curve(one.scenario.name, one.outlook, one.weights, node) for one in found.scenarios
        ]
        yield ComparedTrajectory(node=node, date=found.baseline.dates, curves=curves)


def _curve(name: str, outlook: Outlook, weights: Weights, node: str) -> ScenarioCurve:
    bands = [band_of(draws, weights.weights) for draws in outlook.headline[node]]
    return ScenarioCurve(
        scenario=name,
        **{each: [min(max(getattr(one, each), 0.0), 1.0) for one in bands] for each in BANDS},
    )
