"""Tables on the terminal: number first, word beside it, band, change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table

from forecast.beliefs.words import format_probability

__all__ = ["checks_text", "counted", "plain_table", "points", "range_text"]

_SAME = 0.005


def points(change: float | None) -> str:
    """Write a change of probability in points, with its sign.

    Examples
    --------
    >>> points(0.123), points(-0.004), points(None)
    ('+12', '0', '')
    """
    if change is None:
        return ""
    return "0" if abs(change) < _SAME else f"{change * 100:+.0f}"


def counted(number: int, noun: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "report"), counted(0, "report")
    ('1 report', '0 reports')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def checks_text(checks: Mapping[str, Any]) -> str:
    """Write what the chains of a fit say about themselves."""
    return (
        f"R-hat {checks['r_hat']:.3f}, effective draws {checks['ess_bulk']:.0f} (bulk) and "
        f"{checks['ess_tail']:.0f} (tail), {counted(checks['divergences'], 'divergence')}"
    )


def range_text(low: float, high: float) -> str:
    """Write a band.

    Examples
    --------
    >>> range_text(0.123, 0.456)
    '12-46%'
    """
    first, last = format_probability(low), format_probability(high)
    if first == last:
        return first
    plain = first[:1].isdigit() and last[:1].isdigit()
    return f"{first.removesuffix('%')}-{last}" if plain else f"{first} to {last}"


def plain_table(*columns: str) -> Table:
    """Make a table without a frame; the first column takes what room is left."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, name in enumerate(columns):
        table.add_column(name, overflow="fold", ratio=None if number else 3)
    return table
