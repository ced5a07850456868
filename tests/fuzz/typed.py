"""Type a command in this process, and look at all it said."""

import contextlib
import io
import json
import re
import signal
import sys
import traceback

import pytest

from forecast.cli import main
from tests.cli.terminal import Finished

__all__ = ["answered", "finished", "patience"]

#: Seconds of computing after which an input hangs; on a busy machine they take longer.
PATIENCE = 60
#: What must not reach a terminal: controls but tab and newline, and turns of the writing direction.
UNSHOWABLE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
#: What only a programmer understands; the second is what a watched folder makes of a fault of ours.
INNARDS = re.compile(
    r"Traceback|could not be taken in|<[\w.]+ object at 0x|\b[A-Z]\w+(Error|Exception|Warning)\b"
)


class Hung(BaseException):
    """An input took longer than anybody waits."""


def _hung(*_: object) -> None:
    raise Hung


@contextlib.contextmanager
def patience(seconds: int = PATIENCE):
    """Give up what computes for longer."""
    before = signal.signal(signal.SIGPROF, _hung)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def finished(arguments, said=b"") -> Finished:
    """Run a command to its end, whatever that is; a fault of ours is raised."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace") for _ in range(2))
    stdin, code = sys.stdin, 0
    sys.stdin = io.TextIOWrapper(io.BytesIO(said), "utf-8")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(arguments)
    except SystemExit as leaving:
        code = leaving.code or 0
    finally:
        sys.stdin = stdin
    shown = []
    for stream in (out, err):
        stream.flush()
        shown.append(stream.buffer.getvalue().decode("utf-8"))
    return Finished(code, *shown)


def answered(arguments, said=b"") -> Finished:
    """Run a command, and look that it ended as a command may."""
    try:
        with patience():
            done = finished(arguments, said)
    except (Exception, Hung) as error:  # noqa: BLE001 - any at all is what is looked for
        pytest.fail(f"{arguments}: {type(error).__name__}: {traceback.format_exc(limit=-4)}")
    every = done.out + done.err
    assert done.code in {0, 1, 2, 3, 4, 130}, done
    assert not UNSHOWABLE.search(every), UNSHOWABLE.findall(every)
    assert not INNARDS.search(done.err), done.err
    if done.code in {1, 2, 3}:
        assert every.strip(), "it says no word of what is wrong"
        lines = done.err.splitlines()
        assert all(line.strip() for line in lines if done.code != 2), done.err
    if done.code in {0, 4} and "--json" in arguments:
        for line in [done.out] if "--watch" not in arguments else done.out.splitlines():
            json.loads(line, parse_constant=_no_number)
    return done


def _no_number(name: str):
    raise AssertionError(f"{name} is no JSON")
