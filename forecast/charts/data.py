"""The values charts read: tidy, checked when made, and free of drawing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from forecast.charts.refusals import ChartRefusal, refuse_marks

__all__ = ["Dates", "Floats", "Mark", "Scale", "Stamp", "Trajectory", "notable", "words_of"]

Floats = NDArray[np.float64]
Dates = NDArray[np.datetime64]

_CURVES = ("mean", "lo50", "hi50", "lo80", "hi80", "no_news")


class Scale(Protocol):
    """Words of estimative probability, as charts need them."""

    @property
    def bands(self) -> Sequence[tuple[float, float, str]]:
        """(low, high, word) of every term, in order."""

    def word(self, p: float) -> str:
        """Word for a probability."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A report numbered on the top edge: its date and its text, actor + verb + object."""

    date: dt.date
    text: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where a chart comes from; becomes its source line.

    Attributes
    ----------
    as_of : date
        Only reports known by then are in the chart (UTC).
    source : str
        Data and organisation.
    scale : str
        Short title of the scale of words, such as ``ICD 203``.
    model : str
        Version of the model.
    run : str
        Hash of the run; its first seven characters are printed.
    indicators, lineages : int
        How many indicators and how many independent lineages of sources reported.
    """

    as_of: dt.date
    source: str
    scale: str
    model: str
    run: str
    indicators: int
    lineages: int


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Probability of one node's headline over time: history to `as_of`, forecast after it.

    Attributes
    ----------
    node, label, proposition : str
        Name, printed name (``Arms trade: sustained``) and the sentence that is judged.
    dates : (n_dates,) datetime64[D]
        Strictly increasing; the first is the brief's date.
    mean, lo50, hi50, lo80, hi80 : (n_dates,) float
        Posterior mean and the ends of the 50 % and 80 % intervals, as fractions.
    as_of : date
        Last day whose reports are in; not before the first of `dates`.
    no_news : (n_dates,) float, optional
        The same had no reports come.
    marks : tuple of Mark
        At most six, dated within the history.
    marks_rule : str
        Which reports are numbered; printed after the key.
    marks_of : int, optional
        How many the rule holds for, where the marks are the largest of more.
    previous : (date, p), optional
        Value printed at the previous issue.
    opening : float, optional
        Value at the brief's date.
    brief_band : (low, high), optional
        The brief's own reading.
    mode : {"at", "by"}
        Whether the curve is the probability at each date or by each date.

    Raises
    ------
    ChartRefusal
        When shapes differ, a value is no probability, bands do not nest, dates do not increase,
        there is no as-of date, or there are more than six marks.

    Examples
    --------
    >>> flat = np.array([0.5, 0.5])
    >>> days = np.array(["2024-01-03", "2024-01-10"], "datetime64[D]")
    >>> Trajectory("arms", "Arms trade", "Arms are sold.", days, flat, flat, flat, flat, flat,
    ...            as_of=dt.date(2024, 1, 5)).value
    0.5
    """

    node: str
    label: str
    proposition: str
    dates: Dates
    mean: Floats
    lo50: Floats
    hi50: Floats
    lo80: Floats
    hi80: Floats
    as_of: dt.date
    no_news: Floats | None = None
    marks: tuple[Mark, ...] = ()
    marks_rule: str = ""
    marks_of: int | None = None
    previous: tuple[dt.date, float] | None = None
    opening: float | None = None
    brief_band: tuple[float, float] | None = None
    mode: Literal["at", "by"] = "at"

    def __post_init__(self) -> None:
        if isinstance(self.as_of, dt.datetime):
            object.__setattr__(self, "as_of", self.as_of.date())
        self._clean("dates", np.asarray(self.dates, dtype="datetime64[D]"))
        for name in _CURVES:
            if getattr(self, name) is not None:
                self._clean(name, np.array(getattr(self, name), dtype=np.float64))
        _check_dates(self)
        _check_values(self)
        refuse_marks(len(self.marks))

    @property
    def n_history(self) -> int:
        """How many dates are history."""
        return int(np.searchsorted(self.dates, np.datetime64(self.as_of, "D"), side="right"))

    @property
    def value(self) -> float:
        """Probability as of `as_of`."""
        return float(self.mean[self.n_history - 1])

    @property
    def interval80(self) -> tuple[float, float]:
        """80 % interval as of `as_of`."""
        now = self.n_history - 1
        return float(self.lo80[now]), float(self.hi80[now])

    @property
    def moves(self) -> Floats:
        """Change from each date of the history to the next."""
        found: Floats = np.diff(self.mean[: self.n_history])
        return found

    @property
    def begins(self) -> dt.date:
        """First date: the brief's."""
        return _day(self.dates[0])

    @property
    def ends(self) -> dt.date:
        """Last date drawn."""
        return max(_day(self.dates[-1]), self.as_of)

    @property
    def has_forecast(self) -> bool:
        """Whether any date lies after `as_of`."""
        return self.n_history < len(self.dates)

    def table(self) -> dict[str, Sequence[Any]]:
        """List the plotted numbers, a column each."""
        n, past = len(self.dates), self.n_history
        blank = [""] * n if self.no_news is None else self.no_news.tolist()
        return {
            "node": [self.node] * n,
            "date": [str(day) for day in self.dates],
            "p": self.mean.tolist(),
            **{name: getattr(self, name).tolist() for name in _CURVES[1:5]},
            "no_news": blank,
            "kind": ["history"] * past + ["forecast"] * (n - past),
            "as_of": [self.as_of.isoformat()] * n,
        }

    def _clean(self, name: str, array: NDArray[Any]) -> None:
        array = array.copy()
        array.setflags(write=False)
        object.__setattr__(self, name, array)


