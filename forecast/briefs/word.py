"""Word: fill the placeholders of a document and renew its regions; nothing else is touched.

A region is a content control whose tag is the placeholder, so an author sees it in Word and may
write around it. Loops (``{%tr for row in forecast.judgements %}``) are docxtpl's and are run once.

Blocks are written as paragraphs, tables and pictures in the document's own styles.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from math import ceil
from typing import Any

from forecast.briefs.blocks import (
    Block,
    Bullets,
    Figure,
    Note,
    NoteList,
    Part,
    Prose,
    Table,
    numbered,
    plain,
)
from forecast.briefs.facts import Facts
from forecast.briefs.markdown import Changed, Filled, notes_of
from forecast.briefs.regions import Placeholder
from forecast.briefs.word_file import opened, readable, run_loops, saved
from forecast.briefs.word_places import (
    PLACEHOLDER,
    Footnotes,
    Place,
    alone,
    cleaned,
    holds_loops,
    paragraph_of,
    places,
    require_nothing_left,
    roots,
)
from forecast.briefs.word_reading import (
    beside,
    lost,
    pictures,
    require_shown,
    said_in,
    together,
    unclear,
)
from forecast.briefs.word_record import describe, mark, read_record, restore, unmark, write_record
from forecast.errors import DocumentError, Problem

__all__ = ["Writer", "fill_word", "stamp_text"]


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


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_POINTS, _BOLD = 5.4, 6.4  # a letter at 9 points
_MARGINS, _EMU = 14.0, 12700  # of a cell in points, and a point
_SHORT = 11  # letters of a date
_LONGEST = 20  # letters of a word that its column has to hold whole
_TOGETHER = 16  # lines of a table that is not broken across pages, a quarter of one
_NO_NOTES = {f"{_W}{name}" for name in ("hdr", "ftr", "txbxContent", "footnote", "endnote")}


class Writer:
    """Writes blocks into content controls, with the styles of the document."""

    def __init__(self, document: Any, footnotes: Footnotes, listed: Sequence[Note]) -> None:
        self.document = document
        self.footnotes = footnotes
        self.numbers = {note.key: number for number, note in enumerate(listed, 1)}
        self.notes = listed
        self.cited: set[str] = set()
        self.noting = True
        self.styles = {style.name for style in document.styles}

    def write(self, place: Any, value: Block) -> None:
        """Put a block into a control in place of what it held."""
        content = place.find(f"{_W}sdtContent")
        paragraph = paragraph_of(place)
        self.noting = not self.notes and _holds_notes(place)
        if isinstance(value, Prose) and paragraph is not None:
            _empty(content)
            for run in self._runs(value.parts, place.find(f"{_W}sdtPr/{_W}rPr")):
                content.append(run)
            return
        if paragraph is not None:
            paragraph.addprevious(place)
            if paragraph.find(f"{_W}pPr/{_W}sectPr") is None:  # which would join two sections
                paragraph.getparent().remove(paragraph)
        _empty(content)
        for element in self._block(value):
            content.append(element)
        _as_building_block(place)

    def _block(self, value: Block) -> list[Any]:
        match value:
            case Prose(parts):
                return [self._paragraph(parts)]
            case Bullets(items):
                return [self._paragraph(item.parts, style="List Bullet") for item in items]
            case Table():
                return [self._table(value), self._paragraph((value.legend,), style="Caption")]
            case Figure():
                return [self._picture(value), self._paragraph((value.legend,), style="Caption")]
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
        out = []
        for part in parts:
            if isinstance(part, Note):
                out += self._cited(part, properties)
            elif part:
                out.append(_run(part, properties))
        return out

    def _cited(self, note: Note, properties: Any) -> list[Any]:
        """Refer to a note: at the foot of the page, or with its number in the list."""
        if note.key in self.numbers:
            return [_run(str(self.numbers[note.key]), properties, raised=True)]
        if not self.noting:
            return []
        again = note.key in self.cited and note.short
        self.cited.add(note.key)
        return [self.footnotes.add(note.short if again else note.text)]

    def _table(self, table: Table) -> Any:
        made = self.document.add_table(rows=1, cols=len(table.header))
        if "Table Grid" in self.styles:
            made.style = "Table Grid"
        for cell, name in zip(made.rows[0].cells, table.header, strict=True):
            cell.paragraphs[0].add_run(cleaned(name)).bold = True
        _repeat(made.rows[0])
        for row in table.rows:
            for cell, said in zip(made.add_row().cells, row, strict=True):
                for run in self._runs(said.parts, None):
                    cell.paragraphs[0]._p.append(run)  # noqa: SLF001
        widths = _widths(table, self._room())
        made.autofit = False
        for column, width in zip(made.columns, widths, strict=True):
            column.width = width
        whole = _lines(table, widths) <= _TOGETHER
        held = {0, 1, *range(len(made.rows) - 3, len(made.rows))}  # no row or two alone
        for number, row in enumerate(made.rows):
            _keep_together(row)
            if whole or number in held:
                _keep_with_next(row)
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
        about.set("descr", cleaned(figure.alt))
        about.set("name", f"{figure.name} {figure.fingerprint}")
        element = paragraph._p  # noqa: SLF001
        element.getparent().remove(element)
        return element


def _empty(content: Any) -> None:
    for child in list(content):
        content.remove(child)


def _widths(table: Table, room: int) -> list[int]:
    """Share the room out by what the columns hold, each at least as wide as its longest word."""
    texts = [[plain(row[n].parts) for row in table.rows] for n in range(len(table.header))]
    words = [
        min(_LONGEST, max([len(w) for text in column for w in _held(text)] or [0]))
        for column in texts
    ]
    heads = [max(len(word) for word in name.split() or [""]) for name in table.header]
    least = [
        (max(_POINTS * word, _BOLD * head) + _MARGINS) * _EMU
        for word, head in zip(words, heads, strict=True)
    ]
    over = [
        min(60, max(map(len, [name, *column]))) - max(word, head)
        for name, column, word, head in zip(table.header, texts, words, heads, strict=True)
    ]
    left = max(0.0, room - sum(least))
    total = sum(over) or 1
    wide = [low + left * more / total for low, more in zip(least, over, strict=True)]
    return [int(room * one / sum(wide)) for one in wide]


def _lines(table: Table, widths: Sequence[int]) -> int:
    """Count the lines of a table, as its columns break them."""
    rows = [table.header, *([plain(cell.parts) for cell in row] for row in table.rows)]
    letters = [max(1.0, (width / _EMU - _MARGINS) / _POINTS) for width in widths]
    return sum(
        max(ceil(len(text) / fits) for text, fits in zip(row, letters, strict=True)) for row in rows
    )


def _held(text: str) -> list[str]:
    """Words of a cell; a short one, such as a date, is one word and not broken."""
    return [text] if len(text) <= _SHORT else text.split()


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


def _keep_with_next(row: Any) -> None:
    """Hold a row to the one below it, or to the caption."""
    for cell in row.cells:
        cell.paragraphs[0].paragraph_format.keep_with_next = True


def _as_building_block(place: Any) -> None:
    """Mark a control of paragraphs as a building block, as Word marks a table of contents.

    Of any other control of paragraphs LibreOffice 7.4 loses the words before the first note, and
    the formatting of the first words of a table.
    """
    from docx.oxml import OxmlElement

    about = place.find(f"{_W}sdtPr")
    if about.find(f"{_W}docPartObj") is not None:
        return
    part, gallery = OxmlElement("w:docPartObj"), OxmlElement("w:docPartGallery")
    gallery.set(f"{_W}val", "Quick Parts")
    part.append(gallery)
    about.append(part)


def _holds_notes(place: Any) -> bool:
    """Tell whether notes can stand here: Word has none in headers, footers and text boxes."""
    return not any(parent.tag in _NO_NOTES for parent in place.iterancestors())


def _run(text: str, properties: Any, *, raised: bool = False) -> Any:
    from docx.oxml import OxmlElement

    run = OxmlElement("w:r")
    about = deepcopy(properties) if properties is not None else OxmlElement("w:rPr")
    if raised:
        sign = OxmlElement("w:vertAlign")
        sign.set(f"{_W}val", "superscript")
        about.append(sign)
    run.append(about)
    place = OxmlElement("w:t")
    place.text = cleaned(text)
    place.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    run.append(place)
    return run
