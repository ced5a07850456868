"""Word: fill the placeholders of a document and renew its regions; nothing else is touched.

A region is a content control whose tag is the placeholder, so an author sees it in Word and may
write around it. Loops (``{%tr for row in forecast.judgements %}``) are docxtpl's and are run once.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from forecast.briefs.blocks import Block, Figure, NoteList, Prose, numbered
from forecast.briefs.facts import Facts
from forecast.briefs.markdown import Changed, Filled, notes_of
from forecast.briefs.placeholders import Placeholder, parse
from forecast.briefs.word_notes import Footnotes
from forecast.briefs.word_parts import (
    PLACEHOLDER,
    TAGGED,
    alone,
    asked,
    control,
    said_in,
    wrap_in_runs,
)
from forecast.briefs.word_writer import Writer
from forecast.errors import DocumentError, Problem

__all__ = ["fill_word", "stamp_text", "word_text"]


@dataclass(frozen=True, slots=True)
class _Place:
    """One place: number of its paragraph, what it asks for, its control, whether it is new."""

    number: int
    wanted: Placeholder
    control: Any
    fresh: bool


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
        Kept in the document's properties.

    Raises
    ------
    DocumentError
        If it is no Word document, or with every place that cannot be filled.
    """
    template = _opened(body, name)
    document: Any = template.docx
    places = list(_places(document, name))  # found before the first is written
    values = numbered(_evaluated(places, evaluate, name))
    footnotes = Footnotes(document)
    held = ["" if place.fresh else said_in(place.control, footnotes) for place in places]
    for place in places:
        footnotes.forget(footnotes.references(place.control))
    footnotes.save()
    if "{%" in word_text(document):  # while no word of a report stands in it
        for place in places:
            place.control.find(f"{{{PLACEHOLDER}}}sdtContent").clear()
        _run_loops(template, facts, name)
        footnotes = Footnotes(document)
        places, values, held = _again(document, places, values, held)
    notes = notes_of(values)
    filled = Filled(notes=notes, figures=[v for v in values if isinstance(v, Figure)])
    listed = any(isinstance(value, NoteList) for value in values)
    writer = Writer(document, footnotes, notes if listed else [])
    for place, value, old in zip(places, values, held, strict=True):
        writer.write(place.control, value)
        new, said = said_in(place.control, footnotes), str(place.wanted)
        filled.regions.append((said, new))
        if place.fresh:
            filled.waiting.append((place.number, said))
        elif old != new:
            filled.changed.append(Changed(place.number, said, old, new))
    footnotes.save()
    document.core_properties.identifier = stamp
    out = io.BytesIO()
    document.save(out)
    return out.getvalue(), filled


def stamp_text(body: bytes, *, name: str) -> str:
    """Read the stamp a document keeps in its properties."""
    document: Any = _opened(body, name).docx
    return str(document.core_properties.identifier or "")


def word_text(document: Any) -> str:
    """All text of a document's body, a line a paragraph."""
    return "\n".join(asked(p) for p in document.element.body.iter(f"{{{PLACEHOLDER}}}p"))


def _opened(body: bytes, name: str) -> Any:
    from docx.opc.exceptions import PackageNotFoundError
    from docxtpl import DocxTemplate
    from lxml.etree import XMLSyntaxError

    try:
        template = DocxTemplate(io.BytesIO(body))
        template.init_docx()
    except (zipfile.BadZipFile, PackageNotFoundError, XMLSyntaxError, KeyError, ValueError):
        raise DocumentError(
            f"{name}: is no Word document, or a damaged one; save it as .docx again"
        ) from None
    return template


def _roots(document: Any) -> Iterator[Any]:
    yield document.element.body
    for section in document.sections:
        for part in (section.header, section.footer):
            if not part.is_linked_to_previous:
                yield part._element  # noqa: SLF001  # python-docx gives no other way


def _places(document: Any, name: str) -> Iterator[_Place]:
    """Find every place in order; what is a placeholder still becomes an empty control."""
    _require_readable(document, name)
    number = 0
    for root in _roots(document):
        for element in list(root.iter(f"{{{PLACEHOLDER}}}p", f"{{{PLACEHOLDER}}}sdt")):
            if element.tag.endswith("}sdt"):
                said = control(element)
                if said:
                    yield _Place(number, parse(said), element, fresh=False)
                continue
            number += 1
            for place, said in wrap_in_runs(element):
                yield _Place(number, parse(said), place, fresh=True)


def _again(
    document: Any, places: list[_Place], values: list[Block], held: list[str]
) -> tuple[list[_Place], list[Block], list[str]]:
    """Find the places anew after loops have run, which may have left out or repeated some."""
    rows = zip(places, values, held, strict=True)
    known = {str(place.wanted): (place.fresh, value, old) for place, value, old in rows}
    found = [place for place in _places(document, "") if str(place.wanted) in known]
    again = [known[str(place.wanted)] for place in found]
    fresh = [replace(p, fresh=new) for p, (new, _, _) in zip(found, again, strict=True)]
    return fresh, [value for _, value, _ in again], [old for _, _, old in again]


def _require_readable(document: Any, name: str) -> None:
    """Refuse placeholders that cannot be read, all at once, before anything is changed."""
    problems = []
    paragraphs = (p for root in _roots(document) for p in root.iter(f"{{{PLACEHOLDER}}}p"))
    for number, paragraph in enumerate(paragraphs, 1):
        for said in TAGGED.findall(asked(paragraph)):
            try:
                parse(said)
            except DocumentError as error:
                problems.append(Problem(name, 0, f"paragraph {number}", str(error)))
    if problems:
        raise DocumentError(str(problems[0]), problems=problems)


def _evaluated(
    places: list[_Place], evaluate: Callable[[Placeholder], Block], name: str
) -> list[Block]:
    values: list[Block] = []
    problems = []
    for place in places:
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


def _run_loops(template: Any, facts: Facts, name: str) -> None:
    """Run docxtpl's loops in a sandbox; what is not there is an error, never an empty cell."""
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    from forecast.briefs.tables import judgements, questions

    def rows(table: Any) -> list[dict[str, str]]:
        keys = [key.lower().replace(" ", "_").replace("%", "") for key in table.header]
        return [
            dict(zip(keys, ("".join(map(str, c.parts)) for c in row), strict=True))
            for row in table.rows
        ]

    context = {
        "judgements": rows(judgements(facts)),
        "questions": rows(questions(facts, facts.questions)),
    }
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    try:
        template.render({"forecast": context}, jinja_env=environment, autoescape=True)
    except TemplateError as error:
        raise DocumentError(f"{name}: a loop cannot be run: {error}") from None
