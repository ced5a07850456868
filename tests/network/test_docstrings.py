"""Every example in the documentation of `forecast.network` runs and prints what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import forecast.network

MODULES = [
    "forecast.network",
    *(f"forecast.network.{each.name}" for each in pkgutil.iter_modules(forecast.network.__path__)),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name: str) -> None:
    """No example in the module is out of date."""
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_there_are_examples_to_run() -> None:
    """The public door has at least five worked examples behind it."""
    modules = [importlib.import_module(name) for name in MODULES]
    finder = doctest.DocTestFinder()
    worked = [each for module in modules for each in finder.find(module) if each.examples]
    assert len(worked) >= 5
