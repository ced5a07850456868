"""PDF: written, known again, and read as a reader sees it.

A Markdown document is set with Typst as a tagged PDF, with the record of the export attached.

`unseen` looks for what the pages show of each region: its words, in their order, joined by no
digit. The text that is read out of a page has no cells and no paragraphs, breaks words at the ends
of its lines, and is interrupted by notes at the foot of a page. So a region is looked for piece by
piece, each after the one before, with blanks and such hyphens left out. Words written from right to
left are read in another order, and without some of their blanks; so each is looked for by itself.

`looks` is the fingerprint of everything a reader could show, in the order in which it is reached.
Numbers of objects, the record itself and the description of the file are left out, so that a
document has one fingerprint, whatever record is attached to it.
"""

from __future__ import annotations

import datetime as dt
import io
import logging
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import accumulate, groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from markdown_it.token import Token

from forecast.briefs.blocks import Document, Piece, parsed, pieces, reader
from forecast.briefs.stamps import Shown, joined
from forecast.errors import DocumentError

__all__ = ["Unpacking", "looks", "pdf", "record_of", "shown", "unseen"]


_APART: Final = {"/Metadata", "/EmbeddedFiles", "/AF", "/Length", "/Filter", "/DecodeParms"}
_MOST: Final = 1_000_000  # values
_LARGEST: Final = 500_000_000  # letters, unpacked; a brief with its charts has 15 million


class Unpacking:
    """Unpacks the streams of one PDF, of which a small file may hold gigabytes."""

    def __init__(self) -> None:
        self.size = 0

    def fingerprint(self, stream: Any) -> bytes:
        """Fingerprint of what a stream holds.

        Raises
        ------
        ValueError
            If all so far hold more than a document does.
        """
        data = stream.get_data()
        self.size += len(data)
        if self.size > _LARGEST:
            raise ValueError(f"they unpack to more than {_LARGEST:,} letters")
        return sha256(data).digest()


def looks(reader: Any, unpacking: Unpacking) -> str:
    """Fingerprint of all that the catalogue of a PDF leads to, its attachments left out.

    Raises
    ------
    ValueError
        If that is more than a document holds.
    """
    total = sha256()
    for number, said in enumerate(_said(reader.trailer["/Root"], unpacking)):
        if number > _MOST:
            raise ValueError("it holds more than a document does")
        total.update(said + b"\n")
    return total.hexdigest()[:16]


def _said(first: Any, unpacking: Unpacking) -> Iterator[bytes]:
    """Every value as bytes; an object that was met before is its number in the order of meeting."""
    met: dict[tuple[int, int], int] = {}
    waiting = [first]
    while waiting:
        value = waiting.pop()
        if isinstance(value, bytes):
            yield value
            continue
        held = getattr(value, "indirect_reference", None) or value
        if hasattr(held, "idnum"):
            key = (held.idnum, held.generation)
            if key in met:
                yield b"again %d" % met[key]
                continue
            met[key] = len(met)
            value = held.get_object()
        yield from _one(value, waiting, unpacking)


def _one(value: Any, waiting: list[Any], unpacking: Unpacking) -> Iterator[bytes]:
    if hasattr(value, "raw_get"):  # a dictionary, whose values may be references
        names = sorted(name for name in value if name not in _APART)
        yield b"<< %d" % len(names)
        if hasattr(value, "get_data"):
            yield unpacking.fingerprint(value)
        for name in reversed(names):
            waiting += [value.raw_get(name), str(name).encode()]
    elif isinstance(value, list):
        yield b"[ %d" % len(value)
        waiting.extend(reversed(value))
    else:
        yield repr(value).encode("utf-8", "backslashreplace")


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


_NOTE = re.compile(r"^\[\^[^\]\s]+\]:[ \t]*(.*)$", re.MULTILINE)
_BROKEN = re.compile(r"(?<=[^\W\d_])-\s*(?=[^\W\d_])")
_FROM_THE_RIGHT = {"R", "AL"}  # classes of letters of Unicode's bidirectional algorithm
_HYPHENS = str.maketrans({"\u00ad": "-", "\u2010": "-", "\u2011": "-", "\u2060": None})


