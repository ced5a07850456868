"""``forecast score``: how good the forecasts were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forecast.terminal.console import output, print_json, reporting, say
from forecast.terminal.options import as_json, crowd_option, day_option, project_option

if TYPE_CHECKING:
    from rich.console import Console

    from forecast.beliefs.outcomes import Crowd

__all__ = ["print_scores", "score", "tell_crowd"]


@click.command()
@project_option()
@day_option("--as-of", "Only outcomes known and deadlines passed by this day [default: today].")
@crowd_option()
@click.option(
    "--lead",
    "leads",
    type=click.IntRange(1),
    multiple=True,
    help="Days before the deadline; may be repeated [default: 180, 90, 30 and 7].",
)
@as_json()
def score(
    folder: Path, as_of: dt.date | None, crowd: Path | None, leads: tuple[int, ...], as_json: bool
) -> None:
    """Score the resolved questions against baselines.

    A question counts once its scheduled deadline has passed and `forecast resolve` recorded its
    outcome. Each forecast is weighed by the days it stood. Lower scores are better; skill is the
    share of a baseline's score that was avoided.

    \b
    Example:
      forecast score --crowd market.csv --json
    """
    from forecast.judge.score import score as score_project
    from forecast.judge.score_values import scores_of
    from forecast.project.project import Project
    from forecast.scoring.scorecard import LEADS

    with reporting() as told:
        card = score_project(
            Project(folder), as_of=as_of, crowd=crowd, leads=leads or LEADS, reporter=told
        )
    tell_crowd(card.crowd)
    value = scores_of(card).plain()
    if as_json:
        print_json(value)
    else:
        print_scores(value, output())


def tell_crowd(read: Crowd | None) -> None:
    """Tell what had to be mended in the file of a crowd, on standard error."""
    for said in () if read is None else read.notes:
        say(f"{said}.", err=True)


def print_scores(value: Mapping[str, Any], console: Console, *, issued: bool = True) -> None:
    """Print a scorecard: questions, leads, baselines, words, and what was left out.

    `issued` says whether what was scored was issued, or would have been, as in a backtest.
    """
    from forecast.beliefs.words import counted

    counts = value["counts"]
    if not any(counts.values()):
        console.print("priors.yaml asks no question, so there is nothing to score.")
        return
    if not counts["scored"]:
        console.print(f"No question can be scored as of {value['as_of']}.")
    else:
        _tables(value, console)
    left = [row for row in value["left"] if row["reason"] != "void"]
    void = [row["question"] for row in value["left"] if row["reason"] == "void"]
    if void:
        console.print(f"Void, in no score: {', '.join(void)}.")
    for reason in dict.fromkeys(row["reason"] for row in left):
        names = ", ".join(row["question"] for row in left if row["reason"] == reason)
        console.print(f"Not scored, {reason}: {names}.")
    if value["crowd"] is not None:
        console.print(_crowd_text(value["crowd"]))
    if issued and not counts["scored"] and left:
        console.print(
            "To score what would have been forecast while they were open: forecast backtest. "
            "To record an outcome: forecast resolve."
        )
    issues = value["issues"]
    late = f", {issues['made_later']} of them made later, as of their day"
    if issues["scored"] == 1:
        late = ", made later, as of its day"
    scored = f"{counted(issues['scored'], 'issued forecast')}{late if issues['made_later'] else ''}"
    if not issued:
        scored = f"{counted(issues['scored'], 'forecast')} as of past dates, none issued"
    console.print(
        f"{counted(counts['scored'], 'question')} scored, {counts['void']} void, "
        f"{counts['left']} left out; {scored}."
    )


def _crowd_text(read: Mapping[str, Any]) -> str:
    """Account for every row of the crowd's file."""
    from forecast.beliefs.words import counted

    parts = [f"Crowd: {read['used']} of {counted(read['rows'], 'row')} used"]
    if read["unknown"]:
        rows = sum(one["rows"] for one in read["unknown"])
        names = ", ".join(one["question"] for one in read["unknown"])
        parts.append(f"{rows} of questions this project does not have ({names})")
    if read["repeated"]:
        parts.append(f"{read['repeated']} replaced by a later row of the same question and day")
    if read["unordered"]:
        parts.append(f"{read['unordered']} out of order, put in order")
    return f"{'; '.join(parts)}."


