"""Sentences from numbers: probability, then confidence, then change; never two in one.

The order and the vocabulary of change are those of docs/briefs.md.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Sequence

from forecast.beliefs.words import (
    change_word,
    format_interval,
    format_points,
    format_probability,
    in_clause,
)
from forecast.briefs.facts import Band, Facts, JudgementFacts, QuestionFacts, Stamp

__all__ = [
    "bottom_line",
    "brief_day",
    "clauses",
    "confidence_level",
    "confidence_sentence",
    "counted",
    "day",
    "evidence_base",
    "in_words",
    "interval",
    "leading",
    "listed",
    "many",
    "method",
    "number",
    "points",
    "probability_sentence",
    "question_sentence",
    "record",
    "shared_confidence",
    "signed",
    "stamp_line",
    "stamped",
]

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(p: float) -> str:
    """Probability as printed: whole, and in words at the ends.

    Examples
    --------
    >>> number(0.54), number(0.996), number(0.001)
    ('54%', 'above 99%', 'below 1%')
    """
    return in_words(format_probability(p))


def in_words(text: str) -> str:
    """Write the ends of the scale of a sentence made for a chart in words.

    Examples
    --------
    >>> in_words("from <1% to >99%")
    'from below 1% to above 99%'
    """
    return text.replace("<1%", "below 1%").replace(">99%", "above 99%")


def interval(low: float, high: float, *, dash: str = "\N{EN DASH}") -> str:
    """Two ends as printed; terminals have a hyphen for the dash.

    Examples
    --------
    >>> interval(0.09, 0.42, dash="-"), interval(0.97, 0.999)
    ('9-42%', '97% to above 99%')
    """
    return in_words(format_interval(low, high, dash=dash))


def day(date: dt.date) -> str:
    """Date in full.

    Examples
    --------
    >>> day(dt.date(2024, 12, 31))
    '31 December 2024'
    """
    return f"{date.day} {date:%B %Y}"


def brief_day(date: dt.date) -> str:
    """Date as tables and charts have it.

    Examples
    --------
    >>> brief_day(dt.date(2024, 12, 31))
    '31 Dec 2024'
    """
    return f"{date.day} {date:%b %Y}"


def points(change: float) -> str:
    """Change of probability in points, with its sign; no line breaks after this minus.

    Examples
    --------
    >>> points(0.123), points(-0.08), points(0.001)
    ('+12', '\N{MINUS SIGN}8', '0')
    """
    return format_points(change).replace("-", "\N{MINUS SIGN}")


def signed(size: int) -> str:
    """Whole points with their sign, a minus as charts have it.

    Examples
    --------
    >>> signed(3), signed(-12)
    ('+3', '\N{MINUS SIGN}12')
    """
    return f"{size:+d}".replace("-", "\N{MINUS SIGN}")


def probability_sentence(facts: Facts, judgement: JudgementFacts, *, dated: bool = True) -> str:
    """Write how likely a judgement is: term, number, interval, proposition, date."""
    said = _assessed(judgement.now)
    start = f"As of {day(facts.stamp.as_of)}, we" if dated else "We"
    against = f"{judgement.contradiction} " if judgement.contradiction else ""
    return f"{against}{start} assess {said} that {in_clause(judgement.proposition)}."


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


def confidence_sentence(judgement: JudgementFacts, *, without: Container[str] = ()) -> str:
    """Write the confidence in a judgement with its reasons, less those said elsewhere.

    Where its level is said elsewhere, too, only the reasons.
    """
    level = judgement.confidence.level
    reasons = clauses([one for one in judgement.confidence.reasons if one not in without])
    if level in without:
        said = re.sub(r"\bit\b", "this judgement", reasons, count=1)
        return f"{said[:1].upper()}{said[1:]}." if said else ""
    return confidence_level(judgement, reasons)


def shared_confidence(judgements: Sequence[JudgementFacts]) -> tuple[str, list[str]]:
    """Write what the confidence in several judgements has in common, with the texts it is made of.

    Empty where they have nothing in common, or there is one judgement only.
    """
    if len(judgements) < 2:
        return "", []
    first, *others = (one.confidence for one in judgements)
    common = [one for one in first.reasons if all(one in other.reasons for other in others)]
    why = clauses(common)
    if all(other.level == first.level for other in others):
        reasons = f"; for each, {why}" if why else ""
        text = f"Our confidence in every one of these judgements is {first.level}{reasons}."
        return text, [first.level, *common]
    return (f"For every judgement, {why}." if why else ""), common


def confidence_level(judgement: JudgementFacts, reasons: str = "") -> str:
    """Write the confidence in a judgement, with reasons where they are given."""
    level = judgement.confidence.level
    return f"Our confidence in this judgement is {level}{f': {reasons}' if reasons else ''}."


def listed(parts: Sequence[str]) -> str:
    """Join the parts of an enumeration.

    Examples
    --------
    >>> listed(["one"]), listed(["one", "two"]), listed(["one", "two", "three"])
    ('one', 'one and two', 'one, two, and three')
    """
    if len(parts) < 3:
        return " and ".join(parts)
    return f"{', '.join(parts[:-1])}, and {parts[-1]}"


def clauses(parts: Sequence[str]) -> str:
    """Join main clauses.

    Examples
    --------
    >>> clauses(["it rains"]), clauses(["it rains", "it pours"])
    ('it rains', 'it rains; and it pours')
    """
    return "; ".join([*parts[:-1], f"and {parts[-1]}"]) if len(parts) > 1 else "".join(parts)


def counted(count: int, *beside: int) -> str:
    """Write a number, in words up to ten where the numbers beside it are so written, too.

    Examples
    --------
    >>> counted(2), counted(12), counted(2, 12)
    ('two', '12', '2')
    """
    return _NUMBERS[count] if max(count, *beside, 0) < len(_NUMBERS) else str(count)


def many(count: int, noun: str, *, plural: str = "") -> str:
    """Write how many there are of something.

    Examples
    --------
    >>> many(1, "report"), many(2, "report")
    ('one report', 'two reports')
    """
    return f"{counted(count)} {noun if count == 1 else plural or noun + 's'}"


def leading(facts: Facts) -> JudgementFacts:
    """Judgement a brief opens with: the one that moved most since the brief.

    Where none moved by three points it is the least settled, the one nearest to even.
    """
    most = max(facts.judgements, key=lambda j: abs(j.now.probability - j.at_brief))
    if change_word(most.now.probability - most.at_brief) != "unchanged":
        return most
    return max(facts.judgements, key=lambda j: j.now.probability * (1 - j.now.probability))


def bottom_line(facts: Facts) -> str:
    """Write the judgement that leads, with one number, and the confidence in it."""
    one, brief = leading(facts), f"the brief of {day(facts.brief_as_of)}"
    moved = change_word(one.now.probability - one.at_brief)
    said = _assessed(Band(one.now.probability, one.now.word))
    against = f"{one.contradiction} " if one.contradiction else ""
    held = f"{against}We assess {said} that {in_clause(one.proposition)}."
    sure = confidence_level(one)
    size = len(facts.judgements)
    since = f"unchanged since {brief}" if moved == "unchanged" else f"{moved} than in {brief}"
    if size == 1:
        return f"{held} The estimate is {since}. {sure}"
    if moved == "unchanged":
        none = "neither" if size == 2 else "none"
        least = "less" if size == 2 else "least"
        which = f"the {least} settled of the {counted(size)} judgements of {brief}"
        return f"{held} It is {which}, {none} of which has moved by three points. {sure}"
    most = "more" if size == 2 else "most"
    which = f"of its {counted(size)} judgements this one has moved {most}"
    return f"{held} The estimate is {since}; {which}. {sure}"


def evidence_base(facts: Facts) -> str:
    """Write how many reports, events, indicators and lineages there are, and their grades."""
    counts = facts.counts
    if not facts.reports:
        return (
            "No credible report is held: the forecast rests on the priors, and on silence where "
            "somebody looked."
        )
    grades = sorted({report.grade for report in facts.reports})
    ends = grades[0] if len(grades) == 1 else f"{grades[0]} to {grades[-1]}" if grades else ""
    spread = f", graded {ends}" if grades else ""
    return (
        f"The forecast rests on {many(counts['reports'], 'credible report')} of "
        f"{many(counts['events'], 'event')}{spread}, on "
        f"{many(counts['indicators'], 'indicator')}, from "
        f"{many(counts['lineages'], 'independent source lineage')}. Reports that go back to one "
        "origin are of one lineage, and of one event they count once. Grades are those of the "
        "Admiralty code: the source from A, completely reliable, to E, what it says from 1, "
        "confirmed, to 5."
    )


def record(facts: Facts) -> str:
    """Write what became of the questions whose dates have passed."""
    past = [one for one in facts.questions if one.past]
    if not facts.questions:
        return "The brief asks no question that a date would settle."
    if not past:
        return "No question of the brief has reached its date."
    came = [one.settled.partition(",")[0] for one in past]
    void = came.count("void")
    left = len(past) - sum(came.count(outcome) for outcome in ("yes", "no", "void"))
    sizes = (len(facts.questions), len(past))
    parts = [
        f"{counted(came.count(outcome), *sizes)} came out {outcome}"
        for outcome in ("yes", "no")
        if outcome in came
    ]
    parts += [f"{counted(void, *sizes)} {'was' if void == 1 else 'were'} void"] if void else []
    if len(facts.questions) == 1:
        start = "The one question asked has passed its date"
        said = next((o for o in ("yes", "no", "void") if o in came), "")
        out = {"": "has not been resolved yet", "void": "was void"}.get(said, f"came out {said}")
        return f"{start} and {out}."
    start = f"Of {many(len(facts.questions), 'question')} asked, {counted(len(past), *sizes)}"
    start += " has passed its date" if len(past) == 1 else " have passed their dates"
    if not parts:
        which = "it" if len(past) == 1 else "none of them"
        return f"{start}; {which} has {'not ' if len(past) == 1 else ''}been resolved yet."
    are = "is" if left == 1 else "are"
    parts += [f"{counted(left, *sizes)} {are} yet to be resolved"] if left else []
    return f"{start}: {listed(parts)}."


def method(facts: Facts) -> str:
    """Write how the numbers were made, and the checks of the fit."""
    checks = facts.checks
    split = checks["divergences"]
    text = (
        "The judgements are nodes of a continuous-time Bayesian network. Its rates have priors "
        "taken from the brief and are learnt from dated, graded reports; silence counts where "
        "somebody was looking. The number would lie in the 80% interval, with four chances "
        "in five, if the model's rates were known; doubt about grades and coding is not in it. "
        "The fit passed its checks "
        f"(R-hat {checks['r_hat']:.3f}, {checks['ess_bulk']:,.0f} effective draws, "
        f"{many(int(split), 'divergence')}). {facts.record}"
    )
    return text.rstrip()


def stamp_line(stamp: Stamp) -> str:
    """Write which forecast a document shows, for programs; `forecast.briefs.stamps` reads it."""
    issued = stamp.issued_at.isoformat(timespec="seconds")
    return (
        f"As of {stamp.as_of.isoformat()} (UTC). Issued at {issued}. Issue {stamp.issue}, "
        f"model {stamp.model[:16]}, evidence {stamp.evidence[:16]}."
    )


def stamped(stamp: Stamp) -> str:
    """Write the same for readers; `forecast.briefs.stamps` reads it back, too."""
    issued = stamp.issued_at.astimezone(dt.UTC)
    return (
        f"As of {day(stamp.as_of)} (UTC). Issued on {day(issued.date())} at {issued:%H:%M:%S} UTC. "
        f"Issue {stamp.issue}, model {stamp.model[:16]}, evidence {stamp.evidence[:16]}."
    )
