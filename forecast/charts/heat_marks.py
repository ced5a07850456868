"""Marks of a strip whose reports are weighed: up or down by sign, deeper in colour by size."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.colors import to_hex, to_rgb

from forecast.charts import style, text, wording
from forecast.charts.data import Floats
from forecast.charts.frame import Frame

__all__ = ["above", "key", "reach", "report", "right", "silence", "tint"]

_RATIO = 0.88
_HEAD = "silence"
_FAINTEST = 0.2  # of the way from white, so that the sign of the smallest shows
_LOWEST = 0.6  # of half a row
_SWATCHES = (-1.0, -0.5, 0.0, 0.5, 1.0)


def reach(decibans: Sequence[float]) -> float:
    """Round number of decibans that no report goes beyond; the ends of the colours.

    Examples
    --------
    >>> reach([0.4, -1.2]), reach([]), reach([7.0])
    (2.0, 1.0, 10.0)
    """
    most = max((abs(one) for one in decibans), default=0.0)
    return next((step for step in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0) if most <= step), 100.0)


def tint(decibans: float, most: float) -> str:
    """Colour of a contribution: white at 0, vermillion where it raises, blue where it lowers.

    Examples
    --------
    >>> tint(0.0, 5.0), tint(5.0, 5.0).upper() == style.COLOURS[1]
    ('#ffffff', True)
    """
    full = to_rgb(style.COLOURS[1] if decibans > 0 else style.BLUE)
    share = min(abs(decibans) / most, 1.0)
    share = _FAINTEST + (1 - _FAINTEST) * share if share else 0.0
    red, green, blue = (1 - share * (1 - one) for one in full)
    return to_hex((red, green, blue))


def report(
    frame: Frame,
    across: tuple[float, float],
    y: float,
    half: float,
    decibans: float | None,
    most: float,
) -> None:
    """Draw a report: hollow if it is worth 0.0 as printed, else up or down from its row's middle.

    Parameters
    ----------
    frame : Frame
    across : (left, right)
        Millimetres from the left edge.
    y, half : float
        Middle of the row and half the height of a mark, in millimetres.
    decibans : float or None
    most : float
        From `reach`.
    """
    if decibans is None or round(decibans, 1) == 0:
        frame.bar(across, (y - _LOWEST * half, y + _LOWEST * half), facecolor="white",
                  edgecolor=style.LIGHT, lw=0.5, zorder=3)  # fmt: skip
        return
    share = _LOWEST + (1 - _LOWEST) * min(abs(decibans) / most, 1.0)
    end = y + half * share * (1 if decibans >= 0 else -1)
    frame.bar(across, (y, end), facecolor=tint(decibans, most), edgecolor=style.REFERENCE, lw=0.4,
              zorder=3)  # fmt: skip


def above(page: style.Size) -> float:
    """Millimetres above the rows for the key."""
    return text.Block("", ("Ag",), page.points(_RATIO)).height(page.dpi) + 0.3 * page.base


def right(page: style.Size) -> float:
    """Millimetres right of the axes for the decibans of silence."""
    return text.measure(_HEAD, points=page.points(_RATIO), dpi=page.dpi) + 0.35 * page.base


def key(frame: Frame, most: float) -> None:
    """Print the colours with their ends, above the axes."""
    points, height = frame.points(_RATIO), 0.16 * frame.base
    y = frame.height + 0.2 * frame.base + height
    low, high = f"{wording.signed(-most, digits=0)} ", f" {wording.signed(most, digits=0)} decibans"
    width = 0.45 * frame.base
    x = text.measure(low, points=points, dpi=frame.dpi) + 0.5
    frame.centred(0, y, low, points=points, color=style.TEXT)
    for number, share in enumerate(_SWATCHES):
        ends = x + number * width, x + (number + 1) * width
        frame.bar(ends, (y - height, y + height), facecolor=tint(share * most, most),
                  edgecolor=style.REFERENCE, lw=0.4, zorder=3)  # fmt: skip
    frame.centred(x + len(_SWATCHES) * width + 0.5, y, high, points=points, color=style.TEXT)


def silence(
    frame: Frame, places: Sequence[float] | Floats, decibans: Sequence[float | None]
) -> None:
    """Print the decibans of silence at the right of their rows, under a heading."""
    points = frame.points(_RATIO)
    at = frame.width + 0.3 * frame.base + text.measure(_HEAD, points=points, dpi=frame.dpi)
    head = frame.height + 0.2 * frame.base + 0.16 * frame.base
    frame.centred(at, head, _HEAD, points=points, color=style.TEXT, ha="right")
    for place, found in zip(places, decibans, strict=True):
        if found is not None:
            frame.centred(at, float(place), wording.signed(found), points=points, color=style.TEXT,
                          ha="right")  # fmt: skip
