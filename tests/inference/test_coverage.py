"""Who looked for what, and when: silence outside of it says nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import CoverageWindow
from tests.inference.samples import cells, day, harbour, looked, observed, report, same, window
from tests.network.strategies import examples

PRESENCE = ["patrols", "communique", "accord", "notices"]


@st.composite
def windows(draw: st.DrawFn) -> CoverageWindow:
    """Any window, also one that begins before the brief or ends after the evidence."""
    first = draw(st.integers(-30, 50))
    last = first + draw(st.integers(0, 60))
    name = draw(st.sampled_from(["*", *harbour().indicators]))
    return window(first, last, name, draw(st.sampled_from([None, 0.0, 0.25, 0.5, 1.0])))


def daily(coverage: list[CoverageWindow], indicator: str, date: dt.date) -> float:
    """Detection of one day: the last row that names the indicator, else the last for all."""
    rows = [w for w in coverage if w.starts_on <= date <= w.ends_on]
    named = [w for w in rows if w.indicator == indicator]
    general = [w for w in rows if w.indicator == "*"]
    for rule in (named, general):
        if rule:
            own = getattr(harbour().beliefs.indicators[indicator], "detection", 0.0)
            return float(own if rule[-1].detection is None else rule[-1].detection)
    return 0.0


@examples(max_examples=150)
@given(coverage=st.lists(windows(), max_size=5), until=st.integers(1, 45))
def test_detection_is_the_mean_over_the_days_of_a_step(
    coverage: list[CoverageWindow], until: int
) -> None:
    """Day by day the most specific, latest row holds; nobody has looked after the as-of date."""
    evidence = observed([], coverage, until=until)
    for indicator in PRESENCE:
        expected = [
            sum(
                daily(coverage, indicator, day(n))
                for n in range(7 * s + 1, 7 * s + 8)
                if n <= until
            )
            / 7
            for s in range(evidence.steps)
        ]
        assert looked(evidence, indicator) == pytest.approx(expected)


def test_a_row_for_all_takes_each_indicators_own_detection() -> None:
    """An empty detection means the indicator's own; a number holds for all."""
    evidence = observed([], [window(1, 7), window(8, 14, detection=0.1)], until=14)
    assert looked(evidence, "patrols") == pytest.approx([0.6, 0.1])
    assert looked(evidence, "notices") == pytest.approx([0.4, 0.1])


def test_a_row_that_names_an_indicator_overrides_one_for_all() -> None:
    """It does so wherever it stands in the file, and for its dates only."""
    rows = [window(8, 14, "patrols", 0.0), window(1, 21)]
    assert looked(observed([], rows, until=21), "patrols") == pytest.approx([0.6, 0, 0.6])
    assert looked(observed([], rows, until=21), "notices") == pytest.approx([0.4] * 3)


def test_a_window_before_the_brief_says_nothing() -> None:
    """Whoever looked only before the grid begins has not looked on it."""
    assert looked(observed([], [window(-60, -5)], until=28), "patrols") == [0.0] * 4


def test_a_part_of_a_step_counts_as_that_part() -> None:
    """Three days of seven are three sevenths of the detection, at either end."""
    part = 0.6 * 3 / 7
    begun = looked(observed([], [window(5, 10)], until=14), "patrols")
    assert begun == pytest.approx([part, part])
    ended = looked(observed([], [window(1, 99)], until=10), "patrols")
    assert ended == pytest.approx([0.6, part])


def test_only_presence_is_looked_for() -> None:
    """A count or a value that is not there says nothing, covered or not."""
    evidence = observed([], [window(1, 28)])
    assert looked(evidence, "boardings") == [0.0] * 4
    assert looked(evidence, "freight") == [0.0] * 4


def test_a_report_counts_where_nobody_was_said_to_look() -> None:
    """Reports come from outside the declared coverage too."""
    evidence = observed([report("patrols", 3)], [window(15, 28)])
    assert cells(evidence) == {(0, "patrols"): pytest.approx(0.48)}
    assert looked(evidence, "patrols") == pytest.approx([0.0, 0.0, 0.6, 0.6])


def test_coverage_of_the_future_changes_nothing() -> None:
    """Windows after the as-of date leave the evidence as it was to the last bit."""
    rows = [report("patrols", 3), report("accord", 10)]
    now = observed(rows, [window(1, 20)], until=20)
    assert same(observed(rows, [window(1, 20), window(21, 90, detection=1.0)], until=20), now)
