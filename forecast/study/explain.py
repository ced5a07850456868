"""Explain: why a judgement stands where it does, or moved since a date or an issue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from types import MappingProxyType
from typing import Annotated, Any, cast

import numpy as np
import numpy.typing as npt
from pydantic import Field

from forecast.analysis.explanation import (
    Kind,
    Reader,
    decibans,
    effective_number,
    unlooked,
    walk,
    without_each,
)
from forecast.beliefs import Report
from forecast.inference.tracking import Appraisal, appraise, appraise_each
from forecast.issue.issued import QuestionAnchor
from forecast.issue.run import Issue
from forecast.names import require_known
from forecast.network import Evidence
from forecast.project.memory import Memo
from forecast.project.project import Project
from forecast.project.sampler import Reporter, Silent
from forecast.result import Fraction, Result, rounded, unit
from forecast.study.last_issue import HeldIssue, held_issue
from forecast.study.retrace import Retraced, Route, evidence_of, question_route, retrace

__all__ = ["Explanation", "contributions", "explain", "explain_every"]


_Decibans = Annotated[float, rounded(3), unit("decibans")]


class ExplainedPart(Result):
    """One part of the way from then to now."""

    label: str = Field(description="for reports, the lineage")
    kind: Kind = Field(
        description="`rates`, `model`, `revised`, `time`, `silence`, `announced` or `reports`; of "
        "questions also `prior` and `crowd`"
    )
    decibans: _Decibans = Field(description="change in this part")
    probability: Fraction = Field(description="the judgement after it")
    without: _Decibans | None = Field(
        description="how much higher the judgement stands now than without this lineage; null "
        "where it cannot be told"
    )
    reports: int = Field(description="new reports of the lineage")


class Explanation(Result):
    """Why a judgement moved."""

    schema_version: int = Field(serialization_alias="schema", description="1")
    issue: str = Field(description="id of the forecast that is explained")
    node: str = Field(description="of the question, where one is explained")
    question: str | None = Field(
        default=None,
        description="its name; left out where a judgement is explained",
        exclude_if=lambda name: name is None,
    )
    as_of: dt.date = Field(description="of that forecast")
    since: dt.date = Field(description="where the explanation begins")
    before: Fraction = Field(
        description="probability then; of a question from the brief on, by states and rates alone"
    )
    after: Fraction = Field(description="probability now")
    decibans: _Decibans = Field(description="10 log10 of the ratio of the odds")
    rates: str = Field(
        description="whether rates were `learnt anew at every step` or are `as learnt today`"
    )
    reports: int = Field(description="new reports with some credibility")
    effective_lineages: Annotated[float, rounded(2)] = Field(
        description="how many lineages of equal weight would share the evidence as evenly"
    )
    parts: tuple[ExplainedPart, ...] = Field(
        description="the way from then to now, in order; their decibans add up"
    )
    anchor: QuestionAnchor | None = Field(
        default=None,
        description="a number stated for the question itself, as it was issued; left out where "
        "there is none",
        exclude_if=lambda anchor: anchor is None,
    )
    label: str = Field(exclude=True, description="the judgement or question as printed")
    from_brief: bool = Field(exclude=True, description="whether it begins at the brief")
    about_record: bool = Field(
        default=False, exclude=True, description="whether a question about the record is explained"
    )


def explain(
    project: Project,
    name: str,
    *,
    since: dt.date | None = None,
    since_issue: bool = False,
    as_of: dt.date | None = None,
    reporter: Reporter | None = None,
) -> Explanation:
    """Split the change of a judgement, or of the number of a question, into parts that add up.

    Parameters
    ----------
    project : Project
    name : str
        Of a node, or of a question.
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
        If there is no such name, no such issue, or the date is out of range.
    """
    told = reporter or Silent()
    told.stage("reading the forecast")
    held = held_issue(project, as_of=as_of)
    beliefs = held.encoding.beliefs
    require_known(name, [*beliefs.nodes, *beliefs.questions], what="node or question")
    asked = name not in beliefs.nodes
    parameters, weights = held.thinned(_DRAWS)
    read = replace(held, parameters=parameters, weights=weights) if asked else held
    way = retrace(project, held, since=since, since_issue=since_issue)
    told.stage("weighing the evidence")
    left = {lineage: evidence_of(read, _less(read, lineage)) for lineage in way.lineages}
    appraised = _appraised(read, way, left.values())
    route = (
        question_route(project, held, way, name, few=read, appraised=appraised)
        if asked
        else _route(held, way, name, appraised)
    )
    now = route.reader.read(route.last, relearn=False)[0]
    less = {lineage: route.seen(evidence) for lineage, evidence in left.items()}
    alone = without_each(route.reader, less, now=now)
    whole = _explained(held, way, route, name, alone=alone)
    if way.from_brief and not asked:
        memo = Memo(project, f"weights-{name}", (held.issued.id,), by=__name__)
        memo.keep(whole.plain())
    return whole


def explain_every(
    project: Project,
    issue: Issue,
    *,
    since_issue: bool,
    reporter: Reporter | None = None,
) -> tuple[HeldIssue, Retraced, dict[str, Explanation]]:
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
    held : HeldIssue
    way : Retraced
    explanations : dict
        By node; what the judgement would be without a lineage is not worked out.

    Raises
    ------
    LedgerError
        If the draws are gone, or there is no issue before.
    """
    told = reporter or Silent()
    held = held_issue(project, issue=issue)
    way = retrace(project, held, since=None, since_issue=since_issue)
    told.stage("explaining the changes")
    appraised = _appraised(held, way)
    nodes = held.encoding.beliefs.nodes
    routes = {node: _route(held, way, node, appraised) for node in nodes}
    return held, way, {n: _explained(held, way, one, n) for n, one in routes.items()}


