import pytest

from tests.project.program import Program


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A copy of the package that may be edited; fingerprints and data are read from it."""
    return Program.copied(tmp_path, monkeypatch)
