"""What an expert answers, as people say it: a word, an interval, three quantiles, or odds.

==============================  =========================================================
``likely``                      the band of the word on the brief's scale
``0.1 to 0.3``, ``10-30%``      a central 90 % interval
``0.1 / 0.2 / 0.4``             5 %, 50 % and 95 % quantiles
``1:9 to 1:3``                  odds for and against, a central 90 % interval
==============================  =========================================================
"""

from __future__ import annotations

import math
import re
from itertools import pairwise

from forecast.beliefs.words import scale

__all__ = ["FORMS", "log_odds", "probability", "read_answer", "read_share"]

FORMS = "write a word, '10% to 30%', '0.1 / 0.2 / 0.4' (5, 50 and 95% quantiles), or '1:9 to 1:3'"
_ONE = "write one number, such as 0.3 or 30%, or odds for and against, such as 3:7"

_NUMBER = r"(\d*\.?\d+)\s*(%?)"
_ODDS = r"(\d*\.?\d+)\s*:\s*(\d*\.?\d+)"
_BETWEEN = r"\s*(?:-|\u2013|to|,)\s*"
_INTERVAL = re.compile(rf"\[?\s*{_NUMBER}{_BETWEEN}{_NUMBER}\s*\]?", re.ASCII)
_QUANTILES = re.compile(rf"{_NUMBER}\s*/\s*{_NUMBER}\s*/\s*{_NUMBER}", re.ASCII)
_ONE_ODDS = re.compile(_ODDS, re.ASCII)
_FROM_ODDS = re.compile(rf"{_ODDS}{_BETWEEN}{_ODDS}", re.ASCII)


def log_odds(p: float) -> float:
    """Log odds of a probability."""
    return math.log(p / (1.0 - p))


def probability(x: float) -> float:
    """Probability of log odds."""
    return 1.0 / (1.0 + math.exp(-x))


def read_answer(text: str, scale_name: str) -> tuple[float, float]:
    """Read an answer as a central 90 % interval of a probability.

    Three quantiles become the Normal on the log odds that fits them by least squares: its mean is
    the mean of the three, its width that between the outer two.

    Raises
    ------
    ValueError
        When the text is none of the forms, or does not rise strictly between 0 and 1.

    Examples
    --------
    >>> read_answer("10-30%", "icd203"), read_answer("1:9 to 1:3", "icd203")
    ((0.1, 0.3), (0.1, 0.25))
    >>> read_answer("likely", "icd203")
    (0.55, 0.8)
    """
    said = _with_points(text.strip())
    if match := _QUANTILES.fullmatch(said):
        low, middle, high = _shares(match.groups())
        _rising(text, low, middle, high)
        ends = [log_odds(p) for p in (low, middle, high)]
        half, centre = (ends[2] - ends[0]) / 2.0, sum(ends) / 3.0
        return probability(centre - half), probability(centre + half)
    if match := _FROM_ODDS.fullmatch(said):
        low, high = (_of_odds(match[at], match[at + 1], text=text, allowed=FORMS) for at in (1, 3))
    elif match := _INTERVAL.fullmatch(said):
        low, high = _shares(match.groups())
    elif re.search(r"\d", said) or not said:
        raise ValueError(f"{_shown(text)} is not an answer; {_hint(said)}")
    else:
        return scale(scale_name).interval(said)
    _rising(text, low, high)
    return low, high


def read_share(text: str) -> float:
    """Read one probability, such as ``0.3``, ``30%`` or odds of ``3:7``.

    Raises
    ------
    ValueError
        When it is not a number between 0 and 1.

    Examples
    --------
    >>> read_share("30%")
    0.3
    """
    said = re.sub(r"^(\d+),(\d+)", r"\1.\2", text.strip())
    if match := _ONE_ODDS.fullmatch(said):
        return _of_odds(match[1], match[2], text=text, allowed=_ONE)
    match = re.fullmatch(_NUMBER, said, re.ASCII)
    if match is None or not 0.0 <= (share := _shares(match.groups())[0]) <= 1.0:
        raise ValueError(f"{_shown(text)} is not a share; {_ONE}")
    return share


def _with_points(said: str) -> str:
    """Write decimal commas as points, where another sign stands between two numbers."""
    if "." in said or not re.search(r"-|\u2013|to|/|:", said):
        return said
    return re.sub(r"(?<=\d),(?=\d)", ".", said)


def _of_odds(one: str, other: str, *, text: str, allowed: str) -> float:
    """Give the probability of odds for and against."""
    a, b = float(one), float(other)
    if not (a and b and math.isfinite(a + b)):
        raise ValueError(f"{_shown(text)} has odds of nothing or without end; {allowed}")
    return a / (a + b)


def _hint(said: str) -> str:
    """Say how an answer that is none has to be written, where it can be told what was meant."""
    match = re.fullmatch(r"(\d*\.?\d+)\s*(?::|/|to)\s*(\d*\.?\d+)", said)
    if match is None:
        return FORMS
    share = f"a share of {match[1]} in {match[2]}, or odds of {match[1]} to {match[2]}"
    return f"it may be {share}, and is no interval: {FORMS}"


def _shown(text: str) -> str:
    return repr(text) if len(text) <= 60 else f"{text[:60]!r}..."


def _shares(parts: tuple[str, ...]) -> list[float]:
    """Read pairs of a number and a sign; a sign on the last holds for those without one."""
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    percent = pairs[-1][1] == "%"
    return [float(n) / (100.0 if sign or percent else 1.0) for n, sign in pairs]


def _rising(text: str, *values: float) -> None:
    if not all(a < b for a, b in pairwise((0.0, *values, 1.0))):
        must = "each number must be above the one before, all between 0 and 100%"
        raise ValueError(f"{_shown(text)} is not an answer: {must}; {FORMS}")
