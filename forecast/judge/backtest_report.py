"""A backtest as a document for somebody who does not believe it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from forecast.beliefs.words import format_probability
from forecast.judge.backtest import Backtest
from forecast.judge.record import RecordResult, arms, heading, reliability, sentences
from forecast.judge.score import BASELINES, STATED
from forecast.judge.score_values import (
    ScoreResult,
    clip_text,
    scores_of,
    set_text,
    too_few,
    write_page,
)
from forecast.result import Result, Rows, Share, unit
from forecast.scoring.scorecard import MeanDifference

__all__ = ["report_text", "result_of", "write_report"]

_LIMITS = """\
- **Hindsight in the coding.** Reports, indicators, states and questions may have been chosen by
  somebody who knew what followed. No canary finds that. A backtest never equals a forecast made at
  the time.
- **Questions are not independent.** Several may hang on one event, so the intervals over questions
  are too narrow.
- **Few dates are independent.** Forecasts of neighbouring dates resemble each other; blocks of a
  quarter are resampled, and there are few of those.
- **The base rate knows the outcomes** of the other questions, which nobody knew at the time.
- Outcomes are as whoever resolved the questions recorded them, with a source each.
"""


def write_report(done: Backtest, path: Path) -> Path:
    """Write the report as Markdown, or as a self-contained page where the name ends in .html.

    Raises
    ------
    OutputError
        If the name ends otherwise, or the file cannot be written.
    """
    record = {"as_of": [one.day.isoformat() for one in done.dates]}
    return write_page(path, report_text(done), record=json.dumps(record))


class BacktestDate(Result):
    """What was known on a date, and how it was fitted."""

    day: dt.date = Field(serialization_alias="as_of")
    known: Rows = Field(description="evidence reported by then")
    unseen: Rows = Field(description="evidence reported later")
    newest: dt.date | None = Field(description="of the newest report that was known")
    tight: bool = Field(description="whether the leak canary held")
    method: str = Field(description="`reweighted` or `refitted`; empty for a failure")
    ess: Annotated[float, unit("draws")] | None = Field(
        description="effective draws of the weights, or of the fit"
    )
    failure: str = Field(description="why there is no forecast; empty where there is one")


class DatesDifference(Result):
    """Our scores less those of a baseline, by dates."""

    baseline: str
    mean: float
    low: float = Field(description="5 %")
    high: float = Field(description="95 %")
    better: Share = Field(description="of resamples in which ours is better")
    blocks: int


class BacktestForecasts(Result):
    """The forecasts of one question."""

    question: str
    as_of: tuple[dt.date, ...] = Field(description="dates that did not fail")
    probability: tuple[Share, ...]


class BacktestDates(Result):
    """What is known of the dates."""

    dates: tuple[BacktestDate, ...]
    by_dates: tuple[DatesDifference, ...] = Field(
        description="Brier score less that of a baseline, all questions open on a date together, "
        "by blocks of dates"
    )
    block: Annotated[int, unit("dates")] = Field(description="in a block")
    record: RecordResult | None = Field(
        description="the test on the record itself; null without `--record`"
    )
    forecasts: tuple[BacktestForecasts, ...] = Field(description="every question of the file")


class BacktestPart(Result):
    """What a backtest adds to a scorecard."""

    backtest: BacktestDates


class BacktestScores(ScoreResult, BacktestPart):
    """How the project would have forecast in the past."""


def result_of(done: Backtest) -> BacktestScores:
    """Say what a backtest found."""
    dates = BacktestDates(
        dates=done.dates,
        by_dates=[
            DatesDifference(baseline=name, **asdict(found)) for name, found in done.by_dates.items()
        ],
        block=done.block,
        record=done.record,
        forecasts=[
            BacktestForecasts(
                question=name,
                as_of=[day for day, _ in stood],
                probability=[p for _, p in stood],
            )
            for name, stood in done.forecasts.items()
        ],
    )
    return BacktestScores(backtest=dates, **dict(scores_of(done.card)))


def report_text(done: Backtest) -> str:
    """Write the report: dates and canaries, scores, baselines, every question, limits."""
    value = scores_of(done.card).plain()
    parts = [
        f"# Backtest: {done.beliefs.brief.title}",
        _summary(done, value),
        "## What was known when",
        _dates(done),
        "## Scores",
        _scores(value),
        "## Against baselines",
        _baselines(done, value),
        "## Calibration",
        _calibration(value),
        *_record(done),
        "## Every question",
        _questions(done, value),
        "## Not scored",
        _left(value),
        "## What this cannot show",
        _LIMITS.rstrip(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _summary(done: Backtest, value: dict[str, Any]) -> str:
    days = [one.day for one in done.dates]
    failed = [one for one in done.dates if one.failure]
    leaked = [one for one in done.dates if not one.tight]
    counts = value["counts"]
    refits = sum(one.method == "refitted" for one in done.dates)
    how = (
        f"Dates: {len(days)}, from {days[0]} to {days[-1]}. At {refits} rates were sampled anew, "
        "at the others draws of an earlier fit or of the priors were weighed. Rates were learnt "
        "from the reports known on each date, and from nothing else."
    )
    what = (
        f"Questions: {counts['scored']} scored, {counts['void']} void, {counts['left']} left out. "
        f"Dates that failed: {len(failed)}. Leaks found: {len(leaked)}."
    )
    lines = [how, what]
    if counts["scored"]:
        lines.append(set_text(value))
    prior = next((row for row in value["baselines"] if row["baseline"] == "prior only"), None)
    if prior is not None:
        lines.append(
            f"**Mean Brier score {prior['ours']:.3f}, of the priors alone "
            f"{prior['theirs']:.3f}** (0 is best, 0.25 is always saying one half); "
            f"{_verdict(prior)}"
        )
    return "\n\n".join(lines)


def _verdict(row: dict[str, Any]) -> str:
    found = row["difference"]
    if found["high"] < 0:
        return "the reports helped, and the 90 % interval of the difference leaves out 0."
    if found["low"] > 0:
        return "the reports did harm, and the 90 % interval of the difference leaves out 0."
    return "the 90 % interval of the difference holds 0, so it is not shown that reports helped."


def _dates(done: Backtest) -> str:
    rows = [
        (
            one.day,
            one.known,
            one.newest or "",
            one.unseen,
            "held" if one.tight else "**LEAKED**",
            f"**failed:** {one.failure}" if one.failure else one.method,
            "" if one.ess is None else f"{one.ess:.0f}",
        )
        for one in done.dates
    ]
    header = (
        "as of",
        "reports known",
        "newest of",
        "not seen",
        "canary",
        "rates",
        "effective draws",
    )
    return (
        f"{_table(header, rows)}\n\nThe canary: the evidence that reaches the sampler, and its "
        "fingerprint, must be the same with the whole record, with all later reports deleted, and "
        "with a later report planted. Rates are sampled anew where the weights leave too few "
        "effective draws (the number is of the weights that were tried). A date that failed is "
        "named with its reason and has no forecast; the one before it stands on."
    )


def _scores(value: dict[str, Any]) -> str:
    rows = [
        (
            "first forecast" if row["lead"] is None else f"{row['lead']} days before the deadline",
            row["questions"],
            _number(row["brier"]),
            _number(row["logarithmic"]),
        )
        for row in value["leads"]
    ]
    if value["brier"] is not None:
        life = ("over the life", value["counts"]["scored"])
        rows.insert(0, (*life, _number(value["brier"]), _number(value["logarithmic"])))
    text = _table(("forecast", "questions", "Brier", "log"), rows)
    if value["counts"]["scored"]:
        text = f"{text}\n\n{clip_text(value)}"
    spread = [
        (f"`{row['question']}`", row["rule"].upper(), row["came"], _number(row["score"]),
         _number(row["prior"]))
        for row in value["distributions"]
    ]  # fmt: skip
    header = ("whole distribution of", "rule", "came", "ours", "prior only")
    return f"{text}\n\n{_table(header, spread)}" if spread else text


def _baselines(done: Backtest, value: dict[str, Any]) -> str:
    rows = []
    for row in value["baselines"]:
        skill = "" if row["skill"] is None else f"{row['skill']:+.2f}"
        over = row["difference"]
        by_dates = done.by_dates.get(row["baseline"])
        rows.append(
            (
                row["baseline"],
                row["questions"],
                _number(row["ours"]),
                _number(row["theirs"]),
                skill,
                f"{over['mean']:+.3f} ({over['low']:+.3f} to {over['high']:+.3f})",
                "" if by_dates is None else _difference(by_dates),
                f"{row['wins']} of {row['questions']}",
            )
        )
    header = ("against", "questions", "ours", "theirs", "skill", "difference over questions",
              "over dates", "won")  # fmt: skip
    silent = [
        name
        for name in BASELINES
        if name not in {*STATED, *(row["baseline"] for row in value["baselines"])}
    ]
    none = f" Nothing is said of these questions by: {', '.join(silent)}." if silent else ""
    return (
        f"{_table(header, rows)}\n\nBrier scores; below 0 ours is better. Intervals are central "
        f"90 % bootstraps: over questions, and over blocks of {done.block} dates with all "
        f"questions of a date together.{none}"
    )


def _difference(found: MeanDifference) -> str:
    return f"{found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f})"


def _calibration(value: dict[str, Any]) -> str:
    judged = value["calibration"]
    rows = [
        (
            row["word"],
            f"{row['low']:.0%}-{row['high']:.0%}",
            row["questions"],
            row["came_true"],
            f"{row['rate_lo90']:.0%}-{row['rate_hi90']:.0%}",
        )
        for row in judged["words"]
    ]
    text = _table(("word", "means", "said", "came true", "rate, 90 %"), rows) if rows else ""
    if not judged["enough"]:
        return f"{text}\n\nReliability, resolution and their tests: {too_few(judged)}."
    parts, corp, z = judged["murphy"], judged["corp"], judged["spiegelhalter"]
    tested = "" if z is None else f" Spiegelhalter's z {z['z']:.2f}, p = {z['p_value']:.2f}."
    return (
        f"{text}\n\nMurphy: reliability {parts['reliability']:.3f}, resolution "
        f"{parts['resolution']:.3f}, uncertainty {parts['uncertainty']:.3f}, left by grouping "
        f"{parts['within']:.3f}. CORP: miscalibration {corp['mcb']:.3f}, discrimination "
        f"{corp['dsc']:.3f}, uncertainty {corp['unc']:.3f}.{tested}"
    )


def _record(done: Backtest) -> list[str]:
    """Write the test on the record itself, a section a horizon."""
    if done.record is None:
        return []
    about = (
        "At each date, of every presence indicator that may still occur: will an event of it that "
        "falls in the next weeks be in the record? Nobody chose these questions by how they came "
        "out. Forecasts use the detection of the coder, and count false reports by the credibility "
        "of those so far; the outcome is a report known by the end of coverage "
        f"({done.record.until}). Beside ours stand the priors with no report and the "
        "same time left, one rate for all indicators, and a rate for each around that, learnt from "
        "the same record. Intervals resample indicators; below 0 ours is better."
    )
    parts = ["## On the record itself", about]
    for one in done.record.horizons:
        parts += [f"### {heading(one)}", *sentences(one)]
        parts += [_table(*arms(one)), _table(*reliability(one))] if one.questions else []
    return parts


def _questions(done: Backtest, value: dict[str, Any]) -> str:
    scored = {row["question"]: row for row in value["questions"]}
    prior = {
        one.resolved.name: _span(one.resolved.baselines["prior only"].values)
        for one in done.card.scores
    }
    forecasts, parts = done.forecasts, []
    for name, asked in done.beliefs.questions.items():
        word, row = done.outcomes.get(name), scored.get(name)
        came = (
            "no outcome recorded" if word is None else f"{word.outcome}, known {word.resolved_on}"
        )
        closes = asked.by if word is None else min(asked.by, word.resolved_on)
        stood = [(day, p) for day, p in forecasts[name] if day <= closes]
        said = ", ".join(f"{day} {format_probability(p)}" for day, p in stood)
        lines = [f"**{asked.text}** `{name}`, open {asked.opens} to {asked.by}: {came}."]
        if row is not None:
            lines.append(
                f"Brier {row['brier']:.3f} over {row['days']} of {row['life']} days; the priors "
                f"alone said {prior[name]}."
            )
        lines.append(f"Forecasts: {said or 'none'}.")
        parts.append(" ".join(lines))
    note = "Forecasts to the deadline, or to the day the outcome was known."
    return "\n\n".join([note, *parts])


def _span(said: Sequence[float]) -> str:
    """Word what a series said at first and at last."""
    first, last = format_probability(said[0]), format_probability(said[-1])
    return first if first == last else f"{first} at first and {last} at last"


def _left(value: dict[str, Any]) -> str:
    rows = [(f"`{row['question']}`", row["reason"]) for row in value["left"]]
    return _table(("question", "why"), rows) if rows else "Every question is scored."


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
