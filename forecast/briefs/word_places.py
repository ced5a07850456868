"""Where a Word document asks for a forecast: every part that is printed, and what is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from docx.opc.constants import RELATIONSHIP_TYPE
from lxml import etree

from forecast.briefs.placeholders import Placeholder, parse
from forecast.briefs.word_parts import (
    DELETED,
    PLACEHOLDER,
    asked,
    control,
    tagged,
    wrap_in_runs,
)
from forecast.errors import DocumentError, Problem

__all__ = ["Place", "holds_loops", "places", "require_nothing_left", "roots"]

_W: Final = f"{{{PLACEHOLDER}}}"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_STORIES: Final = {RELATIONSHIP_TYPE.HEADER: "header", RELATIONSHIP_TYPE.FOOTER: "footer"}
_TORN: Final = re.compile(r"\{\{\s*forecast\s*\.|\{%[^%]*\bforecast\b")
_UNREAD: Final = re.compile(r"/word/glossary/|/customXml/|/docProps/|/word/(styles|settings|theme)")


@dataclass(frozen=True, slots=True)
class Place:
    """One place that belongs to the forecast.

    Attributes
    ----------
    number : int
        Of its paragraph, from 1.
    wanted : Placeholder
    control : element
        Its content control.
    fresh : bool
        Whether it has never been filled.
    """

    number: int
    wanted: Placeholder
    control: Any
    fresh: bool

    @property
    def again(self) -> bool:
        """Whether it is the copy of a text box for programs that cannot show the first."""
        return next(self.control.iterancestors(_FALLBACK), None) is not None


def roots(document: Any) -> list[Any]:
    """List the body and every header and footer, those of first and even pages too."""
    return [root for _, root in _stories(document)]


def _stories(document: Any) -> list[tuple[str, Any]]:
    rels = sorted(document.part.rels.values(), key=lambda rel: str(rel.rId))
    parts = {
        str(rel.target_part.partname): (_STORIES[rel.reltype], rel.target_part)
        for rel in rels
        if rel.reltype in _STORIES
    }
    found = [(f"{kind} {name.rpartition('/')[2]}", part.element)
             for name, (kind, part) in sorted(parts.items())]  # fmt: skip
    return [("", document.element.body), *found]


def places(document: Any, name: str) -> Iterator[Place]:
    """Find every place in order; what is a placeholder still becomes an empty control.

    Raises
    ------
    DocumentError
        With every placeholder that cannot be read, before anything is changed.
    """
    _require_readable(document, name)
    number = 0
    for root in roots(document):
        for element in list(root.iter(f"{_W}p", f"{_W}sdt")):
            if element.tag == f"{_W}sdt":
                said = control(element)
                if said and not _within(element):
                    yield Place(number, parse(said), element, fresh=False)
                continue
            number += 1
            if _ours(element):
                continue
            try:
                found = wrap_in_runs(element)
            except DocumentError as error:
                problem = Problem(name, 0, f"paragraph {number}", str(error))
                raise DocumentError(str(problem), problems=[problem]) from None
            for place, said in found:
                yield Place(number, parse(said), place, fresh=True)


def _within(place: Any) -> bool:
    """Tell whether a control lies in another of ours, or in text that is gone: no region then."""
    around = place.iterancestors()
    return any(one.tag in DELETED or (one.tag == place.tag and control(one)) for one in around)


def _ours(paragraph: Any) -> bool:
    """Tell whether a paragraph lies in a region, where words of a report stand."""
    return any(control(one) for one in paragraph.iterancestors(f"{_W}sdt"))


def holds_loops(document: Any) -> bool:
    """Tell whether a document asks docxtpl for anything."""
    paragraphs = (p for root in roots(document) for p in root.iter(f"{_W}p"))
    return any("{%" in asked(p) for p in paragraphs if not _ours(p))


def _require_readable(document: Any, name: str) -> None:
    problems = []
    paragraphs = (p for root in roots(document) for p in root.iter(f"{_W}p"))
    for number, paragraph in enumerate(paragraphs, 1):
        for found in () if _ours(paragraph) else tagged(asked(paragraph)):
            try:
                parse(found[1])
            except DocumentError as error:
                problems.append(Problem(name, 0, f"paragraph {number}", str(error)))
    if problems:
        raise DocumentError(str(problems[0]), problems=problems)


def require_nothing_left(document: Any, name: str) -> None:
    """Refuse placeholders where none can be filled, so that none is printed as it stands.

    Those are footnotes, endnotes, comments, fields, alternative texts, links, charts, and
    placeholders that are torn.

    Raises
    ------
    DocumentError
        With every one, and its place.
    """
    problems = [
        Problem(name, 0, where, f"{said} cannot be filled there", "write it into the text")
        for where, root in _everything(document)
        for said in _left(root)
    ]
    if problems:
        raise DocumentError(str(problems[0]), problems=problems)


def _everything(document: Any) -> Iterator[tuple[str, Any]]:
    known = {id(root): label for label, root in _stories(document)}
    yield "text", document.element.body
    for part in document.part.package.iter_parts():
        name = str(part.partname)
        if part is document.part or _UNREAD.match(name) or not name.endswith(".xml"):
            continue
        element = getattr(part, "element", None)
        if element is None:
            try:
                parser = etree.XMLParser(resolve_entities=False, no_network=True)
                element = etree.fromstring(part.blob, parser)
            except etree.XMLSyntaxError:
                continue  # nothing that is read here
        yield known.get(id(element), name.rpartition("/")[2]), element


def _left(root: Any) -> Iterator[str]:
    for element in root.iter(etree.Element):
        if any(control(one) for one in (element, *element.iterancestors(f"{_W}sdt"))):
            continue
        said = [value for value in element.attrib.values() if "{" in value]
        if element.tag.endswith("}p"):
            said.append("".join(_said(element)))
        elif element.text and "{" in element.text and not _in_paragraph(element):
            said.append(element.text)
        for text in said:
            yield from (found[0] for found in tagged(text))
            if not tagged(text) and (torn := _TORN.search(text)):
                yield f"{text[torn.start() :][:60]}"


def _in_paragraph(element: Any) -> bool:
    return any(one.tag.endswith("}p") for one in element.iterancestors())


def _said(element: Any) -> Iterator[str]:
    """Text of a paragraph, fields too, without what was deleted, ours, and paragraphs within it."""
    for child in element.iterchildren(etree.Element):
        if child.tag in DELETED or child.tag.endswith("}p") or control(child):
            continue
        if child.tag.rpartition("}")[2] in {"t", "instrText"}:
            yield child.text or ""
        else:
            yield from _said(child)
