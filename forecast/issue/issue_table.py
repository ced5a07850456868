"""An issued forecast on the terminal: judgements, questions that are open, and what they rest on.

What is shown follows the width there is. Where all of a row fits on a line it is one; on a narrow
terminal cells wrap between words; on a very narrow one each row is a few lines of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from forecast.beliefs.words import (
    anchor_text,
    counted,
    evidence_text,
    format_band,
    format_points,
    format_worded,
)
from forecast.issue.issued import issue_json
from forecast.issue.run import Issue
from forecast.record.resolutions import settled
from forecast.terminal.console import output
from forecast.terminal.tables import checks_text, plain_table

__all__ = ["print_issue"]

#: Below this width a table would have more wrapped lines than a list.
_LIST = 80
#: Columns between two cells.
_GAP = 2

type _Row = Mapping[str, Any]


def print_issue(issue: Issue, written: Sequence[Path], *, out: Path, past: bool = False) -> None:
    """Print an issued forecast: judgements, questions, and what they rest on.

    Parameters
    ----------
    issue : Issue
        What to print.
    written : sequence of Path
        Files written; their number and folder are named.
    out : Path
        Their folder.
    past : bool
        Whether questions with a past deadline are listed too, or only counted.
    """
    value = issue_json(issue)
    console = output()
    brief = value["brief"]
    console.print(brief["title"], style="bold")
    console.print(f"as of {value['as_of']}, issue {value['issue']['id'][:7]}, {brief['house']}")
    console.print()
    for one in value.get("contradictions", ()):
        console.print(one["text"], style="bold")
        console.print()
    _print_judgements(console, value)
    console.print()
    if value["questions"]:
        _print_questions(console, value["questions"], past=past)
        console.print()
    _print_footing(console, issue, value)
    if written:
        console.print(f"{len(written)} files in {out}/: charts, their data, and forecast.json")


def _since_issue(row: _Row) -> str:
    return format_points(row["since_issue"]["change"]) if row["since_issue"] else "first"


def _last_issue(value: _Row) -> str | None:
    """Date of the issue that the changes are since."""
    found = [row["since_issue"]["as_of"] for row in value["judgements"] if row["since_issue"]]
    return str(found[0]) if found else None


def _print_judgements(console: Console, value: _Row) -> None:
    last, horizon = _last_issue(value), value["horizon"]
    rows = [
        (row["label"], format_worded(row), format_band(row), format_points(row["since_brief"]),
         _since_issue(row), format_worded(row["at_horizon"]))
        for row in value["judgements"]
    ]  # fmt: skip
    since = f"since {last}" if last else "since last issue"
    heads = ("judgement", "now", "80% band", "since brief", since, f"on {horizon}")
    if _fits(console, table := _filled(heads, rows)):
        console.print(table)
    elif console.width >= _LIST:
        least = {0: 20, 1: 18, 3: 5, 4: 5, 5: 11}
        heads = (*heads[:4], "since issue" if last else "since last", heads[-1])
        console.print(_narrow(console, heads, rows, least))
    else:
        for label, now, band, brief, issue, then in rows:
            console.print(label)
            _indented(console, f"{now}, 80% band {band}; {brief} since the brief, {issue} "
                               f"{since if last else 'issue'}; on {horizon}: {then}")  # fmt: skip


def _print_questions(console: Console, questions: Sequence[_Row], *, past: bool) -> None:
    over = [row for row in questions if row["past"]]
    shown = questions if past else [row for row in questions if not row["past"]]
    stated = any(row.get("anchor") for row in questions)
    rows = [(row["text"], _by(row), *_answer(row, stated=stated)) for row in shown]
    heads = ("question", "by", "probability", "80% band")
    if not rows:
        pass
    elif _fits(console, table := _filled(heads, rows)):
        console.print(table)
    elif console.width >= _LIST:
        console.print(_narrow(console, heads, rows, {1: 10, 2: 18}, spare=(2, 0)))
    else:
        for text, by, answer, band in rows:
            console.print(text)
            _indented(console, f"by {by}: {answer}" + (f", 80% band {band}" if band else ""))
    if over and not past:
        if rows:
            console.print()
        console.print(f"{len(over)} past: --past{_came(over)}")


def _by(row: _Row) -> str:
    return str(row["by"]) + (" (past)" if row["past"] else "")


def _answer(row: _Row, *, stated: bool) -> tuple[str, str]:
    """Write the answer and its band; where numbers were stated for some, of what it is made."""
    if came := settled(row):
        return came, ""
    alone = stated and row["mode"] == "reported"  # of a node nothing else can be stated
    of = made_of(row, alone=" (model alone)" if alone else "")
    return f"{format_worded(row)}{of}", format_band(row)


def made_of(row: _Row, *, alone: str = "") -> str:
    """Say what the answer to a question is made of: what was stated, and what is announced.

    Parameters
    ----------
    row : mapping
        A question of a payload.
    alone : str
        Written where nothing was stated for it.
    """
    announced = "" if row.get("announced") is None else ", announced"
    return f"{anchor_text(row.get('anchor'), row['question']) or alone}{announced}"


def _came(over: Sequence[_Row]) -> str:
    """Say how many of the past questions have an outcome, and how many want one."""
    done = sum(row.get("outcome") is not None for row in over)
    due = len(over) - done
    parts = [f"{done} with an outcome"] if done else []
    parts += [f"{due} to be resolved: forecast resolve"] if due else []
    return f" ({', '.join(parts)})"


def _fits(console: Console, table: Table) -> bool:
    unlimited = console.options.update(max_width=100_000)
    return Measurement.get(console, unlimited, table).maximum <= console.width


def _filled(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = plain_table()
    for head in heads:
        table.add_column(head)
    for row in rows:
        table.add_row(*row)
    return table


def _narrow(
    console: Console,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    least: Mapping[int, int],
    *,
    spare: Sequence[int] = (0, 1, 5),
) -> Table:
    """Make a table of the width there is, whose cells wrap between words.

    `least` names the columns that may be narrower than their longest cell; those of `spare` are
    widened again while there is room. The first takes what is left where it has no least.
    """
    natural = [max(map(len, column)) for column in zip(*rows, strict=True)]
    widths = [min(least.get(n, full), full) for n, full in enumerate(natural)]
    widths = [max(width, _least_head(head)) for width, head in zip(widths, heads, strict=True)]
    room = console.width - _GAP * (len(heads) - 1)
    if 0 not in least:
        widths[0] = min(natural[0], max(20, room - sum(widths[1:])))
    for number in spare:
        more = min(max(0, natural[number] - widths[number]), max(0, room - sum(widths)))
        widths[number] += more
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, _GAP - 1, 0, 0))
    for head, width in zip(heads, widths, strict=True):
        table.add_column(head, width=width, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _least_head(head: str) -> int:
    """Width a heading needs: short ones stand on one line, others wrap between words."""
    return len(head) if len(head) <= len("80% band") else max(map(len, head.split()))


def _indented(console: Console, text: str) -> None:
    from rich.padding import Padding

    console.print(Padding(text, (0, 0, 0, 2)))


def _print_footing(console: Console, issue: Issue, value: _Row) -> None:
    seen, last = value["evidence"], _last_issue(value)
    before = f", the issue before is as of {last}" if last else ""
    known = evidence_text(seen, "indicators", "lineages")
    console.print(
        f"{known[:1].upper()}{known[1:]}; "
        f"changes in percentage points{before}; words on {value['brief']['scale_title']}."
    )
    if issue.unseen:
        late = counted(issue.unseen, "report")
        console.print(f"Not seen: {late} dated after {value['as_of']}.")
    console.print(f"{checks_text(value['diagnostics'])}.")
    if not issue.fresh:
        console.print("Taken from the ledger: nothing has changed since it was issued.")
