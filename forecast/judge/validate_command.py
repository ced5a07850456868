"""``forecast validate``: whether the engine finds again what is known because it was simulated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from forecast.terminal.console import output, print_json, reporting
from forecast.terminal.options import (
    OneOf,
    as_json,
    cluster_option,
    out_option,
    project_option,
    seed_option,
)

if TYPE_CHECKING:
    from forecast.judge.validate import Plan, Validation

__all__ = ["validate"]

_FULL, _QUICK = 200, 40


@click.command()
@project_option()
@click.option(
    "--model",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="A priors.yaml to simulate from [default: an invented one with every feature].",
)
@click.option(
    "--simulations", type=click.IntRange(20, 100_000), default=None,
    help=f"Simulated records [default: {_FULL}, with --quick {_QUICK}].",
)  # fmt: skip
@click.option(
    "--steps",
    type=click.IntRange(4, 10_000),
    default=26,
    show_default=True,
    help="Steps of a record.",
)
@seed_option("all draws", most=2**31 - 1)
@click.option(
    "--jobs",
    type=click.IntRange(1, 1000),
    default=None,
    help="Simulations at a time, unless on a cluster [default: cores].",
)
@cluster_option()
@click.option(
    "--method", type=OneOf(["nuts", "laplace"]), default="nuts", show_default=True,
    help="How the posterior is drawn.",
)  # fmt: skip
@click.option("--quick", is_flag=True, help="Fewer records, of one length only.")
@out_option("validation.md and its chart")
@as_json()
def validate(
    folder: Path,
    model: Path | None,
    simulations: int | None,
    steps: int,
    seed: int,
    jobs: int | None,
    cluster: str | None,
    method: Literal["nuts", "laplace"],
    quick: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Check the engine on simulated records.

    True values must lie where the posterior says. Draws rates from the priors, worlds from the
    rates, and records from the worlds; the engine learns from each record. Writes validation.md
    with tables and rank plots, and exits with 3 if the engine fails. What was simulated is kept in
    .forecast, so a run that was stopped goes on.

    \b
    Examples:
      forecast validate --quick
      forecast validate --simulations 400 --seed 7
      forecast validate --model priors.yaml --simulations 50
    """
    from forecast.errors import BeliefsError, StatisticsError
    from forecast.issue.charts import require_writable
    from forecast.judge.validate import Plan, validate
    from forecast.judge.validation_report import validated, write_validation
    from forecast.project.jobs import Crew
    from forecast.project.project import Project

    if model is not None and not model.is_file():
        raise BeliefsError(f"--model {model}: there is no such file; name a priors.yaml")
    require_writable(out)
    plan = Plan(
        simulations=simulations or (_QUICK if quick else _FULL),
        steps=steps, seed=seed, lengths=not quick, method=method,
    )  # fmt: skip
    with reporting() as told:
        done = validate(
            plan, memory=Project(folder).memory / "validation", model=model,
            crew=Crew(cluster, jobs), reporter=told,
        )  # fmt: skip
        written = write_validation(done, out, command=_command(plan, model, out, quick=quick))
    if as_json:
        print_json(validated(done, written=written).plain())
    else:
        _print(done, out)
    if not done.assessment.passed:
        raise StatisticsError(
            f"the engine failed its validation ({'; '.join(done.assessment.problems)}); "
            f"see {out / 'validation.md'}"
        )


def _command(plan: Plan, model: Path | None, out: Path, *, quick: bool) -> str:
    """Write the command that makes this page again."""
    words = ["forecast validate"]
    if quick:
        words.append("--quick")
    if model is not None:
        words.append(f"--model {model}")
    if plan.simulations != (_QUICK if quick else _FULL):
        words.append(f"--simulations {plan.simulations}")
    for name, value, usual in (
        ("--steps", plan.steps, 26),
        ("--seed", plan.seed, 1),
        ("--method", plan.method, "nuts"),
        ("--out", out, Path("out")),
    ):
        if value != usual:
            words.append(f"{name} {value}")
    return " ".join(words)


def _print(done: Validation, out: Path) -> None:
    from forecast.beliefs.words import counted
    from forecast.judge.validation_report import by_block
    from forecast.terminal.tables import plain_table

    console, found = output(), done.assessment
    console.print(
        f"{done.beliefs.brief.title}: {found.simulations} simulated records", style="bold"
    )
    console.print()
    table = plain_table("block", "quantities", "in 50%", "in 80%", "in 90%", "smallest p, adjusted")
    for block, members in by_block(found.quantities).items():
        shares = [
            sum(each) / len(members) for each in zip(*(q.coverage for q in members), strict=True)
        ]
        least = min(q.adjusted for q in members)
        table.add_row(block, str(len(members)), *(f"{s:.0%}" for s in shares), f"{least:.2g}")
    console.print(table)
    console.print()
    table = plain_table("forecast", "said", "came true", "z", "p, adjusted")
    for one in found.events:
        table.add_row(one.name, f"{one.said:.0%}", f"{one.came:.0%}", f"{one.z:+.1f}",
                      f"{one.adjusted:.2g}")  # fmt: skip
    console.print(table)
    console.print()
    verdict = "The engine passes" if found.passed else "The engine fails"
    console.print(
        f"{verdict}: {counted(found.tests, 'test')} adjusted together, "
        f"{counted(found.divergences, 'divergence')}, {counted(found.lengthened, 'fit')} "
        f"lengthened; {done.fresh} simulated now. See {out / 'validation.md'}"
    )
