"""Text set by measure: wrapped at the width it will print at, not by counting characters."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from forecast.charts import style
from forecast.charts.refusals import refuse_missing_glyphs

__all__ = ["LEADING", "Block", "balanced", "fitted", "measure", "wrap", "write"]

_SURE = 0.3  # millimetres per point by which a line must miss the limit to go unmeasured
LEADING = 0.91  # of the font's own line height, which is generous
Weight = Literal["normal", "bold"]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of text ready to be set, with their type.

    Attributes
    ----------
    label : str
        What the block is on the chart: ``title``, ``subtitle``, ``key``, ``source``.
    lines : tuple of str
        Already wrapped.
    points : float
        Type size.
    weight : {"normal", "bold"}
    colour : str
    """

    label: str
    lines: tuple[str, ...]
    points: float
    weight: Weight = "normal"
    colour: str = style.TEXT

    def height(self, dpi: float) -> float:
        """Height in millimetres when set at a resolution."""
        return _height(self, dpi)


def measure(text: str, *, points: float, weight: Weight = "normal", dpi: float = 300) -> float:
    """Width in millimetres of one line of text.

    Examples
    --------
    >>> measure("mm", points=8) == 2 * measure("m", points=8)
    True
    """
    return _measured(text, points, weight, dpi)


def wrap(
    text: str, *, width: float, points: float, weight: Weight = "normal", dpi: float = 300
) -> tuple[str, ...]:
    """Break text into lines no wider than `width` millimetres.

    Lines break at spaces, never at a non-breaking one; a single word that is too wide is cut.

    Examples
    --------
    >>> wrap("one two", width=8, points=8)
    ('one', 'two')
    """
    refuse_missing_glyphs(text)  # before matplotlib warns of each
    lines: list[str] = []

    def fits(line: str) -> bool:
        # a long line takes milliseconds to measure, and most are far from the limit
        left = width - _roughly(line, points, weight, dpi)
        if abs(left) > _SURE * points:
            return left > 0
        return _measured(line, points, weight, dpi) <= width

    with style.measuring():
        for word in re.split(r"[ \t\n]+", text.strip(" \t\n")):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and fits(longer):
                lines[-1] = longer
            else:
                lines.extend(_pieces(word, fits))
    return tuple(lines)


def balanced(
    text: str, *, width: float, points: float, weight: Weight = "normal", dpi: float = 300
) -> tuple[str, ...]:
    """Break text into as few lines as `wrap` does, of about equal length.

    A title of two lines then leaves no single word on the second.
    """
    best = wrap(text, width=width, points=points, weight=weight, dpi=dpi)
    low, high = width / max(len(best), 1) * 0.9, width
    while len(best) > 1 and high - low > 1:
        middle = (low + high) / 2
        lines = wrap(text, width=middle, points=points, weight=weight, dpi=dpi)
        if len(lines) == len(best):
            best, high = lines, middle
        else:
            low = middle
    return best


def fitted(
    say: Callable[[str], str], text: str, *, lines: int, set_: Callable[[str], tuple[str, ...]]
) -> tuple[str, ...]:
    """Lines of ``say(text)``, with words dropped from the end of `text` until they are few enough.

    Parameters
    ----------
    say : callable
        Puts the text into its sentence.
    text : str
        The part that may be shortened; what is dropped leaves an ellipsis.
    lines : int
        Most lines allowed. At least one word of `text` is always kept.
    set_ : callable
        Breaks a sentence into lines.
    """

    def said(part: str) -> tuple[str, ...]:
        return set_(say(part).replace("….", "…"))

    whole = set_(say(text))
    if len(whole) <= lines:
        return whole
    words = text.split(" ")
    low, high = 1, len(words) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if len(said(_cut(words[:middle]))) <= lines:
            low = middle
        else:
            high = middle - 1
    return said(_cut(words[:low]))


def write(figure: Figure, block: Block, *, x: float, y: float, va: str = "top") -> Text:
    """Set a block with its corner at (`x`, `y`) millimetres from the lower left of the figure."""
    width, height = figure.get_size_inches() / style.MM
    with style.measuring():
        return figure.text(
            x / width,
            y / height,
            "\n".join(block.lines),
            fontsize=block.points,
            fontweight=block.weight,
            color=block.colour,
            va=va,
            linespacing=LEADING,
            label=block.label,
        )


def _pieces(word: str, fits: Callable[[str], bool]) -> list[str]:
    if fits(word):
        return [word]
    pieces = [""]
    for letter in word:
        if pieces[-1] and not fits(pieces[-1] + letter):
            pieces.append(letter)
        else:
            pieces[-1] += letter
    return pieces


def _roughly(line: str, points: float, weight: Weight, dpi: float) -> float:
    """Add up words and spaces, which leaves out only what is kerned across a space."""
    words = line.split(" ")
    spaces = (len(words) - 1) * _advance(" ", points, weight, dpi)
    return spaces + sum(_advance(word, points, weight, dpi) for word in words)


def _advance(word: str, points: float, weight: Weight, dpi: float) -> float:
    around = _measured("nn", points, weight, dpi)
    return _measured(f"n{word}n", points, weight, dpi) - around


@lru_cache(maxsize=16384)
def _measured(text: str, points: float, weight: Weight, dpi: float) -> float:
    with style.measuring():
        font = FontProperties(family=style.FAMILY, size=points, weight=weight)
        size = _at(dpi).get_text_width_height_descent(text, font, ismath=False)  # type: ignore[no-untyped-call]
    return _millimetres(float(size[0]), dpi)


@lru_cache(maxsize=16384)
def _height(block: Block, dpi: float) -> float:
    figure = Figure(dpi=dpi)
    return _millimetres(write(figure, block, x=0, y=0).get_window_extent(_at(dpi)).height, dpi)


def _cut(words: Sequence[str]) -> str:
    return " ".join(words).rstrip(" ,;:.(\u2013\u2014") + "…"


def _at(dpi: float) -> style.Renderer:
    return style.renderer(dpi)


def _millimetres(pixels: float, dpi: float) -> float:
    return pixels / dpi / style.MM
