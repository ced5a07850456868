"""Tables follow the width there is: whole rows, cells wrapped between words, or a list."""

import io

import pytest
from rich.console import Console

from forecast.study.explain_command import _decibans
from forecast.study.watch_command import _asked
from forecast.study.whatif import ScenarioList
from forecast.study.whatif_command import print_listing
from forecast.terminal.console import output
from forecast.terminal.tables import plain_table

SOURCE = "kremlin: Russian government"
NUMBERS = ("A", "47", "30", "0", "0", "95%", "86% to >99%", "no")


def printed(*rows: tuple[str, ...], heads: tuple[str, ...], width: int) -> list[str]:
    table = plain_table(*heads)
    for row in rows:
        table.add_row(*row)
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False)
    console.print(table)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def of_sources(width: int) -> list[str]:
    names = ("letter", "reports", "own letter", "confirmed", "refuted", "reliability")
    heads = ("source", *names, "80% band", "in use")
    return printed((SOURCE, *NUMBERS), heads=heads, width=width)


def test_where_there_is_room_a_row_is_a_line():
    lines = of_sources(200)
    assert len(lines) == 3
    assert lines[2].split() == [*SOURCE.split(), *" ".join(NUMBERS).split()]


def test_where_there_is_none_for_a_table_each_row_is_told_with_its_headings():
    assert of_sources(80) == [
        SOURCE,
        "  letter A; reports 47; own letter 30; confirmed 0; refuted 0; reliability 95%;",
        "  80% band 86% to >99%; in use no",
    ]


def test_a_text_that_would_be_a_tower_is_told_as_a_list():
    text = "South Korea's defence minister said the satellite showed no sign of functioning. " * 2
    row = (text, "2024-02-26", "space_assistance_given", "B2", "seoul-gov-and-others", "F035")
    heads = ("summary", "reported", "indicator", "grade", "lineage", "id")
    lines = printed(row, heads=heads, width=80)
    assert len(lines) < 6
    assert "indicator space_assistance_given" in " ".join(lines)


def test_on_a_narrow_terminal_a_name_wraps_last():
    row = ("partnership_strategic_by_sep_2024", "2024-09-30", "due", "", "the reports say yes")
    heads = ("question", "by", "outcome", "known on", "the reports say")
    lines = printed(row, heads=heads, width=80)
    assert any("partnership_strategic_by_sep_2024" in line for line in lines)
    assert any("2024-09-30" in line for line in lines)


def test_a_name_that_must_break_does_so_between_its_words():
    name = "partnership_strategic_by_sep_2024.strategic_partnership"
    row = (name, "hazard", "0.001 to 0.100", "0.002 to 0.020", "+0.51", "0.62")
    heads = ("parameter", "block", "prior", "posterior", "shift", "contraction")
    lines = printed(row, heads=heads, width=80)[2:]
    cut = [line.split()[0] for line in lines]
    assert "".join(cut) == name
    assert all(piece.endswith(("_", ".")) for piece in cut[:-1])


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 132])
def test_no_line_is_wider_than_the_window(width: int):
    assert max(map(len, of_sources(width))) <= width


def test_wide_letters_count_for_two():
    lines = printed(
        ("북한 위성 발사체 발사 실패" * 3, "2024-05-28"), heads=("이름", "날"), width=40
    )
    assert any("2024-05-28" in line for line in lines)
    assert all(sum(2 if ord(c) > 0x1100 and c != "─" else 1 for c in line) <= 40 for line in lines)


def test_a_weight_that_rounds_to_nothing_has_no_sign():
    assert [_decibans(value) for value in (-0.04, 0.04, 1.25, -0.06, None)] == [
        "0.0", "0.0", "+1.2", "-0.1", "?",
    ]  # fmt: skip


def test_a_question_to_watch_ends_in_its_own_sign():
    import datetime as dt

    day = dt.date(2024, 12, 31)
    assert _asked("Will it break?", day) == "Will it break? On 2024-12-31:"
    assert _asked("Ceasefire: broken", day) == "Ceasefire: broken, on 2024-12-31:"


def test_a_project_without_scenarios_is_told_how_to_go_on(capsys):
    print_listing(ScenarioList(scenarios=()), as_json=False)
    assert "docs/whatif.md" in capsys.readouterr().out


@pytest.mark.parametrize("width", [40, 200])
def test_escape_sequences_are_shown_in_a_list_as_in_a_table(width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    table = plain_table("source", "letter", "own letter", "confirmed", "reliability")
    table.add_row("a\x1b[31mb", "\x1b]0;c\x07", "x" * 12, "y" * 12, "z" * 12)
    console = output()
    console.width = width
    console.print(table)
    assert "\x1b" not in capsys.readouterr().out
