"""Charts of single questions, of weights of evidence and of sensitivity."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from forecast.beliefs.literals import wording
from forecast.beliefs.question_language import Sum
from forecast.charts import tornado, weights
from forecast.charts.files import Chart
from forecast.charts.weights import Weight, Weights, decibans
from forecast.errors import BeliefsError
from forecast.issue.charts import chart_values, look
from forecast.issue.run import Issue
from forecast.names import require_known

if TYPE_CHECKING:
    from forecast.charts.predictive import Predictive
    from forecast.study.sensitivity import Rests

__all__ = [
    "fan_chart",
    "icons_chart",
    "passage_chart",
    "sum_chart",
    "sum_values",
    "tornado_chart",
    "weights_chart",
]

#: Modes of questions that can come true on any day to the deadline.
_PASSING = ("reaches", "reported")


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
    if asked["mode"] not in _PASSING:
        payload: Any = issue.payload
        fit = [q["question"] for q in payload["questions"] if q["mode"] in _PASSING]
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
    from forecast.charts.predictive import Predictive

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


_LEAST = 5e-3  # decibans; smaller parts are put into one
_EDGE = 1e-6  # plain values have so many digits
_DRAWN: Mapping[str, Literal["reports", "silence", "time", "other"]] = {
    "reports": "reports",
    "silence": "silence",
    "time": "time",
}


def weights_chart(
    issue: Issue,
    explained: Mapping[str, Any],
    *,
    names: Mapping[str, str],
    size: str = "a4",
) -> Chart:
    """Chart the parts of an explanation.

    Parameters
    ----------
    issue : Issue
        The forecast that is explained.
    explained : mapping
        From `Explanation.plain`.
    names : mapping of str to str
        Of lineages, as readers know them; see `forecast.issue.charts.lineage_names`.
    size : str
        See `forecast.charts`.

    Raises
    ------
    ChartRefusal
        If the chart could not be read.
    """
    scale, stamp = look(issue)
    payload: Any = issue.payload
    if name := explained.get("question"):
        row, label = _question(issue, name)
        said = row["text"]
    else:
        name = explained["node"]
        row = next(one for one in payload["judgements"] if one["node"] == name)
        label, said = row["label"], row["proposition"]
    shown = [part for part in explained["parts"] if abs(part["decibans"]) >= _LEAST]
    parts = [
        Weight(
            names.get(p["label"], p["label"]) if p["kind"] == "reports" else p["label"],
            p["decibans"],
            _DRAWN.get(p["kind"], "other"),
        )
        for p in shown
    ]
    prior = min(max(explained["before"], _EDGE), 1 - _EDGE)
    value = min(max(explained["after"], _EDGE), 1 - _EDGE)
    rest = decibans(value) - decibans(prior) - sum(one.decibans for one in parts)
    if abs(rest) >= _LEAST or not parts:
        parts.append(Weight("Everything else", rest, "other"))
    values = Weights(
        node=name,
        label=label,
        proposition=said,
        as_of=stamp.as_of,
        prior=prior,
        value=value,
        weights=tuple(parts),
        start=f"{dt.date.fromisoformat(explained['since']):%-d %b %Y}",
        end=f"{stamp.as_of:%-d %b %Y}",
        interval80=(row["lo80"], row["hi80"]),
    )
    return weights.chart(values, scale=scale, stamp=stamp, size=size)


_SOURCES = 5


def tornado_chart(
    issue: Issue,
    rests: Rests,
    *,
    names: Mapping[str, str],
    size: str = "a4",
) -> Chart:
    """Chart the widest swings and the weightiest sources.

    Parameters
    ----------
    issue : Issue
        The forecast that is studied.
    rests : Rests
    names : mapping of str to str
        Of lineages, as readers know them; see `forecast.issue.charts.lineage_names`.
    size : str
        See `forecast.charts`.

    Raises
    ------
    ChartRefusal
        If the chart could not be read.
    """
    scale, stamp = look(issue)
    payload: Any = issue.payload
    row = next(one for one in payload["judgements"] if one["node"] == rests.node)
    now = rests.probability
    swings = [
        tornado.Swing(one.label, one.at_from.probability, one.at_to.probability, *one.ends)
        for one in rests.inputs
        if one.exact
    ]
    swings += [
        tornado.Swing(
            f"Source: {names.get(one.lineage, one.lineage)}",
            one.without.probability,
            now,
            "without",
        )
        for one in rests.sources[:_SOURCES]
    ]
    values = tornado.Tornado(
        node=rests.node,
        label=rests.label,
        proposition=row["proposition"],
        as_of=stamp.as_of,
        value=now,
        swings=tuple(swings),
        rule=f"Inputs from the 10th to the 90th percentile of their {rests.span}; odds of "
        "detection from a tenth to tenfold, of grades from half to double; sources taken out",
        interval80=(rests.lo80, rests.hi80),
    )
    return tornado.chart(values, scale=scale, stamp=stamp, size=size)
