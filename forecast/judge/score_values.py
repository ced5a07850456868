"""A scorecard as ``forecast score --json`` prints it, and what the pages on the record share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from forecast.beliefs import scale
from forecast.beliefs.outcomes import Crowd
from forecast.beliefs.words import counted
from forecast.errors import OutputError
from forecast.files import write
from forecast.judge.score import Scorecard
from forecast.result import Fraction, Result, Rows, Share, rounded, unit
from forecast.scoring.calibration import (
    ENOUGH,
    WordRecord,
    auc,
    calibration_line,
    corp,
    murphy,
    spiegelhalter,
    word_records,
)
from forecast.scoring.rules import CLIP
from forecast.scoring.scorecard import QuestionScore

__all__ = [
    "VERDICT",
    "ScoreResult",
    "clip_text",
    "scores_of",
    "set_text",
    "too_few",
    "word_table",
    "write_page",
]

#: What is said instead of a verdict on few questions.
VERDICT = "too few to judge"

#: Edges of Murphy's groups.
_TENTHS = tuple(n / 10 for n in range(1, 10))

Number = Annotated[float, rounded(6)]
Brier = Annotated[Number, unit("0 to 1")]
Nats = Annotated[Number, unit("nats")]
Questions = Annotated[int, unit("questions")]
_WholeDays = Annotated[int, unit("days")]
_WHOLE: dict[str, Any] = {"whole": True}


class Rules(Result):
    """How forecasts are scored."""

    brier: str = Field(description="its formula")
    logarithmic: str = Field(description="its formula")
    clip: Share = Field(
        description="how near to certainty the logarithm takes a forecast at its word"
    )
    rps: str = Field(description="its formula, of ordered states")
    crps: str = Field(description="its formula, of a sum")


class IssueCounts(Result):
    """Forecasts that are scored."""

    scored: int = Field(description="issued forecasts, one a day")
    made_later: int = Field(
        description="of these, made more than a week after the day they are as of"
    )


class QuestionCounts(Result):
    """Questions by what became of them."""

    scored: Questions
    void: Questions
    left: Questions = Field(description="not scored for another reason")


class QuestionSet(Result):
    """What a set of questions is like."""

    questions: int
    afterwards: int = Field(
        description="questions that this project first recorded after the day their outcome was "
        "known"
    )
    yes: Fraction | None = Field(description="came out yes")
    auc: Fraction | None = Field(
        description="of two questions that came out differently the yes had the higher forecast, "
        "ties counting one half; null where all came out the same"
    )
    slope: Number | None = Field(
        description="of the logistic regression of outcomes on the log odds of the forecasts: 1 if "
        "calibrated, below 0 if they point the wrong way; null where no line fits best"
    )
    intercept: Number | None = Field(description="of the same")


class ClipCounts(Result):
    """Forecasts that the logarithm moved."""

    forecasts: int = Field(description="forecasts that stood while a scored question was open")
    moved: int = Field(
        description="of these, nearer to 0 or 1 than `rules.clip`, and moved that far away"
    )


class ScoredQuestion(Result):
    """The scores of one question."""

    question: str
    outcome: str = Field(description="`yes` or `no`")
    opens: dt.date
    by: dt.date = Field(description="scheduled deadline")
    closes: dt.date = Field(
        description="deadline, or the day the outcome was known if that was earlier"
    )
    opening: Fraction = Field(description="first forecast that stood while it was open")
    closing: Fraction = Field(description="last one")
    brier: Brier = Field(description="weighed by days")
    logarithmic: Nats
    days: _WholeDays = Field(description="on which a forecast stood")
    life: _WholeDays = Field(description="from opening to closing")
    forecasts: int = Field(description="that stood on these days")
    clipped: int = Field(description="of these, moved by `rules.clip`")


class ScoredLead(Result):
    """The scores at one time before the deadlines."""

    lead: _WholeDays | None = Field(description="before the deadline; null for the first forecast")
    questions: int = Field(description="still open then")
    brier: Brier | None
    logarithmic: Nats | None
    clipped: int = Field(description="of these forecasts, moved by `rules.clip`")


class ScoreDifference(Result):
    """A mean difference of scores, resampled."""

    mean: Number
    low: Number = Field(description="5 %")
    high: Number = Field(description="95 %")
    better: Fraction = Field(description="of resamples in which ours is better")
    blocks: int


class ScoredBaseline(Result):
    """Our scores beside those of a baseline."""

    baseline: str
    questions: int = Field(description="both spoke of")
    ours: Brier = Field(description="mean Brier score")
    theirs: Brier
    skill: Number | None
    difference: ScoreDifference = Field(description="ours less theirs, resampled over questions")
    wins: Questions = Field(description="on which ours is better")


class ScoredDistribution(Result):
    """The score of a whole distribution."""

    question: str
    rule: str = Field(
        description="`rps` (states, 0 to their number less 1) or `crps` (sums, in their unit)"
    )
    came: str = Field(description="the state, or the sum")
    score: Number = Field(description="weighed by days; lower is better")
    prior: Number = Field(description="of the priors alone, over the same days")
    days: _WholeDays
    skill: Number | None


class MurphyParts(Result):
    """Murphy's decomposition."""

    score: Number
    reliability: Number
    resolution: Number
    uncertainty: Number
    within: Number


