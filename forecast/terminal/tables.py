"""Tables on the terminal: number first, word beside it, band, change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table

from forecast.beliefs.words import counted

__all__ = ["checks_text", "plain_table"]

#: Columns between two cells of a table that had to be made narrower.
_GAP = 2
#: Least width of the first column, which wraps more than the others.
_FIRST = 14
#: A cell of this width does not wrap.
_SHORT = 12
#: Lines a row may have on average, before a list is shorter.
_TALL = 3


def checks_text(checks: Mapping[str, Any]) -> str:
    """Write what the chains of a fit say about themselves."""
    return (
        f"R-hat {checks['r_hat']:.3f}, effective draws {checks['ess_bulk']:.0f} (bulk) and "
        f"{checks['ess_tail']:.0f} (tail), {counted(checks['divergences'], 'divergence')}"
    )


class _Fitting(Table):
    """A table that follows the width there is.

    Where all of a row fits on a line it is one. On a narrower terminal cells wrap between words,
    and names behind ``_`` and ``.``; short ones stay whole. Where most of a row would be wrapped
    lines, each row is two of its own.
    """

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = list(zip(*(map(str, column.cells) for column in self.columns), strict=True))
        natural = Measurement.get(console, options.update(max_width=100_000), self).maximum
        if natural > options.max_width and len(self.columns) > 1:
            heads = [str(column.header) for column in self.columns]
            widths = _widths(heads, rows, options.max_width - _GAP * (len(heads) - 1))
            if widths is None:
                yield from _listed(console, heads, rows)
                return
            narrow = Table(
                box=self.box, pad_edge=False, show_edge=False, padding=(0, _GAP - 1, 0, 0)
            )
            for head, width in zip(heads, widths, strict=True):
                narrow.add_column(head, width=width, overflow="fold")
            for row in rows:
                narrow.add_row(*map(_wrapped, row, widths))
            yield from narrow.__rich_console__(console, options)
        else:
            yield from super().__rich_console__(console, options)


def _widths(heads: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Share `room` out among columns; none where they need more, or the first would be a tower."""
    columns = list(zip(heads, *rows, strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    least = [max(_unbroken(cell) for cell in column) for column in columns]
    if sum(least) > room:
        words = " ".join(columns[0]).split()
        pieces = max((cell_len(piece) for word in words for piece in _pieces(word)), default=0)
        least[0] = min(widths[0], max(_FIRST, pieces))  # and its names break within
    if sum(least) > room:
        return None
    while sum(widths) > room:
        loose = [number for number, width in enumerate(widths) if width > least[number]]
        widths[max(loose, key=lambda number: widths[number])] -= 1
    lines = [-(-cell_len(cell) // widths[0]) for cell in columns[0][1:]]
    return widths if sum(lines) <= _TALL * len(lines) else None


def _unbroken(cell: str) -> int:
    """Width a cell needs: a short one stands on one line, others wrap between words."""
    whole = cell_len(cell)
    return whole if whole <= _SHORT else max(map(cell_len, cell.split()), default=0)


def _pieces(text: str) -> list[str]:
    """Cut a text where a name may go on in the next line."""
    return re.findall(r"[^_.]*[_.]+|[^_.]+", text)


def _wrapped(cell: str, width: int) -> str:
    """Cell with its names that are wider than its column in lines, cut behind ``_`` and ``.``."""
    return " ".join("\n".join(_lines(word, width)) for word in cell.split(" "))


def _lines(word: str, width: int) -> Iterator[str]:
    line = ""
    for piece in _pieces(word):
        if line and cell_len(line + piece) > width:
            yield line
            line = ""
        line += piece
    yield line


def _listed(console: Console, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> RenderResult:
    for first, *others in rows:
        yield console.render_str(first)  # which shows escape sequences, as cells do
        pairs = zip(heads[1:], others, strict=True)
        said = [f"{head} {cell}".strip() for head, cell in pairs if cell]
        yield Padding(console.render_str("; ".join(said)), (0, 0, 0, 2))


def plain_table(*columns: str) -> Table:
    """Make a table without a frame that follows the width there is."""
    table = _Fitting(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    return table
