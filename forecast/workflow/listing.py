"""List the reports the ledger holds."""

from __future__ import annotations

import datetime as dt

from forecast.beliefs import Beliefs, Report
from forecast.beliefs.indicators import ValueIndicator
from forecast.names import require_known
from forecast.workflow.project import Project, Record

__all__ = ["list_reports"]


def list_reports(
    project: Project,
    *,
    as_of: dt.date | None = None,
    indicator: str | None = None,
    node: str | None = None,
    use: str = "evidence",
) -> list[Report]:
    """Read ``events/`` into the ledger and list what it holds.

    Parameters
    ----------
    project : Project
        Where the files are.
    as_of : datetime.date, optional
        Only reports known by this day.
    indicator, node : str, optional
        Only this indicator; only indicators that point at this node.
    use : {"evidence", "prior", "all"}
        Which reports.

    Returns
    -------
    list of Report
        By day of report, then id.

    Raises
    ------
    BeliefsError
        If there is no such indicator or node.
    """
    beliefs = project.beliefs()
    if indicator is not None:
        require_known(indicator, beliefs.indicators, what="indicator")
    if node is not None:
        require_known(node, beliefs.nodes, what="node")
    with project.ledger() as ledger:
        record = Record.synchronise(project, beliefs, ledger)
    wanted = {name for name in beliefs.indicators if node is None or node in _nodes(beliefs, name)}
    rows = [
        report
        for report in record.reports
        if (as_of is None or report.reported_on <= as_of)
        and indicator in (None, report.indicator)
        and report.indicator in wanted
        and use in ("all", report.use)
    ]
    return sorted(rows, key=lambda row: (row.reported_on, row.report_id))


def _nodes(beliefs: Beliefs, name: str) -> set[str]:
    indicator = beliefs.indicators[name]
    if isinstance(indicator, ValueIndicator):
        return {indicator.levels.node}
    return {point.node for point in indicator.points_at}
