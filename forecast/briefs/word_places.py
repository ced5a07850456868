"""Where a Word document asks for a forecast: every part that is printed, its pieces and its notes.

python-docx knows no footnotes, so the part that holds them is read and written here. Its form is
that of ECMA-376, part 1, 17.11; the styles are the document's own where it has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from lxml import etree

from forecast.briefs.regions import Placeholder, ours, parse
from forecast.errors import DocumentError, Problem

__all__ = [
    "DELETED",
    "PLACEHOLDER",
    "Footnotes",
    "Place",
    "alone",
    "asked",
    "cleaned",
    "control",
    "holds_loops",
    "new_control",
    "paragraph_of",
    "places",
    "require_nothing_left",
    "roots",
    "tagged",
    "wrap_in_runs",
]


#: Namespace of WordprocessingML.
PLACEHOLDER = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

_W = f"{{{PLACEHOLDER}}}"
#: What was deleted or moved away while changes were tracked.
DELETED = {f"{_W}del", f"{_W}moveFrom"}
_BRACES = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_LONGEST_TAG = 64  # what Word keeps
_AROUND = {
    f"{_W}{name}"
    for name in ("ins", "moveTo", "hyperlink", "smartTag", "customXml", "fldSimple", "dir", "bdo")
}
_EDITED = {f"{_W}ins", f"{_W}moveTo", f"{_W}smartTag", f"{_W}customXml"}
_HIDING = (f"{_W}vanish", f"{_W}specVanish", f"{_W}webHidden")
_NARROW = ("text", "date", "dropDownList", "comboBox", "dataBinding", "picture", "equation")


def tagged(text: str) -> list[re.Match[str]]:
    """Find the placeholders of ours in a text, misspelt ones too; loops of docxtpl hold others."""
    return [found for found in _BRACES.finditer(text) if ours(found[1])]


def asked(paragraph: Any) -> str:
    """Text of a paragraph outside our content controls, as a reader sees it."""
    return "".join(map(_text, _runs(paragraph)))


def _runs(element: Any) -> Iterator[Any]:
    """Walk over the runs of a paragraph: in insertions, links and controls of the house too."""
    for child in element:
        if child.tag == f"{_W}r":
            yield child
        elif child.tag in _AROUND:
            yield from _runs(child)
        elif child.tag == f"{_W}sdt" and control(child) is None:
            content = child.find(f"{_W}sdtContent")
            yield from () if content is None else _runs(content)


def control(element: Any) -> str | None:
    """Tell the placeholder a content control is tagged with; None if it is another's."""
    tag = element.find(f"{_W}sdtPr/{_W}tag")
    said = "" if tag is None else tag.get(f"{_W}val") or ""
    return f"forecast.{said[2:]}" if said.startswith("f:") else None


def alone(place: Any) -> bool:
    """Tell whether a control is a paragraph of its own, or can become one."""
    if paragraph_of(place) is None:
        return True
    child, others = place, []
    while True:
        parent = child.getparent()
        others += [c for c in parent if c is not child and c.tag != f"{_W}pPr"]
        if parent.tag not in _EDITED:
            break
        child = parent
    said = "".join(t.text or "" for c in others for t in c.iter(f"{_W}t"))
    return parent.tag == f"{_W}p" and not said.strip()


def paragraph_of(place: Any) -> Any:
    """Return the paragraph in whose line a control stands; None if it holds paragraphs itself."""
    for one in place.iterancestors():
        if one.tag == f"{_W}p":
            return one
        if one.tag not in {*_AROUND, f"{_W}sdt", f"{_W}sdtContent"}:
            break
    return None


def wrap_in_runs(paragraph: Any) -> list[tuple[Any, str]]:
    """Put a control in the place of every placeholder of a paragraph, however its runs are cut."""
    found = []
    while matches := tagged(asked(paragraph)):
        match = matches[0]
        runs = list(_runs(paragraph))
        begin, end = match.span()
        first, before = _run_at(runs, begin)
        last, after = _run_at(runs, end - 1)
        _require_wide(first)
        place = new_control(str(parse(match[1])), first.find(f"{_W}rPr"))
        for run in runs[runs.index(first) + 1 : runs.index(last)]:
            run.getparent().remove(run)
        tail, rest = last, _text(last)[after + 1 :]
        if last is first:
            tail = deepcopy(first)
            first.addnext(tail)
        first.addnext(place)
        _set_text(tail, rest)
        _set_text(first, _text(first)[:before])
        for run in (first, tail):
            if not _holds(run):
                run.getparent().remove(run)
        found.append((place, match[1]))
    return found


