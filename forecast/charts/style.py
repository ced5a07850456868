"""How every chart looks: sizes, type, colours and dashes.

Sizes are final: a chart is placed at 100 %, never rescaled, so that its type keeps its size.
Colours are the Okabe-Ito set (Wong 2011, Nature Methods 8:441, doi:10.1038/nmeth.1618) in the
order that stays apart under colour-blindness; dashes keep them apart in grey print.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
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
    "font_path",
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
