"""The commands that the documents name exist, and `make` finds a Python or says what is missing."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.repository import ROOT, makefile_targets

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

COREUTILS = ("sh", "make", "cat", "awk", "rm", "mkdir", "touch")


def commands_named_in(document: Path) -> set[str]:
    """Return X of every `make X` that stands in backticks or at the start of a line of code."""
    text = document.read_text(encoding="utf-8")
    return set(re.findall(r"(?:`|^[ \t]*(?:\$ )?)make ([a-z][a-z-]*)", text, flags=re.MULTILINE))


def make(directory: Path, *arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Run make in a directory, with nothing on PATH but the programs in one folder."""
    return subprocess.run(
        [str(shutil.which("make")), *arguments],
        cwd=directory,
        env={"PATH": str(path), "HOME": str(directory)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def checkout(tmp_path):
    """A bare checkout without .venv, and beside it a PATH folder that holds no Python."""
    root, programs = tmp_path / "checkout", tmp_path / "programs"
    root.mkdir()
    programs.mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements.txt", ".python-version"):
        shutil.copy(ROOT / name, root / name)
    for name in COREUTILS:
        (programs / name).symlink_to(str(shutil.which(name)))
    return root, programs


def add_program(folder: Path, name: str, body: str) -> None:
    """Put an executable shell script into a PATH folder."""
    script = folder / name
    script.write_text(f"#!{shutil.which('sh')}\n{body}\n", encoding="utf-8")
    script.chmod(0o755)


def test_readme_names_the_two_commands_a_newcomer_types():
    assert {"run", "test"} <= commands_named_in(ROOT / "README.md")


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md"]
)
def test_every_make_command_in_the_documents_is_a_target(name):
    document = ROOT / name
    if not document.exists():
        pytest.skip(f"{name} is not written yet")
    assert commands_named_in(document) <= makefile_targets()


def test_make_alone_lists_every_target(checkout):
    root, programs = checkout
    listing = make(root, path=programs)
    assert listing.returncode == 0, listing.stderr
    assert set(re.findall(r"^  make ([a-z-]+)", listing.stdout, flags=re.MULTILINE)) == (
        makefile_targets()
    )


def test_without_a_python_make_says_in_one_line_what_is_missing(checkout):
    root, programs = checkout
    result = make(root, "run", path=programs)
    first, *rest = result.stderr.splitlines()
    assert result.returncode != 0
    assert "Python 3.12, 3.13 or 3.14" in first
    assert "found: none" in first
    assert "apt install python3" in first
    assert all(line.startswith("make: ***") for line in rest)
    assert not (root / ".venv").exists()


def test_an_unsuitable_python_and_a_failing_shim_are_passed_over_and_the_first_is_named(checkout):
    root, programs = checkout
    add_program(programs, "python3.13", "echo 'shim: version not installed' >&2; exit 127")
    add_program(programs, "python3", 'case "$2" in *print*) echo 3.11.2;; *) exit 1;; esac')
    result = make(root, "run", path=programs)
    first = result.stderr.splitlines()[0]
    assert result.returncode != 0
    assert "found: python3 is 3.11.2," in first


@pytest.mark.skipif(sys.version_info >= (3, 15), reason="the pins end at Python 3.14")
def test_a_python_that_cannot_make_environments_is_named_with_what_it_lacks(checkout):
    root, programs = checkout
    python = os.path.realpath(sys.executable)
    hide = "import importlib.util as u, sys; sys.modules['ensurepip'] = None; "
    hide += "find = u.find_spec; u.find_spec = lambda n: None if n == 'ensurepip' else find(n); "
    add_program(programs, "python3", f'shift; exec "{python}" -c "{hide}""$1"')
    result = make(root, "run", path=programs)
    assert " without ensurepip," in result.stderr.splitlines()[0]


@pytest.mark.skipif(sys.version_info >= (3, 15), reason="the pins end at Python 3.14")
def test_a_suitable_python_is_found_behind_a_failing_shim(checkout):
    root, programs = checkout
    add_program(programs, "python3.13", "exit 127")
    add_program(programs, "python3", f'exec "{os.path.realpath(sys.executable)}" "$@"')
    (root / "requirements.txt").write_text("no-such-requirement @ nowhere", encoding="utf-8")
    result = make(root, "run", path=programs)
    assert "Creating .venv with python3 (" in result.stdout
    assert (root / ".venv" / "bin" / "python").exists()
    assert result.returncode != 0, "a pin that cannot be installed must stop make"
    assert not list((root / ".venv").glob(".*-installed")), "a failed installation left a stamp"


def test_the_build_machine_calls_make_test():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.splitlines()[-1] == "make test"
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
