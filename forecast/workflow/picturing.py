"""Charts of single questions and nodes, from what the ledger holds: PyMC is not needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.beliefs.periods import wording
from forecast.beliefs.question_language import Sum
from forecast.charts.finished import Chart
from forecast.errors import BeliefsError
from forecast.names import require_known
from forecast.workflow.drawing import chart_values, look
from forecast.workflow.run import Issue

if TYPE_CHECKING:
    from forecast.charts.sums import Predictive

__all__ = [
    "PASSING",
    "PICTURES",
    "fan_chart",
    "icons_chart",
    "passage_chart",
    "sum_chart",
    "sum_values",
]

#: Modes of questions that can come true on any day to the deadline.
PASSING = ("reaches", "reported")


def passage_chart(issue: Issue, question: str, *, size: str = "a4") -> Chart:
    """Chart the probability that a question has come true by each date.

    Raises
    ------
    BeliefsError
        If there is no such question, or it asks for a state on a date.
    """
    from forecast.charts import passage

    scale, stamp = look(issue)
    asked, label = _question(issue, question)
    if asked["mode"] not in PASSING:
        payload: Any = issue.payload
        fit = [q["question"] for q in payload["questions"] if q["mode"] in PASSING]
        raise BeliefsError(
            f"{question} asks what holds on a date, so nothing is reached by it; "
            f"questions with a first passage: {', '.join(fit) or 'none'}"
        )
    curve: Any = asked["curve"]
    values = passage.Passage(
        name=question,
        label=label,
        proposition=asked["text"],
        dates=np.array(curve["date"], dtype="datetime64[D]"),
        p=np.array(curve["probability"]),
        lo50=np.array(curve["lo50"]),
        hi50=np.array(curve["hi50"]),
        lo80=np.array(curve["lo80"]),
        hi80=np.array(curve["hi80"]),
        as_of=issue.issued.as_of,
        since=dt.date.fromisoformat(asked["opens"]),
    )
    return passage.chart(values, scale=scale, stamp=stamp, size=size)


def icons_chart(issue: Issue, question: str, *, size: str = "a4") -> Chart:
    """Chart a question's probability as marks of a hundred.

    Raises
    ------
    BeliefsError
        If there is no such question.
    """
    from forecast.charts import icons

    scale, stamp = look(issue)
    asked, label = _question(issue, question)
    values = icons.Icons(
        name=question,
        label=label,
        proposition=asked["text"],
        as_of=issue.issued.as_of,
        arrays=(("", asked["probability"]),),
        interval80=(asked["lo80"], asked["hi80"]),
    )
    return icons.chart(values, scale=scale, stamp=stamp, size=size)


def sum_chart(issue: Issue, question: str, *, size: str = "a4") -> Chart:
    """Chart the predictive distribution of a sum, with its threshold.

    Raises
    ------
    BeliefsError
        If there is no such question, or it asks for no sum.
    """
    from forecast.charts import predictive

    scale, stamp = look(issue)
    asked, _ = _question(issue, question)
    if asked["mode"] != "sum":
        payload: Any = issue.payload
        fit = [q["question"] for q in payload["questions"] if q["mode"] == "sum"]
        raise BeliefsError(
            f"{question} asks for no sum; questions that do: {', '.join(fit) or 'none'}"
        )
    values = sum_values(
        question,
        asked["text"],
        Sum(asked["indicator"], round(asked["over_days"]), asked["above"],
            dt.date.fromisoformat(asked["by"])),
        asked["distribution"]["quantiles"],
        (asked["probability"], asked["lo80"], asked["hi80"]),
        as_of=issue.issued.as_of,
    )  # fmt: skip
    return predictive.chart(values, scale=scale, stamp=stamp, size=size)


def sum_values(
    name: str,
    proposition: str,
    asked: Sum,
    quantiles: Sequence[float],
    chance: tuple[float, float, float],
    *,
    as_of: dt.date,
    label: str | None = None,
) -> Predictive:
    """Put a forecast of a sum into the values of its chart.

    Parameters
    ----------
    name, proposition : str
        Name for files, and the question.
    asked : Sum
    quantiles : sequence of float
        Of the sum, of equal weight.
    chance : (p, low, high)
        Probability of a sum above the threshold, with its 80 % interval.
    as_of : datetime.date
    label : str, optional
        Of the stream; by default its name.
    """
    from forecast.charts.sums import Predictive

    probability, low, high = chance
    return Predictive(
        name=name,
        label=label or asked.indicator.replace("_", " ").capitalize(),
        proposition=proposition,
        as_of=as_of,
        over=wording(float(asked.over)),
        by=asked.by,
        above=asked.above,
        quantiles=tuple(quantiles),
        p=probability,
        interval80=(low, high),
    )


def fan_chart(issue: Issue, node: str, *, size: str = "a4") -> Chart:
    """Chart the past of a node as a line and its forecast as bands, of the coverages issued.

    Raises
    ------
    BeliefsError
        If there is no such node.
    """
    from forecast.charts import fan

    scale, stamp = look(issue)
    values, _ = chart_values(issue.issued, previous=issue.previous)
    found = {one.node: one for one in values}
    require_known(node, found, what="node", where="in this forecast")
    return fan.chart(fan.Fan(found[node]), scale=scale, stamp=stamp, size=size)


def _question(issue: Issue, name: str) -> tuple[dict[str, Any], str]:
    payload: Any = issue.payload
    found = {each["question"]: each for each in payload["questions"]}
    require_known(name, found, what="question", where="in this forecast")
    asked = found[name]
    if asked["mode"] == "reported":
        often = asked.get("at_least") or 1
        told = asked["indicator"].replace("_", " ").capitalize()
        return asked, f"{told}: at least {often} events" if often > 1 else told
    judged = {each["node"]: each for each in payload["judgements"]}[asked["node"]]
    if judged["states"] == asked["states"]:
        return asked, judged["label"]
    states = " or ".join(state.replace("_", " ") for state in asked["states"])
    return asked, f"{judged['label'].partition(':')[0]}: {states}"


#: What `forecast chart` draws of one question or node.
PICTURES: dict[str, Callable[..., Chart]] = {
    "first-passage": passage_chart,
    "fan": fan_chart,
    "icons": icons_chart,
    "sum": sum_chart,
}
