"""What text of others becomes in a terminal, on one line, and in a cell of a table."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from forecast.beliefs import Report, content
from forecast.beliefs.event_files import read_arriving
from forecast.beliefs.tables import as_csv
from forecast.cli import main
from forecast.errors import ReportsError
from forecast.escaping import cell, csv_rows, json_text, line, uncell, visible
from forecast.terminal.console import output, print_json, say, show_error

_DAY = dt.date(2024, 1, 2)
REPORT = Report(
    report_id="r", event_id="e", lineage="l", occurred_on=_DAY, reported_on=_DAY, indicator="i",
    reliability="B", credibility=2, use="evidence", summary="s", source_title="Invented",
)  # fmt: skip


@given(st.text())
def test_no_control_and_no_turning_mark_reaches_a_terminal_or_a_line(text: str) -> None:
    for made in (visible(text), line(text)):
        assert all(unicodedata.category(c) not in {"Cc", "Cs"} or c in "\n\t" for c in made)
        assert not set(made) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert "\n" not in line(text)


@given(st.text())
def test_the_guard_of_a_cell_is_taken_away_again(text: str) -> None:
    assert uncell(cell(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+cmd", "-x", "@sum", "\t=1", "\r=1", "\n=1", "\uff1d1", "-2+3", "+1-1", "  =1",
        "\u00a0=1", "\ufeff=1", "\u200b \uff20x", "' =1",
    ],
)  # fmt: skip
def test_no_text_is_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "-0.25", "+3", "-1e-05", "-5%"])
def test_a_number_stays_a_number(text: str) -> None:
    assert cell(text) == text


@given(st.text(st.sampled_from("=+-@'x1 "), min_size=1).map(str.strip).filter(bool))
def test_an_exported_report_has_no_formula_and_reads_back_the_same(text: str) -> None:
    report = replace(REPORT, summary=text, note=text, source_title=text)
    made = as_csv([report])
    for row in csv.reader(io.StringIO(made)):
        assert not any(field[:1] in set("=+@-") and cell(field) != field for field in row)
    (back,) = read_arriving([("made.csv", made)]).reports
    assert content(back) == content(report)


def test_tables_and_errors_show_escape_sequences_as_they_are(capsys) -> None:
    show_error(ReportsError("a.csv: '\x1b]8;;http://x\x1b\\' \u202e"))
    output().print("title \x1b[2J [red]")
    shown = capsys.readouterr()
    assert "\\x1b]8;;http://x" in shown.err
    assert "\\x1b[2J [red]" in shown.out
    assert not {"\x1b", "\u202e"} & set(shown.err + shown.out)


@given(st.recursive(st.text(), lambda inner: st.dictionaries(st.text(), inner, max_size=3)))
def test_json_holds_the_same_and_nothing_that_a_terminal_acts_on(value) -> None:
    for made in (json_text(value), json_text(value, indent=1)):
        assert json.loads(made) == value
        assert visible(made) == made


def test_json_keeps_the_letters_of_every_language() -> None:
    assert json_text("Обстрел 교전 \x9b\u202e") == '"Обстрел 교전 \\u009b\\u202e"'


def test_styled_text_of_a_table_shows_escape_sequences_as_they_are(capsys) -> None:
    table = Table()
    table.add_column(Text("\x9b1A", style="bold"), min_width=20)
    table.add_row(Text("\u202ea"))
    output().print(table, Text("\x1b]0;x\x07"))
    say("\x1b[1m")
    print_json({"a": "\x9b"})
    shown = capsys.readouterr().out
    assert visible(shown) == shown
    for said in ("x9b1A", "u202ea", "x1b]0;x", "x1b[1m", "u009b"):
        assert f"\\{said}" in shown


def test_a_mistake_of_usage_shows_escape_sequences_as_they_are(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["\x1b[2J\u202e"])
    with pytest.raises(SystemExit):
        main(["run", "--\x1b[2J\u202e"])
    shown = capsys.readouterr().err
    assert visible(shown) == shown


def test_a_row_holds_no_formula_and_numbers_as_they_are() -> None:
    assert csv_rows([["=a", "b,c"], [-1.5, None]]) == '\'=a,"b,c"\n-1.5,\n'
