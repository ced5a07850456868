"""``forecast backtest``: how the project would have forecast in the past."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.terminal.console import output, print_json, reporting
from forecast.terminal.options import (
    Day,
    Period,
    as_json,
    chain_options,
    crowd_option,
    project_option,
)

if TYPE_CHECKING:
    from forecast.judge.backtest import Backtest
    from forecast.judge.record import RecordTest

__all__ = ["backtest"]

_HORIZONS = (28.0, 91.0)


@click.command()
@project_option()
@click.option(
    "--from", "first", type=Day(), help="First date [of --streams, by default: half of the record]."
)
@click.option(
    "--to", "last", type=Day(), help="Last date [of --streams, by default: end of the record]."
)
@click.option(
    "--every",
    metavar="PERIOD",
    default="1 month",
    show_default=True,
    help="Period between dates; months and years are those of the calendar.",
)
@chain_options()
@click.option("--refit", is_flag=True, help="Fit anew at every date, and issue every forecast.")
@crowd_option()
@click.option("--record", is_flag=True, help="Test it on what is in the record itself, too.")
@click.option(
    "--streams", is_flag=True, help="Test its streams of numbers against cheap baselines instead."
)
@click.option(
    "--horizon",
    "horizons",
    type=Period(),
    multiple=True,
    help="How far ahead --record and --streams ask; may be repeated "
    "[default: 4w and 13w; of --streams 1, 4 and 13 steps].",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a report for a sceptic, as .md or .html.",
)
@as_json()
def backtest(
    folder: Path,
    first: dt.date | None,
    last: dt.date | None,
    every: str,
    draws: int,
    tune: int,
    refit: bool,
    crowd: Path | None,
    record: bool,
    streams: bool,
    horizons: tuple[float, ...],
    report: Path | None,
    as_json: bool,
) -> None:
    """Forecast as of past dates, and score that.

    For each date rates are learnt from the reports known then: draws of an earlier fit are weighed
    by what became known since, and sampled anew where the weights cannot be trusted. A date that
    was worked out before is taken from the ledger, so a backtest that was stopped goes on where it
    was. Only with --refit are the forecasts issued.

    With --record it is tested on questions that nobody chose: at each date, will each indicator be
    in the record within the next 4 and 13 weeks?

    With --streams the sums of the next numbers of each stream are forecast at every step, against a
    base rate, a regression on the exponentially weighted mean and a negative binomial around it,
    with rates learnt anew every 26 steps.

    \b
    Examples:
      forecast backtest --from 2023-10-01 --to 2024-12-31 --report backtest.md
      forecast backtest --from 2023-10-01 --to 2024-12-31 --record --horizon 13w
      forecast backtest --streams --report streams.html
    """
    if report is not None and report.suffix not in {".md", ".html"}:
        raise click.UsageError("--report: give a name that ends in .md or .html")
    if streams:
        if record or refit or crowd is not None:
            raise click.UsageError("--streams goes without --record, --refit and --crowd")
        _streams(folder, first, last, horizons, report, as_json=as_json)
        return
    if first is None or last is None:
        raise click.UsageError("give --from and --to, or test streams with --streams")
    from forecast.errors import ForecastError
    from forecast.judge.backtest import Plan
    from forecast.judge.backtest import backtest as run_backtest
    from forecast.judge.score_command import tell_crowd
    from forecast.project.project import Project
    from forecast.project.sampler import SamplerSettings

    plan = Plan(first, last, every, refit)
    try:
        _ = plan.days
    except ValueError as error:
        raise ForecastError(f"--every: {error}") from None
    if last < first:
        raise click.UsageError(f"--to {last} is before --from {first}; name a later date")
    if horizons and not record:
        raise click.UsageError("--horizon goes with --record or --streams; add one of them")
    with reporting() as told:
        done = run_backtest(
            Project(folder),
            plan,
            sampler=SamplerSettings(draws=draws, tune=tune),
            crowd=crowd,
            horizons=(horizons or _HORIZONS) if record else (),
            reporter=told,
        )
    tell_crowd(done.card.crowd)
    if report is not None:
        from forecast.judge.backtest_report import write_report

        write_report(done, report)
    _show(done, issued=refit, as_json=as_json)
    if report is not None and not as_json:
        output().print(f"Report: {report}")


def _streams(
    folder: Path,
    first: dt.date | None,
    last: dt.date | None,
    horizons: tuple[float, ...],
    report: Path | None,
    *,
    as_json: bool,
) -> None:
    from forecast.judge.streams import backtest_streams
    from forecast.judge.streams_report import HEADER, heading, rows, write_report
    from forecast.project.project import Project
    from forecast.terminal.tables import plain_table

    with reporting() as told:
        found = backtest_streams(
            Project(folder), begins=first, as_of=last, horizons=horizons, reporter=told
        )
    if report is not None:
        write_report(found, report)
    if as_json:
        print_json(found.plain())
        return
    console = output()
    for target in (*found.together, *found.targets):
        console.print(heading(target), style="bold")
        table = plain_table(*HEADER)
        for row in rows(target):
            table.add_row(*row)
        console.print(table)
        console.print()
    for name in found.left_out:
        console.print(f"{name} is left out: it has no number in some step.")
    console.print(
        f"Origins from {found.begins} to {found.as_of}; rates learnt anew every {found.every} "
        "steps; below 0 the engine is better."
    )
    if report is not None:
        console.print(f"Report: {report}")


def _show(done: Backtest, *, issued: bool, as_json: bool) -> None:
    from forecast.judge.backtest_report import result_of
    from forecast.judge.score_command import print_scores
    from forecast.judge.score_values import scores_of

    if as_json:
        print_json(result_of(done).plain())
        return
    from forecast.beliefs.words import counted
    from forecast.terminal.tables import plain_table

    console = output()
    table = plain_table("as of", "reports known", "not seen", "canary", "rates")
    for one in done.dates:
        held = "held" if one.tight else "LEAKED"
        how = f"failed: {one.failure}" if one.failure else one.method
        table.add_row(str(one.day), str(one.known), str(one.unseen), held, how)
    console.print(table)
    console.print()
    print_scores(scores_of(done.card).plain(), console, issued=issued)
    failed = sum(bool(one.failure) for one in done.dates)
    console.print(f"{counted(len(done.dates), 'date')}, {counted(failed, 'failure')}.")
    for name, found in done.by_dates.items():
        console.print(
            f"Ours less {name}, by blocks of dates: {found.mean:+.3f} "
            f"({found.low:+.3f} to {found.high:+.3f}, 90%)."
        )
    if done.record is not None:
        _show_record(done.record)


def _show_record(test: RecordTest) -> None:
    from forecast.judge.record import arms, heading, reliability, sentences
    from forecast.terminal.tables import plain_table

    console = output()
    for one in test.horizons:
        console.print()
        console.print(heading(one), style="bold")
        for said in sentences(one):
            console.print(said)
        for header, rows in (arms(one), reliability(one)) if one.questions else ():
            table = plain_table(*header)
            for row in rows:
                table.add_row(*row)
            console.print()
            console.print(table)
