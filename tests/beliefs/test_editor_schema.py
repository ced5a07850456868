import jsonschema
import pytest

from forecast.beliefs import json_schema

VALIDATOR = jsonschema.Draft202012Validator


def test_it_is_a_valid_schema():
    schema = json_schema()
    VALIDATOR.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def plain(values):
    """Dates as an editor sees them: text."""
    if isinstance(values, dict):
        return {key: plain(value) for key, value in values.items()}
    if isinstance(values, list):
        return [plain(value) for value in values]
    return values.isoformat() if hasattr(values, "isoformat") else values


def test_it_accepts_what_the_loader_accepts(values, river):
    VALIDATOR(json_schema()).validate(plain(values))
    written = river.model_dump(mode="json")
    for name in ("author",):
        written["brief"].pop(name)
    VALIDATOR(json_schema()).validate(written)


def first(values):
    return values["nodes"]["treaty"]["judgements"][0]


MISTAKES = {
    "a wrong key": lambda v: v.update(node={}),
    "a wrong key of a node": lambda v: v["nodes"]["treaty"].update(lable="x"),
    "a missing rationale": lambda v: first(v).pop("rationale"),
    "an empty source": lambda v: first(v).update(source=""),
    "an unknown word": lambda v: first(v).update(probability="likly"),
    "a certain probability": lambda v: first(v).update(probability=[0.5, 1]),
    "a bad period": lambda v: first(v).update(within="12 moons"),
    "an unknown mode": lambda v: first(v).update(mode="reaches"),
    "a bad name": lambda v: v["nodes"].update({"Big Node": v["nodes"]["treaty"]}),
    "a key of another kind": lambda v: v["indicators"]["clashes"].update(detection=0.5),
    "state and states": lambda v: v["indicators"]["treaty_signed"]["points_at"][0].update(
        states=["signed"]
    ),
    "text for a number": lambda v: v["grid"].update(step="7"),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_it_refuses(values, mistake):
    values = plain(values)
    mistake(values)
    assert not VALIDATOR(json_schema()).is_valid(values)
