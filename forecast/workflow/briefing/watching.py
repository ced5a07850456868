"""Indicators to watch, ranked once for an issue and remembered beside the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from forecast.briefs.facts import Facts, Watched
from forecast.briefs.sentences import brief_day
from forecast.workflow.coverage_strips import detection_on
from forecast.workflow.keeping import remembered
from forecast.workflow.progress import Reporter
from forecast.workflow.project import Project
from forecast.workflow.recall import issued_beliefs
from forecast.workflow.run import Issue

__all__ = ["looker"]

_MOST = 4  # indicators of each judgement
_WINDOW = 90.0


def looker(
    project: Project, facts: Facts, issue: Issue, *, reporter: Reporter | None = None
) -> Callable[[], tuple[Watched, ...]]:
    """Return what ranks the indicators that would say most about each judgement in 90 days."""
    return lambda: remembered(
        project,
        f"watch-{facts.stamp.issue}",
        lambda: _ranked(project, facts, issue, reporter),
        plain=lambda found: [asdict(one) for one in found],
        read=lambda rows: tuple(Watched(**row) for row in rows),
    )


def _looked_for(project: Project, issue: Issue) -> dict[str, bool]:
    """Tell for each indicator whether somebody looked for it on the as-of date."""
    issued = issue.issued
    content: Any = issued_beliefs(issue, project)
    with project.ledger(create=False) as ledger:
        windows = [row.window for row in ledger.coverage(recorded_by=issued.recorded_by)]
    return {
        name: about["kind"] != "presence" or detection_on(name, about, windows, issued.as_of) > 0
        for name, about in content["indicators"].items()
    }


def _status(facts: Facts, indicator: str) -> str:
    days = [one.reported_on for one in facts.reports if one.indicator == indicator]
    return brief_day(max(days)) if days else "never"


def _ranked(
    project: Project, facts: Facts, issue: Issue, reporter: Reporter | None
) -> tuple[Watched, ...]:
    """Rank the indicators that would say most about each judgement within 90 days."""
    from forecast.workflow.watching import watch

    nodes = [one.node for one in facts.judgements]
    found = watch(
        project, nodes, questions=False, within=_WINDOW, issue=issue, reporter=reporter
    ).plain()
    first, last = (dt.date.fromisoformat(found[end]) for end in ("as_of", "until"))
    window = f"{brief_day(first)} to {brief_day(last)}"
    looked = _looked_for(project, issue)
    return tuple(
        Watched(
            indicator=one["indicator"],
            label=one["label"],
            node=target["node"],
            window=window,
            now=target["probability"],
            if_seen=one["if_seen"]["probability"],
            if_silent=one["if_not_seen"]["probability"],
            collection="looked for" if looked[one["indicator"]] else "nobody looks",
            status=_status(facts, one["indicator"]),
        )
        for target in found["targets"]
        for one in target["indicators"][:_MOST]
    )
