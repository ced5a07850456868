"""``forecast diagnose``: how the last fit went, and what it learnt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.terminal.console import output, print_json, reporting
from forecast.terminal.options import as_json, names_of, project_option

if TYPE_CHECKING:
    from forecast.issue.diagnose import JudgementError, LevelFound

__all__ = ["diagnose"]

#: Beyond this a whole percentage is not certain.
_HALF_A_POINT = 0.5


@click.command()
@project_option()
@click.option(
    "--block",
    metavar="BLOCK",
    help="Only this block, such as log_hazard or rarity.",
    shell_complete=names_of("block"),
)
@as_json()
def diagnose(folder: Path, block: str | None, as_json: bool) -> None:
    """Show how the last fit went, and what it learnt.

    For every parameter it shows the prior against the posterior.

    \b
    Example:
      forecast diagnose --block log_hazard
    """
    from forecast.issue.diagnose import diagnose_last
    from forecast.names import missing
    from forecast.project.project import Project

    with reporting() as told:
        if told is not None:
            told.stage("reading the posterior")
        found = diagnose_last(Project(folder))
    rows = tuple(row for row in found.learnt if block in (None, row.block))
    if not rows:
        known = dict.fromkeys(row.block for row in found.learnt)
        raise click.BadParameter(missing("block", str(block), known))
    if as_json:
        print_json(found.model_copy(update={"learnt": rows}).plain())
        return
    from forecast.terminal.tables import checks_text, plain_table

    table = plain_table("parameter", "block", "prior", "posterior", "shift", "contraction")
    for row in rows:
        table.add_row(
            row.name,
            row.block,
            f"{row.prior_mean:.2f} ± {row.prior_sd:.2f}",
            f"{row.posterior_mean:.2f} ± {row.posterior_sd:.2f}",
            f"{row.shift:+.2f}",
            f"{row.contraction:.2f}",
        )
    console = output()
    console.print(table)
    console.print()
    console.print("Shift in prior standard deviations; contraction near 0: the prior decides.")
    checks = found.checks
    console.print(f"{checks_text(checks.plain())}; R-hat is largest at {checks.worst}.")
    if found.monte_carlo_error:
        console.print(_error_text(found.monte_carlo_error))
    if found.common_level is not None:
        console.print(_level_text(found.common_level))
    made = found.versions
    if "processor" in made:  # fits of earlier versions do not say
        console.print(f"Drawn with {made['c_library']} on {made['processor']}.")


def _level_text(level: LevelFound) -> str:
    """Say how the rates were stated as a whole."""
    slope = f"{level.slope:.2f} [{level.slope_lo90:.2f}, {level.slope_hi90:.2f}]"
    return (
        f"Reports come {level.times:.2g} [{level.times_lo90:.2g}, {level.times_hi90:.2g}] times as "
        f"often as stated, and log rates stand {slope} times as far apart (medians and 90% "
        "intervals): all rates are read so, each with what its own reports say."
    )


def _error_text(errors: Sequence[JudgementError]) -> str:
    """Say to which digit what is printed holds, and what to do where that is not the last."""
    of_means = 100 * max(error.probability for error in errors)
    of_ends = 100 * max(max(error.lo80, error.hi80) for error in errors)
    less = "; less with more --draws" if max(of_means, of_ends) > _HALF_A_POINT else ""
    return (
        f"Monte Carlo standard error: judgements at most {of_means:.1f} points, ends of 80% bands "
        f"at most {of_ends:.1f}{less}."
    )
