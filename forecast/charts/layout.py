"""Axes on a page: as large as the words around them allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.charts import sheet, style
from forecast.charts.data import Stamp
from forecast.charts.refusals import ChartRefusal, refuse, refuse_missing_glyphs, refuse_title

__all__ = ["Layout", "Margins", "Words", "finish", "fit", "lay", "start"]


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

    sheet: sheet.Sheet
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


def _around(page: style.Size, words: Words, stamp: Stamp, *, lines: int) -> sheet.Sheet:
    refuse_missing_glyphs(words.title(words.label), words.subtitle(words.proposition), words.key)
    above = (
        sheet.title_block(
            page,
            words.title,
            words.label,
            *words.also,
            lines=3 if page.width < 100 else 2,
            among=words.among,
        ),
        sheet.subtitle_block(page, words.subtitle, words.proposition, lines=lines),
    )  # fmt: skip
    return sheet.Sheet(page, above, sheet.footing(page, stamp, words.key))
