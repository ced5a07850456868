"""``forecast check``: every problem at once, and what the priors imply."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.terminal.console import output, print_json, reporting, say
from forecast.terminal.options import as_json, known_option, project_option

if TYPE_CHECKING:
    from forecast.issue.check import PriorCheck

__all__ = ["check"]


@click.command()
@project_option()
@click.option(
    "--prior", is_flag=True, help="Show what the priors imply and which reports they expect."
)
@click.option(
    "--all", "everything", is_flag=True, help="With --prior: every indicator, not only surprises."
)
@known_option("With --prior: ")
@click.option(
    "--schema", is_flag=True, help="Print the JSON schema of priors.yaml for your editor."
)
@as_json()
def check(
    folder: Path,
    prior: bool,
    everything: bool,
    as_of: dt.date | None,
    schema: bool,
    as_json: bool,
) -> None:
    """List every problem of priors.yaml and events/.

    Each is shown with its file and line. Exits with 1 if there is an error; warnings do not stop
    a run.

    \b
    Examples:
      forecast check
      forecast check --prior
      forecast check --schema > priors.schema.json
    """
    from forecast.issue.check import FileCheck, check_files, check_priors
    from forecast.project.project import Project

    if schema:
        from forecast.beliefs import json_schema

        print_json(json_schema())
        return
    problems = check_files(Project(folder))
    errors = [problem for problem in problems if problem.severity == "error"]
    if prior and not errors:
        with reporting() as told:
            if told is not None:
                told.stage("drawing from the priors")
            found = check_priors(Project(folder), as_of=as_of)
        print_json(found.plain()) if as_json else _print_prior(found, everything=everything)
        return
    if as_json:
        print_json(FileCheck(problems=problems).plain())
    else:
        from forecast.beliefs.words import counted

        for problem in problems:
            say(f"{problem.severity}: {problem}")
        warnings = counted(len(problems) - len(errors), "warning")
        say(f"{counted(len(errors), 'error')}, {warnings}")
    if errors:
        raise click.exceptions.Exit(1)


def _print_prior(found: PriorCheck, *, everything: bool) -> None:
    from rich.table import Table

    from forecast.beliefs.words import format_interval, format_probability, step_word
    from forecast.terminal.tables import plain_table

    console = output()
    console.print("What the priors imply for each judgement, with no report seen")
    table: Table = plain_table("judgement", "brief says", "priors imply", "80% band", "")
    for one in found.implied:
        kind = "reaches" if one.mode == "by" else "is"
        table.add_row(
            f"{one.node} {kind} {' or '.join(one.states)}: “{one.quote}”",
            format_interval(one.low, one.high),
            format_probability(one.probability),
            format_interval(one.lo80, one.hi80),
            one.verdict,
        )
    console.print(table)
    console.print()
    console.print(
        f"Steps with a report to {found.as_of}: expected in each state under the declared "
        "coverage, and found" + ("" if everything else " (surprises at the state pointed at)")
    )
    table = plain_table("indicator", "node in state", "expected", "found", "")
    for row in found.expected:
        if everything or (row.pointed and row.surprise):
            state = f"{row.node} {row.state}" + (" *" if row.pointed and everything else "")
            table.add_row(row.indicator, state, f"{row.expected:.2g}", str(row.found), row.surprise)
    console.print(table if table.row_count else "none")
    if everything:
        console.print("* the state the indicator points at")
    whole, unit = found.together, step_word(found.step)
    console.print(
        f"All indicators together: {whole.expected:.0f} [{whole.low:.0f}, {whole.high:.0f}] "
        f"{unit}s with a report expected, {whole.found} found"
    )
