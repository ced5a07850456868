"""Why judgements moved and what to watch, worked out once for an issue and remembered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from forecast.beliefs.reports import daily_detection
from forecast.briefs.facts import Change, Facts, Missed, Watched
from forecast.briefs.sentences import brief_day
from forecast.errors import ForecastError
from forecast.issue.recall import issued_beliefs
from forecast.issue.run import Issue
from forecast.project.memory import Memo
from forecast.project.progress import Reporter
from forecast.project.project import Project

if TYPE_CHECKING:
    from forecast.analysis.explanation import Kind, Unseen
    from forecast.inference.encoding import Encoding
    from forecast.study.explain import ExplainedPart

__all__ = ["explainer", "grouped", "looker"]

_NAMED = 2  # lineages each way that are named
_TOLD = 0.005  # change of probability that is worth a name
_WORDS: Mapping[Kind, str] = {
    "model": "edits of the model",
    "rates": "new estimates of the pace of change",
    "revised": "revised reports",
    "time": "the passage of time, silence included",
    "silence": "the passage of time, silence included",
    "announced": "what was announced, and what became of it",
}


def explainer(
    project: Project, facts: Facts, issue: Issue, *, reporter: Reporter | None = None
) -> Callable[[], Mapping[str, Change]]:
    """Return what splits the change of every judgement: since the issue before, or the brief.

    It gives nothing where the draws of the issue are gone.
    """
    begun = "brief" if issue.previous is None else issue.previous.id
    memo = Memo(project, "causes", (facts.stamp.issue, begun), by=__name__)

    def explain() -> Mapping[str, Change]:
        try:
            return memo.remembered(
                lambda: _explained(project, facts, issue, reporter),
                plain=_plain,
                read=_read,
            )
        except ForecastError:
            return {}

    return explain


def grouped(
    parts: Sequence[ExplainedPart], start: float, *, names: Mapping[str, str] | None = None
) -> tuple[tuple[str, float], ...]:
    """Name the parts of a change in points of probability; they add up to the whole.

    The two lineages that raised the judgement most and the two that lowered it most stand by
    themselves, every other lineage in one part. Time passing and the silence of those who looked
    are one part: apart they are often large and opposite, and tell a reader nothing.

    Parameters
    ----------
    parts : sequence of ExplainedPart
        In the order of the path.
    start : float
        Probability before the first.
    names : mapping, optional
        Of lineages, as readers know them.
    """
    known = names or {}
    before = [start, *(part.probability for part in parts[:-1])]
    moved = [
        (part.kind, part.label, part.probability - p) for part, p in zip(parts, before, strict=True)
    ]
    lineages = sorted(
        ((name, x) for kind, name, x in moved if kind == "reports"), key=lambda r: r[1]
    )
    told = [row for row in lineages if abs(row[1]) >= _TOLD]
    named = [row for row in reversed(told) if row[1] > 0][:_NAMED]
    named += [row for row in told if row[1] < 0][:_NAMED]
    out = [(f"new reports from {known.get(name, name)}", x) for name, x in named]
    rest = sum(x for _, x in lineages) - sum(x for _, x in named)
    if lineages:
        out.append(("new reports from others" if named else "new reports", rest))
    summed: dict[str, float] = {}
    for kind, _, x in moved:
        if kind != "reports":
            summed[_WORDS[kind]] = summed.get(_WORDS[kind], 0.0) + x
    return (*out, *summed.items())


def _explained(
    project: Project, facts: Facts, issue: Issue, reporter: Reporter | None
) -> dict[str, Change]:
    from forecast.analysis.explanation import quiet, unseen
    from forecast.inference.observations import steps_until
    from forecast.study.explain import explain_every

    held, way, found = explain_every(
        project, issue, since_issue=issue.previous is not None, reporter=reporter
    )
    encoding, evidence = held.encoding, held.evidence
    since = min(steps_until(encoding, way.day), evidence.steps)
    missed = unseen(
        encoding,
        held.parameters,
        evidence,
        quiet(encoding, evidence, since=since),
        since=since,
        weights=held.weights.weights,
    )
    fresh = {r.indicator for r in facts.reports if r.report_id not in way.known}
    missed = [one for one in missed if one.indicator not in fresh]
    return {
        node: Change(
            as_of=way.day,
            before=one.before,
            parts=grouped(
                one.parts, one.before, names={r.lineage: r.origin for r in facts.reports}
            ),
            missed=_most_telling(encoding, node, missed),
        )
        for node, one in found.items()
    }


def _most_telling(encoding: Encoding, node: str, missed: Sequence[Unseen]) -> tuple[Missed, ...]:
    """Name the silent indicators that moved a judgement most, at most two."""
    rows = list(encoding.headline_rows(node))
    moved = [(float(each.effect[rows].sum()), each) for each in missed]
    moved.sort(key=lambda pair: (-abs(pair[0]), pair[1].indicator))
    labels = encoding.beliefs.indicators
    return tuple(
        Missed(labels[each.indicator].label, each.chance, effect)
        for effect, each in moved[:_NAMED]
        if abs(effect) >= _TOLD
    )


def _plain(found: Mapping[str, Change]) -> Any:
    return {node: {**asdict(one), "as_of": one.as_of.isoformat()} for node, one in found.items()}


def _read(value: Any) -> dict[str, Change]:
    return {
        node: Change(
            as_of=dt.date.fromisoformat(row["as_of"]),
            before=row["before"],
            parts=tuple((name, x) for name, x in row["parts"]),
            missed=tuple(Missed(**one) for one in row["missed"]),
        )
        for node, row in value.items()
    }


_MOST = 4  # indicators of each judgement
_WINDOW = 90.0


def looker(
    project: Project, facts: Facts, issue: Issue, *, reporter: Reporter | None = None
) -> Callable[[], tuple[Watched, ...]]:
    """Return what ranks the indicators that would say most about each judgement in 90 days."""
    memo = Memo(project, "watch", (facts.stamp.issue,), by=__name__)
    return lambda: memo.remembered(
        lambda: _ranked(project, facts, issue, reporter),
        plain=lambda found: [asdict(one) for one in found],
        read=lambda rows: tuple(Watched(**row) for row in rows),
    )


def _looked_for(project: Project, issue: Issue) -> dict[str, bool]:
    """Tell for each indicator whether somebody looked for it on the as-of date."""
    issued = issue.issued
    content: Any = issued_beliefs(issue, project)
    with project.ledger(create=False) as ledger:
        windows = [row.window for row in ledger.coverage.latest(recorded_by=issued.recorded_by)]
    span: Any = {"after": issued.as_of - dt.timedelta(days=1), "days": 1}
    return {
        name: about["kind"] != "presence"
        or daily_detection(windows, name, detection=about["detection"], **span)[0] > 0
        for name, about in content["indicators"].items()
    }


def _status(facts: Facts, indicator: str) -> str:
    days = [one.reported_on for one in facts.reports if one.indicator == indicator]
    return brief_day(max(days)) if days else "never"


def _ranked(
    project: Project, facts: Facts, issue: Issue, reporter: Reporter | None
) -> tuple[Watched, ...]:
    """Rank the indicators that would say most about each judgement within 90 days."""
    from forecast.study.watch import watch

    nodes = [one.node for one in facts.judgements]
    found = watch(project, nodes, questions=False, within=_WINDOW, issue=issue, reporter=reporter)
    window = f"{brief_day(found.as_of)} to {brief_day(found.until)}"
    looked = _looked_for(project, issue)
    return tuple(
        Watched(
            indicator=one.indicator,
            label=one.label,
            node=target.node,
            window=window,
            now=target.probability,
            if_seen=one.if_seen.probability,
            if_silent=one.if_not_seen.probability,
            collection="looked for" if looked[one.indicator] else "nobody looks",
            status=_status(facts, one.indicator),
        )
        for target in found.targets
        for one in target.indicators[:_MOST]
    )
