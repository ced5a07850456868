"""Sensitivity: what the judgement of one node rests on, from the forecast that was issued last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from forecast.beliefs import Beliefs, Report, words
from forecast.beliefs.words import format_probability
from forecast.issue.run import Issue
from forecast.project.memory import Memo
from forecast.project.progress import Reporter, Silent
from forecast.project.project import Project

if TYPE_CHECKING:
    from forecast.analysis.inputs import Input
    from forecast.analysis.sensitivity import Removal, Sensitivity, Shifted, Swing

__all__ = ["Rests", "analyse", "shown", "shown_as"]

Span = Literal["prior", "posterior"]
_DIGITS = 6
_A_POINT = 0.01


@dataclass(frozen=True)
class Rests:
    """What one judgement rests on, with what is needed to say it.

    Attributes
    ----------
    issue : Issue
        The forecast it was read from.
    beliefs : Beliefs
    found : Sensitivity
    span : {"prior", "posterior"}
        Whose 10th and 90th percentiles the parameters were moved between.
    titles : dict of str to str
        Title of the source of each report.
    """

    issue: Issue
    beliefs: Beliefs
    found: Sensitivity
    span: Span
    titles: dict[str, str]

    @property
    def label(self) -> str:
        """The judgement as tables print it."""
        return self.beliefs.nodes[self.found.node].labelled(self.found.states)

    def sentence(self) -> str:
        """Say in one sentence what the judgement rests on."""
        found = self.found
        parts = [f"{self.label} ({format_probability(found.band.probability)})"]
        trusted = [s for s in found.swings if s.low.sound and s.high.sound]
        if trusted:
            first = trusted[0]
            ends = [format_probability(end.probability) for end in (first.low, first.high)]
            parts.append(
                "is moved by a point by no input alone"
                if ends[0] == ends[1]
                else f"rests most on “{first.given.label}” ({shown(first.given, 'low')} to "
                f"{shown(first.given, 'high')} moves it from {ends[0]} to {ends[1]})"
            )
        lineage = next(iter(found.removals), None)
        if lineage is not None and abs(lineage.change) < _A_POINT:
            parts.append("no source by itself moves it by a point")
        elif lineage is not None:
            without = format_probability(lineage.without.probability)
            sure = "" if lineage.without.sound else "about "
            parts.append(f"of the sources, most on {lineage.lineage} ({sure}{without} without it)")
        power = found.power
        leans = {
            "priors": "its rates come from the priors more than from the reports",
            "reports": "its rates come from the reports more than from the priors",
            "both": "its rates answer to priors and reports alike",
            "neither": "its rates are settled whatever weight priors and reports get",
        }[power.rests_on]
        if not found.removals:  # no report counts yet, but silence may
            alone = power.likelihood < 0.005
            leans = leans.replace("more than from the reports", "alone" if alone else "more than "
                                  "from silence").replace("the reports", "silence")  # fmt: skip
        scaled = f"power-scaling {power.prior:.2f} and {power.likelihood:.2f}"
        text = " ".join(parts[:2]) + "".join(f"; {part}" for part in parts[2:])
        return f"{text}; {leans} ({scaled})."

    def plain(self) -> dict[str, Any]:
        """Give plain values: the promise of docs/schema.md."""
        found = self.found
        scale = words.scale(self.beliefs.brief.scale)
        band = {name: round(value, _DIGITS) for name, value in asdict(found.band).items()}
        power = asdict(found.power)
        return {
            "issue": self.issue.issued.id,
            "as_of": self.issue.issued.as_of.isoformat(),
            "node": found.node,
            "states": list(found.states),
            "label": self.label,
            **band,
            "word": scale.word(found.band.probability),
            "range": self.span,
            "sentence": self.sentence(),
            "inputs": [_swing(swing) for swing in found.swings],
            "sources": [self._removal(removal) for removal in found.removals],
            "power_scaling": {
                name: [round(end, _DIGITS) for end in value]
                if isinstance(value, tuple)
                else round(value, _DIGITS)
                for name, value in power.items()
            }
            | {"rests_on": found.power.rests_on},
        }

    def _removal(self, removal: Removal) -> dict[str, Any]:
        return {
            "lineage": removal.lineage,
            "reports": list(removal.reports),
            "titles": [self.titles[report] for report in removal.reports],
            "without": _shifted(removal.without),
            "change": round(removal.change, _DIGITS),
        }


def shown(given: Input, end: Literal["low", "high"]) -> str:
    """Write the value of an input at one end, as short as a chart needs it."""
    return shown_as(given.unit, given.shown_low if end == "low" else given.shown_high, end)


def shown_as(unit: str, value: float, end: Literal["low", "high"]) -> str:
    """Write a value in a unit.

    Examples
    --------
    >>> shown_as("weight", 0.5, "low"), shown_as("times the odds", 2.0, "high")
    ('0.50', 'odds doubled')
    """
    if unit == "times the odds":
        return "odds halved" if end == "low" else "odds doubled"
    if unit == "weight":
        return f"{value:.2f}"
    if unit.startswith("probability"):
        return format_probability(value)
    if unit in {"hazard ratio", "times rarer"}:
        return f"\N{MULTIPLICATION SIGN}{value:.2g}"
    return f"{value:.2g}"


def _shifted(given: Shifted) -> dict[str, Any]:
    k = given.pareto_k
    known = k is not None and k == k  # noqa: PLR0124 - nan where all weights are equal
    return {
        "probability": round(given.probability, _DIGITS),
        "pareto_k": round(k, 3) if k is not None and known else None,
        "effective_draws": round(given.effective_draws, 1),
        "sound": given.sound,
    }


def _swing(swing: Swing) -> dict[str, Any]:
    given = swing.given
    return {
        "kind": given.kind,
        "name": given.name,
        "label": given.label,
        "unit": given.unit,
        "from": round(given.shown_low, _DIGITS),
        "to": round(given.shown_high, _DIGITS),
        "at_from": _shifted(swing.low),
        "at_to": _shifted(swing.high),
        "swing": round(swing.span, _DIGITS),
        "error": None if swing.error is None else round(swing.error, _DIGITS),
        "exact": swing.exact,
    }


def analyse(
    project: Project,
    node: str,
    *,
    span: Span = "prior",
    as_of: dt.date | None = None,
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
    reporter : Reporter, optional
        Told how it goes.

    Raises
    ------
    LedgerError
        If no forecast was issued.
    BeliefsError
        If there is no such node.
    """
    from forecast.analysis.study import Study
    from forecast.study.last_issue import require_node, stand

    told = reporter or Silent()
    told.stage("recalling the last forecast")
    held = stand(project, as_of=as_of)
    require_node(held.encoding.beliefs, node)
    told.stage("moving every input from end to end")
    study = Study(
        held.encoding,
        held.parameters,
        held.reports,
        held.coverage,
        as_of=held.as_of,
        node=node,
        weights=held.weights.weights,
    )
    found = study.result(span=span, progress=told.progress)
    rests = Rests(held.issue, held.encoding.beliefs, found, span, _titles(held.reports))
    if span == "prior":
        memo = Memo(project, f"sensitivity-{node}", (held.issue.issued.id,), by=__name__)
        memo.keep(rests.plain())
    return rests


def _titles(reports: Sequence[Report]) -> dict[str, str]:
    return {report.report_id: report.source_title or report.summary for report in reports}
