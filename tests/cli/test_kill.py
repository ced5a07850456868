"""Killed at any moment, `forecast run` loses nothing that was acknowledged."""

import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.cli.projects import files, ledger
from tests.cli.terminal import command, environment, typed


def kill_when(
    moment: Callable[[], bool], *arguments: str, cwd: Path, stderr: int = subprocess.DEVNULL
) -> bool:
    """Start a command and kill it as soon as the moment has come; say whether it was running."""
    with subprocess.Popen(
        command(*arguments),
        cwd=cwd,
        env=environment(TERM="xterm"),
        stdout=subprocess.DEVNULL,
        stderr=stderr,
    ) as running:
        give_up = time.monotonic() + 200
        while running.poll() is None and not moment():
            assert time.monotonic() < give_up, "the moment to kill never came"
            time.sleep(0.002)
        alive = running.poll() is None
        running.kill()
    assert not alive or running.returncode == -signal.SIGKILL
    return alive


def rows(project: Path, table: str) -> int:
    """Count the rows of a table of the ledger as another process sees them."""
    path = project / ".forecast" / "ledger.sqlite"
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.Error:
        return 0


def require_whole(project: Path) -> None:
    """Look that the ledger is what was written, with no problem."""
    with ledger(project) as held:
        assert held.verify() == []


@pytest.mark.parametrize("table", [None, "migration", "report_version"])
def test_killed_while_reading_reports_the_next_command_reads_them_all(table, fresh, forecast):
    """Killed as soon as the ledger exists, has its tables, or has its first report."""
    path = fresh / ".forecast" / "ledger.sqlite"
    kill_when(
        path.exists if table is None else lambda: rows(fresh, table) > 0,
        *("events", "list"),
        cwd=fresh,
    )
    done = forecast("events", "list")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "3 reports, 2 events"
    require_whole(fresh)
    with ledger(fresh) as held:
        assert [len(held.reports.versions(f"R00{n}")) for n in (1, 2, 3)] == [1, 1, 1]


def test_killed_while_sampling_what_was_issued_stands(project, forecast):
    """A run with another seed is killed as its terminal says that it samples."""
    before = forecast("run", "--no-charts").out
    shown, terminal = pty.openpty()
    os.set_blocking(shown, False)
    seen = bytearray()

    def sampling() -> bool:
        with suppress(BlockingIOError):
            seen.extend(os.read(shown, 65536))
        return b"sampling the posterior" in seen

    options = ("--seed", "2", "--draws", "100000", "--no-charts")
    assert kill_when(sampling, "run", *options, cwd=project, stderr=terminal)
    os.close(terminal)
    os.close(shown)
    require_whole(project)
    assert forecast("run", "--no-charts").out == before


def _heed_interrupts():
    """A test run in the background of a shell ignores Control-C, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupted_it_says_in_one_line_what_is_kept(fresh, forecast):
    """Control-C while the model is compiled, and again where nothing came of it."""
    with subprocess.Popen(
        command("run"),
        cwd=fresh,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heed_interrupts,  # noqa: PLW1509 - there are no threads here
    ) as running:
        while running.poll() is None and rows(fresh, "model") == 0:
            time.sleep(0.01)
        time.sleep(0.3)
        while running.poll() is None:
            running.send_signal(signal.SIGINT)
            time.sleep(3)  # the main thread is deep in compiled code now and then
        _, said = running.communicate()
    kept = "\nstopped; everything acknowledged before is kept\n"
    assert (running.returncode, said) == (130, kept)
    require_whole(fresh)
    assert forecast("events", "list").out.splitlines()[-1] == "3 reports, 2 events"


@pytest.mark.parametrize("count", [1, 6])
def test_killed_while_drawing_the_next_run_draws_them_all(count, project, forecast):
    """Whatever the killed run left of its charts, the next one completes them."""
    whole = files(project / "out")
    shutil.rmtree(project / "out")
    drawn = project / "out"
    assert kill_when(
        lambda: drawn.is_dir() and len(list(drawn.glob("[!.]*"))) >= count, "run", cwd=project
    )
    assert not (drawn / "forecast.json").exists()
    require_whole(project)
    assert forecast("run").code == 0
    assert {name: body for name, body in files(drawn).items() if name[0] != "."} == whole


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.5, 1.5, 3, 6, 10, 15, 20])
def test_killed_after_any_time_a_fresh_run_completes(seconds, fresh):
    started = time.monotonic()
    kill_when(lambda: time.monotonic() > started + seconds, "run", cwd=fresh)
    if (fresh / ".forecast" / "ledger.sqlite").exists():
        require_whole(fresh)
    done = typed("run", cwd=fresh)
    assert (done.code, done.err) == (0, "")
    require_whole(fresh)
    with ledger(fresh) as held:
        assert len(held.issues.all()) == 1
