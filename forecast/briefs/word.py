"""Word: fill the placeholders of a document and renew its regions; nothing else is touched.

A region is a content control whose tag is the placeholder, so an author sees it in Word and may
write around it. Loops (``{%tr for row in forecast.judgements %}``) are docxtpl's and are run once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from forecast.briefs.blocks import Block, Figure, NoteList, Prose, numbered
from forecast.briefs.facts import Facts
from forecast.briefs.markdown import Changed, Filled, notes_of
from forecast.briefs.regions import Placeholder
from forecast.briefs.word_file import opened, readable, run_loops, saved
from forecast.briefs.word_looks import pictures
from forecast.briefs.word_notes import Footnotes
from forecast.briefs.word_places import (
    PLACEHOLDER,
    Place,
    alone,
    holds_loops,
    places,
    require_nothing_left,
    roots,
)
from forecast.briefs.word_reading import beside, lost, require_shown, said_in, together, unclear
from forecast.briefs.word_record import describe, mark, read_record, restore, unmark, write_record
from forecast.briefs.word_writer import Writer
from forecast.errors import DocumentError, Problem

__all__ = ["fill_word", "stamp_text"]


def fill_word(
    body: bytes,
    evaluate: Callable[[Placeholder], Block],
    *,
    name: str,
    facts: Facts,
    stamp: str,
) -> tuple[bytes, Filled]:
    """Fill a Word document.

    Parameters
    ----------
    body : bytes
        The document.
    evaluate : callable
        Gives what a placeholder stands for.
    name : str
        Of the document, for messages.
    facts : Facts
        For docxtpl's loops over ``forecast.judgements`` and ``forecast.questions``.
    stamp : str
        Kept in the document's properties, with the list of its regions.

    Raises
    ------
    DocumentError
        If it is no Word document, shows none of its regions any more, or with every place that
        cannot be filled.
    """
    template = opened(body, name)
    document: Any = template.docx
    with readable(name):
        record = read_record(document)
        restore(roots(document), dict(enumerate(record.regions or (), 1)))
        unmark(roots(document))
        found = list(places(document, name))  # before the first is written
        footnotes = Footnotes(document)
    require_shown(found, record, name)
    values = numbered(_evaluated(found, evaluate, name))
    with readable(name):
        held = ["" if place.fresh else said_in(place.control, footnotes) for place in found]
        unlike = unclear(document, found, footnotes, record)
        for place in found:
            footnotes.forget(footnotes.references(place.control))
        footnotes.save()
        if holds_loops(document):  # while no word of a report stands in it
            for place in found:
                place.control.find(f"{{{PLACEHOLDER}}}sdtContent").clear()
            run_loops(template, facts, name)
            footnotes = Footnotes(document)
            found, values, held = _again(document, found, values, held)
        require_nothing_left(document, name)
        filled = _write(document, footnotes, (found, values, held))
        filled.changed += lost(found, record, evaluate)
        stale = {change.wanted for change in filled.changed}
        filled.faults += [said for wanted, said in unlike if wanted not in stale]
        filled.faults += together(document, found, record)
        shown = [p for p in found if not p.again]
        drawn = [one for p in shown for one in pictures(document, p.control)]
        write_record(document, stamp, [str(p.wanted) for p in shown], drawn)
        describe(document, title=facts.title, author=facts.house, day=facts.stamp.issued_at)
        out = saved(document)
    return out, filled


def stamp_text(body: bytes, *, name: str) -> str:
    """Read the stamp a document keeps in its properties."""
    document = opened(body, name).docx
    with readable(name):
        return read_record(document).stamp


def _write(
    document: Any, footnotes: Footnotes, rows: tuple[list[Place], list[Block], list[str]]
) -> Filled:
    """Write every value into its control, and mark both ends of each."""
    found, values, held = rows
    notes = notes_of(values)
    filled = Filled(notes=notes, figures=[v for v in values if isinstance(v, Figure)])
    listed = any(isinstance(value, NoteList) for value in values)
    writer = Writer(document, footnotes, notes if listed else [])
    for place, value, old in zip(found, values, held, strict=True):
        writer.write(place.control, value)
        new, said = said_in(place.control, footnotes), str(place.wanted)
        if not place.again:
            filled.regions.append((said, new))
        if place.fresh:
            filled.waiting.append((place.number, said))
        elif _flat(old) != _flat(new):
            filled.changed.append(Changed(place.number, said, old, new))
        filled.faults += beside(place, value, new, footnotes)
    footnotes.save()
    shown = [place.control for place in found if not place.again]
    mark(roots(document), dict(enumerate(shown, 1)))
    return filled


def _flat(text: str) -> str:
    return " ".join(text.split())


def _again(
    document: Any, found: list[Place], values: list[Block], held: list[str]
) -> tuple[list[Place], list[Block], list[str]]:
    """Find the places anew after loops have run, which may have left out or repeated some."""
    rows = zip(found, values, held, strict=True)
    known: dict[str, list[tuple[bool, Block, str]]] = {}
    for place, value, old in rows:
        known.setdefault(str(place.wanted), []).append((place.fresh, value, old))
    later = [place for place in places(document, "") if str(place.wanted) in known]
    kept = [known[str(place.wanted)] for place in later]
    again = [one.pop(0) if len(one) > 1 else one[0] for one in kept]
    fresh = [replace(p, fresh=new) for p, (new, _, _) in zip(later, again, strict=True)]
    return fresh, [value for _, value, _ in again], [old for _, _, old in again]


def _evaluated(
    found: list[Place], evaluate: Callable[[Placeholder], Block], name: str
) -> list[Block]:
    values: list[Block] = []
    problems = []
    for place in found:
        where = f"paragraph {place.number}"
        try:
            value = evaluate(place.wanted)
        except DocumentError as error:
            problems.append(Problem(name, 0, where, str(error)))
            continue
        values.append(value)
        if not isinstance(value, Prose) and not alone(place.control):
            came = f"{place.wanted} stands in a sentence"
            problems.append(Problem(name, 0, where, came, "give it a paragraph of its own"))
    if problems:
        raise DocumentError(str(problems[0]), problems=problems)
    return values
