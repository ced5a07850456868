"""Tables on the terminal: number first, word beside it, band, change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from forecast.beliefs.words import format_probability
from forecast.cli.console import output
from forecast.workflow.issue_json import issue_json
from forecast.workflow.outcomes import settled
from forecast.workflow.run import Issue

__all__ = ["checks_text", "counted", "plain_table", "points", "print_issue", "range_text"]

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


def _worded(row: Mapping[str, Any]) -> str:
    return f"{format_probability(row['probability'])} {row['word']}"


def _judgements(value: Mapping[str, Any]) -> Table:
    horizon = value["horizon"]
    issues = [j["since_issue"] for j in value["judgements"] if j["since_issue"]]
    last = f"since {issues[0]['as_of']}" if issues else "since last issue"
    table = plain_table("judgement", "now", "80% band", "since brief", last, f"on {horizon}")
    for row in value["judgements"]:
        since = row["since_issue"]
        table.add_row(
            row["label"],
            _worded(row),
            range_text(row["lo80"], row["hi80"]),
            points(row["since_brief"]),
            points(since["change"]) if since else "first",
            _worded(row["at_horizon"]),
        )
    return table


def _questions(value: Mapping[str, Any]) -> Table:
    table = plain_table("question", "by", "probability", "80% band")
    for row in value["questions"]:
        came = settled(row)
        table.add_row(
            row["text"],
            row["by"] + (" (past)" if row["past"] else ""),
            came or _worded(row),
            "" if came else range_text(row["lo80"], row["hi80"]),
        )
    return table


def print_issue(issue: Issue, written: Sequence[Path], *, out: Path) -> None:
    """Print an issued forecast: judgements, questions, and what they rest on.

    Parameters
    ----------
    issue : Issue
        What to print.
    written : sequence of Path
        Files written; their number and folder are named.
    out : Path
        Their folder.
    """
    value = issue_json(issue)
    console = output()
    brief, seen, checks = value["brief"], value["evidence"], value["diagnostics"]
    console.print(brief["title"], style="bold")
    console.print(f"as of {value['as_of']}, issue {value['issue']['id'][:7]}, {brief['house']}")
    console.print()
    console.print(_judgements(value))
    console.print()
    if value["questions"]:
        console.print(_questions(value))
        console.print()
    console.print(
        f"{counted(seen['reports'], 'report')} of {counted(seen['events'], 'event')}, "
        f"{counted(seen['indicators'], 'indicator')}, {counted(seen['lineages'], 'lineage')}; "
        f"changes in percentage points; words on {brief['scale_title']}."
    )
    if issue.unseen:
        late = counted(issue.unseen, "report")
        console.print(f"Not seen: {late} dated after {value['as_of']}.")
    console.print(f"{checks_text(checks)}.")
    if not issue.fresh:
        console.print("Taken from the ledger: nothing has changed since it was issued.")
    if written:
        console.print(f"{len(written)} files in {out}/: charts, their data, and forecast.json")
