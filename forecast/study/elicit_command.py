"""``forecast elicit``: priors from what experts say."""

from __future__ import annotations

import datetime as dt
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from forecast.escaping import visible
from forecast.terminal.console import output, print_json, reporting, say
from forecast.terminal.options import OneOf, as_json, names_of, project_option

if TYPE_CHECKING:
    from forecast.beliefs import Beliefs
    from forecast.study.elicit import Elicitation, RevisedJudgement

__all__ = ["elicit"]


@click.command()
@project_option()
@click.option(
    "--answers",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV or .xlsx file of answers; with --expert, answers are added to it, as CSV.",
)
@click.option("--expert", metavar="NAME", help="Ask this expert now, one prior after the other.")
@click.option(
    "--node",
    metavar="NODE",
    help="With --expert: ask only about this node and what points at it.",
    shell_complete=names_of("node"),
)
@click.option("--template", is_flag=True, help="Print a CSV file of all questions, to fill in.")
@click.option(
    "--pool",
    type=OneOf(["log_odds", "linear"]),
    default="log_odds",
    show_default=True,
    help="How several experts become one prior.",
)
@click.option(
    "--extremise",
    type=click.FloatRange(min=0.1, max=5.0),
    default=1.0,
    show_default=True,
    help="Factor on the pooled log odds; 1 leaves them.",
)
@click.option(
    "--write",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write priors.yaml with the answers to this file.",
)
@as_json()
def elicit(
    folder: Path,
    answers: Path | None,
    expert: str | None,
    node: str | None,
    template: bool,
    pool: Literal["log_odds", "linear"],
    extremise: float,
    target: Path | None,
    as_json: bool,
) -> None:
    """Turn experts' answers into priors.

    Answers are probabilities within a period, as words, intervals, quantiles or odds. Each expert
    is made coherent, several are pooled, and what their answers imply for the judgements of the
    brief is shown at once, before anything is written.

    \b
    Examples:
      forecast elicit --template > answers.csv
      forecast elicit --answers answers.csv --write revised.yaml
      forecast elicit --expert "A. Analyst" --answers answers.csv
    """
    from forecast.beliefs.elicitation import read_answers
    from forecast.errors import Problem
    from forecast.project.project import Project, today
    from forecast.study import elicit as eliciting
    from forecast.study.elicit import write_priors

    project = Project(folder)
    beliefs = project.beliefs()
    if template:
        say(eliciting.template(beliefs), nl=False, verbatim=True)
        return
    if answers is None:
        raise click.UsageError("name a file with --answers, or print one with --template")
    if expert is not None:
        _ask(beliefs, expert, node, answers)
    elif not answers.is_file():
        raise click.BadParameter(f"{answers} is not there; print one with --template")
    notes: list[Problem] = []
    given = read_answers(answers, beliefs, today=today(), notes=notes)
    for note in notes:
        say(f"{note}.", err=True)
    with reporting() as told:
        if told is not None:
            told.stage("working out what the answers imply")
        found = eliciting.elicit(beliefs, given, method=pool, extremise=extremise)
    written = write_priors(project.priors, target, found) if target else None
    result = found.result(written)
    if as_json:
        print_json(result.plain())
    else:
        _print(result, written)


def _ask(beliefs: Beliefs, expert: str, node: str | None, file: Path) -> None:
    """Walk one expert through the priors, and show what each answer implies for its node."""
    from forecast.beliefs.elicitation import askable, read_answers, read_row
    from forecast.beliefs.values import FORMS
    from forecast.study import elicit as eliciting
    from forecast.study.last_issue import require_node

    if node is not None:
        require_node(beliefs, node)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")  # a line that is no text is refused alone
    known = askable(beliefs)
    say(f"Enter passes a question over. {FORMS[0].upper()}{FORMS[1:]}.", err=True)
    for asked in known.values():
        if node not in {None, *_nodes(beliefs, asked.name)}:
            continue
        while said := _typed(visible(asked.text), default="", show_default=False):
            why = _typed("Why?")
            cells = {
                "expert": expert,
                "on": dt.datetime.now(dt.UTC).date().isoformat(),
                "prior": asked.name,
                "answer": said,
                "within": "",
                "rationale": why,
            }
            try:
                read_row(cells, known, beliefs.brief.scale)
            except ValueError as error:
                say(error, err=True)
                continue
            eliciting.append_answer(file, cells)
            found = eliciting.elicit(beliefs, read_answers(file, beliefs))
            for each in found.implied:
                if each.node in _nodes(beliefs, asked.name):
                    say(f"  {_implied_text(each)}", err=True)
            break
    if not file.is_file():
        raise click.UsageError("no answer was given")


def _typed(question: str, **how: Any) -> str:
    """Ask for a line of text, again where it is none."""
    while True:
        said: str = click.prompt(question, prompt_suffix=" ", err=True, **how)
        try:
            said.encode()
        except UnicodeEncodeError:
            say("what was typed is not UTF-8 text; type it again", err=True)
        else:
            return said


def _nodes(beliefs: Beliefs, prior: str) -> set[str]:
    """Name the nodes a prior is about."""
    if prior in beliefs.indicators:
        return set(beliefs.pointed(prior))
    return {prior.replace(":", ".").partition(".")[0]}


def _claim(each: RevisedJudgement) -> str:
    return f"{each.node} {'reaches' if each.mode == 'by' else 'is'} {' or '.join(each.states)}"


def _implied_text(each: RevisedJudgement) -> str:
    from forecast.beliefs.words import format_interval, format_probability

    return (
        f"{_claim(each)}: {format_probability(each.before)} before, "
        f"{format_probability(each.after)} now; the brief says "
        f"{format_interval(each.low, each.high)}"
    )


def _print(found: Elicitation, written: Path | None) -> None:
    from forecast.beliefs.words import format_interval, format_probability
    from forecast.terminal.tables import plain_table

    console = output()

    def ends(pair: tuple[float, float]) -> str:
        return format_probability(pair[0]) if pair[0] == pair[1] else format_interval(*pair)

    experts = dict.fromkeys(one.expert for each in found.priors for one in each.experts)
    table = plain_table("prior", "before", *experts, "pooled")
    for each in found.priors:
        own = {one.expert: ends(one.interval) for one in each.experts}
        table.add_row(
            each.prior,
            ends(each.before),
            *(own.get(name, "") for name in experts),
            ends(each.pooled),
        )
    console.print(table)
    for each in found.priors:
        for note in each.notes:
            console.print(f"{each.prior}: {note}")
    console.print()
    alone = list(experts) if len(experts) > 1 else []
    table = plain_table(
        "judgement", "brief says", "before", *(f"{name} alone" for name in alone), "now", "80% band"
    )
    for one in found.implied:
        own = {each.expert: format_probability(each.probability) for each in one.alone}
        table.add_row(
            _claim(one),
            format_interval(one.low, one.high),
            format_probability(one.before),
            *(own[name] for name in alone),
            f"{format_probability(one.after)} {one.verdict}",
            format_interval(one.lo80, one.hi80),
        )
    console.print("What the priors imply for each judgement, with no report seen")
    console.print(table if table.row_count else "the brief states no judgement")
    console.print()
    pushed = "" if found.extremise == 1.0 else f", extremised by {found.extremise:g}"
    console.print(f"Pooled by {found.pool.replace('_', ' ')}{pushed}.")
    console.print(f"Written to {written}." if written else "Nothing was written (--write FILE).")