def _require_wide(run: Any) -> None:
    """Refuse a control of the house that Word lets hold nothing but plain text or its own data."""
    for one in run.iterancestors(f"{_W}sdt"):
        kinds = [name for name in _NARROW if one.find(f"{_W}sdtPr/{_W}{name}") is not None]
        if kinds:
            raise DocumentError(
                f"a placeholder stands in a content control of the kind {kinds[0]}, which holds no "
                "region; make it a rich-text control"
            )


def _run_at(runs: Sequence[Any], position: int) -> tuple[Any, int]:
    for run in runs:
        length = len(_text(run))
        if position < length:
            return run, position
        position -= length
    raise AssertionError(position)


def _text(run: Any) -> str:
    return "".join(t.text or "" for t in run.iterchildren(f"{_W}t"))


def _set_text(run: Any, text: str) -> None:
    places = list(run.iterchildren(f"{_W}t"))
    for number, place in enumerate(places):
        place.text = text if not number else ""
        place.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _holds(run: Any) -> bool:
    """Tell whether something of a run is left: text, a tab, a picture."""
    return any(one.tag not in {f"{_W}rPr", f"{_W}t"} or one.text for one in run)


def new_control(wanted: str, properties: Any) -> Any:
    """Make an empty content control tagged with a placeholder; its words get this format."""
    from docx.oxml import OxmlElement

    tag = "f:" + wanted.removeprefix("forecast.")
    if len(tag) > _LONGEST_TAG:
        raise DocumentError(f"{wanted} is longer than the {_LONGEST_TAG} letters that Word keeps")
    place = OxmlElement("w:sdt")
    about = OxmlElement("w:sdtPr")
    if properties is not None:
        about.append(deepcopy(properties))
        for hidden in list(about.iter(*_HIDING)):  # a region is there to be read
            hidden.getparent().remove(hidden)
    for name, value in (("w:alias", "Forecast"), ("w:tag", tag)):
        one = OxmlElement(name)
        one.set(f"{_W}val", value)
        about.append(one)
    place.append(about)
    place.append(OxmlElement("w:sdtContent"))
    return place


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
                    with _placed(name, number + (paragraph_of(element) is None)):
                        wanted = parse(said)
                    yield Place(number, wanted, element, fresh=False)
                continue
            number += 1
            if _ours(element):
                continue
            with _placed(name, number):
                found = wrap_in_runs(element)
            for place, said in found:
                yield Place(number, parse(said), place, fresh=True)


@contextmanager
def _placed(name: str, number: int) -> Iterator[None]:
    """Name the paragraph in which a placeholder cannot be read."""
    try:
        yield
    except DocumentError as error:
        problem = Problem(name, 0, f"paragraph {number}", str(error))
        raise DocumentError(str(problem), problems=[problem]) from None


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


