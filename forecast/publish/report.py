"""The report page: one issued forecast as one interactive HTML file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from forecast.briefs import causes, stamps
from forecast.briefs.facts import ReportFacts
from forecast.briefs.report_page import Chart, Move, Scenario, report_page
from forecast.briefs.sentences import in_words
from forecast.charts import interactive
from forecast.charts.data import Trajectory
from forecast.charts.text import finding
from forecast.issue.charts import chart_values
from forecast.issue.issued import recall
from forecast.project.project import Project
from forecast.project.sampler import Reporter, Silent
from forecast.publish.exports import write_whole
from forecast.publish.gather import explainer, gather, looker, with_news

__all__ = ["report"]


def report(
    project: Project,
    out: Path,
    *,
    as_of: dt.date | None = None,
    scenarios: Sequence[str] = (),
    watch: bool = True,
    reporter: Reporter | None = None,
) -> Path:
    """Write the page.

    Parameters
    ----------
    project : Project
    out : Path
        An HTML file.
    as_of : date, optional
        Of the forecast to show; by default the latest.
    scenarios : sequence of str
        What-ifs to work out and put into the page.
    watch : bool
        Whether to rank indicators to watch.
    reporter : Reporter, optional
        Told how it goes.
    """
    from forecast.beliefs import words

    told = reporter or Silent()
    told.stage("gathering the forecast")
    issue = with_news(recall(project, as_of=as_of))
    facts = gather(project, issue)
    if issue.previous is not None:
        why = explainer(project, facts, issue, reporter=told)()
        facts = replace(facts, judgements=tuple(causes.told(j, why) for j in facts.judgements))
    if watch:
        facts = replace(facts, watched=looker(project, facts, issue, reporter=told)())
    supposed = _scenarios(project, scenarios, issue.issued.as_of, told)
    told.stage("writing the page")
    curves, _ = chart_values(issue.issued, previous=issue.previous)
    scale = words.scale(facts.scale)
    known = {one.report_id: one for one in facts.reports}
    value: Any = issue.payload
    marks = {one["node"]: one["marks"] for one in value["trajectories"]}
    pointed = [(curve, _pointed(marks[curve.node], known)) for curve in curves]
    drawing, elements = interactive.components(pointed)
    charts = [
        Chart(
            node=curve.node,
            element=element,
            alt=in_words(finding(curve, scale).replace("\u00a0", " ")),
            moves=_moves(curve, marks[curve.node]),
            numbers=_numbers(curve),
        )
        for curve, element in zip(curves, elements, strict=True)
    ]
    record = stamps.record(facts.stamp, [])
    text = report_page(
        facts,
        charts,
        scripts=interactive.script() + drawing,
        record=record,
        scenarios=supposed,
    )
    return write_whole(out, text.encode())


def _scenarios(
    project: Project, names: Sequence[str], as_of: dt.date, told: Reporter
) -> list[Scenario]:
    if not names:
        return []
    from forecast.study.whatif import Wish, what_if

    wished = Wish(scenarios=names)
    found = what_if(project, wished, as_of=as_of, reporter=told).result
    out = []
    for number, one in enumerate(found.scenarios):
        rows = [
            (
                row.label,
                row.on.isoformat(),
                row.baseline.probability,
                row.scenarios[number].probability,
            )
            for row in found.rows
        ]
        out.append(Scenario(one.scenario, one.label, one.description, rows))
    return out


def _pointed(
    marks: Sequence[dict[str, Any]], known: dict[str, ReportFacts]
) -> list[interactive.Pointed]:
    out = []
    for mark in marks:
        rows = [known[name] for name in mark["reports"] if name in known]
        text = rows[0].summary if rows else mark["text"]
        source = "; ".join(f"{row.origin} [{row.grade}]" for row in rows)
        out.append(interactive.Pointed(np.datetime64(mark["date"], "D"), text, source))
    return out


def _moves(curve: Trajectory, marks: Sequence[dict[str, Any]]) -> list[Move]:
    """Every marked report with the change of the line at the step that brought it."""
    out = []
    for mark in marks:
        at = int(np.searchsorted(curve.dates, np.datetime64(mark["date"], "D")))
        at = min(max(at, 1), curve.n_history - 1)
        change = float(curve.mean[at] - curve.mean[at - 1])
        out.append(Move(mark["date"], mark["text"], change, mark["reports"][0]))
    return out


def _numbers(curve: Trajectory) -> list[tuple[str, float, float, float]]:
    columns = (curve.dates, curve.mean, curve.lo80, curve.hi80)
    return [(str(d), float(p), float(a), float(b)) for d, p, a, b in zip(*columns, strict=True)]
