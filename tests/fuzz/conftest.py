import shutil

import pytest

from tests.cli.projects import build_history, once
from tests.fuzz.projects import Tried, make
from tests.fuzz.typed import finished


@pytest.fixture(autouse=True)
def _no_ledger_of_the_user(monkeypatch):
    monkeypatch.delenv("FORECAST_LEDGER", raising=False)


@pytest.fixture(scope="session")
def history(tmp_path_factory):
    """The one real fit, shared with the tests of the command line."""
    return once("history", tmp_path_factory, build_history)


@pytest.fixture(scope="session")
def whole(history, tmp_path_factory):
    """A project that was run and shown, as every input finds it."""

    def build(folder):
        copy = shutil.copytree(history / "project", folder / "project")
        make(copy, lambda arguments: finished(arguments).code)

    return once("fuzzed", tmp_path_factory, build) / "project"


@pytest.fixture(scope="session")
def tried(whole, tmp_path_factory):
    """A copy of it that is put back after every input."""
    return Tried(tmp_path_factory.mktemp("fuzz") / "project", whole)
