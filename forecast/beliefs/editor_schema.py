"""JSON Schema of ``priors.yaml``, for editors that complete and check while one types."""

from __future__ import annotations

from functools import cache
from typing import Any

from forecast.beliefs.schema import Beliefs

__all__ = ["json_schema", "shared_schema"]

#: What pydantic adds and an editor has no use for.
_NOISE = {"title", "discriminator"}


def json_schema() -> dict[str, Any]:
    """Describe a brief's file as a JSON Schema (2020-12).

    It knows every key, which are required, and what may stand there; what only the whole file can
    tell, such as whether a named state exists, is left to :func:`forecast.beliefs.inspect`.

    Examples
    --------
    >>> json_schema()["required"]
    ['brief', 'nodes', 'indicators']
    """
    schema: dict[str, Any] = _cleaned(Beliefs.model_json_schema())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A brief's conclusions as beliefs",
        **schema,
    }


@cache
def shared_schema() -> dict[str, Any]:
    """Make the schema once, for reading only."""
    return json_schema()


def _cleaned(schema: Any, *, names: bool = False) -> Any:
    """Strip noise; `names` says that the keys are a user's, not the schema's."""
    if isinstance(schema, list):
        return [_cleaned(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if names:
        return {key: _cleaned(value) for key, value in schema.items()}
    kept = {
        key: _cleaned(value, names=key in {"properties", "$defs", "patternProperties"})
        for key, value in schema.items()
        if key not in _NOISE and not (key == "default" and value is None)
    }
    if "description" in kept:  # the first paragraph; the rest is for readers of the code
        kept["description"] = " ".join(kept["description"].split("\n\n")[0].split())
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    return kept
