"""The page a chart stands on: title and subtitle, key and source, and axes in the room between.

The axes are as large as the words around them allow. The time axis is shared: its limits, its
ticks, and a probability upwards.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.charts import curves, placement, style, text
from forecast.charts.data import (
    ChartRefusal,
    Scale,
    Stamp,
    refuse,
    refuse_missing_glyphs,
    refuse_title,
)
from forecast.charts.frame import Frame

__all__ = [
    "EDGE",
    "PAD",
    "Layout",
    "Margins",
    "Sheet",
    "Words",
    "finish",
    "fit",
    "footing",
    "lay",
    "limit",
    "margins",
    "named",
    "require_day",
    "start",
    "subtitle_block",
    "ticks",
    "ticks_height",
    "title_block",
]


@dataclass(frozen=True, slots=True)
class Words:
    """What is said around a chart.

    Attributes
    ----------
    title, subtitle : callable
        Each puts a text that may be shortened into its sentence, the title more where there are.
    label, proposition : str
        These texts.
    also : tuple of str
        More texts of the title, in the order it takes them.
    among : sequence of str
        Names from which those in the title are told.
    key : str
        Printed above the source line.
    word : str or None
        Term that the title must use, or None where it names no single value.
    """

    title: Callable[..., str]
    label: str
    subtitle: Callable[[str], str]
    proposition: str = ""
    key: str = ""
    word: str | None = None
    also: tuple[str, ...] = ()
    among: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Margins:
    """Millimetres kept around the axes, inside the words, for ticks and labels."""

    left: float
    right: float
    below: float
    above: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """Blocks of text around a chart.

    Attributes
    ----------
    page : Size
    above, below : tuple of Block
        From the top down, and from the bottom up.
    """

    page: style.Size
    above: tuple[text.Block, ...]
    below: tuple[text.Block, ...]

    @property
    def top(self) -> float:
        """Millimetres from the upper edge down to where the chart may begin."""
        return self.page.margin + sum(self._taken(block) for block in self.above)

    @property
    def bottom(self) -> float:
        """Millimetres from the lower edge up to where the chart may begin."""
        return self.page.margin + sum(self._taken(block) for block in self.below)

    def write(self, figure: Figure) -> None:
        """Set the blocks on a figure."""
        height = float(figure.get_size_inches()[1]) / style.MM
        y = height - self.page.margin
        for block in self.above:
            text.write(figure, block, x=self.page.margin, y=y)
            y -= self._taken(block)
        y = self.page.margin
        for block in self.below:
            text.write(figure, block, x=self.page.margin, y=y, va="bottom")
            y += self._taken(block)

    def _taken(self, block: text.Block) -> float:
        return block.height(self.page.dpi) + 0.14 * self.page.base


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands; millimetres.

    Attributes
    ----------
    sheet : Sheet
    margins : Margins
    page_height : float
        At most that of the size.
    words : Words
    """

    sheet: Sheet
    margins: Margins
    page_height: float
    words: Words

    @property
    def width(self) -> float:
        """Width of the axes."""
        page = self.sheet.page
        return page.width - 2 * page.margin - self.margins.left - self.margins.right

    @property
    def height(self) -> float:
        """Height of the axes."""
        return self.page_height - self._taken

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The axes in fractions of the figure."""
        page = self.sheet.page
        left = page.margin + self.margins.left
        below = self.sheet.bottom + self.margins.below
        return (
            left / page.width,
            below / self.page_height,
            self.width / page.width,
            self.height / self.page_height,
        )

    @property
    def _taken(self) -> float:
        return self.sheet.top + self.sheet.bottom + self.margins.below + self.margins.above


def fit(
    page: style.Size,
    words: Words,
    stamp: Stamp,
    *,
    margins: Margins,
    least: float,
    good: float | None = None,
    wanted: float | None = None,
    lines: Iterable[int] = range(5, 1, -1),
) -> Layout:
    """Lay out a page, shortening the subtitle where the axes would else be too low.

    Parameters
    ----------
    page : Size
    words : Words
    stamp : Stamp
    margins : Margins
    least : float
        Least height of the axes in millimetres.
    good : float, optional
        Height for which the subtitle is shortened, as far as it can be; by default `least`.
    wanted : float, optional
        Height the axes need; what a page does not need is cut off below, except from a slide.
    lines : iterable of int
        How many lines the subtitle may take, tried in this order.

    Raises
    ------
    ChartRefusal
        When the words leave too little room.
    """
    enough = least if good is None else max(good, least)
    tried = (lay(page, words, stamp, margins=margins, lines=most) for most in lines)
    laid = next(tried)
    while laid.height < enough and (shorter := next(tried, None)) is not None:
        laid = shorter
    height = laid.height
    if height >= least:
        if wanted is None or wanted >= height or page.name == "slide":
            return laid
        return replace(laid, page_height=page.height - height + wanted)
    raise ChartRefusal(
        f"the words around the chart leave {height:.0f} mm for it at size {page.name!r}; "
        f"at least {least:.0f} mm are needed"
    )


def lay(page: style.Size, words: Words, stamp: Stamp, *, margins: Margins, lines: int) -> Layout:
    """Lay out a page whose subtitle takes at most so many lines, however low the axes become."""
    return Layout(_around(page, words, stamp, lines=lines), margins, page.height, words)


def start(layout: Layout) -> tuple[Figure, Axes]:
    """Make the figure with its words and its empty axes."""
    page = layout.sheet.page
    made = style.blank(page, height=layout.page_height)
    layout.sheet.write(made)
    return made, made.add_axes(layout.box)


def finish(made: Figure, layout: Layout) -> Figure:
    """Refuse a figure that breaks the chart standard, and hand it on else."""
    if layout.words.word is not None:
        refuse_title(" ".join(layout.sheet.above[0].lines), layout.words.word)
    refuse(made)
    return made


def _around(page: style.Size, words: Words, stamp: Stamp, *, lines: int) -> Sheet:
    refuse_missing_glyphs(words.title(words.label), words.subtitle(words.proposition), words.key)
    above = (
        title_block(
            page,
            words.title,
            words.label,
            *words.also,
            lines=3 if page.width < 100 else 2,
            among=words.among,
        ),
        subtitle_block(page, words.subtitle, words.proposition, lines=lines),
    )  # fmt: skip
    return Sheet(page, above, footing(page, stamp, words.key))


TITLE, SUBTITLE, KEY, SOURCE = 1.19, 0.94, 0.88, 0.81  # type sizes, in bases
_LONGEST = 40  # characters of a name in a title that is too long, and that begins like others


def named(size: str) -> style.Size:
    """Size by name.

    Raises
    ------
    ChartRefusal
        When there is no such size; the message lists those there are.

    Examples
    --------
    >>> named("a4").width, named("a4").height
    (160, 100)
    """
    if size not in style.SIZES:
        raise ChartRefusal(f"unknown size {size!r}; the sizes are {', '.join(style.SIZES)}")
    return style.SIZES[size]


def require_day(name: str, as_of: dt.date, *, stamp: Stamp) -> None:
    """Require that values are of the day their stamp says.

    Raises
    ------
    ChartRefusal
        When the days disagree.
    """
    if stamp.as_of != as_of:
        raise ChartRefusal(f"{name} is as of {as_of}, its stamp as of {stamp.as_of}")


def title_block(
    page: style.Size,
    say: Callable[..., str],
    *labels: str,
    lines: int,
    among: Sequence[str] = (),
) -> text.Block:
    """Title of at most so many lines; labels give way where they must, each part after a colon.

    A label keeps what tells it from those `among` which it was chosen.
    """
    points = page.points(TITLE)

    def joined(*given: str) -> str:
        left = iter(given)
        return say(*(": ".join(islice(left, len(each))) for each in parts))

    def set_(words: str) -> tuple[str, ...]:
        return text.balanced(words, width=page.measure, points=points, weight="bold", dpi=page.dpi)

    if len(set_(say(*labels))) > lines:
        labels = tuple(_distinct(label, among) for label in labels)
    parts = [label.split(": ") for label in labels]
    each = [part for label in parts for part in label]
    found = text.fitted(joined, *each, lines=lines, set_=set_)
    return text.Block("title", found, points, "bold", style.INK)


def _distinct(label: str, among: Sequence[str]) -> str:
    """Cut a label down to what tells it from others, where any begins as it does."""
    alike = label in among and any(
        one != label and one[:_LONGEST] == label[:_LONGEST] for one in among
    )
    return text.told_apart(label, among, lambda said: len(said) <= _LONGEST) if alike else label


def subtitle_block(
    page: style.Size, say: Callable[[str], str], proposition: str, *, lines: int
) -> text.Block:
    """Subtitle of at most so many lines; the proposition gives way where it must."""
    points = page.points(SUBTITLE)
    found = text.fitted(say, proposition, lines=lines, set_=_setter(page, points))
    return text.Block("subtitle", found, points)


def footing(page: style.Size, stamp: Stamp, key: str = "") -> tuple[text.Block, ...]:
    """Source line, and above it the key where there is one."""
    points = page.points(SOURCE)
    lines = _setter(page, points)(text.source_line(stamp))
    blocks = [text.Block("source", lines, points, colour=style.REFERENCE)]
    if key:
        points = page.points(KEY)
        blocks.append(text.Block("key", _setter(page, points)(key), points))
    return tuple(blocks)


def _setter(page: style.Size, points: float) -> Callable[[str], tuple[str, ...]]:
    return lambda words: text.wrap(words, width=page.measure, points=points, dpi=page.dpi)


EDGE = 1.0  # millimetres the time axis runs past its ends
PAD = 0.15  # between ticks and their labels, millimetres per point of type
_CAPITAL = 0.66  # height of a capital, in type sizes
_YEAR = 1.42  # from the baseline of the month to that of the year, likewise


def margins(page: style.Size, scale: Scale | None, *, above: float = 0.5) -> Margins:
    """Room around axes of probability over time; without a scale, no words on the right.

    `above` is in millimetres per point of type.
    """
    left = text.measure("100%", points=page.points(0.94), dpi=page.dpi) + PAD * page.base
    right = 0.35 * page.base
    if scale is not None:
        right = placement.gutter_width(scale, base=page.base, dpi=page.dpi)
    return Margins(left, right, ticks_height(page), above * page.base)


def ticks_height(page: style.Size) -> float:
    """Millimetres that ticks, months and years take below axes, with air under them."""
    lines = (_CAPITAL + _YEAR + 0.5) * page.points(0.94)
    return (0.35 * page.base + lines) / 72 / style.MM + 1.25 * PAD * page.base


def limit(ax: Axes, first: dt.date, last: dt.date, *, width: float, before: float = EDGE) -> None:
    """Set the limits of axes `width` millimetres wide, `before` of which come before `first`."""
    begin, end = curves.day_number(first), curves.day_number(last)
    per_mm = max(end - begin, 1.0) / max(width - before - EDGE, 1.0)
    ax.set_xlim(begin - before * per_mm, max(end, begin + 1.0) + EDGE * per_mm)
    ax.set_ylim(0.0, 1.0)


def ticks(
    frame: Frame, first: dt.date, last: dt.date, *, dated: bool = True, upwards: bool = True
) -> None:
    """Set ticks from `first` to `last`, and those of a probability upwards."""
    found = curves.ticks(first, last, width=frame.width, apart=0.95 * frame.base)
    days = np.array([tick.date for tick in found], dtype="datetime64[D]")
    pad, size = PAD * frame.base * style.MM * 72, frame.points(0.94)
    where = curves.day_numbers(days)
    # Months and years stand on baselines of their own: one text of two lines would hang by its top,
    # and months with a descender would sit higher than the others.
    names = [tick.label.split("\n") for tick in found]
    months = [name[0] if dated else "" for name in names]
    frame.ax.set_xticks(where.tolist(), months, va="baseline", linespacing=text.LEADING)
    if upwards:
        line = text.Block("", ("0%",), size).height(frame.dpi)
        step = 20 if frame.height >= 5.5 * line else 50
        frame.ax.set_yticks([n / 100 for n in range(0, 101, step)],
                            [f"{n}%" for n in range(0, 101, step)])  # fmt: skip
    else:
        frame.ax.set_yticks([])
    below = 1.25 * pad + _CAPITAL * size
    frame.ax.tick_params(axis="x", length=0.35 * frame.base, width=0.6, labelsize=size, pad=below)
    frame.ax.tick_params(axis="y", length=0, labelsize=size, pad=pad)
    for side, spine in frame.ax.spines.items():
        spine.set_visible(side == "bottom")
    for x, name, month in zip(frame.x(days), names, frame.ax.get_xticklabels(), strict=True):
        # At the left edge a centred label would run under the 0 % of the other axis.
        ha: Literal["left", "center"] = "center"
        if upwards and x < text.measure(name[0], points=size, dpi=frame.dpi) / 2:
            ha = "left"
        month.set_horizontalalignment(ha)
        if dated and len(name) > 1:
            y = -(0.35 * frame.base + below + _YEAR * size) / 72 / style.MM
            frame.text(x, y, name[1], fontsize=size, color=style.TEXT, ha=ha, va="baseline")
