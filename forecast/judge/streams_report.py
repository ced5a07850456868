"""A test of streams as tables and as one page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forecast.judge.score_values import write_page
from forecast.judge.streams import BLOCK, StreamsTest, StreamTarget

__all__ = ["HEADER", "heading", "report_text", "rows", "write_report"]

HEADER = ("forecaster", "log score", "Brier", "engine less it", "90% interval")

_HOW = f"""\
At every origin each forecaster says how probable it is that the next numbers sum to more than the
threshold, which one in five sums before the first origin were above. All of them see the numbers to
the origin and outcomes known by then. Scores are means over the origins; lower is better. The
difference is that of the log scores: below 0 the engine is better, and where its interval reaches
over 0 the record does not say. Intervals resample blocks of {BLOCK} steps, all streams together.

- **base rate**: the share of the resolved targets that came out yes.
- **EWMA regression**: a logistic regression on the exponentially weighted mean of the numbers
  (weight 0.15; of counts its log1p), learnt anew at every origin.
- **EWMA negative binomial**: a count around that mean, with the dispersion of the resolved sums.
- **engine**: the model of the project, its rates learnt anew every {{every}} steps by the quick
  posterior. The range of a level is laid over the numbers before the first origin, whatever the
  file says. What else stands in the file, the choice of the model first of all, may have been
  written by somebody who had seen all numbers: no backtest finds that.
"""


def heading(target: StreamTarget) -> str:
    """Say what a target is.

    Examples
    --------
    >>> about = {"stream": "a", "label": "A", "steps": 4, "above": 3.0}
    >>> heading(StreamTarget(**about, origins=9, yes=0.25, rows=()))
    'A: the next 4 numbers sum to more than 3 (9 origins, 25% came out yes)'
    """
    share = f"{target.origins} origins, {target.yes:.0%} came out yes"
    numbers = (
        "the next number is" if target.steps == 1 else f"the next {target.steps} numbers sum to"
    )
    edge = "their threshold" if target.stream == "*" else f"{target.above:g}"
    return f"{target.label}: {numbers} more than {edge} ({share})"


def rows(target: StreamTarget) -> list[list[str]]:
    """Give the rows of a target, best log score first."""
    return [
        [
            row.name,
            f"{row.logarithmic:.4f}",
            f"{row.brier:.4f}",
            "" if row.difference is None else f"{row.difference:+.4f}",
            "" if row.low is None else f"{row.low:+.4f} to {row.high:+.4f}",
        ]
        for row in sorted(target.rows, key=lambda row: row.logarithmic)
    ]


def _table(found: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(line)} |" for line in (HEADER, ["---"] * len(HEADER), *found)]


def report_text(test: StreamsTest) -> str:
    """Write the page as Markdown: all streams together first, then each, then how it was done."""
    out = [
        "# Streams against cheap baselines",
        "",
        f"Forecasts after each step from {test.begins} on, scored by the numbers to {test.as_of}.",
    ]
    for target in (*test.together, *test.targets):
        out += ["", f"**{heading(target)}**", "", *_table(rows(target))]
    if test.left_out:
        named = ", ".join(test.left_out)
        out += ["", f"Left out, for want of a number at every step: {named}."]
    return "\n".join([*out, "", "## How it is done", "", _HOW.format(every=test.every)])


def write_report(test: StreamsTest, path: Path) -> Path:
    """Write the page as Markdown, or as a self-contained one where the name ends in .html.

    Raises
    ------
    OutputError
        If the name ends otherwise, or the file cannot be written.
    """
    return write_page(path, report_text(test), record=test.model_dump_json())
