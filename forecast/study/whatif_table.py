"""Tables of scenarios beside the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from forecast.beliefs.words import SMALL, counted, format_points, format_probability
from forecast.study.whatif import ScenarioList
from forecast.terminal.console import output, print_json
from forecast.terminal.tables import plain_table

__all__ = ["print_comparison", "print_listing"]

_FIRST, _EACH = 55, 25  # columns of text for the row, and for each scenario


def print_listing(found: ScenarioList, *, as_json: bool) -> None:
    """Print the scenarios there are."""
    if as_json:
        print_json(found.plain())
        return
    if not found.scenarios:
        output().print(
            "no scenarios: scenarios/ holds none; write one (see docs/whatif.md), or ask without a "
            "file, with --do or --observe"
        )
        return
    table = plain_table("description", "scenario", "assumptions")
    for one in found.scenarios:
        table.add_row(one.description, one.scenario, str(one.assumptions))
    output().print(table)


def print_comparison(value: dict[str, Any], *, title: str) -> None:
    """Print every scenario beside the baseline, and what kind of *if* it is."""
    console = output()
    console.print(title, style="bold")
    console.print(f"what if, against issue {value['issue'][:7]} as of {value['as_of']}")
    for one in value["scenarios"]:
        console.print()
        _print_scenario(console, one)
    shown = [row for row in value["rows"] if _shown(row, value["as_of"])]
    across = max(1, (console.width - _FIRST) // _EACH)
    for first in range(0, len(value["scenarios"]), across):
        names = [one["scenario"] for one in value["scenarios"]][first : first + across]
        labels = [one["label"] for one in value["scenarios"]][first : first + across]
        console.print()
        console.print(_table(shown, names, labels))
    console.print()
    used = f"{value['draws']:,} of {value['draws_of']:,} draws"
    console.print(
        f"On {used}, the same for baseline and scenarios; differences in percentage points with "
        "their 80% band."
    )
    left = [row for row in value["rows"] if not _shown(row, value["as_of"])]
    if left:
        console.print(f"Left out: {counted(len(left), 'line')} that no scenario changes.")


def _print_scenario(console: Console, one: dict[str, Any]) -> None:
    console.print(f"{one['label']}: {one['description']}", style="bold")
    for each in one["assumptions"]:
        console.print(f"  {each['kind']}: {each['what']}. {each['unchanged']}.")
    note = {
        "same draws": "",
        "reweighted": f"Draws reweighted: {one['effective_draws']:.0f} effective, Pareto k "
        f"{_k(one['pareto_k'])}.",
        "refitted": "Reweighting would not do (Pareto k "
        f"{_k((one['refused'] or {}).get('pareto_k'))}), so the model was fitted anew.",
        "replayed": f"Replayed over {one['paths'] or 0:,} sampled paths; standard error at most "
        f"{100 * (one['monte_carlo_error'] or 0.0):.1f} points.",
    }[one["method"]]
    if note:
        console.print(f"  {note}")


def _k(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"


def _shown(row: dict[str, Any], as_of: str) -> bool:
    """Leave out what lies in the past and no scenario moves."""
    if row["on"] > as_of:
        return True
    return any(abs(one["difference"]["points"]) >= SMALL for one in row["scenarios"])


def _table(rows: Sequence[dict[str, Any]], names: Sequence[str], labels: Sequence[str]) -> Table:
    table = plain_table("judgement or question", "on or by", "baseline", *labels)
    for row in rows:
        found = {one["scenario"]: one for one in row["scenarios"]}
        cells = [_cell(found[name]) for name in names]
        base = row["baseline"]
        table.add_row(row["label"], row["on"], f"{format_probability(base['probability'])}", *cells)
    return table


def _cell(one: dict[str, Any]) -> str:
    apart = one["difference"]
    number = format_probability(one["probability"])
    low, high = format_points(apart["lo80"]), format_points(apart["hi80"])
    moved = format_points(apart["points"])
    if moved == low == high == "0":
        return f"{number}  same"
    return f"{number}  {moved} ({low} to {high})"
