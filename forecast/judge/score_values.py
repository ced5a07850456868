"""A scorecard as plain values: the promise of docs/schema.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from forecast.beliefs import scale
from forecast.beliefs.outcomes import Crowd
from forecast.beliefs.words import counted
from forecast.judge.score import Scorecard
from forecast.scoring.calibration import (
    ENOUGH,
    WordRecord,
    corp,
    murphy,
    spiegelhalter,
    word_records,
)
from forecast.scoring.discrimination import auc, calibration_line
from forecast.scoring.distributions import DistributionScore
from forecast.scoring.rules import CLIP
from forecast.scoring.scorecard import Comparison, LeadScore, QuestionScore

__all__ = ["VERDICT", "calibration", "clip_text", "score_json", "set_text", "word_table"]

#: What is said instead of a verdict on few questions.
VERDICT = "too few to judge"

_DIGITS = 6
#: Edges of Murphy's groups.
_TENTHS = tuple(n / 10 for n in range(1, 10))


def score_json(card: Scorecard) -> dict[str, Any]:
    """Return what ``forecast score --json`` prints.

    Parameters
    ----------
    card : Scorecard

    Returns
    -------
    dict
        See docs/schema.md.
    """
    scores = card.scores
    return {
        "as_of": card.as_of.isoformat(),
        "rules": {
            "brier": "(p - y)^2",
            "logarithmic": "-ln p",
            "clip": CLIP,
            "rps": "sum (F_k - O_k)^2",
            "crps": "integral (F(x) - 1[y <= x])^2",
        },
        "issues": {"scored": card.issues, "made_later": card.later},
        "counts": {
            "scored": len(scores),
            "void": card.void,
            "left": len(card.left) - card.void,
        },
        "set": _set(card),
        "brier": _mean([one.brier for one in scores]),
        "logarithmic": _mean([one.logarithmic for one in scores]),
        "clipped": {
            "forecasts": sum(one.forecasts for one in scores),
            "moved": sum(one.clipped for one in scores),
        },
        "questions": [_question(one) for one in scores],
        "leads": [_lead(one) for one in card.leads],
        "baselines": [_comparison(one) for one in card.comparisons],
        "distributions": [_distribution(one) for one in card.distributions],
        "calibration": calibration(card),
        "left": [{"question": one.question, "reason": one.reason} for one in card.left],
        "crowd": None if card.crowd is None else _crowd(card.crowd),
    }


def _set(card: Scorecard) -> dict[str, Any]:
    """Say what the set is like, on the first forecast of each question."""
    p = [one.opening for one in card.scores]
    y = [one.resolved.outcome for one in card.scores]
    area, line = auc(p, y), calibration_line(p, y)
    return {
        "questions": len(p),
        "afterwards": card.afterwards,
        "yes": _mean([float(value) for value in y]),
        "auc": None if area is None else round(area, _DIGITS),
        "slope": None if line is None else round(line.slope, _DIGITS),
        "intercept": None if line is None else round(line.intercept, _DIGITS),
    }


def set_text(value: Mapping[str, Any]) -> str:
    """Say in a sentence what a set of questions is like, before its score is read."""
    found = value["set"]
    number, after = found["questions"], found["afterwards"]
    late = "written after its outcome" if number == 1 else "written after their outcomes"
    which = counted(number, "question")
    if after:
        which = f"{which} {late}" if after == number else f"{which}, {after} of them {late}"
    area = "no AUC" if found["auc"] is None else f"AUC {found['auc']:.2f}"
    slope = "no calibration slope"
    if found["slope"] is not None:
        slope = f"calibration slope {found['slope']:.2f}"
    return f"{which}: {found['yes']:.0%} came out yes; the first forecasts have {area} and {slope}."


def clip_text(value: Mapping[str, Any]) -> str:
    """Say in one sentence how many forecasts the logarithm did not take at their word."""
    found, clip = value["clipped"], value["rules"]["clip"]
    return (
        f"Log: probabilities within {clip:.7f} of 0 or 1 are moved that far from it; "
        f"{found['moved']} of {found['forecasts']} forecasts that stood were."
    )


def _distribution(one: DistributionScore) -> dict[str, Any]:
    return _rounded({**asdict(one), "skill": one.skill})


def _crowd(read: Crowd) -> dict[str, Any]:
    """Account for every row of the crowd's file."""
    return {
        "rows": read.rows,
        "used": len(read.said),
        "unknown": [{"question": name, "rows": rows} for name, rows in read.unknown],
        "repeated": read.repeated,
        "unordered": read.unordered,
    }


def _mean(values: list[float]) -> float | None:
    return round(sum(values) / len(values), _DIGITS) if values else None


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: round(v, _DIGITS) if isinstance(v, float) else v for k, v in values.items()}


def _question(one: QuestionScore) -> dict[str, Any]:
    asked = one.resolved
    return {
        "question": asked.name,
        "outcome": "yes" if asked.outcome else "no",
        "opens": asked.opens.isoformat(),
        "by": asked.by.isoformat(),
        "closes": asked.closes.isoformat(),
        "opening": round(one.opening, _DIGITS),
        "closing": round(one.closing, _DIGITS),
        "brier": round(one.brier, _DIGITS),
        "logarithmic": round(one.logarithmic, _DIGITS),
        "days": one.days,
        "life": one.life,
        "forecasts": one.forecasts,
        "clipped": one.clipped,
    }


def _lead(one: LeadScore) -> dict[str, Any]:
    found = {"brier": one.brier, "logarithmic": one.logarithmic}
    return {
        "lead": one.lead,
        "questions": one.questions,
        **_rounded(found),
        "clipped": one.clipped,
    }


def _comparison(one: Comparison) -> dict[str, Any]:
    values = asdict(one)
    values["difference"] = _rounded(values["difference"])
    return _rounded(values)


def calibration(card: Scorecard) -> dict[str, Any]:
    """Judge calibration on the first forecast of each question; with too few, withhold it."""
    p = [one.opening for one in card.scores]
    y = [one.resolved.outcome for one in card.scores]
    enough = len(p) >= ENOUGH
    z = spiegelhalter(p, y) if enough else None
    return {
        "questions": len(p),
        "enough": enough,
        "verdict": None if enough else VERDICT,
        "needed": ENOUGH,
        "murphy": _rounded(asdict(murphy(p, y, edges=_TENTHS))) if enough else None,
        "corp": _rounded(asdict(corp(p, y))) if enough else None,
        "spiegelhalter": None if z is None else _rounded({"z": z[0], "p_value": z[1]}),
        "words": [_word(one) for one in word_table(card)],
    }


def word_table(card: Scorecard) -> list[WordRecord]:
    """Count how often each word of the scale came true, on the first forecasts."""
    known = scale(card.scale)
    p = [one.opening for one in card.scores]
    y = [one.resolved.outcome for one in card.scores]
    return word_records(p, y, terms=known.bands, words=[known.word(value) for value in p])


def _word(one: WordRecord) -> dict[str, Any]:
    return _rounded(
        {
            "word": one.word,
            "low": one.band[0],
            "high": one.band[1],
            "mean": one.mean,
            "questions": one.frequency.total,
            "came_true": one.frequency.hits,
            "rate": one.frequency.rate,
            "rate_lo90": one.frequency.low,
            "rate_hi90": one.frequency.high,
        }
    )
