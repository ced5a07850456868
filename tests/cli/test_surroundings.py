"""Locales, odd folder names, pipes, terminals and another ledger: the same command works in all."""

import fcntl
import json
import os
import pty
import shutil
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.cli.projects import END, files
from tests.cli.terminal import MAIN, command, environment, typed, without_traceback


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C", "LANG": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
    ],
    ids=["C", "C without UTF-8 mode", "ascii"],
)
def test_output_is_utf8_in_every_locale(locale, fresh):
    reports = fresh / "events" / "reports.csv"
    text = reports.read_text("utf-8")
    reports.write_text(text.replace("Envoys met", "Посланцы — 특사 met"), "utf-8")
    done = typed("events", "list", cwd=fresh, env=environment(**locale))
    assert (done.code, done.err) == (0, "")
    assert "Посланцы — 특사 met" in " ".join(done.out.split())


def test_a_folder_with_spaces_and_other_letters_is_a_folder(project, tmp_path, forecast):
    odd = project.rename(tmp_path / "Große Übung 제네바 [1]")
    done = forecast("run", "--project", str(odd), "--out", str(odd / "Ergebnis é"))
    assert (done.code, done.err) == (0, "")
    assert set(files(odd / "Ergebnis é")) == set(files(odd / "out"))
    assert (
        "[1]/Ergebnis é/" in " ".join(done.out.split()).replace(" ", "") or "Ergebnis" in done.out
    )


@pytest.mark.parametrize(
    "words",
    [("run", "--project"), ("brief", "new"), ("update",), ("events", "export"), ("chart", "all")],
    ids=" ".join,
)
def test_a_name_that_is_no_text_is_refused_in_one_line_at_every_door(words, tmp_path):
    """Bytes that are not UTF-8 are a legal file name here."""
    done = typed(*words, os.fsdecode(b"odd\xff\xfe"), cwd=tmp_path)
    assert done.code == 2
    assert r"odd\xff\xfe: the name is not UTF-8; rename the file" in without_traceback(done)
    assert list(tmp_path.iterdir()) == []


def test_an_address_in_the_environment_that_is_no_text_is_refused_without_its_secret(project):
    address = os.fsdecode(b"postgresql://us\x99er:geheim@127.0.0.1:1/db")
    env = environment(FORECAST_LEDGER=address)
    done = typed("events", "list", cwd=project, env=env)
    assert done.code == 1
    assert "the address of the ledger is not UTF-8" in without_traceback(done)
    assert "geheim" not in without_traceback(done)


def test_project_names_the_folder_from_elsewhere(project, tmp_path, monkeypatch, forecast):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    done = forecast("run", "--project", "../project", "--json", "--no-charts")
    assert json.loads(done.out)["as_of"] == END
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_without_a_project_says_how_to_start_one(tmp_path, monkeypatch, forecast):
    monkeypatch.chdir(tmp_path)
    for arguments in (("run",), ("check",), ("events", "list")):
        done = forecast(*arguments)
        assert done.code == 1
        assert "forecast init" in without_traceback(done)
    assert list(tmp_path.iterdir()) == []


def test_forecast_ledger_names_another_ledger(project, tmp_path, monkeypatch, forecast):
    place = tmp_path / "shared" / "memory.sqlite"
    place.parent.mkdir()
    shutil.copy(project / ".forecast" / "ledger.sqlite", place)
    monkeypatch.setenv("FORECAST_LEDGER", str(place))
    before = files(project / ".forecast")
    assert "Taken from the ledger" in forecast("run", "--no-charts").out
    before["case.json"] = (project / ".forecast" / "case.json").read_bytes()
    (project / ".forecast" / "ledger.sqlite").unlink()
    assert "Taken from the ledger" in forecast("run", "--no-charts").out
    del before["ledger.sqlite"]
    assert files(project / ".forecast") == before  # case.json, too, stays as it was


def test_a_relative_forecast_ledger_is_made_here(fresh, monkeypatch, forecast):
    monkeypatch.setenv("FORECAST_LEDGER", "sqlite:///mine.sqlite")
    assert forecast("events", "list").code == 0
    assert (fresh / "mine.sqlite").is_file()
    assert not (fresh / ".forecast" / "ledger.sqlite").exists()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nosuch://place", "nosuch://place"),
        ("priors.yaml", "the ledger is damaged"),
        ("priors.yaml/ledger.sqlite", "the ledger cannot be written"),
        ("events", "is a folder"),
    ],
)
def test_a_forecast_ledger_that_cannot_be_is_refused(place, said, fresh, monkeypatch, forecast):
    monkeypatch.setenv("FORECAST_LEDGER", place)
    before = files(fresh)
    done = forecast("events", "list")
    assert done.code == 1
    assert said in without_traceback(done)
    assert files(fresh) == before


