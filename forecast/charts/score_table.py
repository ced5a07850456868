"""Scores as a table: over the life of questions, at fixed leads, and against each baseline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from forecast.charts import layout, rows, style, text
from forecast.charts.data import ROWS, ChartRefusal, Stamp
from forecast.charts.files import AltText, Chart
from forecast.charts.frame import Frame
from forecast.scoring.calibration import ENOUGH

__all__ = ["Against", "Scored", "Scores", "chart", "draw"]

_RATIO = 0.94
_GAP = 0.4  # millimetres per point of type between columns


@dataclass(frozen=True, slots=True)
class Scored:
    """Mean scores of some forecasts: of which, of how many questions, Brier and logarithmic."""

    label: str
    questions: int
    brier: float
    logarithmic: float


@dataclass(frozen=True, slots=True)
class Against:
    """Ours against a baseline, on the questions that both forecast.

    Attributes
    ----------
    label : str
        The baseline.
    questions : int
    ours, theirs : float
        Mean Brier scores.
    skill : float or None
        ``1 - ours / theirs``; None where the baseline makes no error.
    low, high : float
        90 % interval of ``ours - theirs``.
    """

    label: str
    questions: int
    ours: float
    theirs: float
    skill: float | None
    low: float
    high: float

    @property
    def better(self) -> bool:
        """Whether the interval of the difference lies below 0."""
        return self.high < 0


@dataclass(frozen=True, slots=True)
class Scores:
    """The record of a forecaster.

    Attributes
    ----------
    name : str
        For files.
    as_of : date
    questions : int
        How many are scored.
    scored : tuple of Scored
        Over the life of the questions first, then at leads.
    against : tuple of Against

    Raises
    ------
    ChartRefusal
        When nothing is scored, or an interval is upside down.
    """

    name: str
    as_of: dt.date
    questions: int
    scored: tuple[Scored, ...]
    against: tuple[Against, ...] = ()

    def __post_init__(self) -> None:
        if not self.scored or not self.questions:
            raise ChartRefusal(f"{self.name}: no question is scored")
        for one in self.against:
            if one.low > one.high:
                raise ChartRefusal(f"{one.label!r}: its interval runs from {one.low} to {one.high}")

    def table(self) -> dict[str, Sequence[Any]]:
        """List the printed numbers, a row each; what a row does not have is empty."""
        n, m = len(self.scored), len(self.against)
        ours = [one.brier for one in self.scored] + [one.ours for one in self.against]
        return {
            "kind": ["forecasts"] * n + ["baseline"] * m,
            "label": [*(one.label for one in self.scored), *(one.label for one in self.against)],
            "questions": [
                *(one.questions for one in self.scored),
                *(one.questions for one in self.against),
            ],
            "brier": ours,
            "logarithmic": [*(one.logarithmic for one in self.scored), *[""] * m],
            "baseline_brier": [*[""] * n, *(one.theirs for one in self.against)],
            "skill": [*[""] * n, *("" if a.skill is None else a.skill for a in self.against)],
            "difference": [*[""] * n, *(one.ours - one.theirs for one in self.against)],
            "lo90": [*[""] * n, *(one.low for one in self.against)],
            "hi90": [*[""] * n, *(one.high for one in self.against)],
            "as_of": [self.as_of.isoformat()] * (n + m),
        }


def draw(ax: Axes, values: Scores, *, base: float = 8.0, names: float | None = None) -> Axes:
    """Print the table on axes that already stand where they will be printed.

    Parameters
    ----------
    ax : Axes
        Empty, with room for names on its left.
    values : Scores
    base : float
        Type size in points.
    names : float, optional
        Millimetres for names left of the axes; by default all there are.
    """
    ax.set_label(ROWS)
    with style.context(base):
        ax.set_xlim(0.0, 1.0)
        ax.set_ylim(0.0, 1.0)
        ax.set(xticks=[], yticks=[])
        ax.set_axis_off()
        frame = Frame.of(ax, base=base)
        found = _printed(values)
        labels = [label for label, _ in found]
        heads = [n for n, (_, cells) in enumerate(found) if cells in _HEADS]
        places = rows.centres(len(found), frame.height)
        width = frame.left if names is None else names
        rows.name_rows(frame, labels, places, width=width, bold=heads)
        ends = _ends(frame, [cells for _, cells in found])
        for number, ((_, cells), place) in enumerate(zip(found, places, strict=True)):
            weight = "bold" if number in heads else "normal"
            for cell, end in zip(cells, ends, strict=True):
                if cell:
                    frame.centred(end, float(place), cell, points=frame.points(_RATIO), ha="right",
                                  color=style.TEXT, fontweight=weight)  # fmt: skip
            if number in heads:
                under = float(place) - 0.5 * frame.height / len(found)
                frame.line([-width, frame.width], [under, under], color=style.LIGHT, lw=0.5,
                           label="_rule")  # fmt: skip
    return ax


def chart(values: Scores, *, stamp: Stamp, size: str = "a4") -> Chart:
    """Make the table into a finished chart, checked against the chart standard.

    Raises
    ------
    ChartRefusal
        When the size is unknown or has too few rows, the dates disagree, or the chart could not be
        read.
    """
    page = layout.named(size)
    layout.require_day(values.name, values.as_of, stamp=stamp)
    with style.context(page.base):
        found = _printed(values)
        row = rows.ROW * page.base
        gutter = rows.gutter([label for label, _ in found], page)
        laid = layout.fit(
            page,
            _words(values, terse=page.terse),
            stamp,
            margins=layout.Margins(gutter, 0.0, 0.1 * page.base, 0.0),
            least=len(found) * 0.85 * row,
            wanted=1.1 * row * len(found),
        )
        made, ax = layout.start(laid)
        draw(ax, values, base=page.base, names=gutter)
        layout.finish(made, laid)
    return Chart(f"{values.name}__score", made, _alt(values, stamp), values.table())


_HEADS = (
    ("n", "Brier", "log", "", ""),
    ("n", "ours", "theirs", "skill", "difference, 90%"),
)


def _printed(values: Scores) -> list[tuple[str, tuple[str, ...]]]:
    """Give every row as printed: its name, and a text for each column."""
    out: list[tuple[str, tuple[str, ...]]] = [("Forecasts", _HEADS[0])]
    out += [(one.label, (str(one.questions), f"{one.brier:.3f}", f"{one.logarithmic:.3f}", "", ""))
            for one in values.scored]  # fmt: skip
    if values.against:
        out.append(("Against", _HEADS[1]))
    for one in values.against:
        between = f"{text.signed(one.low, digits=3)} to {text.signed(one.high, digits=3)}"
        skill = "" if one.skill is None else text.signed(one.skill, digits=2)
        cells = str(one.questions), f"{one.ours:.3f}", f"{one.theirs:.3f}", skill, between
        out.append((one.label, cells))
    return out


def _ends(frame: Frame, cells: Sequence[Sequence[str]]) -> list[float]:
    """Right edges of columns that share the room left over."""
    points, gap = frame.points(_RATIO), _GAP * frame.base

    def widest(column: Iterable[str]) -> float:
        return max(text.measure(w, points=points, weight="bold", dpi=frame.dpi) for w in column)

    widths = np.array([widest(column) for column in zip(*cells, strict=True)]) + gap
    spare = max(frame.width - float(widths.sum()), 0.0) / len(widths)
    ends: list[float] = np.cumsum(widths + spare).tolist()
    return ends


def _words(values: Scores, *, terse: bool) -> layout.Words:
    n, of = values.questions, len(values.against)
    told = f"{n}{text.NBSP}resolved question{'' if n == 1 else 's'}"
    if n < ENOUGH:
        said = f"too few to judge ({told})"
    else:
        won = sum(one.better for one in values.against)
        whom = f", better than {won} of {of} baselines" if of else ""
        said = f"{told}, Brier {values.scored[0].brier:.3f}{whom}"
    return layout.Words(lambda label: f"{label} – {said}", "Scores", _subtitle(terse=terse))  # noqa: RUF001


def _subtitle(*, terse: bool) -> Callable[[str], str]:
    if terse:
        return lambda _: (
            "Lower Brier and log scores are better; skill above 0, and a difference below 0."
        )
    return lambda _: (
        "Mean Brier and logarithmic score of n questions; lower is better. Ours and theirs are "
        "Brier scores of the questions both forecast; skill is 1 less ours over theirs; difference "
        "is ours less theirs, with its 90% bootstrap interval: below 0 ours is better."
    )


def _alt(values: Scores, stamp: Stamp) -> AltText:
    words = _words(values, terse=False)
    title = words.title(words.label)
    parts = [
        f"{one.label}: Brier {one.brier:.3f}, log {one.logarithmic:.3f} (n = {one.questions})"
        for one in values.scored
    ]
    for one in values.against:
        skill = "none" if one.skill is None else text.signed(one.skill, digits=2)
        parts.append(f"against {one.label}: skill {skill} (n = {one.questions})")
    long = f"{words.subtitle('')} {'; '.join(parts)}. {text.source_line(stamp)}"
    return AltText.made(title, f"{title}. ", parts, long)
