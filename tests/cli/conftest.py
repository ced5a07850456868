import shutil

import pytest

from tests.cli.projects import build_history, once
from tests.cli.terminal import in_this_process, typed
from tests.frozen.keep import no_sampler


@pytest.fixture(autouse=True)
def _no_ledger_of_the_user(monkeypatch):
    monkeypatch.delenv("FORECAST_LEDGER", raising=False)


@pytest.fixture
def forecast(capsys):
    """Types a command, in this process: ``forecast("run", "--json")``."""
    return lambda *arguments: in_this_process(arguments, capsys)


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A fresh project, as `forecast init` writes it."""
    folder = tmp_path_factory.mktemp("template")
    assert typed("init", "project", cwd=folder).code == 0
    return folder / "project"


@pytest.fixture
def fresh(template, tmp_path, monkeypatch):
    """A fresh project of one's own, and the current folder."""
    project = shutil.copytree(template, tmp_path / "project")
    monkeypatch.chdir(project)
    return project


@pytest.fixture
def unfitted():
    """Draws from the priors stand for the posterior, where a fit is not the subject."""
    with no_sampler():
        yield


@pytest.fixture(scope="session")
def history(tmp_path_factory):
    """The one real fit: a project that was run as of an early day and then to its end."""
    return once("history", tmp_path_factory, build_history)


@pytest.fixture
def project(history, tmp_path, monkeypatch):
    """A copy of the project with a history, and the current folder."""
    copy = shutil.copytree(history / "project", tmp_path / "project")
    monkeypatch.chdir(copy)
    return copy
