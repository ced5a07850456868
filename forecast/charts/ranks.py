"""Ranks of true values among posterior draws: their distribution less the uniform one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from forecast.charts import layout, style, text
from forecast.charts.data import ROWS, ChartRefusal, Floats, Stamp
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame

__all__ = ["Ranks", "chart"]

_COLUMNS = 3
_HEAD, _GAP = 0.62, 0.55  # millimetres per point of type: over a panel, and between two
_PANEL = 2.6  # height of a panel, millimetres per point of type
_DPI = 144  # many thin lines: at the resolution of a page the PNG would be half a megabyte


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """Ranks of many quantities, in panels.

    Attributes
    ----------
    name : str
        For files.
    as_of : date
        When the simulations were made.
    panels : mapping of str to mapping of str to sequence of int
        Ranks of each quantity, from 0 to `most`, by panel.
    most : int
        Number of draws a truth was ranked among.
    low, high : (most,) float
        Simultaneous 95 % band of one curve, at i / (most + 1).
    doubted : sequence of str
        Quantities, as ``panel quantity``, that failed their test.

    Raises
    ------
    ChartRefusal
        Without ranks, or with bands of another length.
    """

    name: str
    as_of: dt.date
    panels: Mapping[str, Mapping[str, Sequence[int]]]
    most: int
    low: Floats
    high: Floats
    doubted: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not self.panels or not all(self.panels.values()):
            raise ChartRefusal("there are no ranks to draw; simulate first")
        if len(self.low) != self.most or len(self.high) != self.most:
            raise ChartRefusal(f"the band has {len(self.low)} points; there must be {self.most}")

    @property
    def number(self) -> int:
        """Simulations."""
        return len(next(iter(next(iter(self.panels.values())).values())))

    @property
    def quantities(self) -> int:
        """Curves."""
        return sum(len(panel) for panel in self.panels.values())

    @property
    def points(self) -> Floats:
        """Where the curves are given: i / (most + 1)."""
        return np.arange(1, self.most + 1) / (self.most + 1)

    def curve(self, ranks: Sequence[int]) -> Floats:
        """Share of ranks below each i, less the share there should be."""
        below = np.cumsum(np.bincount(np.asarray(ranks), minlength=self.most + 1))[:-1]
        return np.asarray(below / len(ranks) - self.points)

    def outside(self) -> int:
        """How many curves leave the band somewhere."""
        low, high = self.low - self.points - 1e-12, self.high - self.points + 1e-12
        curves = [self.curve(r) for panel in self.panels.values() for r in panel.values()]
        return sum(bool(((c < low) | (c > high)).any()) for c in curves)

    def table(self) -> dict[str, list[Any]]:
        """List the plotted numbers, a column each."""
        out = {
            "rank": list(range(1, self.most + 1)),
            "lo95": (self.low - self.points).round(6).tolist(),
            "hi95": (self.high - self.points).round(6).tolist(),
        }
        for panel, members in self.panels.items():
            for quantity, ranks in members.items():
                out[f"{panel} {quantity}"] = self.curve(ranks).round(6).tolist()
        return out


def chart(values: Ranks, *, stamp: Stamp, size: str = "page") -> Chart:
    """Draw the ranks as small multiples, checked against the chart standard.

    Raises
    ------
    ChartRefusal
        When the size is unknown, the dates disagree, or the chart could not be read.
    """
    page = layout.named(size)
    layout.require_day(values.name, values.as_of, stamp=stamp)
    rows = -(-len(values.panels) // _COLUMNS)
    wanted = rows * (_PANEL + _HEAD) * page.base + (rows - 1) * _GAP * page.base
    margins = layout.Margins(1.25 * page.base, 0.3 * page.base, 0.75 * page.base, 0.0)
    words = _words(values)
    with style.context(page.base):
        laid = layout.fit(page, words, stamp, margins=margins, least=0.6 * wanted, wanted=wanted)
        made = style.blank(page, height=laid.page_height)
        laid.sheet.write(made)
        left, below, wide, high = laid.box
        across = (wide - (_COLUMNS - 1) * _GAP * page.base / page.width) / _COLUMNS
        pitch = (high + _GAP * page.base / laid.page_height) / rows
        tall = pitch - (_HEAD + _GAP) * page.base / laid.page_height
        for number, (name, members) in enumerate(values.panels.items()):
            row, column = divmod(number, _COLUMNS)
            at = left + column * (across + _GAP * page.base / page.width)
            ax = made.add_axes((at, below + (rows - 1 - row) * pitch, across, tall), label=ROWS)
            _draw(ax, values, name, members, base=page.base)
            ax.tick_params(
                labelleft=column == 0, labelbottom=number + _COLUMNS >= len(values.panels)
            )
        layout.finish(made, laid)
        made.set_dpi(_DPI)
    return Chart(f"{values.name}__ranks", made, _alt(values, stamp), values.table())


def _draw(
    ax: Axes, values: Ranks, name: str, members: Mapping[str, Sequence[int]], *, base: float
) -> None:
    z, low, high = values.points, values.low - values.points, values.high - values.points
    reach = 1.9 * float(max(high.max(), -low.min()))
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(-reach, reach)
    frame = Frame.of(ax, base=base)
    size = frame.points(0.94)
    ax.fill_between(z, low, high, color=style.LIGHT, alpha=0.22, lw=0, label="95% interval")
    ax.axhline(0.0, color=style.INK, lw=0.6, ls=(0, (5, 2)), label="_uniform")
    for quantity, ranks in members.items():
        doubted = f"{name} {quantity}" in values.doubted
        ax.plot(
            [0.0, *z, 1.0], [0.0, *np.clip(values.curve(ranks), -reach, reach), 0.0],
            color=style.COLOURS[1] if doubted else style.BLUE,
            lw=0.16 * base if doubted else 0.08 * base,
            zorder=4 if doubted else 3, alpha=1.0 if doubted else 0.7, label=f"_{quantity}",
        )  # fmt: skip
    tick = float(np.floor(reach * 100 / 1.25) / 100)
    ax.set_yticks([-tick, 0.0, tick], [text.signed(n, digits=2) for n in (-tick, 0.0, tick)])
    ax.set_xticks([0.0, 0.5, 1.0], ["0", "0.5", "1"])
    ax.tick_params(labelsize=size, length=0.2 * base, pad=0.2 * base)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    frame.text(0.0, frame.height + 0.12 * base, name, va="bottom", fontsize=size,
               fontweight="bold", color=style.TEXT)  # fmt: skip


def _words(values: Ranks) -> layout.Words:
    if values.doubted:
        verb = "fails" if len(values.doubted) == 1 else "fail"
        said = f"{len(values.doubted)} of {values.quantities} quantities {verb}"
    else:
        said = f"none of {values.quantities} quantities fails"

    def title(label: str) -> str:
        return f"{label} – {values.number} simulations, {said}"  # noqa: RUF001

    def subtitle(_: str) -> str:
        return (
            f"How many of {values.most} posterior draws lie below the truth: distribution of that "
            "rank over the simulations less the uniform one, against the rank. A line is a "
            "quantity. Grey: 95% interval, which holds a whole line of a calibrated engine 19 "
            f"times in 20; {values.outside()} leave it, about {0.05 * values.quantities:.1f} "
            "would by chance. Thick and red: fails when all tests are taken together."
        )

    return layout.Words(title, "Ranks of true values", subtitle)


def _alt(values: Ranks, stamp: Stamp) -> AltText:
    words = _words(values)
    title = words.title(words.label)
    worst = {
        name: max(float(np.abs(values.curve(r)).max()) for r in members.values())
        for name, members in values.panels.items()
    }
    parts = [f"{name} at most {most:.2f} from uniform" for name, most in worst.items()]
    long = f"{words.subtitle('')} {'; '.join(parts)}. {text.source_line(stamp)}"
    return AltText.made(title, f"{title}: ", parts, long)
