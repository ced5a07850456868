"""Jobs on a Dask cluster: a real scheduler and two worker processes on 127.0.0.1."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import pytest

from forecast.errors import ForecastError
from forecast.judge.validate import Plan, Validation, validate
from forecast.project import jobs
from forecast.project.jobs import Crew
from tests.analysis.test_sensitivity import study

pytest.importorskip("distributed", reason="Dask is not installed")

MODEL = Path(str(resources.files("forecast.project") / "template" / "priors.yaml"))
PLAN = Plan(simulations=20, steps=6, lengths=False, method="laplace")
STRANGE = "import sys; sys.modules['forecast'] = None\n"
CHANGED = "import forecast.fingerprints as f; f.code_fingerprint = lambda module: 'another'\n"
MAIN = "import sys; from dask.__main__ import main; main()"


@contextmanager
def cluster(
    folder: Path, *workers: str, scheduler: str = ""
) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and workers, each with some code that runs first."""
    said = folder / "scheduler.json"
    local = ["--host", "127.0.0.1", "--no-dashboard"]

    def start(code: str, *words: str) -> subprocess.Popen[bytes]:
        with (folder / f"{words[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", code + MAIN, *words],
                stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )  # fmt: skip

    running = [start(scheduler, "scheduler", *local, "--port", "0", "--scheduler-file", str(said))]
    try:
        while not said.is_file():
            assert running[0].poll() is None, (folder / "scheduler.log").read_text()
            time.sleep(0.1)
        address = json.loads(said.read_text())["address"]
        running += [
            start(code, "worker", address, *local, "--no-nanny", "--nthreads", "1",
                  "--local-directory", str(folder))
            for code in workers
        ]  # fmt: skip
        yield address, running[1:]
    finally:
        for process in running:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Validation:
    """What this process finds by itself."""
    return validate(PLAN, model=MODEL, memory=tmp_path_factory.mktemp("kept"), crew=Crew(most=1))


def test_a_cluster_finds_what_one_process_does_though_a_worker_is_killed_in_the_middle(
    alone: Validation, tmp_path: Path
) -> None:
    """Bit for bit, and every simulation is made, told and kept once."""

    class Killing:
        said: list[tuple[int, int]] = []  # noqa: RUF012

        def stage(self, text: str) -> None:
            pass

        def progress(self, done: int, total: int) -> None:
            self.said.append((done, total))
            if done == 4:
                workers[0].send_signal(signal.SIGKILL)

    with cluster(tmp_path, "", "") as (address, workers):
        done = validate(
            PLAN, model=MODEL, memory=tmp_path / "kept", crew=Crew(address), reporter=Killing()
        )
        assert done.simulations == alone.simulations
        assert Killing.said == [(number, 20) for number in range(1, 21)]
        assert workers[0].wait(30) == -signal.SIGKILL
    assert len(next((tmp_path / "kept").iterdir()).read_text().splitlines()) == 20


def test_a_cluster_moves_inputs_and_takes_sources_out_as_one_process_does(tmp_path: Path) -> None:
    """Bit for bit, with a study that is sent to the workers once."""
    here, there = study(draws=2000), study(draws=2000)
    with cluster(tmp_path, "", "") as (address, _):
        there.each = Crew(address).each
        found = there.result(draws=500, exact=3)
    assert found == here.result(draws=500, exact=3)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere", "tcp://127.0.0.1"])
def test_a_wrong_address_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """It says what came, and what an address is."""
    monkeypatch.setattr(jobs, "_PATIENCE", 1)
    with pytest.raises(ForecastError, match=f"^--cluster {address}: no Dask scheduler answers"):
        validate(PLAN, model=MODEL, memory=tmp_path, crew=Crew(address))


def test_a_cluster_without_worker_or_without_this_version_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent to a program that would answer otherwise."""
    monkeypatch.setattr(jobs, "_PATIENCE", 2)
    with (
        cluster(tmp_path) as (address, _),
        pytest.raises(ForecastError, match=r"^--cluster \S+: the cluster has no worker; "),
    ):
        validate(PLAN, model=MODEL, memory=tmp_path, crew=Crew(address))
    monkeypatch.undo()
    for scheduler, workers, what in (
        ("", [STRANGE, CHANGED, ""], r"\d of \d workers have another version of this program"),
        (
            STRANGE,
            [""],
            "this program is not on the cluster; install the same version",
        ),
    ):
        (tmp_path / "scheduler.json").unlink()
        with (
            cluster(tmp_path, *workers, scheduler=scheduler) as (address, _),
            pytest.raises(ForecastError, match=rf"^--cluster {address}: .*{what}"),
        ):
            validate(PLAN, model=MODEL, memory=tmp_path, crew=Crew(address))
