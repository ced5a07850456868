"""``forecast nodes``: the judgements of a project, and what stands around each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.terminal.console import output, print_json
from forecast.terminal.options import as_json, names_of, project_option

if TYPE_CHECKING:
    from forecast.record.nodes import NodeRow

__all__ = ["nodes"]


@click.command()
@click.argument("node", required=False, metavar="[NODE]", shell_complete=names_of("node"))
@project_option()
@as_json()
def nodes(node: str | None, folder: Path, as_json: bool) -> None:
    """List judgements with what stands around them.

    States, indicators, questions, and the judgements that move each; only priors.yaml is read.

    \b
    Examples:
      forecast nodes
      forecast nodes tech_transfer --json
    """
    from forecast.project.project import Project
    from forecast.record.nodes import list_nodes

    found = list_nodes(Project(folder), node)
    if as_json:
        print_json(found.plain())
        return
    for number, one in enumerate(found.nodes):
        if number:
            output().print()
        _print(one)


def _print(one: NodeRow) -> None:
    from rich.table import Table

    console = output()
    console.print(f"{one.node}: {one.label}", style="bold")
    table = Table.grid(padding=(0, 2))
    rows = {
        "states": one.states,
        "headline": one.headline,
        "indicators": [
            f"{each} (open)" if each in one.open_acts else each for each in one.indicators
        ],
        "questions": one.questions,
        "moved by": [str(each) for each in one.moved_by],
    }
    for name, told in rows.items():
        table.add_row(f"  {name}", ", ".join(told) or "none")
    console.print(table)
