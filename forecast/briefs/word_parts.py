"""Pieces of a Word document: content controls, and blocks as paragraphs, tables and pictures."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from forecast.briefs.blocks import Block, Bullets, Figure, Note, NoteList, Part, Prose, Table, plain
from forecast.briefs.placeholders import parse
from forecast.errors import DocumentError

__all__ = [
    "PLACEHOLDER",
    "TAGGED",
    "Writer",
    "alone",
    "asked",
    "control",
    "said_in",
    "wrap_in_runs",
]

#: Namespace of WordprocessingML.
PLACEHOLDER = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#: A placeholder of ours in running text; loops of docxtpl hold other names.
TAGGED = re.compile(r"\{\{\s*(for[a-z]*cast\.[^{}]*?)\s*\}\}")

_W = f"{{{PLACEHOLDER}}}"
_LONGEST_TAG = 64  # what Word keeps
_POINTS, _MARGINS, _EMU = 6.0, 14.0, 12700  # a letter at 9 points, a cell's margins, and a point


def asked(paragraph: Any) -> str:
    """Text of a paragraph outside its content controls."""
    runs = [child for child in paragraph if child.tag == f"{_W}r"]
    return "".join(t.text or "" for run in runs for t in run.iter(f"{_W}t"))


def control(element: Any) -> str | None:
    """Tell the placeholder a content control is tagged with; None if it is another's."""
    tag = element.find(f"{_W}sdtPr/{_W}tag")
    said = "" if tag is None else tag.get(f"{_W}val") or ""
    return f"forecast.{said[2:]}" if said.startswith("f:") else None


def alone(place: Any) -> bool:
    """Tell whether a control is a paragraph of its own, or can become one."""
    parent = place.getparent()
    if parent.tag != f"{_W}p":
        return True
    others = [c for c in parent if c is not place and c.tag != f"{_W}pPr"]
    return not any("".join(t.text or "" for t in c.iter(f"{_W}t")).strip() for c in others)


def said_in(place: Any) -> str:
    """Tell what a control holds: its text, and the alternative text of its pictures."""
    content = place.find(f"{_W}sdtContent")
    out = []
    for element in content.iter():
        if element.tag == f"{_W}t":
            out.append(element.text or "")
        elif element.tag.endswith("}docPr"):
            out.append(f"{element.get('descr')} [{element.get('name')}]")
        elif element.tag in {f"{_W}p", f"{_W}tc"}:
            out.append("\n")
    return "".join(out).strip()


def wrap_in_runs(paragraph: Any) -> list[tuple[Any, str]]:
    """Put a control in the place of every placeholder of a paragraph, however its runs are cut."""
    found = []
    while (match := TAGGED.search(asked(paragraph))) is not None:
        runs = [child for child in paragraph if child.tag == f"{_W}r"]
        begin, end = match.span()
        first, before = _run_at(runs, begin)
        last, after = _run_at(runs, end - 1)
        tail = deepcopy(last)
        _set_text(tail, _text(last)[after + 1 :])
        place = _new_control(str(parse(match[1])), first.find(f"{_W}rPr"))
        for run in runs[runs.index(first) + 1 : runs.index(last) + 1]:
            paragraph.remove(run)
        _set_text(first, _text(first)[:before])
        first.addnext(place)
        place.addnext(tail)
        for run in (first, tail):
            if not _text(run):
                paragraph.remove(run)
        found.append((place, match[1]))
    return found


def _run_at(runs: Sequence[Any], position: int) -> tuple[Any, int]:
    for run in runs:
        length = len(_text(run))
        if position < length:
            return run, position
        position -= length
    raise AssertionError(position)


def _text(run: Any) -> str:
    return "".join(t.text or "" for t in run.iter(f"{_W}t"))


def _set_text(run: Any, text: str) -> None:
    places = list(run.iter(f"{_W}t"))
    for number, place in enumerate(places):
        place.text = text if not number else ""
        place.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _new_control(wanted: str, properties: Any) -> Any:
    from docx.oxml import OxmlElement

    tag = "f:" + wanted.removeprefix("forecast.")
    if len(tag) > _LONGEST_TAG:
        raise DocumentError(f"{wanted} is longer than the {_LONGEST_TAG} letters that Word keeps")
    place = OxmlElement("w:sdt")
    about = OxmlElement("w:sdtPr")
    if properties is not None:
        about.append(deepcopy(properties))
    for name, value in (("w:alias", "Forecast"), ("w:tag", tag)):
        one = OxmlElement(name)
        one.set(f"{_W}val", value)
        about.append(one)
    place.append(about)
    place.append(OxmlElement("w:sdtContent"))
    return place


