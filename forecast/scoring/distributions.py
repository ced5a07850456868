"""Scores of whole distributions: over ordered states (RPS), and of sums (CRPS)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.scoring.question_life import Series, together
from forecast.scoring.rules import crps_of_draws, ranked_probability

__all__ = ["DistributionScore", "scorable", "score_distributions", "score_of"]


@dataclass(frozen=True)
class DistributionScore:
    """Score of the distributions that were forecast for one question, over its life.

    Attributes
    ----------
    question : str
    rule : {"rps", "crps"}
        Ranked probability score of ordered states, or continuous ranked probability score.
    came : str
        The state or the sum that came.
    score : float
        Weighed by the days each forecast stood; the CRPS is in the units of the sum.
    prior : float
        The same of the model with no report, over the same days.
    days : int
        Days on which both stood.
    """

    question: str
    rule: str
    came: str
    score: float
    prior: float
    days: int

    @property
    def skill(self) -> float | None:
        """``1 - score / prior``; None where the priors make no error."""
        return None if self.prior == 0 else 1.0 - self.score / self.prior


def score_of(distribution: Mapping[str, object], came: str) -> float:
    """Score one distribution, as an issued forecast holds it.

    The quantiles of a sum have equal weight and are scored as draws. With 199 of them that misses
    the score of the whole distribution by less than its range over 199.

    Parameters
    ----------
    distribution : mapping
        ``states`` with their probabilities in their order, or ``quantiles`` of a sum.
    came : str
        The state or the number that came.

    Raises
    ------
    ValueError
        If that is neither one of the states nor a number.

    Examples
    --------
    >>> forecast = {"states": {"low": 0.15, "some": 0.45, "much": 0.25, "most": 0.15}}
    >>> round(score_of(forecast, "much"), 3)
    0.405
    >>> score_of({"states": None, "quantiles": [3.0]}, "5")
    2.0
    """
    states, quantiles = distribution.get("states"), distribution.get("quantiles")
    if isinstance(states, Mapping):
        chances = np.array(list(states.values()), dtype=np.float64)
        return ranked_probability(chances / chances.sum(), list(states).index(came))
    return crps_of_draws(np.asarray(quantiles, dtype=np.float64), float(came))


def scorable(distribution: Mapping[str, object], came: str) -> bool:
    """Say whether what came is one of the states of a distribution, or a number for one of a sum.

    States may have been renamed since the outcome was recorded.

    Examples
    --------
    >>> scorable({"states": {"low": 0.4, "high": 0.6}}, "none")
    False
    """
    try:
        score_of(distribution, came)
    except ValueError:
        return False
    return True


def score_distributions(
    question: str,
    came: str,
    *,
    forecasts: Sequence[tuple[dt.date, Mapping[str, object]]],
    prior: Sequence[tuple[dt.date, Mapping[str, object]]],
    opens: dt.date,
    closes: dt.date,
) -> DistributionScore | None:
    """Score the distributions of a question over its life; None where none stood.

    Parameters
    ----------
    question, came : str
    forecasts, prior : sequence of (date, distribution)
        Ours, and those of the model with no report. Each stands from its day until the next; days
        increase.
    opens, closes : date
        The life.
    """
    ours, theirs = (
        Series(tuple(day for day, _ in said), tuple(score_of(one, came) for _, one in said))
        for said in (forecasts, prior)
    )
    found = together(
        ours, theirs, 1, opens=opens, closes=closes, rule=lambda scores, _: np.asarray(scores)
    )
    if found is None:
        return None
    rule = "crps" if prior[0][1].get("states") is None else "rps"
    return DistributionScore(question, rule, came, *found)
