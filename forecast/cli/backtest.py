"""``forecast backtest``: how the project would have forecast in the past."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forecast.cli.console import output, print_json, reporting
from forecast.cli.options import Day, as_json, project_option

if TYPE_CHECKING:
    from forecast.workflow.backtesting import Backtest

__all__ = ["backtest"]


@click.command()
@project_option()
@click.option("--from", "first", type=Day(), required=True, help="First date.")
@click.option("--to", "last", type=Day(), required=True, help="Last date.")
@click.option("--every", default="1 month", show_default=True, help="Period between dates.")
@click.option("--draws", type=click.IntRange(100), default=1000, show_default=True, help="A chain.")
@click.option("--tune", type=click.IntRange(100), default=1000, show_default=True, help="A chain.")
@as_json()
def backtest(
    folder: Path,
    first: dt.date,
    last: dt.date,
    every: str,
    draws: int,
    tune: int,
    as_json: bool,
) -> None:
    """Run the project as of past dates, and score it.

    Rates are learnt anew for each date, from the reports known then. A date that was run before is
    taken from the ledger, so a backtest that was stopped goes on where it was.

    \b
    Example:
      forecast backtest --from 2023-10-01 --to 2024-12-31 --every 1m
    """
    from forecast.beliefs import days
    from forecast.errors import ForecastError
    from forecast.workflow.backtesting import backtest as run_backtest
    from forecast.workflow.project import Project
    from forecast.workflow.run import SamplerSettings

    try:
        step = round(days(every))
    except ValueError as error:
        raise ForecastError(f"--every: {error}") from None
    if last < first or step < 1:
        raise click.UsageError("--to must not be before --from, and --every at least a day")
    with reporting() as told:
        done = run_backtest(
            Project(folder),
            first=first,
            last=last,
            every=step,
            sampler=SamplerSettings(draws=draws, tune=tune),
            reporter=told,
        )
    _show(done, as_json=as_json)


def _show(done: Backtest, *, as_json: bool) -> None:
    from forecast.cli.score import print_scores
    from forecast.workflow.score_json import score_json

    value: dict[str, Any] = score_json(done.card)
    if as_json:
        print_json({"backtest": _backtest(done), **value})
        return
    from forecast.cli.tables import counted, plain_table

    console = output()
    table = plain_table("as of", "reports known", "not seen", "canary", "failure")
    for one in done.dates:
        held = "held" if one.tight else "LEAKED"
        table.add_row(str(one.day), str(one.known), str(one.unseen), held, one.failure)
    console.print(table)
    console.print()
    print_scores(value, console)
    failed = sum(bool(one.failure) for one in done.dates)
    console.print(f"{counted(len(done.dates), 'date')}, {counted(failed, 'failure')}.")
    if done.by_dates is not None:
        found = done.by_dates
        console.print(
            f"Ours less the priors', by blocks of dates: {found.mean:+.3f} "
            f"({found.low:+.3f} to {found.high:+.3f}, 90%)."
        )


def _backtest(done: Backtest) -> dict[str, Any]:
    return {
        "dates": [
            {
                "as_of": one.day.isoformat(),
                "known": one.known,
                "unseen": one.unseen,
                "tight": one.tight,
                "failure": one.failure,
            }
            for one in done.dates
        ],
        "against_prior": None if done.by_dates is None else asdict(done.by_dates),
    }
