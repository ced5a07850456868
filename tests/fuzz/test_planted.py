"""A fault that is planted behind a door is found by some hundred inputs through it."""

from importlib import import_module

import pytest

from forecast.beliefs import event_files, loading
from forecast.issue import inbox
from forecast.terminal import console
from tests.fuzz.test_doors import try_door

days = import_module("forecast.beliefs.days")  # the package has a function of this name


def _looked_up(year, month, day, found=days._date):
    if int(year) not in range(2000, 2030):
        raise KeyError(year)
    return found(year, month, day)


def _no_large_number(text, found=loading.as_float):
    return round(found(text))


def _no_object(value, found=event_files._cells):
    return found({**value})


def _lost(path, error):
    path.unlink()


def _blamed(path, mark):
    raise TypeError(path)


#: The door, and where what is planted.
FAULTS = {
    "a date that is looked up": ("reports", days, "_date", _looked_up),
    "a number that is rounded": ("priors", loading, "as_float", _no_large_number),
    "a line that is taken for an object": ("lines", event_files, "_cells", _no_object),
    "a file that is thrown away": ("folder", inbox, "set_aside", _lost),
    "a fault that the watch passes over": ("folder", inbox, "read_sources", _blamed),
    "escapes that reach the terminal": ("place", console, "visible", str),
}


@pytest.mark.parametrize("planted", FAULTS)
def test_a_planted_fault_is_found(planted, tried, monkeypatch):
    door, place, name, fault = FAULTS[planted]
    monkeypatch.setattr(place, name, fault)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        try_door(door, tried, monkeypatch, 600)  # ends at the first that is found
