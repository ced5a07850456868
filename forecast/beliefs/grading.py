"""Admiralty grades: from a letter and a digit to the credibility of a report.

The table from grades to probabilities is a convention of this package, printed as one: no published
study validates any such table. A poor report is ignored, never reversed; and a letter F or a digit
6 means *no basis for a judgement*, so the report changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from forecast.beliefs.composing import read_plain

__all__ = [
    "CREDIBILITIES",
    "RELIABILITIES",
    "combine",
    "credibility",
    "credibility_of",
    "grade_meaning",
    "learnt_truth",
    "source_reliability",
    "truth_probability",
]

RELIABILITIES = ("A", "B", "C", "D", "E", "F")
CREDIBILITIES = (1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class _Table:
    reliability: dict[str, str]
    credibility: dict[int, str]
    truth: dict[str, tuple[float, ...]]
    source: dict[str, float]
    letter_weight: float
    open: dict[str, dict[int, float]]


def truth_probability(reliability: str, digit: int, *, open_act: bool = False) -> float:
    """P(the reported event happened | the report), at even odds beforehand.

    Parameters
    ----------
    reliability : str
        Letter of the source, A to F.
    digit : int
        Credibility of the information, 1 to 6.
    open_act : bool
        Whether it is of an act done in the open, which letters A to C with digits 1 and 2 establish
        nearly; other grades say of one what they say of anything.

    Raises
    ------
    ValueError
        When the grade is not on the scale.

    Examples
    --------
    >>> truth_probability("B", 2), truth_probability("B", 2, open_act=True)
    (0.74, 0.95)
    """
    _check(reliability, digit)
    table = _table()
    if open_act and reliability in table.open and digit in table.open[reliability]:
        return table.open[reliability][digit]
    return table.truth[reliability][digit - 1]


def credibility(reliability: str, digit: int, *, open_act: bool = False) -> float:
    """Weight of one report in the likelihood, ``c = max(0, 2 tau - 1)``.

    With ``tau`` from :func:`truth_probability`; 0 whenever the letter is F or the digit 6, whatever
    the table says, because those mean that there is no basis for a judgement and must leave every
    state as likely as it was.

    Raises
    ------
    ValueError
        When the grade is not on the scale.

    Examples
    --------
    >>> round(credibility("B", 2), 12), credibility("F", 1), credibility("A", 6)
    (0.48, 0.0, 0.0)
    >>> [round(credibility("B", digit, open_act=True), 12) for digit in (1, 2, 3)]
    [0.98, 0.9, 0.24]
    """
    truth = truth_probability(reliability, digit, open_act=open_act)
    return credibility_of(truth, reliability, digit)


def credibility_of(truth: float, reliability: str, digit: int) -> float:
    """Turn a probability of truth into a weight; 0 for a letter F or a digit 6.

    Examples
    --------
    >>> credibility_of(0.75, "B", 2), credibility_of(0.25, "B", 2), credibility_of(0.75, "F", 2)
    (0.5, 0.0, 0.0)
    """
    if reliability == "F" or digit == 6:
        return 0.0
    return max(0.0, 2 * truth - 1)


def source_reliability(letter: str) -> float:
    """P(a report is true) that a letter says of its source, before the report is looked at.

    Raises
    ------
    ValueError
        When the letter is not on the scale.

    Examples
    --------
    >>> source_reliability("B")
    0.8
    """
    _check(letter, 1)
    return _table().source[letter]


def learnt_truth(letter: str, digit: int, reliability: float, *, open_act: bool = False) -> float:
    """P(the reported event happened | the report), with what was learnt of its source.

    ``logit tau = logit tau(letter, digit) + 0.35 (logit reliability - logit r(letter))``: the table
    weighs the letter 0.35 on the log-odds scale, and so is weighed what takes the letter's place.

    Parameters
    ----------
    letter : str
        Of the source, A to F.
    digit : int
        Credibility of the information, 1 to 6.
    reliability : float
        Share of the source's reports that are true, above 0 and below 1.
    open_act : bool
        Whether it is of an act done in the open.

    Raises
    ------
    ValueError
        When the grade is not on the scale.

    Examples
    --------
    >>> round(learnt_truth("B", 2, 0.8), 12), round(learnt_truth("B", 2, 0.3), 2)
    (0.74, 0.57)
    """
    stated = truth_probability(letter, digit, open_act=open_act)
    moved = _logit(reliability) - _logit(source_reliability(letter))
    return 1.0 / (1.0 + math.exp(-(_logit(stated) + _table().letter_weight * moved)))


def _logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))


def combine(credibilities: Iterable[float]) -> float:
    """Credibility of one event from its independent lineages, ``1 - prod(1 - c)``.

    Examples
    --------
    >>> combine([0.5, 0.5]), combine([])
    (0.75, 0.0)
    """
    return 1.0 - math.prod(1.0 - c for c in credibilities)


def grade_meaning(reliability: str, digit: int) -> str:
    """Grade in words, for notes and tables.

    Raises
    ------
    ValueError
        When the grade is not on the scale.

    Examples
    --------
    >>> grade_meaning("B", 2)
    'B2: usually reliable, probably true'
    """
    _check(reliability, digit)
    letters, digits = _table().reliability, _table().credibility
    return f"{reliability}{digit}: {letters[reliability].lower()}, {digits[digit].lower()}"


def _check(reliability: str, digit: int) -> None:
    if reliability not in RELIABILITIES:
        raise ValueError(f"{reliability!r} is not a reliability; it is a letter from A to F")
    if digit not in CREDIBILITIES:
        raise ValueError(f"{digit!r} is not a credibility; it is a digit from 1 to 6")


@cache
def _table() -> _Table:
    text = resources.files("forecast.beliefs").joinpath("data/admiralty.yaml").read_text("utf-8")
    data = read_plain(text)
    truth = {letter: tuple(row) for letter, row in data["truth"].items()}
    weights = data["source"], data["letter_weight"]
    open_acts = dict.fromkeys(data["open"]["letters"], data["open"]["truth"])
    return _Table(data["reliability"], data["credibility"], truth, *weights, open_acts)
