"""Every command the documents quote can be typed as it stands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from forecast.cli import forecast
from tests.docs.test_links import PAGES
from tests.project.repository import ROOT, makefile_targets


def quoted(page: Path) -> list[str]:
    """Return every command in backticks, or on a line of a block of shell code."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = [line.partition("#")[0] for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", rest)
    parts = [part.partition(">")[0].strip() for line in lines for part in line.split("&&")]
    return [part for part in parts if re.match(r"(forecast|make)\b(?![./])", part)]


def leaves(command: click.Command, path: str = "") -> Iterator[str]:
    """Give the commands that do something, as they are typed."""
    if not isinstance(command, click.Group):
        yield path
        return
    for name, inner in command.commands.items():
        yield from leaves(inner, f"{path} {name}".strip())


def parse(words: list[str]) -> None:
    """Parse a command without running it; a command named without arguments need only exist."""
    command: click.Command = forecast
    # a command remembers the help options of the context it is first parsed in
    front = click.Context(forecast, info_name="forecast", **forecast.context_settings)
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        name = words.pop(0)
        assert name in command.commands, f"there is no command {name}"
        command = command.commands[name]
    if words:
        try:
            command.make_context(command.name, words, parent=front)
        except click.exceptions.Exit:  # --help and --version end the parsing
            return


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_quoted_commands_parse(page):
    """Commands, options, choices and dates of every quoted command are those of the program."""
    for command in quoted(page):
        program, *words = shlex.split(command)
        if program == "make":
            assert {word for word in words if "=" not in word} <= makefile_targets(), command
            continue
        try:
            parse(words)
        except click.UsageError as error:
            pytest.fail(f"{command}: {error.format_message()}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_quoted_options_exist(page):
    """An option in backticks by itself is an option of some command."""
    known = {"--help", "--version"}
    for path in leaves(forecast):
        command: click.Command = forecast
        for name in path.split():
            assert isinstance(command, click.Group)
            command = command.commands[name]
        known |= {option for parameter in command.params for option in parameter.opts}
    found = set(re.findall(r"`(--[a-z-]+)`", page.read_text("utf-8")))
    assert found - known <= {"--strict"}  # of mypy


@pytest.mark.parametrize("words", ["run --asof 2024-07-01", "chart pie", "run --as-of July", "aks"])
def test_a_wrong_command_is_found(words):
    """The check above refuses options, choices, dates and commands that do not exist."""
    with pytest.raises((click.UsageError, AssertionError)):
        parse(words.split())


def test_readme_shows_every_command():
    """A reader of README.md meets every command there is."""
    shown = " ".join(quoted(ROOT / "README.md"))
    assert [path for path in leaves(forecast) if f"forecast {path}" not in shown] == []


def test_readme_names_the_two_commands_of_make():
    """README.md says make run and make test."""
    assert {"make run", "make test"} <= set(quoted(ROOT / "README.md"))
