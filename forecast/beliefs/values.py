"""Checked values every belief is made of, and priors as an analyst thinks of them.

Texts, names, dates, periods and intervals are checked at the door. What an expert answers is read
as people say it:

==============================  =========================================================
``likely``                      the band of the word on the brief's scale
``0.1 to 0.3``, ``10-30%``      a central 90 % interval
``0.1 / 0.2 / 0.4``             5 %, 50 % and 95 % quantiles
``1:9 to 1:3``                  odds for and against, a central 90 % interval
==============================  =========================================================

Every interval is a central 90 % interval, of one expert or of several. With rate ``r`` per day, an
event happens within ``D`` days with probability ``p = 1 - exp(-r D)``, so
``log r = log(-log(1 - p)) - log D``: the complementary log-log of ``p``, less the log of the
period. The interval of a probability is read as a Normal on the log odds.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, fmean, pvariance
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    StrictFloat,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema

from forecast.beliefs import literals, words
from forecast.beliefs.days import read_day
from forecast.beliefs.words import scale

__all__ = [
    "FORMS",
    "Z90",
    "BriefDefaults",
    "CaseName",
    "Day",
    "Days",
    "DaysAhead",
    "Interval",
    "Name",
    "NormalPrior",
    "Pool",
    "Positive",
    "PositiveInterval",
    "Probability",
    "Ratio",
    "SampleSize",
    "Text",
    "Value",
    "brief_defaults",
    "level",
    "log_odds",
    "log_rate",
    "log_ratio",
    "pool",
    "probability",
    "probability_within",
    "read_answer",
    "read_share",
    "reading",
]


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


#: Half width of a central 90 % interval of the standard Normal.
Z90 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class NormalPrior:
    """A Normal prior."""

    mean: float
    sd: float

    @property
    def interval(self) -> tuple[float, float]:
        """Central 90 % interval."""
        return self.mean - Z90 * self.sd, self.mean + Z90 * self.sd


def level(low: float, high: float) -> NormalPrior:
    """Fit the Normal whose central 90 % interval is [low, high].

    Raises
    ------
    ValueError
        Unless both ends are finite and rising.

    Examples
    --------
    >>> level(-Z90, Z90)
    NormalPrior(mean=0.0, sd=1.0)
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"[{low:g}, {high:g}] is not an interval; two finite rising numbers are")
    return NormalPrior((low + high) / 2, (high - low) / (2 * Z90))


def log_rate(low: float, high: float, *, within_days: float) -> NormalPrior:
    """Read a probability within a period as a Normal on the log rate per day.

    ``mean ∓ 1.645 sd = log(-log1p(-p) / D)`` at ``p = low`` and ``p = high``.

    Parameters
    ----------
    low, high : float
        Central 90 % interval of the probability, strictly between 0 and 1.
    within_days : float
        The period D in days.

    Raises
    ------
    ValueError
        When the interval does not rise inside (0, 1) or the period is not positive.

    Examples
    --------
    One half within one day is a rate of log 2:

    >>> import math
    >>> prior = log_rate(0.5, 0.75, within_days=1.0)
    >>> [round(math.exp(end) / math.log(2), 6) for end in prior.interval]
    [1.0, 2.0]
    """
    if not 0 < low < high < 1:
        raise ValueError(f"[{low:g}, {high:g}] must rise strictly between 0 and 1")
    if not (math.isfinite(within_days) and within_days > 0):
        raise ValueError(f"a period of {within_days:g} days is not positive")
    return level(*(math.log(-math.log1p(-p)) - math.log(within_days) for p in (low, high)))


def log_ratio(low: float, high: float) -> NormalPrior:
    """Read an interval of a positive quantity, such as a hazard ratio, as a Normal on its log.

    Raises
    ------
    ValueError
        When the interval does not rise above 0.

    Examples
    --------
    >>> log_ratio(0.5, 2.0).mean
    0.0
    """
    if not 0 < low < high:
        raise ValueError(f"[{low:g}, {high:g}] must rise above 0")
    return level(math.log(low), math.log(high))


def probability_within(log_rate: float, days: float) -> float:
    """Probability of at least one event within a period, ``1 - exp(-exp(log_rate) D)``.

    Examples
    --------
    >>> import math
    >>> round(probability_within(math.log(math.log(2)), 2.0), 12)
    0.75
    """
    return -math.expm1(-math.exp(log_rate) * days)


Pool = Literal["log_odds", "linear"]


