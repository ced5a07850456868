"""Tab offers the names of the project: at every argument that takes one, quickly and in silence."""

import json
import os
import re
import sqlite3
import subprocess
import sys

import click
import pytest
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from forecast.cli import forecast as front_door
from forecast.terminal.options import offered
from tests.cli.projects import files
from tests.cli.test_help import COMMANDS

#: What the words of a usage line stand for, as `offered` calls it, and a name in the template.
NAMED = {
    "NODE": "talks",
    "QUESTION": "broken_by_end_2024",
    "INDICATOR": "envoys_meet",
    "SCENARIO": "calm",
    "REPORT": "R001",
    "ID": "R001",
    "SOURCE": "desk",
    "KIND": "trajectory",
    "BLOCK": "log_hazard_ratio",
    "EVENT": "E-envoys-1",
    "LINEAGE": "mediator",
}
#: What is typed freely: texts, numbers as they are written, days and periods.
FREE = {
    *("reason", "summary", "note", "actors", "reliability_reason", "expert", "value", "exposure"),
    *("use", "verified", "source_title", "source_url", "source_type", "url", "grade"),
    *("occurred_on", "reported_on", "told_on", "known_on", "from", "to"),
    *("every", "horizon", "within", "came", "detection", "rationale", "cluster"),
}
#: Ids that are made new, and texts that are called a source.
NEW = {
    (("events", "add"), "report_id"),
    (("resolve",), "source"),
    (("events", "coverage", "add"), "source"),
}
#: A SOURCE here is a document.
OTHERS = {("brief", "render", "source")}


@pytest.fixture
def here(fresh):
    """A project with a scenario and a source, and R003 retracted."""
    (fresh / "scenarios").mkdir()
    (fresh / "scenarios" / "calm.yaml").write_text("title: Calm\nassume: []\n", "utf-8")
    head = "source_id,label,reliability,hosts,lineages,source,rationale\n"
    row = "desk,Our desk,B,,,Invented example,Invented example\n"
    (fresh / "events" / "sources.csv").write_text(head + row, "utf-8")
    return fresh


def completed(line, shell=BashComplete):
    """Complete the last word of a line; as the shell gets it."""
    words = line.split(" ")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMP_WORDS", line)
        patch.setenv("COMP_CWORD", words[-1] if shell is FishComplete else str(len(words) - 1))
        return shell(front_door, {}, "forecast", "_FORECAST_COMPLETE").complete()


def words(line):
    return [item.removeprefix("plain,") for item in completed(line).splitlines()]


def takers():
    """Every argument and option whose usage line says that it takes a name, with that word."""
    for path, command in COMMANDS.items():
        for param in command.params:
            said = re.findall(r"[A-Z]{2,}", param.make_metavar(click.Context(command)))
            known = [word for word in said if word in NAMED]
            if known and (*path, param.name) not in OTHERS:
                yield pytest.param(path, param, known, id=f"{' '.join(path)} {param.name}")


def test_every_text_that_is_typed_completes_names_or_is_free():
    """Walk the tree: an option that takes a name and does not complete it is found."""
    silent = {
        (path, param.name)
        for path, command in COMMANDS.items()
        for param in command.params
        if isinstance(param.type, click.types.StringParamType)
        and param._custom_shell_complete is None
    }
    assert {one for one in silent if one[1] not in FREE} == NEW


def test_the_blocks_are_those_of_the_last_fit(project, forecast):
    learnt = json.loads(forecast("check", "--fit", "--json").out)["learnt"]
    assert set(words("forecast check --fit --block ")) == {row["block"] for row in learnt}


@pytest.mark.parametrize(("path", "param", "known"), list(takers()))
def test_whatever_takes_a_name_completes_it(path, param, known, here, forecast):
    typed = ["forecast", *path]
    if isinstance(param, click.Option):
        typed.append(param.opts[0])
    if path == ("chart",) and param.name == "name":
        found = words("forecast chart fan ") + words("forecast chart icons ")
    elif path == ("sources",) and param.name == "report":
        found = words("forecast sources confirm ")
    elif path == ("events", "restore"):
        assert forecast("events", "retract", "R001", "--reason", "invented").code == 0
        found = words("forecast events restore ")
    else:
        found = words(f"{' '.join(typed)} ")
    for word in known:
        assert any(name.startswith(NAMED[word]) for name in found), found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("forecast chart icons br", ["broken_by_end_2024"]),
        ("forecast chart panel ", []),
        ("forecast chart panel --format p", ["png", "pdf"]),
        ("forecast chart panel --format=s", ["svg"]),
        ("forecast chart side", ["side-by-side"]),
        ("forecast explain TAL", ["talks"]),
        ("forecast explain br", ["broken_by_end_2024"]),
        ("forecast watch ceasefire ta", ["talks"]),
        ("forecast watch talks ta", []),
        ("forecast resolve broken_by_end_2024 v", ["void"]),
        ("forecast resolve broken_by_end_2024 yes --came ", ["holds", "broken"]),
        ("forecast whatif --do talks", ["talks=stalled@", "talks=moving@"]),
        ("forecast whatif --observe sh", ["shelling_reported@"]),
        ("forecast whatif ca", ["calm"]),
        ("forecast whatif ./ca", ["file,./ca"]),
        ("forecast update ", ["file,"]),
        ("forecast events import --format ic", ["icews"]),
        ("forecast ask ceas", ["ceasefire"]),
        ("forecast ask ceasefire ", ["reaches", "is"]),
        ("forecast ask ceasefire reaches br", ["broken"]),
        ("forecast ask ceasefire reaches broken b", ["by", "before"]),
        ("forecast ask ceasefire reaches broken by ", []),
        ("forecast ask at least 2 reports of e", ["envoys_meet"]),
    ],
)
def test_what_is_offered_fits_what_was_typed(line, found, here):
    assert words(line) == found