def _print_distributions(value: Mapping[str, Any], console: Console) -> None:
    from forecast.terminal.tables import plain_table

    if not value["distributions"]:
        return
    table = plain_table("whole distribution", "rule", "came", "ours", "prior only", "skill")
    for row in value["distributions"]:
        numbers = f"{row['score']:.3f}", f"{row['prior']:.3f}"
        skill = "" if row["skill"] is None else f"{row['skill']:+.2f}"
        table.add_row(row["question"], row["rule"].upper(), row["came"], *numbers, skill)
    console.print(table)
    console.print()


def _tables(value: Mapping[str, Any], console: Console) -> None:
    from forecast.judge.score_values import clip_text, set_text
    from forecast.terminal.tables import plain_table

    console.print(set_text(value))
    console.print()
    table = plain_table("question", "outcome", "first", "last", "Brier", "log", "days")
    for row in value["questions"]:
        share = f"{row['days']} of {row['life']}"
        first, last = f"{row['opening']:.2f}", f"{row['closing']:.2f}"
        scores = f"{row['brier']:.3f}", f"{row['logarithmic']:.3f}"
        table.add_row(row["question"], row["outcome"], first, last, *scores, share)
    mean = f"{value['brier']:.3f}", f"{value['logarithmic']:.3f}"
    table.add_row("mean", "", "", "", *mean, "")
    console.print(table)
    console.print(clip_text(value))
    console.print()
    _print_leads(value, console)
    _print_baselines(value, console)
    _print_distributions(value, console)
    _print_words(value, console)


def _print_leads(value: Mapping[str, Any], console: Console) -> None:
    from forecast.terminal.tables import plain_table

    table = plain_table("when", "open then", "Brier", "log")
    for row in value["leads"]:
        when = "first forecast" if row["lead"] is None else f"{row['lead']} days before"
        numbers = ["" if row[k] is None else f"{row[k]:.3f}" for k in ("brier", "logarithmic")]
        table.add_row(when, str(row["questions"]), *numbers)
    console.print(table)
    console.print()


def _print_baselines(value: Mapping[str, Any], console: Console) -> None:
    from forecast.terminal.tables import plain_table

    table = plain_table("against", "questions", "ours", "theirs", "skill", "difference, 90%", "won")
    for row in value["baselines"]:
        between = row["difference"]
        table.add_row(
            row["baseline"],
            str(row["questions"]),
            f"{row['ours']:.3f}",
            f"{row['theirs']:.3f}",
            "" if row["skill"] is None else f"{row['skill']:+.2f}",
            f"{between['low']:+.3f} to {between['high']:+.3f}",
            f"{row['wins']} of {row['questions']}",
        )
    console.print(table)
    console.print()


def _print_words(value: Mapping[str, Any], console: Console) -> None:
    from forecast.judge.score_values import too_few
    from forecast.terminal.tables import plain_table

    judged = value["calibration"]
    table = plain_table("word", "means", "said", "came true", "rate, 90%")
    for row in judged["words"]:
        table.add_row(
            row["word"],
            f"{row['low']:.0%}-{row['high']:.0%}",
            str(row["questions"]),
            str(row["came_true"]),
            f"{row['rate_lo90']:.0%}-{row['rate_hi90']:.0%}",
        )
    console.print(table)
    console.print()
    if not judged["enough"]:
        console.print(f"Calibration: {too_few(judged)}.")
        return
    parts, z = judged["corp"], judged["spiegelhalter"]
    tested = "" if z is None else f"; Spiegelhalter's z {z['z']:.2f}, p = {z['p_value']:.2f}"
    console.print(
        f"Calibration of the first forecasts: miscalibration {parts['mcb']:.3f}, discrimination "
        f"{parts['dsc']:.3f}, uncertainty {parts['unc']:.3f}{tested}."
    )