def pool(intervals: Sequence[tuple[float, float]], *, method: Pool) -> tuple[float, float]:
    """Pooled central 90 % interval of a probability, every expert with equal weight.

    ``log_odds``: a Normal on the log odds with the mean of the experts' means, and the mean of
    their variances plus the variance between their means. ``linear``: the 5 % and 95 % points of
    the equal mixture of the experts' distributions, which also keeps two camps apart.

    Parameters
    ----------
    intervals : sequence of (float, float)
        At least one interval, each rising strictly between 0 and 1.
    method : {"log_odds", "linear"}

    Raises
    ------
    ValueError
        When there is no interval, or one does not rise strictly between 0 and 1.

    Examples
    --------
    Experts who agree change nothing:

    >>> [round(end, 9) for end in pool([(0.2, 0.6), (0.2, 0.6)], method="log_odds")]
    [0.2, 0.6]
    """
    if not intervals:
        raise ValueError("there is no expert to pool; give at least one")
    experts = [_log_odds(low, high) for low, high in intervals]
    if method == "log_odds":
        mean = fmean(expert.mean for expert in experts)
        within = fmean(expert.variance for expert in experts)
        sd = math.sqrt(within + pvariance([expert.mean for expert in experts]))
        return _probability(mean - Z90 * sd), _probability(mean + Z90 * sd)
    lowest = min(expert.mean - Z90 * expert.stdev for expert in experts)
    highest = max(expert.mean + Z90 * expert.stdev for expert in experts)

    def below(x: float) -> float:
        return fmean(expert.cdf(x) for expert in experts)

    ends = (_solve(below, share, lowest, highest) for share in (0.05, 0.95))
    low, high = (_probability(x) for x in ends)
    return low, high


def _log_odds(low: float, high: float) -> NormalDist:
    if not 0 < low < high < 1:
        raise ValueError(f"[{low:g}, {high:g}] must rise strictly between 0 and 1")
    prior = level(*(math.log(p / (1 - p)) for p in (low, high)))
    return NormalDist(prior.mean, prior.sd)


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _solve(rising: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Where a rising function passes `target`, by halving a bracket around it."""
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < target else (low, middle)
    return (low + high) / 2


#: Beyond these, numbers are slips of the pen, and rates and days overflow.
_SHORTEST = 0.01
_CENTURY = 36525.0
_FIRST_YEAR, _LAST_YEAR = 1800, 2199
_LEAST_RATIO, _LARGEST_RATIO = 1e-6, 1e6


@dataclass(frozen=True, slots=True)
class BriefDefaults:
    """What a belief takes from its brief when it does not say so itself."""

    scale: str = words.DEFAULT_SCALE
    window: str | float | None = None
    as_of: dt.date | str | None = None


_DEFAULTS: ContextVar[BriefDefaults] = ContextVar("brief_defaults", default=BriefDefaults())  # noqa: B039


def brief_defaults() -> BriefDefaults:
    """Defaults of the brief being read; those of this package outside any brief."""
    return _DEFAULTS.get()


@contextmanager
def reading(defaults: BriefDefaults) -> Iterator[None]:
    """Read everything inside the block with these defaults."""
    token = _DEFAULTS.set(defaults)
    try:
        yield
    finally:
        _DEFAULTS.reset(token)


class Value(BaseModel):
    """A frozen value that refuses keys it does not know."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


def _period(value: object) -> float:
    if not isinstance(value, str):
        came = "nothing" if value is None else repr(value)
        raise ValueError(f"{came} is not a period; write it with its unit, such as '90 days'")  # noqa: TRY004
    length = literals.days(value)
    if length < _SHORTEST:
        raise ValueError(f"{value!r} is too short; at least {_SHORTEST:g} days")
    return length


def _within_a_century(length: float) -> float:
    if length > _CENTURY:
        raise ValueError(f"{length:.6g} days are too long; at most 100 years")
    return length


def _day(value: object) -> dt.date:
    day = read_day(value)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"{day} is out of reach; name a day from {_FIRST_YEAR} to {_LAST_YEAR}")
    return day


def _moderate(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] < _LEAST_RATIO or pair[1] > _LARGEST_RATIO:
        raise ValueError(
            f"[{pair[0]:g}, {pair[1]:g}] is out of range; "
            f"write numbers from {_LEAST_RATIO:g} to {_LARGEST_RATIO:,.0f}"
        )
    return pair


def _ordered(pair: tuple[float, float]) -> tuple[float, float]:
    low, high = pair
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"[{low:g}, {high:g}] is not finite")
    if low >= high:
        raise ValueError(f"[{low:g}, {high:g}] must rise: the first number below the second")
    return pair


