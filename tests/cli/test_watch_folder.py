"""Real processes: a file that lands is applied once and whole, and the watcher stops cleanly."""

import json
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue

import pytest

from tests.cli.projects import ledger
from tests.cli.terminal import command, environment
from tests.cli.test_alerts import RULES, SHELLING
from tests.cli.test_updates import HEADER, row, write

PATIENCE = 90


class Watcher:
    """A running `forecast update --watch`, and the lines it prints."""

    def __init__(self, process):
        self.process = process
        self._lines = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(json.loads(line))

    def line(self, patience=PATIENCE):
        """Return the next line, or fail."""
        try:
            return self._lines.get(timeout=patience)
        except Empty:
            pytest.fail("nothing came")

    def quiet(self, seconds):
        """Look that nothing is said for so long."""
        with pytest.raises(Empty):
            self._lines.get(timeout=seconds)

    def stop(self, number):
        """Send a signal; return the exit code and what stands on the error stream."""
        self.process.send_signal(number)
        code = self.process.wait(timeout=PATIENCE)
        return code, self.process.stderr.read()


def _heed_interrupts():
    """A test run in the background of a shell ignores Control-C, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def watching(project, *options):
    with subprocess.Popen(
        command("update", "--watch", "inbox", "--json", "--settle", "0.3", *options),
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heed_interrupts,  # noqa: PLW1509 - the reading thread starts later
    ) as process:
        try:
            yield Watcher(process)
        finally:
            process.kill()


@pytest.fixture
def inbox(project):
    folder = project / "inbox"
    folder.mkdir()
    return folder


def land(inbox, name, *rows):
    """Let a whole file land, as a careful program does."""
    part = write(inbox, *rows, name=f"{name}.part")
    Path(part).replace(inbox / name)


def versions(project, *ids):
    with ledger(project) as book:
        assert book.verify() == []
        return [len(book.reports.versions(each)) for each in ids]


def applied(project):
    with ledger(project) as book:
        return [each.name for each in book.applied_files()]


def test_files_are_applied_once_over_a_stop_and_a_start(project, inbox):
    """What lay there, what lands, and what a correction made of it, all stay as they are."""
    land(inbox, "first.csv", row(1), row(2))
    with watching(project) as watcher:
        told = watcher.line()
        assert (told["state"], told["update"]["new"]) == ("applied", ["N1", "N2"])
        land(inbox, "second.csv", row(1, grade="C3"))
        told = watcher.line()
        assert (told["file"], told["update"]["revised"]) == ("inbox/second.csv", ["N1"])
        watcher.quiet(1.5)
        assert watcher.stop(signal.SIGTERM)[0] == 0
    with watching(project) as watcher:
        assert watcher.line()["state"] == "looked"  # nothing is new; time and alerts are looked at
        watcher.quiet(1.5)
        watcher.stop(signal.SIGTERM)
    assert versions(project, "N1", "N2") == [2, 1]
    assert applied(project) == ["first.csv", "second.csv"]


def test_a_bad_file_is_told_row_by_row_and_taken_when_it_is_corrected(project, inbox):
    land(inbox, "new.csv", row(1), row(2, grade="B9"), row(3, indicator="envoy_meets"))
    with watching(project) as watcher:
        told = watcher.line()
        assert told["state"] == "refused"
        assert [problem.partition(": ")[0] for problem in told["problems"]] == [
            "inbox/new.csv:3",
            "inbox/new.csv:4",
        ]
        assert watcher.line()["state"] == "looked"
        watcher.quiet(1.5)  # it is not tried again
        land(inbox, "other.csv", row(4))
        assert watcher.line()["update"]["new"] == ["N4"]
        land(inbox, "new.csv", row(1), row(2, grade="B2"))
        assert watcher.line()["update"]["new"] == ["N1", "N2"]
        watcher.stop(signal.SIGTERM)
    assert applied(project) == ["other.csv", "new.csv"]


def test_a_file_is_tried_again_when_the_priors_change(project, inbox):
    """The indicator of a report may be added after the report came."""
    priors = project / "priors.yaml"
    whole = priors.read_text("utf-8")
    priors.write_text(whole + "alerts: 7\n", "utf-8")
    land(inbox, "new.csv", row(1))
    with watching(project) as watcher:
        assert [watcher.line()["state"] for _ in range(2)] == ["refused", "failed"]
        priors.write_text(whole, "utf-8")
        assert watcher.line()["state"] == "applied"
        watcher.stop(signal.SIGTERM)


def test_a_file_is_not_read_while_it_is_written(project, inbox):
    """Rows come one by one, the last one in two halves; only the whole file is ever stored."""
    with watching(project) as watcher:
        assert watcher.line()["state"] == "looked"
        rows = [row(number) for number in range(1, 6)]
        with (inbox / "slow.csv").open("w", encoding="utf-8") as file:
            for text in [HEADER, *rows[:-1], rows[-1][:30], rows[-1][30:]]:
                file.write(text)
                file.flush()
                time.sleep(0.2)
        told = watcher.line()
        assert told["update"]["new"] == [f"N{number}" for number in range(1, 6)]
        watcher.stop(signal.SIGTERM)
    assert versions(project, *(f"N{n}" for n in range(1, 6))) == [1] * 5
    assert applied(project) == ["slow.csv"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_stops_it_cleanly(number, code, project, inbox):
    with watching(project) as watcher:
        watcher.line()
        assert watcher.stop(number) == (
            code,
            "watching inbox for files of reports; stop with Control-C\n"
            + ("\n" if code else "")
            + "stopped; everything acknowledged before is kept\n",
        )
    assert versions(project) == []


def test_a_signal_lets_the_file_in_hand_be_finished(project, inbox):
    """Stopped while a file is applied, it says what became of it, and begins no other."""
    with watching(project) as watcher:
        watcher.line()
        land(inbox, "a.csv", row(1))
        while not applied(project):
            time.sleep(0.01)
        land(inbox, "b.csv", row(2))
        assert watcher.stop(signal.SIGTERM)[0] == 0
        assert watcher.line()["file"] == "inbox/a.csv"
    assert applied(project) == ["a.csv"]


def test_killed_and_started_again_nothing_is_applied_twice(project, inbox):
    for number in range(1, 6):
        land(inbox, f"{number}.csv", row(number))
    with watching(project) as watcher:
        watcher.line()
        watcher.process.kill()
    with watching(project) as watcher:
        while len(applied(project)) < 5:
            time.sleep(0.05)
        watcher.stop(signal.SIGTERM)
    assert versions(project, *(f"N{n}" for n in range(1, 6))) == [1] * 5
    assert sorted(applied(project)) == [f"{n}.csv" for n in range(1, 6)]


def once(forecast, *options):
    done = forecast("update", "--watch", "inbox", "--once", "--json", *options)
    return done.code, [json.loads(line) for line in done.out.splitlines()]


def test_once_for_cron_exits_with_4_for_an_alert_and_says_it_once(project, inbox, forecast):
    with (project / "priors.yaml").open("a", encoding="utf-8") as file:
        file.write(RULES)
    land(inbox, "new.csv", SHELLING)
    code, told = once(forecast)
    assert (code, [each["state"] for each in told]) == (4, ["applied"])
    assert {alert["word"] for alert in told[0]["update"]["alerts"]} == {"raised"}
    code, told = once(forecast)
    assert (code, [each["state"] for each in told]) == (0, ["looked"])


def test_once_exits_with_1_for_a_bad_file_and_prints_its_rows(project, inbox, forecast):
    land(inbox, "bad.csv", row(1, grade="B9"))
    done = forecast("update", "--watch", "inbox", "--once")
    assert done.code == 1
    assert done.err.startswith("inbox/bad.csv:2: credibility: ")
    assert applied(project) == []


def test_a_copy_or_an_earlier_name_is_not_applied_again(project, inbox, forecast):
    """A file moved away and back does not undo the correction that came in between."""
    land(inbox, "a.csv", row(1))
    once(forecast)
    land(inbox, "b.csv", row(1, grade="C3"))
    once(forecast)
    (inbox / "a.csv").replace(inbox / "renamed.csv")
    assert once(forecast)[1][0]["state"] == "looked"
    assert versions(project, "N1") == [2]


def test_what_was_applied_by_hand_is_known(project, inbox, forecast):
    land(inbox, "a.csv", row(1))
    assert forecast("update", "inbox/a.csv").code == 0
    assert once(forecast)[1][0]["state"] == "looked"


def test_other_files_are_left_alone(project, inbox, forecast):
    for name in ("a.csv.part", ".hidden.csv", "notes.txt"):
        write(inbox, row(1), name=name)
    (inbox / "empty.csv").touch()
    (inbox / "folder.csv").mkdir()
    assert [each["state"] for each in once(forecast)[1]] == ["looked"]


@pytest.mark.parametrize("name", ["nowhere", "priors.yaml"])
def test_what_is_no_folder_is_one_line(name, project, forecast):
    done = forecast("update", "--watch", name)
    assert done.code == 1
    assert done.err.startswith(f"forecast: {name}: cannot be watched (")
    assert len(done.err.splitlines()) == 1
