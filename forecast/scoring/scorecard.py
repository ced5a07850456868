"""The record of a forecaster: resolved questions, scored over their life, against baselines.

How sure a difference of scores is allows for forecasts of neighbouring dates that resemble each
other (`block_bootstrap`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.scoring.rules import (
    Series,
    at_lead,
    brier,
    clipped,
    constant,
    logarithmic,
    stood,
    time_weighted,
    together,
)

__all__ = [
    "LEADS",
    "Comparison",
    "LeadScore",
    "MeanDifference",
    "QuestionScore",
    "Resolved",
    "base_rates",
    "block_bootstrap",
    "compare",
    "lead_scores",
    "opening",
    "score_question",
]


#: Days before the deadline at which forecasts are scored besides over their life.
LEADS = (180, 90, 30, 7)


@dataclass(frozen=True)
class Resolved:
    """A question whose deadline has passed and whose outcome is known.

    Attributes
    ----------
    name : str
    outcome : int
        1 for yes, 0 for no.
    opens, by : date
        Opening and scheduled deadline.
    closes : date
        The earlier of the deadline and the day the world knew the outcome.
    series : Series
        The forecasts that stood.
    baselines : mapping of str to Series
        Other forecasters, where they say something about this question.
    """

    name: str
    outcome: int
    opens: dt.date
    by: dt.date
    closes: dt.date
    series: Series
    baselines: Mapping[str, Series]


@dataclass(frozen=True)
class QuestionScore:
    """Score of one question over its life.

    Attributes
    ----------
    resolved : Resolved
    opening : float
        The first forecast that stood while it was open.
    closing : float
        The last one.
    brier, logarithmic : float
        Weighed by the days each forecast stood.
    days, life : int
        Days on which a forecast stood, and days the question was open.
    forecasts, clipped : int
        How many forecasts stood on these days, and how many of them were too near to certainty for
        the logarithm to take them at their word.
    """

    resolved: Resolved
    opening: float
    closing: float
    brier: float
    logarithmic: float
    days: int
    life: int
    forecasts: int
    clipped: int


@dataclass(frozen=True)
class LeadScore:
    """Scores at one lead: ``lead`` days before the deadline, or None for the first forecast."""

    lead: int | None
    forecasts: tuple[float, ...]
    outcomes: tuple[int, ...]

    @property
    def questions(self) -> int:
        """How many questions were open then."""
        return len(self.forecasts)

    @property
    def brier(self) -> float | None:
        """Mean Brier score; None where no question was open."""
        return float(brier(self.forecasts, self.outcomes).mean()) if self.forecasts else None

    @property
    def logarithmic(self) -> float | None:
        """Mean logarithmic score."""
        return float(logarithmic(self.forecasts, self.outcomes).mean()) if self.forecasts else None

    @property
    def clipped(self) -> int:
        """How many of them the logarithm does not take at their word."""
        return int(clipped(self.forecasts).sum())


@dataclass(frozen=True)
class MeanDifference:
    """A mean difference of scores with its interval.

    Attributes
    ----------
    mean : float
        Below 0 the first forecaster is better.
    low, high : float
        Central 90 % bootstrap interval.
    better : float
        Share of resamples in which the first forecaster is better.
    blocks : int
        How many blocks the data hold; with few of them the interval is a rough one.
    """

    mean: float
    low: float
    high: float
    better: float
    blocks: int


@dataclass(frozen=True)
class Comparison:
    """Ours against a baseline, over the days on which both stood.

    Attributes
    ----------
    baseline : str
    questions : int
        How many questions both spoke of.
    ours, theirs : float
        Mean Brier scores of these.
    skill : float or None
        ``1 - ours / theirs``; None where the baseline makes no error.
    difference : MeanDifference
        Ours less theirs, resampled over questions.
    wins : int
        Questions on which ours is better.
    """

    baseline: str
    questions: int
    ours: float
    theirs: float
    skill: float | None
    difference: MeanDifference
    wins: int


def opening(one: Resolved) -> float | None:
    """Return the first forecast that stood while the question was open, if any did."""
    stood = one.series.on(one.opens)
    if stood is not None:
        return stood
    later = [p for day, p in zip(one.series.days, one.series.values, strict=True)
             if one.opens <= day < one.closes]  # fmt: skip
    return later[0] if later else None


def score_question(one: Resolved) -> QuestionScore | None:
    """Score a question over its life; None where no forecast stood.

    Examples
    --------
    >>> day = dt.date(2024, 1, 1)
    >>> end = day + dt.timedelta(30)
    >>> asked = Resolved("q", 1, day, end, end, constant(0.8, since=day), {})
    >>> found = score_question(asked)
    >>> round(found.brier, 3), found.days, found.life
    (0.04, 30, 30)
    """
    span = {"opens": one.opens, "closes": one.closes}
    first = opening(one)
    squared = time_weighted(one.series, one.outcome, rule=brier, **span)
    logged = time_weighted(one.series, one.outcome, rule=logarithmic, **span)
    last = one.series.on(one.closes - dt.timedelta(days=1))
    if first is None or last is None or squared is None or logged is None:
        return None
    life = (one.closes - one.opens).days
    days = stood(one.series, **span)
    p = [value for value, number in zip(one.series.values, days, strict=True) if number]
    moved = int(clipped(p).sum())
    return QuestionScore(one, first, last, squared[0], logged[0], squared[1], life, len(p), moved)


def lead_scores(
    questions: Sequence[Resolved], leads: Sequence[int] = LEADS
) -> list[LeadScore]:  # fmt: skip
    """Score the first forecast of every question, and those at fixed leads.

    At a lead only questions count that were still open: those whose outcome was known then would
    be easy points, and those not yet open had no forecast.
    """
    found: list[LeadScore] = []
    for lead in (None, *leads):
        rows = []
        for one in questions:
            said = opening(one)
            if lead is not None:
                span = {"by": one.by, "opens": one.opens, "closes": one.closes}
                said = at_lead(one.series, lead=lead, **span)
            if said is not None:
                rows.append((said, one.outcome))
        found.append(LeadScore(lead, tuple(p for p, _ in rows), tuple(y for _, y in rows)))
    return found


def base_rates(questions: Sequence[Resolved]) -> dict[str, Series]:
    """Frequency of yes among the other questions, as a forecast of each: (s + 1/2) / (n + 1).

    It knows outcomes that nobody knew at the time, so it is harder to beat than it looks.
    """
    total, count = sum(one.outcome for one in questions), len(questions)
    return {
        one.name: constant((total - one.outcome + 0.5) / count, since=one.opens)
        for one in questions
        if count > 1
    }


def compare(questions: Sequence[Resolved], baseline: str) -> Comparison | None:
    """Compare with a baseline, question by question; None where it says nothing."""
    pairs = []
    for one in questions:
        other = one.baselines.get(baseline)
        if other is not None:
            found = together(
                one.series, other, one.outcome, opens=one.opens, closes=one.closes, rule=brier
            )
            if found is not None:
                pairs.append(found)
    if not pairs:
        return None
    ours = sum(pair[0] for pair in pairs) / len(pairs)
    theirs = sum(pair[1] for pair in pairs) / len(pairs)
    differences = [pair[0] - pair[1] for pair in pairs]
    return Comparison(
        baseline=baseline,
        questions=len(pairs),
        ours=ours,
        theirs=theirs,
        skill=None if theirs == 0 else 1.0 - ours / theirs,
        difference=block_bootstrap(differences, range(len(pairs))),
        wins=sum(value < 0 for value in differences),
    )


def block_bootstrap(
    differences: npt.ArrayLike,
    units: npt.ArrayLike,
    *,
    block: int = 1,
    resamples: int = 4000,
    seed: int = 1,
) -> MeanDifference:
    """Resample blocks of neighbouring units, all forecasts of a unit together.

    Circular blocks (Politis and Romano 1992): a block starts anywhere and wraps around, so that
    every unit is drawn equally often.

    Parameters
    ----------
    differences : (n,) array_like
        Score of the first forecaster less that of the second, a forecast each.
    units : (n,) array_like of int
        The unit of each, numbered in the order of time from 0: a date, or a question.
    block : int
        Units in a block; 1 resamples single units.
    resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    MeanDifference

    Examples
    --------
    Always better by the same:

    >>> block_bootstrap([-0.1, -0.1, -0.1], [0, 1, 2])
    MeanDifference(mean=-0.1, low=-0.1, high=-0.1, better=1.0, blocks=3)
    """
    values, unit = np.asarray(differences, np.float64), np.asarray(units, np.int64)
    count = int(unit.max()) + 1
    length = min(max(1, block), count)
    total = np.bincount(unit, values, minlength=count)
    number = np.bincount(unit, minlength=count).astype(np.float64)
    blocks = -(-count // length)
    starts = np.random.default_rng(seed).integers(0, count, (resamples, blocks, 1))
    drawn = ((starts + np.arange(length)) % count).reshape(resamples, -1)[:, :count]
    weight = number[drawn].sum(axis=1)
    means = total[drawn].sum(axis=1)[weight > 0] / weight[weight > 0]
    low, high = np.quantile(means, (0.05, 0.95))
    return MeanDifference(
        mean=round(float(values.mean()), 12),
        low=round(float(low), 12),
        high=round(float(high), 12),
        better=float((means < 0.0).mean()),
        blocks=blocks,
    )
