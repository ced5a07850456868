"""The values charts read: tidy, checked when made; and what a chart will not print.

Each refusal is one line that says what to change. The rules are section 10 of the chart standard. A
refused chart is never written.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, Literal, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from forecast.charts import style
from forecast.errors import ForecastError

__all__ = [
    "ACROSS",
    "CROPPED",
    "ROWS",
    "ChartRefusal",
    "Dates",
    "Floats",
    "Mark",
    "Scale",
    "Stamp",
    "Trajectory",
    "notable",
    "refuse",
    "refuse_bands_without_coverage",
    "refuse_beyond",
    "refuse_colour_alone",
    "refuse_crowded_text",
    "refuse_dual_axes",
    "refuse_marks",
    "refuse_missing_glyphs",
    "refuse_small_text",
    "refuse_title",
    "refuse_undated",
    "refuse_y_range",
    "words_of",
]


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


#: Labels of axes that do not have a probability upwards.
ACROSS, CROPPED, ROWS = "probability across", "part of a probability across", "rows"

_SLACK = 0.25  # points two texts may share: rounding, not collision
_NAMED, _QUOTED = 6, 60  # letters of what has no glyph, and of the text it is in
_SMALLEST = 6.5  # points; smaller text is forbidden


class ChartRefusal(ForecastError, ValueError):  # noqa: N818  # it is a refusal, not a fault
    """You asked for a chart that would mislead or could not be read."""


def refuse(figure: Figure) -> None:
    """Refuse a figure that breaks a rule which can be seen on the figure itself.

    Raises
    ------
    ChartRefusal
        At the first rule broken.
    """
    refuse_undated(figure)
    for ax in figure.axes:
        refuse_y_range(ax)
        refuse_beyond(ax)
        refuse_colour_alone(ax)
    refuse_dual_axes(figure)
    refuse_bands_without_coverage(figure)
    refuse_missing_glyphs(*(text.get_text() for text in _texts(figure)))
    refuse_small_text(figure)
    refuse_crowded_text(figure)


def refuse_undated(figure: Figure) -> None:
    """Refuse a figure whose source line gives no as-of date."""
    source = _labelled(figure, "source")
    if not re.search(r"As of \d", source):
        raise ChartRefusal(
            f"no as-of date: the source line says {source!r}; it must say 'As of <date>'"
        )


def refuse_y_range(ax: Axes) -> None:
    """Refuse probability axes that are cropped or stretched.

    Axes are of probability upwards unless their label says otherwise: `ACROSS` has it on the
    horizontal axis, `CROPPED` a part of it, `ROWS` has rows or places instead.
    """
    if ax.get_label() in {ROWS, CROPPED}:
        return
    name, limits = ("x", ax.get_xlim()) if ax.get_label() == ACROSS else ("y", ax.get_ylim())
    low, high = limits
    if (low, high) != (0.0, 1.0):
        raise ChartRefusal(
            f"the {name} axis runs from {low:g} to {high:g}; a probability needs 0 to 1"
        )


def refuse_beyond(ax: Axes) -> None:
    """Refuse an axis of probability, or a percentage on any axis, that goes beyond 0 to 100 %."""
    low, high = ax.spines["bottom"].get_bounds() or ax.get_xlim()
    if ax.get_label() == CROPPED and not (low >= 0 and high <= 1):
        raise ChartRefusal(
            f"the axis runs from {100 * low:g}% to {100 * high:g}%; probabilities are 0 to 100%"
        )
    for tick in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        said = re.fullmatch(r"([−-]?[\d.]+)%", tick.get_text().strip())  # noqa: RUF001
        value = said and float(said[1].replace("−", "-"))  # noqa: RUF001
        if value and not 0 <= value <= 100:
            raise ChartRefusal(f"an axis is marked {tick.get_text()}; percentages end at 0 and 100")


def refuse_dual_axes(figure: Figure) -> None:
    """Refuse two axes drawn over each other."""
    if _overlapping([ax.get_window_extent() for ax in figure.axes], slack=1.0):
        raise ChartRefusal("two axes share one place; draw two panels, not two y axes")


def refuse_marks(count: int, *, most: int = 6) -> None:
    """Refuse more numbered reports than a reader can follow."""
    if count > most:
        raise ChartRefusal(
            f"{count} numbered reports on a chart; at most {most}, the others go in a table"
        )


def refuse_title(title: str, word: str) -> None:
    """Refuse a title that does not use the word of the value plotted."""
    if not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", title):
        raise ChartRefusal(f"the title {title!r} does not use the term of its value, {word!r}")


def refuse_bands_without_coverage(figure: Figure) -> None:
    """Refuse bands whose coverage the subtitle does not state."""
    subtitle = _labelled(figure, "subtitle")
    for ax in figure.axes:
        for band in ax.collections:
            cover, _, rest = str(band.get_label()).partition(" ")
            if rest == "interval" and cover not in subtitle:
                raise ChartRefusal(
                    f"a band of {cover} is drawn, but the subtitle says {subtitle!r}"
                )


def refuse_colour_alone(ax: Axes) -> None:
    """Refuse two series that only colour tells apart."""
    series = [line for line in ax.lines if not str(line.get_label()).startswith("_")]
    for one, other in combinations(series, 2):
        if _drawn_as(one) == _drawn_as(other):
            raise ChartRefusal(
                f"{one.get_label()!r} and {other.get_label()!r} differ in colour alone; "
                "give one another dash, width or marker"
            )


#: Where the name of a script ends in the name of one of its letters.
_SCRIPT = re.compile(r" (?:CAPITAL|SMALL|LETTER|SIGN|SYLLAB|UNIFIED|HIEROGLYPH|IDEOGRAM|CHARACTER)")


def refuse_missing_glyphs(*texts: str) -> None:
    """Refuse characters that no font of this machine has, before anything warns of them."""
    for words in texts:
        if missing := style.lacking(words):
            few = missing if len(missing) <= _NAMED else f"{missing[:_NAMED]}…"
            said = words if len(words) <= _QUOTED else f"{words[:_QUOTED]}…"
            raise ChartRefusal(
                f"no glyph for {few!r} in {said!r}; install a font that has it, such as "
                f"{_font_for(missing)}, or write it in other letters"
            )


def _font_for(missing: str) -> str:
    """Name a family of fonts made for such letters."""
    letters = [each for each in missing if unicodedata.category(each).startswith("L")]
    if not letters:
        return "Noto Emoji or Noto Sans Symbols"
    script = _SCRIPT.split(unicodedata.name(letters[0], "such letters"))[0]
    return f"Noto Sans for {script if script == 'CJK' else script.title()}"


def refuse_small_text(figure: Figure) -> None:
    """Refuse text below 6.5 points."""
    for text in _texts(figure):
        points = float(text.get_fontsize())
        if points < _SMALLEST:
            raise ChartRefusal(
                f"{text.get_text()!r} is set in {points:.1f} pt; "
                f"nothing is printed below {_SMALLEST} pt"
            )


def refuse_crowded_text(figure: Figure) -> None:
    """Refuse text that leaves the figure or runs into other text."""
    renderer = style.renderer_of(figure)
    slack = _SLACK * figure.dpi / 72
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in _texts(figure)]
    whole = figure.bbox
    for words, box in boxes:
        inside = (
            box.x0 >= whole.x0 - slack
            and box.y0 >= whole.y0 - slack
            and box.x1 <= whole.x1 + slack
            and box.y1 <= whole.y1 + slack
        )
        if not inside:
            raise ChartRefusal(
                f"text outside the figure: {words!r}; shorten it or enlarge the size"
            )
    if pair := _overlapping([box for _, box in boxes], slack=slack):
        words, others = (boxes[number][0] for number in pair)
        raise ChartRefusal(f"{words!r} runs into {others!r}; shorten one or enlarge the size")


def _texts(figure: Figure) -> Iterator[Text]:
    yield from _visible(figure.texts)
    for ax in figure.axes:
        ticks = [*ax.xaxis.get_ticklabels(), *ax.yaxis.get_ticklabels()]
        yield from _visible([*ax.texts, *ticks, ax.title, ax.xaxis.label, ax.yaxis.label])


def _visible(texts: Iterable[Text]) -> Iterator[Text]:
    return (text for text in texts if text.get_visible() and text.get_text().strip())


def _overlapping(boxes: Sequence[Bbox], *, slack: float) -> tuple[int, int] | None:
    """Find two boxes that lie on one another, if there are any."""
    corners = np.array([box.extents for box in boxes]).reshape(-1, 2, 2)
    low = np.maximum(corners[:, None, 0], corners[None, :, 0])
    high = np.minimum(corners[:, None, 1], corners[None, :, 1])
    found = np.argwhere(np.triu((high - low > slack).all(axis=2), k=1))
    return (int(found[0][0]), int(found[0][1])) if len(found) else None


def _labelled(figure: Figure, label: str) -> str:
    texts = (text.get_text() for text in figure.texts if text.get_label() == label)
    return " ".join(" ".join(texts).split("\n"))


def _drawn_as(line: Line2D) -> tuple[object, ...]:
    dashes = line._unscaled_dash_pattern  # type: ignore[attr-defined]  # noqa: SLF001  # no public way
    return dashes, line.get_marker(), line.get_linewidth()
