"""A record that is read in parts is the record: what is asked for, what changed, and its print."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs.reports import content
from forecast.ledger import Ledger, evidence_fingerprint, text_hash
from forecast.ledger.hashing import canonical_json, plain
from forecast.ledger.records import READ
from tests.ledger.samples import TickingClock, report, window
from tests.network.strategies import examples

DAYS = st.dates(date(2024, 1, 1), date(2024, 12, 31))
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5), DAYS,
)  # fmt: skip


@st.composite
def histories(draw):
    """Lists of changes: what a folder holds, what is added by hand, and what is taken back."""
    ids = st.sampled_from(["R1", "R2", "R3", "R4"])
    rows = st.dictionaries(ids, st.integers(0, 2), max_size=4)
    change = st.one_of(
        st.tuples(st.just("sync"), rows), st.tuples(st.just("add"), rows),
        st.tuples(st.sampled_from(["retract", "restore"]), ids),
    )  # fmt: skip
    return draw(st.lists(change, min_size=1, max_size=6))


def rows_of(said):
    """Give reports of which each version says something else."""
    return [
        report(name, summary=f"said {number}", reported_on=date(2024, 6, 20) + timedelta(number))
        for name, number in said.items()
    ]


@examples(max_examples=15)
@given(history=histories())
def test_what_changed_between_two_moments_is_all_that_differs(history):
    """And reports asked for by id, at any moment, are those of the whole record."""
    with Ledger.open(":memory:", clock=TickingClock()) as ledger:
        stood = {}
        for what, said in history:
            if what in {"sync", "add"}:
                getattr(ledger.reports, what)(rows_of(said), origin=what)
            elif ledger.reports.held(withdrawn=True, only=[said]):
                getattr(ledger.reports, what)(said, reason="test")
            if (moment := ledger.recorded_until()) is not None:
                stood[moment] = {row.report_id: row for row in ledger.reports.held()}
        for (first, one), (last, other) in permutations(stood.items(), 2):
            changed = ledger.reports.changed(first, last)
            assert {n for n in {*one, *other} if one.get(n) != other.get(n)} <= changed
            asked = ledger.reports.held(recorded_by=last, only=changed)
            assert asked == [row for row in other.values() if row.report_id in changed]


def test_reports_are_held_without_what_only_people_read(ledger):
    """Texts are empty, everything else is as in the records, and in their order."""
    rows = [report(f"R{n}", source_title="A wire", value=float(n)) for n in range(5)]
    ledger.reports.sync(reversed(rows), origin="events")
    assert ledger.reports.held() == [one.report for one in ledger.reports.latest()] == rows
    bare = [replace(row, **dict.fromkeys(READ, "")) for row in rows]
    assert ledger.reports.held(without=READ) == bare


def test_a_folder_in_which_nothing_changed_asks_for_no_lock(ledger, monkeypatch):
    """Many readers of a long record do not wait for one another."""
    ledger.reports.sync([report("R1")], origin="events")
    monkeypatch.setattr(ledger, "writing", None)
    assert ledger.reports.sync([report("R1")], origin="events").known == ("R1",)


@examples(max_examples=100)
@given(row=st.dictionaries(st.text(max_size=3), VALUES, max_size=5))
def test_a_row_of_plain_values_has_the_text_it_has_as_any_value(row):
    expected = json.dumps(plain(row), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical_json(row) == expected
    assert canonical_json(list(row.values())) == json.dumps(
        plain(list(row.values())), separators=(",", ":"), ensure_ascii=False
    )


@examples(max_examples=40)
@given(numbers=st.lists(st.integers(0, 30), max_size=6, unique=True), as_of=st.none() | DAYS)
def test_the_print_of_evidence_is_that_of_one_document(numbers, as_of):
    """However many reports there are: their document is hashed, and never made."""
    rows = [
        report(f"R{n}", reported_on=date(2024, 6, 20) + timedelta(n), value=float(n),
               occurred_on=date(2024, 6, 19), learnt=((date(2024, 7, 1), 0.5),) if n % 3 else ())
        for n in numbers
    ]  # fmt: skip
    seen = [row for row in rows if as_of is None or row.reported_on <= as_of]
    told = [
        {
            **{name: content(row)[name] for name in
               ("event_id", "lineage", "indicator", "use", "reliability", "value", "exposure",
                "occurred_on", "reported_on")},
            "credibility": str(row.credibility),
            **({"learnt": [[on.isoformat(), p] for on, p in row.learnt]}
               if any(as_of is None or on <= as_of for on, _ in row.learnt) else {}),
        }
        for row in seen
    ]  # fmt: skip
    document = {"coverage": {}, "format": 1, "reports": sorted(told, key=canonical_json)}
    expected = text_hash(canonical_json(document))
    assert evidence_fingerprint(rows, [], as_of=as_of) == expected
    assert evidence_fingerprint(map(content, rows), [window(ends_on=date(2023, 1, 1))]) == (
        evidence_fingerprint([replace(row, learnt=()) for row in rows], [])
    )
