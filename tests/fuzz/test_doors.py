"""Whatever comes through a door is answered: done, or one of our own errors, and never a traceback.

A quick run tries some dozens of inputs a door, always the same ones; `make test-all` tries
thousands. ``FUZZ_EXAMPLES=20000 pytest tests/fuzz -m slow -n 2`` tries as many as are asked for.
"""

import contextlib
import io
import os
import re
import shutil
import signal
import sys
import traceback
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from forecast.cli import main
from tests.fuzz.doors import DOORS, FILES

THOROUGH = int(os.environ.get("FUZZ_EXAMPLES", "3000"))
#: A single input that takes longer hangs.
PATIENCE = 90
#: What must not reach a terminal: controls but tab and newline, and turns of the writing direction.
UNSHOWABLE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="session")
def project(history, tmp_path_factory):
    """A project that was run, with documents that show it and what the doors start from."""
    copy = shutil.copytree(history / "project", tmp_path_factory.mktemp("fuzz") / "project")
    for name, text in FILES.items():
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_text(text, "utf-8")
    with contextlib.chdir(copy):
        assert answered(["brief", "new", "brief.md"]) == 0
        for ending in ("html", "docx", "pdf"):
            assert answered(["brief", "render", "brief.md", f"brief.{ending}"]) == 0
    return copy


class Hung(BaseException):
    """An input took longer than anybody waits."""


def _hung(*_: object) -> None:
    raise Hung


def answered(arguments, said=b""):
    """Run a command in this process; return its exit code, having looked at what it said."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace") for _ in range(2))
    stdin, code = sys.stdin, 0
    sys.stdin = io.TextIOWrapper(io.BytesIO(said), "utf-8")
    before = signal.signal(signal.SIGALRM, _hung)
    signal.alarm(PATIENCE)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(arguments)
    except SystemExit as leaving:
        code = leaving.code or 0
    except (Exception, Hung) as error:  # noqa: BLE001 - any at all is what is looked for
        pytest.fail(f"{arguments}: {type(error).__name__}: {traceback.format_exc(limit=-4)}")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        sys.stdin = stdin
    shown = []
    for stream in (out, err):
        stream.flush()
        shown.append(stream.buffer.getvalue().decode("utf-8"))
    assert code in range(5), (code, shown)
    assert "Traceback" not in shown[1]
    assert not UNSHOWABLE.search("".join(shown)), UNSHOWABLE.findall("".join(shown))
    if code in {1, 2, 3}:
        assert shown[1] or shown[0], "it says no word of what is wrong"
    return code


class Drawn:
    """What was drawn; shown short, however long it is."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        shown = repr(self.value)
        return shown if len(shown) < 3000 else f"{shown[:1500]} ... {shown[-1500:]}"


def through(door, project, held, monkeypatch):
    """Bring input to a door; return the exit code."""
    shutil.rmtree(project / "made", ignore_errors=True)
    if door.file:
        (project / door.file).write_bytes(held)
    if door.variable:
        monkeypatch.setenv(door.variable, held.decode())
    arguments = [held.decode() if part == "{}" else part for part in door.arguments]
    with contextlib.chdir(project):
        return answered(arguments, held)


def try_door(name, shared, tmp_path, monkeypatch, examples):
    """Bring so many damaged inputs to a door, the same ones each time."""
    door = DOORS[name]
    project = shutil.copytree(shared, tmp_path / "project")
    codes = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn=door.damage(door.good(project)).map(Drawn))
    def tried(drawn):
        codes[through(door, project, drawn.value, monkeypatch)] += 1

    tried()
    print(name, dict(codes))


@pytest.mark.parametrize("name", DOORS)
def test_good_input_is_taken(name, project, tmp_path, monkeypatch):
    copy = shutil.copytree(project, tmp_path / "project")
    assert through(DOORS[name], copy, DOORS[name].good(copy), monkeypatch) == 0


@pytest.mark.parametrize("name", DOORS)
def test_damaged_input_is_answered_without_a_traceback(name, project, tmp_path, monkeypatch):
    try_door(name, project, tmp_path, monkeypatch, DOORS[name].examples)


@pytest.mark.slow
@pytest.mark.parametrize("name", DOORS)
def test_thousands_of_damaged_inputs_are_answered(name, project, tmp_path, monkeypatch):
    try_door(name, project, tmp_path, monkeypatch, THOROUGH)
