"""A table that is too long to be held is read as one that is; so are its names."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import identity, places
from forecast.beliefs.event_files import read_arriving
from forecast.beliefs.places import grids_of
from forecast.beliefs.reports import OPTIONAL, REQUIRED
from forecast.errors import Problem, ReportsError
from tests.network.strategies import examples

BITS = st.sampled_from(
    [*"ab,;\t|\"'\n\r \x1a\0", "\r\n", "\ufeff", "sep=;\n", "#REF!", "é", "яд", "\U0001f600", ""]
)
COLUMNS = [*REQUIRED, *OPTIONAL]
DAYS = st.sampled_from(["2024-03-01", "03/04/2024", "13/04/2024", "45352", "", "soon"])


def read(body: str | bytes):
    """Give everything that is known of a body: its rows, problems and notes."""
    found = grids_of("a.csv", body)
    if isinstance(found, Problem):
        return found
    return [(tuple(one.rows), one.problems, one.notes, one.delimiter) for one in found]


@examples(max_examples=150)
@given(parts=st.lists(BITS, max_size=40), coded=st.sampled_from([None, "utf-8", "utf-16"]))
def test_rows_that_are_split_anew_each_time_are_those_that_are_held(parts, coded):
    """Marks of order, quotes, NUL, lines of any end and damaged cells included."""
    text = "".join(parts)
    body = text if coded is None else text.encode(coded)
    with pytest.MonkeyPatch.context() as patch:
        held = read(body)
        patch.setattr(places, "_HELD", -1)
        assert read(body) == held


def test_a_row_of_a_long_table_stands_at_its_place(monkeypatch):
    monkeypatch.setattr(places, "_HELD", -1)
    rows = grids_of("a.csv", "x,y\n\n1,2\n3,4\n")[0].rows
    assert (len(rows), rows[0], rows[-1]) == (3, (1, ("x", "y")), (4, ("3", "4")))
    assert rows[1:] == ((3, ("1", "2")), (4, ("3", "4")))
    with pytest.raises(IndexError):
        rows[3]


@st.composite
def tables(draw):
    """Write a table of reports of which some cells are wrong, or have two readings."""
    rows = []
    for number in range(draw(st.integers(1, 6))):
        said = {
            "report_id": draw(st.sampled_from([f"R{number}", "R0", "<x>", "r 1"])),
            "event_id": draw(st.sampled_from(["E1", "e1", "E2"])),
            "lineage": draw(st.sampled_from(["wire", "Wire", ""])),
            "occurred_on": draw(DAYS), "reported_on": draw(DAYS), "indicator": "patrols",
            "reliability": draw(st.sampled_from(["B", "b", "B2"])),
            "credibility": draw(st.sampled_from(["2", "9"])), "use": "evidence",
            "summary": draw(st.sampled_from(["seen", "'=seen", "  "])),
            "value": draw(st.sampled_from(["", "1,250", "0,5", "x"])), "note": "invented",
        }  # fmt: skip
        rows.append([said.get(name, "") for name in COLUMNS][: draw(st.integers(17, 40))])
    out = io.StringIO()
    csv.writer(out).writerows([COLUMNS, *rows])
    return out.getvalue()


@examples(max_examples=100)
@given(body=tables())
def test_reports_of_a_long_table_are_those_of_a_short_one(body):
    """Or they are refused with the same words at the same lines."""

    def result():
        try:
            return read_arriving([("new.csv", body)]).reports
        except ReportsError as error:
            return error.problems

    with pytest.MonkeyPatch.context() as patch:
        held = result()
        patch.setattr(places, "_HELD", -1)
        assert result() == held


@examples(max_examples=300)
@given(name=st.text(st.characters(max_codepoint=127), max_size=12))
def test_plain_names_are_known_by_what_any_name_is_known_by(name):
    assert identity.identity(name) == identity._identity(name)


@examples(max_examples=300)
@given(name=st.text("ab1 ._:/-+,'()@<*\n", max_size=8))
def test_plain_ids_are_allowed_as_any_id_is(name):
    with pytest.MonkeyPatch.context() as patch:
        quick = identity.id_fault(name)
        patch.setattr(identity, "_PLAIN_ID", identity.re.compile("(?!)"))
        assert identity.id_fault(name) == quick


@examples(max_examples=100)
@given(names=st.lists(st.text("aAeE1l0o- é", min_size=1, max_size=10), max_size=12))
def test_names_alike_are_found_among_many_as_among_few(names):
    """Which of several it is paired with may differ where it is like several."""

    def pairs():
        return {(other, why) for _, other, why in identity.near_twins(names)}

    with pytest.MonkeyPatch.context() as patch:
        few = pairs()
        patch.setattr(identity, "_MANY", 0)
        assert pairs() == few
