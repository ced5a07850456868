import pytest

from tests.cli.projects import build_history, once


@pytest.fixture(autouse=True)
def _no_ledger_of_the_user(monkeypatch):
    monkeypatch.delenv("FORECAST_LEDGER", raising=False)


@pytest.fixture(scope="session")
def history(tmp_path_factory):
    """The one real fit, shared with the tests of the command line."""
    return once("history", tmp_path_factory, build_history)
