"""Real processes: killed at any moment, and writing at once."""

import os
import random
import signal
import time
from collections import Counter
from datetime import timedelta

import pytest

from forecast.ledger import Ledger
from tests.ledger.writers import ROWS, take_in_side_by_side, write_side_by_side, write_until_killed

KILLS = 30


def killed_writer(processes, place, name, *, after, delay):
    """Start a writer, kill it a moment after it said a word; return all it acknowledged."""
    ours, theirs = processes.Pipe(duplex=False)
    writer = processes.Process(target=write_until_killed, args=(place, name, theirs))
    writer.start()
    theirs.close()
    words = []
    while not words or words[-1][0] != after:
        words.append(ours.recv())
    time.sleep(delay)
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    assert writer.exitcode == -signal.SIGKILL
    try:
        while True:
            words.append(ours.recv())
    except EOFError:
        return words
    finally:
        ours.close()


def assert_kept(place, name, words):
    """All that was acknowledged is there, and what was not is there whole or not at all."""
    with Ledger.open(place) as ledger:
        assert ledger.verify() == []
        turns = max((turn for word, turn, _ in words if word == "synced"), default=0)
        if turns:
            versions = {len(ledger.reports.versions(f"{name}-{i}")) for i in range(ROWS)}
            assert len(versions) == 1
            assert versions <= {turns, turns + 1}
        fits = {record.id for record in ledger.posteriors.whole(warn=pytest.fail)}
        assert {key for word, _, key in words if word == "fitted"} <= fits
        issues = {record.id for record in ledger.issues.all()}
        assert {key for word, _, key in words if word == "issued"} <= issues


def test_whatever_was_acknowledged_survives_a_kill(processes, place):
    random.seed(20240619)
    seen = Counter()
    for kill in range(KILLS):
        name = f"writer{kill}"
        delay = random.uniform(0, 0.06)
        words = killed_writer(processes, place, name, after="synced", delay=delay)
        assert_kept(place, name, words)
        seen[words[-1][0]] += 1
    assert set(seen) == {"synced", "fitted", "issued"}, "kills came at too few moments"
    with Ledger.open(place) as ledger:
        ledger.posteriors.sweep(older_than=timedelta(0))
        kept = {record.path.name for record in ledger.posteriors.whole()}
        assert {path.name for path in ledger.posteriors_folder.iterdir()} == kept


def test_a_kill_while_the_ledger_is_made_leaves_a_ledger_that_opens(processes, tmp_path):
    random.seed(20240619)
    for kill in range(KILLS // 2):
        place = tmp_path / str(kill) / "ledger.sqlite"
        delay = random.uniform(0, 0.05)
        words = killed_writer(processes, place, "writer", after="started", delay=delay)
        assert_kept(place, "writer", words)


def write_at_once(processes, target, place, turns):
    """Let two processes write side by side to their end; return what they are called."""
    start = processes.Barrier(2)
    names = ["one", "two"]
    writers = [processes.Process(target=target, args=(place, name, turns, start)) for name in names]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
        assert writer.exitcode == 0
    return names


def test_two_processes_that_take_in_files_lose_and_double_no_window(processes, place):
    """Windows of one origin are one list, which each of them makes longer."""
    turns = 30
    names = write_at_once(processes, take_in_side_by_side, place, turns)
    with Ledger.open(place) as ledger:
        assert ledger.verify() == []
        windows = Counter(record.window.indicator for record in ledger.coverage.latest())
        mine = [f"{name}_{turn}" for name in (*names, "shared") for turn in range(turns)]
        assert windows == Counter(mine)
        assert len(ledger.reports.latest()) == len(ledger.applied_files()) == 2 * turns


def test_two_processes_at_once_lose_and_double_nothing(processes, place):
    turns = 30
    names = write_at_once(processes, write_side_by_side, place, turns)
    with Ledger.open(place) as ledger:
        assert ledger.verify() == []
        assert len(ledger.reports.latest()) == turns + len(names)
        for turn in range(turns):
            assert len(ledger.reports.versions(f"shared-{turn}")) == 1
        for name in names:
            texts = [version.report.summary for version in ledger.reports.versions(name)]
            assert texts == [f"turn {turn}" for turn in range(turns)]
        assert sorted(r.payload["turn"] for r in ledger.issues.all()) == list(range(turns))
        moments = [r.issued_at for r in ledger.issues.all()]
        assert len(set(moments)) == turns
