"""Charts of results: the one place where the API meets the charts of the rooms below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecast.errors import BeliefsError
from forecast.issue.run import Issue
from forecast.names import require_known
from forecast.project.project import Project as Files
from forecast.study.answered import Reply

if TYPE_CHECKING:
    from forecast.charts.files import Chart
    from forecast.publish.chart_kinds import ChartInputs
    from forecast.study.explain import Explanation
    from forecast.study.sensitivity import Rests

__all__ = ["answer_chart", "explanation_chart", "issue_chart", "scenario_charts", "tornado"]


def issue_chart(at: ChartInputs, kind: str, name: str | None, size: str) -> Chart:
    """Draw a chart of an issue, of the kinds of ``forecast chart``.

    Raises
    ------
    BeliefsError
        If there is no such kind, node or question.
    ChartRefusal
        If it could not be read.
    """
    from forecast.publish.chart_kinds import KINDS

    require_known(kind, KINDS, what="chart")
    return at.draw(kind, name, size=size)


def answer_chart(reply: Reply, size: str) -> Chart:
    """Draw an answer as a first passage.

    Raises
    ------
    BeliefsError
        If it asks what holds on a day.
    """
    from forecast.study.ask import reply_chart

    chart = reply_chart(reply, size=size)
    if chart is None:
        raise BeliefsError(
            f"{reply.asked.text!r} asks what holds on a date, so nothing is reached by it and "
            "there is no chart; look at curve"
        )
    return chart


def explanation_chart(files: Files, issue: Issue, explained: Explanation, size: str) -> Chart:
    """Draw the weights of evidence."""
    from forecast.issue.charts import lineage_names
    from forecast.study.charts import weights_chart

    return weights_chart(issue, explained.plain(), names=lineage_names(files, issue), size=size)


def tornado(files: Files, issue: Issue, rests: Rests, size: str) -> Chart:
    """Draw what a judgement rests on."""
    from forecast.issue.charts import lineage_names
    from forecast.study.charts import tornado_chart

    return tornado_chart(issue, rests.plain(), names=lineage_names(files, issue), size=size)


def scenario_charts(issue: Issue, compared: dict[str, Any]) -> dict[str, Chart]:
    """Draw scenarios beside the forecast, by name."""
    from forecast.issue.charts import look
    from forecast.study.scenario_charts import comparison_charts

    _, stamp = look(issue)
    return {one.name: one for one in comparison_charts(compared, stamp=stamp)}