@dataclass(frozen=True, slots=True)
class _Squeezed:
    """A text without blanks; `apart` holds the places before which one stood."""

    text: str
    apart: frozenset[int]


def unseen(regions: Sequence[tuple[str, str]], pages: Sequence[str]) -> dict[int, str]:
    """Find the regions of which something does not stand in the pages, with the first such words.

    Parameters
    ----------
    regions : sequence of (str, str)
        Placeholder and Markdown of each, in order.
    pages : sequence of str
        Text of every page.

    Returns
    -------
    dict of int to str
        Number of the region, from 0, to what is missing.

    Examples
    --------
    >>> unseen([("a", "8% of it"), ("b", "24%")], ["Now 58% of it, and 24%."])
    {0: '8% of it'}
    """
    text = _squeezed("\n".join(pages))
    missing: dict[int, str] = {}
    reached = 0
    for number, (_, said) in enumerate(regions):
        notes = _NOTE.findall(said)
        for piece in _pieces(_NOTE.sub("", said)):
            end = _end(text, piece, reached)
            if end is None:
                missing.setdefault(number, piece)
            else:
                reached = end
        for note in notes:  # they stand where they are cited first
            for piece in _words(note):
                if _end(text, piece, 0) is None:
                    missing.setdefault(number, piece)
    return missing


def _end(text: _Squeezed, piece: str, start: int) -> int | None:
    """Return where a piece ends in a text after a place, None if something of it is not there."""
    end: int | None = start
    for turned, words in groupby(piece.split(), key=_turned):
        said = list(words)
        if turned:
            runs = (run for word in said for run in _runs(word))
            end = end if all(run in text.text for run in runs) else None
        elif any(map(str.isalnum, "".join(said))) or said == piece.split():
            end = _after(text, _squeezed(" ".join(said)), end or 0)
        if end is None:
            return None
    return end


def _turned(word: str) -> bool:
    """Tell whether letters of a word are written from right to left."""
    return any(unicodedata.bidirectional(letter) in _FROM_THE_RIGHT for letter in word)


def _runs(word: str) -> list[str]:
    """Letters and digits of a word, by the way in which they are written; signs move about."""
    kinds = groupby(unicodedata.normalize("NFKC", word), key=lambda s: (s.isalnum(), _turned(s)))
    return ["".join(signs) for (kept, _), signs in kinds if kept]


def _pieces(markdown: str) -> Iterator[str]:
    for token in parsed(markdown).tokens:
        if token.type == "inline":
            yield from _words(token.content)


def _words(markdown: str) -> Iterator[str]:
    """Stretches of running text that nothing interrupts."""
    held = ""
    for token in reader().parseInline(markdown):
        for piece in pieces(token):
            if piece.kind in {"note", "image", "break"}:
                yield from (held,) if held.strip() else ()
                held = ""
            else:
                held += piece.text
    yield from (held,) if held.strip() else ()


def _squeezed(text: str) -> _Squeezed:
    text = _BROKEN.sub("", unicodedata.normalize("NFKC", text.translate(_HYPHENS)))
    words = text.split()
    return _Squeezed("".join(words), frozenset(accumulate(map(len, words), initial=0)))


def _after(text: _Squeezed, piece: _Squeezed, start: int) -> int | None:
    """Return where a piece ends in a text, whole or cut in two by the end of a page."""
    end = _whole(text, piece.text, start)
    if end is not None:
        return end
    for cut in sorted(piece.apart, reverse=True):
        head, tail = piece.text[:cut], piece.text[cut:]
        if head and (first := _whole(text, head, start)) is not None:
            return _whole(text, tail, first)
    return None


def _whole(text: _Squeezed, said: str, start: int) -> int | None:
    """Return where words end that no digit joins."""
    place = text.text.find(said, start)
    while place >= 0:
        end = place + len(said)
        if not joined(_beside(text, place, -1), said, _beside(text, end, 1)):
            return end
        place = text.text.find(said, place + 1)
    return None


def _beside(text: _Squeezed, place: int, way: int) -> str:
    """Two letters before or after a place, as far as no blank parts them from it."""
    reach = next((n for n in (0, 1) if place + way * n in text.apart), 2)
    first, last = sorted((place, max(0, place + way * reach)))
    return text.text[first:last]
