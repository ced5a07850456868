"""``forecast sources``: the sources of reports, and how their reports turned out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast.terminal.console import as_options, output, print_json, say
from forecast.terminal.options import OneOf, as_json, day_option, names_of, project_option

if TYPE_CHECKING:
    from forecast.beliefs.sources import Found
    from forecast.record.sources import SourceList, VerdictGiven

__all__ = ["sources"]

_VERDICTS: dict[str, Found] = {"confirm": "confirmed", "refute": "refuted", "reopen": "open"}


@click.command()
@click.argument("verb", required=False, type=OneOf(list(_VERDICTS)))
@click.argument("report", required=False, shell_complete=names_of("report"))
@project_option()
@day_option("--on", "The day it was known [default: when REPORT and all of --by were reported].")
@click.option(
    "--by",
    multiple=True,
    metavar="REPORT",
    help="Report that says so; may be repeated.",
    shell_complete=names_of("report"),
)
@click.option("--source-title", default="", help="Title of the source that says so.")
@click.option("--source-url", default="", help="Where it can be read.")
@click.option("--reason", default="", help="Why, in one sentence.")
@day_option("--as-of", "List them as they were known on this day [default: today].")
@as_json()
def sources(
    verb: str | None,
    report: str | None,
    folder: Path,
    on: dt.date | None,
    by: tuple[str, ...],
    source_title: str,
    source_url: str,
    reason: str,
    as_of: dt.date | None,
    as_json: bool,
) -> None:
    """List sources with their records.

    With a verb, record how a report turned out.

    Reliability is learnt from confirmed and refuted reports, starting from the letter; sources with
    the same letter learn from each other. Reports weigh by it only where source_memory is on in
    priors.yaml, and from the day on which there are enough outcomes.

    Nothing is overwritten: another verdict on the same report and day is a correction, one of a
    later day counts from then on, and `reopen` takes back what was said. A copy confirms nothing:
    a report in --by must have another lineage. A refuted report still counts with its weight, until
    it is graded anew or retracted.

    \b
    Examples:
      forecast sources
      forecast sources --as-of 2024-06-30 --json
      forecast sources confirm R002 --by R003 --reason "Seen on pictures"
      forecast sources refute R004 --by R005 --reason "Corrected by the agency"
    """
    from forecast.project.project import Project
    from forecast.record.sources import judge, list_sources

    project = Project(folder)
    if verb is None:
        if on or by or source_title or source_url or reason:
            raise click.UsageError("say what became of a report: confirm, refute or reopen REPORT")
        shown = list_sources(project, as_of=as_of)
        if as_json:
            print_json(shown.plain())
        else:
            _print(shown)
        return
    if report is None:
        raise click.UsageError(f"REPORT is missing: which one to {verb}")
    if as_of is not None:
        raise click.UsageError("--as-of lists; the day of a verdict is --on")
    with as_options():
        given = judge(
            project, report, _VERDICTS[verb], reason=reason, by=by, on=on,
            source_title=source_title, source_url=source_url,
        )  # fmt: skip
    _show(given, as_json=as_json)


def _show(one: VerdictGiven, *, as_json: bool) -> None:
    if as_json:
        print_json(one.plain())
        return
    words = {"new": "recorded", "corrected": "corrected", "known": "known already"}
    say(f"{one.report_id}: {one.verdict}, known on {one.known_on}; {words[one.state]}")
    if one.source_id is None:
        say("it belongs to no source of events/sources.csv, so no record changes")
    elif one.verdict == "refuted":
        say(f"it still counts; to take it out: forecast events retract {one.report_id}")


def _print(shown: SourceList) -> None:
    from forecast.beliefs.words import counted, format_interval, format_probability
    from forecast.terminal.tables import plain_table

    if not shown.sources:
        say("no sources: events/ holds no file of sources (see docs/sources.md)")
        return
    columns = ("letter", "reports", "own letter", "confirmed", "refuted", "reliability")
    table = plain_table("source", *columns, "80% band", "in use")
    for one in shown.sources:
        table.add_row(
            one.source_id if one.source_id == one.label else f"{one.source_id}: {one.label}",
            one.letter,
            str(one.reports),
            str(one.own_letter),
            f"{one.confirmed:.3g}",
            f"{one.refuted:.3g}",
            format_probability(one.reliability),
            format_interval(one.lo80, one.hi80),
            "yes" if one.in_use else "no",
        )
    console = output()
    console.print(table)
    console.print()
    console.print(
        f"{counted(len(shown.sources), 'source')} as of {shown.as_of}; "
        f"{counted(shown.reports_without_source, 'report')} of no source. {_state(shown)}"
    )


def _state(shown: SourceList) -> str:
    count = f"{shown.outcomes} of the {shown.least} outcomes it needs"
    if shown.in_use:
        return f"Source memory is on, with {count}: reports weigh by it."
    if shown.on:
        return f"Source memory waits, with {count}: until then every report weighs by its grade."
    return (
        f"Source memory is off, with {count}: every report weighs by its grade. "
        "To use the records: source_memory: {on: true} in priors.yaml."
    )
