"""Whether an alert is raised or cleared: the rule, draw by draw, against what was said last.

An alert is raised when the probability is beyond the threshold in enough of the posterior draws
*and* has changed enough since it was last told; it is cleared when the probability is back behind
the threshold by the hysteresis. In between nothing is said. The two conditions, the numbers 0.8, 5
and 3 points, are a convention of forecasting desks; a threshold alone would speak at every tremble.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from forecast.analysis.anchoring import Anchoring, kappas
from forecast.analysis.answering import drawn
from forecast.analysis.placing import anchored, place_question
from forecast.beliefs import Alert, Beliefs, Question
from forecast.network import Evidence, Parameters

__all__ = ["Sight", "Word", "definition", "published", "sights", "verdict", "watched_states"]

Floats = npt.NDArray[np.float64]

#: ``watched`` and ``standing`` are said the first time; a standing alert was beyond already.
Word = Literal["watched", "standing", "raised", "cleared"]

#: Draws a question is answered with, evenly taken: a certainty of .8 is known to 1.8 points.
_ENOUGH = 500

#: Differences are taken of rounded numbers, and 0.35 - 0.30 is not quite 0.05.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Sight:
    """How a rule sees the probability now.

    Attributes
    ----------
    probability : float
        Mean over the draws.
    certainty : float
        Share of the draws, by weight, in which the probability is beyond the threshold.
    """

    probability: float
    certainty: float

    @classmethod
    def of(cls, alert: Alert, draws: Floats, weights: Floats) -> Sight:
        """Look through a rule at draws (D,) of a probability, with weights (D,) summing to one.

        Examples
        --------
        >>> rule = Alert(node="n", above=0.3, source="s", rationale="r")
        >>> Sight.of(rule, np.array([0.2, 0.4, 0.5, 0.5]), np.full(4, 0.25))
        Sight(probability=0.4, certainty=0.75)
        """
        beyond = draws > alert.threshold if alert.direction == "above" else draws < alert.threshold
        return cls(round(float(draws @ weights), 9), round(float(weights[beyond].sum()), 9))


def verdict(
    alert: Alert, seen: Sight, *, raised: bool | None, references: Sequence[float]
) -> Word | None:
    """Decide what is to be said of a rule now; None is nothing.

    Parameters
    ----------
    alert : Alert
        The rule.
    seen : Sight
        What it sees.
    raised : bool or None
        Whether it was raised when it was spoken of last; None if it never was.
    references : sequence of float
        What was told last: the probability at the last word, and in an issue since. A change from
        any of them counts; without any there is none.

    Examples
    --------
    >>> rule = Alert(node="n", above=0.3, source="s", rationale="r")
    >>> verdict(rule, Sight(0.35, 0.9), raised=False, references=[0.24])
    'raised'
    >>> verdict(rule, Sight(0.29, 0.4), raised=True, references=[0.35]) is None
    True
    >>> verdict(rule, Sight(0.26, 0.2), raised=True, references=[0.35])
    'cleared'
    """
    if raised:
        return "cleared" if _behind(alert, seen.probability) else None
    certain = seen.certainty >= alert.certainty - _ROUNDING
    change = max((abs(seen.probability - told) for told in references), default=0.0)
    if certain and references and change >= alert.change - _ROUNDING:
        return "raised"
    if raised is not None:
        return None
    was_beyond = not references or any(_beyond(alert, told) for told in references)
    return "standing" if certain and was_beyond else "watched"


def definition(beliefs: Beliefs, alert: Alert) -> dict[str, Any]:
    """Say in plain values what a rule watches, and its threshold: what makes it the same rule."""
    edge = {"direction": alert.direction, "threshold": alert.threshold}
    if alert.question is None:
        node, states = watched_states(beliefs, alert)
        return {"node": node, "states": list(states), **edge}
    question = beliefs.questions[alert.question]
    often = {} if question.at_least == 1 else {"at_least": question.at_least}
    return {
        "question": alert.question,
        **_asked(question),
        "indicator": question.indicator,
        "share": question.share,
        **often,
        **edge,
    }


def _asked(question: Question) -> dict[str, Any]:
    return {
        "node": question.node,
        "states": list(question.states),
        "mode": question.mode,
        "opens": question.opens.isoformat(),
        "by": question.by.isoformat(),
    }


def watched_states(beliefs: Beliefs, alert: Alert) -> tuple[str, tuple[str, ...]]:
    """Return the node and the states of a rule that watches a judgement."""
    assert alert.node is not None
    return alert.node, alert.states or beliefs.nodes[alert.node].headline


def published(beliefs: Beliefs, alert: Alert, payload: Mapping[str, Any]) -> float | None:
    """Find the probability that a rule watches in an issued forecast.

    Returns
    -------
    float or None
        None if the forecast does not hold it, or held another question under its name.
    """
    if alert.question is not None:
        asked = _asked(beliefs.questions[alert.question])
        for row in payload["questions"]:
            if row["question"] == alert.question and all(row[k] == v for k, v in asked.items()):
                return float(row["probability"])
        return None
    node, states = watched_states(beliefs, alert)
    lines = [line for line in payload["trajectories"] if line["node"] == node]
    names = [f"{node}.{state}" for state in states]
    if not lines or any(name not in payload["states"] for name in names):
        return None
    now = lines[0]["history"] - 1
    return min(1.0, sum(float(payload["states"][name][now]) for name in names))


def _beyond(alert: Alert, probability: float) -> bool:
    edge = alert.threshold
    return probability > edge if alert.direction == "above" else probability < edge


def _behind(alert: Alert, probability: float) -> bool:
    """Whether a probability has fallen back through the threshold by the hysteresis."""
    back = -alert.hysteresis if alert.direction == "above" else alert.hysteresis
    edge = alert.threshold + back
    return probability < edge if alert.direction == "above" else probability > edge


def sights(
    anchoring: Anchoring,
    parameters: Parameters,
    weights: Floats,
    evidence: Evidence,
    probability: Floats,
    *,
    as_of: dt.date,
) -> dict[str, Sight]:
    """Look through every rule of the file.

    Parameters
    ----------
    anchoring : Anchoring
        Of the model.
    parameters : Parameters
        Draws of its rates.
    weights : (D,)
        Of the draws.
    evidence : Evidence
        All that is known.
    probability : (sum(K_n), D)
        Of every state of every node now, from `forecast.inference.tracking.appraise`.
    as_of : datetime.date
        Date of the evidence.

    Returns
    -------
    dict of str to Sight
    """
    encoding, beliefs = anchoring.encoding, anchoring.encoding.beliefs
    asked = dict.fromkeys(a.question for a in beliefs.alerts.values() if a.question is not None)
    anchors = anchoring.at(parameters, evidence, as_of=as_of, weights=weights, only=asked)
    kappa = kappas(anchors)
    placed = [
        anchored(
            place_question(encoding, evidence, beliefs.questions[name], as_of=as_of),
            kappa.get(name),
        )
        for name in asked
    ]
    some = parameters.thin(_ENOUGH)
    share = weights[some] / weights[some].sum()
    found = drawn(encoding, parameters.take(some), evidence, placed, weights=share)
    answered = dict(zip(asked, found, strict=True))
    out = {}
    for name, alert in beliefs.alerts.items():
        if alert.question is not None:
            yes = answered[alert.question]
            out[name] = Sight.of(alert, yes.probability[-1], yes.weights)
        else:
            rows = encoding.state_rows(*watched_states(beliefs, alert))
            draws = probability[rows].sum(axis=0).clip(0.0, 1.0)
            out[name] = Sight.of(alert, draws, weights)
    return out
