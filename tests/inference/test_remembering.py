"""From verdicts to weights: what counts once, what is known when, and what stays as it was."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.beliefs import Report, Source, SourceMemory, Verdict
from forecast.beliefs.reports import credibility
from forecast.inference.remembering import (
    Tally,
    number_of,
    outcomes,
    owners,
    recall_memory,
    remember,
)
from tests.inference.samples import harbour

START = dt.date(2024, 1, 1)
ON = SourceMemory(on=True, least=1)
SOURCES = [
    Source(source_id="good", label="G", reliability="B", source="s", rationale="r"),
    Source(source_id="bad", label="B", reliability="B", source="s", rationale="r"),
    Source(source_id="wire", label="W", reliability="C", lineages=("wire*",), source="s",
           rationale="r"),
]  # fmt: skip


def report(number, source_id="good", **changes):
    fields = {
        "event_id": f"E{number}",
        "lineage": f"{source_id}-{number}",
        "indicator": "i",
        "reliability": "B",
        "credibility": 2,
        "use": "evidence",
        "summary": "s",
        "source_id": source_id,
        "inherits": True,
        **changes,
    }
    day = START + dt.timedelta(days=number % 50)
    name = f"{source_id}{number}"
    return Report(report_id=name, occurred_on=day, reported_on=day, **fields)


def verdict(of, said="refuted", days=100):
    on = START + dt.timedelta(days=days)
    return Verdict(report_id=of, verdict=said, known_on=on, source_title="t", reason="r")


REPORTS = [report(n, s) for s in ("good", "bad") for n in range(8)]
JUDGED = {one.report_id: one for one in REPORTS}


def believing(memory, **changes):
    beliefs = harbour().beliefs.model_copy(update={"source_memory": memory})
    entry = beliefs.indicators["patrols"].model_copy(update=changes)
    indicators = {**beliefs.indicators, "patrols": entry}
    return beliefs.model_copy(update={"indicators": indicators})


def remembered(verdicts, reports=REPORTS, memory=ON, judged=None):
    judged = judged or {one.report_id: one for one in reports}
    found = remember(reports, SOURCES, verdicts, believing(memory), judged=judged)
    return {one.report_id: one for one in found}


VERDICTS = st.lists(
    st.builds(
        verdict,
        st.sampled_from(sorted(JUDGED)),
        st.sampled_from(["confirmed", "refuted", "open"]),
        st.integers(50, 120),
    ),
    max_size=12,
    unique_by=lambda one: one.key,
)


@settings(deadline=None)
@given(VERDICTS, st.randoms())
def test_the_order_of_verdicts_and_reports_does_not_matter(verdicts, random):
    shuffled, rows = list(verdicts), list(REPORTS)
    random.shuffle(shuffled)
    random.shuffle(rows)
    first, second = remembered(verdicts), remembered(shuffled, rows)
    assert {n: r.learnt for n, r in first.items()} == {n: r.learnt for n, r in second.items()}


@settings(deadline=None)
@given(VERDICTS, st.integers(40, 130))
def test_a_verdict_known_later_changes_no_earlier_weight(verdicts, days):
    """The past is worked out from what was known then, whatever came after."""
    day = START + dt.timedelta(days=days)
    early = remembered([one for one in verdicts if one.known_on <= day])
    late = remembered(verdicts)
    for name, one in early.items():
        assert one.weight(day, open_act=False) == late[name].weight(day, open_act=False)
        assert one.known_by(day).learnt == late[name].known_by(day).learnt


@given(VERDICTS)
def test_switched_off_or_with_too_few_outcomes_the_reports_are_the_very_same(verdicts):
    for memory in (SourceMemory(), SourceMemory(on=True, least=17)):
        assert list(remembered(verdicts, memory=memory).values()) == REPORTS
        assert all(one.learnt == () for one in remembered(verdicts, memory=memory).values())


def test_refutations_weigh_a_source_down_and_confirmations_up():
    day = START + dt.timedelta(days=200)
    said = [verdict(f"bad{n}") for n in range(4)] + [
        verdict(f"good{n}", "confirmed") for n in range(4)
    ]
    found = remembered(said)
    assert (
        found["bad7"].weight(day, open_act=False)
        < credibility("B", 2)
        < found["good7"].weight(day, open_act=False)
    )


def test_copies_of_one_lineage_count_once():
    """Of one source, and over all sources that carried it."""
    copies = [report(n, event_id="E", lineage="wire-1") for n in range(3)]
    other = report(9, "bad", event_id="E", lineage="wire-1")
    rows = [*copies, other]
    judged = {one.report_id: one for one in rows}
    owned = owners(rows, SOURCES)
    day = START + dt.timedelta(days=200)
    alone = outcomes(judged, owned, [verdict("good0")], as_of=day)
    all_three = outcomes(judged, owned, [verdict(f"good{n}") for n in range(3)], as_of=day)
    assert alone == all_three
    assert recall_memory(SOURCES, alone, ON).tallies == {"good": Tally(0, 1)}
    carried = outcomes(judged, owned, [verdict("good0"), verdict("bad9")], as_of=day)
    assert number_of(carried) == 1
    assert recall_memory(SOURCES, carried, ON).tallies == {
        "good": Tally(0, 0.5),
        "bad": Tally(0, 0.5),
    }


def test_the_last_verdict_counts_from_its_own_day():
    said = [verdict("bad0", days=60), verdict("bad0", "confirmed", 70), verdict("bad0", "open", 80)]
    owned = owners(REPORTS, SOURCES)

    def on(days):
        day = START + dt.timedelta(days=days)
        return [one.confirmed for one in outcomes(JUDGED, owned, said, as_of=day)]

    assert [on(59), on(60), on(70), on(80)] == [[], [False], [True], []]


def test_what_became_of_a_report_has_no_part_in_its_own_weight():
    day = START + dt.timedelta(days=200)
    found = remembered([verdict("bad0"), verdict("bad1")])
    without = remembered([verdict("bad1")])
    assert found["bad0"].weight(day, open_act=False) == without["bad0"].weight(day, open_act=False)
    assert found["bad0"].weight(day, open_act=False) > found["bad7"].weight(day, open_act=False)


def test_a_report_with_a_letter_of_its_own_keeps_it():
    apart = report(20, "bad", reliability="A", inherits=False, reliability_reason="seen by us")
    pinned = report(21, "bad", inherits=False, reliability_reason="seen by us")
    found = remembered([verdict(f"bad{n}") for n in range(5)], [*REPORTS, apart, pinned])
    assert found["bad20"].learnt == () == found["bad21"].learnt


def test_a_report_is_of_a_source_by_its_lineage_too():
    wire = report(30, "", lineage="wire-x", reliability="C", inherits=False)
    told = report(31, "", lineage="wire-y", reliability="C", inherits=False)
    found = remembered([verdict(wire.report_id)], [wire, told])
    day = START + dt.timedelta(days=200)
    assert found[told.report_id].learnt[-1][1] < 0.67
    assert found[told.report_id].weight(day, open_act=False) < credibility("C", 2)


@pytest.mark.parametrize(("letter", "digit"), [("F", 1), ("B", 6)])
def test_without_a_basis_a_report_changes_nothing_whatever_its_source_has_shown(letter, digit):
    sources = [replace(one, reliability=letter) for one in SOURCES]
    rows = [replace(one, reliability=letter, credibility=digit) for one in REPORTS]
    said = [verdict(f"good{n}", "confirmed") for n in range(6)]
    judged = {one.report_id: one for one in rows}
    found = remember(rows, sources, said, believing(ON), judged=judged)
    assert all(one.weight(START + dt.timedelta(days=200), open_act=False) == 0.0 for one in found)


def test_a_retracted_report_still_speaks_of_its_source():
    left = [one for one in REPORTS if one.report_id != "bad0"]
    day = START + dt.timedelta(days=200)
    found = remembered([verdict("bad0")], left, judged=JUDGED)
    assert found["bad7"].weight(day, open_act=False) < credibility("B", 2)


def test_a_source_that_was_refuted_weighs_less_of_an_open_act_too():
    """The record of a source moves what its grade says of such an act, by as much in the odds."""
    day = START + dt.timedelta(days=200)
    rows = [*REPORTS, report(20, "bad", indicator="patrols")]
    said = [verdict(f"bad{n}") for n in range(4)]
    judged = {one.report_id: one for one in rows}
    found = remember(rows, SOURCES, said, believing(ON, open=True), judged=judged)
    truth = {one.report_id: one.learnt[-1][1] for one in found if one.learnt}
    moved = [truth[name] / (1 - truth[name]) for name in ("bad7", "bad20")]
    assert moved[0] / (0.74 / 0.26) == pytest.approx(moved[1] / (0.95 / 0.05), rel=1e-3)
    beliefs = believing(ON, open=True)
    weights = {one.report_id: beliefs.weigh(one, day) for one in found}
    assert credibility("B", 2) < weights["bad20"] < credibility("B", 2, open_act=True)
