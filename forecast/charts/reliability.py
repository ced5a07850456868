"""Reliability: how often what was given a probability, or a word, came true."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from forecast.charts import layout, rows, style, text
from forecast.charts import placement as callouts
from forecast.charts.data import ChartRefusal, Floats, Stamp
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame
from forecast.charts.placement import Room
from forecast.scoring.calibration import ENOUGH, corp, recalibrated

__all__ = ["Group", "Reliability", "chart", "draw", "group_table"]


@dataclass(frozen=True, slots=True)
class Group:
    """Resolved questions that were given one word.

    Attributes
    ----------
    label : str
        The word.
    band : (low, high)
        What it means on the scale.
    p : float
        Mean of the probabilities given.
    total, hits : int
        How many questions, and how many came true.
    low, high : float
        90 % interval of the share that comes true.

    Raises
    ------
    ChartRefusal
        When numbers are no probabilities or no counts.

    Examples
    --------
    >>> Group("likely", (0.55, 0.8), 0.7, 10, 7, 0.44, 0.88).rate
    0.7
    """

    label: str
    band: tuple[float, float]
    p: float
    total: int
    hits: int
    low: float
    high: float

    def __post_init__(self) -> None:
        numbers = (*self.band, self.p, self.low, self.high)
        if not all(0 <= one <= 1 for one in numbers) or self.low > self.high:
            raise ChartRefusal(f"{self.label!r}: {numbers} has values that are not in 0 to 1")
        if not 0 <= self.hits <= self.total or not self.total:
            raise ChartRefusal(f"{self.label!r}: {self.hits} of {self.total} cannot have come true")

    @property
    def rate(self) -> float:
        """Share that came true."""
        return self.hits / self.total

    @property
    def kept(self) -> bool:
        """Whether the interval of the share meets what the word means."""
        return self.low <= self.band[1] and self.band[0] <= self.high


def group_table(groups: Sequence[Group]) -> dict[str, Sequence[Any]]:
    """List groups, a column each."""
    return {
        "word": [one.label for one in groups],
        "low": [one.band[0] for one in groups],
        "high": [one.band[1] for one in groups],
        "mean": [one.p for one in groups],
        "questions": [one.total for one in groups],
        "came_true": [one.hits for one in groups],
        "rate": [one.rate for one in groups],
        "lo90": [one.low for one in groups],
        "hi90": [one.high for one in groups],
    }


_REPEATS = 500  # simulated records behind the consistency band
_TICKS = 0.7  # millimetres per point of type that ticks and their labels take below
_SIDE = 4.6  # least height of the axes, millimetres per point of type


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Forecasts of resolved questions and what came.

    Attributes
    ----------
    name : str
        For files.
    as_of : date
    forecasts : (n,) float
        One probability a question.
    outcomes : (n,) int
        1 where it came true, else 0.
    groups : tuple of Group
        What is drawn instead of a curve where the questions are fewer than 30.

    Raises
    ------
    ChartRefusal
        With fewer than 30 questions and no groups, none at all, or values that are no probabilities
        or outcomes.
    """

    name: str
    as_of: dt.date
    forecasts: Floats
    outcomes: Any
    groups: tuple[Group, ...] = ()

    def __post_init__(self) -> None:
        p, y = np.array(self.forecasts, dtype=np.float64), np.array(self.outcomes, dtype=np.int64)
        if p.ndim != 1 or p.shape != y.shape:
            raise ChartRefusal(f"forecasts have shape {p.shape}, outcomes {y.shape}; both are (n,)")
        if len(p) < ENOUGH and not (len(p) and self.groups):
            raise ChartRefusal(
                f"{len(p)} resolved questions are too few to judge; a reliability diagram needs "
                f"{ENOUGH}"
            )
        if not (((p >= 0) & (p <= 1)).all() and np.isin(y, (0, 1)).all()):
            raise ChartRefusal("forecasts must be in 0 to 1 and outcomes 0 or 1")
        order = np.argsort(p, kind="stable")
        object.__setattr__(self, "forecasts", p[order])
        object.__setattr__(self, "outcomes", y[order])

    @property
    def enough(self) -> bool:
        """Whether there are questions enough for a curve."""
        return len(self.forecasts) >= ENOUGH

    @property
    def fit(self) -> Floats:
        """Regress outcomes isotonically on forecasts (pool adjacent violators), at each."""
        return recalibrated(self.forecasts, self.outcomes)

    def band(self) -> tuple[Floats, Floats]:
        """Draw the central 90 % of fits to records there could be, were they calibrated."""
        rng = np.random.default_rng(1)
        drawn = rng.random((_REPEATS, len(self.forecasts))) < self.forecasts
        fits = np.array([recalibrated(self.forecasts, row) for row in drawn])
        low, high = np.quantile(fits, (0.05, 0.95), axis=0)
        return low, high

    def table(self) -> dict[str, Sequence[Any]]:
        """List the plotted numbers, a column each."""
        if not self.enough:
            return {
                **group_table(self.groups),
                "as_of": [self.as_of.isoformat()] * len(self.groups),
            }
        low, high = self.band()
        return {
            "forecast": self.forecasts.tolist(),
            "outcome": self.outcomes.tolist(),
            "fit": self.fit.tolist(),
            "lo90": low.tolist(),
            "hi90": high.tolist(),
            "as_of": [self.as_of.isoformat()] * len(self.forecasts),
        }


