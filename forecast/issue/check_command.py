"""``forecast check``: the files, what the priors imply, how the last fit went, the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.terminal.console import output, print_json, reporting, say
from forecast.terminal.options import as_json, known_option, names_of, project_option

if TYPE_CHECKING:
    from forecast.issue.check import Diagnosis, JudgementError, LedgerCheck, LevelFound, PriorCheck

__all__ = ["check"]

#: Beyond this a whole percentage is not certain.
_HALF_A_POINT = 0.5
_NAMES = {
    "report_version": "version of a report",
    "retraction": "word on whether a report stands",
    "coverage_version": "version of coverage",
    "model": "model",
    "posterior": "posterior with its file",
    "issued_forecast": "issued forecast",
    "resolution": "word on an outcome",
    "source_version": "version of sources",
    "verdict_version": "version of verdicts",
    "history_point": "point of history",
    "alert_version": "word on an alert",
    "applied_file": "file that was applied",
}
_PLURALS = {
    "report_version": "versions of reports",
    "retraction": "words on whether a report stands",
    "coverage_version": "versions of coverage",
    "posterior": "posteriors with their files",
    "resolution": "words on outcomes",
    "source_version": "versions of sources",
    "verdict_version": "versions of verdicts",
    "history_point": "points of history",
    "alert_version": "words on alerts",
    "announced_version": "words on announcements",
    "applied_file": "files that were applied",
}


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
    "--fit", is_flag=True, help="Show how the last fit went, and prior against posterior."
)
@click.option(
    "--block",
    metavar="BLOCK",
    help="With --fit: only this block, such as log_hazard or rarity.",
    shell_complete=names_of("block"),
)
@click.option("--ledger", is_flag=True, help="Derive every hash of the ledger again.")
@click.option(
    "--schema", is_flag=True, help="Print the JSON schema of priors.yaml for your editor."
)
@as_json()
def check(
    folder: Path,
    prior: bool,
    everything: bool,
    as_of: dt.date | None,
    fit: bool,
    block: str | None,
    ledger: bool,
    schema: bool,
    as_json: bool,
) -> None:
    """List every problem of priors.yaml and events/.

    Each is shown with its file and line. Exits with 1 if there is an error; warnings do not stop
    a run.

    With --ledger nothing is written. Also looked at: the structure of the database, the guards that
    keep it append-only, the numbering of versions, and the posterior files. Exits with 1 if
    anything was changed.

    \b
    Examples:
      forecast check
      forecast check --prior
      forecast check --fit --block log_hazard
      forecast check --ledger
      forecast check --schema > priors.schema.json
    """
    kinds = {"--prior": prior, "--fit": fit, "--ledger": ledger, "--schema": schema}
    if len(asked := [name for name, given in kinds.items() if given]) > 1:
        raise click.UsageError(f"{' and '.join(asked)} are looked at one at a time")
    if block is not None and not fit:
        raise click.UsageError("--block goes with --fit")
    if schema:
        from forecast.beliefs import json_schema

        print_json(json_schema())
    elif fit:
        _check_fit(folder, block, as_json=as_json)
    elif ledger:
        _check_ledger(folder, as_json=as_json)
    elif _check_files(folder, quiet=prior, as_json=as_json):
        raise click.exceptions.Exit(1)
    elif prior:
        from forecast.issue.check import check_priors
        from forecast.project.project import Project

        with reporting() as told:
            if told is not None:
                told.stage("drawing from the priors")
            found = check_priors(Project(folder), as_of=as_of)
        print_json(found.plain()) if as_json else _print_prior(found, everything=everything)


def _check_files(folder: Path, *, quiet: bool, as_json: bool) -> bool:
    """Tell whether there is an error in the files; quiet, nothing is said where there is none."""
    from forecast.beliefs.words import counted
    from forecast.issue.check import FileCheck, check_files
    from forecast.project.project import Project

    problems = check_files(Project(folder))
    errors = [problem for problem in problems if problem.severity == "error"]
    if quiet and not errors:
        return False
    if as_json:
        print_json(FileCheck(problems=problems).plain())
    else:
        for problem in problems:
            say(f"{problem.severity}: {problem}")
        warnings = counted(len(problems) - len(errors), "warning")
        say(f"{counted(len(errors), 'error')}, {warnings}")
    return bool(errors)


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


def _check_fit(folder: Path, block: str | None, *, as_json: bool) -> None:
    from forecast.issue.check import diagnose_last
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
    found = found.model_copy(update={"learnt": rows})
    print_json(found.plain()) if as_json else _print_fit(found)


def _print_fit(found: Diagnosis) -> None:
    from forecast.terminal.tables import checks_text, plain_table

    table = plain_table("parameter", "block", "prior", "posterior", "shift", "contraction")
    for row in found.learnt:
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
    worst = f"; R-hat is largest at {checks.worst}" if checks.worst else ""
    console.print(f"{checks_text(checks.plain())}{worst}.")
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
    what = "the logs of how often a report is expected" if level.reports else "log rates"
    return (
        f"Reports come {level.times:.2g} [{level.times_lo90:.2g}, {level.times_hi90:.2g}] times as "
        f"often as stated, and {what} stand {slope} times as far apart (medians and 90% "
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


def _check_ledger(folder: Path, *, as_json: bool) -> None:
    from forecast.issue.check import verify
    from forecast.project.project import Project

    with reporting() as told:
        if told is not None:
            told.stage("deriving every hash again")
        found = verify(Project(folder))
    print_json(found.plain()) if as_json else _print_ledger(found)
    if found.problems:
        raise click.exceptions.Exit(1)


def _print_ledger(found: LedgerCheck) -> None:
    from forecast.beliefs.words import counted

    case = f", case {found.case}" if found.case else ""
    say(f"{found.ledger}{case}: looked at")
    for table, rows in found.looked_at.plain().items():
        name = _NAMES.get(table, table)
        plural = _PLURALS.get(table, f"{name}s")
        say(f"{rows:>8,} {name if rows == 1 else plural}")
    for problem in found.problems:
        say(problem)
    number = len(found.problems)
    say(counted(number, "problem") if number else "as it was recorded")
