"""Trajectories one can point at: the same values as `trajectory`, drawn by Bokeh in a browser.

Bokeh's script goes into the page, so that it needs no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.charts import style
from forecast.charts.data import Trajectory
from forecast.charts.text import interval, percent

__all__ = ["Pointed", "components", "script"]

_BLUE, _VERMILLION = style.COLOURS[:2]


@dataclass(frozen=True, slots=True)
class Pointed:
    """A report one can point at: its day, what it says, and its grade and source."""

    date: np.datetime64
    text: str
    source: str


def components(
    curves: Sequence[tuple[Trajectory, Sequence[Pointed]]],
) -> tuple[str, list[str]]:
    """Return one script for all charts, and the element of each chart in order.

    Parameters
    ----------
    curves : sequence of (Trajectory, sequence of Pointed)
        What is drawn, and the reports marked on it.
    """
    from bokeh.embed import components as embedded

    made, places = embedded([_figure(curve, marks) for curve, marks in curves])
    return str(made), [str(place) for place in places]


def script() -> str:
    """Return Bokeh's own script, to stand in the page."""
    from bokeh.resources import Resources

    held = Resources(mode="inline", components=["bokeh"], log_level="error")
    return "".join(f"<script>{text}</script>" for text in held.js_raw)


def _figure(curve: Trajectory, marks: Sequence[Pointed]) -> Any:
    from bokeh.models import DatetimeTickFormatter, NumeralTickFormatter, Range1d
    from bokeh.plotting import figure

    plot: Any = figure(
        height=400,
        sizing_mode="stretch_width",
        x_axis_type="datetime",
        y_range=Range1d(start=0, end=1),
        tools="pan,xwheel_zoom,box_zoom,reset",
        active_scroll=None,
        toolbar_location="below",
    )
    plot.toolbar.logo = None
    plot.toolbar.stylesheets = ["@media print{:host{display:none!important}}"]
    plot.yaxis.formatter = NumeralTickFormatter(format="0%")
    plot.xaxis.formatter = DatetimeTickFormatter(  # in two lines, for phones
        days="%d %b\n%Y", months="%b\n%Y", years="%b\n%Y"
    )
    plot.yaxis.axis_label = "probability"
    plot.grid.grid_line_color = style.RULE
    _curves(plot, curve)
    _marks(plot, curve, marks)
    plot.add_layout(plot.legend[0], "below")  # inside, it would hide the line
    plot.legend.ncols = 2
    plot.legend.location = "top_left"
    plot.legend.border_line_color = None
    plot.legend.label_text_font_size = plot.axis.major_label_text_font_size = "13px"
    plot.axis.axis_label_text_font_size = "13px"
    return plot


def _curves(plot: Any, curve: Trajectory) -> None:
    from bokeh.models import ColumnDataSource, HoverTool

    ends = zip(curve.lo80, curve.hi80, strict=True)
    source = ColumnDataSource(
        {
            "date": curve.dates.astype("datetime64[ms]"),
            "day": [str(day) for day in curve.dates],
            "p": curve.mean,
            "shown": [percent(float(p)) for p in curve.mean],
            "band": [interval(float(low), float(high)) for low, high in ends],
            **{name: getattr(curve, name) for name in ("lo50", "hi50", "lo80", "hi80")},
        }
    )
    for low, high, alpha, name in (
        ("lo80", "hi80", style.OUTER, "80% interval"),
        ("lo50", "hi50", style.INNER, "50% interval"),
    ):
        plot.varea_step(
            "date", low, high, source=source, fill_color=_BLUE, fill_alpha=alpha, legend_label=name,
            step_mode="after",
        )  # fmt: skip
    past = curve.n_history
    times = curve.dates.astype("datetime64[ms]")
    plot.step(
        times[:past], curve.mean[:past], mode="after", line_color=_BLUE, line_width=2.5,
        legend_label="as known then",
    )  # fmt: skip
    if curve.has_forecast:
        plot.line(
            times[past - 1 :], curve.mean[past - 1 :], line_color=_BLUE, line_width=2.5,
            line_dash="dashed", legend_label="forecast",
        )  # fmt: skip
    if curve.no_news is not None:
        plot.line(times, curve.no_news, line_color=style.REFERENCE, line_dash="dotted",
                  legend_label="without reports")  # fmt: skip
    today = np.datetime64(curve.as_of, "ms")
    plot.vspan(x=[today], line_color=style.REFERENCE, line_dash="dashed", legend_label="as of")
    dots = plot.scatter("date", "p", source=source, size=9, alpha=0.0)
    plot.add_tools(
        HoverTool(
            renderers=[dots], mode="vline",
            tooltips=[("date", "@day"), ("probability", "@shown"), ("80% interval", "@band")],
        )
    )  # fmt: skip


#: Lines of a report under the pointer: broken, for a sentence would run out of the page.
_TIP = (
    '<div style="max-width:17rem;overflow-wrap:anywhere">'
    "<div><b>reported</b> @day</div><div>@text</div><div><i>@source</i></div></div>"
)


def _marks(plot: Any, curve: Trajectory, marks: Sequence[Pointed]) -> None:
    from bokeh.models import ColumnDataSource, HoverTool

    if not marks:
        return
    at = np.searchsorted(curve.dates, [mark.date for mark in marks])
    at = np.minimum(at, curve.n_history - 1)
    source = ColumnDataSource(
        {
            "date": curve.dates[at].astype("datetime64[ms]"),
            "p": curve.mean[at],
            "day": [str(mark.date) for mark in marks],
            "text": [mark.text for mark in marks],
            "source": [mark.source for mark in marks],
        }
    )
    dots = plot.scatter("date", "p", source=source, size=9, marker="diamond", alpha=0.9,
                        fill_color=_VERMILLION, line_color="white",
                        legend_label="reports")  # fmt: skip
    plot.add_tools(HoverTool(renderers=[dots], tooltips=_TIP))
