"""Words for readers who do not see the chart: a short text, and a long description with the table.

WCAG 2.2, criterion 1.1.1, asks for an equivalent; the CSV beside the chart is the other half of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.charts import panel, wording
from forecast.charts.data import Mark, Scale, Stamp, Trajectory

__all__ = ["LONGEST", "AltText", "of_panel", "of_trajectory"]

LONGEST = 250  # characters of the short text


@dataclass(frozen=True, slots=True)
class AltText:
    """Text that stands in for a chart.

    Attributes
    ----------
    title : str
        The chart's title.
    short : str
        At most 250 characters, for ``alt`` attributes.
    long : str
        Everything the chart says.
    """

    title: str
    short: str
    long: str

    @classmethod
    def made(cls, title: str, start: str, parts: Sequence[str], long: str) -> AltText:
        """Make a text whose short form names as many parts as it has room for."""
        kept = len(parts)
        while kept > 1 and len(start + "; ".join(parts[:kept])) > LONGEST - 2:
            kept -= 1
        end = "." if kept == len(parts) else "…"
        short = f"{start}{'; '.join(parts[:kept])}{end}"
        return cls(_plain(title), _cut(_plain(short), LONGEST), _plain(long))

    def __str__(self) -> str:
        return f"{self.short}\n\n{self.title}\n{self.long}\n"


def of_trajectory(values: Trajectory, *, scale: Scale, stamp: Stamp, data: str = "") -> AltText:
    """Text for a trajectory.

    Parameters
    ----------
    values : Trajectory
    scale : Scale
    stamp : Stamp
    data : str
        Name of the file or table with the numbers.
    """
    now = f"{wording.percent(values.value)} ({scale.word(values.value)})"
    first = float(values.mean[0]) if values.opening is None else values.opening
    begun = values.as_of > values.begins
    moved = (
        f"{f'{wording.day(values.begins)} to ' if begun else ''}{wording.day(values.as_of)}. "
        f"{f'From {wording.percent(first)} to ' if begun else ''}{now}, "
        f"80% interval {wording.interval(*values.interval80)}."
    )
    where = f" Data in {data}." if data else ""
    step = _largest_move(values)

    def short(proposition: str, *, largest: str = "") -> str:
        drawn = "Step line of the probability" if begun else "Probability"
        return _plain(f"{drawn} that {proposition}, {moved}{largest}{where}")

    clause = wording.clause(values.proposition)
    brief = short(clause, largest=step)
    if len(brief) > LONGEST:
        brief = short(_cut(clause, LONGEST - len(short(""))))
    long = [wording.reading(values, clause), f"{step.strip()}{where}".strip(), *_rest(values)]
    said = " ".join(part for part in [*long, wording.source_line(stamp)] if part)
    return AltText(_plain(wording.finding(values, scale)), brief[:LONGEST], _plain(said))


def of_panel(
    values: Sequence[Trajectory], *, scale: Scale, stamp: Stamp, data: str = ""
) -> AltText:
    """Text for small multiples."""
    shown = panel.ordered(values)
    title = panel.title(shown, scale)
    each = [f"{one.label} {wording.percent(one.value)}" for one in shown]
    panels = wording.counted(len(shown), "panel")
    start = f"{panels}, one a judgement, as of {wording.day(stamp.as_of)}: "
    lines = [
        f"{one.label}: {scale.word(one.value)} ({wording.percent(one.value)}), "
        f"80% interval {wording.interval(*one.interval80)}."
        for one in shown
    ]
    where = [f"Data in {data}."] if data else []
    long = " ".join([*lines, *where, wording.source_line(stamp)])
    return AltText.made(title, start, each, long)


def _largest_move(values: Trajectory) -> str:
    steps = np.diff(values.mean[: values.n_history])
    if len(steps) == 0 or np.abs(steps).max() < 0.005:
        return ""
    at = int(np.abs(steps).argmax()) + 1
    before, on = values.dates[at - 1 : at + 1]
    size = wording.signed(100 * float(steps[at - 1]), digits=0)
    points = f"{size} point{'' if size[1:] == '1' else 's'}"
    after = [mark for mark in values.marks if before < np.datetime64(mark.date, "D") <= on]
    cause = f" after {_text(after[-1])}" if after else ""
    return f" Largest move {points} on {wording.day(on.item())}{cause}."


def _rest(values: Trajectory) -> list[str]:
    said = []
    if values.marks:
        told = wording.key(
            values.marks, of=values.marks_of or len(values.marks), rule=values.marks_rule
        )
        said.append(f"Numbered reports: {told}")
    if values.brief_band is not None:
        read = wording.interval(*values.brief_band)
        said.append(
            f"The brief's own words, of its whole window and not of one day, were read as {read}."
        )
    if values.previous is not None:
        date, p = values.previous
        said.append(f"At the previous issue, {wording.day(date)}, it was {wording.percent(p)}.")
    if values.has_forecast:
        end = f"{wording.interval(float(values.lo80[-1]), float(values.hi80[-1]))}"
        said.append(
            f"Forecast for {wording.day(values.ends)}: {wording.percent(float(values.mean[-1]))}, "
            f"80% interval {end}."
        )
    return said


def _text(mark: Mark) -> str:
    return mark.text.rstrip(".")


def _cut(words: str, room: int) -> str:
    if len(words) <= room:
        return words
    return words[: max(room - 1, 0)].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _plain(words: str) -> str:
    return " ".join(words.replace(wording.NBSP, " ").split())
