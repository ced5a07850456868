"""The page a chart stands on: title and subtitle above, key and source below, room between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from matplotlib.figure import Figure

from forecast.charts import style, text, wording
from forecast.charts.data import Stamp
from forecast.charts.refusals import ChartRefusal

__all__ = ["Sheet", "footing", "named", "require_day", "subtitle_block", "title_block"]

TITLE, SUBTITLE, KEY, SOURCE = 1.19, 0.94, 0.88, 0.81  # type sizes, in bases
_LONGEST = 40  # characters of a name in a title that is too long, and that begins like others


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
    lines = _setter(page, points)(wording.source_line(stamp))
    blocks = [text.Block("source", lines, points, colour=style.REFERENCE)]
    if key:
        points = page.points(KEY)
        blocks.append(text.Block("key", _setter(page, points)(key), points))
    return tuple(blocks)


def _setter(page: style.Size, points: float) -> Callable[[str], tuple[str, ...]]:
    return lambda words: text.wrap(words, width=page.measure, points=points, dpi=page.dpi)
