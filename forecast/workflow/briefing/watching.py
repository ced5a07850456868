"""Indicators to watch, ranked once for an issue and remembered beside the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from forecast.briefs.facts import Facts, Watched
from forecast.errors import OutputError
from forecast.workflow.briefing.texts import write_whole
from forecast.workflow.project import Project
from forecast.workflow.run import Reporter

__all__ = ["looker"]

_MOST = 4  # indicators of each judgement
_WINDOW = 90.0


def looker(
    project: Project, facts: Facts, *, reporter: Reporter | None = None
) -> Callable[[], tuple[Watched, ...]]:
    """Return what ranks the indicators that would say most about each judgement in 90 days.

    An issue never changes, so what was ranked for it is kept in the project's memory.
    """

    def look() -> tuple[Watched, ...]:
        name = f"watch-{facts.stamp.issue}-{version('living-forecast')}.json"
        place = project.memory / name
        held = _read(place)
        if held is not None:
            return held
        found = _ranked(project, facts, reporter)
        try:
            write_whole(place, json.dumps([asdict(one) for one in found]).encode())
        except OutputError:
            return found  # ranked again next time
        return found

    return look


def _read(place: Path) -> tuple[Watched, ...] | None:
    try:
        return tuple(Watched(**row) for row in json.loads(place.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _ranked(project: Project, facts: Facts, reporter: Reporter | None) -> tuple[Watched, ...]:
    """Rank the indicators that would say most about each judgement within 90 days."""
    from forecast.workflow.watching import watch

    nodes = [one.node for one in facts.judgements]
    found = watch(
        project, nodes, within=_WINDOW, as_of=facts.stamp.as_of, reporter=reporter
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
        if target["kind"] != "question"
        for one in target["indicators"][:_MOST]
    )
