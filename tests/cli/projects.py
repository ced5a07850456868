"""The template project, with a history of real runs that every test may copy."""

import csv
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from forecast.ledger import Ledger
from tests.cli.terminal import Finished, typed

__all__ = [
    "EARLY",
    "END",
    "build_history",
    "edit",
    "files",
    "ledger",
    "once",
    "outputs",
    "rewrite",
    "without_alerts",
]

#: A day before the second report on the shelling, and the end of the template's record.
EARLY, END = "2024-04-17", "2024-06-30"


def once(name: str, factory: pytest.TempPathFactory, build: Callable[[Path], None]) -> Path:
    """Build a folder once for all workers of a test run; the others wait for it."""
    root = factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / name
    ready, broken = folder / "ready", folder / "broken"
    try:
        folder.mkdir()
    except FileExistsError:
        give_up = time.monotonic() + 280
        while not ready.exists():
            assert not broken.exists(), f"{folder} could not be built; see the other worker"
            assert time.monotonic() < give_up, f"{folder} was not built in time"
            time.sleep(0.1)
        return folder
    try:
        build(folder)
    except BaseException:
        broken.touch()
        raise
    ready.touch()
    return folder


def build_history(folder: Path) -> None:
    """Make the template project and run it twice: as of an early day, then to its end."""
    steps = {
        "init": ("init", "project"),
        "early": ("run", "--project", "project", "--as-of", EARLY, "--no-charts", "--json"),
        "first": ("run", "--project", "project", "--out", "project/out"),
    }
    for name, arguments in steps.items():
        done = typed(*arguments, cwd=folder)
        assert done.code == 0, done.err
        if name == "init":
            without_alerts(folder / "project" / "priors.yaml")
        (folder / f"{name}.json").write_text(json.dumps(done.as_dict()), "utf-8")


def without_alerts(priors: Path) -> None:
    """Leave the template's example of an alert out, for tests that bring rules of their own."""
    head, _, rest = priors.read_text("utf-8").partition("\nalerts:")
    priors.write_text(f"{head}\nquestions:{rest.partition('\nquestions:')[2]}", "utf-8")


def outputs(folder: Path, name: str) -> Finished:
    """Return what one step of the history printed."""
    return Finished(**json.loads((folder / f"{name}.json").read_text("utf-8")))


def ledger(project: Path) -> Ledger:
    """Open the ledger of a project that has one."""
    return Ledger.open(project / ".forecast" / "ledger.sqlite", create=False)


def files(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with what is in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that stands in a file exactly once."""
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new), "utf-8")


def rewrite(path: Path, change: Callable[[dict[str, str]], Mapping[str, str] | None]) -> None:
    """Pass every row of a CSV file through a function; None leaves the row out."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [changed for row in csv.DictReader(stream) if (changed := change(row)) is not None]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
