"""Nothing that would be committed names a machine's folders or a package registry's host."""

import re

import pytest

from tests.project.repository import ROOT, committable_files

# `[w]` for `w`: a pattern that does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.~%-])/(?:[w]ork|[r]oot|[h]ome/\w+)/")
PYTHON_MANAGER = re.compile(r"\.[p]yenv/")
REGISTRY_HOST = re.compile(
    r"[p]ypi\.org|[p]ythonhosted\.org|[n]pmjs\.(?:org|com)|[d]eb\.debian\.org",
)


def findings(pattern: re.Pattern[str]) -> list[str]:
    """Return `file:line` of every match in the files that would be committed."""
    found = []
    for path in committable_files():
        lines = path.read_bytes().decode("latin-1").split("\n")
        name = path.relative_to(ROOT).as_posix()
        found += [f"{name}:{n}" for n, line in enumerate(lines, 1) if pattern.search(line)]
    return found


@pytest.mark.parametrize("pattern", [MACHINE_PATH, PYTHON_MANAGER], ids=["folder", "manager"])
def test_no_file_names_a_folder_of_a_machine(pattern):
    assert findings(pattern) == []


def test_no_file_names_the_host_of_a_package_registry():
    assert findings(REGISTRY_HOST) == []


@pytest.mark.parametrize(
    ("line", "is_private"),
    [
        ("open('/" + "work/main/priors.yaml')", True),
        ("/" + "home/ann/.venv/bin/python", True),
        ("source_url: https://example.org/" + "work/report.html", False),
        ("../" + "work/notes", False),
    ],
)
def test_the_scan_tells_a_machine_path_from_the_path_of_a_page(line, is_private):
    assert bool(MACHINE_PATH.search(line)) is is_private


def test_virtual_environments_caches_and_results_are_ignored():
    names = {path.relative_to(ROOT).parts[0] for path in committable_files()}
    assert names.isdisjoint({".venv", ".forecast", "out", ".hypothesis", ".mypy_cache"})
