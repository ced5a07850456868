"""A project that was run and shown, and how it is put back after every input."""

import contextlib
import os
import shutil
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from forecast.ledger.schema import SEALED
from tests.fuzz.doors import LEDGER
from tests.fuzz.seeds import FILES

__all__ = ["OWN", "Tried", "make"]

#: What the program keeps for itself, and makes anew.
OWN = (".forecast", "out")
#: Tables of what the program found out, which no input is stored in.
WORKED_OUT = ("model", "posterior", "issued_forecast", "history_point", "alert_version")


def make(folder: Path, command) -> None:
    """Complete a project that was run: other inputs, documents that show it, what is kept."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    shutil.copy(folder / "events" / "reports.csv", folder / "new.csv")
    steps = [("brief", "new", f"brief.{ending}") for ending in ("md", "qmd", "html", "docx", "pdf")]
    steps += [("chart", kind, "talks", "--format", "svg") for kind in ("weights", "heat")]
    steps += [("explain", "talks", "--no-charts"), ("update", "new.csv", "--dry-run")]
    with contextlib.chdir(folder):
        for step in steps:
            assert command(step) == 0, step


#: Size and time of change of every file below a folder; nothing for a folder.
Marks = dict[str, tuple[int, int] | None]


def _marks(root: Path) -> Marks:
    found: Marks = {}
    waiting = [""]
    while waiting:
        below = waiting.pop()
        with os.scandir(root / below) as entries:
            for entry in entries:
                name = below + entry.name
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{name}/")
                    found[f"{name}/"] = None
                else:
                    state = entry.stat(follow_symlinks=False)
                    found[name] = (state.st_size, state.st_mtime_ns)
    return found


def _rows(ledger: Path) -> dict[str, int]:
    with contextlib.closing(sqlite3.connect(ledger)) as database:
        return {
            table.name: database.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
            for table in SEALED
            if table.name not in WORKED_OUT
        }


@dataclass
class Tried:
    """A copy of the project that inputs are tried in, each from the same state.

    Attributes
    ----------
    root, whole : Path
        The copy, and what it is put back to.
    """

    root: Path
    whole: Path
    marks: Marks = field(init=False)
    rows: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        shutil.copytree(self.whole, self.root)
        self.marks, self.rows = _marks(self.root), _rows(self.root / LEDGER)

    def changed(self) -> set[str]:
        """Name every file and folder that is new, gone or another than at the start."""
        now = _marks(self.root)
        every = {*now, *self.marks}
        return {n for n in every if (n in now, now.get(n)) != (n in self.marks, self.marks.get(n))}

    def stored(self) -> set[str]:
        """Name the tables of the ledger that have other rows than at the start."""
        now = _rows(self.root / LEDGER)
        return {name for name in now if now[name] != self.rows[name]}

    def put_back(self, changed: set[str] | None = None) -> None:
        """Undo what was done: to these, or to whatever was changed."""
        for name in sorted(self.changed() if changed is None else changed, reverse=True):
            here = self.root / name
            if name in self.marks and name.endswith("/"):
                here.mkdir(parents=True, exist_ok=True)
            elif name in self.marks:
                here.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.whole / name, here)
            elif name.endswith("/"):
                here.rmdir()  # its files, later in the alphabet, are gone
            else:
                here.unlink()
