"""``forecast resolve``: how questions came out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from forecast.terminal.console import as_options, output, print_json, say
from forecast.terminal.options import OneOf, as_json, day_option, matching, names_of, project_option

if TYPE_CHECKING:
    from forecast.ledger import ResolutionRecord
    from forecast.record.resolutions import QuestionState

__all__ = ["resolve"]


def _states(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the states in which a question may have ended."""
    # before its value an option ends the reading of arguments, which are left as they came
    question = ctx.params.get("question") or next(iter(ctx.args), "")
    return matching(ctx, "state", incomplete, of=question or "")


@click.command()
@click.argument("question", required=False, shell_complete=names_of("question"))
@click.argument("outcome", required=False, type=OneOf(["yes", "no", "void", "open"]))
@project_option()
@day_option("--on", "The day the world knew it [default for no: the deadline].")
@click.option("--source", default="", help="Title of the source that says so.")
@click.option("--url", default="", help="Where it can be read.")
@click.option("--note", default="", help="Why, where the source alone does not tell.")
@click.option(
    "--came",
    default="",
    help="The state, or the sum, that came; scores all of them.",
    shell_complete=_states,
)
@click.option(
    "--from",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV file with the columns question, outcome, on; source_title, source_url, note, came.",
)
@day_option("--as-of", "List the questions as they stood on this day.")
@as_json()
def resolve(
    question: str | None,
    outcome: str | None,
    folder: Path,
    on: dt.date | None,
    source: str,
    url: str,
    note: str,
    came: str,
    file: Path | None,
    as_of: dt.date | None,
    as_json: bool,
) -> None:
    """Record how a question came out, or list where all stand.

    Nothing is overwritten: another outcome for the same question is a correction, and `open` takes
    the last word back. A void question counts in no score and is shown. Without a QUESTION every
    question is listed, with the outcome that the reports of the project propose.

    \b
    Examples:
      forecast resolve treaty_by_end_2024 yes --on 2024-06-19 --source Reuters
      forecast resolve --from resolutions/resolutions.csv
      forecast resolve --json
    """
    from forecast.errors import Problem
    from forecast.project.project import Project
    from forecast.record.resolutions import question_states, resolve_from_file
    from forecast.record.resolutions import resolve as record

    project = Project(folder)
    if file is not None:
        if question is not None:
            raise click.UsageError("give a QUESTION or --from, not both")
        notes: list[Problem] = []
        changed, rows = resolve_from_file(project, file, notes=notes)
        for said in notes:
            say(f"{said}.", err=True)
        _show_changed(changed, rows, as_json=as_json)
    elif question is None:
        _show_states(question_states(project, as_of=as_of), as_json=as_json)
    elif outcome is None:
        raise click.UsageError("an outcome is missing: yes, no, void or open")
    else:
        with as_options():
            changed = record(
                project, question, outcome, on=on, source=source, url=url, note=note, came=came
            )
        _show_changed(changed, 1, as_json=as_json)


def _show_changed(changed: list[ResolutionRecord], rows: int, *, as_json: bool) -> None:
    from forecast.record.resolutions import OutcomesRecorded

    if as_json:
        print_json(OutcomesRecorded(rows=rows, recorded=changed).plain())
        return
    from forecast.beliefs.words import counted

    for one in changed:
        what = "recorded" if one.version == 1 else f"corrected (version {one.version})"
        say(f"{one.question}: {one.outcome}, known on {one.resolved_on}; {what}")
    if rows != len(changed):
        same = counted(rows - len(changed), "outcome")
        say(f"{same} stood already; nothing was added for them")


def _show_states(states: list[QuestionState], *, as_json: bool) -> None:
    from forecast.record.resolutions import QuestionList

    if as_json:
        print_json(QuestionList(questions=states).plain())
        return
    from forecast.beliefs.words import counted
    from forecast.terminal.tables import plain_table

    if not states:
        output().print("no questions: priors.yaml asks none")
        return
    table = plain_table("question", "by", "outcome", "known on", "the reports say")
    for one in states:
        known = str(one.resolution.resolved_on) if one.resolution else ""
        said = f"{one.proposal.outcome}, {one.proposal.on}" if one.proposal else ""
        if one.to_read:
            said = f"read {', '.join(one.to_read)}"
        table.add_row(one.name, str(one.by), one.status, known, said)
    console = output()
    console.print(table)
    console.print()
    counts = {word: sum(one.status == word for one in states) for word in ("yes", "no", "void")}
    due = sum(one.status == "due" for one in states)
    console.print(
        f"{counted(len(states), 'question')}: {counts['yes']} yes, {counts['no']} no, "
        f"{counts['void']} void, {due} due, {len(states) - sum(counts.values()) - due} open."
    )
