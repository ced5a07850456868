"""No import goes round in a circle, and the pages for developers state what is measured."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections import Counter

import pytest

from tests.project.repository import ROOT

PAGE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
RECIPES = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("\n## How to add\n")[2]
ABOUT_KINDS = RECIPES.partition("\n**A kind of indicator**")[2].partition("\n\n")[0]
SAID = re.compile(r"(\d+) modules, ([\d,]+) lines, longest chain of imports (\d+)")


@pytest.fixture(scope="module")
def structure():
    """The script that measures, as a module."""
    spec = importlib.util.spec_from_file_location("structure", ROOT / "docs" / "structure.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["structure"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["structure"]


@pytest.fixture(scope="module")
def built(structure):
    return structure.read(ROOT / "forecast")


def test_no_import_goes_round_in_a_circle(built):
    assert built.cycles == []


def test_a_circle_is_found(structure):
    circle = structure.Structure({}, {"a": {"b"}, "b": {"c"}, "c": {"b"}})
    assert circle.cycles == [["b", "c", "b"]]


def test_every_module_is_reached_from_the_two_doors(built):
    reached, ahead = set(), ["forecast", "forecast.cli"]
    while ahead:
        module = ahead.pop()
        if module not in reached:
            reached.add(module)
            ahead += [module.rpartition(".")[0] or "forecast", *built.arrows[module]]
    assert built.arrows.keys() - reached == set()


def test_the_page_states_the_size_that_is_measured_within_a_twentieth(built):
    stated = [number(said) for said in SAID.search(PAGE).groups()]
    assert stated == pytest.approx([len(built.arrows), built.lines, len(built.chain)], rel=0.05)


def test_the_page_states_how_many_lines_are_of_each_kind_within_a_twentieth(built, structure):
    total = sum(built.rooms.values(), Counter())
    for kind in structure.KINDS[:-1]:
        said = re.search(rf"([\d,]+) (?:are )?{kind}", PAGE)
        assert number(said[1]) == pytest.approx(total[kind], rel=0.05), kind


def test_the_page_states_the_code_of_each_room_within_a_twentieth(built):
    table = PAGE.partition("| rooms | code | for |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (`.*`) \| ([\d,]+) \|", table, re.MULTILINE)
    stated = {tuple(re.findall(r"\w+", rooms)): number(code) for rooms, code in rows}
    assert sorted(sum(stated, ())) == sorted(built.rooms.keys() - {"forecast"})
    for rooms, code in stated.items():
        measured = sum(built.rooms[room]["code"] for room in rooms)
        assert code == pytest.approx(measured, rel=0.05), rooms


def test_each_line_is_of_one_kind(structure, tmp_path):
    """Blank lines of a docstring are its own, and a name in a comment is no import."""
    text = '"""One.\n\nTwo."""\n\nimport os\n\n__all__ = ["a"]\n# import os\na = os\n'
    (tmp_path / "one.py").write_text(text, "utf-8")
    found = structure.read(tmp_path).rooms[tmp_path.name]
    assert [found[kind] for kind in structure.KINDS] == [1, 3, 2, 2, 1]


@pytest.mark.parametrize("path", re.findall(r"`((?:forecast|tests|docs)/[\w/]+\.\w+)`", RECIPES))
def test_a_file_that_a_recipe_names_is_there(path):
    assert (ROOT / path.replace("ROOM", "study").replace("VERB", "ask")).exists() or "KIND" in path


def test_the_recipe_of_a_kind_of_indicator_names_every_module_that_asks_which():
    asking = {
        path.stem
        for path in (ROOT / "forecast").rglob("*.py")
        if any(asks_which(node) for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    }
    assert len(asking) > 20
    assert asking - set(re.findall(r"\w+", ABOUT_KINDS)) == set()


def asks_which(node):
    """Whether code asks of an indicator which kind it is: by its class, or by its word."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance":
        return re.search(r"\w+Indicator\b", ast.unparse(node.args[1])) is not None
    if isinstance(node, ast.Compare) and ast.unparse(node.left).rpartition(".")[2] == "kind":
        return re.search("'(presence|count|value)'", ast.unparse(node)) is not None
    return isinstance(node, ast.MatchClass) and ast.unparse(node.cls).endswith("Indicator")


def number(text):
    return int(text.replace(",", ""))
