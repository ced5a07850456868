import shutil

import pytest
from click.testing import CliRunner

from forecast.cli import forecast as door
from tests.cli.projects import once
from tests.cli.terminal import in_this_process
from tests.docs.test_schema import priors_as_posterior


@pytest.fixture(autouse=True)
def _no_ledger_of_the_user(monkeypatch):
    monkeypatch.delenv("FORECAST_LEDGER", raising=False)


@pytest.fixture
def forecast(capsys, monkeypatch):
    """Types a command, in this process; everything is real but the sampler."""
    monkeypatch.setattr("forecast.inference.sampling.fit", priors_as_posterior)
    return lambda *arguments: in_this_process([str(a) for a in arguments], capsys)


@pytest.fixture(scope="session")
def issued(tmp_path_factory):
    """A project with two issues, made with draws from the priors instead of a fit."""
    return once("briefs", tmp_path_factory, _issue) / "project"


def _issue(parent):
    folder = parent / "project"
    run = ("run", "--project", str(folder), "--draws", "400", "--no-charts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forecast.inference.sampling.fit", priors_as_posterior)
        for words in (("init", str(folder)), (*run, "--as-of", "2024-04-17"), run):
            done = CliRunner().invoke(door, words, catch_exceptions=False)
            assert done.exit_code == 0, done.output
    words = ("brief", "new", str(folder / "brief.md"), "--project", str(folder))
    CliRunner().invoke(door, words, catch_exceptions=False)  # remembers what to watch
    shutil.rmtree(folder / "brief_files")
    (folder / "brief.md").unlink()


@pytest.fixture
def project(issued, tmp_path, monkeypatch):
    """A copy of the project, and the current folder."""
    copy = shutil.copytree(issued, tmp_path / "project")
    monkeypatch.chdir(copy)
    return copy
