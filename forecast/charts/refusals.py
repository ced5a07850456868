"""What a chart will not print; each refusal is one line that says what to change.

The rules are section 10 of the chart standard. A refused chart is never written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from forecast.charts import glyphs, style
from forecast.errors import ForecastError

__all__ = [
    "ACROSS",
    "CROPPED",
    "ROWS",
    "ChartRefusal",
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
]

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
        if missing := glyphs.lacking(words):
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