def _appraised(
    held: HeldIssue, way: Retraced, others: Iterable[Evidence] = ()
) -> Callable[[Evidence], Appraisal]:
    """Appraise all that will be read, in an order in which neighbours are alike."""
    stages = [evidence for _, _, evidence, _ in way.stages]
    every = [way.first, *stages, held.evidence, *others]
    found = appraise_each(held.encoding, held.parameters, every)
    return dict(zip(every, found, strict=True)).__getitem__


def _route(
    held: HeldIssue, way: Retraced, node: str, appraised: Callable[[Evidence], Appraisal]
) -> Route:
    rows, weights = held.encoding.headline_rows(node), held.weights.weights
    reader = Reader.of_states(appraised, weights, held.evidence, rows)
    start, last = way.published(node), held.evidence
    return Route(reader, way.first, way.stages, lambda evidence: evidence, last, start)


def _explained(
    held: HeldIssue,
    way: Retraced,
    route: Route,
    name: str,
    *,
    alone: Mapping[str, float | None] = MappingProxyType({}),
) -> Explanation:
    reader, start = route.reader, route.start
    if start is None:
        start, _ = reader.read(route.first, relearn=True)
    begun = route.opening[-1].probability if route.opening else start
    parts, relearnt = walk(reader, route.stages, start=begun, first=route.first)
    if way.edited:
        parts[0] = replace(parts[0], label="Edits of priors.yaml", kind="model")
    parts = [replace(p, without=alone.get(p.label)) if p.kind == "reports" else p for p in parts]
    after = reader.read(route.last, relearn=False)[0]
    return Explanation(
        schema_version=1,
        issue=held.issued.id,
        **_named(held, name),
        as_of=held.issued.as_of,
        since=way.day,
        before=start,
        after=after,
        decibans=decibans(start, after),
        rates="learnt anew at every step" if relearnt else "as learnt today",
        reports=sum(part.reports for part in parts),
        effective_lineages=effective_number([p.decibans for p in parts if p.kind == "reports"]),
        parts=[*route.opening, *parts],
        from_brief=way.from_brief,
    )


