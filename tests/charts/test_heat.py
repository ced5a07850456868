"""The strip of indicators: what is drawn for a report, for silence, and where nobody looked."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from forecast.charts import heat, style
from forecast.charts.data import ChartRefusal
from forecast.charts.heat import Cell, Heat, Strip

from . import samples

STARTS = tuple(samples.BEGIN + dt.timedelta(days=7 * n) for n in range(66))
SILENT = (Cell("silence"),) * 66
ONCE = (*SILENT[:20], Cell("report", 0.5), *SILENT[21:])
STRIPS = (
    Strip("Never reported", SILENT),
    Strip("Reported once", ONCE),
    Strip("Not looked for later", (*SILENT[:30], *(Cell("no coverage"),) * 36)),
    Strip("A milestone", (*SILENT[:40], Cell("report", 1.0), *(Cell("done"),) * 25)),
)
VALUES = Heat("all", "All indicators", samples.AS_OF, STARTS, STRIPS)
MANY = replace(VALUES, strips=tuple(Strip(f"Indicator {n}", ONCE) for n in range(60)))


@pytest.mark.parametrize("size", style.SIZES)
@pytest.mark.parametrize("values", [VALUES, MANY], ids=["few", "many"])
def test_strips_fit_every_size(values, size):
    chart = heat.chart(values, stamp=samples.STAMP, size=size)
    assert len(chart.data["known"]) == 66 * len(values.strips)
    assert len(chart.alt.short) <= 250


WEIGHED = replace(
    VALUES,
    strips=(
        replace(STRIPS[0], about="Arms: sustained", silence=-1.24),
        Strip(
            "Reported twice",
            (*SILENT[:20], Cell("report", 0.5, 3.1), *SILENT[21:40], Cell("report", 0.5, -0.08),
             *SILENT[41:]),
            about="Arms: sustained",
            silence=0.3,
        ),
        Strip("Without weight", (Cell("report"), Cell("report", 0.5, -0.04), *SILENT[2:]),
              about="Talks: broken off"),
    ),
)  # fmt: skip


@pytest.mark.parametrize("size", style.SIZES)
@pytest.mark.parametrize("kept", [2, 3], ids=["one judgement", "two"])
def test_strips_with_decibans_fit_every_size(size, kept):
    values = replace(WEIGHED, strips=WEIGHED.strips[:kept])
    chart = heat.chart(values, stamp=samples.STAMP, size=size)
    said = " ".join(text.get_text() for ax in chart.figure.axes for text in ax.texts)
    assert ("Talks: broken off" in said) == (kept == 3)
    assert "\N{MINUS SIGN}1.2" in said  # all silence of the first
    assert len(chart.alt.short) <= 250
    assert "Reported twice" in chart.alt.short


def test_a_report_stands_up_where_it_raises_and_hangs_down_where_it_lowers():
    """And is deeper in colour, and taller, the more it does; one worth 0.0 as printed is hollow."""
    chart = heat.chart(WEIGHED, stamp=samples.STAMP, size="a4")
    (ax,) = chart.figure.axes
    bars = [box for box in ax.patches if 0 < box.get_y() + box.get_height() <= 1 + 1e-9]
    strips = [box for box in bars if box.get_facecolor() == style_of("#D9D9D9")]
    colours = [heat.tint(db, 5.0) for db in (3.1, -0.08)]
    up, down = (next(b for b in bars if b.get_facecolor() == style_of(c)) for c in colours)
    middle = next(
        box.get_y() + box.get_height() / 2
        for box in strips
        if abs(box.get_y() + box.get_height() / 2 - up.get_y()) < 1e-6
    )
    assert up.get_y() == pytest.approx(middle)
    assert down.get_y() + down.get_height() == pytest.approx(middle)
    assert up.get_height() > down.get_height()
    assert sum(box.get_facecolor() == style_of("white") for box in bars) == 2


def test_the_table_holds_the_decibans_of_reports_and_of_all_silence():
    table = WEIGHED.table()
    rows = list(zip(table["indicator"], table["date"], table["known"], table["decibans"],
                    strict=True))  # fmt: skip
    assert ("Reported twice", STARTS[20].isoformat(), "report", 3.1) in rows
    assert ("Never reported", "", "all silence", -1.24) in rows
    assert {found for _, _, known, found in rows if known == "silence"} == {""}


def test_the_four_kinds_of_knowledge_differ_in_shape():
    chart = heat.chart(VALUES, stamp=samples.STAMP, size="a4")
    (ax,) = chart.figure.axes
    hatched = [box for box in ax.patches if box.get_hatch()]
    boxes = [box for box in ax.patches if box.get_edgecolor() == style_of(style.BLUE)]
    bars = [box for box in ax.patches if box.get_facecolor() == style_of(style.BLUE)]
    assert (len(hatched), len(boxes), len(bars)) == (1, 2, 2)
    heights = sorted(
        bar.get_height() / box.get_height() for bar, box in zip(bars, boxes, strict=True)
    )
    assert heights == pytest.approx([0.5, 1.0])


def test_what_is_left_out_is_said_and_the_count_stays_whole():
    chart = heat.chart(MANY, stamp=samples.STAMP, size="a4-column")
    words = " ".join(t.get_text() for t in chart.figure.texts).replace("\n", " ")
    assert "most reported of 60" in words
    assert "60\u00a0cells with a report" in words


def test_strips_of_different_length_are_refused():
    with pytest.raises(ChartRefusal, match="has 65 steps, the axis 66"):
        replace(VALUES, strips=(Strip("x", SILENT[1:]),))
    with pytest.raises(ChartRefusal, match="not in 0 to 1"):
        replace(VALUES, strips=(Strip("x", (Cell("report", 1.5), *SILENT[1:])),))


def style_of(colour: str) -> tuple[float, ...]:
    from matplotlib.colors import to_rgba

    return to_rgba(colour)
