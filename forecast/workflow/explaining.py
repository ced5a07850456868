"""Explain: why a judgement stands where it does, or moved since a date or an issue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forecast.analysis.explanation import (
    Part,
    Reader,
    decibans,
    effective_number,
    walk,
    without_each,
)
from forecast.beliefs import Report
from forecast.inference.tracking import Appraisal, appraise_each
from forecast.network import Evidence
from forecast.workflow.keeping import keep
from forecast.workflow.progress import Reporter, Silent
from forecast.workflow.project import Project
from forecast.workflow.retracing import Retraced, evidence_of, retrace
from forecast.workflow.run import Issue
from forecast.workflow.standing import Standing, require_node, stand

__all__ = ["Explanation", "explain", "explain_every"]


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a judgement moved.

    Attributes
    ----------
    standing : Standing
        The forecast that is explained.
    node, label, proposition : str
    since : datetime.date
    before, after : float
        Probability then and now.
    parts : sequence of Part
        They sum to the whole change in log-odds.
    relearnt : bool
        Whether the rates were learnt anew at every step.
    reports : int
        Number of new reports with some credibility.
    """

    standing: Standing
    node: str
    label: str
    proposition: str
    since: dt.date
    before: float
    after: float
    parts: Sequence[Part]
    relearnt: bool
    reports: int

    @property
    def lineages(self) -> float:
        """Effective number of independent lineages among the new reports."""
        return effective_number([p.decibans for p in self.parts if p.kind == "reports"])

    def plain(self) -> dict[str, Any]:
        """Plain values; see docs/schema.md."""
        issued = self.standing.issued
        return {
            "schema": 1,
            "issue": issued.id,
            "node": self.node,
            "as_of": issued.as_of.isoformat(),
            "since": self.since.isoformat(),
            "before": round(self.before, 6),
            "after": round(self.after, 6),
            "decibans": round(decibans(self.before, self.after), 3),
            "rates": "learnt anew at every step" if self.relearnt else "as learnt today",
            "reports": self.reports,
            "effective_lineages": round(self.lineages, 2),
            "parts": [
                {
                    "label": part.label,
                    "kind": part.kind,
                    "decibans": round(part.decibans, 3),
                    "probability": round(part.probability, 6),
                    "without": None if part.without is None else round(part.without, 3),
                    "reports": part.reports,
                }
                for part in self.parts
            ],
        }


def explain(
    project: Project,
    node: str,
    *,
    since: dt.date | None = None,
    since_issue: bool = False,
    as_of: dt.date | None = None,
    reporter: Reporter | None = None,
) -> Explanation:
    """Split the change of a judgement into parts that add up.

    Parameters
    ----------
    project : Project
    node : str
    since : datetime.date, optional
        From what was known on this day; by default from the brief.
    since_issue : bool
        From the issue before, with what is recorded differently now.
    as_of : datetime.date, optional
        Of the forecast issued as of this day; by default the latest.
    reporter : Reporter, optional

    Raises
    ------
    BeliefsError, LedgerError, EvidenceError
        If there is no such node, no such issue, or the date is out of range.
    """
    told = reporter or Silent()
    told.stage("reading the forecast")
    standing = stand(project, as_of=as_of)
    require_node(standing.encoding.beliefs, node)
    way = retrace(project, standing, since=since, since_issue=since_issue)
    told.stage("weighing the evidence")
    left = {name: evidence_of(standing, _less(standing, name)) for name in way.lineages}
    appraised = _appraised(standing, way, left.values())
    found = _explained(standing, way, node, appraised)
    alone = without_each(_reader(standing, node, appraised), left, now=found.after)
    parts = [
        replace(p, without=alone.get(p.label)) if p.kind == "reports" else p for p in found.parts
    ]
    whole = replace(found, parts=parts)
    if since is None and not since_issue:
        keep(project, standing.issued.id, f"weights-{node}", whole.plain())
    return whole


def explain_every(
    project: Project,
    issue: Issue,
    *,
    since_issue: bool,
    reporter: Reporter | None = None,
) -> tuple[Retraced, dict[str, Explanation]]:
    """Split the change of every judgement of one issue, along one path that they share.

    Parameters
    ----------
    project : Project
    issue : Issue
    since_issue : bool
        From the issue before; otherwise from the brief.
    reporter : Reporter, optional

    Returns
    -------
    way : Retraced
    explanations : dict
        By node; what the judgement would be without a lineage is not worked out.

    Raises
    ------
    LedgerError
        If the draws are gone, or there is no issue before.
    """
    told = reporter or Silent()
    standing = stand(project, issue=issue)
    way = retrace(project, standing, since=None, since_issue=since_issue)
    told.stage("explaining the changes")
    appraised = _appraised(standing, way)
    nodes = standing.encoding.beliefs.nodes
    return way, {node: _explained(standing, way, node, appraised) for node in nodes}


def _appraised(
    standing: Standing, way: Retraced, others: Iterable[Evidence] = ()
) -> Callable[[Evidence], Appraisal]:
    """Appraise all that will be read, in an order in which neighbours are alike."""
    stages = [evidence for _, _, evidence, _ in way.stages]
    every = [way.first, *stages, standing.evidence, *others]
    found = appraise_each(standing.encoding, standing.parameters, every)
    return dict(zip(every, found, strict=True)).__getitem__


def _reader(standing: Standing, node: str, appraised: Callable[[Evidence], Appraisal]) -> Reader:
    rows = standing.encoding.headline_rows(node)
    seen = appraised(standing.evidence)
    return Reader(appraised, standing.weights.weights, seen.log_likelihood, rows)


def _explained(
    standing: Standing,
    way: Retraced,
    node: str,
    appraised: Callable[[Evidence], Appraisal],
) -> Explanation:
    reader = _reader(standing, node, appraised)
    start = way.published(node)
    if start is None:
        start, _ = reader.read(way.first, relearn=True)
    parts, relearnt = walk(reader, way.stages, start=start, first=way.first)
    if way.edited:
        parts[0] = replace(parts[0], label="Edits of priors.yaml", kind="model")
    entry = standing.encoding.beliefs.nodes[node]
    return Explanation(
        standing=standing,
        node=node,
        label=entry.labelled(),
        proposition=entry.claim or entry.proposition,
        since=way.day,
        before=start,
        after=reader.read(standing.evidence, relearn=False)[0],
        parts=parts,
        relearnt=relearnt,
        reports=sum(part.reports for part in parts),
    )


def _less(standing: Standing, lineage: str) -> list[Report]:
    return [report for report in standing.reports if report.lineage != lineage]
