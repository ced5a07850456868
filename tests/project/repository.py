"""The checkout under test: where it is and which of its files would be committed."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def pyproject() -> dict:
    """Return pyproject.toml as a dictionary."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def makefile_targets() -> set[str]:
    """Return the targets that `make help` lists: those with a `## description`."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):.*## ", makefile, flags=re.MULTILINE))


def committable_files() -> list[Path]:
    """Return tracked files and untracked ones that git does not ignore; skip outside a checkout."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so no list of committed files")
    selection = ["--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(
        [git, "-c", "safe.directory=*", "ls-files", "-z", *selection],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = [name for name in listing.stdout.split("\0") if name]
    assert names, "git lists no file at all"
    return [ROOT / name for name in names if (ROOT / name).is_file()]
