"""``forecast update``: new reports move the judgements at once."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.errors import ALERT_CODE
from forecast.terminal.console import output, print_json, reporting
from forecast.terminal.options import as_json, files_too, known_option, project_option, seed_option

if TYPE_CHECKING:
    from forecast.issue.update import Update

__all__ = ["print_update", "update"]


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...", shell_complete=files_too())
@project_option()
@known_option()
@click.option("--dry-run", is_flag=True, help="Show the effect; write nothing.")
@click.option("--issue", is_flag=True, help="Issue the whole forecast too, for charts and briefs.")
@seed_option("a new fit")
@as_json()
def update(
    files: tuple[str, ...],
    folder: Path,
    as_of: dt.date | None,
    dry_run: bool,
    issue: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Add reports and say which judgements moved.

    FILE holds reports or coverage, as CSV or .xlsx with the columns of events/reports.csv or as
    JSON Lines with the same names; - is standard input. All rows are stored, or none. The posterior
    draws are weighed anew; they are sampled anew only when the weights cannot be trusted. Without a
    FILE, the judgements and alerts are looked at again.

    Exit code 4 if an alert of priors.yaml was raised or cleared; a dry run leaves alerts alone.

    \b
    Examples:
      forecast update new_reports.csv --dry-run
      forecast update --as-of 2025-01-31
    """
    from forecast.issue.alerts import remember
    from forecast.issue.arrivals import read_sources
    from forecast.issue.fit import SamplerSettings
    from forecast.issue.update import update as update_project
    from forecast.project.project import Project

    project = Project(folder)
    piped = getattr(sys.stdin, "buffer", sys.stdin).read() if "-" in files else None
    with reporting() as told:
        done = update_project(
            project,
            read_sources(files, piped),
            dry=dry_run,
            issue=issue,
            as_of=as_of,
            sampler=SamplerSettings(seed=seed),
            reporter=told,
        )
    if as_json:
        print_json(done.plain())
    else:
        print_update(done)
    if done.dry:
        return
    sys.stdout.flush()
    remember(project, done.alerts, as_of=done.as_of)
    if any(each.news for each in done.alerts):
        raise click.exceptions.Exit(ALERT_CODE)


def _print_alerts(done: Update) -> None:
    from forecast.beliefs.words import format_probability

    told = [each for each in done.alerts if each.word not in {None, "watched"}]
    for each in told:
        said = {"raised": "raised", "cleared": "cleared", "standing": "stands from the beginning"}
        edge = format_probability(each.threshold)
        before = "" if each.told is None else f"; {format_probability(each.told)} when last told"
        would = "would be " if done.dry and each.news else ""
        output().print(
            f"Alert {each.name} {would}{said[str(each.word)]}: {each.subject} "
            f"{format_probability(each.probability)}, {each.direction} {edge} with certainty "
            f"{each.certainty:.2f}{before}."
        )
    if told:
        output().print()


def print_update(done: Update) -> None:
    """Print an update for a reader."""
    from forecast.beliefs.words import counted, format_interval, format_points, format_probability
    from forecast.terminal.tables import plain_table

    console = output()
    came = [
        f"{len(ids)} {kind}"
        for kind in ("new", "revised", "known", "held")
        if (ids := getattr(done, kind))
    ]
    stored = "nothing was written" if done.dry else "stored" if came else "nothing new"
    console.print(f"Reports: {', '.join(came) or 'none'}; {stored}. As of {done.as_of}.")
    if done.windows:
        console.print(f"Coverage: {counted(done.windows, 'window')}.")
    for note in done.notes:
        console.print(f"{note}.", markup=False, highlight=False)
    console.print()
    table = plain_table("judgement", "before", "now", "band (80%)", "points")
    for move in done.moves:
        was = move.before
        before = "" if was is None else f"{format_probability(was)} {move.word_before}"
        table.add_row(
            move.label,
            before,
            f"{format_probability(move.after)} {move.word_after}",
            format_interval(move.lo80, move.hi80),
            "" if was is None else format_points(move.after - was),
        )
    console.print(table)
    console.print()
    _print_alerts(done)
    if done.method == "reweighted":
        k = "" if done.pareto_k is None else f"Pareto k {done.pareto_k:.2f}, "  # of equal weights
        weighed = f"{k}{done.ess:.0f} effective draws"
        console.print(f"The draws were weighed anew ({weighed}); none were sampled.")
    elif done.method == "refitted":
        console.print(f"Sampled anew: {done.reason}.")
    else:
        console.print(f"Rough: {done.reason}; without --dry-run the draws are sampled anew.")
    if done.issue is not None:
        console.print(f"Issued as {done.issue[:7]}.")
    elif not done.dry:
        total = counted(len(done.new) + len(done.revised), "report")
        console.print(f"{total} recorded; publish the forecast with: forecast run")
