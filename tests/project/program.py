"""A copy of the package that a test may edit, as an analyst or an upgrade does."""

import importlib.resources
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from forecast import fingerprints
from forecast.beliefs import reports, words
from tests.project.repository import ROOT

__all__ = ["Program"]


@dataclass(frozen=True)
class Program:
    """Where the copy is."""

    root: Path

    @classmethod
    def copied(cls, tmp_path, monkeypatch):
        """Copy the package; what is read of it while the program runs is read from the copy."""
        fingerprints.code_fingerprint("forecast.publish.figures")
        known = dict(fingerprints._known())  # the copy says the same, at the same times
        root = tmp_path / "program" / "forecast"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "forecast", root, ignore=ignored)
        monkeypatch.setattr(fingerprints, "_ROOT", root)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        real = importlib.resources.files
        monkeypatch.setattr(importlib.resources, "files", lambda package: (
            root.joinpath(*package.split(".")[1:]) if package.startswith("forecast.")
            else real(package)
        ))  # fmt: skip
        out = cls(root)
        out.forget()
        fingerprints._kept().parent.mkdir(parents=True)
        fingerprints._kept().write_text(json.dumps(known), "utf-8")
        return out

    def forget(self):
        """Begin as a new process does."""
        for one in vars(fingerprints).values():
            if hasattr(one, "cache_clear"):
                one.cache_clear()
        reports._table.cache_clear()
        words._scales.cache_clear()

    def edit(self, file, old, new):
        """Replace a text where it stands first in a file."""
        path = self.root / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        self.forget()
