"""``forecast ask``: one question, answered exactly from the network."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from forecast.terminal.console import print_json, reporting
from forecast.terminal.options import (
    as_json,
    charts_option,
    issued_option,
    matching,
    out_option,
    project_option,
)

if TYPE_CHECKING:
    from rich.console import Console

    from forecast.study.answered import Answered, SumDistribution

__all__ = ["ask"]

#: What may follow when a part of a question has named what it is about.
_ON = ("by", "on", "from", "or", "and", "before", "given")


def _next_word(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a question word by word, in quotes or without."""
    said: tuple[str, ...] = ctx.params.get("question") or ()
    *typed, begin = incomplete.split(" ")
    words = " ".join((*said, *typed)).split()
    nodes = {item.value for item in matching(ctx, "node", "")}
    last = words[-1] if words else "and"
    if last in {"and", "given", "before"}:
        found = [item for kind in ("question", "node") for item in matching(ctx, kind, begin)]
    elif last == "of":
        found = matching(ctx, "indicator", begin)
    elif last in {"reaches", "is", "or"}:
        about = [word for word in words if word in nodes]
        found = matching(ctx, "state", begin, of=about[-1] if about else "")
    else:
        follow = ("reaches", "is") if last in nodes else () if last in {"by", "on", "from"} else _ON
        found = [CompletionItem(word) for word in follow if word.startswith(begin)]
    before = incomplete[: len(incomplete) - len(begin)]
    return [CompletionItem(f"{before}{item.value}", help=item.help) for item in found]


@click.command()
@click.argument("question", nargs=-1, required=True, shell_complete=_next_word)
@project_option()
@issued_option()
@click.option(
    "--draws", type=click.IntRange(100, 100_000), help="Posterior draws used [default: all]."
)
@out_option()
@charts_option()
@as_json()
def ask(
    question: tuple[str, ...],
    folder: Path,
    as_of: dt.date | None,
    draws: int | None,
    out: Path,
    no_charts: bool,
    as_json: bool,
) -> None:
    """Answer a QUESTION from the forecast issued last.

    A QUESTION is the name of one in priors.yaml, or is written as

    \b
      NODE reaches STATE [from DAY] by DAY          NODE is STATE on DAY
      at least 2 reports of INDICATOR by DAY        A and B
      NODE reaches STATE before NODE reaches STATE by DAY
      any of these given A and B                    STATE or STATE
      sum of STREAM over 4 weeks > 20 by DAY

    What is reached counts from the brief's date on, or from the day after `from`; the answer says
    from when.

    \b
    Examples:
      forecast ask "tech_transfer reaches advanced by 2025-12-31"
      forecast ask "tech_transfer reaches advanced from 2025-01-01 by 2025-12-31"
      forecast ask "tech_any_by_sep_2024 and sanctions_broken_by_sep_2024"
      forecast ask "at least 2 reports of unsc_veto by 2025-12-31"
    """
    from forecast.issue.charts import require_writable
    from forecast.project.project import Project
    from forecast.study.ask import ask_question, draw_passage

    project = Project(folder)
    if not no_charts:
        require_writable(out)
    with reporting() as told:
        reply = ask_question(project, " ".join(question), as_of=as_of, draws=draws, reporter=told)
        written = [] if no_charts else draw_passage(reply, out)
    if as_json:
        print_json(reply.result.plain())
        return
    _print(reply.result, written)


def _print(value: Answered, written: list[Path]) -> None:
    from forecast.beliefs.words import anchor_text, format_interval, format_probability
    from forecast.terminal.console import output
    from forecast.terminal.tables import plain_table

    console = output()
    console.print(value.text or value.question, style="bold")
    anchor = None if value.anchor is None else value.anchor.plain()
    console.print(
        f"{format_probability(value.probability)} {value.word}"
        f"{anchor_text(anchor, value.name or '')}, 80% band "
        f"{format_interval(value.lo80, value.hi80)}; as of {value.as_of}, issue "
        f"{value.issue[:7]}"
    )
    _print_anchor(value, console)
    _print_counts(value, console)
    if value.given is not None:
        console.print(
            f"What is given has {format_probability(value.given)} itself; "
            f"{value.effective_draws:.0f} effective draws are left of {value.draws:,}."
        )
    if value.distribution is not None:
        console.print(_sum_text(value.distribution))
    for found in value.contradictions:
        console.print(
            f"This contradicts the brief: {found.quote!r} allows {found.bound} "
            f"{format_probability(found.limit)} (to {found.until}).",
        )
    for key, said in (("criteria", "Resolved"), ("fallback", "Otherwise")):
        if getattr(value, key):
            console.print(f"{said}: {getattr(value, key)}")
    if len(value.issued) > 1:
        told = ", ".join(
            f"{one.as_of} {format_probability(one.probability)}" for one in value.issued
        )
        console.print(f"Issued: {told}.")
    if len(value.curve.date) > 2:
        table = plain_table("had the deadline been", "probability", "80% band")
        curve = value.curve
        for row in _rows(len(curve.date)):
            table.add_row(
                str(curve.date[row]),
                format_probability(curve.probability[row]),
                format_interval(curve.lo80[row], curve.hi80[row]),
            )
        console.print()
        console.print(table)
    if written:
        console.print()
        console.print(f"{len(written)} files in {written[0].parent}/, the chart and its data")


def _print_anchor(value: Answered, console: Console) -> None:
    """Say what was stated for the question, and of what parts the number is made."""
    from forecast.beliefs.words import format_interval, format_probability

    if value.anchor is None:
        return
    said = value.anchor
    whose = "" if said.question == value.name else f" of {said.question}"
    console.print(
        f"The {said.said}{whose} of {said.on}: {format_probability(said.probability)}, 90% "
        f"{format_interval(said.low, said.high)}" + (f" ({said.source})." if said.source else ".")
    )
    if value.parts:
        parts = [f"{one.part} {one.decibans:+.1f}" for one in value.parts]
        total = sum(one.decibans for one in value.parts)
        console.print(f"In decibans: {', '.join(parts)}; together {total:+.1f}.")
    elif said.kappa is None and said.model_then is not None:
        console.print("The record had answered the question by then, so it moves nothing.")


def _print_counts(value: Answered, console: Console) -> None:
    """Say what is announced, from when the answer counts, and what had come to pass before."""
    from forecast.beliefs.words import format_probability

    if value.announced is not None:
        alone = format_probability(value.announced)
        console.print(f"Announced: that alone brings it with {alone} (forecast watch).")
    for day in dict.fromkeys(part.since for part in value.counts):
        console.print(f"Counted from {day} on.")
    for found in value.already:
        console.print(f"{found.sentence}.")


def _sum_text(found: SumDistribution) -> str:
    """Write where a sum will lie."""

    def at(level: float) -> float:
        nearest = min(range(len(found.levels)), key=lambda n: abs(found.levels[n] - level))
        return float(found.quantiles[nearest])

    known = f"; {found.known:g} of it known already" if found.known else ""
    return f"The sum: median {at(0.5):.4g}, 80% between {at(0.1):.4g} and {at(0.9):.4g}{known}."


def _rows(count: int, most: int = 9) -> list[int]:
    """Choose rows evenly, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return sorted({round(n * (count - 1) / (most - 1)) for n in range(most)})
