"""Notes at the foot of a Word page: the part that holds them, its styles, and references to it.

python-docx knows no footnotes, so the part is read and written here. Its form is that of ECMA-376,
part 1, 17.11; the styles are the document's own where it has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from lxml import etree

__all__ = ["Footnotes", "cleaned"]

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
