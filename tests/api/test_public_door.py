"""The names of `import forecast` are the documented ones, sorted; they load nothing unasked."""

import ast
import inspect
import re
import subprocess
import sys

import pytest

import forecast
from tests.project.repository import ROOT

PAGE = (ROOT / "docs" / "python.md").read_text("utf-8")
CLASSES = [
    name
    for name in forecast.__all__
    if inspect.isclass(getattr(forecast, name))
    and getattr(forecast, name).__module__.startswith("forecast.api")
]


def members(name: str) -> list[str]:
    """Return the public methods and properties that a class of the door has."""
    found = getattr(forecast, name)
    return [
        own
        for own in dir(found)
        if not own.startswith("_") and own not in dir(float) and own not in found.__annotations__
    ]


def test_the_public_names_are_sorted_and_there():
    assert forecast.__all__ == sorted(forecast.__all__)
    assert dir(forecast) == forecast.__all__
    assert all(getattr(forecast, name) for name in forecast.__all__)


def test_type_checkers_see_the_same_names():
    """What stands under TYPE_CHECKING is what is loaded at run time, from the same place."""
    tree = ast.parse((ROOT / "forecast" / "__init__.py").read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert set(seen) == set(forecast.__all__) - {"__version__"}
    for name, module in seen.items():
        assert getattr(forecast, name) is getattr(sys.modules[module], name)


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'laod'"):
        forecast.laod  # noqa: B018


def test_the_errors_are_loaded_without_a_heavy_library():
    code = "import forecast, sys; forecast.ForecastError; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not {"numpy", "pandas", "pymc", "xarray"} & set(done.stdout.split())


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_name_has_a_docstring_with_an_example(name):
    found = getattr(forecast, name)
    for place in (found, *(inspect.getattr_static(found, own) for own in members(name))):
        said = inspect.getdoc(place) or ""
        label = getattr(place, "__name__", getattr(getattr(place, "fget", None), "__name__", ""))
        assert said.splitlines()[0].endswith("."), (name, label)
        if label not in {"id", "as_of", "title", "folder", "plain", "of"}:
            assert "Examples\n" in said, (name, label)


@pytest.mark.parametrize("name", ["init", "load"])
def test_every_function_has_a_docstring_with_an_example(name):
    assert "Examples\n" in inspect.getdoc(getattr(forecast, name))


@pytest.mark.parametrize("name", CLASSES)
def test_the_page_names_everything_that_is_there_and_nothing_else(name):
    """docs/python.md has one row for each public method and property of a class, and its name."""
    section = re.search(rf"^##+ `{name}`\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert section, f"docs/python.md has no section `{name}`"
    rows = set(re.findall(r"^\| `(\w+)", section[1], re.MULTILINE))
    assert rows == set(members(name)) - {"plain", "of"}


def test_the_page_names_the_functions_and_the_errors():
    for name in set(forecast.__all__) - set(CLASSES):
        assert f"`{name}" in PAGE or f"forecast.{name}" in PAGE, name
