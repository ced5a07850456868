"""When each indicator was reported, silent or not looked for, from what the ledger holds."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from forecast.beliefs import Beliefs, CoverageWindow, Report
from forecast.beliefs.reports import corroborated, daily_detection
from forecast.charts.files import Chart
from forecast.charts.heat import Cell, Heat, Strip, chart
from forecast.issue.charts import PANEL, look
from forecast.issue.run import Issue
from forecast.names import require_known
from forecast.project.project import Project
from forecast.project.recorded import held_beliefs, read_reports

__all__ = ["heat_chart"]


def heat_chart(
    issue: Issue,
    node: str | None,
    project: Project,
    worth: Mapping[str, Any],
    *,
    size: str = "page",
) -> Chart:
    """Chart the indicators of a node, or of all, as they were known for the issue.

    Parameters
    ----------
    issue : Issue
    node : str or None
        Whose judgement; None for all nodes, each indicator under the one it moved most of those
        it points at.
    project : Project
    worth : mapping
        From `contributions`.
    size : str
        See `forecast.charts`.

    Raises
    ------
    BeliefsError
        If there is no such node.
    LedgerError
        If the ledger does not hold the beliefs of the issue.
    """
    issued = issue.issued
    with project.ledger(create=False) as ledger:
        model = ledger.models.find(issued.model_fingerprint)
        beliefs = held_beliefs(None if model is None else model.content)
        kept = read_reports(ledger, beliefs, recorded_by=issued.recorded_by)
        windows = [row.window for row in ledger.coverage.latest(recorded_by=issued.recorded_by)]
    if node is not None:
        require_known(node, beliefs.nodes, what="node", where="in this forecast")
    rows: Any = issue.payload
    labels = {row["node"]: str(row["label"]) for row in rows["judgements"]}
    begin, step = beliefs.brief.as_of, beliefs.grid.step
    count = max(math.ceil((issued.as_of - begin).days / step), 2)
    reports = [r for r in kept if r.use == "evidence" and r.reported_on <= issued.as_of]
    strips = [
        _weighed(
            Strip(about.label, _cells(beliefs, name, reports, windows, count=count,
                                      as_of=issued.as_of)),
            worth["reports"].get(name, {}),
            worth["silence"].get(name, {}),
            nodes=about.nodes if node is None else [node],
            labels=labels,
        )
        for name, about in beliefs.indicators.items()
        if node is None or node in about.nodes
    ]  # fmt: skip
    label = "All indicators" if node is None else labels[node]
    # Step t holds the days after (t - 1) steps; the brief's date belongs to the first.
    starts = (begin, *(begin + dt.timedelta(days=step * n + 1) for n in range(1, count)))
    values = Heat(node or PANEL, label, issued.as_of, starts, tuple(strips))
    return chart(values, stamp=look(issue)[1], size=size)


def _weighed(
    strip: Strip,
    reports: Mapping[str, Mapping[str, float | None]],
    silence: Mapping[str, float | None],
    *,
    nodes: Sequence[str],
    labels: Mapping[str, str],
) -> Strip:
    """Say what a strip is worth to the node that it moved most."""

    def moved(node: str) -> float:
        return sum(abs(found.get(node) or 0.0) for found in (*reports.values(), silence))

    node = max(nodes, key=moved)
    cells = [
        replace(cell, decibans=reports.get(str(number), {}).get(node))
        if cell.known == "report"
        else cell
        for number, cell in enumerate(strip.cells)
    ]
    return replace(strip, cells=tuple(cells), about=labels[node], silence=silence.get(node))


def _cells(
    beliefs: Beliefs,
    name: str,
    reports: Sequence[Report],
    windows: Sequence[CoverageWindow],
    *,
    count: int,
    as_of: dt.date,
) -> tuple[Cell, ...]:
    own = [report for report in reports if report.indicator == name]
    about, begin, step = beliefs.indicators[name], beliefs.brief.as_of, beliefs.grid.step
    presence = about if about.kind == "presence" else None
    looked: list[float] = []
    if presence is not None:
        before, until = begin - dt.timedelta(days=1), (as_of - begin).days + 1
        looked = daily_detection(
            windows, name, detection=presence.detection, after=before, days=until
        )
    done, cells = False, []
    for number in range(count):
        days = [begin + dt.timedelta(days=step * number + d) for d in range(1, step + 1)]
        days = [begin, *days] if number == 0 else days
        here = [
            report
            for report in own
            if report.occurred_on in days or (number == 0 and report.occurred_on < begin)
        ]
        if here:
            weight = corroborated(here, lambda one: beliefs.weigh(one, as_of))
            found = weight if presence is not None else 1.0
            best = max(here, key=lambda report: (beliefs.weigh(report, as_of), report.occurred_on))
            cells.append(Cell("report", found, on=best.occurred_on))
            done = done or (found > 0 and presence is not None and not presence.recurs)
        elif done:
            cells.append(Cell("done"))
        else:
            first = (days[0] - begin).days
            seen = any(chance > 0 for chance in looked[first : first + len(days)])
            cells.append(Cell("silence" if seen else "no coverage"))
    return tuple(cells)
