"""Imports point down the layers, and the front door opens without the heavy libraries."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.repository import ROOT

HEAVY = [
    *("matplotlib", "numba", "numpy", "pandas", "prompt_toolkit", "pydantic", "pymc", "rich"),
    *("scipy", "sqlalchemy", "xarray", "yaml"),
]

IMPORT_PACKAGE = "import forecast"

SHOW_HELP = """
from forecast.cli import main
sys.argv = ["forecast", "--help"]
try:
    main()
except SystemExit as leaving:
    assert leaving.code in (0, None), leaving.code
"""

REPORT = """
print("LOADED", *sorted(set(sys.modules) & set({heavy!r})))
"""


def heavy_modules_after(code: str) -> list[str]:
    """Return the heavy libraries that a fresh interpreter has loaded after running the code."""
    program = "import sys\n" + code + REPORT.format(heavy=HEAVY)
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    last_line = result.stdout.splitlines()[-1]
    return last_line.split()[1:]


@pytest.mark.parametrize("code", [IMPORT_PACKAGE, SHOW_HELP], ids=["import", "help"])
def test_the_front_door_loads_no_heavy_library(code):
    assert heavy_modules_after(code) == []


@pytest.mark.parametrize(
    ("module", "libraries"),
    [
        ("record.reports", {"numpy", "prompt_toolkit"}),
        ("inference.sampling", {"pandas", "pymc", "xarray"}),
    ],
)
def test_what_quick_commands_read_loads_no_library_that_slow_ones_need(module, libraries):
    assert libraries.isdisjoint(heavy_modules_after(f"import forecast.{module}"))


def test_the_check_of_the_front_door_sees_a_heavy_library():
    assert heavy_modules_after("import numpy") == ["numpy"]


def test_imports_point_down_the_layers():
    lint_imports = Path(sys.executable).with_name("lint-imports")
    if not lint_imports.exists():
        pytest.skip("import-linter is not installed beside this Python")
    result = subprocess.run(
        [lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