_ADDRESS = re.compile(r"(https?://[^\s<>]+[^\s<>.,;:])")
_NO_XML = re.compile("[^\\t\\n\\x20-\\x7e\\x80-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_SEPARATORS = (("-1", "separator"), ("0", "continuationSeparator"))
_LATER = ("endnotePr", "compat", "docVars", "rsids", "mathPr", "attachedSchema", "themeFontLang",
          "clrSchemeMapping", "doNotIncludeSubdocsInStats", "shapeDefaults", "decimalSymbol",
          "listSeparator")  # fmt: skip


class Footnotes:
    """The footnotes of one document, the author's and ours.

    Parameters
    ----------
    document : docx.document.Document
    """

    def __init__(self, document: Any) -> None:
        self.document = document
        part = document.part
        rels = (rel for rel in part.rels.values() if rel.reltype == RELATIONSHIP_TYPE.FOOTNOTES)
        found = next(rels, None)
        self.part: Any = None if found is None else found.target_part
        self.root: Any = None if self.part is None else parse_xml(self.part.blob)

    def note(self, number: str) -> Any:
        """Return the element of one note; None if there is none."""
        notes = () if self.root is None else self.root.iter(qn("w:footnote"))
        return next((note for note in notes if note.get(qn("w:id")) == number), None)

    def references(self, element: Any) -> list[str]:
        """Numbers, as the file holds them, of the notes an element refers to."""
        return [one.get(qn("w:id")) for one in element.iter(qn("w:footnoteReference"))]

    def forget(self, numbers: Iterable[str]) -> None:
        """Remove notes, with the addresses they lead to."""
        for number in numbers:
            note = self.note(number)
            if note is None:
                continue
            for link in note.iter(qn("w:hyperlink")):
                self.part.rels.pop(link.get(qn("r:id")), None)
            self.root.remove(note)

    def clear(self) -> None:
        """Remove every note but the lines that separate them from the text."""
        notes = () if self.root is None else self.root.iter(qn("w:footnote"))
        plain = [note for note in notes if note.get(qn("w:type")) in {None, "normal"}]
        self.forget([note.get(qn("w:id")) for note in plain])

    def add(self, text: str) -> Any:
        """Put a note at the foot of the page; return the run that refers to it."""
        if self.root is None:
            self._begin()
        numbers = [int(note.get(qn("w:id")) or 0) for note in self.root.iter(qn("w:footnote"))]
        number = str(max([0, *numbers]) + 1)
        note = _element("w:footnote", id=number)
        paragraph = _element("w:p")
        about = _element("w:pPr")
        about.append(_element("w:pStyle", val=self._style("text")))
        paragraph.append(about)
        paragraph.append(self._mark(_element("w:footnoteRef")))
        for place, said in enumerate(_ADDRESS.split(cleaned(f" {text}"))):
            if said:
                paragraph.append(self._link(said) if place % 2 else _words(said))
        note.append(paragraph)
        self.root.append(note)
        return self._mark(_element("w:footnoteReference", id=number))

    def save(self) -> None:
        """Write the part back."""
        if self.root is not None:
            self.part._blob = etree.tostring(  # noqa: SLF001  # python-docx gives no other way
                self.root, xml_declaration=True, encoding="UTF-8", standalone=True
            )

    def _mark(self, mark: Any) -> Any:
        run, about = _element("w:r"), _element("w:rPr")
        about.append(_element("w:rStyle", val=self._style("reference")))
        run.append(about)
        run.append(mark)
        return run

    def _link(self, address: str) -> Any:
        link = _element("w:hyperlink")
        kind = RELATIONSHIP_TYPE.HYPERLINK
        link.set(qn("r:id"), self.part.relate_to(address, kind, is_external=True))
        link.append(_words(address))
        return link

    def _begin(self) -> None:
        """Give the document the part, with the two lines that separate notes from the text."""
        main = self.document.part
        self.root = parse_xml(f"<w:footnotes {nsdecls('w', 'r')}/>")
        for number, kind in _SEPARATORS:
            note, paragraph, run = _element("w:footnote"), _element("w:p"), _element("w:r")
            note.set(qn("w:type"), kind)
            note.set(qn("w:id"), number)
            run.append(_element(f"w:{kind}"))
            paragraph.append(run)
            note.append(paragraph)
            self.root.append(note)
        name = PackURI("/word/footnotes.xml")
        self.part = Part(name, CONTENT_TYPE.WML_FOOTNOTES, b"", main.package)
        main.relate_to(self.part, RELATIONSHIP_TYPE.FOOTNOTES)
        self._declare()

    def _declare(self) -> None:
        """Name the separators in the settings, where Word looks for them."""
        settings = self.document.settings.element
        if settings.find(qn("w:footnotePr")) is not None:
            return
        about = _element("w:footnotePr")
        for number, _ in _SEPARATORS:
            about.append(_element("w:footnote", id=number))
        later = {qn(f"w:{name}") for name in _LATER} | {qn("m:mathPr")}
        after = next((child for child in settings if child.tag in later), None)
        settings.append(about) if after is None else after.addprevious(about)

    def _style(self, kind: str) -> str:
        """Id of the document's style for notes, which is made where there is none."""
        wanted = f"footnote {kind}"
        styles = self.document.styles.element
        for style in styles.iter(qn("w:style")):
            name = style.find(qn("w:name"))
            if name is not None and name.get(qn("w:val"), "").lower() == wanted:
                return str(style.get(qn("w:styleId")))
        styles.append(parse_xml(_TEXT if kind == "text" else _REFERENCE))
        return f"Footnote{kind.capitalize()}"


_TEXT = (
    f'<w:style {nsdecls("w")} w:type="paragraph" w:styleId="FootnoteText">'
    '<w:name w:val="footnote text"/><w:basedOn w:val="Normal"/><w:uiPriority w:val="99"/>'
    '<w:pPr><w:spacing w:after="0" w:line="240" w:lineRule="auto"/></w:pPr>'
    '<w:rPr><w:sz w:val="17"/><w:szCs w:val="17"/></w:rPr></w:style>'
)
_REFERENCE = (
    f'<w:style {nsdecls("w")} w:type="character" w:styleId="FootnoteReference">'
    '<w:name w:val="footnote reference"/><w:uiPriority w:val="99"/>'
    '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
)


def cleaned(text: str) -> str:
    """Text without the signs XML cannot hold."""
    return _NO_XML.sub("", text)


def _words(text: str) -> Any:
    run, place = _element("w:r"), _element("w:t")
    place.text = cleaned(text)
    place.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    run.append(place)
    return run


def _element(tag: str, **attributes: str) -> Any:
    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made