class CorpParts(Result):
    """The CORP decomposition."""

    score: Number
    mcb: Number
    dsc: Number
    unc: Number


class SpiegelhalterTest(Result):
    """Spiegelhalter's test."""

    z: Number
    p_value: Number


class WordRow(Result):
    """How often a word of the scale came true."""

    word: str
    low: Fraction = Field(description="what the word means")
    high: Fraction
    mean: Fraction = Field(description="of the forecasts it was printed for")
    questions: int
    came_true: int
    rate: Fraction
    rate_lo90: Fraction
    rate_hi90: Fraction

    @classmethod
    def of(cls, one: WordRecord) -> WordRow:
        """Take a word's record apart."""
        found = one.frequency
        return cls(
            word=one.word,
            low=one.band[0],
            high=one.band[1],
            mean=one.mean,
            questions=found.total,
            came_true=found.hits,
            rate=found.rate,
            rate_lo90=found.low,
            rate_hi90=found.high,
        )


class Calibrated(Result):
    """Calibration of the first forecasts, withheld where they are too few."""

    questions: int
    enough: bool
    verdict: str | None = Field(description="`too few to judge`, or null")
    needed: Questions
    murphy: MurphyParts | None = Field(
        description="`score`, `reliability`, `resolution`, `uncertainty`, `within`; null with too "
        "few",
        json_schema_extra=_WHOLE,
    )
    corp: CorpParts | None = Field(
        description="`score`, `mcb`, `dsc`, `unc`; null with too few", json_schema_extra=_WHOLE
    )
    spiegelhalter: SpiegelhalterTest | None = Field(
        description="`z` and `p_value`; null with too few", json_schema_extra=_WHOLE
    )
    words: tuple[WordRow, ...] = Field(description="words of the scale that were used")


class QuestionLeft(Result):
    """A question that is not scored."""

    question: str
    reason: str = Field(description="`void` or another reason")


class UnknownQuestion(Result):
    """A question of the crowd's file that this project does not have."""

    question: str
    rows: Rows


class CrowdRead(Result):
    """The rows of the crowd's file."""

    rows: Rows
    used: Rows
    unknown: tuple[UnknownQuestion, ...] = Field(
        description="questions this project does not have; their rows are left out"
    )
    repeated: Rows = Field(description="left out for a later row of the same question and day")
    unordered: Rows = Field(description="before an earlier day of their question; put in order")


class ScoreResult(Result):
    """How good the forecasts of resolved questions were."""

    as_of: dt.date = Field(description="outcomes known and deadlines passed by this day")
    rules: Rules
    issues: IssueCounts
    counts: QuestionCounts
    question_set: QuestionSet = Field(
        serialization_alias="set",
        description="what the set is like, by the first forecast of each question",
    )
    brier: Brier | None = Field(description="mean over questions")
    logarithmic: Nats | None
    clipped: ClipCounts = Field(description="what the logarithm did not take at its word")
    questions: tuple[ScoredQuestion, ...] = Field(description="one for each scored question")
    leads: tuple[ScoredLead, ...]
    baselines: tuple[ScoredBaseline, ...]
    distributions: tuple[ScoredDistribution, ...] = Field(
        description="whole distributions, where the outcome says which state or sum came"
    )
    calibration: Calibrated = Field(description="of the first forecasts")
    left: tuple[QuestionLeft, ...] = Field(description="questions that are not scored")
    crowd: CrowdRead | None = Field(
        description="the file of `--crowd`, or `events/crowd.csv`, every row accounted for"
    )


_RULES = Rules(
    brier="(p - y)^2",
    logarithmic="-ln p",
    clip=CLIP,
    rps="sum (F_k - O_k)^2",
    crps="integral (F(x) - 1[y <= x])^2",
)


def scores_of(card: Scorecard) -> ScoreResult:
    """Say what a scorecard holds."""
    scores = card.scores
    return ScoreResult(
        as_of=card.as_of,
        rules=_RULES,
        issues=IssueCounts(scored=card.issues, made_later=card.later),
        counts=QuestionCounts(scored=len(scores), void=card.void, left=len(card.left) - card.void),
        question_set=_set(card),
        brier=_mean([one.brier for one in scores]),
        logarithmic=_mean([one.logarithmic for one in scores]),
        clipped=ClipCounts(
            forecasts=sum(one.forecasts for one in scores),
            moved=sum(one.clipped for one in scores),
        ),
        questions=[_question(one) for one in scores],
        leads=card.leads,
        baselines=card.comparisons,
        distributions=card.distributions,
        calibration=_calibration(card),
        left=card.left,
        crowd=None if card.crowd is None else _crowd(card.crowd),
    )


