import shutil

import pytest

import forecast
from tests.cli.projects import build_history, once


@pytest.fixture(autouse=True)
def _no_ledger_of_the_user(monkeypatch):
    monkeypatch.delenv("FORECAST_LEDGER", raising=False)


@pytest.fixture(scope="session")
def history(tmp_path_factory):
    """The project of the command line's tests, fitted once for both."""
    return once("history", tmp_path_factory, build_history)


@pytest.fixture(scope="session")
def kept(history, tmp_path_factory):
    """A copy of the project that tests only read."""
    folder = tmp_path_factory.mktemp("kept") / "project"
    return forecast.load(shutil.copytree(history / "project", folder))


@pytest.fixture
def project(history, tmp_path):
    """A copy of the project for one test."""
    return forecast.load(shutil.copytree(history / "project", tmp_path / "project"))
