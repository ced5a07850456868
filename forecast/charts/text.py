"""Text set by measure, at the width it will print at, and the words on a chart.

The words are generated from the chart's numbers so that they cannot outrun them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from forecast.beliefs import words
from forecast.beliefs.words import change_word, format_interval, format_probability, in_clause
from forecast.charts import style
from forecast.charts.data import Mark, Scale, Stamp, Trajectory, refuse_missing_glyphs

__all__ = [
    "LEADING",
    "Block",
    "balanced",
    "clause",
    "counted",
    "day",
    "finding",
    "fitted",
    "interval",
    "key",
    "measure",
    "month",
    "percent",
    "reading",
    "signed",
    "source_line",
    "told_apart",
    "wrap",
    "write",
]


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
    say: Callable[..., str], *texts: str, lines: int, set_: Callable[[str], tuple[str, ...]]
) -> tuple[str, ...]:
    """Lines of ``say(*texts)``, with the ends of texts dropped until they are few enough.

    Parameters
    ----------
    say : callable
        Puts the texts into their sentence.
    *texts : str
        What may be shortened, the longest first, by words, and by letters where there is only one
        word left; what is dropped leaves an ellipsis.
    lines : int
        Most lines allowed. At least one letter of each text is kept.
    set_ : callable
        Breaks a sentence into lines.
    """

    def said(part: Sequence[str]) -> tuple[str, ...]:
        return set_(say(*part).replace("….", "…"))

    whole = set_(say(*texts))
    if len(whole) <= lines:
        return whole
    shorter = list(_shorter(texts))
    low, high = 0, len(shorter) - 1
    while low < high:
        middle = (low + high) // 2
        if len(said(shorter[middle])) <= lines:
            high = middle
        else:
            low = middle + 1
    return said(shorter[low]) if shorter else whole


def told_apart(name: str, others: Sequence[str], fits: Callable[[str], bool]) -> str:
    """Cut a name so that it fits, and can be told from others that begin alike.

    It is cut at its end, unless another name has the same beginning: then what tells it from those
    is kept, and what is left out before it.

    Parameters
    ----------
    name : str
    others : sequence of str
        The names it stands among; itself may be one of them.
    fits : callable
        Whether there is room for a text.

    Examples
    --------
    >>> rivals = ["The chair one of the north", "The chair two of the north"]
    >>> told_apart(rivals[0], rivals, lambda said: len(said) <= 13)
    'The… one of…'
    >>> told_apart(rivals[0], [], lambda said: len(said) <= 14)
    'The chair one…'
    """
    if fits(name):
        return name
    kept = next((cut for (cut,) in _shorter([name]) if fits(cut)), name[:1] + "…")
    alike = [o for o in others if o != name and o.startswith(kept.removesuffix("…"))]
    if not alike:
        return kept
    at = sorted(_parting(name, other) for other in alike)
    words = [found.span() for found in re.finditer(r"[^ \t\n]+", name)]
    first, last = (next((n for n, (_, end) in enumerate(words) if end > each), len(words) - 1)
                   for each in (at[0], at[-1]))  # fmt: skip
    for start, stop in ((first, last), (last, last), (first, first)):
        if fits(_middle(name, words, 0, start, stop)):
            return _widened(name, words, start, stop, fits)
    found = kept
    for letters in range(2, len(name) - at[0] + 1):
        tried = f"{name[: letters // 3]}…{name[at[0] : at[0] + letters - letters // 3]}…"
        if not fits(tried):
            break
        found = tried
    return found


def _parting(name: str, other: str) -> int:
    """Count the letters with which both begin."""
    pairs = enumerate(zip(name, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(name), len(other)))


def _middle(name: str, words: Sequence[tuple[int, int]], head: int, start: int, stop: int) -> str:
    """Leave out the words between the first few and `start`, and those after `stop`."""
    before = f"{_bare(name[: words[head - 1][1]])}… " if head else "…"
    end = "" if stop == len(words) - 1 else "…"
    said = name[words[start][0] : words[stop][1]]
    return before + (_bare(said) if end else said) + end


def _widened(
    name: str,
    words: Sequence[tuple[int, int]],
    start: int,
    stop: int,
    fits: Callable[[str], bool],
) -> str:
    """Take in more words: the first of the name, those after `stop`, then more from the front."""
    head = 1 if start > 1 and fits(_middle(name, words, 1, start, stop)) else 0
    while stop + 1 < len(words) and fits(_middle(name, words, head, start, stop + 1)):
        stop += 1
    while head and head + 1 < start and fits(_middle(name, words, head + 1, start, stop)):
        head += 1
    return _middle(name, words, head, start, stop)


def _shorter(texts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Shorten some texts step by step: the longest by a word, or the longest word by a letter."""
    left = [text.split(" ") for text in texts]
    whole = [True] * len(texts)
    while True:
        sizes = [sum(map(len, words)) if len(words) > 1 else 0 for words in left]
        if any(sizes):
            at = sizes.index(max(sizes))
            left[at] = left[at][:-1]
        else:
            letters = [len(words[0]) for words in left]
            at = letters.index(max(letters))
            if letters[at] <= 1:
                return
            left[at] = [left[at][0][:-1]]
        whole[at] = False
        yield tuple(
            text if is_whole else _bare(" ".join(words)) + "…"
            for text, is_whole, words in zip(texts, whole, left, strict=True)
        )


