"""A ledger that cannot be used is named with a way out; it is never overwritten."""

import os
import shutil
import sqlite3

import pytest

from tests.cli.projects import files
from tests.cli.terminal import without_traceback


def random_bytes(path):
    path.write_bytes(os.urandom(20_000))


def half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def header_only(path):
    path.write_bytes(path.read_bytes()[:60])


def a_folder(path):
    path.unlink()
    path.mkdir()


def another_database(path):
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE cooking (recipe TEXT)")
    connection.close()


def a_newer_schema(path):
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO migration VALUES (99, 'to come', '2999-01-01')")
    connection.close()


def closed(path):
    """Let SQLite write everything into the one file first."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()


def held_in(path):
    """Return what a database holds, or the bytes of what is none."""
    if path.is_dir():
        return files(path)
    connection = sqlite3.connect(path)
    try:
        return list(connection.iterdump())
    except sqlite3.DatabaseError:
        return path.read_bytes()
    finally:
        connection.close()


LEDGERS = [
    (random_bytes, "the ledger is damaged"),
    (half, "the ledger is damaged"),
    (header_only, "the ledger is damaged"),
    (a_folder, "is a folder"),
    (another_database, "is a database, but not a ledger"),
    (a_newer_schema, "written by a newer version of forecast"),
]


@pytest.mark.parametrize(
    ("break_it", "said"), LEDGERS, ids=[break_it.__name__ for break_it, _ in LEDGERS]
)
@pytest.mark.parametrize(
    "command", [("run", "--no-charts"), ("chart", "panel"), ("events", "list"), ("check", "--fit")],
    ids=" ".join,
)  # fmt: skip
def test_a_broken_ledger_is_named_and_not_touched(break_it, said, command, project, forecast):
    path = project / ".forecast" / "ledger.sqlite"
    closed(path)
    break_it(path)
    before = held_in(path)
    done = forecast(*command)
    assert done.code == 1
    assert ".forecast/ledger.sqlite: " in without_traceback(done)
    assert said in done.err
    assert held_in(path) == before


def test_moved_away_a_broken_ledger_is_read_again_from_events(project, forecast):
    """The way out that the message names is one."""
    path = project / ".forecast" / "ledger.sqlite"
    closed(path)
    random_bytes(path)
    assert "move it and posteriors/ away" in forecast("events", "list").err
    (project / ".forecast").rename(project / "away")
    assert forecast("events", "list").out.splitlines()[-1] == "3 reports, 2 events"


def test_a_lost_posterior_file_is_no_harm_to_what_was_issued(project, forecast):
    shutil.rmtree(project / ".forecast" / "posteriors")
    assert forecast("run", "--no-charts").code == 0
    assert forecast("chart", "panel", "--format", "svg").code == 0
    done = forecast("check", "--fit")
    assert done.code == 1
    assert "forecast run" in done.err
    assert "Traceback" not in done.err