def _positive(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] <= 0:
        raise ValueError(f"[{pair[0]:g}, {pair[1]:g}] must be above 0")
    return pair


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
#: Which case of a shared ledger a project is.
CaseName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=64, strict=True)
]
Day = Annotated[
    dt.date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})
]
#: A length of time in days, written in files as a period such as ``12 months``.
Days = Annotated[
    float,
    BeforeValidator(_period),
    PlainSerializer(lambda length: f"{length!r} days"),
    WithJsonSchema(
        {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*([dwmy]|days?|weeks?|months?|years?)\s*$"}
    ),
]
#: One that is walked through step by step, or whose end is a day.
DaysAhead = Annotated[Days, AfterValidator(_within_a_century)]
Positive = Annotated[StrictFloat, Field(gt=0, allow_inf_nan=False)]
#: How many answers a prior is worth.
SampleSize = Annotated[StrictFloat, Field(ge=0.01, le=1e6, allow_inf_nan=False)]
#: Two rising numbers, read as a central 90 % interval.
Interval = Annotated[tuple[StrictFloat, StrictFloat], AfterValidator(_ordered)]
PositiveInterval = Annotated[Interval, AfterValidator(_positive)]
#: Two rising lengths of time, likewise.
Span = Annotated[tuple[Days, Days], AfterValidator(_ordered)]
#: How many times as high, or as low: beyond some bound it is certainty by another name.
Ratio = Annotated[PositiveInterval, AfterValidator(_moderate)]


def _of_word(text: str) -> tuple[float, float]:
    """Give the band of a word; say of a number how it has to be written."""
    scale = brief_defaults().scale
    if not any(c.isdigit() for c in text):
        return words.scale(scale).interval(text)
    allowed = "give a word or [low, high]"
    try:
        low, high = read_answer(text, scale)
        allowed = f"write [{low:.4g}, {high:.4g}]"
    except ValueError:
        with suppress(ValueError):
            share = read_share(text)
            allowed = f"a prior is an interval around {share:.4g}: write [low, high]"
    raise ValueError(f"{text!r} is not a word of the scale {scale}; {allowed}")


class Probability(Value):
    """A probability as a central 90 % interval, stated as a word or as two numbers.

    Attributes
    ----------
    low, high : float
        Ends of the interval, strictly between 0 and 1.
    word : str or None
        The word on the brief's scale, where it was stated as one.
    pool : {"log_odds", "linear"} or None
        How `experts` were pooled into the interval, where several answered.
    experts : dict of str to Probability
        Their answers, by name.

    Examples
    --------
    >>> Probability.model_validate("likely").interval
    (0.55, 0.8)
    >>> Probability.model_validate([0.4, 0.75]).interval
    (0.4, 0.75)
    """

    low: StrictFloat
    high: StrictFloat
    word: str | None = None
    pool: Pool | None = None
    experts: dict[str, Probability] = Field(default_factory=dict)

    @property
    def interval(self) -> tuple[float, float]:
        """The two ends."""
        return self.low, self.high

    @model_validator(mode="before")
    @classmethod
    def _from_file(cls, value: Any) -> Any:
        if isinstance(value, str):
            low, high = _of_word(value)
            return {"low": low, "high": high, "word": " ".join(value.lower().split())}
        if isinstance(value, list | tuple) and len(value) == 2:
            return {"low": value[0], "high": value[1]}
        if isinstance(value, dict) and value.keys() == {"pool", "experts"}:
            return cls._pooled(value["pool"], value["experts"])
        if isinstance(value, cls) or (isinstance(value, dict) and {"low", "high"} <= value.keys()):
            return value
        raise ValueError(f"{value!r} is not a probability; give a word or [low, high]")

    @classmethod
    def _pooled(cls, method: Any, said: Any) -> dict[str, Any]:
        if method not in get_args(Pool):
            raise ValueError(f"{method!r} is not a pool; write log_odds or linear")
        if not isinstance(said, dict) or not said:
            raise ValueError("experts must be named; write {name: probability, ...}")
        experts = {}
        for name, answer in said.items():
            try:
                experts[str(name)] = cls.model_validate(answer)
            except ValidationError as error:
                reason = error.errors()[0]["msg"].removeprefix("Value error, ")
                raise ValueError(f"expert {name!r}: {reason}") from None
        low, high = pool([expert.interval for expert in experts.values()], method=method)
        return {"low": low, "high": high, "pool": method, "experts": experts}

    @model_validator(mode="after")
    def _inside(self) -> Probability:
        pair = f"[{self.low:g}, {self.high:g}]"
        if not (0 < self.low < 1 and 0 < self.high < 1):
            raise ValueError(f"{pair} must lie strictly between 0 and 1")
        if self.low >= self.high:
            raise ValueError(f"{pair} must rise: the first number below the second")
        return self

    @model_serializer
    def _to_file(self) -> str | list[float] | dict[str, Any]:
        if self.pool is not None:
            said = {name: expert.model_dump() for name, expert in self.experts.items()}
            return {"pool": self.pool, "experts": said}
        return self.word if self.word is not None else [self.low, self.high]

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        number = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
        known = dict.fromkeys(w for name in words.scale_names() for w in words.scale(name).words)
        answer: list[dict[str, Any]] = [
            {"enum": list(known)},
            {"type": "array", "items": number, "minItems": 2, "maxItems": 2},
        ]
        experts = {
            "type": "object",
            "properties": {
                "pool": {"enum": list(get_args(Pool))},
                "experts": {
                    "type": "object",
                    "additionalProperties": {"anyOf": answer},
                    "minProperties": 1,
                },
            },
            "required": ["pool", "experts"],
            "additionalProperties": False,
        }
        return {
            "description": "A word on the brief's scale; [low, high], a central 90 % interval; or "
            "the pooled answers of several experts.",
            "anyOf": [*answer, experts],
        }
