"""Projects that were run with draws from the priors, and the files of what they said.

``pytest tests/frozen --renew`` writes the files in ``kept/`` anew where they differ.
"""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from tests.cli.projects import once
from tests.frozen.keep import Keeper, no_sampler, typed
from tests.project.repository import ROOT

#: The lines that make each project; the last is what its other commands read.
RUNS = {
    "case": ("run --no-charts --draws 250 --as-of 2024-06-30", "run --no-charts --draws 250"),
    "template": ("run --no-charts --draws 250 --as-of 2024-04-17", "run --no-charts --draws 250"),
    "series": ("run --no-charts --draws 400",),
}
ASKED = """
  clashes_in_four_weeks:
    text: Will there be more than 12 clashes in the four weeks to 24 March 2024?
    node: clashes_level
    states: [level_4]
    mode: sum
    indicator: clashes
    over: 4 weeks
    above: 12
    by: 2024-03-24
    criteria: Invented.
    fallback: Invented.
    source: Invented.
"""


def pytest_addoption(parser):
    """Declare ``--renew``."""
    parser.addoption(
        "--renew", action="store_true", help="Write tests/frozen/kept anew where it differs."
    )


@pytest.fixture
def keep(request):
    """Compares with what was kept, or renews it."""
    return Keeper(renew=request.config.getoption("--renew", default=False))


@pytest.fixture(autouse=True)
def _draws_from_the_priors():
    with no_sampler():
        yield


def write_series(path):
    """Write weekly counts (invented) that rise after a year."""
    first = dt.date(2022, 12, 5)
    rows = [
        f"{first + dt.timedelta(weeks=n)},{n * 7 % 5 + (n // 40) * (n * 3 % 7)},{n * 5 % 4}"
        for n in range(64)
    ]
    path.write_text("\n".join(["date,clashes,protests", *rows]) + "\n", "utf-8")


def _make(project: Path, name: str) -> None:
    if name == "case":
        project.mkdir()
        shutil.copy(ROOT / "priors.yaml", project)
        for folder in ("events", "resolutions", "scenarios"):
            shutil.copytree(ROOT / folder, project / folder)
    elif name == "template":
        assert typed(f"init {project}").code == 0
    else:
        write_series(project.parent / "series.csv")
        series = project.parent / "series.csv"
        assert typed(f"init {project} --from-series {series} --states 6").code == 0
        with (project / "priors.yaml").open("a", encoding="utf-8") as file:
            file.write(ASKED)
    for line in RUNS[name]:
        done = typed(f"{line} --project {project}")
        assert done.code == 0, done.err


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Give a project that was run, by name; each is made once."""

    def make(name: str) -> Path:
        def build(folder: Path) -> None:
            with no_sampler():
                _make(folder / "project", name)

        if name not in known:
            known[name] = once(f"frozen-{name}", tmp_path_factory, build) / "project"
        return known[name]

    known: dict[str, Path] = {}
    return make


@pytest.fixture
def project(made, tmp_path, monkeypatch):
    """Copy a project that was run, by name, and make it the current folder."""

    def copy(name: str) -> Path:
        folder = tmp_path / "project"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made(name), folder)
        monkeypatch.chdir(folder)
        return folder

    return copy
