"""How every chart looks: sizes, type, letters, colours and dashes.

Sizes are final: a chart is placed at 100 %, never rescaled, so that its type keeps its size.
Colours are the Okabe-Ito set (Wong 2011, Nature Methods 8:441, doi:10.1038/nmeth.1618) in the
order that stays apart under colour-blindness; dashes keep them apart in grey print.

The bundled font has Latin, Greek and Cyrillic letters. For others a font of the machine is taken,
one of the Noto Sans family if there is one; DejaVu Sans, which comes with matplotlib, has Arabic,
Hebrew, Georgian, Armenian and many signs.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import (
    FontEntry,
    findSystemFonts,
    fontManager,
    get_font,
    weight_dict,
)
from numpy.typing import NDArray

__all__ = [
    "BLUE",
    "COLOURS",
    "DASHES",
    "INK",
    "INNER",
    "LIGHT",
    "MM",
    "OUTER",
    "REFERENCE",
    "RULE",
    "SHADE",
    "SIZES",
    "TEXT",
    "Renderer",
    "Size",
    "blank",
    "context",
    "directed",
    "families",
    "files_of",
    "font_path",
    "lacking",
    "measuring",
    "pixels",
    "renderer",
    "renderer_of",
]


MM = 1 / 25.4  # inches in a millimetre
FAMILY = "Source Sans 3"
Renderer = RendererAgg

BLUE = "#0072B2"
COLOURS = (BLUE, "#D55E00", "#009E73", "#CC79A7")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)))
INK = "#1A1A1A"  # titles
TEXT = "#404040"  # subtitles, ticks, keys
REFERENCE = "#595959"  # notes and reference lines
LIGHT = "#737373"  # words of the scale
SHADE = "#F2F2F2"
RULE = "#D9D9D9"  # thin rules and pale bars
INNER, OUTER = 0.22, 0.18  # opacity of the 50 % and 80 % bands, which nest

# Hinting "none" makes text equally wide at every resolution, so a line wrapped here fits there.
RC: dict[str, Any] = {
    "font.family": [FAMILY],  # a chart with a letter it lacks is refused; a second takes time
    "text.color": INK,
    "text.hinting": "none",
    "text.parse_math": False,
    "axes.edgecolor": REFERENCE,
    "axes.facecolor": "none",
    "axes.grid": False,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "figure.facecolor": "white",
    "lines.solid_capstyle": "butt",
    "lines.dash_capstyle": "butt",
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "forecast",
    "xtick.color": REFERENCE,
    "xtick.labelcolor": TEXT,
    "xtick.major.width": 0.6,
    "ytick.labelcolor": TEXT,
    "ytick.major.size": 0,
}


@dataclass(frozen=True, slots=True)
class Size:
    """A place a chart is made for.

    Attributes
    ----------
    name : str
        How it is asked for.
    width, height : float
        Millimetres.
    dpi : int
        Resolution of the PNG, and the one text is measured at.
    base : float
        Type size in points; the others follow from it.
    most_marks : int
        Numbered reports there is room for.
    terse : bool
        Whether the subtitle takes its short form.
    """

    name: str
    width: float
    height: float
    dpi: int
    base: float
    most_marks: int = 6
    terse: bool = False

    @property
    def margin(self) -> float:
        """Empty edge in millimetres."""
        return 0.25 * self.base

    @property
    def measure(self) -> float:
        """Longest line of text in millimetres."""
        return self.width - 2 * self.margin

    def points(self, ratio: float) -> float:
        """Type size at a ratio of the base, never below 6.5 points."""
        return max(6.5, ratio * self.base)


SIZES = {
    made.name: made
    for made in (
        Size("a4", 160, 100, 300, 8),
        Size("a4-column", 77, 65, 300, 7, most_marks=3, terse=True),
        Size("letter", 165, 100, 300, 8),
        Size("page", 160, 215, 300, 7.5),
        Size("slide", 254, 143, 200, 14, terse=True),
        Size("web", 158.75, 99.21875, 192, 9),  # 600 x 375 CSS pixels at 96 to the inch
    )
}


def font_path(*, bold: bool = False) -> Path:
    """File of the bundled font."""
    return Path(__file__).parent / "fonts" / f"SourceSans3-{'Bold' if bold else 'Regular'}.ttf"


@contextmanager
def context(base: float = 8.0) -> Iterator[None]:
    """Set the look for what is drawn or saved inside, and put the reader's own back after."""
    _register()
    sizes = {
        "font.size": base,
        "axes.titlesize": base,
        "xtick.labelsize": max(6.5, 0.94 * base),
        "ytick.labelsize": max(6.5, 0.94 * base),
        "xtick.major.size": 0.35 * base,
    }
    # The stubs list every parameter by name; this dictionary is ours to vouch for.
    with mpl.rc_context(RC | sizes):  # type: ignore[arg-type]
        yield


