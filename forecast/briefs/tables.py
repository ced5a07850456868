"""Tables and lists of a document, before any format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from forecast.briefs import sentences
from forecast.briefs.blocks import Bullets, Note, Prose, Table
from forecast.briefs.facts import Facts, JudgementFacts, QuestionFacts, ReportFacts

__all__ = ["alternatives", "evidence", "judgements", "questions", "scale_key", "watch"]


def _row(*cells: str) -> tuple[Prose, ...]:
    return tuple(Prose((cell,)) for cell in cells)


def judgements(facts: Facts) -> Table:
    """List every judgement: now, its interval, change, horizon, confidence."""
    horizon = facts.judgements[0].horizon_date
    rows = []
    for one in facts.judgements:
        low, high = one.now.lo80, one.now.hi80
        since = one.change
        rows.append(
            _row(
                one.label,
                f"{sentences.number(one.now.probability)} {one.now.word}",
                "" if low is None or high is None else sentences.interval(low, high),
                sentences.points(one.now.probability - one.at_brief),
                sentences.points(one.now.probability - since.before) if since else "first",
                sentences.number(one.horizon.probability),
                one.confidence.level,
            )
        )
    last = facts.judgements[0].change
    header = (
        "Judgement",
        "Now",
        "80% interval",
        "Since brief",
        f"Since {_short(last.as_of)}" if last else "Since last issue",
        f"On {_short(horizon)}",
        "Confidence",
    )
    caption = (
        f"Judgements as of {sentences.day(facts.stamp.as_of)}; changes in percentage points; "
        f"the 80% interval is how far the number would move if the model's rates were known."
    )
    return Table(header, tuple(rows), caption)


def questions(facts: Facts, chosen: Iterable[QuestionFacts]) -> Table:
    """List questions with their answers."""
    rows = []
    listed = list(chosen)
    for one in listed:
        low, high = one.answer.lo80, one.answer.hi80
        said = f"{sentences.number(one.answer.probability)} {one.answer.word}"
        band = "" if low is None or high is None else sentences.interval(low, high)
        rows.append(
            _row(
                one.text,
                f"{one.by.isoformat()}{' (past)' if one.past else ''}",
                one.settled or said,
                "" if one.settled else band,
            )
        )
    caption = f"Questions as of {sentences.day(facts.stamp.as_of)}."
    if any(one.settled for one in listed):
        caption += " One that came out shows its outcome."
    if any(one.past and not one.settled for one in listed):
        caption += " One about a past date is answered from the reports, not resolved."
    return Table(("Question", "By", "Probability", "80% interval"), tuple(rows), caption)


def evidence(reports: Iterable[tuple[ReportFacts, Note]], *, caption: str) -> Table:
    """List reports: date, what, grade, lineage, with a note on the source of each."""
    rows = tuple(
        (
            Prose((one.reported_on.isoformat(),)),
            Prose((one.summary.strip(), note)),
            Prose((one.grade,)),
            Prose((one.origin,)),
        )
        for one, note in reports
    )
    return Table(("Reported", "What", "Grade", "Lineage"), rows, caption)


def watch(facts: Facts) -> Table:
    """List indicators to watch: what becomes of the judgement if one is seen, and if not."""
    windows = {one.window for one in facts.watched}
    each = len(windows) > 1
    told = any(one.collection or one.status for one in facts.watched)
    rows = tuple(
        _row(
            one.label,
            *((one.window,) if each else ()),
            _label(facts, one.node),
            sentences.number(one.now),
            sentences.number(one.if_seen),
            sentences.number(one.if_silent),
            *((one.collection, one.status) if told else ()),
        )
        for one in facts.watched
    )
    window = () if each else (f", {windows.pop()}",) if windows else ()
    header = ("Indicator", *(("Window",) if each else ()), "Judgement", "Expected", "If seen",
              "If not seen", *(("Collection", "Status") if told else ()))  # fmt: skip
    caption = (
        f"Indicators to watch{''.join(window)}: the judgement at the end of the window as expected "
        "now, after one such report, and after looking in vain. A silent indicator is evidence too."
    )
    return Table(header, rows, caption)


def alternatives(facts: Facts, judgement: JudgementFacts) -> Bullets:
    """List the states outside the headline, the most probable first."""
    rest = {s: p for s, p in judgement.states.items() if s not in judgement.headline}
    ordered = sorted(rest, key=lambda state: -rest[state])
    when = sentences.day(facts.stamp.as_of)
    named = {state: state.replace("_", " ").capitalize() for state in ordered}
    said = [f"{named[s]}: {sentences.number(rest[s])} as of {when}." for s in ordered]
    return Bullets(tuple(Prose((one,)) for one in said))


def scale_key(facts: Facts) -> Table:
    """List the words of the scale with the probabilities they stand for."""
    rows = tuple(_row(word, f"{100 * low:g}-{100 * high:g}%") for low, high, word in facts.bands)
    return Table(
        ("Term", "Probability"), rows, f"Words of estimative probability: {facts.scale_title}."
    )


def _short(date: dt.date) -> str:
    return f"{date.day} {date:%b %Y}"


def _label(facts: Facts, node: str) -> str:
    return next((j.label for j in facts.judgements if j.node == node), node)