def _named(held: HeldIssue, name: str) -> dict[str, Any]:
    """Say what is explained."""
    beliefs = held.encoding.beliefs
    if name in beliefs.nodes:
        return {"node": name, "label": beliefs.nodes[name].labelled()}
    asked, payload = beliefs.questions[name], cast("Any", held.issued.payload)
    row: dict[str, Any] = next((q for q in payload["questions"] if q["question"] == name), {})
    return {
        "node": asked.node,
        "question": name,
        "label": asked.text,
        "anchor": row.get("anchor"),
        "about_record": asked.mode == "reported",
    }


def silent_change(explanation: Explanation) -> float:
    """Give the change of the probability in the part that is silence."""
    reached = [explanation.before, *(part.probability for part in explanation.parts)]
    return sum(
        after - before
        for before, part, after in zip(reached, explanation.parts, reached[1:], strict=False)
        if part.kind == "silence"
    )


def _less(held: HeldIssue, lineage: str) -> list[Report]:
    return [report for report in held.reports if report.lineage != lineage]


_DRAWS = 1000  # enough for a tenth of a deciban; each cell takes a pass of the filter
_SILENCE = -1


def contributions(held: HeldIssue, *, reporter: Reporter | None = None) -> dict[str, Any]:
    """Weigh each cell of reports and the silence of each indicator, in decibans.

    A cell is worth ``10 log10 (odds / odds without it)`` of each judgement today, where "without
    it" is the same evidence as if nobody had looked for the indicator in that step and nothing had
    been reported, the rates as they are learnt from everything. Silence is worth the same for all
    the steps of an indicator in which somebody looked and nothing was reported, taken together, and
    what it says of the rates goes with it. What is worth something only together is in none of
    these alone, so they do not add up to the change.

    Parameters
    ----------
    held : HeldIssue
        The forecast.
    reporter : Reporter, optional

    Returns
    -------
    dict
        ``draws``, how many were read; ``reports``, by indicator, step and node; ``silence``, by
        indicator and node. None where the draws do not allow it to be told.
    """
    told = reporter or Silent()
    told.stage("weighing every report")
    encoding, evidence = held.encoding, held.evidence
    some, kept = held.thinned(_DRAWS)
    weights = kept.weights
    appraised = cache(partial(appraise, encoding, some))
    reports: dict[str, dict[str, Any]] = {name: {} for name in encoding.indicators}
    silence: dict[str, Any] = {}
    asked = list(_asked(evidence))
    for done, (number, step, steps) in enumerate(asked, 1):
        less = {"": unlooked(evidence, number, steps)}
        found = {}
        for node in encoding.beliefs.nodes:
            rows = encoding.headline_rows(node)
            reader = Reader.of_states(appraised, weights, evidence, rows)
            at, _ = reader.read(evidence, relearn=False)
            if step == _SILENCE:
                worth = without_each(reader, less, now=at)[""]
            else:
                # learnt anew, a report would teach that its kind is frequent, and what was silent
                # since then would count against it: an attack would seem to speak for peace
                worth = decibans(reader.read(less[""], relearn=False)[0], at)
            found[node] = None if worth is None else round(worth, 3)
        name = encoding.indicators[number]
        if step == _SILENCE:
            silence[name] = found
        else:
            reports[name][str(step)] = found
        told.progress(done, len(asked))
    return {"draws": some.draws, "reports": reports, "silence": silence}


def _asked(evidence: Evidence) -> Iterator[tuple[int, int, Sequence[int]]]:
    """List what is left out in turn: an indicator, its step, and the steps taken as unlooked."""
    cells = zip(evidence.cell_indicator.tolist(), evidence.cell_step.tolist(), strict=True)
    reported: dict[int, list[int]] = {}
    for number, step in cells:
        reported.setdefault(number, []).append(step)
        yield number, step, [step]
    looked: npt.NDArray[np.bool_] = evidence.detection[evidence.pattern] > 0.0
    for number in range(looked.shape[1]):
        quiet = np.setdiff1d(np.flatnonzero(looked[:, number]), reported.get(number, []))
        if quiet.size:
            yield number, _SILENCE, quiet.tolist()