def test_the_project_that_is_named_is_read(here, monkeypatch):
    monkeypatch.chdir(here.parent)
    assert words("forecast explain ") == []
    assert words("forecast explain --project project t") == ["talks"]


def test_a_question_in_quotes_is_completed_word_by_word(here, monkeypatch):
    monkeypatch.setenv("COMP_WORDS", 'forecast ask "ceasefire reaches br')
    monkeypatch.setenv("COMP_CWORD", "2")
    shell = BashComplete(front_door, {}, "forecast", "_FORECAST_COMPLETE")
    assert shell.complete() == "plain,ceasefire reaches broken"


def test_bash_zsh_and_fish_get_names_as_they_want_them(here):
    line = "forecast explain t"
    label = "Peace talks"
    assert completed(line) == "plain,talks"
    assert completed(line, ZshComplete) == f"plain\ntalks\n{label}"
    assert completed(line, FishComplete) == f"plain,talks\t{label}"


def test_only_reports_that_stand_are_offered_to_be_retracted(here, forecast):
    assert words("forecast events restore ") == []
    assert forecast("events", "retract", "R003", "--reason", "invented").code == 0
    before = files(here / ".forecast")
    assert words("forecast events retract ") == ["R001", "R002"]
    assert words("forecast events restore ") == ["R003"]
    assert words("forecast events add --correct R") == ["R001", "R002", "R003"]
    assert files(here / ".forecast") == before  # a look leaves nothing behind


def test_a_shared_ledger_offers_no_report_of_another_case(here, tmp_path, monkeypatch, forecast):
    monkeypatch.setenv("FORECAST_LEDGER", str(tmp_path / "shared.sqlite"))
    assert forecast("events", "list").code == 0
    assert forecast("init", str(tmp_path / "other")).code == 0
    monkeypatch.chdir(tmp_path / "other")
    for file in (tmp_path / "other" / "events").glob("*.csv"):
        file.unlink()
    assert words("forecast events retract ") == []
    monkeypatch.chdir(here)
    assert words("forecast events retract ") == ["R001", "R002", "R003"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"nodes: [",
        b"\xff\xfe\x00",
        b"nodes: {a: &a [*a]}",
        b"? {a: b}\n: c\nnodes:\n",
        b"nodes: " + b"[" * 100_000,
        b"- " * 50_000,
        b"nodes: 7\nquestions: {3: 4, null: 5}\n",
    ],
    ids=["empty", "open", "bytes", "loop", "keys", "brackets", "lists", "numbers"],
)
def test_a_project_that_cannot_be_read_offers_nothing_and_says_nothing(text, here, capfd):
    (here / "priors.yaml").write_bytes(text)
    for kind in ("node", "question", "sum", "indicator", "state", "assumed", "supposed", "report"):
        offered(here, kind)
    for line in ("explain ", "chart icons ", "ask ", "whatif --do ", "events retract "):
        completed(f"forecast {line}", ZshComplete)
    assert words("forecast nodes ") == []
    assert capfd.readouterr() == ("", "")


def test_what_stands_above_a_mistake_is_offered(here):
    text = (here / "priors.yaml").read_text("utf-8")
    (here / "priors.yaml").write_text(f"{text}\nalerts: [\n", "utf-8")
    assert words("forecast explain t") == ["talks"]


@pytest.mark.parametrize("damage", [b"no database", b""])
def test_a_damaged_ledger_offers_what_the_files_hold(damage, here):
    (here / ".forecast").mkdir()
    (here / ".forecast" / "ledger.sqlite").write_bytes(damage)
    assert words("forecast events retract R001") in ([], ["R001"])
    assert files(here / ".forecast") == {"ledger.sqlite": damage}


def test_a_ledger_that_is_being_written_does_not_hold_up(here, forecast):
    assert forecast("events", "list").code == 0
    with sqlite3.connect(here / ".forecast" / "ledger.sqlite", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert words("forecast events retract R001") == ["R001"]
        other.execute("ROLLBACK")
    other.close()


def test_names_that_a_shell_would_act_on_are_not_offered(here):
    (here / "priors.yaml").write_text(
        'nodes:\n  "$(id)": {label: x}\n  "a b": {label: x}\n  "*": {label: x}\n  "-rf": {}\n'
        '  sound: {label: "two\\nlines \\e[31m"}\n',
        "utf-8",
    )
    (here / "scenarios" / "`id`.yaml").write_text("", "utf-8")
    assert completed("forecast explain ", ZshComplete) == "plain\nsound\ntwo lines [31m"
    assert words("forecast report --scenario ") == ["calm"]


def test_nothing_heavy_is_loaded_and_nothing_is_said(here):
    heavy = {"pydantic", "numpy", "rich", "ruamel.yaml", "sqlalchemy", "forecast.beliefs"}
    code = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print('LOADED', *sorted({heavy!r} & set(sys.modules))))\n"
        "from forecast.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=here,
        env={
            **os.environ,
            "_FORECAST_COMPLETE": "bash_complete",
            "COMP_WORDS": "forecast events retract R",
            "COMP_CWORD": "3",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    assert done.stdout == "plain,R001\nplain,R002\nplain,R003\nLOADED\n"
