"""A project that was run and shown, and how it is put back after every input."""

import contextlib
import shutil
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from forecast.ledger.tables import SEALED
from tests.fuzz.doors import LEDGER
from tests.fuzz.seeds import FILES

__all__ = ["OWN", "Tried", "make"]

#: What the program keeps for itself, and makes anew.
OWN = (".forecast", "out")


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
    with contextlib.closing(sqlite3.connect(folder / LEDGER)) as ledger:
        ledger.execute("PRAGMA journal_mode = DELETE")  # so that it is one file


def _marks(root: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for folder, _, names in root.walk():
        for name in names:
            path = folder / name
            state = path.lstat()
            found[str(path.relative_to(root))] = (state.st_size, state.st_mtime_ns)
    return found


def _rows(ledger: Path) -> dict[str, int]:
    with contextlib.closing(sqlite3.connect(ledger)) as database:
        return {
            table.name: database.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
            for table in SEALED
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
    marks: dict[str, tuple[int, int]] = field(init=False)
    folders: set[Path] = field(init=False)
    rows: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        shutil.copytree(self.whole, self.root)
        self.marks, self.rows = _marks(self.root), _rows(self.root / LEDGER)
        self.folders = {folder for folder, _, _ in self.root.walk()}

    def changed(self) -> set[str]:
        """Name every file that is new, gone or another than at the start."""
        now = _marks(self.root)
        return {name for name in {*now, *self.marks} if now.get(name) != self.marks.get(name)}

    def stored(self) -> set[str]:
        """Name the tables of the ledger that have other rows than at the start."""
        now = _rows(self.root / LEDGER)
        return {name for name in now if now[name] != self.rows[name]}

    def put_back(self) -> None:
        """Undo whatever was done."""
        for name in self.changed():
            here, whole = self.root / name, self.whole / name
            here.unlink(missing_ok=True)
            if whole.is_file():
                here.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(whole, here)
        for folder, _, _ in self.root.walk(top_down=False):
            if folder not in self.folders:
                folder.rmdir()
