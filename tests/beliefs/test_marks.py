"""An indicator of a move names a move that the node can make, and has no rates of its own."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from forecast.beliefs import MoveIndicator, inspect, json_schema, load

TRUCE = Path(__file__).parents[1] / "inference" / "data" / "truce.yaml"
MARKS = "marks: {node: front, from: war, to: truce}"


def problems(tmp_path, *replacements):
    """Messages of what is wrong with the file once some text is replaced."""
    text = TRUCE.read_text("utf-8")
    for old, new in replacements:
        assert text.count(old) == 1
        text = text.replace(old, new)
    path = tmp_path / "priors.yaml"
    path.write_text(text, "utf-8")
    return [str(each).removeprefix(f"{path}:") for each in inspect(path)[1]]


def test_it_is_read_as_it_stands(tmp_path):
    """It tells of the node it marks, needs no rate, and nothing is wrong with it."""
    indicator = load(TRUCE).indicators["truce_takes_effect"]
    assert isinstance(indicator, MoveIndicator)
    assert indicator.kind == "presence"
    assert indicator.nodes == ("front",)
    assert (indicator.marks.from_state, indicator.marks.to_state) == ("war", "truce")
    assert problems(tmp_path) == []


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("marks: {node: frnt, from: war, to: truce}", "unknown node 'frnt'; did you mean 'front'?"),
        ("marks: {node: front, from: wra, to: truce}", "unknown state 'wra' of front"),
        ("marks: {node: front, from: war, to: treaty}", "unknown state 'treaty' of front"),
        (
            "marks: {node: front, from: war, to: peace}",
            (
                "front has no hazard from 'war' to 'peace'; its hazards are: war to truce, "
                "truce to war, truce to peace"
            ),
        ),
        ("marks: {node: front, from: war}", "is missing"),
        (f"{MARKS}\n    within: 4 weeks", "'within' stands beside marks; a move happens at its"),
        (f"{MARKS}\n    rates_like: barges", "'rates_like' stands beside marks"),
        (
            f"{MARKS}\n    points_at: [{{node: front, state: truce, rarer: [2, 8]}}]",
            (
                "'points_at' stands beside marks; a move happens at its hazard; give marks, or "
                "points_at with a rate of its own"
            ),
        ),
        (f"{MARKS}\n    kind: count", "unknown key 'marks'"),
    ],
)
def test_a_wrong_move_is_one_line(tmp_path, new, said):
    """It says what came and what is allowed, at the line where it stands."""
    found = problems(tmp_path, (MARKS, new))
    assert any(said in each for each in found), found
    assert all(int(each.split(":")[0]) > 0 for each in found)


def test_so_many_marked_moves_of_one_node_are_refused(tmp_path):
    """The sets of moves made in a step are told apart, so their number is limited."""
    more = "".join(
        f"\n  more_{number}:\n    label: x\n    description: x\n    source: x\n    rationale: x\n"
        f"    detection: 0.5\n    marks: {{node: front, from: {a}, to: {b}}}"
        for number, (a, b) in enumerate([("truce", "peace"), ("peace", "war")])
    )
    hazard = "{from: peace, to: war, within: 12 months, probability: [0.1, 0.3], source: x, "
    found = problems(
        tmp_path,
        ("  barges:", f"{more[1:]}\n  barges:"),
        ("  trade:\n    label", f"      - {hazard}rationale: x}}\n  trade:\n    label"),
    )
    assert len(found) == 1
    assert found[0].endswith("4 moves of front are marked; at most 3 of a node with 3 states")


def test_editors_know_it():
    """The schema accepts the file, and refuses a rate beside a marked move."""
    values = json.loads(json.dumps(YAML(typ="safe", pure=True).load(TRUCE), default=str))
    check = jsonschema.Draft202012Validator(json_schema())
    check.validate(values)
    values["indicators"]["truce_ends"]["within"] = "1 week"
    assert not check.is_valid(values)