@contextmanager
def measuring() -> Iterator[None]:
    """Set what text is set and measured by, unless it is set already; a look is slow to set."""
    now = mpl.rcParams
    # a reader's own hinting may be ours by chance; the font is not
    if now["font.family"] == RC["font.family"] and now["text.hinting"] == RC["text.hinting"]:
        _register()
        yield
        return
    with context():
        yield


def blank(page: Size, *, height: float | None = None) -> Figure:
    """Empty figure of a size, with a canvas of its own; `height` in millimetres overrides."""
    figure = Figure(figsize=(page.width * MM, (height or page.height) * MM), dpi=page.dpi)
    FigureCanvasAgg(figure)
    return figure


@cache
def renderer(dpi: float) -> RendererAgg:
    """Something to measure text with at a resolution, whatever canvas the figure is on."""
    return RendererAgg(16, 16, dpi)  # type: ignore[no-untyped-call]


def renderer_of(figure: Figure) -> RendererAgg:
    """Return what a figure is drawn with, which then need not measure the same text again."""
    canvas = figure.canvas
    if isinstance(canvas, FigureCanvasAgg):
        own: RendererAgg = canvas.get_renderer()  # type: ignore[no-untyped-call]
        return own
    return renderer(figure.dpi)


def pixels(figure: Figure) -> NDArray[np.uint8]:
    """Draw a figure: (rows, columns, 4), red to alpha. Whatever canvas it is on stays."""
    before = figure.canvas
    canvas = before if isinstance(before, FigureCanvasAgg) else FigureCanvasAgg(figure)
    try:
        with context():
            canvas.draw()  # type: ignore[no-untyped-call]
        return np.array(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    finally:
        figure.set_canvas(before)


@cache
def _register() -> None:
    for bold in (False, True):
        fontManager.addfont(font_path(bold=bold))


#: Fonts that draw a letter's frame instead of the letter, or signs at other letters' places.
_NEVER = ("Last Resort", "cm", "STIXNonUnicode", "STIXSize", "OpenSymbol")
_MARK = "\N{LEFT-TO-RIGHT MARK}"
# Hebrew, Arabic, Syriac, Thaana, N'Ko and their presentation forms, with what stands between them
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RUN = re.compile(rf"[{_RTL}](?:[^A-Za-z\n{_MARK}]*[{_RTL}])?")


def families(words: str) -> list[str]:
    """Families to set a text in: the bundled one first, then those that have what it lacks."""
    missing = _beyond(words)
    return [FAMILY, *_found(missing)[0]] if missing else [FAMILY]


def lacking(words: str) -> str:
    """Letters of a text for which this machine has no font, each once, in order of code."""
    missing = _beyond(words)
    return "".join(sorted(_found(missing)[1])) if missing else ""


def directed(words: str) -> str:
    """Mark names that run from right to left, so that numbers after them stay where they are.

    Sentences and numbers on a chart run from left to right, whatever letters a name in them has.

    Examples
    --------
    >>> directed("Truce 24%")
    'Truce 24%'
    >>> directed("\u05d0\u05d1 24%") == "\u200e\u05d0\u05d1\u200e 24%"
    True
    """
    if not re.search(f"[{_RTL}]", words):
        return words
    lines = (_RUN.sub(rf"\g<0>{_MARK}", line) for line in words.split("\n"))
    return "\n".join(f"{_MARK}{line}" for line in lines)


@lru_cache(maxsize=16384)
def _beyond(words: str) -> frozenset[str]:
    """Letters of a text that the bundled font would print as empty boxes."""
    return frozenset(c for c in words if ord(c) not in _bundled() and not _is_unseen(c))


def _is_unseen(letter: str) -> bool:
    """Whether a character prints nothing of its own: a joiner, a mark of direction, a line end."""
    return (
        unicodedata.category(letter) == "Cf" or "\ufe00" <= letter <= "\ufe0f" or letter in "\n\t"
    )


@cache
def _bundled() -> frozenset[int]:
    both = (frozenset(get_font(font_path(bold=bold)).get_charmap()) for bold in (False, True))
    return next(both) & next(both)


@cache
def _found(missing: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Find families that together have some letters, and which letters none has."""
    names, left = _search(missing)
    if left and _newly_installed():
        _installed.cache_clear()
        names, left = _search(missing)
    return names, left


def _search(missing: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    names: list[str] = []
    left = set(missing)
    for name in _installed():
        if not left:
            break
        if has := {c for c in left if ord(c) in _letters(name)}:
            names.append(name)
            left -= has
    return tuple(names), frozenset(left)


def _newly_installed() -> bool:
    """Take in fonts that were installed after matplotlib made its list; say whether any was."""
    known = {entry.fname for entry in fontManager.ttflist}
    new = [path for path in findSystemFonts() if path not in known]
    for path in new:
        try:
            fontManager.addfont(path)
        except (OSError, RuntimeError, ValueError):  # no font that can be read
            continue
    return bool(new)


@cache
def _installed() -> tuple[str, ...]:
    """Families in the order they are tried."""
    names = {entry.name for entry in fontManager.ttflist if _is_plain(entry)}
    return tuple(sorted(names, key=lambda name: (_rank(name), name)))


def _is_plain(entry: FontEntry) -> bool:
    name = entry.name
    return entry.style == "normal" and not name.startswith(_NEVER) and name != FAMILY


def _rank(name: str) -> int:
    wanted = ("Noto Sans", "DejaVu Sans")
    if name in wanted or (name.startswith("Noto Sans") and "Mono" not in name):
        return wanted.index(name) if name in wanted else 0
    return 3 if "Mono" in name or "Serif" in name else 2


@cache
def _letters(name: str) -> frozenset[int]:
    """Letters that a family has in both weights charts use."""
    return frozenset.intersection(*_charmaps(name))


def files_of(name: str) -> Iterator[tuple[int, str]]:
    """Give the files of a family for the two weights charts use."""
    faces = [f for f in fontManager.ttflist if f.name == name and f.style == "normal"]
    for weight in (400, 700):
        yield weight, min(faces, key=lambda f: abs(_weight(f) - weight)).fname


def _charmaps(name: str) -> Iterator[frozenset[int]]:
    for _, path in files_of(name):
        try:
            font = get_font(path)
            yield frozenset(font.get_charmap() if font.scalable else ())
        except (OSError, RuntimeError, ValueError):  # bitmaps in colour, or a damaged file
            yield frozenset()


def _weight(face: FontEntry) -> int:
    return weight_dict.get(face.weight, 400) if isinstance(face.weight, str) else int(face.weight)


def _is_told(record: logging.LogRecord) -> bool:
    return "Failed to find font weight" not in str(record.msg)


# a font without a bold face is bold enough; matplotlib would say so of every chart
logging.getLogger("matplotlib.font_manager").addFilter(_is_told)
# and a PDF holds what is drawn of a font, whatever else the font's makers left in it
logging.getLogger("fontTools.subset").setLevel(logging.ERROR)