def _set(card: Scorecard) -> QuestionSet:
    """Say what the set is like, on the first forecast of each question."""
    p = [one.opening for one in card.scores]
    y = [one.resolved.outcome for one in card.scores]
    line = calibration_line(p, y)
    return QuestionSet(
        questions=len(p),
        afterwards=card.afterwards,
        yes=_mean([float(value) for value in y]),
        auc=auc(p, y),
        slope=None if line is None else line.slope,
        intercept=None if line is None else line.intercept,
    )


def set_text(value: Mapping[str, Any]) -> str:
    """Say in a sentence what a set of questions is like, before its score is read."""
    found = value["set"]
    number, after = found["questions"], found["afterwards"]
    late = "written after its outcome" if number == 1 else "written after their outcomes"
    which = counted(number, "question")
    if after:
        which = f"{which} {late}" if after == number else f"{which}, {after} of them {late}"
    area = "no AUC" if found["auc"] is None else f"AUC {found['auc']:.2f}"
    slope = "no calibration slope"
    if found["slope"] is not None:
        slope = f"calibration slope {found['slope']:.2f}"
    return f"{which}: {found['yes']:.0%} came out yes; the first forecasts have {area} and {slope}."


def too_few(judged: Mapping[str, Any]) -> str:
    """Say that there are too few questions for a verdict on calibration, and how many."""
    came = counted(judged["questions"], "question")
    return f"{judged['verdict']} ({came}, of at least {judged['needed']})"


def clip_text(value: Mapping[str, Any]) -> str:
    """Say in one sentence how many forecasts the logarithm did not take at their word."""
    found, clip = value["clipped"], value["rules"]["clip"]
    return (
        f"Log: probabilities within {clip:.7f} of 0 or 1 are moved that far from it; "
        f"{found['moved']} of {found['forecasts']} forecasts that stood were."
    )


def _crowd(read: Crowd) -> CrowdRead:
    """Account for every row of the crowd's file."""
    return CrowdRead(
        rows=read.rows,
        used=len(read.said),
        unknown=[UnknownQuestion(question=name, rows=rows) for name, rows in read.unknown],
        repeated=read.repeated,
        unordered=read.unordered,
    )


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _question(one: QuestionScore) -> ScoredQuestion:
    asked = one.resolved
    return ScoredQuestion(
        question=asked.name,
        outcome="yes" if asked.outcome else "no",
        opens=asked.opens,
        by=asked.by,
        closes=asked.closes,
        opening=one.opening,
        closing=one.closing,
        brier=one.brier,
        logarithmic=one.logarithmic,
        days=one.days,
        life=one.life,
        forecasts=one.forecasts,
        clipped=one.clipped,
    )


def _calibration(card: Scorecard) -> Calibrated:
    """Judge calibration on the first forecast of each question; with too few, withhold it."""
    p = [one.opening for one in card.scores]
    y = [one.resolved.outcome for one in card.scores]
    enough = len(p) >= ENOUGH
    z = spiegelhalter(p, y) if enough else None
    return Calibrated(
        questions=len(p),
        enough=enough,
        verdict=None if enough else VERDICT,
        needed=ENOUGH,
        murphy=murphy(p, y, edges=_TENTHS) if enough else None,
        corp=corp(p, y) if enough else None,
        spiegelhalter=None if z is None else SpiegelhalterTest(z=z[0], p_value=z[1]),
        words=[WordRow.of(one) for one in word_table(card)],
    )


def word_table(card: Scorecard) -> list[WordRecord]:
    """Count how often each word of the scale came true, on the first forecasts."""
    known = scale(card.scale)
    p = [one.opening for one in card.scores]
    y = [one.resolved.outcome for one in card.scores]
    return word_records(p, y, terms=known.bands, words=[known.word(value) for value in p])


def write_page(path: Path, text: str, *, record: str) -> Path:
    """Write a report as Markdown, or as a self-contained page where the name ends in .html.

    Parameters
    ----------
    path : Path
    text : str
        Markdown.
    record : str
        JSON that the page carries.

    Raises
    ------
    OutputError
        If the name ends otherwise, or the file cannot be written.
    """
    if path.suffix not in {".md", ".html"}:
        raise OutputError(f"--report {path}: allowed are names that end in .md or .html")
    if path.suffix == ".html":
        from forecast.briefs.blocks import page

        text = page(text, image=lambda _: b"", record=record)
    return write(path, text.encode())
