"""Sensitivity: what the judgement of one node rests on, from the forecast that was issued last."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AliasChoices, Field, field_validator

from forecast.beliefs import words
from forecast.beliefs.words import format_probability
from forecast.issue.run import Issue
from forecast.project.memory import Memo
from forecast.project.project import Project
from forecast.project.sampler import Reporter, Silent
from forecast.result import Effective, Fraction, Result, WordedBand, rounded, unit

if TYPE_CHECKING:
    from forecast.analysis.sensitivity import Sensitivity, Swing
    from forecast.study.last_issue import HeldIssue

__all__ = ["Rests", "analyse"]

Span = Literal["prior", "posterior"]
_A_POINT = 0.01


class ShiftedJudgement(Result):
    """The judgement with something changed."""

    probability: Fraction
    pareto_k: Annotated[float, rounded(3)] | None = Field(
        description="of the weights; null for an estimate"
    )
    effective_draws: Effective
    sound: bool = Field(description="whether the draws can stand in for a new fit")

    @field_validator("pareto_k", mode="before")
    @classmethod
    def _known(cls, k: float | None) -> float | None:
        return None if k is None or math.isnan(k) else k  # nan where all weights are equal


_AsStated = Annotated[float, rounded(6), unit("as stated")]


class InputSwing(Result):
    """One input, and the judgement at both ends of its range."""

    kind: str = Field(
        description="`initial`, `hazard`, `coupling`, `rate`, `rarity`, `dispersion`, `level`, "
        "`spread`, `motion`, `detection` or `grade`"
    )
    name: str = Field(
        description="as the posterior names it; an indicator, a grade, or `*` for all of them"
    )
    label: str = Field(description="as printed")
    unit: str = Field(description="of `from` and `to`")
    low: _AsStated = Field(
        serialization_alias="from",
        validation_alias=AliasChoices("from", "low"),
        description="the 10th percentile; of a detection the value at a tenth of the odds, of "
        "grades at half",
    )
    high: _AsStated = Field(
        serialization_alias="to",
        validation_alias=AliasChoices("to", "high"),
        description="the 90th percentile; of a detection the value at ten times the odds, of "
        "grades at double",
    )
    at_from: ShiftedJudgement = Field(description="the judgement with the input at `from`")
    at_to: ShiftedJudgement = Field(description="the judgement with the input at `to`")
    swing: Fraction = Field(description="distance between the two")
    error: Fraction | None = Field(
        description="its standard error by sampling; null for an estimate"
    )
    exact: bool = Field(description="no where the swing is small and only estimated")

    @property
    def ends(self) -> tuple[str, str]:
        """`from` and `to` as printed."""
        return shown_as(self.unit, self.low), shown_as(self.unit, self.high)

    @classmethod
    def of(cls, swing: Swing) -> Self:
        """Take what is said of an input out of what was worked out."""
        given = swing.given
        return cls(
            kind=given.kind,
            name=given.name,
            label=given.label,
            unit=given.unit,
            low=given.shown_low,
            high=given.shown_high,
            at_from=swing.low,
            at_to=swing.high,
            swing=swing.span,
            error=swing.error,
            exact=swing.exact,
        )


class SourceRemoval(Result):
    """One lineage, and the judgement without it."""

    lineage: str
    reports: tuple[str, ...] = Field(description="its reports with some weight")
    titles: tuple[str, ...] = Field(description="of their sources")
    without: ShiftedJudgement = Field(description="the judgement without them")
    change: Fraction = Field(description="judgement without it, less the judgement")


class StressTest(Result):
    """Everything taken back at once, and the judgement then."""

    kind: Literal["evidence weight", "sources"] = Field(
        description="the weight of all evidence, or the sources that matter most"
    )
    share: float = Field(description="what is left of the decibans of all evidence")
    lineages: tuple[str, ...] = Field(description="taken out together")
    left: ShiftedJudgement = Field(description="the judgement then")
    change: Fraction = Field(description="that less the judgement")


class PowerScaled(Result):
    """How the judgement answers to prior and likelihood."""

    prior: Annotated[float, rounded(6)] = Field(
        description="ArviZ's `psense` for the prior; from 0.05 on the judgement is sensitive to it"
    )
    likelihood: Annotated[float, rounded(6)] = Field(description="the same for the likelihood")
    prior_ends: tuple[Fraction, ...] = Field(
        description="the judgement with the prior to the power 0.8 and 1.25"
    )
    likelihood_ends: tuple[Fraction, ...] = Field(
        description="the judgement with the likelihood to these powers"
    )
    rests_on: str = Field(description="`priors`, `reports`, `both` or `neither`")


class Rests(Result):
    """What one judgement rests on."""

    issue: str = Field(description="id of the forecast it was read from")
    as_of: dt.date
    node: str
    states: tuple[str, ...] = Field(description="its headline states")
    label: str = Field(description="as printed")
    probability: Fraction = Field(description="the judgement")
    lo50: Fraction
    hi50: Fraction
    lo80: Fraction
    hi80: Fraction
    word: str
    span: Span = Field(
        serialization_alias="range",
        validation_alias=AliasChoices("range", "span"),
        description="`prior` or `posterior`: whose percentiles parameters were moved between",
    )
    sentence: str = Field(description="what the judgement rests on")
    inputs: tuple[InputSwing, ...] = Field(description="the widest swing first")
    sources: tuple[SourceRemoval, ...] = Field(
        description="one for each lineage, the largest change first"
    )
    stress: tuple[StressTest, ...] = Field(
        description="a quarter of the weight of all evidence, and the sources that matter most "
        "taken out together"
    )
    power_scaling: PowerScaled = Field(
        description="whether the rates behind it come from priors or reports"
    )


def _sentence(found: Sensitivity, label: str) -> str:
    """Say in one sentence what the judgement rests on."""
    parts = [f"{label} ({format_probability(found.band.probability)})"]
    trusted = [s for s in found.swings if s.low.sound and s.high.sound]
    if trusted:
        first = InputSwing.of(trusted[0])
        moved = [format_probability(end.probability) for end in (first.at_from, first.at_to)]
        parts.append(
            "is moved by a point by no input alone"
            if moved[0] == moved[1]
            else f"rests most on “{first.label}” ({first.ends[0]} to {first.ends[1]} moves it from "
            f"{moved[0]} to {moved[1]})"
        )
    lineage = next(iter(found.removals), None)
    if lineage is not None and abs(lineage.change) < _A_POINT:
        parts.append("no source by itself moves it by a point")
    elif lineage is not None:
        without = format_probability(lineage.without.probability)
        sure = "" if lineage.without.sound else "about "
        parts.append(f"of the sources, most on {lineage.lineage} ({sure}{without} without it)")
    power = found.power
    scaled = f"power-scaling {power.prior:.2f} and {power.likelihood:.2f}"
    text = " ".join(parts[:2]) + "".join(f"; {part}" for part in parts[2:])
    return f"{text}; {_leaning(found)} ({scaled})."


def _leaning(found: Sensitivity) -> str:
    leans = {
        "priors": "its rates come from the priors more than from the reports",
        "reports": "its rates come from the reports more than from the priors",
        "both": "its rates answer to priors and reports alike",
        "neither": "its rates are settled whatever weight priors and reports get",
    }[found.power.rests_on]
    if found.removals:
        return leans
    # no report counts yet, but silence may
    alone = "alone" if found.power.likelihood < 0.005 else "more than from silence"
    return leans.replace("more than from the reports", alone).replace("the reports", "silence")


_ODDS = {0.1: "a tenth of the odds", 0.5: "odds halved", 2.0: "odds doubled", 10.0: "ten times"}


def shown_as(unit: str, value: float) -> str:
    """Write a value in a unit.

    Examples
    --------
    >>> shown_as("weight", 0.5), shown_as("times the odds", 2.0)
    ('0.50', 'odds doubled')
    """
    if unit == "times the odds":
        return _ODDS[value]
    if unit == "weight":
        return f"{value:.2f}"
    if unit.startswith("probability"):
        return format_probability(value)
    if unit in {"hazard ratio", "times rarer"}:
        return f"\N{MULTIPLICATION SIGN}{value:.2g}"
    return f"{value:.2g}"


def analyse(
    project: Project,
    node: str,
    *,
    span: Span = "prior",
    as_of: dt.date | None = None,
    issue: Issue | None = None,
    reporter: Reporter | None = None,
) -> Rests:
    """Work out what the judgement of one node rests on, without a new fit.

    Parameters
    ----------
    project : Project
        Where the ledger is.
    node : str
        Whose headline is judged.
    span : {"prior", "posterior"}
        Whose 10th and 90th percentiles the parameters are moved between.
    as_of : datetime.date, optional
        Of the forecast issued as of this day; by default the latest.
    issue : Issue, optional
        Which forecast; by default the last one of that day.
    reporter : Reporter, optional
        Told how it goes.

    Raises
    ------
    LedgerError
        If no forecast was issued.
    BeliefsError
        If there is no such node.
    """
    from forecast.analysis.sensitivity import Study
    from forecast.study.last_issue import held_issue, require_node

    told = reporter or Silent()
    told.stage("recalling the last forecast")
    held = held_issue(project, as_of=as_of, issue=issue)
    require_node(held.encoding.beliefs, node)
    told.stage("moving every input from end to end")
    study = Study(
        held.encoding,
        held.parameters,
        held.reports,
        held.coverage,
        held.announcements,
        as_of=held.as_of,
        node=node,
        weights=held.weights.weights,
    )
    if project.crew.cluster is not None:
        study.each = project.crew.each
    found = study.result(span=span, progress=told.progress)
    rests = _rests(held, found, span)
    if span == "prior":
        memo = Memo(project, f"sensitivity-{node}", (held.issue.issued.id,), by=__name__)
        memo.keep(rests.plain())
    return rests


def _rests(held: HeldIssue, found: Sensitivity, span: Span) -> Rests:
    beliefs = held.encoding.beliefs
    label = beliefs.nodes[found.node].labelled(found.states)
    titles = {report.report_id: report.source_title or report.summary for report in held.reports}
    return Rests(
        issue=held.issue.issued.id,
        as_of=held.issue.issued.as_of,
        node=found.node,
        states=found.states,
        label=label,
        **dict(WordedBand.of(found.band, words.scale(beliefs.brief.scale).word)),
        span=span,
        sentence=_sentence(found, label),
        inputs=[InputSwing.of(swing) for swing in found.swings],
        sources=[
            SourceRemoval(
                lineage=removal.lineage,
                reports=removal.reports,
                titles=[titles[report] for report in removal.reports],
                without=removal.without,
                change=removal.change,
            )
            for removal in found.removals
        ],
        stress=found.stresses,
        power_scaling=found.power,
    )
