"""Sentences from numbers: probability, then confidence, then change; never two in one.

The order and the vocabulary of change are those of docs/briefs.md.
"""

from __future__ import annotations

import datetime as dt

from forecast.beliefs.words import format_probability
from forecast.briefs.facts import Band, Facts, JudgementFacts, QuestionFacts, Stamp

__all__ = [
    "bottom_line",
    "change_word",
    "clause",
    "confidence_sentence",
    "counted",
    "day",
    "evidence_base",
    "interval",
    "method",
    "number",
    "points",
    "probability_sentence",
    "question_sentence",
    "stamp_line",
]

_SMALL_FIRST = {"A", "An", "The", "At", "Any", "Both", "Either", "There", "Some", "No"}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(p: float) -> str:
    """Probability as printed: whole, and in words at the ends.

    Examples
    --------
    >>> number(0.54), number(0.996), number(0.001)
    ('54%', 'above 99%', 'below 1%')
    """
    text = format_probability(p)
    return text.replace("<", "below ").replace(">", "above ")


def interval(low: float, high: float) -> str:
    """Two ends as printed.

    Examples
    --------
    >>> interval(0.09, 0.42), interval(0.97, 0.999)
    ('9-42%', '97% to above 99%')
    """
    ends = number(low), number(high)
    if ends[0] == ends[1]:
        return ends[0]
    if ends[0][:1].isdigit() and ends[1][:1].isdigit():
        return f"{ends[0].removesuffix('%')}-{ends[1]}"
    return f"{ends[0]} to {ends[1]}"


def day(date: dt.date) -> str:
    """Date in full.

    Examples
    --------
    >>> day(dt.date(2024, 12, 31))
    '31 December 2024'
    """
    return f"{date.day} {date:%B %Y}"


def points(change: float) -> str:
    """Change of probability in points, with its sign.

    Examples
    --------
    >>> points(0.123), points(-0.08), points(0.001)
    ('+12', '-8', '0')
    """
    return "0" if abs(change) < 0.005 else f"{100 * change:+.0f}"


def change_word(change: float) -> str:
    """Word for a change of probability, by its printed points.

    Examples
    --------
    >>> [change_word(c) for c in (0.02, 0.03, -0.1, 0.2)]
    ['unchanged', 'slightly higher', 'lower', 'much higher']
    """
    size = round(100 * abs(change))
    if size < 3:
        return "unchanged"
    way = "higher" if change > 0 else "lower"
    return f"slightly {way}" if size < 10 else way if size < 20 else f"much {way}"


def clause(sentence: str) -> str:
    """Proposition as the clause after "that".

    Examples
    --------
    >>> clause("The two sides sign a treaty.")
    'the two sides sign a treaty'
    """
    text = " ".join(sentence.split()).rstrip(".")
    small = text.partition(" ")[0] in _SMALL_FIRST
    return text[:1].lower() + text[1:] if small else text


def probability_sentence(facts: Facts, judgement: JudgementFacts, *, dated: bool = True) -> str:
    """Write how likely a judgement is: term, number, interval, proposition, date."""
    said = _assessed(judgement.now)
    start = f"As of {day(facts.stamp.as_of)}, we" if dated else "We"
    return f"{start} assess {said} that {clause(judgement.proposition)}."


def question_sentence(question: QuestionFacts) -> str:
    """Write the answer to a question, or how it came out."""
    if question.settled:
        return f"{question.text} {question.settled[:1].upper()}{question.settled[1:]}."
    said = _assessed(question.answer).replace("it as ", "yes as ", 1)
    tail = " The date has passed; this is how it looks now, not a resolution."
    return f"{question.text} We assess {said}.{tail if question.past else ''}"


def _assessed(band: Band) -> str:
    """Write term and numbers, as in ``it as likely (68%; 80% interval 57-77%)``."""
    word = band.word
    numbers = number(band.probability)
    if band.lo80 is not None and band.hi80 is not None:
        numbers += f"; 80% interval {interval(band.lo80, band.hi80)}"
    last = word.split()[-1]
    if last in {"chance", "possibility"}:
        article = "" if word.startswith("almost no") else "a "
        return f"{article}{word} ({numbers})"
    apart = last in {"even", "not"}
    return f"it as {f'“{word}”' if apart else word} ({numbers})"


def confidence_sentence(judgement: JudgementFacts) -> str:
    """Write the confidence in a judgement with its reasons."""
    level, reasons = judgement.confidence.level, judgement.confidence.reasons
    *first, last = reasons
    told = f"{', '.join(first)}, and {last}" if first else last
    return f"Our confidence in this judgement is {level}: {told}."


def counted(count: int) -> str:
    """Write a number, in words up to ten.

    Examples
    --------
    >>> counted(2), counted(12)
    ('two', '12')
    """
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def bottom_line(facts: Facts) -> str:
    """Write the judgement that moved most since the brief, in one sentence with one number."""
    most = max(facts.judgements, key=lambda j: abs(j.now.probability - j.at_brief))
    moved = change_word(most.now.probability - most.at_brief)
    since = "unchanged since" if moved == "unchanged" else f"{moved} than in"
    held = f"{clause(most.proposition)}: {most.now.word} ({number(most.now.probability)})"
    start = f"Of the {counted(len(facts.judgements))} judgements"
    return (
        f"{start} of the brief of {day(facts.brief_as_of)}, the one that moved most is that "
        f"{held}, {since} the brief, with {most.confidence.level} confidence."
    )


def evidence_base(facts: Facts) -> str:
    """Write how many reports, events, indicators and lineages there are, and their grades."""
    counts = facts.counts
    grades = sorted({report.grade for report in facts.reports})
    spread = f", graded {grades[0]} to {grades[-1]}" if grades else ""
    return (
        f"The forecast rests on {counts['reports']} credible reports of "
        f"{counts['events']} events{spread}, on {counts['indicators']} indicators, from "
        f"{counts['lineages']} independent source lineages. Copies of one report count once."
    )


def method(facts: Facts) -> str:
    """Write how the numbers were made, and the checks of the fit."""
    checks = facts.checks
    text = (
        "The judgements are nodes of a continuous-time Bayesian network whose rates have "
        "priors taken from the brief and are learnt from dated, graded reports; silence "
        "counts where somebody was looking. The interval is the central 80% of the "
        "posterior draws, and holds no doubt about grades or coding. The fit passed its "
        f"checks (R-hat {checks['r_hat']:.3f}, {checks['ess_bulk']:.0f} effective draws, "
        f"{checks['divergences']:.0f} divergences). {facts.record}"
    )
    return text.rstrip()


def stamp_line(stamp: Stamp) -> str:
    """Write which forecast a document shows; `forecast.briefs.stamps` reads it back."""
    issued = stamp.issued_at.isoformat(timespec="seconds")
    return (
        f"As of {stamp.as_of.isoformat()} (UTC). Issued at {issued}. Issue {stamp.issue}, "
        f"model {stamp.model[:16]}, evidence {stamp.evidence[:16]}."
    )