class Writer:
    """Writes blocks into content controls, with the styles of the document."""

    def __init__(self, document: Any, notes: Sequence[Note]) -> None:
        self.document = document
        self.numbers = {note.key: number for number, note in enumerate(notes, 1)}
        self.notes = notes
        self.styles = {style.name for style in document.styles}

    def write(self, place: Any, value: Block) -> None:
        """Put a block into a control in place of what it held."""
        content = place.find(f"{_W}sdtContent")
        inline = place.getparent().tag == f"{_W}p"
        if isinstance(value, Prose) and inline:
            _empty(content)
            for run in self._runs(value.parts, place.find(f"{_W}sdtPr/{_W}rPr")):
                content.append(run)
            return
        if inline:
            paragraph = place.getparent()
            paragraph.addprevious(place)
            paragraph.getparent().remove(paragraph)
        _empty(content)
        for element in self._block(value):
            content.append(element)

    def _block(self, value: Block) -> list[Any]:
        match value:
            case Prose(parts):
                return [self._paragraph(parts)]
            case Bullets(items):
                return [self._paragraph(item.parts, style="List Bullet") for item in items]
            case Table():
                return [self._table(value), self._paragraph((value.caption,), style="Caption")]
            case Figure():
                return [self._picture(value), self._paragraph((value.caption,), style="Caption")]
            case NoteList():
                listed = [
                    self._paragraph((f"{self.numbers[note.key]}. {note.text}",))
                    for note in self.notes
                ]
                return [self._paragraph(("Notes",), style="Heading 2"), *listed]

    def _paragraph(self, parts: Sequence[Part], *, style: str | None = None) -> Any:
        paragraph = self.document.add_paragraph(style=style if style in self.styles else None)
        element = paragraph._p  # noqa: SLF001  # python-docx gives no other way
        element.getparent().remove(element)
        for run in self._runs(parts, None):
            element.append(run)
        return element

    def _runs(self, parts: Sequence[Part], properties: Any) -> list[Any]:
        from docx.oxml import OxmlElement

        out = []
        for part in parts:
            text = part if isinstance(part, str) else str(self.numbers.get(part.key, ""))
            if not text:
                continue
            run = OxmlElement("w:r")
            about = deepcopy(properties) if properties is not None else OxmlElement("w:rPr")
            if isinstance(part, Note):
                raised = OxmlElement("w:vertAlign")
                raised.set(f"{_W}val", "superscript")
                about.append(raised)
            run.append(about)
            place = OxmlElement("w:t")
            place.text = "".join(c for c in text if c >= " " or c in "\t\n")
            place.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            run.append(place)
            out.append(run)
        return out

    def _table(self, table: Table) -> Any:
        made = self.document.add_table(rows=1, cols=len(table.header))
        if "Table Grid" in self.styles:
            made.style = "Table Grid"
        for cell, name in zip(made.rows[0].cells, table.header, strict=True):
            cell.paragraphs[0].add_run(name).bold = True
        _repeat(made.rows[0])
        for row in table.rows:
            for cell, said in zip(made.add_row().cells, row, strict=True):
                for run in self._runs(said.parts, None):
                    cell.paragraphs[0]._p.append(run)  # noqa: SLF001
        widths = _widths(table, self._room())
        made.autofit = False
        for column, width in zip(made.columns, widths, strict=True):
            column.width = width
        for row in made.rows:
            _keep_together(row)
            for cell, width in zip(row.cells, widths, strict=True):
                cell.width = width
                _small(cell)
        element = made._tbl  # noqa: SLF001
        element.getparent().remove(element)
        return element

    def _room(self) -> int:
        section = self.document.sections[0]
        return int(section.page_width - section.left_margin - section.right_margin)

    def _picture(self, figure: Figure) -> Any:
        from docx.shared import Mm

        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(
            io.BytesIO(figure.png), width=min(Mm(figure.width), self._room())
        )
        about = shape._inline.docPr  # noqa: SLF001
        about.set("descr", figure.alt)
        about.set("name", f"{figure.name} {figure.fingerprint}")
        element = paragraph._p  # noqa: SLF001
        element.getparent().remove(element)
        return element


def _empty(content: Any) -> None:
    for child in list(content):
        content.remove(child)


def _widths(table: Table, room: int) -> list[int]:
    """Share the room out by what the columns hold, each at least as wide as its longest word."""
    texts = [
        [name, *(plain(row[n].parts) for row in table.rows)] for n, name in enumerate(table.header)
    ]
    words = [max(len(word) for text in column for word in text.split() or [""]) for column in texts]
    least = [(_POINTS * word + _MARGINS) * _EMU for word in words]
    over = [
        min(60, max(map(len, column))) - word for column, word in zip(texts, words, strict=True)
    ]
    left = max(0.0, room - sum(least))
    total = sum(over) or 1
    wide = [low + left * more / total for low, more in zip(least, over, strict=True)]
    return [int(room * one / sum(wide)) for one in wide]


def _repeat(row: Any) -> None:
    """Let a header row stand again on every page."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001


def _keep_together(row: Any) -> None:
    """Let no row break across pages."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))  # noqa: SLF001


def _small(cell: Any) -> None:
    from docx.shared import Pt

    for run in cell.paragraphs[0].runs:
        run.font.size = Pt(9)