def draw(ax: Axes, values: Reliability, *, base: float = 8.0) -> Axes:
    """Draw a reliability diagram on axes that already stand where they will be printed.

    Parameters
    ----------
    ax : Axes
        Empty; square on paper reads best.
    values : Reliability
    base : float
        Type size in points.
    """
    with style.context(base):
        ax.set_xlim(0.0, 1.0)
        ax.set_ylim(0.0, 1.0)
        frame = Frame.of(ax, base=base)
        ticks = [n / 5 for n in range(6)]
        across = ticks if frame.width > 6 * base else [0.0, 0.5, 1.0]
        rows.axis(frame, across, ["", *(f"{100 * tick:.0f}%" for tick in across[1:])])
        ax.tick_params(axis="y", length=0, labelsize=frame.points(0.94), pad=0.4 * base)
        ax.set_yticks(ticks, [f"{20 * n}%" for n in range(6)])
        ax.plot([0, 1], [0, 1], color=style.INK, lw=0.8, ls=(0, (5, 2)), zorder=3,
                label="calibrated")  # fmt: skip
        _name_axes(frame)
        if values.enough:
            _curve(frame, values)
        else:
            _groups(frame, values.groups)
    return ax


def _curve(frame: Frame, values: Reliability) -> None:
    """Draw the fit over its consistency band, and how many forecasts there are of each tenth."""
    ax, base, p = frame.ax, frame.base, values.forecasts
    low, high = values.band()
    ax.fill_between(p, low, high, color=style.LIGHT, alpha=0.22, lw=0, zorder=2,
                    label="90% interval")  # fmt: skip
    ax.plot(p, values.fit, color=style.BLUE, lw=0.2 * base, zorder=4, marker="o",
            ms=0.35 * base, label="fit")  # fmt: skip
    counts, edges = np.histogram(p, bins=20, range=(0, 1))
    for count, left in zip(counts.tolist(), edges.tolist(), strict=False):
        if count:
            x = float(frame.across(left)), float(frame.across(left + 0.05)) - 0.2
            top = 0.14 * frame.height * count / counts.max()
            frame.bar(x, (0.0, top), facecolor=style.COLOURS[0], alpha=0.35, lw=0, zorder=1.5)


def _groups(frame: Frame, groups: Sequence[Group]) -> None:
    """Draw a point a group with its interval, and how many questions it is of."""
    base = frame.base
    frame.ax.vlines([one.p for one in groups], [one.low for one in groups],
                    [one.high for one in groups], color=style.BLUE, lw=0.12 * base, zorder=4,
                    label="90% interval")  # fmt: skip
    frame.ax.plot([one.p for one in groups], [one.rate for one in groups], "o", ms=0.6 * base,
                  mfc=style.BLUE, mec="white", mew=0.07 * base, zorder=5, clip_on=False,
                  label="_rate")  # fmt: skip
    room = Room(frame.width, frame.height)
    bars = [_points(frame, one) for one in groups]
    for bar in bars:
        room.line([x for x, _ in bar], [y for _, y in bar], cost=40)
    room.line([0, frame.width], [0, frame.height], cost=5)
    for number, one in enumerate(groups):
        others = [at for n, bar in enumerate(bars) if n != number for at in bar]
        said = callouts.Line(f"{one.hits} of {one.total}")
        callouts.put(frame, room, [said], near=bars[number], others=others)


def _points(frame: Frame, one: Group) -> list[tuple[float, float]]:
    """Places along the bar of a group, a millimetre apart."""
    low, high = float(frame.y(one.low)), float(frame.y(one.high))
    x = float(frame.across(one.p))
    return [(x, float(y)) for y in np.linspace(low, high, max(int(high - low), 1) + 1)]


