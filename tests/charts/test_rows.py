"""Charts of contributions, swings, first passage and scenarios: their numbers and refusals."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from forecast.charts import (
    comparison,
    fan,
    icons,
    passage,
    predictive,
    rows,
    side_by_side,
    style,
    text,
    tornado,
    weights,
)
from forecast.charts.data import ChartRefusal, refuse_y_range
from forecast.charts.fan import Fan
from forecast.charts.side_by_side import Scenario
from forecast.charts.tornado import Swing
from forecast.charts.weights import Weight, decibans, shown

from . import row_samples, samples

MADE = {
    "weights": (weights, row_samples.weights()),
    "one weight": (weights, row_samples.weights((Weight("The only one", -0.2),))),
    "tornado": (tornado, row_samples.tornado()),
    "still tornado": (tornado, row_samples.tornado((Swing("x", 0.24, 0.2401, "1", "2"),))),
    "passage": (passage, row_samples.passage()),
    "certain passage": (passage, row_samples.passage(1.0)),
    "fan": (fan, Fan(samples.node())),
    "icons": (icons, row_samples.icons()),
    "three icons": (icons, row_samples.icons((("Brief", 0.005), ("Last", 0.24), ("Now", 0.995)))),
    "sum": (predictive, row_samples.sums()),
    "sum of many": (predictive, row_samples.sums(tuple(7.0 * n for n in range(199)), 500.0)),
    "sum of values": (predictive, row_samples.sums(tuple(0.37 * n - 30 for n in range(199)), 0.5)),
    "sum far below": (predictive, row_samples.sums(above=400.0)),
    "known sum": (predictive, row_samples.sums((7.0,) * 199, 6.0)),
    "states": (comparison, row_samples.comparison()),
    "scenarios": (comparison, row_samples.scenarios()),
}


def made(case: str, size: str = "a4"):
    module, values = MADE[case]
    return module.chart(values, scale=samples.ICD203, stamp=samples.STAMP, size=size)


def said(chart) -> str:
    texts = [t for ax in chart.figure.axes for t in ax.texts] + list(chart.figure.texts)
    return " ".join(" ".join(t.get_text() for t in texts).replace("\u00a0", " ").split())


@pytest.mark.parametrize("size", style.SIZES)
@pytest.mark.parametrize("case", MADE)
def test_every_chart_fits_every_size_with_text_and_numbers(case, size):
    """`chart` ends in the refusals of the standard, so a chart that comes back passed them."""
    chart = made(case, size)
    width, height = chart.figure.get_size_inches() * 25.4
    assert width == pytest.approx(style.SIZES[size].width)
    assert height <= style.SIZES[size].height + 1e-6
    assert len(chart.alt.short) <= 250
    assert len({len(column) for column in chart.data.values()}) == 1


@pytest.mark.parametrize("case", MADE)
def test_a_stamp_of_another_day_is_refused(case):
    module, values = MADE[case]
    stamp = replace(samples.STAMP, as_of=dt.date(2024, 1, 1))
    with pytest.raises(ChartRefusal, match="its stamp as of 2024-01-01"):
        module.chart(values, scale=samples.ICD203, stamp=stamp)


@pytest.mark.parametrize("case", MADE)
def test_draw_gives_back_the_axes_it_was_given(case):
    module, values = MADE[case]
    figure = style.blank(style.SIZES["a4"])
    ax = figure.add_axes((0.4, 0.2, 0.4, 0.5))
    scaled = {"scale": samples.ICD203} if module in {passage, fan} else {}
    assert module.draw(ax, values, **scaled) is ax


def test_contributions_add_up_from_the_prior_to_the_value():
    values = row_samples.weights()
    table = values.table()
    assert table["before"][0] == pytest.approx(values.prior)
    assert table["after"][-1] == pytest.approx(values.value)
    assert table["before"][1:] == pytest.approx(table["after"][:-1])


def test_contributions_that_miss_the_whole_are_refused():
    with pytest.raises(ChartRefusal, match=r"miss the whole by -10\.00 decibans"):
        row_samples.weights((Weight("a", 2.0),), value=0.5, prior=1 / (1 + 10**1.2))
    with pytest.raises(ChartRefusal, match="above 0 and below 1"):
        row_samples.weights((Weight("a", 2.0),), prior=0.5, value=1.0)


def test_the_smallest_contributions_are_merged_and_nothing_is_lost():
    values = row_samples.weights()
    fewer = shown(values, 5)
    assert len(fewer.weights) == 5
    assert fewer.weights[-1].label == "9 smaller contributions"
    assert fewer.path[-1] == pytest.approx(values.path[-1])
    assert shown(values, 50) is values


def test_bars_of_weights_stand_where_their_log_odds_are():
    chart = made("weights")
    (ax,) = chart.figure.axes
    low, high = ax.get_xlim()
    first = ax.patches[0].get_window_extent()
    box = ax.get_window_extent()
    ends = [low + (x - box.x0) / box.width * (high - low) for x in (first.x0, first.x1)]
    assert ends == pytest.approx([decibans(0.05), decibans(0.05) + 4.1], abs=1e-6)
    assert "+4.1" in said(chart)
    assert "−3.8" in said(chart)  # noqa: RUF001


def test_swings_come_widest_first_and_what_is_left_out_is_said():
    chart = made("tornado", "a4-column")
    assert chart.data["label"][:2] == ["Hazard of transfer", "Detection of reports"]
    assert "widest of 17 shown" in said(chart)
    assert "22% a year" in said(chart)
    assert "now 24%" in said(chart)


def test_a_swing_without_the_value_of_its_input_is_refused():
    with pytest.raises(ChartRefusal, match="label both ends"):
        row_samples.tornado((Swing("x", 0.1, 0.4, "1"),))
    with pytest.raises(ChartRefusal, match="not in 0 to 1"):
        row_samples.tornado((Swing("x", -0.1, 0.4, "1", "2"),))
    with pytest.raises(ChartRefusal, match="no input"):
        row_samples.tornado(())


def test_guides_drop_to_the_day_the_curve_crosses_them():
    values = row_samples.passage()
    for level in (0.25, 0.5):
        day = np.datetime64(values.reached(level), "D")
        days = (values.dates - values.dates[0]).astype(float)
        at = np.interp((day - values.dates[0]).astype(float), days, values.p)
        before = np.interp((day - values.dates[0]).astype(float) - 1, days, values.p)
        assert before < level <= at + 1e-12
    assert values.reached(0.75) is None
    chart = made("passage")
    assert "not by 31 Dec 2025: 30%" in said(chart)
    assert "75% by" not in said(chart)


def test_first_passage_never_falls():
    p = row_samples.passage().p.copy()
    p[50] -= 0.1
    with pytest.raises(ChartRefusal, match="falls"):
        row_samples.passage(p=p)


def test_states_must_sum_to_one():
    outcomes = (*row_samples.STATES[:2], row_samples.outcome("advanced", 0.247))
    with pytest.raises(ChartRefusal, match=r"sum to 1\.010; they must sum to 1"):
        row_samples.comparison(outcomes)
    assert "Rows sum to 100%" in said(made("states"))


def test_scenarios_start_with_their_baseline_and_print_the_change():
    with pytest.raises(ChartRefusal, match="the first row must be the baseline"):
        row_samples.scenarios(row_samples.SCENARIOS[1:])
    assert "+31" in said(made("scenarios"))


def test_judgements_are_grouped_each_with_its_own_baseline():
    groups = ("Arms", "Sanctions")
    rows = tuple(replace(one, group=g) for g in groups for one in row_samples.SCENARIOS)
    values = row_samples.scenarios(rows)
    assert [name for name, _ in values.groups] == list(groups)
    chart = comparison.chart(values, scale=samples.ICD203, stamp=samples.STAMP)
    assert said(chart).count("+31") == 2


def test_dots_stand_at_their_probabilities_on_a_whole_axis():
    (ax,) = made("states").figure.axes
    dots = [float(line.get_xdata()[0]) for line in ax.lines if line.get_label() == "_value"]
    assert dots == [one.p for one in row_samples.STATES]
    assert ax.get_xlim() == (0.0, 1.0)
    ax.set_xlim(0.2, 0.8)
    with pytest.raises(ChartRefusal, match=r"x axis runs from 0\.2 to 0\.8"):
        refuse_y_range(ax)


def test_a_fan_has_bands_ahead_and_no_line_through_them():
    values = samples.node()
    chart = made("fan")
    (ax,) = chart.figure.axes
    lines = [line for line in ax.lines if line.get_label() == "mean"]
    assert [np.asarray(line.get_xdata())[-1] for line in lines] == [np.datetime64(samples.AS_OF)]
    assert {band.get_label() for band in ax.collections} == {"50% interval", "80% interval"}
    assert chart.data["p"][values.n_history :] == [""] * (len(values.dates) - values.n_history)
    assert chart.data["hi80"][-1] == values.hi80[-1]
    assert "Assumes that nothing more is reported" in said(chart)


def test_a_fan_needs_a_future_and_nested_bands():
    with pytest.raises(ChartRefusal, match="needs a forecast"):
        Fan(samples.without_forecast(samples.node()))
    values = samples.node()
    with pytest.raises(ChartRefusal, match="do not nest"):
        Fan(values, {30: (values.lo80, values.hi80), 90: (values.lo50, values.hi50)})


def test_a_fan_of_30_60_and_90_percent_says_so():
    values = samples.node()
    x = np.log(values.mean / (1 - values.mean))
    covers = {
        c: (samples.sigmoid(x - z), samples.sigmoid(x + z))
        for c, z in ((30, 0.3), (60, 0.7), (90, 1))
    }
    drawn = fan.chart(Fan(values, covers), scale=samples.ICD203, stamp=samples.STAMP)
    assert "30%, 60% and 90%" in said(drawn)


@pytest.mark.parametrize(("p", "full", "words"), [(0.237, 24, "24 in 100"),
    (0.004, 0, "fewer than 1 in 100"), (0.996, 100, "more than 99 in 100")])  # fmt: skip
def test_so_many_of_a_hundred_marks_are_filled_from_the_lower_left(p, full, words):
    drawn = icons.chart(row_samples.icons((("", p),)), scale=samples.ICD203, stamp=samples.STAMP)
    (ax,) = drawn.figure.axes
    on = [mark.get_facecolor()[:3] != (1.0, 1.0, 1.0) for mark in ax.patches]
    assert (len(on), sum(on)) == (100, full)
    assert on == sorted(on, reverse=True)
    assert words in said(drawn)


def test_scenarios_side_by_side_share_axes_and_show_the_baseline():
    baseline = samples.node(marks=())
    others = [
        Scenario("Had it been so", samples.node(rise=5.5, marks=()), dt.date(2024, 6, 1)),
        Scenario("Had it not", samples.node(rise=1.0, marks=())),
    ]
    drawn = side_by_side.chart(
        baseline, others, name="if", scale=samples.ICD203, stamp=samples.STAMP
    )
    assert drawn.name == "if__side_by_side"
    assert len({ax.get_xlim() for ax in drawn.figure.axes}) == 1
    for ax in drawn.figure.axes:
        (line,) = (line for line in ax.lines if line.get_label() == "baseline")
        assert np.asarray(line.get_ydata()).tolist() == baseline.mean.tolist()
    assert set(drawn.data["scenario"]) == {"baseline", "Had it been so", "Had it not"}
    with pytest.raises(ChartRefusal, match="one judgement at a time"):
        side_by_side.chart(
            baseline,
            [Scenario("x", samples.five()[1])],
            name="if",
            scale=samples.ICD203,
            stamp=samples.STAMP,
        )


def test_filled_bars_are_what_lies_above_the_threshold_and_all_sum_to_one():
    for case in ("sum", "sum of many", "sum of values", "sum far below", "known sum"):
        _, values = MADE[case]
        table = values.table()
        above = sum(p for p, said in zip(table["p"], table["above"], strict=True) if said == "yes")
        assert sum(table["p"]) == pytest.approx(1.0)
        assert above == pytest.approx(values.p, abs=1.0 / 199)
        chart = made(case)
        (ax,) = chart.figure.axes
        blue = [bar for bar in ax.patches if bar.get_facecolor()[:3] != (1.0, 1.0, 1.0)]
        assert sum(bar.get_height() for bar in blue) == pytest.approx(above)
        assert all(bar.get_x() >= values.cut for bar in blue)


def test_a_bar_of_counts_is_one_count_as_long_as_there_are_few():
    table = row_samples.sums().table()
    assert table["low"] == table["high"] == [float(n) for n in range(34)]
    assert table["p"][0] == pytest.approx(6 / 199)
    many = row_samples.sums(tuple(7.0 * n for n in range(199)), 500.0).table()
    assert {high - low for low, high in zip(many["low"], many["high"], strict=True)} == {49.0}
    assert 500.0 in many["high"]  # the last of those that are not above


def test_both_sides_of_a_threshold_are_labelled_and_the_title_has_the_word():
    chart = made("sum")
    assert "37%" in said(chart)
    assert "more than 20" in said(chart)
    assert "63%" in said(chart)
    assert "at most 20" in said(chart)
    assert "unlikely" in chart.alt.title
    assert "more than 20 with 37% (unlikely); median 16; 80% of it from 3 to 29" in chart.alt.short


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"quantiles": ()}, "must be there"),
        ({"quantiles": (2.0, 1.0)}, "and rise"),
        ({"quantiles": (1.0, float("nan"))}, "must be there"),
        ({"p": 0.6}, "0.367 of the distribution lies above 20, but its probability is 0.600"),
    ],
)
def test_a_sum_that_does_not_go_with_its_probability_is_refused(changes, why):
    values = row_samples.sums()
    with pytest.raises(ChartRefusal, match=why):
        replace(values, **changes)


@pytest.mark.parametrize("size", style.SIZES)
@pytest.mark.parametrize("ends", [(0.93, 0.999), (0.001, 0.06), (0.02, 0.98), (0.995, 1.0)])
def test_the_axis_of_a_tornado_ends_at_0_and_100_percent_and_no_label_is_cut(ends, size):
    """Long labels of ends take room beyond the axis, not on it."""
    swing = Swing("An input", *ends, "the odds are halved", "the odds are doubled")
    values = row_samples.tornado((swing,), value=sum(ends) / 2, interval80=None)
    chart = tornado.chart(values, scale=samples.ICD203, stamp=samples.STAMP, size=size)
    (ax,) = chart.figure.axes
    low, high = ax.spines["bottom"].get_bounds()
    assert 0 <= low < ends[0] + 1e-9
    assert ends[1] - 1e-9 <= high <= 1
    assert all(0 <= tick <= 1 for tick in ax.get_xticks())
    assert all("." not in tick.get_text() for tick in ax.get_xticklabels())
    if size != "a4-column":
        assert {"the odds are halved", "the odds are doubled"} <= {t.get_text() for t in ax.texts}


def test_a_long_name_is_set_in_smaller_type_before_it_is_cut():
    words = "Heavy weapons delivered: rarer while Arms trade token"
    wide = text.measure(words, points=7.5)
    for share, size in ((1.01, 7.5), (0.95, 7.0), (0.88, 6.5)):
        assert rows.fitting(words, width=share * wide, points=7.5) == ((words,), size)
    (cut,), _ = rows.fitting(words, width=0.8 * wide, points=7.5)
    assert cut.endswith("…")
