"""Independent jobs are done once each, whoever does them: this process, others, or a cluster."""

import os
import subprocess
import sys

import pytest

from forecast.errors import ForecastError
from forecast.project.jobs import Crew
from tests.project.done import Square


class Told:
    """Keeps what it is told."""

    def __init__(self):
        self.said = []

    def stage(self, text):
        self.said.append(text)

    def progress(self, done, total):
        self.said.append((done, total))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "first").write_text(str(os.getpid()))
    return tmp_path


def others(folder):
    return len(list(folder.glob("by-*"))) - (folder / f"by-{os.getpid()}").exists()


@pytest.mark.parametrize("most", [1, 2, 3])
def test_every_job_is_done_once_and_progress_told(folder, most):
    told = Told()
    found = dict(Crew(most=most).each(Square(folder), range(24), reporter=told, before=5))
    assert found == {place: place * place for place in range(24)}
    assert told.said == [(number, 29) for number in range(6, 30)]
    assert others(folder) == most - 1


def test_few_jobs_are_done_here(folder):
    assert dict(Crew(most=2, worth=12).each(Square(folder), range(3))) == {0: 0, 1: 1, 2: 4}
    assert others(folder) == 0
    assert dict(Crew().each(Square(folder), [])) == {}


def test_what_a_process_that_ended_had_in_hand_is_done_here(folder):
    found = dict(Crew(most=2).each(Square(folder, ends=3), range(24)))
    assert found == {place: place * place for place in range(24)}


@pytest.mark.parametrize("place", [0, 23])
def test_what_a_job_raises_is_raised_here(folder, place):
    jobs = [-1 if number == place else number for number in range(24)]
    with pytest.raises(ValueError, match="-1 is negative"):
        list(Crew(most=2).each(Square(folder), jobs))


def test_a_script_that_does_not_guard_itself_is_not_run_again(folder):
    (folder / "script.py").write_text(
        "import os, pathlib\n"
        "from forecast.project.jobs import Crew\n"
        "from tests.project.done import Square\n"
        "print('begun')\n"
        f"here = pathlib.Path({str(folder)!r})\n"
        "print(dict(Crew(most=2).each(Square(here), range(24))) == {n: n * n for n in range(24)})\n"
    )
    said = subprocess.run(
        [sys.executable, folder / "script.py"], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert said.stdout.split() == ["begun", "True"]
    assert not said.stderr


def test_without_dask_one_line_says_how_to_install_it(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ForecastError, match=r"^--cluster tcp://x:1: Dask is not installed here;"):
        list(Crew("tcp://x:1").each(Square(folder), range(3)))
