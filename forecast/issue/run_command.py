"""``forecast run``: the main job."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from forecast.errors import StatisticsError
from forecast.terminal.console import print_json, reporting, say
from forecast.terminal.options import (
    as_json,
    chain_options,
    charts_option,
    known_option,
    out_option,
    project_option,
    seed_option,
)

__all__ = ["run"]


@click.command()
@project_option()
@known_option()
@click.option(
    "--horizon",
    metavar="PERIOD",
    help="How far ahead, such as 12m or 90d [default: that of priors.yaml].",
)
@seed_option("all draws")
@chain_options()
@click.option("--history", is_flag=True, help="Show the past as it would have been published then.")
@out_option("charts and forecast.json")
@charts_option()
@click.option("--strict", is_flag=True, help="Exit with 3 where the record contradicts the model.")
@click.option("--past", is_flag=True, help="List past questions too, not only their number.")
@as_json()
def run(
    folder: Path,
    as_of: dt.date | None,
    horizon: str | None,
    seed: int,
    draws: int,
    tune: int,
    history: bool,
    out: Path,
    no_charts: bool,
    strict: bool,
    past: bool,
    as_json: bool,
) -> None:
    """Learn from the reports, print and draw every judgement.

    Reads priors.yaml and events/, updates the judgements with PyMC, prints their probabilities
    with bands and words, and writes charts and forecast.json to a folder. A forecast that was
    issued before for the same beliefs, reports and settings is shown again without sampling.

    \b
    Example:
      forecast run --as-of 2024-07-01 --horizon 12m --out july
    """
    from forecast.issue.charts import require_writable, write_outputs
    from forecast.issue.check import unread_files
    from forecast.issue.issue_table import print_issue
    from forecast.issue.issued import issued
    from forecast.issue.run import run as run_project
    from forecast.project.project import Project
    from forecast.project.sampler import SamplerSettings

    if not no_charts:
        require_writable(out)
    with reporting() as told:
        issue = run_project(
            Project(folder),
            as_of=as_of,
            horizon=horizon,
            history=history,
            sampler=SamplerSettings(draws=draws, tune=tune, seed=seed),
            reporter=told,
        )
        written, left = ([], []) if no_charts else write_outputs(issue, out, reporter=told)
    for why in left:
        say(f"not drawn: {why}", err=True)
    for said in (*unread_files(Project(folder)), *issue.notes):
        say(f"warning: {said}", err=True)
    if as_json:
        print_json(issued(issue).plain())
    else:
        print_issue(issue, written, out=out, past=past)
    if strict and issue.payload.get("contradictions"):
        raise click.exceptions.Exit(StatisticsError.exit_code)
