"""Help and usage: every command explains itself with an example, and a slip of the hand exits 2."""

import re
import shlex

import click
import pytest

from forecast.cli import forecast as front_door
from forecast.terminal.options import Day


def commands(group, path=()):
    """Give every command below a group with the words that call it."""
    for name, command in sorted(group.commands.items()):
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


COMMANDS = dict(commands(front_door))
each_command = pytest.mark.parametrize("path", COMMANDS, ids=" ".join)


def examples(text):
    """Return the lines of a help text that can be pasted into a shell, continued ones as one."""
    whole = re.sub(r" \\\n +", " ", text)
    return re.findall(r"^ {4}(forecast .+|cd \S+ && forecast .+)$", whole, flags=re.MULTILINE)


def test_the_commands_are_those_that_the_help_lists(forecast):
    shown = forecast("--help")
    listed = re.findall(r"^  ([a-z-]+)  ", shown.out.partition("Commands:")[2], flags=re.MULTILINE)
    assert shown.code == 0
    assert sorted(listed) == sorted(path[0] for path in COMMANDS if len(path) == 1)


def test_no_line_of_the_list_of_commands_is_cut_short(forecast):
    assert "..." not in forecast("--help").out.partition("Commands:")[2]


@each_command
def test_help_has_an_example_to_paste(path, forecast):
    shown = forecast(*path, "--help")
    assert (shown.code, shown.err) == (0, "")
    assert examples(shown.out), shown.out


@pytest.mark.parametrize("path", [(), *COMMANDS], ids=" ".join)
def test_every_example_of_the_help_is_understood(path, forecast):
    """Every option and argument of an example is one that its command knows."""
    for example in examples(forecast(*path, "--help").out):
        line = example.partition(" > ")[0].rpartition("&& ")[2]
        _, *words = shlex.split(line)
        command, context = front_door, front_door.make_context("forecast", list(words))
        while isinstance(command, click.Group):
            name = words.pop(0)
            command = command.commands[name]
            context = command.make_context(name, list(words), parent=context)


@pytest.mark.parametrize("path", [(), *COMMANDS], ids=" ".join)
def test_help_is_no_wider_than_a_terminal_of_80_columns(path, forecast, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = forecast(*path, "--help").out.splitlines()
    assert [line for line in lines if len(line) > 80] == []


@each_command
def test_one_example_is_not_called_several(path, forecast):
    shown = forecast(*path, "--help").out
    several = len(examples(shown)) > 1
    assert ("\n  Examples:\n" in shown, "\n  Example:\n" in shown) == (several, not several)


def options():
    """Give every option that takes something or is a flag, with the words that call it."""
    for path, command in COMMANDS.items():
        for param in command.params:
            if isinstance(param, click.Option):
                yield " ".join((*path, param.opts[-1])), param


OPTIONS = dict(options())
#: What options of one name say, wherever they stand.
SAID = {
    "--project": r"Folder with priors\.yaml and events/ \[default: this one\]\.",
    "--json": r"Print the result as JSON(; with --watch one line for each file)?\.",
    "--no-charts": r"Print only; write nothing to --out\.",
    "--out": r"Folder for .+ \[default: out\]\.|File of reports to write \[default: .+\]\.",
    "--as-of": r"(The|Only|With --prior: only|List) .+ this day.*\.",
    "--draws": r"Draws of each chain\.|Posterior draws used.*\.",
    "--tune": r"Warm-up of each chain\.",
    "--seed": r"Seed of .+\.",
    "--horizon": (
        r"How far ahead, such as 12m or 90d \[default: that of priors\.yaml\]\."
        r"|How far ahead --record and --streams ask; may be repeated \[default: 4w and 13w; "
        r"of --streams 1, 4 and 13 steps\]\."
    ),
    "--notes": r"Style of the notes on sources\.",
}


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_says_what_it_is_in_the_words_of_its_name(name):
    option = OPTIONS[name]
    assert re.fullmatch(SAID.get(option.opts[-1], r"[^ a-z].+[.]|evidence or .+[.]"), option.help)
    assert ("may be repeated" in option.help.lower()) == (option.multiple)
    if isinstance(option.type, Day) or "YYYY" in str(option.metavar):
        assert option.make_metavar(click.Context(front_door)) == "YYYY-MM-DD"


@each_command
def test_dash_h_is_help(path, forecast):
    assert forecast(*path, "-h") == forecast(*path, "--help")


def test_alone_it_shows_the_help_and_counts_as_wrong_usage(forecast):
    done = forecast()
    assert done.code == 2
    assert "Commands:" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("forecats",), "forecats"),
        (("run", "--horzion", "6m"), "--horizon"),
        (("run", "surplus"), "surplus"),
        (("run", "--as-of", "01.07.2024"), "it may be 2024-07-01 or 2024-01-07"),
        (("run", "--as-of", "2024-02-30"), "February 2024 has 29 days"),
        (("run", "--as-of", "20240701"), "write it as 2024-07-01"),
        (("run", "--draws", "many"), "--draws"),
        (("run", "--draws", "5"), "100<=x<=100000"),
        (("run", "--draws", "1000000000"), "100<=x<=100000"),
        (("validate", "--steps", "1000000000"), "4<=x<=10000"),
        (("run", "--seed", "-1"), "--seed"),
        (("run", "--seed", str(2**64)), "--seed"),
        (("chart", "pie"), "trajectory"),
        (("chart", "trajectory"), "NODE"),
        (("chart", "panel", "--format", "gif"), "svg"),
        (("chart", "panel", "--size", "a5"), "a4"),
        (("events", "list", "--use", "some"), "evidence"),
        (("events", "lst"), "list"),
        (("check", "--fit", "--ledger"), "--fit and --ledger are looked at one at a time"),
        (("check", "--block", "rarity"), "--block goes with --fit"),
        (("update", "--once"), "--once and --settle go with --watch"),
        (("update", "--watch", "inbox", "--dry-run"), "--watch takes one folder"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2_and_says_what_is_allowed(arguments, said, forecast):
    done = forecast(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_the_version_is_shown(forecast):
    done = forecast("--version")
    assert done.code == 0
    assert re.fullmatch(r"forecast, version \d+\.\d+\.\d+\S*\n", done.out)
