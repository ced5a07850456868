"""``forecast nodes``: the judgements of a project, and what stands around each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from forecast.terminal.console import output, print_json
from forecast.terminal.options import as_json, names_of, project_option

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
        print_json({"nodes": found})
        return
    for number, one in enumerate(found):
        if number:
            output().print()
        _print(one)


def _print(one: dict[str, Any]) -> None:
    from rich.table import Table

    console = output()
    console.print(f"{one['node']}: {one['label']}", style="bold")
    table = Table.grid(padding=(0, 2))
    rows = {
        "states": one["states"],
        "headline": one["headline"],
        "indicators": one["indicators"],
        "questions": one["questions"],
        "moved by": [_moved(each) for each in one["moved_by"]],
    }
    for name, told in rows.items():
        table.add_row(f"  {name}", ", ".join(told) or "none")
    console.print(table)


def _moved(by: dict[str, Any]) -> str:
    begins = f"{by['from']} > " if by["from"] else ""
    return f"{by['node']} in {' or '.join(by['states'])} ({begins}{by['to']})"
