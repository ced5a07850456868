"""Finished charts pass every refusal, at every size, for whatever comes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from forecast.beliefs.words import scale, scale_names
from forecast.charts import panel, style, trajectory
from forecast.charts.data import ChartRefusal, Mark, Trajectory, refuse

from . import samples

LONG = " ".join(["North Korea supplies Russia with artillery ammunition and missiles"] * 9) + "."
BUNCH = tuple(
    Mark(dt.date(2024, 6, 1) + dt.timedelta(days=d), f"Actor {d}: does what readers care about")
    for d in (0, 3, 7, 10, 14, 19)
)
EXTREMES = {
    "high and flat": samples.node(start=4.6, rise=0.0, marks=()),
    "low and flat": samples.node(start=-4.6, rise=0.0, marks=(), brief_band=(0.01, 0.05)),
    "no forecast": samples.without_forecast(samples.node()),
    "no history": samples.node(as_of=samples.BEGIN, marks=(), previous=None),
    "long proposition": samples.node(proposition=LONG),
    "long label": samples.node(label="North Korean conventional arms deliveries to Russia " * 3),
    "six reports in three weeks": samples.node(marks=BUNCH),
    "nothing but the line": samples.node(
        no_news=None, previous=None, brief_band=None, opening=None, marks=()
    ),
}


def drawn(values: Trajectory, size: str = "a4", scale_name: str = "icd203") -> Figure:
    stamp = replace(samples.STAMP, as_of=values.as_of)
    return trajectory.figure(values, scale=scale(scale_name), stamp=stamp, size=size)


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in [*figure.texts, *(t for ax in figure.axes for t in ax.texts)]]


@pytest.mark.parametrize("size", style.SIZES)
@pytest.mark.parametrize("case", EXTREMES)
def test_extremes_are_drawn_at_every_size(case, size):
    figure = drawn(EXTREMES[case], size)
    width, height = figure.get_size_inches() * 25.4
    assert (width, height) == pytest.approx((style.SIZES[size].width, style.SIZES[size].height))


@st.composite
def trajectories(draw) -> Trajectory:
    n = draw(st.integers(2, 120))
    dates = np.datetime64("2023-09-27") + np.arange(n) * np.timedelta64(7, "D")
    sorted_five = st.lists(st.floats(0, 1), min_size=5, max_size=5).map(sorted)
    ends = [draw(sorted_five) for _ in range(4)]
    knots = np.linspace(0, 1, 4)
    lo80, lo50, mean, hi50, hi80 = (
        np.interp(np.linspace(0, 1, n), knots, column) for column in zip(*ends, strict=True)
    )
    now = draw(st.integers(0, n - 1))
    past = st.integers(0, now).map(lambda at: dates[at].item())
    count = draw(st.integers(0, 6))
    marks = sorted(draw(st.lists(past, min_size=count, max_size=count)))
    unit = st.floats(0, 1)
    return Trajectory(
        "node",
        draw(st.sampled_from(["Arms", "Technology transfer: advanced", "Pact: in force"])),
        draw(st.sampled_from(["It happens.", "The two sides sign a treaty of mutual aid.", LONG])),
        dates,
        mean,
        lo50,
        hi50,
        lo80,
        hi80,
        as_of=dates[now].item() + dt.timedelta(days=draw(st.integers(0, 6))),
        no_news=draw(st.none() | st.just(mean * 0.8)),
        marks=tuple(Mark(date, f"US: says something of note {date}") for date in marks),
        previous=draw(st.none() | st.tuples(past, unit)),
        opening=draw(st.none() | unit),
        brief_band=draw(st.none() | st.lists(unit, min_size=2, max_size=2).map(sorted).map(tuple)),
    )


@given(values=trajectories(), size=st.sampled_from(list(style.SIZES)))
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_no_text_overflows_or_collides_whatever_comes(values, size):
    refuse(drawn(values, size))


@pytest.mark.parametrize("name", scale_names())
def test_every_scale_can_stand_behind_a_chart(name):
    assert drawn(samples.node(), scale_name=name).axes


def test_the_chart_says_value_interval_previous_brief_and_forecast():
    said = " ".join(texts(drawn(samples.five()[0]))).replace("\u00a0", " ")
    for words in ("97%", "80% interval 95", "was 91%", "brief: 40", "93% on 31 Dec 2025"):
        assert words in said
    assert "forecast from 31 Dec 2024" in said
    assert "no reports" in said
    assert "(6) US: 10,000 troops in Kursk, 4 Nov 2024." in said.replace("\n", " ")


def test_lines_and_bands_carry_the_numbers_given():
    values = samples.node()
    (ax,) = drawn(values).axes
    lines = {line.get_label(): line for line in ax.lines}
    assert np.asarray(lines["mean"].get_ydata())[:-1] == pytest.approx(
        values.mean[: values.n_history]
    )
    assert np.asarray(lines["forecast"].get_ydata())[1:] == pytest.approx(
        values.mean[values.n_history :]
    )
    outer = next(band for band in ax.collections if band.get_label() == "80% interval")
    (path,) = outer.get_paths()
    history = slice(0, values.n_history)
    assert path.vertices[:, 1].min() == pytest.approx(values.lo80[history].min())
    assert path.vertices[:, 1].max() == pytest.approx(values.hi80[history].max())


def test_a_step_holds_until_the_next_date_and_history_ends_at_the_as_of_date():
    days = np.array(["2024-01-03", "2024-01-10", "2024-01-17"], "datetime64[D]")
    p = np.array([0.2, 0.6, 0.7])
    values = Trajectory("a", "A", "It.", days, p, p, p, p, p, as_of=dt.date(2024, 1, 12))
    (ax,) = drawn(values).axes
    mean = next(line for line in ax.lines if line.get_label() == "mean")
    assert mean.get_drawstyle() == "steps-post"
    assert np.asarray(mean.get_xdata()).tolist() == [
        np.datetime64(day) for day in ("2024-01-03", "2024-01-10", "2024-01-12")
    ]
    assert np.asarray(mean.get_ydata()).tolist() == [0.2, 0.6, 0.6]


def test_the_column_says_when_it_leaves_reports_out_or_prints_no_numbers():
    figure = drawn(samples.node(), "a4-column")
    key = [t.get_text() for t in figure.texts if t.get_label() == "key"]
    numbers = [t for t in texts(figure) if t in "123456"]
    assert len(numbers) <= 3
    assert bool(numbers) == bool(key)
    assert all("largest of 6 " in words for words in key)


def test_the_stamp_must_be_of_the_same_date():
    with pytest.raises(ChartRefusal, match="as of 2024-12-31, its stamp as of 2024-12-30"):
        trajectory.figure(
            samples.node(),
            scale=samples.ICD203,
            stamp=replace(samples.STAMP, as_of=dt.date(2024, 12, 30)),
        )


def test_an_unknown_size_lists_those_there_are():
    with pytest.raises(ChartRefusal, match="unknown size 'a3'; the sizes are a4, a4-column"):
        drawn(samples.node(), "a3")


@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_panels_share_axes_and_fit_their_page(count):
    nodes = [replace(samples.five()[n % 5], node=f"n{n}") for n in range(count)]
    figure = panel.figure(nodes, scale=samples.ICD203, stamp=samples.STAMP)
    assert len(figure.axes) == count
    assert len({ax.get_xlim() for ax in figure.axes}) == 1
    assert {ax.get_ylim() for ax in figure.axes} == {(0.0, 1.0)}
    assert figure.get_size_inches()[1] * 25.4 <= 215 + 1e-6
    for one in nodes:
        assert any(words == one.label for words in texts(figure))


@pytest.mark.parametrize("count", range(1, 8))
def test_panels_fill_a_column_of_text_from_top_to_bottom(count):
    """One below the other while they can be read, at most as tall as a page."""
    nodes = [samples.node(name=f"node{n}", rise=n / 2) for n in range(count)]
    figure = panel.figure(nodes, scale=samples.ICD203, stamp=samples.STAMP, size="a4-column")
    width, height = figure.get_size_inches() / style.MM
    assert width == pytest.approx(77)
    assert height <= 215 + 1e-6
    if count <= 5:
        assert len({round(ax.get_position().x0, 6) for ax in figure.axes}) == 1


def test_a_page_holds_one_to_twelve_panels():
    nodes = [replace(samples.node(), node=f"n{n}") for n in range(13)]
    for wrong in (nodes, []):
        with pytest.raises(ChartRefusal, match="1 to 12 fit"):
            panel.figure(wrong, scale=samples.ICD203, stamp=samples.STAMP)


def test_drawing_leaves_the_reader_s_own_settings_alone():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    drawn(samples.node())
    assert dict(mpl.rcParams) == before


def test_draw_works_on_axes_of_a_figure_made_elsewhere():
    figure = Figure(figsize=(6, 4))
    ax = figure.add_axes((0.1, 0.15, 0.65, 0.7))
    assert trajectory.draw(ax, samples.node(), scale=samples.ICD203) is ax
    assert ax.get_ylim() == (0.0, 1.0)
