"""The table of scores: what it says, and when it says that it is too early to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forecast.charts import score_table, style
from forecast.charts.data import ChartRefusal
from forecast.charts.score_table import Against, Scored, Scores

from . import samples

VALUES = Scores(
    "record",
    samples.AS_OF,
    40,
    (
        Scored("Over the life of each", 40, 0.1214, 0.3921),
        Scored("First forecast", 40, 0.151, 0.46),
        Scored("180 days before", 22, 0.14, 0.44),
        Scored("90 days before", 31, 0.13, 0.41),
        Scored("30 days before", 38, 0.11, 0.36),
        Scored("7 days before", 40, 0.08, 0.3),
    ),
    (
        Against("prior only", 40, 0.1214, 0.2, 0.393, -0.1234, -0.0312),
        Against("base rate", 40, 0.1214, 0.25, 0.514, -0.2, -0.05),
        Against("last issue", 38, 0.12, 0.118, -0.017, -0.01, 0.014),
        Against("brief's words", 9, 0.1, 0.0, None, 0.02, 0.18),
        Against("crowd", 12, 0.1, 0.11, 0.091, -0.05, 0.03),
    ),
)


def words(chart) -> str:
    texts = [*chart.figure.texts, *(text for ax in chart.figure.axes for text in ax.texts)]
    return " ".join(text.get_text() for text in texts).replace("\n", " ").replace("\u00a0", " ")


@pytest.mark.parametrize("size", style.SIZES)
@pytest.mark.parametrize("questions", [4, 40])
def test_the_table_fits_every_size(size, questions):
    chart = score_table.chart(replace(VALUES, questions=questions), stamp=samples.STAMP, size=size)
    said = words(chart)
    for printed in ("0.121", "+0.39", "\u22120.123 to \u22120.031", "30 days before", "crowd"):
        assert printed in said
    assert ("too few to judge (4 resolved questions)" in said) == (questions == 4)
    assert len(chart.alt.short) <= 250


def test_the_title_counts_baselines_that_the_interval_says_are_beaten():
    chart = score_table.chart(VALUES, stamp=samples.STAMP)
    assert (
        "Scores \u2013 40 resolved questions, Brier 0.121, better than 2 of 5 baselines"
        in words(chart)
    )


def test_the_table_beside_it_holds_full_precision():
    table = VALUES.table()
    assert table["label"][0] == "Over the life of each"
    assert table["brier"][0] == 0.1214
    assert table["difference"][6] == pytest.approx(0.1214 - 0.2)
    assert len({len(column) for column in table.values()}) == 1


def test_nothing_scored_is_refused():
    with pytest.raises(ChartRefusal, match="no question is scored"):
        replace(VALUES, questions=0)
    with pytest.raises(ChartRefusal, match="interval runs from 1 to 0"):
        upside_down()


def upside_down() -> Scores:
    return replace(VALUES, against=(Against("x", 1, 0.1, 0.2, 0.5, 1, 0),))
