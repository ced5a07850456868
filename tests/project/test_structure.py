"""No import goes round in a circle, and ARCHITECTURE.md states the size that is measured."""

from __future__ import annotations

import importlib.util
import re
import sys

import pytest

from tests.project.repository import ROOT

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
    circle = structure.Structure(dict.fromkeys("abc", 1), {"a": {"b"}, "b": {"c"}, "c": {"b"}})
    assert circle.cycles == [["b", "c", "b"]]


def test_every_module_is_reached_from_the_two_doors(built):
    reached, ahead = set(), ["forecast", "forecast.cli"]
    while ahead:
        module = ahead.pop()
        if module not in reached:
            reached.add(module)
            ahead += [module.rpartition(".")[0] or "forecast", *built.arrows[module]]
    assert set(built.lines) - reached == set()


def test_the_page_states_the_size_that_is_measured_within_a_twentieth(built):
    said = SAID.search((ROOT / "ARCHITECTURE.md").read_text("utf-8"))
    stated = [int(number.replace(",", "")) for number in said.groups()]
    measured = [len(built.lines), sum(built.lines.values()), len(built.chain)]
    assert stated == pytest.approx(measured, rel=0.05)
