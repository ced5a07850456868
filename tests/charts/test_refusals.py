"""Each rule of section 10 of the chart standard fires on a chart that breaks it."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from forecast.charts import data, style, trajectory
from forecast.charts.data import ChartRefusal
from forecast.errors import ForecastError

from . import samples


@pytest.fixture
def figure() -> Figure:
    with style.context():
        return trajectory.figure(samples.node(), scale=samples.ICD203, stamp=samples.STAMP)


def labelled(figure: Figure, label: str):
    return next(text for text in figure.texts if text.get_label() == label)


def refused(figure: Figure, said: str) -> None:
    with style.context(), pytest.raises(ChartRefusal, match=said) as caught:
        data.refuse(figure)
    assert "\n" not in str(caught.value)


def test_a_good_chart_is_not_refused(figure):
    data.refuse(figure)


def test_a_refusal_is_a_user_error():
    assert issubclass(ChartRefusal, ForecastError)
    assert ChartRefusal.exit_code == 1


def test_no_as_of_date(figure):
    labelled(figure, "source").set_text("Source: somewhere.")
    refused(figure, "no as-of date")


@pytest.mark.parametrize("limits", [(0.2, 1.0), (0.0, 0.5), (1.0, 0.0), (-0.1, 1.1)])
def test_y_axis_not_from_0_to_1(figure, limits):
    figure.axes[0].set_ylim(*limits)
    refused(figure, "a probability needs 0 to 1")


def test_dual_y_axes(figure):
    other = figure.axes[0].twinx()
    other.set_ylim(0, 1)
    other.set_yticks([])
    refused(figure, "two axes share one place")


def test_more_than_six_marks():
    data.refuse_marks(6)
    with pytest.raises(ChartRefusal, match="7 numbered reports on a chart; at most 6"):
        data.refuse_marks(7)


def test_text_outside_the_figure(figure):
    figure.text(0.9, 0.5, "a line that is too long to end inside the figure")
    refused(figure, "text outside the figure: 'a line that")


def test_two_texts_overlapping(figure):
    figure.text(*labelled(figure, "source").get_position(), "over", fontsize=7)
    refused(figure, "runs into")


def test_text_below_six_and_a_half_points(figure):
    figure.text(0.5, 0.5, "tiny", fontsize=6)
    refused(figure, "below 6.5 pt")


def test_characters_without_a_glyph(figure):
    figure.text(0.3, 0.3, "\u0378", fontsize=7)  # Unicode has left it free
    refused(figure, "no glyph for")


@pytest.mark.parametrize(
    ("text", "font"),
    [
        ("\U00012000", "Cuneiform"),
        ("\U00010300", "Old Italic"),
        ("\u4e00", "CJK"),
        ("\u0e01", "Thai"),
    ],
)
def test_the_font_to_install_is_named_by_the_whole_name_of_the_script(text, font, monkeypatch):
    monkeypatch.setattr(data.style, "lacking", lambda words: words)
    with pytest.raises(ChartRefusal, match=f"such as Noto Sans for {font}, or"):
        data.refuse_missing_glyphs(text)


def test_title_term_that_is_not_the_term_of_the_value():
    data.refuse_title("Arms – from unlikely to very likely", "very likely")  # noqa: RUF001
    with pytest.raises(ChartRefusal, match="does not use the term of its value, 'unlikely'"):
        data.refuse_title("Arms are likely", "unlikely")
    with pytest.raises(ChartRefusal, match="'likely'"):
        data.refuse_title("Arms are unlikely", "likely")


def test_band_without_its_coverage_in_the_subtitle(figure):
    labelled(figure, "subtitle").set_text("Bands: 50% intervals")
    refused(figure, "a band of 80% is drawn")


def test_colour_as_the_only_difference(figure):
    ax = figure.axes[0]
    days = ax.get_xlim()
    for name, colour in (("one", style.COLOURS[0]), ("other", style.COLOURS[1])):
        ax.plot(days, [0.3, 0.4], color=colour, lw=1.2, label=name)
    refused(figure, "'one' and 'other' differ in colour alone")


def test_dashes_are_difference_enough(figure):
    ax = figure.axes[0]
    for n, dash in enumerate(style.DASHES):
        ax.plot(ax.get_xlim(), [0.3, 0.4], ls=dash, lw=1.2, label=f"series {n}")
    data.refuse_colour_alone(ax)


def test_the_four_series_colours_have_the_contrast_graphics_need():
    def luminance(colour: str) -> float:
        rgb = np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for colour in style.COLOURS:
        assert 1.05 / (luminance(colour) + 0.05) >= 3
    for colour in (style.INK, style.TEXT, style.REFERENCE, style.LIGHT, style.BLUE):
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_an_axis_of_part_of_the_probabilities_ends_at_0_and_100_percent(figure):
    ax = figure.axes[0]
    ax.set_label(data.CROPPED)
    ax.set_xlim(0.9, 1.04)
    with pytest.raises(ChartRefusal, match="runs from 90% to 104%; probabilities are 0 to 100%"):
        data.refuse_beyond(ax)
    ax.spines["bottom"].set_bounds(0.9, 1.0)
    data.refuse_beyond(ax)


def test_a_percentage_beyond_100_on_any_axis_is_refused(figure):
    ax = figure.axes[0]
    for said in ("102%", "\N{MINUS SIGN}2%", "-0.5%"):
        ax.set_xticks([ax.get_xlim()[0]], [said])
        with pytest.raises(ChartRefusal, match="percentages end at 0 and 100"):
            data.refuse_beyond(ax)
