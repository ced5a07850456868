"""``forecast update``: new reports move the judgements at once, also as they land in a folder."""

from __future__ import annotations

import datetime as dt
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from forecast.errors import ALERT_CODE
from forecast.terminal.console import (
    output,
    print_json,
    print_json_line,
    reporting,
    say,
    show_error,
)
from forecast.terminal.options import files_too, known_option, project_option, seed_option

if TYPE_CHECKING:
    from forecast.issue.inbox import FileResult
    from forecast.issue.update import Update

__all__ = ["update"]


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...", shell_complete=files_too())
@project_option()
@known_option()
@click.option("--dry-run", is_flag=True, help="Show the effect; write nothing.")
@click.option("--issue", is_flag=True, help="Issue the whole forecast too, for charts and briefs.")
@click.option("--watch", is_flag=True, help="Update whenever a file lands in the folder FILE.")
@click.option("--once", is_flag=True, help="With --watch: apply what is there and end; for cron.")
@click.option(
    "--settle",
    type=click.FloatRange(0.0),
    metavar="SECONDS",
    help="With --watch: how long a file must have stayed as it is to count as whole [default: 1].",
)
@seed_option("a new fit")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the result as JSON; with --watch one line for each file.",
)
def update(
    files: tuple[str, ...],
    folder: Path,
    as_of: dt.date | None,
    dry_run: bool,
    issue: bool,
    watch: bool,
    once: bool,
    settle: float | None,
    seed: int,
    as_json: bool,
) -> None:
    """Add reports and say which judgements moved.

    FILE holds reports, coverage or announcements, as CSV or .xlsx with the columns of a file of
    events/ or as JSON Lines with the same names; - is standard input. All rows are stored, or none.
    The posterior draws are weighed anew; they are sampled anew only when the weights cannot be
    trusted. Without a FILE, the judgements and alerts are looked at again.

    Exit code 4 if an alert of priors.yaml was raised or cleared; a dry run leaves alerts alone.

    With --watch, FILE is a folder, and every .csv, .tsv, .xlsx and .jsonl file in it is applied
    once, also those that are there already. A file that cannot be used is reported with every bad
    row and set aside in its folder refused with the reason beside it; when priors.yaml or events/
    changes it is tried again. Other endings are left alone: write a file as new.csv.part and rename
    it, and it lands whole. Stops on Control-C (exit code 130) or SIGTERM (0), after the file in
    hand; a second signal stops at once. With --once: exit code 4 as above, else 1 or 3 if a file
    could not be used.

    \b
    Examples:
      forecast update new_reports.csv --dry-run
      forecast update --as-of 2025-01-31
      forecast update --watch inbox
      forecast update --watch inbox --once --json
    """
    if watch:
        if len(files) != 1 or as_of is not None or dry_run or issue:
            raise click.UsageError(
                "--watch takes one folder, and none of --as-of, --dry-run and --issue"
            )
        _watch(Path(files[0]), folder, once=once, settle=settle, seed=seed, as_json=as_json)
        return
    if once or settle is not None:
        raise click.UsageError("--once and --settle go with --watch")
    from forecast.issue.arrivals import read_sources
    from forecast.issue.update import remember
    from forecast.issue.update import update as update_project
    from forecast.project.project import Project
    from forecast.project.sampler import SamplerSettings

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
        _print_update(done)
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


def _print_update(done: Update) -> None:
    """Print an update for a reader."""
    from forecast.beliefs.words import counted, format_interval, format_points, format_probability
    from forecast.terminal.tables import plain_table

    console = output()
    came = [
        f"{len(ids)} {kind}"
        for kind in ("new", "revised", "known", "held")
        if (ids := getattr(done, kind))
    ]
    stored = "stored" if came or done.announced else "nothing new"
    stored = "nothing was written" if done.dry else stored
    console.print(f"Reports: {', '.join(came) or 'none'}; {stored}. As of {done.as_of}.")
    if done.windows:
        console.print(f"Coverage: {counted(done.windows, 'window')}.")
    if done.announced:
        console.print(f"Announced: {', '.join(done.announced)}.", markup=False, highlight=False)
    for asked in done.questions:
        before = "" if asked.before is None else f"{format_probability(asked.before)} before, "
        said = f"  {asked.question}: {before}{format_probability(asked.after)} now."
        console.print(said, markup=False, highlight=False)
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


def _watch(
    inbox: Path, folder: Path, *, once: bool, settle: float | None, seed: int, as_json: bool
) -> None:
    """Apply files as they land, until a signal comes or, once, all that are there are applied."""
    from forecast.issue.inbox import Inbox
    from forecast.project.project import Project
    from forecast.project.sampler import SamplerSettings

    with _signals() as (stop, came):
        watched = Inbox(
            Project(folder),
            inbox,
            settle=1.0 if settle is None else settle,
            sampler=SamplerSettings(seed=seed),
            reporting=reporting,
        )
        if not once:
            say(f"watching {inbox} for files of reports; stop with Control-C", err=True)
        codes = []
        for outcome in watched.once() if once else watched.follow(stop):
            _say(outcome, as_json=as_json)
            watched.remember(outcome)
            codes.append(_code(outcome))
    if signal.SIGINT in came:
        raise KeyboardInterrupt
    if came:
        say("stopped; everything acknowledged before is kept", err=True)
    elif any(codes):
        raise click.exceptions.Exit(ALERT_CODE if ALERT_CODE in codes else max(codes))


@contextmanager
def _signals() -> Iterator[tuple[Event, list[int]]]:
    """Turn the first signal to stop into an event; a second one interrupts at once."""
    stop = Event()
    came: list[int] = []

    def note(number: int, _frame: object) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)
        stop.set()

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop, came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _code(outcome: FileResult) -> int:
    if outcome.update is not None and any(each.news for each in outcome.update.alerts):
        return ALERT_CODE
    return 0 if outcome.error is None else outcome.error.exit_code


def _say(outcome: FileResult, *, as_json: bool) -> None:
    if as_json:
        print_json_line(outcome.result().plain())
    else:
        output().print(f"{outcome.file or 'no new file'}: {outcome.state}", style="bold")
        if outcome.update is not None:
            _print_update(outcome.update)
            output().print()
    sys.stdout.flush()
    if outcome.error is not None and not as_json:
        show_error(outcome.error)
        if outcome.aside is not None:
            say(f"set aside as {outcome.aside}", err=True)
