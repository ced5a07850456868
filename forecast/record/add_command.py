"""``forecast events add``: one report from options, or asked for; or one announcement."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.terminal.console import as_options, print_json, say
from forecast.terminal.options import as_json, names_of, project_option

if TYPE_CHECKING:
    from forecast.errors import ReportsError
    from forecast.project.project import Project
    from forecast.record.reports import Added

__all__ = ["add", "with_options"]

_WORDS = {"new": "added", "revised": "corrected", "known": "known already; nothing was written"}
_OPTIONS = {
    "report_id": "--id",
    "announcement_id": "--id",
    "told_on": "--told",
    "known_on": "--known",
    "event_id": "--event",
    "occurred_on": "--occurred",
    "reported_on": "--reported",
    "reliability": "--grade",
    "credibility": "--grade",
    "source_title": "--source-title",
    "source_url": "--source-url",
    "source_type": "--source-type",
    "source_id": "--source",
    "reliability_reason": "--reliability-reason",
}
#: Given or made up where nobody says.
_MADE = ("report_id", "use")


@click.command()
@project_option()
@click.option(
    "--indicator",
    metavar="INDICATOR",
    help="Its name in priors.yaml.",
    shell_complete=names_of("indicator"),
)
@click.option(
    "--occurred", "occurred_on", metavar="YYYY-MM-DD", help="When it happened, 2024-06-19."
)
@click.option("--reported", "reported_on", metavar="YYYY-MM-DD", help="When it was reported.")
@click.option(
    "--grade",
    metavar="GRADE",
    help="Admiralty letter and digit, such as B2; only 2 for its source's.",
)
@click.option(
    "--source",
    "source_id",
    metavar="SOURCE",
    help="Its source, an id of events/sources.csv.",
    shell_complete=names_of("source"),
)
@click.option("--reliability-reason", help="Why its letter is not that of its source.")
@click.option(
    "--event",
    "event_id",
    metavar="EVENT",
    help="The same for every report of one happening.",
    shell_complete=names_of("event"),
)
@click.option(
    "--lineage",
    metavar="LINEAGE",
    help="The origin it shares with its copies.",
    shell_complete=names_of("lineage"),
)
@click.option("--summary", help="What it says, in one sentence.")
@click.option("--value", help="Count or level, where the indicator has one.")
@click.option("--exposure", help="What a count is out of, relative to the usual.")
@click.option("--use", help="evidence or prior [default: evidence].")
@click.option("--actors", help="Who did it to whom.")
@click.option("--source-title", help="Title of the source.")
@click.option("--source-url", help="Where it can be read.")
@click.option("--source-type", help="Such as press or official.")
@click.option("--verified", help="How it was verified.")
@click.option("--note", help="Needed where there is no source.")
@click.option("--id", "report_id", help="Its id [default: made of its content].")
@click.option(
    "--correct",
    metavar="ID",
    help="Correct this report: only what is given changes.",
    shell_complete=names_of("report", "retracted"),
)
@click.option("--announced", is_flag=True, help="Add what was announced, not what happened.")
@click.option(
    "--class",
    type=click.Choice(["dated", "undated", "invited", "scheduled"]),
    help="How sure it is.",
)
@click.option("--told", "told_on", metavar="YYYY-MM-DD", help="When it was announced.")
@click.option("--from", metavar="YYYY-MM-DD", help="First day of its window.")
@click.option("--to", metavar="YYYY-MM-DD", help="Last day of its window.")
@click.option(
    "--question",
    metavar="QUESTION",
    help="The question it is of, where the indicator is broader.",
    shell_complete=names_of("question"),
)
@click.option(
    "--status", type=click.Choice(["kept", "broken", "postponed"]), help="What became of it."
)
@click.option("--known", "known_on", metavar="YYYY-MM-DD", help="When its status was known.")
@as_json()
def add(
    folder: Path,
    grade: str | None,
    correct: str | None,
    announced: bool,
    as_json: bool,
    **said: str | None,
) -> None:
    """Add one report or announcement to the ledger, or correct one.

    It is checked as a row of events/ would be, and stored beside these rows. On a terminal, what
    is missing is asked for, with completion (Tab) of indicators, events, lineages and sources.

    \b
    Examples:
      forecast events add
      forecast events add --indicator shelling_reported --grade B2
      forecast events add --correct R002 --grade C3
      forecast events add --announced --indicator talks_held --class undated
    """
    from forecast.errors import ReportsError
    from forecast.project.project import Project
    from forecast.record.reports import add_report, grade_cells

    given = {column: text for column, text in said.items() if text is not None}
    if grade is not None:
        given |= grade_cells(grade)
    project = Project(folder)
    _require_its_own(given, announced=announced)
    if correct is not None and not given:
        raise click.UsageError("--correct needs what to change, such as --grade C3")
    if announced:
        _announce(project, given, correct, as_json=as_json)
        return
    cells = _asked(project, given) if correct is None and _is_asked(given) else given
    try:
        with as_options():
            added = add_report(project, cells, correct=correct)
    except ReportsError as error:
        raise with_options(error) from None
    _show(added, as_json=as_json)


def _require_its_own(given: Mapping[str, str], *, announced: bool) -> None:
    """Refuse options of an announcement for a report, and the other way round."""
    from forecast.beliefs.announcements import ANNOUNCEMENTS
    from forecast.beliefs.event_files import REPORTS

    columns = ANNOUNCEMENTS.columns if announced else REPORTS.columns
    wrong = [name for name in given if name not in columns and name != "report_id"]
    if wrong:
        option = _OPTIONS.get(wrong[0], f"--{wrong[0].replace('_', '-')}")
        said = "is of reports; leave it out" if announced else "goes with --announced"
        raise click.UsageError(f"{option} {said}")


def _announce(
    project: Project, given: dict[str, str], correct: str | None, *, as_json: bool
) -> None:
    from forecast.errors import ReportsError
    from forecast.record.announcements import add_announcement

    if "report_id" in given:
        given["announcement_id"] = given.pop("report_id")
    try:
        with as_options():
            added = add_announcement(project, given, correct=correct)
    except ReportsError as error:
        raise with_options(error) from None
    if as_json:
        print_json(added.plain())
        return
    from forecast.beliefs.words import format_probability

    one = added.announcement
    kept = "" if one.kept is None else f", kept with {format_probability(one.kept)}"
    about = f"{one.question or one.indicator}, {one.kind}, {one.grade}, told {one.told_on}{kept}"
    say(f"{one.announcement_id}: {_WORDS[added.state]} ({about})")


def _is_asked(given: dict[str, str]) -> bool:
    """Tell whether something is missing and there is somebody to ask."""
    from forecast.beliefs.reports import REQUIRED

    made = (*_MADE, "reliability") if given.get("source_id") else _MADE
    needed = [name for name in REQUIRED if name not in made]
    missing = any(not given.get(column) for column in needed)
    return missing and sys.stdin.isatty() and sys.stdout.isatty()


def _asked(project: Project, given: dict[str, str]) -> dict[str, str]:
    from forecast.record.reports import ask_for_report, known_reports, known_sources

    reports = known_reports(project)  # reads events/, and with it the sources
    return ask_for_report(given, project.beliefs(), reports, known_sources(project))


def with_options(error: ReportsError) -> ReportsError:
    """Name options instead of columns where the options are what is wrong."""
    from forecast.errors import ReportsError

    problems = [
        replace(problem, where=_OPTIONS.get(problem.where, f"--{problem.where}"))
        if problem.file.startswith("events ")
        else problem
        for problem in error.problems
    ]
    return ReportsError(str(error), problems=list(dict.fromkeys(problems)))


def _show(added: Added, *, as_json: bool) -> None:
    report, state = added.report, added.state
    if as_json:
        print_json(added.plain())
        return
    about = f"{report.indicator}, {report.grade}, reported {report.reported_on}"
    say(f"{report.report_id}: {_WORDS[state]} ({about})")
    if added.retracted:
        say(f"it stays retracted; forecast events restore {report.report_id} lets it count")
