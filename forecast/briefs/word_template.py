"""A Markdown text as a Word document whose placeholders are still to be filled."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from markdown_it.token import Token

from forecast.briefs.markup import Piece, parsed, pieces, reader
from forecast.briefs.word_notes import Footnotes, cleaned
from forecast.errors import DocumentError
from forecast.escaping import line

__all__ = ["as_word"]

#: What docxtpl would take for a loop: only those of a Word document are run.
_LOOP = re.compile(r"\{(?=[%#]|\Z)")
_HEADINGS = re.compile(r"h([1-6])")


def as_word(text: str, *, image: Callable[[str], bytes], house: bytes | None = None) -> bytes:
    """Write a Markdown text as a Word document.

    Parameters
    ----------
    text : str
        With placeholders, not filled.
    image : callable
        Gives the bytes of an image by its path in the document.
    house : bytes, optional
        A Word document whose styles and page are used; its text is left out.

    Raises
    ------
    DocumentError
        If an image is none that Word shows.
    """
    import docx

    document: Any = docx.Document(None if house is None else io.BytesIO(house))
    if house is not None:
        for element in list(document.element.body)[:-1]:
            document.element.body.remove(element)
    else:
        _plain_page(document)
    found = parsed(text)
    core = document.core_properties
    core.title, core.author, core.last_modified_by = cleaned(found.title)[:255], "", ""
    core.subject = core.keywords = core.category = ""  # those of the house's own text
    notes = Footnotes(document)
    notes.clear()  # those of the house's own text
    styles: list[str] = []
    for token in found.tokens:
        _write(document, token, styles, image, (found.notes, notes))
    notes.save()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _plain_page(document: Any) -> None:
    """Give a document without a house template an A4 page and plain captions."""
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    for lang in document.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:val"), "en-GB")
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(25)
    document.styles["Normal"].font.size = Pt(10.5)
    document.styles["Caption"].paragraph_format.space_before = Pt(4)
    caption = document.styles["Caption"].font
    caption.color.rgb, caption.bold, caption.italic = RGBColor(0x59, 0x59, 0x59), False, True


def _write(
    document: Any,
    token: Token,
    styles: list[str],
    image: Callable[[str], bytes],
    noted: tuple[dict[str, str], Footnotes],
) -> None:
    """Write one token; `styles` is the stack of the paragraphs around it."""
    heading = _HEADINGS.fullmatch(token.tag)
    if token.type.endswith("_open"):
        names = {"ul": "List Bullet", "ol": "List Number", "blockquote": "Quote"}
        styles.append(f"Heading {heading[1]}" if heading else names.get(token.tag, ""))
        if token.tag == "table":
            styles[-1] = "Normal"
    elif token.type.endswith("_close"):
        styles.pop()
    elif token.type in {"fence", "code_block"}:
        document.add_paragraph(_inert(token.content))
    elif token.type == "inline":
        known = {style.name for style in document.styles}
        style = next((one for one in reversed(styles) if one in known), None)
        paragraph = document.add_paragraph(style=style)
        for piece in pieces(token):
            _add(paragraph, piece, image, noted)


def _add(
    paragraph: Any,
    piece: Piece,
    image: Callable[[str], bytes],
    noted: tuple[dict[str, str], Footnotes],
) -> None:
    if piece.kind == "image":
        shape = _drawn(paragraph, piece, image(piece.target))
        shape._inline.docPr.set("descr", cleaned(piece.text))  # noqa: SLF001
        return
    texts, notes = noted
    if piece.kind == "note" and piece.text in texts:
        said = reader().parseInline(texts[piece.text])[0]
        paragraph._p.append(notes.add(_inert("".join(p.text for p in pieces(said)))))  # noqa: SLF001
        return
    run = paragraph.add_run(_inert(piece.text))
    run.bold, run.italic = piece.strong or None, piece.emphasis or None


def _drawn(paragraph: Any, piece: Piece, body: bytes) -> Any:
    from docx.image.exceptions import UnrecognizedImageError
    from docx.shared import Mm

    try:
        return paragraph.add_run().add_picture(io.BytesIO(body), width=Mm(150))
    except UnrecognizedImageError:
        raise DocumentError(
            f"the image {line(piece.target)} is none that Word shows; save it as .png or .jpg"
        ) from None


def _inert(text: str) -> str:
    return _LOOP.sub("{\u2060", cleaned(text))
