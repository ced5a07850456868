"""``forecast half-life``: how fast the rates should forget, by the record itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click

from forecast.terminal.console import output, print_json, reporting
from forecast.terminal.options import Day, Period, as_json, known_option, project_option

__all__ = ["half_life"]


@click.command("half-life")
@project_option()
@click.option(
    "--try",
    "tried",
    type=Period(),
    multiple=True,
    default=("6 months", "1 year", "2 years", "5 years"),
    help="A half-life; may be repeated [default: 6m, 1y, 2y and 5y].",
)
@click.option(
    "--from", "begins", type=Day(), help="Forecast the steps after this day [default: second half]."
)
@known_option()
@click.option(
    "--every",
    type=click.IntRange(1),
    default=26,
    show_default=True,
    help="Steps between two learnings of the rates.",
)
@as_json()
def half_life(
    folder: Path,
    tried: Sequence[float],
    begins: dt.date | None,
    as_of: dt.date | None,
    every: int,
    as_json: bool,
) -> None:
    """Show how fast the rates should forget, by the record.

    Each step is forecast from the steps before it, with rates learnt from a past that counts for
    half at the half-life, by a quick posterior. Nothing is written but what is new in events/.

    \b
    Example:
      forecast half-life --try "1 year" --try "3 years" --from 2022-01-01
    """
    from forecast.judge.half_life import compare_half_lives
    from forecast.project.project import Project

    with reporting() as told:
        found = compare_half_lives(
            Project(folder), tried, begins=begins, as_of=as_of, every=every, reporter=told
        )
    if as_json:
        print_json(found.plain())
        return
    from forecast.terminal.tables import plain_table

    table = plain_table("half-life", "log score a step", "gain", "90% interval")
    for each in found.tried:
        table.add_row(
            each.label,
            f"{each.score:.4f}",
            "" if each.gain is None else f"{each.gain:+.4f}",
            "" if each.gain is None else f"{each.lo90:+.4f} to {each.hi90:+.4f}",
        )
    console = output()
    console.print(table)
    console.print()
    console.print(
        f"{found.steps} steps after {found.begins} to {found.as_of}; gain over forgetting nothing, "
        "above 0 is better; intervals from blocks of 13 steps."
    )
    if found.best is None:
        console.print("Forgetting nothing forecasts best: leave `learning` out of priors.yaml.")
        return
    best = next(each for each in found.tried if each.half_life == found.best)
    sure = "" if best.lo90 is None or best.lo90 > 0.0 else ", though the interval reaches 0"
    console.print(f"{best.label} forecasts best{sure}. In priors.yaml:")
    console.print()
    console.print("learning:")
    console.print(f"  half_life: {best.label}")
    console.print("  source: forecast half-life")
    console.print(f'  rationale: "Best one-step log score to {found.as_of}."')
