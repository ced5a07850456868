"""``forecast sources``: the sources of reports, and how their reports turned out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forecast.cli.console import output, print_json
from forecast.cli.options import as_json, day_option, project_option

if TYPE_CHECKING:
    from forecast.beliefs.sources import Found
    from forecast.workflow.sourcing import SourceRecord, Sources, Spoken

__all__ = ["sources"]


@click.group(invoke_without_command=True)
@project_option()
@day_option("--as-of", "As it was known on this day [default: today].")
@as_json()
@click.pass_context
def sources(context: click.Context, folder: Path, as_of: dt.date | None, as_json: bool) -> None:
    """List the sources of events/sources.csv with their records.

    Reliability is learnt from confirmed and refuted reports, starting from the letter; sources with
    the same letter learn from each other. Reports weigh by it only where source_memory is on in
    priors.yaml, and from the day on which there are enough outcomes.

    \b
    Examples:
      forecast sources
      forecast sources --as-of 2024-06-30 --json
      forecast sources refute R002 --by R003 --reason "Monitors found no trace"
    """
    if context.invoked_subcommand is not None:
        context.obj = folder
        return
    from forecast.workflow.project import Project
    from forecast.workflow.sourcing import list_sources

    shown = list_sources(Project(folder), as_of=as_of)
    if as_json:
        print_json(_plain(shown))
    else:
        _print(shown)


def _verdict_options[**P, T](command: Callable[P, T]) -> Callable[P, T]:
    """Give a command the options of a verdict."""
    options = (
        click.argument("report_id", metavar="REPORT"),
        project_option(),
        day_option("--on", "The day it was known [default: that of the last report of --by]."),
        click.option("--by", multiple=True, metavar="REPORT", help="Report that says so; repeat."),
        click.option("--source-title", default="", help="Title of what else says so."),
        click.option("--source-url", default="", help="Where that can be read."),
        click.option("--reason", required=True, help="Why, in one sentence."),
        as_json(),
    )
    for option in reversed(options):
        command = option(command)
    return command


@sources.command()
@_verdict_options
@click.pass_context
def confirm(context: click.Context, /, **said: Any) -> None:
    """Record that a report turned out true.

    A copy confirms nothing: what --by names must have another lineage. Nothing is overwritten:
    another verdict of the same day is a correction, one of a later day counts from then on.

    \b
    Example:
      forecast sources confirm R002 --by R003 --reason "Satellite pictures show the shipment"
    """
    _say(context, "confirmed", **said)


@sources.command()
@_verdict_options
@click.pass_context
def refute(context: click.Context, /, **said: Any) -> None:
    """Record that a report turned out false.

    The report itself still counts with its grade: grade it anew with forecast events add --correct,
    or take it out with forecast events retract.

    \b
    Example:
      forecast sources refute R002 --on 2024-05-02 --source-title "Correction" --reason "Withdrawn"
    """
    _say(context, "refuted", **said)


@sources.command()
@_verdict_options
@click.pass_context
def reopen(context: click.Context, /, **said: Any) -> None:
    """Take back what was said of a report.

    \b
    Example:
      forecast sources reopen R002 --on 2024-06-01 --reason "The correction was about another ship"
    """
    _say(context, "open", **said)


def _say(
    context: click.Context,
    verdict: Found,
    *,
    report_id: str,
    folder: Path,
    on: dt.date | None,
    by: tuple[str, ...],
    source_title: str,
    source_url: str,
    reason: str,
    as_json: bool,
) -> None:
    from forecast.beliefs import Verdict
    from forecast.workflow.project import Project
    from forecast.workflow.sourcing import day_of, say

    if verdict != "open" and not (by or source_title or source_url):
        raise click.UsageError("say what says so: --by REPORT, --source-title or --source-url")
    if not reason.strip():
        raise click.UsageError("--reason is empty; say in a sentence why")
    place = Project(folder if folder != Path() else context.obj or folder)
    known_on = on or (day_of(place, (report_id, *by)) if by else None)
    if known_on is None:
        raise click.UsageError("--on is missing: the day it was known, such as 2024-06-19")
    spoken = say(
        place,
        Verdict(
            report_id=report_id,
            verdict=verdict,
            known_on=known_on,
            by=by,
            source_title=source_title,
            source_url=source_url,
            reason=reason.strip(),
        ),
    )
    _show(spoken, as_json=as_json)


def _show(spoken: Spoken, *, as_json: bool) -> None:
    one, source = spoken.verdict, spoken.source
    if as_json:
        print_json(
            {
                "state": spoken.state,
                "report_id": one.report_id,
                "verdict": one.verdict,
                "known_on": one.known_on.isoformat(),
                "by": list(one.by),
                "source_title": one.source_title,
                "source_url": one.source_url,
                "reason": one.reason,
                "source_id": source.source_id if source else None,
            }
        )
        return
    words = {"new": "recorded", "corrected": "corrected", "known": "known already"}
    click.echo(f"{one.report_id}: {one.verdict}, known on {one.known_on}; {words[spoken.state]}")
    if source is None:
        click.echo("it belongs to no source of events/sources.csv, so no record changes")
    elif one.verdict == "refuted":
        click.echo(f"it still counts; to take it out: forecast events retract {one.report_id}")


def _plain(shown: Sources) -> dict[str, Any]:
    return {
        "as_of": shown.as_of.isoformat(),
        "on": shown.settings.on,
        "outcomes": shown.outcomes,
        "least": shown.settings.least,
        "in_use": shown.in_use,
        "reports_without_source": shown.unowned,
        "sources": [_plain_record(one) for one in shown.records],
    }


def _plain_record(one: SourceRecord) -> dict[str, Any]:
    from forecast.beliefs.grading import source_reliability

    source, learnt = one.source, one.reliability
    return {
        "source_id": source.source_id,
        "label": source.label,
        "letter": source.reliability,
        "letter_reliability": source_reliability(source.reliability),
        "reports": one.reports,
        "own_letter": one.own_letter,
        "confirmed": round(one.tally.confirmed, 6),
        "refuted": round(one.tally.refuted, 6),
        "reliability": round(learnt.mean, 6),
        "lo80": round(learnt.lo80, 6),
        "hi80": round(learnt.hi80, 6),
        "in_use": one.in_use,
    }


def _print(shown: Sources) -> None:
    from forecast.beliefs.words import format_probability
    from forecast.cli.tables import counted, plain_table, range_text

    if not shown.records:
        click.echo("no sources: events/ holds no file of sources (see docs/sources.md)")
        return
    columns = ("letter", "reports", "own letter", "confirmed", "refuted", "reliability")
    columns = (*columns, "80% band", "in use")
    table = plain_table("source", *columns)
    for one in shown.records:
        learnt = one.reliability
        name, label = one.source.source_id, one.source.label
        table.add_row(
            name if name == label else f"{name}: {label}",
            one.source.reliability,
            str(one.reports),
            str(one.own_letter),
            f"{one.tally.confirmed:.3g}",
            f"{one.tally.refuted:.3g}",
            format_probability(learnt.mean),
            range_text(learnt.lo80, learnt.hi80),
            "yes" if one.in_use else "no",
        )
    console = output()
    console.print(table)
    console.print()
    console.print(
        f"{counted(len(shown.records), 'source')} as of {shown.as_of}; "
        f"{counted(shown.unowned, 'report')} of no source. {_state(shown)}"
    )


def _state(shown: Sources) -> str:
    count = f"{shown.outcomes} of the {shown.settings.least} outcomes it needs"
    if shown.in_use:
        return f"Source memory is on, with {count}: reports weigh by it."
    if shown.settings.on:
        return f"Source memory waits, with {count}: until then every report weighs by its grade."
    return (
        f"Source memory is off, with {count}: every report weighs by its grade. "
        "To use the records: source_memory: {on: true} in priors.yaml."
    )
