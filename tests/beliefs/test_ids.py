"""Ids are of one alphabet at every door, whatever the door."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs.event_files import REPORTS, read_arriving, read_report
from forecast.beliefs.identity import id_fault, row_fault
from forecast.beliefs.sources import SOURCES, VERDICTS, Source, Verdict, read_sources, read_verdicts
from forecast.beliefs.tables import Row
from forecast.errors import Problem, ReportsError
from forecast.importers.mapping import safe_id
from forecast.ledger import Ledger

GOOD = [
    *("R001", "A-3f9b", "E-1948-09-prk-founded", "tass.com", "us-gov", "gdelt-1049", "Le Monde"),
    *("acled weekly count", "gdelt protest_seen 2023-01-02 GOV-Military_Forces_2021--bb1a79"),
    *("통신사-1", "агентство", "café", "cafe\u0301", "وكالة", "E\u20111\u20132", "a/b:c"),
    *("People's Daily", "zero\u200bwidth", "x" * 300),
]
BAD = [
    *("<img src=x onerror=alert(1)>", "![](/etc/passwd)", "[^1]: x", "a`b", "a*b", "a|b", "a$b"),
    *("=1+1", "+1", "-1", "@sum", "../../x", "a/../b", "/etc/x", "{{ forecast.notes() }}", "a&lt"),
    *("a\nb", "a\tb", "a\x1b[2Jb", "a\x9bb", "a\u202eb", "a\u2066b", "a\x00b", '"', "a\\b", "#x"),
    *(" a", "a ", "a  b", "", "\u200b", "x" * 301, "a\ud800", "a~b", "a^b", "a;b", "a?b", "a%b"),
]
ROW = {
    **dict.fromkeys(REPORTS.required, "x"),
    "occurred_on": "2024-01-02",
    "reported_on": "2024-01-02",
    "reliability": "B",
    "credibility": "2",
    "use": "evidence",
    "source_title": "Invented",
}


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger.open(":memory:") as fresh:
        yield fresh


@pytest.mark.parametrize("name", GOOD)
def test_names_in_use_are_ids(name: str) -> None:
    assert not id_fault(name)
    assert read_report({**ROW, "report_id": name}).report_id == name


@pytest.mark.parametrize("name", BAD)
def test_what_an_output_could_take_for_more_than_a_name_is_no_id(name: str) -> None:
    fault = id_fault(name)
    assert fault
    assert fault.isprintable()


@given(st.text(max_size=30))
def test_no_id_holds_a_sign_of_markup_or_a_control(name: str) -> None:
    if not id_fault(name):
        assert not set(name) & set('<>&"`*[]{}|$#!\\=%;?~^\n\t\r\x1b\x00')
        assert name[0] not in "+-=@./ "


@given(st.text(max_size=400))
def test_an_importer_makes_ids_of_any_name(name: str) -> None:
    assert not id_fault(f"acled-{safe_id(name)}")


@pytest.mark.parametrize("column", ["report_id", "event_id", "lineage", "indicator"])
def test_every_door_for_a_report_refuses_a_bad_id(column: str, ledger: Ledger) -> None:
    bad = {**ROW, column: "<b>"}
    csv = ",".join(bad) + "\n" + ",".join(bad.values())
    with pytest.raises(ReportsError, match=f"{column}.*not an id: '<'"):
        read_report(bad)
    for body in (csv, json.dumps(bad)):
        with pytest.raises(ReportsError, match=f"{column}.*not an id: '<'"):
            read_arriving([("file", body)])
    with pytest.raises(ReportsError, match=f"{column}.*not an id: '<'"):
        ledger.reports.sync([bad], origin="events")
    with pytest.raises(ReportsError, match=f"{column}.*not an id: '<'"):
        ledger.reports.add([bad], origin="added")
    assert ledger.reports.latest() == []


@pytest.mark.parametrize(
    ("column", "cell"),
    [("source_id", "<b>"), ("hosts", "a.org <b>"), ("hosts", "a.org@b"), ("lineages", "a* <b>*")],
)
def test_a_source_has_only_safe_names(column: str, cell: str) -> None:
    cells = {**dict.fromkeys(SOURCES.columns, ""), **dict.fromkeys(SOURCES.required, "x")}
    problems: list[Problem] = []
    good = {**cells, "reliability": "B", "hosts": "a.org", "lineages": "us-* [ab]?"}
    assert read_sources([Row("f", 2, good)], problems)
    assert problems == []
    assert read_sources([Row("f", 2, {**good, column: cell})], problems) == []
    assert [problem.where for problem in problems] == [column]


@pytest.mark.parametrize("column", ["report_id", "by"])
def test_a_verdict_names_only_ids(column: str) -> None:
    cells = dict.fromkeys(VERDICTS.columns, "x") | {"verdict": "refuted", "known_on": "2024-01-02"}
    problems: list[Problem] = []
    assert read_verdicts([Row("f", 2, {**cells, column: "<b>"})], problems) == []
    assert [problem.where for problem in problems] == [column]


def test_the_ledger_takes_no_source_or_verdict_with_a_bad_id(ledger: Ledger) -> None:
    source: dict[str, Any] = {"label": "x", "reliability": "B", "source": "x", "rationale": "x"}
    said = Verdict(report_id="<b>", verdict="open", known_on=dt.date(2024, 1, 2), reason="x")
    with pytest.raises(ReportsError, match="not an id"):
        ledger.sources.sync([Source(source_id="<b>", **source)], [], origin="events")
    with pytest.raises(ReportsError, match="not an id"):
        ledger.sources.add_verdict(said, origin="added")


def test_the_first_bad_id_of_a_row_is_named_with_what_is_allowed() -> None:
    assert row_fault({"report_id": "R1", "lineage": "a\x1bb"}) == (
        "lineage: 'a\\x1bb' is not an id: '\\x1b'; begin with a letter or digit; then letters, "
        "digits, single blanks and any of . _ : / - + , ' ( ) @, at most 300"
    )