def write(figure: Figure, block: Block, *, x: float, y: float, va: str = "top") -> Text:
    """Set a block with its corner at (`x`, `y`) millimetres from the lower left of the figure."""
    width, height = figure.get_size_inches() / style.MM
    words = "\n".join(block.lines)
    with style.measuring():
        return figure.text(
            x / width,
            y / height,
            style.directed(words),
            fontfamily=style.families(words),
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
    refuse_missing_glyphs(text)  # before matplotlib warns of each
    with style.measuring():
        font = FontProperties(family=style.families(text), size=points, weight=weight)
        said = style.directed(text)
        size = _at(dpi).get_text_width_height_descent(said, font, ismath=False)  # type: ignore[no-untyped-call]
    return _millimetres(float(size[0]), dpi)


@lru_cache(maxsize=16384)
def _height(block: Block, dpi: float) -> float:
    figure = Figure(dpi=dpi)
    return _millimetres(write(figure, block, x=0, y=0).get_window_extent(_at(dpi)).height, dpi)


def _bare(words: str) -> str:
    return words.rstrip(" ,;:.(\u2013\u2014")


def _at(dpi: float) -> style.Renderer:
    return style.renderer(dpi)


def _millimetres(pixels: float, dpi: float) -> float:
    return pixels / dpi / style.MM


NBSP = "\u00a0"
_LONGEST_MARK = 50  # characters; more belongs in a table


def percent(p: float) -> str:
    """Probability as printed: whole, and never 0 % or 100 %.

    Examples
    --------
    >>> percent(0.54), percent(0.996), percent(0.001)
    ('54%', '>99%', '<1%')
    """
    return format_probability(min(max(p, 0.0), 1.0))


def interval(low: float, high: float) -> str:
    """Two ends as printed.

    Examples
    --------
    >>> interval(0.32, 0.88), interval(0.95, 0.999)
    ('32–88%', '95% to >99%')
    """  # noqa: RUF002  # an en dash is what is printed
    return format_interval(max(low, 0.0), min(high, 1.0), dash="\N{EN DASH}")


def day(date: dt.date) -> str:
    """Date in full, on one line.

    Examples
    --------
    >>> day(dt.date(2023, 9, 7)).split()
    ['7', 'Sep', '2023']
    """
    return f"{date.day}{NBSP}{date:%b}{NBSP}{date.year}"


def signed(number: float, *, digits: int = 1) -> str:
    """Print a number with its sign; the minus is as wide as the plus.

    Examples
    --------
    >>> signed(2.04), signed(-0.5), signed(0.04)
    ('+2.0', '−0.5', '0.0')
    """  # noqa: RUF002  # a minus sign is what is printed
    rounded = round(number, digits)
    sign = "" if rounded == 0 else "+" if rounded > 0 else "−"  # noqa: RUF001
    return f"{sign}{abs(rounded):.{digits}f}"


def month(date: dt.date) -> str:
    """Month and year, on one line."""
    return f"{date:%B}{NBSP}{date.year}"


def finding(values: Trajectory, scale: Scale, *, label: str | None = None) -> str:
    """Title: what the judgement was at the brief's date and what it is now."""
    name = values.label if label is None else label
    now = f"{scale.word(values.value)} ({percent(values.value)})"
    since = month(values.begins)
    if values.opening is None or values.as_of == values.begins:
        return f"{name} – {now} on {day(values.as_of)}"  # noqa: RUF001
    was = scale.word(values.opening)
    if was == scale.word(values.value):
        if change_word(values.value - values.opening) == "unchanged":
            return f"{name} – unchanged since {since}: {now}"  # noqa: RUF001
        return f"{name} – still {now}; {percent(values.opening)} in {since}"  # noqa: RUF001
    return f"{name} – from{NBSP}{was} ({percent(values.opening)}) to{NBSP}{now} since {since}"  # noqa: RUF001


def clause(sentence: str) -> str:
    """Proposition as the clause after "that"; where the first word is known, it is so already."""
    return in_clause(sentence)


def reading(values: Trajectory, proposition: str, *, terse: bool = False) -> str:
    """Subtitle: the proposition, the window, and what line and bands are."""
    window = f"{day(values.begins)} to {day(values.ends)}"
    if terse:
        forecast = "; dashed: forecast" if values.has_forecast else ""
        grey = "; thin grey: no reports" if values.no_news is not None else ""
        window = (
            f"{values.begins:%b}{NBSP}{values.begins:%Y} to {values.ends:%b}{NBSP}{values.ends:%Y}"
        )
        return (
            f"Probability {values.mode} each date that {proposition}, {window}. "
            f"Line: mean{forecast}{grey}; bands: 50% and 80% intervals."
        )
    line = "Line: posterior mean on the reports known at each date"
    if values.as_of == values.begins:
        line = f"Point: posterior mean on {day(values.as_of)}"
    if values.has_forecast:
        line += f"; dashed, after {day(values.as_of)}: forecast"
    grey = "" if values.no_news is None else " Thin grey: the same had no reports come."
    return (
        f"Probability {values.mode} each date that {proposition}, {window}. "
        f"{line}. Bands: 50% and 80% intervals.{grey}"
    )


def key(marks: Sequence[Mark], *, of: int, rule: str = "") -> str:
    """Key to the numbered reports; `of` is how many there were to choose from."""
    if not marks:
        return ""
    texts = [" ".join(mark.text.split()).rstrip(".") for mark in marks]
    said = [
        f"({n}){NBSP}{told_apart(text, texts, _fits)}, {day(mark.date)}."
        for n, (text, mark) in enumerate(zip(texts, marks, strict=True), 1)
    ]
    if rule:
        said.append(rule.rstrip(".") + ".")
    if of > len(marks):
        largest = f"The {len(marks)} largest" if len(marks) > 1 else "The largest"
        said.append(f"{largest} of {of} {'such ' if rule else ''}moves.")
    return " ".join(said)


def source_line(stamp: Stamp) -> str:
    """Source line, in its fixed order."""
    return (
        f"Source: {stamp.source.rstrip('.')}. Scale: {stamp.scale}. "
        f"As of {day(stamp.as_of)}{NBSP}UTC. Model {stamp.model}, run {stamp.run[:7]}; "
        f"{counted(stamp.indicators, 'indicator')} seen, "
        f"{counted(stamp.lineages, 'lineage')}."
    )


def _fits(text: str) -> bool:
    return len(text) <= _LONGEST_MARK


def counted(n: int, noun: str) -> str:
    """Print a number with its noun, on one line."""
    return words.counted(n, noun, space=NBSP)
