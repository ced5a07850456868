"""The test on the record as plain values, as tables and as sentences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from forecast.beliefs.periods import wording
from forecast.beliefs.words import counted
from forecast.judge.record import FITS, Horizon
from forecast.judge.score_values import Brier, Nats, Number, Questions, ScoreDifference
from forecast.result import Days, Fraction, Result, Share, rounded, unit

__all__ = ["RecordResult", "arms", "heading", "reliability", "sentences"]

Expected = Annotated[float, rounded(6), unit("questions")]
_NAMED = 3  # indicators in a sentence

type Table = tuple[Sequence[str], list[list[str]]]


class RecordBin(Result):
    """Forecasts of one reliability bin."""

    low: Share = Field(description="forecasts from here")
    high: Share = Field(description="to below here")
    number: Questions
    came_true: Questions
    said: Fraction | None = Field(description="mean forecast")


class RecordArm(Result):
    """Another forecast of the same questions."""

    name: str = Field(description="`prior only`, `one rate for all`, `a rate for each`")
    brier: Brier
    logarithmic: Nats
    difference: ScoreDifference = Field(
        description="Brier score of ours less theirs, resampled over indicators"
    )


class RecordCount(Result):
    """Reports found and expected of one indicator."""

    indicator: str
    found: Questions
    expected: Expected


class RecordHorizon(Result):
    """The test at one horizon."""

    steps: Annotated[int, unit("steps")]
    days: Days
    questions: int = Field(
        description="of an indicator at a date: will it be in the record within the horizon?"
    )
    indicators: int
    dates: int
    uncovered: Questions = Field(
        description="left out, since their steps are not covered to the end"
    )
    yes: Fraction | None = Field(description="came out yes")
    said: Fraction | None = Field(description="mean forecast")
    found: Questions = Field(description="came out yes")
    expected: Expected = Field(description="sum of the forecasts")
    ratio: Number | None = Field(description="found over expected")
    fits: bool = Field(description="whether that is between 0.8 and 1.25")
    since: dt.date = Field(description="from here on it is the sixth month after the brief")
    found_later: Questions = Field(description="came out yes, of dates from then on")
    expected_later: Expected
    ratio_later: Number | None
    brier: Brier | None
    logarithmic: Nats | None
    auc: Fraction | None = Field(description="as `set.auc`")
    slope: Number | None = Field(description="as `set.slope`")
    intercept: Number | None
    bins: tuple[RecordBin, ...] = Field(description="reliability")
    arms: tuple[RecordArm, ...] = Field(description="other forecasts of the same questions")
    counts: tuple[RecordCount, ...] = Field(
        description="by indicator, those furthest from what was expected first"
    )


class RecordResult(Result):
    """The test on the record itself."""

    until: dt.date | None = Field(description="end of coverage; null where nobody looked")
    horizons: tuple[RecordHorizon, ...] = Field(
        description="one for each `--horizon`, rounded to whole steps"
    )


def heading(one: Horizon) -> str:
    """Name a horizon."""
    return f"In the record within {wording(one.days)}"


def arms(one: Horizon) -> Table:
    """Lay out ours and the other forecasts of the same questions."""
    header = ("forecast", "Brier", "log", "ours less theirs, 90%")
    rows = [["ours", _number(one.brier), _number(one.logarithmic), ""]]
    for arm in one.arms:
        between = arm.difference
        spread = f"{between.mean:+.4f} ({between.low:+.4f} to {between.high:+.4f})"
        rows.append([arm.name, _number(arm.brier), _number(arm.logarithmic), spread])
    return header, rows


def reliability(one: Horizon) -> Table:
    """Lay out how often came true what was said."""
    header = ("said between", "questions", "mean said", "came true", "share")
    rows = [
        [
            f"{each.low:.0%} and {each.high:.0%}",
            str(each.number),
            "" if each.said is None else f"{each.said:.1%}",
            str(each.came_true),
            f"{each.came_true / each.number:.0%}" if each.number else "",
        ]
        for each in one.bins
    ]
    return header, rows


def sentences(one: Horizon) -> list[str]:
    """Say what the set is like, how many reports were found, and whether that fits."""
    if not one.questions:
        return [f"No question: the steps of {one.uncovered} are not covered to their end."]
    area = "no AUC" if one.auc is None else f"AUC {one.auc:.2f}"
    slope = "no calibration slope" if one.slope is None else f"slope {one.slope:.2f}"
    which = (
        f"{counted(one.questions, 'question')} of {counted(one.indicators, 'indicator')} on "
        f"{counted(one.dates, 'date')}, {one.uncovered} left out as not covered to their end: "
        f"{one.found / one.questions:.1%} came out yes, {one.expected / one.questions:.1%} was "
        f"said; {area}, {slope}."
    )
    ratios = (
        f"Found / expected: {one.found} / {one.expected:.1f}{_ratio(one.ratio)}; from the sixth "
        f"month on ({one.since}) {one.found_later} / {one.expected_later:.1f}"
        f"{_ratio(one.ratio_later)}."
    )
    out = [which, ratios]
    return out if one.fits else [*out, _misfit(one)]


def _misfit(one: Horizon) -> str:
    """Say that the record does not fit the stated rates and detection, and where most of it is."""
    assert one.ratio is not None
    more = one.ratio > 1.0
    apart = [each for each in one.counts if (each.found > each.expected) == more]
    named = ", ".join(
        f"{each.indicator} ({each.found} for {each.expected:.1f})" for each in apart[:_NAMED]
    )
    low, wide = ("low", "wider") if more else ("high", "narrower")
    return (
        f"The record does not fit what is expected of it: {one.ratio:.2f} times as many came true "
        f"as were said to ({FITS[0]:g} to {FITS[1]:g} would fit). Detection or rates are stated "
        f"too {low}, or reports are coded by a {wide} reading than the indicators have. Most of "
        f"it: {named}."
    )


def _ratio(value: float | None) -> str:
    return "" if value is None else f" = {value:.2f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
