"""The record of words, and the reliability diagram where the questions are too few."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.charts import reliability, style, word_record
from forecast.charts.data import ChartRefusal
from forecast.charts.reliability import Group, Reliability
from forecast.charts.word_record import WordRecord

from . import samples

FEW = (
    Group("unlikely", (0.2, 0.45), 0.3, 6, 2, 0.12, 0.65),
    Group("likely", (0.55, 0.8), 0.7, 10, 7, 0.44, 0.88),
    Group("almost certain", (0.95, 1.0), 0.97, 4, 4, 0.62, 1.0),
)
MANY = (*FEW, Group("very likely", (0.8, 0.95), 0.88, 20, 9, 0.28, 0.63))


def record(groups=FEW) -> WordRecord:
    return WordRecord("record", samples.AS_OF, groups)


def early(groups=FEW) -> Reliability:
    p = np.concatenate([np.full(one.total, one.p) for one in groups])
    y = np.concatenate([[1] * one.hits + [0] * (one.total - one.hits) for one in groups])
    return Reliability("record", samples.AS_OF, p, y, groups)


@pytest.mark.parametrize("size", style.SIZES)
@pytest.mark.parametrize("groups", [FEW, MANY], ids=["few", "many"])
def test_words_fit_every_size(groups, size):
    chart = word_record.chart(record(groups), stamp=samples.STAMP, size=size)
    assert chart.name == "record__words"
    assert chart.data["came_true"] == [one.hits for one in groups]
    assert len(chart.alt.short) <= 250


def test_few_questions_are_too_few_to_judge_and_many_say_which_word_was_not_kept():
    few = word_record.chart(record(), stamp=samples.STAMP)
    many = word_record.chart(record(MANY), stamp=samples.STAMP)
    assert "too few to judge (20 resolved questions)" in few.alt.title
    assert "40 resolved questions, not kept: very likely" in many.alt.title


@pytest.mark.parametrize("size", style.SIZES)
def test_few_questions_have_points_with_intervals_and_no_curve(size):
    chart = reliability.chart(early(), stamp=samples.STAMP, size=size)
    assert "too few to judge (20 resolved questions)" in chart.alt.title
    (ax,) = chart.figure.axes
    assert {line.get_label() for line in ax.lines} >= {"calibrated", "_rate"}
    assert "fit" not in {line.get_label() for line in ax.lines}
    (bars,) = (each for each in ax.collections if each.get_label() == "90% interval")
    ends = [tuple(segment[:, 1]) for segment in bars.get_segments()]
    assert ends == [(one.low, one.high) for one in FEW]
    assert chart.data["rate"] == [one.rate for one in FEW]


def test_counts_that_cannot_be_are_refused():
    with pytest.raises(ChartRefusal, match="3 of 2 cannot have come true"):
        Group("likely", (0.5, 0.8), 0.7, 2, 3, 0.1, 0.9)
    with pytest.raises(ChartRefusal, match="no word has a record"):
        record(())
    with pytest.raises(ChartRefusal, match="0 resolved questions are too few"):
        Reliability("record", samples.AS_OF, np.array([]), np.array([]), FEW)


CLOSE = (
    Group("almost no chance", (0.0, 0.05), 0.03, 3, 0, 0.0, 0.5),
    Group("very unlikely", (0.05, 0.2), 0.09, 3, 0, 0.0, 0.55),
    Group("unlikely", (0.2, 0.45), 0.3, 3, 2, 0.18, 0.9),
    Group("roughly even chance", (0.45, 0.55), 0.48, 3, 1, 0.05, 0.7),
    Group("likely", (0.55, 0.8), 0.6, 3, 2, 0.2, 0.93),
    Group("almost certain", (0.95, 1.0), 0.97, 3, 3, 0.5, 1.0),
)


@pytest.mark.parametrize("size", ["a4", "slide", "page"])
def test_a_count_stands_beside_its_own_bar_or_has_a_line_to_it(size):
    chart = reliability.chart(early(CLOSE), stamp=samples.STAMP, size=size)
    (ax,) = chart.figure.axes
    counts = [one for one in ax.texts if " of " in one.get_text()]
    assert [one.get_text() for one in counts] == [f"{one.hits} of {one.total}" for one in CLOSE]
    leaders = [line for line in ax.lines if line.get_label() == "_leader"]
    renderer = style.renderer_of(chart.figure)
    far = []
    for one in counts:
        box = one.get_window_extent(renderer)
        far.append([distance(box, ax.transData.transform([(g.p, g.low), (g.p, g.high)]))
                    for g in CLOSE])  # fmt: skip
    wrong = [n for n, away in enumerate(far) if int(np.argmin(away)) != n]
    assert len(wrong) <= len(leaders)
    assert len(leaders) <= 1


def distance(box, bar) -> float:
    (x, low), (_, high) = bar
    across = max(box.x0 - x, x - box.x1, 0.0)
    return float(np.hypot(across, max(box.y0 - high, low - box.y1, 0.0)))


def test_both_axes_of_the_diagram_have_names():
    (ax,) = reliability.chart(early(), stamp=samples.STAMP).figure.axes
    assert {"Came true", "Probability given"} <= {one.get_text() for one in ax.texts}
