"""Whatever comes through a door is answered: done, or one of our own errors, and never a traceback.

A quick run tries a dozen or two of inputs a door, always the same ones; `make test-all` tries
hundreds. ``FUZZ_EXAMPLES=3000 pytest tests/fuzz -m slow -n 2`` tries so many at each door.
"""

import contextlib
import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.doors import DOORS, LEDGER
from tests.fuzz.projects import OWN
from tests.fuzz.typed import answered

THOROUGH = int(os.environ.get("FUZZ_EXAMPLES", "600"))


class Drawn:
    """What was drawn; shown short, however long it is."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        shown = repr(self.value)
        return shown if len(shown) < 3000 else f"{shown[:1500]} ... {shown[-1500:]}"


def place_of(door, project):
    """Give the file that a door's input is written to."""
    return min(project.glob(door.file), default=project / door.file)


def through(door, command, tried, held, monkeypatch):
    """Bring input to a door; return the exit code, having looked at what became of the files."""
    try:
        code = typed(door, command, tried, held, monkeypatch)
        changed = tried.changed()
        keeps_all(door, tried, held, code, changed)
    except BaseException:
        tried.put_back()
        raise
    tried.put_back(changed)
    return code


def typed(door, command, tried, held, monkeypatch):
    """Put the input in its place and run the command."""
    project = tried.root
    text = held.decode("utf-8", "surrogateescape")
    if door.file:
        place = place_of(door, project)
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(held)
    if door.variable:
        monkeypatch.setenv(door.variable, text if not door.file else f"../{LEDGER}.shared")
    with contextlib.chdir(project):
        return answered([part.replace("{}", text) for part in command], held).code


def keeps_all(door, tried, held, code, changed):
    """Look that no file of the user was changed unasked, and that nothing refused was stored."""
    project, own = tried.root, set()
    if door.file:
        place = place_of(door, project)
        own = {str(place.relative_to(project))}
        if not door.file.startswith(OWN) and (code in {1, 2, 3} or not door.writes):
            there = [place, *place.parent.glob("refused/*")]
            assert any(one.is_file() and one.read_bytes() == held for one in there), "it was lost"
    may = (*OWN, *door.writes)
    lost = {name for name in changed - own if name in tried.marks and not name.startswith(may)}
    assert lost == set(), "changed or gone"
    if code in {1, 2} and LEDGER in changed and door.file != LEDGER:
        assert tried.stored() == set(), "it was refused and stored"


def try_door(name, tried, monkeypatch, examples):
    """Bring so many damaged inputs to a door, the same ones each time."""
    door = DOORS[name]
    codes = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        command=st.sampled_from(door.commands),
        drawn=door.damage(door.good(tried.whole)).map(Drawn),
    )
    def tries(command, drawn):
        codes[through(door, command, tried, drawn.value, monkeypatch)] += 1

    tries()
    print(name, dict(codes))


@pytest.mark.parametrize("name", DOORS)
def test_good_input_is_taken(name, tried, monkeypatch):
    door = DOORS[name]
    held = door.good(tried.whole)
    assert through(door, door.commands[0], tried, held, monkeypatch) == 0


@pytest.mark.parametrize("name", DOORS)
def test_damaged_input_is_answered_without_a_traceback(name, tried, monkeypatch):
    try_door(name, tried, monkeypatch, DOORS[name].examples)


@pytest.mark.slow
@pytest.mark.parametrize("name", DOORS)
def test_thousands_of_damaged_inputs_are_answered(name, tried, monkeypatch):
    try_door(name, tried, monkeypatch, THOROUGH)
