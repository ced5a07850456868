"""A Markdown document as a tagged PDF, set with Typst; the record of the export is attached."""

from __future__ import annotations

import datetime as dt
import io
import logging
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from markdown_it.token import Token

from forecast.briefs.markup import Document, Piece, parsed, pieces, reader
from forecast.briefs.pdf_looks import Unpacking, looks
from forecast.briefs.stamps import Shown
from forecast.errors import DocumentError

__all__ = ["pdf", "record_of", "shown"]

_RECORD = "forecast-record.json"
_LONGEST = 10_000_000  # letters that draw the pages of a PDF, or of its record; a brief has 50,000
_PAGES = 2_000
_NARROW = 18  # letters of a column that is as wide as its words
_WIDE = 120  # letters beyond which a column gets no more room
_ENDLESS = re.compile(r"\w{30,}")
_EMPTY = "table.cell(inset: 0pt)[]"
_SPANNING = "table.cell(rowspan: {}, breakable: false, inset: 0pt)[]"
_TOGETHER = 12  # rows of a table that is not broken across pages
_DAMAGED = (ValueError, TypeError, LookupError, AttributeError, RuntimeError, OSError,
            ArithmeticError, AssertionError, zlib.error)  # fmt: skip  # whatever pypdf lets through
_HEAD = """#set document(title: {title}, author: ({author}),
  date: datetime(year: {y}, month: {m}, day: {d}))
#set page(paper: "a4", margin: 25mm, numbering: "1")
#set text(lang: "en", region: "gb", size: 10.5pt, hyphenate: false)
#set par(justify: false)
#show heading: set block(above: 1.3em, below: 0.7em, sticky: true)
#show heading.where(level: 1): set text(size: 1.1em)
#show table: set text(size: 8.5pt, hyphenate: false)
#set table(stroke: (x: none, y: 0.4pt + luma(60%)), inset: (x: 3pt, y: 4pt), align: left)
#show link: set text(fill: rgb("#0a5894"))
#show footnote.entry: set text(size: 8pt)
#let caption(body) = text(size: 9pt, style: "italic", body)
#pdf.attach("{record}", relationship: "data", mime-type: "application/json",
  description: "Which forecast this document shows")
"""


def pdf(
    text: str,
    *,
    image: Callable[[str], bytes],
    record: str,
    date: dt.date,
    page: str = "a4",
    author: str = "",
) -> bytes:
    """Set a document.

    Parameters
    ----------
    text : str
        Markdown, filled.
    image : callable
        Gives the bytes of an image by its path in the document.
    record : str
        JSON from `forecast.briefs.stamps.record`.
    date : date
        Of the document, so that the same forecast gives the same file.
    page : {"a4", "us-letter"}
    author : str
        House of the brief.
    """
    import typst

    document = parsed(text)
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / _RECORD).write_text(record, "utf-8")
        writer = _Writer(document, image, place)
        head = _HEAD.replace('"a4"', _quoted(page)).format(
            title=_quoted(document.title or "Brief"),
            author=f"{_quoted(author)}," if author else "",
            y=date.year,
            m=date.month,
            d=date.day,
            record=_RECORD,
        )
        (place / "main.typ").write_text(head + writer.blocks(document.tokens), "utf-8")
        try:
            made = typst.compile(str(place / "main.typ"), root=folder, pdf_standards=["ua-1"])
        except typst.TypstError as error:
            reason = " ".join(str(error).split())
            raise DocumentError(f"the PDF cannot be set: {reason}") from None
    assert isinstance(made, bytes)
    return made


def record_of(body: bytes) -> str | None:
    """Take the attached record out of a PDF; None if it holds none."""
    from pypdf.errors import PyPdfError

    try:
        reader = _reader(body)
        if reader.is_encrypted:
            raise DocumentError("is encrypted; save it without password")
        # one by one: a small file may hold attachments that unpack to gigabytes
        held = next((one.content for one in reader.attachment_list if one.name == _RECORD), b"")
    except (PyPdfError, *_DAMAGED) as error:
        if isinstance(error, DocumentError):
            raise
        return None
    text = held.decode("utf-8", "replace") if len(held) < _LONGEST else ""
    return text if '"evidence_fingerprint"' in text else None


