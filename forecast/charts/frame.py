"""An axes box measured in millimetres: labels are placed on paper, not in data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from forecast.charts import style
from forecast.charts.curves import day_numbers
from forecast.charts.data import Dates, Floats, refuse_missing_glyphs
from forecast.charts.text import LEADING

__all__ = ["Frame"]

_CAPITAL = 0.66  # height of a capital, in type sizes


@dataclass(frozen=True, slots=True)
class Frame:
    """Axes with their size on paper; limits must be set before it is made.

    Attributes
    ----------
    ax : Axes
    base : float
        Base type size in points.
    width, height, dpi : float
        Millimetres, and the resolution text is measured at.
    """

    ax: Axes
    base: float
    width: float
    height: float
    dpi: float

    @classmethod
    def of(cls, ax: Axes, *, base: float) -> Frame:
        """Measure axes that stand where they will be printed."""
        figure = ax.get_figure(root=True)
        assert isinstance(figure, Figure)
        box = ax.get_position()
        width, height = figure.get_size_inches() / style.MM
        return cls(ax, base, float(box.width * width), float(box.height * height), figure.dpi)

    @property
    def left(self) -> float:
        """Millimetres of the figure left of the axes."""
        figure = self.ax.get_figure(root=True)
        assert isinstance(figure, Figure)
        return float(self.ax.get_position().x0 * figure.get_size_inches()[0] / style.MM)

    def points(self, ratio: float) -> float:
        """Type size at a ratio of the base, never below 6.5 points."""
        return max(6.5, ratio * self.base)

    def x(self, dates: Dates | dt.date) -> Floats:
        """Millimetres from the left edge."""
        left, right = self.ax.get_xlim()
        result: Floats = (day_numbers(dates) - left) / (right - left) * self.width
        return result

    def across(self, values: Floats | float) -> Floats:
        """Millimetres from the left edge of values on the horizontal axis."""
        left, right = self.ax.get_xlim()
        result: Floats = (np.asarray(values, dtype=np.float64) - left) / (right - left) * self.width
        return result

    def at(self, date: dt.date, p: float) -> tuple[float, float]:
        """Millimetres from the lower left corner."""
        return float(self.x(date)), p * self.height

    def y(self, p: Floats | float) -> Floats:
        """Millimetres from the lower edge."""
        return np.asarray(p, dtype=np.float64) * self.height

    def text(self, x: float, y: float, words: str, **kwargs: Any) -> Text:
        """Set text at millimetres from the lower left corner."""
        refuse_missing_glyphs(words)
        return self.ax.text(
            x / self.width,
            y / self.height,
            style.directed(words),
            fontfamily=style.families(words),
            transform=self.ax.transAxes,
            linespacing=LEADING,
            **kwargs,
        )

    def centred(self, x: float, y: float, words: str, *, points: float, **kwargs: Any) -> Text:
        """Set a line of text whose capitals are centred on `y`, whatever letters it has."""
        down = _CAPITAL * points / 2 / 72 / style.MM
        return self.text(x, y - down, words, va="baseline", fontsize=points, **kwargs)

    def bar(self, x: tuple[float, float], y: tuple[float, float], **kwargs: Any) -> None:
        """Fill a box between two pairs of millimetres from the lower left corner."""
        low, bottom = min(x), min(y)
        box = Rectangle(
            (low / self.width, bottom / self.height),
            (max(x) - low) / self.width,
            (max(y) - bottom) / self.height,
            transform=self.ax.transAxes,
            clip_on=False,
            **kwargs,
        )
        self.ax.add_patch(box)

    def line(self, x: Sequence[float], y: Sequence[float], **kwargs: Any) -> None:
        """Draw a line through points in millimetres from the lower left corner."""
        self.ax.plot(
            np.asarray(x) / self.width,
            np.asarray(y) / self.height,
            transform=self.ax.transAxes,
            clip_on=False,
            scalex=False,
            scaley=False,
            **kwargs,
        )
