"""The result of a verb: a frozen model whose fields are the keys that ``--json`` prints.

docs/schema.md is made of these models: a field's type, its unit, and its description.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

__all__ = [
    "BANDS",
    "Days",
    "Draws",
    "Effective",
    "Fraction",
    "Moment",
    "Result",
    "Rows",
    "Share",
    "WordedBand",
    "rounded",
    "unit",
]

#: What a probability with its bands has.
BANDS = ("probability", "lo50", "hi50", "lo80", "hi80")


def unit(name: str) -> Any:
    """Say in which unit a number is, for docs/schema.md."""
    return Field(json_schema_extra={"unit": name})


def rounded(digits: int) -> PlainSerializer:
    """Round a number where a result becomes plain values; until then it has all its digits."""
    return PlainSerializer(lambda value: round(value, digits), return_type=float, when_used="json")


Days = Annotated[float, unit("days")]
Draws = Annotated[int, unit("draws")]
#: Effective draws.
Effective = Annotated[float, rounded(1), unit("draws")]
Fraction = Annotated[float, rounded(6), unit("fraction")]
#: ISO 8601, with the offset.
Moment = Annotated[
    dt.datetime,
    PlainSerializer(dt.datetime.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Rows = Annotated[int, unit("rows")]
#: A fraction with all its digits.
Share = Annotated[float, unit("fraction")]


class Result(BaseModel):
    """What a verb found out, or a part of it; made of keywords, or of an object that has them."""

    # built when first used: most commands load more models than they make
    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True, defer_build=True)

    def plain(self) -> dict[str, Any]:
        """Give plain values: what the command prints with ``--json``."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Take back what `plain` gave, as it is kept; numbers have the digits that are printed."""
        return cls.model_validate(plain)

    def as_printed(self) -> Self:
        """Give the same with the digits that are printed, so that a chart shows no others."""
        return self.of_plain(self.plain())


class WordedBand(Result):
    """A probability with its bands and its word."""

    probability: Fraction
    lo50: Fraction
    hi50: Fraction
    lo80: Fraction
    hi80: Fraction
    word: str

    @classmethod
    def of(cls, band: object, word: Callable[[float], str]) -> Self:
        """Take a band; means over weighted draws may pass 0 or 1 by a last digit."""
        numbers = {name: min(max(getattr(band, name), 0.0), 1.0) for name in BANDS}
        return cls(**numbers, word=word(round(numbers["probability"], 6)))
