"""Text, ticks, bands and labels keep to the room there is."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecast.beliefs.words import scale, scale_names
from forecast.charts import curves, placement, text
from forecast.charts import trajectory as marks

WORDS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_categories=["C"]), max_size=120
)


@given(words=WORDS, width=st.floats(4, 150), weight=st.sampled_from(["normal", "bold"]))
@example(words="incomprehensibilities", width=5.0, weight="normal")
@settings(max_examples=60, deadline=None)
def test_no_wrapped_line_is_wider_than_asked_and_no_letter_is_lost(words, width, weight):
    for lines in (
        text.wrap(words, width=width, points=8, weight=weight),
        text.balanced(words, width=width, points=8, weight=weight),
    ):
        assert all(
            text.measure(line, points=8, weight=weight) <= width or len(line) == 1 for line in lines
        )
        assert "".join(lines).replace(" ", "") == words.replace(" ", "").replace("\n", "")


@pytest.mark.parametrize("dpi", [72, 100, 200, 300])
def test_text_is_as_wide_at_every_resolution(dpi):
    line = "Probability that North Korea transfers artillery munitions to Russia by 31 Dec 2024"
    assert text.measure(line, points=8, dpi=dpi) == pytest.approx(
        text.measure(line, points=8, dpi=300), rel=0.003
    )


def test_a_dollar_sign_is_a_dollar_sign():
    assert text.measure("$5 and $3", points=8) > text.measure("5 and 3", points=8)


def test_dates_do_not_break_at_their_spaces():
    day = "13\u00a0Oct\u00a02023"
    assert text.wrap(f"shipped {day}", width=15, points=8) == ("shipped", day)


def test_fitted_drops_words_until_the_lines_are_few_enough():
    lines = text.fitted(
        lambda words: f"That {words} is so.",
        "one two three four five six seven eight",
        lines=2,
        set_=lambda words: text.wrap(words, width=25, points=8),
    )
    assert len(lines) == 2
    assert "…" in " ".join(lines)
    assert lines[-1].endswith("is so.")


@given(
    first=st.dates(dt.date(2000, 1, 1), dt.date(2040, 1, 1)),
    days=st.integers(1, 8000),
    width=st.floats(30, 220),
)
@settings(max_examples=200, deadline=None)
def test_ticks_are_in_range_far_enough_apart_and_show_every_year_once(first, days, width):
    last = first + dt.timedelta(days=days)
    found = curves.ticks(first, last, width=width)
    assert found
    assert all(first <= tick.date <= last for tick in found)
    gaps = np.diff([tick.date.toordinal() for tick in found]) * width / days
    assert (gaps >= 9 - 1e-9).all()
    years = [tick.label.split("\n")[1] for tick in found if "\n" in tick.label]
    assert years == sorted({str(tick.date.year) for tick in found})


@given(st.lists(st.floats(0, 100), max_size=8), st.floats(0.1, 10))
def test_spread_places_stay_in_order_apart_and_put_where_there_is_room(wanted, gap):
    wanted = sorted(wanted)
    places = placement.spread(wanted, gap=gap, low=0, high=100)
    assert (np.diff(places) >= gap - 1e-9).all()
    if wanted and (np.diff(wanted) >= gap).all():
        assert places == pytest.approx(wanted)


def test_six_reports_in_three_weeks_take_two_rows_and_do_not_touch():
    places, two_rows = marks.places([60, 60.4, 61, 61.4, 62, 62.7], width=115, base=8)
    assert two_rows
    across = marks.diameter(8)
    assert (np.diff(places[::2]) > across).all()
    assert (np.diff(places[1::2]) > across).all()
    assert np.hypot(np.diff(places), marks.height_above(two_rows=True, base=8) / 2).min() > across


def test_a_label_does_not_cover_a_line_when_there_is_room_beside_it():
    room = placement.Room(60, 40)
    room.line([0, 60], [20, 20], cost=60)
    place = room.place(15, 4, near=[(30, 20)])
    assert place is not None
    assert not place.ground
    assert place.y > 20 or place.y + 4 < 20
    again = room.place(15, 4, near=[(30, 20)])
    assert again is not None
    assert abs(again.x - place.x) >= 15 or abs(again.y - place.y) >= 4


def test_a_label_out_of_reach_is_not_placed():
    room = placement.Room(60, 40)
    room.box(20, 10, 20, 20)
    assert room.place(15, 4, near=[(30, 20)], reach=3) is None
    assert room.place(80, 4, near=[(30, 20)]) is None


@pytest.mark.parametrize("name", scale_names())
def test_bands_of_every_scale_are_drawn_apart_and_in_order(name):
    drawn = placement.drawn_bands(scale(name))
    assert all(low <= high for low, high, _ in drawn)
    assert all(one[1] <= other[0] for one, other in pairwise(drawn))


@pytest.mark.parametrize("p", [0.003, 0.04, 0.3, 0.5, 0.7, 0.93, 0.992])
def test_nested_terms_are_drawn_where_the_scale_uses_them(p):
    ipcc = scale("ipcc")
    drawn = [word for low, high, word in placement.drawn_bands(ipcc) if low <= p <= high]
    assert drawn == [ipcc.word(p)]
