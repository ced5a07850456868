"""Titles, subtitles, keys and alt texts follow from the numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.charts import files, panel, text, trajectory
from forecast.charts.data import Mark, Trajectory
from forecast.issue import charts as drawing

from . import samples


def made(opening: float, p: float, lo: float, hi: float) -> Trajectory:
    days = np.array(["2023-09-27", "2024-09-25"], "datetime64[D]")
    mean, low, high = (np.array([opening, x]) for x in (p, min(lo, opening), max(hi, opening)))
    low, high = np.array([opening, lo]), np.array([opening, hi])
    return Trajectory(
        "arms",
        "Arms trade: sustained",
        "North Korea supplies arms.",
        days,
        mean,
        low,
        high,
        low,
        high,
        as_of=dt.date(2024, 9, 30),
        opening=opening,
    )


def plain(shown: str) -> str:
    return shown.replace(text.NBSP, " ").replace("–", "-")  # noqa: RUF001


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (made(0.3, 0.97, 0.96, 0.98), "from unlikely (30%) to almost certain (97%)"),
        (made(0.3, 0.82, 0.7, 0.9), "from unlikely (30%) to very likely (82%)"),
        (made(0.1, 0.5, 0.3, 0.7), "to roughly even chance (50%)"),
        (made(0.3, 0.32, 0.3, 0.4), "unchanged since September 2023: unlikely (32%)"),
        (made(0.4, 0.22, 0.2, 0.3), "still unlikely (22%); 40% in September 2023"),
        (made(0.3, 0.995, 0.99, 0.999), "to almost certain (>99%)"),
    ],
)
def test_the_title_says_the_word_then_and_the_word_now(values, said):
    title = plain(text.finding(values, samples.ICD203))
    assert title.startswith("Arms trade: sustained - ")
    assert said in title
    assert "September 2023" in title


def test_source_line_has_its_parts_in_the_fixed_order():
    assert plain(text.source_line(samples.STAMP)) == (
        "Source: synthetic demonstration data. Scale: ICD 203. As of 31 Dec 2024 UTC. "
        "Model 0.1.0, run 3f9c2a7; 14 indicators seen, 23 lineages."
    )


def test_the_key_numbers_reports_dates_them_and_cuts_the_long_ones():
    marks = [Mark(dt.date(2024, 1, 4), "US: missiles."), Mark(dt.date(2024, 3, 2), "word " * 20)]
    said = plain(text.key(marks, of=5, rule="Declared milestones"))
    assert said.startswith("(1) US: missiles, 4 Jan 2024. (2) word word")
    assert "word…, 2 Mar 2024." in said
    assert said.endswith("Declared milestones. The 2 largest of 5 such moves.")


def test_one_report_of_several_is_the_largest_without_a_number():
    marks = [Mark(dt.date(2024, 1, 4), "US: missiles.")]
    assert plain(text.key(marks, of=3, rule="By rule")).endswith("The largest of 3 such moves.")
    assert plain(text.key(marks, of=3)).endswith("The largest of 3 moves.")


@pytest.mark.parametrize("terse", [True, False])
def test_the_subtitle_states_the_window_and_what_bands_and_dashes_are(terse):
    said = plain(text.reading(samples.node(), "it happens", terse=terse))
    assert "that it happens, " in said
    assert "Sep 2023 to" in said
    assert "50% and 80% intervals" in said
    assert "dashed" in said
    assert "forecast" in said
    without = samples.without_forecast(replace(samples.node(), no_news=None))
    assert "dashed" not in text.reading(without, "it happens", terse=terse)
    assert "grey" not in text.reading(without, "it happens", terse=terse)


@given(
    proposition=st.text(st.characters(max_codepoint=0x17F, categories=["L", "Zs"]), max_size=600),
    name=st.text("abc_", min_size=1, max_size=40),
)
@settings(max_examples=40, deadline=None)
def test_alt_text_is_never_longer_than_250_characters(proposition, name):
    values = samples.node(proposition=proposition)
    told = files.of_trajectory(
        values, scale=samples.ICD203, stamp=samples.STAMP, data=f"{name}__trajectory.csv"
    )
    assert len(told.short) <= files.LONGEST
    assert "96% (almost certain)" in told.short


def test_alt_text_gives_start_end_largest_move_and_interval():
    values = made(0.3, 0.82, 0.7, 0.9)
    told = files.of_trajectory(values, scale=samples.ICD203, stamp=samples.STAMP)
    assert plain(told.short) == (
        "Step line of the probability that North Korea supplies arms, 27 Sep 2023 to "
        "30 Sep 2024. From 30% to 82% (very likely), 80% interval 70-90%. "
        "Largest move +52 points on 25 Sep 2024."
    )
    assert str(told).startswith(told.short)


def test_panels_are_ordered_by_change_since_the_last_issue_and_the_title_names_the_first():
    nodes = samples.five()
    changes = [abs(one.value - one.previous[1]) for one in panel.ordered(nodes)]
    assert changes == sorted(changes, reverse=True)
    title = plain(panel.title(panel.ordered(nodes), samples.ICD203))
    assert title.startswith("Security pact: in force moved most - from unlikely (35%) to ")
    assert title.endswith("since 25 Sep 2024")


def test_panels_go_by_the_brief_where_a_node_was_not_in_the_last_issue():
    nodes = samples.five()
    nodes[0] = replace(nodes[0], previous=None)
    changes = [abs(one.value - one.opening) for one in panel.ordered(nodes)]
    assert changes == sorted(changes, reverse=True)
    assert "since September 2023" in plain(panel.title(panel.ordered(nodes), samples.ICD203))


def test_a_panel_without_moves_says_so():
    still = [replace(one, previous=(samples.AS_OF, one.value)) for one in samples.five()]
    assert "No judgement has moved" in panel.title(still, samples.ICD203)


def test_alt_text_of_a_panel_names_every_node_it_has_room_for():
    told = files.of_panel(samples.five(), scale=samples.ICD203, stamp=samples.STAMP)
    assert len(told.short) <= files.LONGEST
    for one in samples.five():
        assert f"{one.label} {text.percent(one.value)}" in told.short
        assert one.label in told.long


def test_the_caption_says_how_many_of_how_many_moves_are_numbered():
    """Eleven weeks in which the line moved by 2 points after a report; six have room."""
    days = samples.weekly(dt.date(2024, 1, 3), dt.date(2024, 4, 2))
    p = np.where(np.arange(len(days)) <= 11, 0.2 + 0.03 * np.arange(len(days)), 0.53)
    issued, judgement = issue_of(days, p)
    values = drawing._trajectory(issued, judgement, None)
    assert (len(values.marks), values.marks_of) == (6, 11)
    stamp = replace(samples.STAMP, as_of=values.as_of)
    figure = trajectory.figure(values, scale=samples.ICD203, stamp=stamp)
    (key,) = (t.get_text() for t in figure.texts if t.get_label() == "key")
    assert plain(key).endswith(
        "Numbered: reports after which the line moved by 2 points or more. "
        "The 6 largest of 11 such moves."
    )
    told = files.of_trajectory(values, scale=samples.ICD203, stamp=stamp).long
    assert "The 6 largest of 11 such moves." in told


def issue_of(days, p):
    """Invent an issue of one judgement that moves after a report a week."""
    listed = p.tolist()
    curves = dict.fromkeys(("probability", "lo50", "hi50", "lo80", "hi80", "no_news"), listed)
    marks = [{"date": str(day), "text": f"Report {n}"} for n, day in enumerate(days[1:12])]
    judgement = {"node": "a", "label": "A: yes", "proposition": "It happens.", "states": ["yes"],
                 "at_brief": listed[0], "brief": []}  # fmt: skip
    dated = {"node": "a", "date": [str(day) for day in days], "marks": marks, **curves}
    payload = {"judgements": [judgement], "questions": [], "trajectories": [dated],
               "brief": {"as_of": str(days[0])}, "evidence": {"reports": 1}}  # fmt: skip
    as_of = days[-1].item()
    return SimpleNamespace(as_of=as_of, payload=payload), judgement
