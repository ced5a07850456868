"""What text of others becomes in a terminal, on one line, and in a cell of a table."""

from __future__ import annotations

import csv
import datetime as dt
import io
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import Report, content
from forecast.beliefs.event_files import read_arriving
from forecast.beliefs.event_rows import as_csv
from forecast.cli.console import output, show_error
from forecast.errors import ReportsError
from forecast.escaping import cell, line, uncell, visible

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


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-x", "@sum", "\t=1", "\r=1", "-2+3", "+1-1"])
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
    (back,), _ = read_arriving([("made.csv", made)])
    assert content(back) == content(report)


def test_tables_and_errors_show_escape_sequences_as_they_are(capsys) -> None:
    show_error(ReportsError("a.csv: '\x1b]8;;http://x\x1b\\' \u202e"))
    output().print("title \x1b[2J [red]")
    shown = capsys.readouterr()
    assert "\\x1b]8;;http://x" in shown.err
    assert "\\x1b[2J [red]" in shown.out
    assert not {"\x1b", "\u202e"} & set(shown.err + shown.out)
