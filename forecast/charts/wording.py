"""The words on a chart, generated from its numbers so that they cannot outrun them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from forecast.beliefs import words
from forecast.beliefs.words import change_word, format_interval, format_probability, in_clause
from forecast.charts.data import Mark, Scale, Stamp, Trajectory
from forecast.charts.text import told_apart

__all__ = [
    "clause",
    "counted",
    "day",
    "finding",
    "interval",
    "key",
    "month",
    "percent",
    "reading",
    "signed",
    "source_line",
]

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