def notable(
    trajectory: Trajectory, reports: Sequence[Mark], *, least: float = 0.02, most: int = 6
) -> tuple[Mark, ...]:
    """Pick the reports after which the line moved most, in order of date.

    The move of a report is the change of the mean from the last date before it to the first date on
    or after it. It says "after", not "because of".

    Parameters
    ----------
    least : float
        Moves below this many points (as a fraction) are left out.
    most : int
        How many to keep.
    """
    moved = [(abs(_move(trajectory, report.date)), report) for report in reports]
    large = sorted((m for m in moved if m[0] >= least), key=lambda m: (-m[0], m[1].date))[:most]
    return tuple(sorted((report for _, report in large), key=lambda report: report.date))


def words_of(values: Trajectory | Stamp) -> tuple[str, ...]:
    """Texts a user wrote that a chart prints."""
    if isinstance(values, Stamp):
        return values.source, values.scale, values.model, values.run
    texts = (mark.text for mark in values.marks)
    return values.label, values.proposition, values.marks_rule, *texts


def _move(trajectory: Trajectory, date: dt.date) -> float:
    after = int(np.searchsorted(trajectory.dates, np.datetime64(date, "D"), side="left"))
    if not 1 <= after < trajectory.n_history:
        return 0.0
    return float(trajectory.mean[after] - trajectory.mean[after - 1])


def _check_dates(values: Trajectory) -> None:
    name, dates = values.node, values.dates
    if dates.ndim != 1 or len(dates) == 0:
        raise ChartRefusal(f"{name}: dates has shape {dates.shape}; it must be (n,), n at least 1")
    if np.isnat(dates).any() or (np.diff(dates) <= np.timedelta64(0, "D")).any():
        raise ChartRefusal(f"{name}: dates must increase strictly")
    if not isinstance(values.as_of, dt.date):
        raise ChartRefusal(f"{name}: no as-of date; got {values.as_of!r}")
    if values.as_of < values.begins:
        raise ChartRefusal(f"{name}: as of {values.as_of} is before the first date {values.begins}")
    dated = [("mark", mark.date) for mark in values.marks]
    if values.previous is not None:
        dated.append(("previous issue", values.previous[0]))
    for what, date in dated:
        if not values.begins <= date <= values.as_of:
            raise ChartRefusal(
                f"{name}: {what} of {date} is outside {values.begins} to {values.as_of}"
            )


def _check_values(values: Trajectory) -> None:
    for name in _CURVES:
        curve = getattr(values, name)
        if curve is None:
            continue
        if curve.shape != values.dates.shape:
            raise ChartRefusal(
                f"{values.node}: {name} has shape {curve.shape}, dates {values.dates.shape}"
            )
        if not ((curve >= 0) & (curve <= 1)).all():
            raise ChartRefusal(f"{values.node}: {name} has values that are not in 0 to 1")
    nested = (values.lo80, values.lo50, values.hi50, values.hi80)
    if any((low > high).any() for low, high in pairwise(nested)):
        raise ChartRefusal(f"{values.node}: the 50% interval is not inside the 80% interval")
    given = [values.opening, values.previous and values.previous[1], *(values.brief_band or ())]
    if not all(0 <= p <= 1 for p in given if p is not None):
        raise ChartRefusal(f"{values.node}: {given} has values that are not in 0 to 1")
    if values.brief_band is not None and values.brief_band[0] > values.brief_band[1]:
        raise ChartRefusal(f"{values.node}: brief_band {values.brief_band} must be (low, high)")


def _day(value: Any) -> dt.date:
    day: dt.date = value.astype("datetime64[D]").item()
    return day
