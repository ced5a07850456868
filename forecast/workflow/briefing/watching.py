"""Indicators to watch, ranked once for an issue and remembered beside the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from forecast.briefs.facts import Facts, Watched
from forecast.workflow.keeping import remembered
from forecast.workflow.project import Project
from forecast.workflow.run import Issue, Reporter

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


def _ranked(
    project: Project, facts: Facts, issue: Issue, reporter: Reporter | None
) -> tuple[Watched, ...]:
    """Rank the indicators that would say most about each judgement within 90 days."""
    from forecast.workflow.watching import watch

    nodes = [one.node for one in facts.judgements]
    found = watch(
        project, nodes, questions=False, within=_WINDOW, issue=issue, reporter=reporter
    ).plain()
    window = f"{found['as_of']} to {found['until']}"
    return tuple(
        Watched(
            indicator=one["indicator"],
            label=one["label"],
            node=target["node"],
            window=window,
            now=target["probability"],
            if_seen=one["if_seen"]["probability"],
            if_silent=one["if_not_seen"]["probability"],
        )
        for target in found["targets"]
        for one in target["indicators"][:_MOST]
    )
