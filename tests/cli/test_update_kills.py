"""`forecast update` killed at any moment, and two at once: nothing is lost, halved or doubled."""

import itertools
import json
import shutil
import signal
import subprocess

import pytest

from tests.cli.projects import ledger
from tests.cli.terminal import command, environment, typed
from tests.cli.test_alerts import ALERT, RULES, SHELLING, said
from tests.cli.test_updates import after, row, write

#: Runs the command line, and dies before a statement of the ledger: the nth, or the first that
#: begins with a text. What asks for the last moment of each table is not counted.
DIES = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
point, seen = sys.argv.pop(1), []
def at(statement):
    if statement.startswith("SELECT max("):
        return
    seen.append(statement)
    if point == str(len(seen)) or statement.startswith(point):
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(Engine, "before_cursor_execute", lambda *heard: at(heard[2]))
event.listen(Engine, "commit", lambda _: at("COMMIT"))
from forecast.cli import main; main()
"""
COVERAGE = (
    "indicator,from,to,detection,source,rationale\n"
    "{indicator},2024-07-01,2024-07-05,0.4,Invented,Invented\n"
)
FILES = ("new.csv", "looked.csv")


@pytest.fixture
def ruled(project):
    """The project with alerts, and two files that are to be taken in together."""
    with (project / "priors.yaml").open("a", encoding="utf-8") as file:
        file.write(RULES)
    write(project, SHELLING, row(2))
    (project / "looked.csv").write_text(COVERAGE.format(indicator="envoys_meet"), "utf-8")
    return project


def state(project):
    """Return what an update leaves in the ledger, having looked that the ledger is whole."""
    with ledger(project) as book:
        assert book.verify() == []
        added = [r for r in book.reports.latest() if r.origin == "update"]
        return {
            "files": sorted(each.name for each in book.applied_files()),
            "reports": {r.report_id: r.version for r in added},
            "windows": [w.window.indicator for w in book.coverage.latest() if w.origin != "events"],
            "alerts": said(project),
        }


def killed_at(point, project):
    """Update, dying at a point; return the exit code and what was printed."""
    words = command(*(str(point), "update", *FILES, "--json"), program=DIES)
    done = subprocess.run(
        words, cwd=project, env=environment(), capture_output=True, check=False, timeout=200
    )
    assert done.returncode in {-signal.SIGKILL, ALERT}, done.stderr.decode()
    return done.returncode, done.stdout.decode()


def require_recovery(project, printed, expected, forecast):
    """The killed update is there whole or not at all, and the next one ends as if never killed."""
    found = state(project)
    whole = expected["state"]
    nothing = {"files": [], "reports": {}, "windows": [], "alerts": []}
    stored = {**whole, "alerts": []}
    assert found in (nothing, stored, whole), found
    if found == whole:
        told = [(alert["alert"], 1, alert["word"]) for alert in json.loads(printed)["alerts"]]
        assert told == found["alerts"], "an alert was remembered that nobody was told"
    done = forecast("update", *FILES, "--json")
    told = json.loads(done.out)
    assert done.code == (0 if found == whole else ALERT), done.err
    assert after(told) == expected["after"]
    seen = state(project)
    assert set(seen.pop("files")) == set(FILES)
    assert seen == {name: value for name, value in whole.items() if name != "files"}


@pytest.fixture
def expected(ruled, tmp_path, forecast, monkeypatch):
    """What an update that nobody disturbs leaves, in a copy of the project."""
    copy = shutil.copytree(ruled, tmp_path / "undisturbed")
    monkeypatch.chdir(copy)
    done = forecast("update", *FILES, "--json")
    assert done.code == ALERT, done.err
    monkeypatch.chdir(ruled)
    return {"after": after(json.loads(done.out)), "state": state(copy)}


@pytest.mark.parametrize(
    "point",
    [
        "INSERT INTO report_version",
        "INSERT INTO coverage_version",
        "INSERT INTO applied_file",
        "SELECT posterior",
        "INSERT INTO alert_version",
    ],
)
def test_killed_where_it_writes_the_next_update_completes_it(point, ruled, expected, forecast):
    code, printed = killed_at(point, ruled)
    assert code == -signal.SIGKILL
    require_recovery(ruled, printed, expected, forecast)


@pytest.mark.slow
def test_killed_before_any_statement_of_the_ledger_it_recovers(
    ruled, expected, tmp_path, forecast, monkeypatch
):
    for point in itertools.count(1):
        copy = shutil.copytree(ruled, tmp_path / f"copy{point}")
        monkeypatch.chdir(copy)
        code, printed = killed_at(point, copy)
        require_recovery(copy, printed, expected, forecast)
        if code == ALERT:
            break
    assert point > 40, "it died at too few points"


def both_at_once(project, *commands):
    """Run commands side by side, and return what they printed."""
    running = [
        subprocess.Popen(
            command(*words),
            cwd=project,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words in commands
    ]
    out = []
    for process in running:
        printed, wrong = process.communicate(timeout=280)
        assert (process.returncode in {0, ALERT}, wrong) == (True, "")
        out.append(json.loads(printed))
    return out


def test_two_updates_at_once_lose_and_double_nothing(ruled, tmp_path, forecast, monkeypatch):
    """Each has a report and a window of its own, and both have the same third report."""
    shared = row(3, indicator="envoys_meet", grade="C3", day="2024-06-12")
    write(ruled, SHELLING, shared, name="a.csv")
    write(ruled, row(2), shared, name="b.csv")
    (ruled / "c.csv").write_text(COVERAGE.format(indicator="shelling_reported"), "utf-8")
    serial = shutil.copytree(ruled, tmp_path / "serial")
    one, two = both_at_once(
        ruled,
        ("update", "a.csv", "looked.csv", "--json"),
        ("update", "b.csv", "c.csv", "--json"),
    )
    assert sorted([*one["new"], *two["new"]]) == ["N1", "N2", "N3"]
    assert [*one["known"], *two["known"]] == ["N3"]
    found = state(ruled)
    assert found["reports"] == {"N1": 1, "N2": 1, "N3": 1}
    assert sorted(found["windows"]) == ["envoys_meet", "shelling_reported"]
    assert found["files"] == ["a.csv", "b.csv", "c.csv", "looked.csv"]
    # whoever came last saw everything
    last = json.loads(forecast("update", "--json").out)
    monkeypatch.chdir(serial)
    done = forecast("update", "a.csv", "b.csv", "looked.csv", "c.csv", "--json")
    alone = json.loads(done.out)
    assert after(last) == pytest.approx(after(alone), abs=1e-9)
    # which of the two says it depends on who sees the other; somebody does, and once it is kept
    expected = raised(alone)
    assert expected
    assert {*raised(one), *raised(two), *raised(last)} >= set(expected)
    assert {alert["alert"] for alert in last["alerts"] if alert["raised"]} >= set(expected)
    kept = [name for name, _, word in said(ruled) if word == "raised"]
    assert len(kept) == len(set(kept))


def raised(update):
    return [alert["alert"] for alert in update["alerts"] if alert["word"] == "raised"]


@pytest.mark.slow
def test_two_first_updates_at_once_make_one_ledger(fresh):
    """Neither a ledger nor a fit is there: both make them, and one of each remains."""
    write(fresh, row(1), name="a.csv")
    write(fresh, row(2), name="b.csv")
    both_at_once(fresh, ("update", "a.csv", "--json"), ("update", "b.csv", "--json"))
    found = state(fresh)
    assert (found["reports"], found["files"]) == ({"N1": 1, "N2": 1}, ["a.csv", "b.csv"])
    assert typed("update", "a.csv", "b.csv", cwd=fresh).code == 0
    assert state(fresh)["reports"] == {"N1": 1, "N2": 1}


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.3, 0.8, 1.5, 4, 10, 18, 25])
def test_killed_after_any_time_a_first_update_completes(seconds, fresh):
    """Where it has to sample as well; the clock decides where it dies."""
    file = write(fresh, row(1))
    running = subprocess.Popen(command("update", file), cwd=fresh, env=environment(),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        running.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
    if (fresh / ".forecast" / "ledger.sqlite").exists():
        state(fresh)
    assert typed("update", file, cwd=fresh).code == 0
    assert state(fresh)["reports"] == {"N1": 1}
