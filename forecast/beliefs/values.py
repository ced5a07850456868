"""Checked values every belief is made of: texts, names, dates, periods, intervals."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Any, get_args

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

from forecast.beliefs import answers, periods, words
from forecast.beliefs.days import read_day
from forecast.beliefs.rates import Pool
from forecast.beliefs.rates import pool as pool_intervals

__all__ = [
    "BriefDefaults",
    "CaseName",
    "Day",
    "Days",
    "DaysAhead",
    "Interval",
    "Name",
    "Positive",
    "PositiveInterval",
    "Probability",
    "Ratio",
    "SampleSize",
    "Text",
    "Value",
    "brief_defaults",
    "reading",
]


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
    length = periods.days(value)
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
#: How many times as high, or as low: beyond some bound it is certainty by another name.
Ratio = Annotated[PositiveInterval, AfterValidator(_moderate)]


def _of_word(text: str) -> tuple[float, float]:
    """Give the band of a word; say of a number how it has to be written."""
    scale = brief_defaults().scale
    if not any(c.isdigit() for c in text):
        return words.scale(scale).interval(text)
    allowed = "give a word or [low, high]"
    try:
        low, high = answers.read_answer(text, scale)
        allowed = f"write [{low:.4g}, {high:.4g}]"
    except ValueError:
        with suppress(ValueError):
            share = answers.read_share(text)
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
        low, high = pool_intervals([expert.interval for expert in experts.values()], method=method)
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
