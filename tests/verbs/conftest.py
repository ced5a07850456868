import shutil

import pytest

from forecast.project.project import Project
from forecast.project.start import start
from tests.cli.projects import build_history, once


@pytest.fixture(autouse=True)
def _no_ledger_of_the_user(monkeypatch):
    monkeypatch.delenv("FORECAST_LEDGER", raising=False)


@pytest.fixture
def fresh(tmp_path):
    """A fresh project, as `forecast init` writes it."""
    start(tmp_path / "project")
    return Project(tmp_path / "project")


@pytest.fixture(scope="session")
def history(tmp_path_factory):
    """The project of the command line's tests, fitted once for both."""
    return once("history", tmp_path_factory, build_history)


@pytest.fixture
def fitted(history, tmp_path):
    """A copy of the project that was run as of an early day and then to its end."""
    return Project(shutil.copytree(history / "project", tmp_path / "fitted"))
