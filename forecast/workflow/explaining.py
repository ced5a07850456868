"""Explain: why a judgement stands where it does, or moved since a date or an issue."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from forecast.analysis.explanation import (
    Kind,
    Part,
    Reader,
    decibans,
    effective_number,
    walk,
    without_each,
)
from forecast.beliefs import CoverageWindow, Report, fingerprint
from forecast.errors import EvidenceError, LedgerError
from forecast.inference.observations import observe
from forecast.inference.tracking import appraise
from forecast.ledger import IssuedForecast
from forecast.network import Evidence
from forecast.workflow.learning import recorded
from forecast.workflow.project import Project
from forecast.workflow.run import Reporter, Silent
from forecast.workflow.standing import Standing, require_node, stand

__all__ = ["Explanation", "draw_weights", "explain"]

_LABELS: dict[Kind, str] = {
    "revised": "Revised or retracted reports",
    "time": "Time passing",
    "silence": "Silence: looked for, not reported",
}


_DRAWN: dict[Kind, Literal["reports", "silence", "time", "other"]] = {
    "reports": "reports",
    "silence": "silence",
    "time": "time",
}


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
    beliefs = standing.encoding.beliefs
    require_node(beliefs, node)
    reader = _reader(standing, node)
    begin = _begin(project, standing, node, since=since, since_issue=since_issue)
    told.stage("weighing the evidence")
    stages, fresh = _stages(standing, begin)
    after = float(_now(reader, standing))
    start = begin.published
    if start is None:
        start, _ = reader.read(begin.first, relearn=True)
    parts, relearnt = walk(reader, stages, start=start, first=begin.first, told=told.progress)
    left = {name: _evidence(standing, _less(standing, name)) for name in fresh}
    alone = without_each(reader, left, now=after)
    parts = [replace(p, without=alone.get(p.label)) if p.kind == "reports" else p for p in parts]
    if begin.edited:
        parts[0] = replace(parts[0], label="Edits of priors.yaml", kind="model")
    entry = beliefs.nodes[node]
    return Explanation(
        standing=standing,
        node=node,
        label=entry.labelled(),
        proposition=entry.claim or entry.proposition,
        since=begin.day,
        before=start,
        after=after,
        parts=parts,
        relearnt=relearnt,
        reports=sum(part.reports for part in parts),
    )


@dataclass(frozen=True, eq=False)
class _Begin:
    """Where the explanation begins: a day, what was published, which reports were known."""

    day: dt.date
    published: float | None
    first: Evidence
    known: frozenset[str]
    edited: bool = False


def _reader(standing: Standing, node: str) -> Reader:
    encoding = standing.encoding
    rows = encoding.headline_rows(node)
    seen = appraise(encoding, standing.parameters, standing.evidence)
    weights = standing.weights.weights
    return Reader(encoding, standing.parameters, weights, seen.log_likelihood, rows)


def _now(reader: Reader, standing: Standing) -> float:
    return reader.read(standing.evidence, relearn=False)[0]


def _begin(
    project: Project,
    standing: Standing,
    node: str,
    *,
    since: dt.date | None,
    since_issue: bool,
) -> _Begin:
    beliefs = standing.encoding.beliefs
    if since_issue:
        previous = standing.issue.previous
        if previous is None:
            raise LedgerError("there is no issue before this one; leave --since-issue out")
        return _begin_at_issue(project, standing, node, previous)
    day = since or beliefs.brief.as_of
    if not beliefs.brief.as_of <= day <= standing.as_of:
        raise EvidenceError(
            f"--since {day} is not between the brief ({beliefs.brief.as_of}) and the forecast "
            f"({standing.as_of}); name another date"
        )
    first = observe(standing.encoding, standing.reports, standing.coverage, as_of=day)
    published = None
    if day == beliefs.brief.as_of:
        published = _published(standing.issued, node, "at_brief")
    known = frozenset(r.report_id for r in standing.reports if r.reported_on <= day)
    return _Begin(day, published, first, known)


def _begin_at_issue(
    project: Project, standing: Standing, node: str, previous: IssuedForecast
) -> _Begin:
    beliefs = standing.encoding.beliefs
    with project.ledger(create=False) as ledger:
        model = ledger.model(previous.model_fingerprint)
        then = beliefs if model is None else type(beliefs).model_validate(model.content)
        reports, coverage = recorded(ledger, then, previous.recorded_by)
    edited = model is None or fingerprint(then, texts=False) != fingerprint(beliefs, texts=False)
    first = observe(standing.encoding, reports, coverage, as_of=previous.as_of)
    known = frozenset(r.report_id for r in reports if r.reported_on <= previous.as_of)
    return _Begin(previous.as_of, _published(previous, node, "probability"), first, known, edited)


def _published(issued: IssuedForecast, node: str, name: str) -> float | None:
    payload: Any = issued.payload
    rows = [row for row in payload["judgements"] if row["node"] == node]
    return float(rows[0][name]) if rows else None


def _counts(report: Report, as_of: dt.date) -> bool:
    return report.use == "evidence" and report.weight(as_of) > 0.0


def _stages(
    standing: Standing, begin: _Begin
) -> tuple[list[tuple[str, Kind, Evidence, int]], list[str]]:
    """Lay out what is known after each step of the way, and name the lineages that are new."""
    known = [r for r in standing.reports if r.report_id in begin.known]
    late = sorted(
        (
            r
            for r in standing.reports
            if r.report_id not in begin.known
            and r.reported_on <= standing.as_of
            and _counts(r, standing.as_of)
        ),
        key=lambda r: (r.reported_on, r.lineage, r.report_id),
    )
    looked = _looked_until(standing.coverage, begin.day)
    encoding = standing.encoding
    stages: list[tuple[str, Kind, Evidence, int]] = []
    # what was learnt of their sources since is a revision of reports, and no passing of time
    then = observe(encoding, known, standing.coverage, as_of=begin.day, weigh=_weigh(standing))
    stages.append((_LABELS["revised"], "revised", then, 0))
    stages.append((_LABELS["time"], "time", _evidence(standing, known, looked), 0))
    stages.append((_LABELS["silence"], "silence", _evidence(standing, known), 0))
    names = list(dict.fromkeys(report.lineage for report in late))
    seen = list(known)
    for name in names:
        added = [report for report in late if report.lineage == name]
        seen += added
        stages.append((name, "reports", _evidence(standing, seen), len(added)))
    return stages, names


def _weigh(standing: Standing) -> Callable[[Report, dt.date], float]:
    """Weigh reports by what their sources had shown by the day of the forecast."""
    return lambda report, _: report.weight(standing.as_of)


def _evidence(
    standing: Standing,
    reports: Sequence[Report],
    coverage: Sequence[CoverageWindow] | None = None,
) -> Evidence:
    looked = standing.coverage if coverage is None else coverage
    return observe(standing.encoding, reports, looked, as_of=standing.as_of)


def _looked_until(coverage: Sequence[CoverageWindow], day: dt.date) -> list[CoverageWindow]:
    return [
        replace(window, ends_on=min(window.ends_on, day))
        for window in coverage
        if window.starts_on <= day
    ]


def _less(standing: Standing, lineage: str) -> list[Report]:
    return [report for report in standing.reports if report.lineage != lineage]


def draw_weights(
    found: Explanation,
    out: Path,
    *,
    size: str = "a4",
    formats: Sequence[str] = ("svg", "png"),
) -> list[Path]:
    """Draw the parts as weights of evidence and write the chart with its files.

    Raises
    ------
    ChartRefusal
        If the chart could not be read.
    """
    from forecast.charts import weights
    from forecast.charts.weights import Weight, Weights
    from forecast.workflow.drawing import look

    scale, stamp = look(found.standing.issue)
    shown = [part for part in found.parts if not math.isclose(part.decibans, 0.0, abs_tol=5e-3)]
    rest = sum(part.decibans for part in found.parts) - sum(part.decibans for part in shown)
    values = [Weight(p.label, p.decibans, _DRAWN.get(p.kind, "other")) for p in shown]
    if abs(rest) > 0.0:
        values.append(Weight("Everything else", rest, "other"))
    curve = found.standing.issued.payload["judgements"]
    row = next(r for r in curve if r["node"] == found.node)  # type: ignore[attr-defined]
    data = Weights(
        node=found.node,
        label=found.label,
        proposition=found.proposition,
        as_of=found.standing.as_of,
        prior=found.before,
        value=found.after,
        weights=tuple(values),
        start=f"{found.since:%-d %b %Y}",
        end=f"{found.standing.as_of:%-d %b %Y}",
        interval80=(row["lo80"], row["hi80"]),
    )
    return weights.chart(data, scale=scale, stamp=stamp, size=size).save(out, formats=formats)