def shown(body: bytes) -> Shown:
    """Read what a PDF shows: the text of each page, and fingerprints of its pictures.

    Raises
    ------
    DocumentError
        If it cannot be read.
    """
    from pypdf.errors import PyPdfError

    try:
        opened = _reader(body)
        pages = opened.pages
        _require_short(pages)
        unpacking = Unpacking()
        drawn = [picture for page in pages for picture in _pictures(page)]
        pictures = [unpacking.fingerprint(picture).hex()[:16] for picture in drawn]
        seen = looks(opened, unpacking)
        return Shown([page.extract_text() for page in pages], pictures, seen)
    except (PyPdfError, *_DAMAGED) as error:
        raise DocumentError(f"the pages of the PDF cannot be read: {error}") from None


def _require_short(pages: Any) -> None:
    """Refuse what would take minutes to read: a million letters of drawing take a second or two."""
    if len(pages) > _PAGES:
        raise ValueError(f"they are more than {_PAGES:,}")
    size = 0
    for page in pages:
        held = page.get("/Resources", {}).get("/XObject", {})
        drawn = [each.get_object() for each in held.values()]
        forms = [each for each in drawn if each.get("/Subtype") == "/Form"]
        for one in (page.get_contents(), *forms):
            size += len(one.get_data()) if one is not None else 0
            if size > _LONGEST:
                raise ValueError(f"they hold more than {_LONGEST:,} letters of drawing")


def _reader(body: bytes) -> Any:
    from pypdf import PdfReader

    noise = logging.getLogger("pypdf")  # a line for every fault of a file, on the user's terminal
    noise.addHandler(logging.NullHandler())
    noise.propagate = False
    return PdfReader(io.BytesIO(body))


def _pictures(page: Any) -> Iterator[bytes]:
    """Every picture of a page."""
    held = page.get("/Resources", {}).get("/XObject", {})
    for name in sorted(held):
        picture = held[name].get_object()
        if picture.get("/Subtype") == "/Image":
            yield picture