@pytest.mark.parametrize(
    "arguments",
    [("check", "--schema"), ("events", "list"), ("run", "--no-charts", "--json"), ("--help",)],
    ids=" ".join,
)
def test_a_reader_that_leaves_early_causes_no_traceback(arguments, project):
    """As in ``forecast check --schema | head -1``, where head is gone before anything comes."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command(*arguments),
        cwd=project,
        env=environment(),
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
        timeout=120,
    )
    os.close(write)
    assert done.stderr == b""


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_closed_stream_is_no_harm(stream, fresh):
    """As in ``forecast events list >&-``."""
    close = f"import os, sys; os.close({['stdout', 'stderr'].index(stream) + 1}); "
    close += f"sys.{stream} = None; "
    for arguments in (("events", "list"), ("check", "--prior")):
        done = typed(*arguments, cwd=fresh, program=close + MAIN)
        assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("update", "-"),
        ("events", "add", "--grade", "B2"),
        ("elicit", "--expert", "A", "--answers", "answers.csv"),
        ("resolve", "broken_by_end_2024", "yes"),
        ("events", "list"),
    ],
    ids=" ".join,
)
def test_a_closed_standard_input_is_one_that_says_nothing(arguments, fresh):
    """As in ``forecast update - <&-``."""
    done = typed(*arguments, cwd=fresh, program=f"import sys; sys.stdin = None; {MAIN}")
    assert done.code in {0, 1, 2, 130}
    assert "Traceback" not in done.err


def shown_on_a_terminal(*arguments, cwd, columns, **settings):
    """Run a command on a terminal of some width and return what it shows."""
    shown, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    env = environment(**settings)
    env.pop("COLUMNS", None)
    with subprocess.Popen(
        command(*arguments), cwd=cwd, env=env, stdin=terminal, stdout=terminal, stderr=terminal
    ):
        os.close(terminal)
        return _everything(shown).replace("\r\n", "\n")


@pytest.mark.parametrize(("term", "columns"), [("dumb", 50), ("xterm", 50), ("dumb", 120)])
def test_a_terminal_breaks_no_word_of_a_message_and_a_pipe_breaks_no_line(term, columns, fresh):
    """Whatever it can do, it is asked how wide it is."""
    arguments = ("chart", "pie")
    whole = typed(*arguments, cwd=fresh).err
    seen = shown_on_a_terminal(*arguments, cwd=fresh, columns=columns, TERM=term, NO_COLOR="1")
    assert seen.split() == whole.split()
    assert max(map(len, seen.splitlines())) <= columns
    (line,) = [line for line in whole.splitlines() if line.startswith("Error:")]
    assert len(line) > columns


def test_an_answer_breaks_no_word(project):
    asked = ("ask", "ceasefire reaches holds by 2024-12-31", "--no-charts")
    said = typed(*asked, cwd=project).out
    (line,) = [line for line in said.splitlines() if "ask whether it will stand" in line]
    seen = shown_on_a_terminal(*asked, cwd=project, columns=80, TERM="dumb")
    assert set(line.split()) <= set(seen.split())


def test_a_dumb_terminal_gets_the_result_and_nothing_that_would_be_taken_back(project):
    seen = shown_on_a_terminal("run", "--no-charts", cwd=project, columns=80, TERM="dumb")
    assert seen.startswith("Will the ceasefire hold?\nas of ")
    assert "\x1b" not in seen


@pytest.mark.parametrize(
    ("said", "fine"), [("50", True), ("", True), ("19", False), ("wide", False), ("²", False)]
)
def test_a_pipe_is_as_wide_as_it_is_told(said, fine, fresh, monkeypatch, forecast):
    monkeypatch.setenv("FORECAST_COLUMNS", said)
    done = forecast("events", "list")
    assert done.code == (0 if fine else 1)
    if not fine:
        assert f"FORECAST_COLUMNS: {said!r} came" in without_traceback(done)
    assert (max(map(len, done.out.splitlines()), default=0) > 50) is (said == "")


def test_the_width_of_a_terminal_that_is_not_there_changes_nothing_in_a_pipe(
    fresh, monkeypatch, forecast
):
    before = forecast("events", "list")
    monkeypatch.setenv("COLUMNS", "40")
    assert forecast("events", "list") == before


def test_on_a_terminal_progress_is_shown_and_the_output_stays_clean(project):
    shown, terminal = pty.openpty()
    with subprocess.Popen(
        command("run", "--json"),
        cwd=project,
        env=environment(TERM="xterm", NO_COLOR="1"),
        stdout=subprocess.PIPE,
        stderr=terminal,
    ) as running:
        os.close(terminal)
        assert running.stdout is not None
        out = running.stdout.read()
        seen = _everything(shown)
    assert running.returncode == 0
    assert "reading the brief and its reports" in seen
    assert json.loads(out)["as_of"] == END


def _everything(terminal):
    """Read a terminal until the other side is gone, which Linux tells by an error."""
    pieces = []
    try:
        while piece := os.read(terminal, 65536):
            pieces.append(piece)
    except OSError:
        pass
    os.close(terminal)
    return b"".join(pieces).decode()


def test_the_installed_command_is_the_same_program(tmp_path):
    program = shutil.which("forecast", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("the package is not installed beside this Python")
    done = subprocess.run(
        [program, "--help"], cwd=tmp_path, capture_output=True, check=False, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == typed("--help", cwd=tmp_path).out


@pytest.mark.parametrize(
    "arguments", [("--help",), ("events", "list"), ("run", "--no-charts"), ("run", "--horzion")]
)
def test_a_reader_that_left_is_told_from_a_mistake_by_the_exit_code(arguments, project):
    """141, as of any program that writes into ``head``; on both streams."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command(*arguments),
        cwd=project,
        env=environment(),
        stdout=write,
        stderr=write,
        check=False,
        timeout=120,
    )
    os.close(write)
    assert done.returncode == 141


def test_a_terminal_of_other_letters_gets_what_it_can_show(project):
    """No error, and frames of plain letters; a pipe has UTF-8 all the same."""
    shown, terminal = pty.openpty()
    with subprocess.Popen(
        command("run", "--no-charts"),
        cwd=project,
        env=environment(TERM="xterm", NO_COLOR="1", PYTHONIOENCODING="ascii", COLUMNS="100"),
        stdout=terminal,
        stderr=terminal,
    ) as running:
        os.close(terminal)
        seen = _everything(shown)
    assert running.returncode == 0
    assert seen.isascii()
    assert "----" in seen
    assert "Traceback" not in seen
