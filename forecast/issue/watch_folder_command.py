"""``forecast watch-folder``: reports are applied as files land in a folder."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from forecast.errors import ALERT_CODE
from forecast.issue.update_command import print_update
from forecast.terminal.console import output, print_json_line, reporting, say, show_error
from forecast.terminal.options import project_option, seed_option

if TYPE_CHECKING:
    from forecast.issue.inbox import FileResult

__all__ = ["watch_folder"]


@click.command("watch-folder")
@click.argument("inbox", metavar="DIR", type=click.Path(path_type=Path))
@project_option()
@click.option("--once", is_flag=True, help="Apply what is there and end; for cron.")
@click.option(
    "--settle",
    type=click.FloatRange(0.0),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a file must have stayed as it is to count as whole.",
)
@seed_option("a new fit")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for each file.")
def watch_folder(
    inbox: Path, folder: Path, once: bool, settle: float, seed: int, as_json: bool
) -> None:
    """Update the forecast whenever a file of reports lands in DIR.

    Every .csv, .tsv, .xlsx and .jsonl file is applied once, as by forecast update, also those that
    are there already. A file that cannot be used is reported with every bad row and set aside in
    DIR/refused with the reason beside it; when priors.yaml or events/ changes it is tried again.
    Other endings are left alone: write a file as new.csv.part and rename it, and it lands whole.

    Stops on Control-C (exit code 130) or SIGTERM (0), after the file in hand; a second signal stops
    at once. With --once: exit code 4 if an alert was raised or cleared, else 1 or 3 if a file could
    not be used, as with forecast update.

    \b
    Examples:
      forecast watch-folder inbox
      forecast watch-folder inbox --once --json
    """
    from forecast.issue.fit import SamplerSettings
    from forecast.issue.inbox import Inbox
    from forecast.project.project import Project

    with _signals() as (stop, came):
        watched = Inbox(
            Project(folder),
            inbox,
            settle=settle,
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
            print_update(outcome.update)
            output().print()
    sys.stdout.flush()
    if outcome.error is not None and not as_json:
        show_error(outcome.error)
        if outcome.aside is not None:
            say(f"set aside as {outcome.aside}", err=True)