class _Writer:
    """Writes tokens as Typst; text goes in as string literals, so nothing in it is markup."""

    def __init__(self, document: Document, image: Callable[[str], bytes], folder: Path) -> None:
        self.notes, self.image, self.folder = document.notes, image, folder
        self.seen: dict[str, int] = {}
        self.images = 0

    def blocks(self, tokens: list[Token]) -> str:
        out, place = [], 0
        while place < len(tokens):
            token = tokens[place]
            end = _closing(tokens, place)
            inner = tokens[place + 1 : end]
            if token.type == "table_open" or _is_image(inner):
                last = _closing(tokens, end + 1)
                below = self._caption(tokens[end + 1 : last])
                draw = self._table if token.type == "table_open" else self._drawing
                out.append(draw(inner, below))
                end = last if below else end
            else:
                out.append(self._block(token, inner))
            place = end + 1
        return "\n".join(part for part in out if part)

    def _caption(self, tokens: list[Token]) -> str:
        """Write a paragraph that is emphasised as a whole: it stands below a table or chart."""
        if not tokens or tokens[0].type != "paragraph_open":
            return ""
        found = [piece for token in tokens if token.type == "inline" for piece in pieces(token)]
        if not found or not all(one.emphasis and one.kind == "text" for one in found):
            return ""
        return f"#caption[{self._pieces(replace(one, emphasis=False) for one in found)}]"

    def _drawing(self, tokens: list[Token], caption: str) -> str:
        held = "breakable: false, sticky: true" if caption else "breakable: false"
        return f"#block({held})[{self._inline(tokens)}]\n{caption}\n"

    def _block(self, token: Token, inner: list[Token]) -> str:  # noqa: PLR0911  # a case a kind
        match token.type:
            case "heading_open":
                return f"#heading(level: {token.tag[1:]})[{self._inline(inner)}]\n"
            case "paragraph_open":
                return f"{self._inline(inner)}\n"
            case "bullet_list_open" | "ordered_list_open":
                name = "list" if token.type.startswith("bullet") else "enum"
                return f"#{name}({', '.join(self._items(inner))})\n"
            case "blockquote_open":
                return f"#quote(block: true)[{self.blocks(inner)}]\n"
            case "fence" | "code_block":
                return f"#raw({_quoted(token.content)}, block: true)\n"
            case "hr":
                return "#line(length: 100%, stroke: 0.4pt)\n"
            case "inline":
                return self._pieces(pieces(token))
            case _:
                return ""

    def _items(self, tokens: list[Token]) -> list[str]:
        out, place = [], 0
        while place < len(tokens):
            end = _closing(tokens, place)
            out.append(f"[{self.blocks(tokens[place + 1 : end])}]")
            place = end + 1
        return out

    def _table(self, tokens: list[Token], caption: str) -> str:
        rows: list[list[Token]] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(token)
        wide = [max(len(row[n].content) for row in rows) for n in range(len(rows[0]))]
        columns = ", ".join(f"{min(size, _WIDE)}fr" if size > _NARROW else "auto" for size in wide)
        head = ", ".join(f"[*{self._pieces(pieces(cell))}*]" for cell in rows[0])
        filled = [[f"[{self._pieces(pieces(cell))}]" for cell in row] for row in rows[1:]]
        if len(rows) > _TOGETHER:
            below = f"table.cell(colspan: {len(wide)}, stroke: none)[{caption}]"
            paired = _paired(filled, [below] if caption else [])
            cells = [cell for row in paired for cell in row]
            header = f"table.header({_EMPTY}, {head})"
            return f"#table(columns: (0pt, {columns},), {header}, {', '.join(cells)})\n"
        cells = [cell for row in filled for cell in row]
        table = f"#table(columns: ({columns},), table.header({head}), {', '.join(cells)})"
        held = "breakable: false, sticky: true" if caption else "breakable: false"
        return f"#block({held})[{table}]\n{caption}\n"

    def _inline(self, tokens: list[Token]) -> str:
        return "".join(self._pieces(pieces(token)) for token in tokens if token.type == "inline")

    def _pieces(self, found: Iterable[Piece]) -> str:
        return "".join(self._piece(piece) for piece in found)

    def _piece(self, piece: Piece) -> str:
        match piece.kind:
            case "note":
                return self._note(piece.text)
            case "image":
                return self._image(piece)
            case "break":
                return "#linebreak()"
            case "code":
                return f"#raw({_quoted(piece.text)})"
        text = f"#{_quoted(_ENDLESS.sub(_broken, piece.text))};"
        if piece.target:
            text = f"#link({_quoted(piece.target)})[{text}]"
        text = f"#emph[{text}]" if piece.emphasis else text
        return f"#strong[{text}]" if piece.strong else text

    def _note(self, key: str) -> str:
        if key not in self.notes:
            return f"#{_quoted(f'[^{key}]')};"
        if key in self.seen:
            return f"#footnote(<note-{self.seen[key]}>)"
        self.seen[key] = len(self.seen) + 1
        token = reader().parseInline(self.notes[key])[0]
        return f"#footnote[{self._pieces(pieces(token))}]<note-{self.seen[key]}>"

    def _image(self, piece: Piece) -> str:
        body = self.image(piece.target)
        self.images += 1
        kind = ".png" if body.startswith(b"\x89PNG") else ".jpg"
        name = f"image-{self.images}{'.svg' if body.lstrip().startswith(b'<') else kind}"
        (self.folder / name).write_bytes(body)
        return f"#image({_quoted(name)}, width: 100%, alt: {_quoted(piece.text)})"


def _closing(tokens: list[Token], place: int) -> int:
    """Place of the token that closes the one at a place."""
    depth = 0
    for end in range(place, len(tokens)):
        depth += tokens[end].nesting
        if depth <= 0:
            return end
    return len(tokens) - 1


def _broken(word: re.Match[str]) -> str:
    """Let a word that a column may be too narrow for be broken after every ten letters."""
    return "\N{ZERO WIDTH SPACE}".join(re.findall(".{1,10}", word[0]))


def _is_image(tokens: list[Token]) -> bool:
    """Tell whether a paragraph is nothing but an image."""
    if [token.type for token in tokens] != ["inline"]:
        return False
    return [piece.kind for piece in pieces(tokens[0])] == ["image"]


def _paired(rows: list[list[str]], caption: list[str]) -> list[list[str]]:
    """Hold the first two rows together, and the last three with the caption below them.

    So no page has a row or two alone. A column without width does it: its cells that span several
    rows do not break across pages.
    """
    out = []
    for number, row in enumerate(rows):
        if number == 0:
            out.append([_SPANNING.format(2), *row])
        elif number == len(rows) - 3:
            out.append([_SPANNING.format(3 + len(caption)), *row])
        elif number == 1 or number > len(rows) - 3:
            out.append(row)
        else:
            out.append([_EMPTY, *row])
    return [*out, caption] if caption else out


def _quoted(text: str) -> str:
    clean = "".join(letter for letter in text if letter >= " " or letter in "\n\t")
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
