"""Tables and lists of a document, before any format."""

from __future__ import annotations

from collections.abc import Iterable

from forecast.briefs import sentences
from forecast.briefs.blocks import Bullets, Note, Prose, Table
from forecast.briefs.facts import (
    AnnouncedFacts,
    Facts,
    JudgementFacts,
    QuestionFacts,
    ReportFacts,
    Watched,
)

__all__ = [
    "CALENDAR",
    "all_alternatives",
    "alternatives",
    "calendar",
    "calendar_note",
    "calendar_row",
    "evidence",
    "judgements",
    "questions",
    "scale_key",
    "telling",
    "watch",
]


def _row(*cells: str) -> tuple[Prose, ...]:
    return tuple(Prose((cell,)) for cell in cells)


def judgements(facts: Facts) -> Table:
    """List every judgement: now, its interval, change, horizon, confidence."""
    horizon = facts.judgements[0].horizon_date
    rows = []
    last = next((one.change for one in facts.judgements if one.change), None)
    blank = ("new",) if last else ()
    for one in facts.judgements:
        low, high = one.now.lo80, one.now.hi80
        since = one.change
        rows.append(
            _row(
                one.label,
                f"{sentences.number(one.now.probability)} {one.now.word}",
                "" if low is None or high is None else sentences.interval(low, high),
                sentences.points(one.now.probability - one.at_brief),
                *((sentences.points(one.now.probability - since.before),) if since else blank),
                sentences.number(one.horizon.probability),
                one.confidence.level,
            )
        )
    header = (
        "Judgement",
        "Now",
        "80% interval",
        "Since brief",
        *((f"Since {sentences.brief_day(last.as_of)}",) if last else ()),
        f"On {sentences.brief_day(horizon)}",
        "Confidence",
    )
    caption = (
        f"Judgements as of {sentences.day(facts.stamp.as_of)}; changes in percentage points, from "
        "numbers before rounding."
    )
    return Table(header, tuple(rows), caption)


def questions(facts: Facts, chosen: Iterable[QuestionFacts]) -> Table:
    """List questions with their answers."""
    rows = []
    listed = list(chosen)
    for one in listed:
        low, high = one.answer.lo80, one.answer.hi80
        said = f"{sentences.number(one.answer.probability)} {one.answer.word}{one.made_of}"
        band = "" if low is None or high is None else sentences.interval(low, high)
        rows.append(
            _row(
                one.text,
                f"{sentences.brief_day(one.by)}{' (past)' if one.past else ''}",
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
    """List reports: date, what, grade, origin, with a note on the source of each."""
    rows = tuple(
        (
            Prose((sentences.brief_day(one.reported_on),)),
            Prose((one.summary.strip(), note)),
            Prose((one.grade,)),
            Prose((one.origin,)),
        )
        for one, note in reports
    )
    return Table(("Reported", "What", "Grade", "Origin"), rows, caption)


def telling(watched: Iterable[Watched]) -> list[Watched]:
    """Leave out what would change no printed number, seen or not."""
    return [
        one
        for one in watched
        if len({sentences.number(p) for p in (one.now, one.if_seen, one.if_silent)}) > 1
    ]


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
              "If not seen", *(("Collection", "Last reported") if told else ()))  # fmt: skip
    caption = (
        f"Indicators to watch{''.join(window)}: the judgement at the end of the window as expected "
        "now, after one such report, and after looking in vain. A silent indicator is evidence too."
    )
    return Table(header, rows, caption)


#: Headings of the calendar.
CALENDAR = ("What", "When", "Announced", "Kept")


def calendar(facts: Facts, announced: Iterable[tuple[AnnouncedFacts, Note]]) -> Table:
    """List what is announced, with a note on the source of each."""
    rows = []
    for one, note in announced:
        what, when, told, kept = _row(*calendar_row(one))
        rows.append((what, when, Prose((*told.parts, note)), kept))
    return Table(CALENDAR, tuple(rows), calendar_note(facts))


def calendar_row(one: AnnouncedFacts) -> tuple[str, str, str, str]:
    """Write what is announced, for when, where and how well graded, and how probably it is kept."""
    what, source = (
        " ".join((f"{one.sign}." if one.questions else one.sign, *one.questions)),
        one.source,
    )
    first, last = map(sentences.brief_day, one.window) if one.window else ("no date",) * 2
    told = ", ".join(filter(None, (sentences.brief_day(source.reported_on), source.site)))
    kept = "not counted" if one.kept is None else sentences.number(one.kept)
    return (
        what,
        first if first == last else f"{first} to {last}",
        f"{told} [{source.grade}]",
        "scheduled" if one.scheduled else kept,
    )


def calendar_note(facts: Facts) -> str:
    """Say what the calendar shows."""
    scheduled = any(one.scheduled for one in facts.calendar)
    window = " What is scheduled can happen only in its window." if scheduled else ""
    return (
        f"Announced, and open on {sentences.day(facts.stamp.as_of)}: the probability that it is "
        f"still kept, given that it has not happened.{window}"
    )


def alternatives(judgement: JudgementFacts) -> Bullets:
    """List the states outside the headline, the most probable first."""
    said = [f"{state[:1].upper()}{state[1:]}: {p}." for state, p in _rest(judgement)]
    return Bullets(tuple(Prose((one,)) for one in said))


def all_alternatives(facts: Facts) -> Bullets:
    """List what else each judgement leaves open; those that leave next to nothing in one item."""
    open_ones = [one for one in facts.judgements if 0.05 <= one.now.probability <= 0.95]
    items = []
    for one in open_ones:
        rest = [f"{state} ({p})" for state, p in _rest(one)]
        others = " or ".join(filter(None, [", ".join(rest[:-1]), rest[-1]]))
        items.append(f"{one.label} ({sentences.number(one.now.probability)}); otherwise {others}.")
    settled = [one for one in facts.judgements if one not in open_ones]
    if settled:
        names = "; ".join(
            f"{one.label} ({sentences.number(one.now.probability)})" for one in settled
        )
        items.append(f"Nearly settled either way: {names}.")
    return Bullets(tuple(Prose((one,)) for one in items))


def _rest(judgement: JudgementFacts) -> list[tuple[str, str]]:
    rest = {s: p for s, p in judgement.states.items() if s not in judgement.headline}
    ordered = sorted(rest, key=lambda state: -rest[state])
    return [(state.replace("_", " "), sentences.number(rest[state])) for state in ordered]


def scale_key(facts: Facts) -> Table:
    """List the words of the scale with the probabilities they stand for."""
    rows = tuple(
        _row(word, f"{100 * low:g}\N{EN DASH}{100 * high:g}%") for low, high, word in facts.bands
    )
    return Table(
        ("Term", "Probability"), rows, f"Words of estimative probability: {facts.scale_title}."
    )


def _label(facts: Facts, node: str) -> str:
    return next((j.label for j in facts.judgements if j.node == node), node)
