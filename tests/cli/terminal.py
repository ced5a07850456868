"""Type commands as a user would, in this process or in one of their own, and read what comes."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from forecast.cli import main

__all__ = [
    "MAIN",
    "Finished",
    "command",
    "environment",
    "in_this_process",
    "typed",
    "without_traceback",
]

MAIN = "from forecast.cli import main; main()"


@dataclass(frozen=True)
class Finished:
    """Exit code and what was written to the two streams."""

    code: int
    out: str
    err: str

    def as_dict(self) -> dict:
        """Plain values, for a file."""
        return asdict(self)


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of a user, whatever the ledger this machine's user has set."""
    kept = {name: value for name, value in os.environ.items() if name != "FORECAST_LEDGER"}
    return {**kept, **changes}


def command(*arguments: str, program: str = MAIN) -> list[str]:
    """Return what runs the command line in a process of its own."""
    return [sys.executable, "-P", "-c", program, *arguments]


def typed(
    *arguments: str,
    cwd: Path,
    env: dict[str, str] | None = None,
    program: str = MAIN,
    timeout: float = 280,
) -> Finished:
    """Run a command in a process of its own and wait for its end."""
    done = subprocess.run(
        command(*arguments, program=program),
        cwd=cwd,
        env=env or environment(),
        capture_output=True,
        check=False,
        timeout=timeout,
    )
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


def in_this_process(arguments: Sequence[str], capsys) -> Finished:
    """Run a command through click's machinery."""
    capsys.readouterr()
    code = 0
    try:
        main(list(arguments))
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
    captured = capsys.readouterr()
    return Finished(code, captured.out, captured.err)


def without_traceback(done: Finished) -> str:
    """Return the one line on the error stream, having looked that it is one and no traceback."""
    assert "Traceback" not in done.err, done.err
    lines = done.err.splitlines()
    assert len(lines) == 1, done.err
    assert not re.search(r"<.* object at 0x|\bNone\b", lines[0]), lines[0]
    return lines[0]