def _name_axes(frame: Frame) -> None:
    """Print what the axes are: across below its right end, upwards above its upper end."""
    points = frame.points(0.94)
    line = text.Block("", ("Ag",), points).height(frame.dpi)
    frame.centred(-_left(frame.base, frame.dpi), frame.height + 1.15 * line, "Came true",
                  points=points, color=style.TEXT)  # fmt: skip
    frame.centred(frame.width, -_TICKS * frame.base - 0.75 * line, "Probability given",
                  points=points, color=style.TEXT, ha="right")  # fmt: skip


def _left(base: float, dpi: float) -> float:
    return text.measure("100%", points=0.94 * base, dpi=dpi) + 0.15 * base


def chart(values: Reliability, *, stamp: Stamp, size: str = "a4") -> Chart:
    """Draw a reliability diagram as a finished chart, checked against the chart standard.

    Raises
    ------
    ChartRefusal
        When the size is unknown, the dates disagree, or the chart could not be read.
    """
    page = layout.named(size)
    layout.require_day(values.name, values.as_of, stamp=stamp)
    words = _words(values)
    with style.context(page.base):
        left = _left(page.base, page.dpi)
        line = text.Block("", ("Ag",), page.points(0.94)).height(page.dpi)
        below, above = _TICKS * page.base + 1.35 * line, 0.1 * page.base + 1.7 * line
        wide = layout.Margins(left, 0.5, below, above)
        laid = layout.fit(page, words, stamp, margins=wide,
                          least=2.4 * page.base, good=_SIDE * page.base)  # fmt: skip
        side = page.width - 2 * page.margin - left - laid.height
        square = layout.Margins(left, max(side, 0.5 * page.base), below, above)
        laid = layout.fit(page, words, stamp, margins=square, least=2.4 * page.base,
                          good=_SIDE * page.base)  # fmt: skip
        made, ax = layout.start(laid)
        draw(ax, values, base=page.base)
        layout.finish(made, laid)
    return Chart(f"{values.name}__reliability", made, _alt(values, stamp), values.table())


def _words(values: Reliability) -> layout.Words:
    if not values.enough:
        n = len(values.forecasts)
        few = f"too few to judge ({n}{text.NBSP}resolved question{'' if n == 1 else 's'})"
        return layout.Words(
            lambda label: f"{label} – {few}",  # noqa: RUF001
            "Reliability",
            lambda _: (
                "Share that came true against the mean probability given, a point a word of "
                "the scale, with how many came true of how many. Bar: 90% interval of that share; "
                f"dashed: calibrated. A curve is drawn from {ENOUGH} questions."
            ),
        )
    n, parts = len(values.forecasts), corp(values.forecasts, values.outcomes)
    low, high = values.band()
    inside = bool(((values.fit >= low - 1e-9) & (values.fit <= high + 1e-9)).all())
    said = "within what calibrated forecasts would show" if inside else "calibration in doubt"

    def title(label: str) -> str:
        return f"{label} – {n} resolved questions, {said}"  # noqa: RUF001

    def subtitle(_: str) -> str:
        return (
            "Share that came true against the probability given. Blue: fit that never falls; grey: "
            "90% interval of such fits were the forecasts calibrated; dashed: calibrated; bars: "
            f"how many forecasts. Brier score {parts.score:.3f} = miscalibration {parts.mcb:.3f} − "  # noqa: RUF001
            f"discrimination {parts.dsc:.3f} + uncertainty {parts.unc:.3f}."
        )

    return layout.Words(title, "Reliability", subtitle)


def _alt(values: Reliability, stamp: Stamp) -> AltText:
    words = _words(values)
    if not values.enough:
        said = [f"{one.label}: {one.hits} of {one.total} came true" for one in values.groups]
        long = f"{words.subtitle('')} {'; '.join(said)}. {text.source_line(stamp)}"
        title = words.title(words.label)
        return AltText.made(title, f"{title}: ", said, long)
    fit = values.fit
    parts = [
        f"forecasts of {text.percent(float(p))} came true in {text.percent(float(f))}"
        for p, f in zip(values.forecasts[:: len(fit) // 5], fit[:: len(fit) // 5], strict=True)
    ]
    long = f"{words.subtitle('')} {'; '.join(parts)}. {text.source_line(stamp)}"
    return AltText.made(words.title(words.label), f"{words.title(words.label)}: ", parts, long)
