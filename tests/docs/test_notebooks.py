"""The notebooks import the package, define nothing, and show what it prints today."""

from __future__ import annotations

import ast
import base64
import re
import shutil
import sys

import nbformat
import pytest

import forecast
from docs.execute import executed
from tests.project.repository import ROOT

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LARGEST = 150_000  # bytes of an image
DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def code(path):
    """Return the cells of code of a notebook."""
    return [one for one in nbformat.read(path, as_version=4).cells if one.cell_type == "code"]


def said(book) -> list[str]:
    """Return what every output says as text."""
    outputs = [one for cell in book.cells for one in cell.get("outputs", [])]
    texts = [one.get("text") or one.get("data", {}).get("text/plain", "") for one in outputs]
    return [re.sub(r"\b[0-9a-f]{7,16}\b", "ID", text) for text in texts]


def numbers(text: str) -> list[float]:
    """Return the numbers of a text."""
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?", text)]


def test_there_are_four():
    assert [path.name[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_imports_the_package_and_defines_nothing(path):
    trees = [ast.parse(cell.source) for cell in code(path)]
    found = [node for tree in trees for node in ast.walk(tree)]
    assert not [node for node in found if isinstance(node, DEFINES)]
    names = {alias.name for node in found if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in found if isinstance(node, ast.ImportFrom)}
    assert "forecast" in names
    assert names - {"forecast", "numpy", "pandas"} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_the_outputs_of_one_run_from_top_to_bottom(path):
    cells = code(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = [output.output_type for cell in cells for output in cell.outputs]
    assert "error" not in kinds
    assert kinds.count("execute_result") >= 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_names_no_place_and_no_moment_of_a_machine(path):
    book = nbformat.read(path, as_version=4)
    assert set(book.metadata) == {"kernelspec", "language_info"}
    assert all(not cell.metadata for cell in book.cells)
    shown = "\n".join(said(book))
    assert not re.search(r"/tmp|/home|/root|object at 0x", shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_images_of_a_notebook_are_small(path):
    outputs = [output for cell in code(path) for output in cell.outputs]
    images = [o.data["image/png"] for o in outputs if "image/png" in o.get("data", {})]
    assert images
    assert max(len(base64.b64decode(image)) for image in images) < LARGEST


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A copy of the bundled case that was run, as after `make run`."""
    root = tmp_path_factory.mktemp("notebooks")
    shutil.copy(ROOT / "priors.yaml", root)
    for name in ("events", "scenarios"):
        shutil.copytree(ROOT / name, root / name)
    (root / "notebooks").mkdir()
    forecast.load(root).run()
    return root / "notebooks"


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_is_committed(path, fitted):
    """Words are the same, and numbers to what another processor may change."""
    now, kept = said(executed(path, fitted)), said(nbformat.read(path, as_version=4))
    assert len(now) == len(kept)
    for new, old in zip(now, kept, strict=True):
        assert numbers(new) == pytest.approx(numbers(old), rel=0.05, abs=0.02), (new, old)
        assert re.sub(r"[\d.\s-]+", " ", new) == re.sub(r"[\d.\s-]+", " ", old)
