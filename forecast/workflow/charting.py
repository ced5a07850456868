"""Any chart of the forecast that was issued last, by the name of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecast.errors import BeliefsError
from forecast.workflow.project import Project
from forecast.workflow.run import Issue

if TYPE_CHECKING:
    from forecast.charts.finished import Chart

__all__ = ["chart_of"]

_ALONE = ("trajectory", "panel", "heat")
#: Kinds that stand on a page of their own.
_PAGES = {"panel", "heat"}


def chart_of(
    project: Project, issue: Issue, kind: str, name: str | None = None, *, size: str | None = None
) -> Chart:
    """Chart an issued forecast, without computing anything anew.

    Parameters
    ----------
    project : Project
        Where the ledger is.
    issue : Issue
        What is drawn.
    kind : str
        As `forecast chart` names it.
    name : str, optional
        The node or question, for the kinds that show one.
    size : str, optional
        See `forecast.charts`; by default ``a4``, or ``page`` for a panel and for heat.

    Raises
    ------
    BeliefsError
        If there is no such kind, node or question.
    ChartRefusal
        If the chart could not be read.
    """
    from forecast.workflow.coverage_strips import heat_chart
    from forecast.workflow.drawing import issue_chart
    from forecast.workflow.picturing import PICTURES

    known = [*_ALONE, *PICTURES]
    if kind not in known:
        raise BeliefsError(f"there is no chart {kind!r}; there are: {', '.join(known)}")
    chosen = size or ("page" if kind in _PAGES else "a4")
    if kind == "heat":
        return heat_chart(issue, name, project, size=chosen)
    if kind in PICTURES:
        return PICTURES[kind](issue, name, size=chosen)
    return issue_chart(issue, kind, name, size=chosen)
