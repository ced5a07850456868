"""The result of a verb: a frozen model whose fields are the keys that ``--json`` prints.

docs/schema.md is made of these models: a field's type, its unit, and its description.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

__all__ = ["Days", "Draws", "Fraction", "Result", "Rows", "Share", "rounded", "unit"]


def unit(name: str) -> Any:
    """Say in which unit a number is, for docs/schema.md."""
    return Field(json_schema_extra={"unit": name})


def rounded(digits: int) -> AfterValidator:
    """Round a number as it comes into a result: what is printed is what Python gets."""
    return AfterValidator(lambda value: round(value, digits))


Days = Annotated[float, unit("days")]
Draws = Annotated[int, unit("draws")]
Fraction = Annotated[float, rounded(6), unit("fraction")]
Rows = Annotated[int, unit("rows")]
#: A fraction with all its digits.
Share = Annotated[float, unit("fraction")]


class Result(BaseModel):
    """What a verb found out, or a part of it; made of keywords, or of an object that has them."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    def plain(self) -> dict[str, Any]:
        """Give plain values: what the command prints with ``--json``."""
        return self.model_dump(mode="json", by_alias=True)
