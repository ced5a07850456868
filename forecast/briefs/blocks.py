"""What a placeholder stands for, before any format, and a whole document as a tree and as a page.

A sentence is a tuple of parts: text, or a `Note` that becomes a footnote.

A Markdown document becomes a tree for the formats that are made from one: front matter is left
out, notes are taken out of the text, and regions are only their content. As HTML it is one file
that needs nothing else: images and record are inside.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = [
    "RECORD",
    "Block",
    "Bullets",
    "Document",
    "Figure",
    "Note",
    "NoteList",
    "Part",
    "Piece",
    "Prose",
    "Table",
    "numbered",
    "page",
    "parsed",
    "pieces",
    "plain",
    "reader",
    "record_of",
]


@dataclass(frozen=True, slots=True)
class Note:
    """A reference to a source: the key of its note, the note, and its form when it comes again."""

    key: str
    text: str
    short: str = ""


type Part = str | Note


@dataclass(frozen=True, slots=True)
class Prose:
    """Running text that can stand within a sentence or as a paragraph."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    items: tuple[Prose, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below a header; `caption` says what the table shows, `number` is its place or 0."""

    header: tuple[str, ...]
    rows: tuple[tuple[Prose, ...], ...]
    caption: str
    number: int = 0

    @property
    def legend(self) -> str:
        """Caption with its number."""
        return f"Table {self.number}. {self.caption}" if self.number else self.caption


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart.

    Attributes
    ----------
    name : str
        Name of its files without an ending.
    caption, alt : str
    png, svg, data : bytes
        The image twice, and its numbers as CSV.
    width : int
        Millimetres it is drawn for.
    fingerprint : str
        Of the numbers.
    number : int
        Its place among the figures of the document, from 1; 0 where it has none.
    """

    name: str
    caption: str
    alt: str
    png: bytes
    svg: bytes
    data: bytes
    width: int
    fingerprint: str
    number: int = 0

    @property
    def legend(self) -> str:
        """Caption with its number."""
        return f"Figure {self.number}. {self.caption}" if self.number else self.caption


@dataclass(frozen=True, slots=True)
class NoteList:
    """The notes of the document, for formats that list them in one place."""


type Block = Prose | Bullets | Table | Figure | NoteList


def numbered(blocks: Iterable[Block]) -> list[Block]:
    """Give figures and tables their numbers, each from 1, in the order in which they stand.

    Examples
    --------
    >>> one, text, two = numbered([Table((), (), "A"), Prose(("text",)), Table((), (), "B")])
    >>> one.legend, two.legend
    ('Table 1. A', 'Table 2. B')
    """
    figures = tables = 0
    out: list[Block] = []
    for block in blocks:
        if isinstance(block, Figure):
            figures += 1
            out.append(replace(block, number=figures))
        elif isinstance(block, Table):
            tables += 1
            out.append(replace(block, number=tables))
        else:
            out.append(block)
    return out


def plain(parts: Iterable[Part]) -> str:
    """Text of a sentence without its notes.

    Examples
    --------
    >>> plain(("A treaty was signed", Note("k", "TASS"), "."))
    'A treaty was signed.'
    """
    return "".join(part for part in parts if isinstance(part, str))


_FRONT = re.compile(r"\A\ufeff?---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*\n", re.DOTALL)
_NOTE = re.compile(r"^\[\^([^\]\s]+)\]:[ \t]*(.*(?:\n(?:[ ]{2,}|\t)\S.*)*)\n?", re.MULTILINE)
_REFERENCE = re.compile(r"\[\^([^\]\s]+)\]")
_CAPTION = re.compile(r"^: (.*)$", re.MULTILINE)
_ATTRIBUTES = re.compile(r"(!\[[^\n]*\]\([^)\n]*\))\{([^}\n]*)\}")
_PLAIN = frozenset({"text", "text_special"})


@dataclass(frozen=True, slots=True)
class Document:
    """Block tokens of a document, its notes, and its title.

    Attributes
    ----------
    tokens : list of Token
        As markdown-it gives them.
    notes : dict of str to str
        Key to Markdown of each note.
    title : str
        Its first heading.
    """

    tokens: list[Token]
    notes: dict[str, str]
    title: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of running text of one kind.

    Attributes
    ----------
    kind : str
        text, code, note, image or break.
    text : str
        The text; the key of a note; the alternative text of an image.
    strong, emphasis : bool
    target : str
        Address of a link, or path of an image.
    """

    kind: str
    text: str
    strong: bool = False
    emphasis: bool = False
    target: str = ""


def parsed(text: str) -> Document:
    r"""Read a Markdown document.

    Examples
    --------
    >>> parsed("# A title\n\nWords[^1].\n\n[^1]: A source.").notes
    {'1': 'A source.'}
    """
    text = _FRONT.sub("", text.replace("\r\n", "\n"))
    text = _ATTRIBUTES.sub(r"\1", text)
    notes = {key: " ".join(said.split()) for key, said in _NOTE.findall(text)}
    body = _CAPTION.sub(r"*\1*", _NOTE.sub("", text))
    tokens = reader().parse(body)
    heads = (n for n, token in enumerate(tokens) if token.type == "heading_open")
    first = next(heads, None)
    title = "" if first is None else "".join(p.text for p in pieces(tokens[first + 1]))
    return Document(tokens, notes, title)


def reader() -> MarkdownIt:
    """Return what reads Markdown here: CommonMark with tables."""
    return MarkdownIt("commonmark", {"html": True}).enable("table")


def pieces(token: Token) -> list[Piece]:  # noqa: C901  # one case a kind of token
    """Cut the running text of an inline token into pieces; tags of HTML are left out."""
    out: list[Piece] = []
    strong = emphasis = 0
    target = ""
    for child in token.children or []:
        match child.type:
            case "strong_open" | "strong_close":
                strong += child.nesting
            case "em_open" | "em_close":
                emphasis += child.nesting
            case "link_open":
                target = str(child.attrs.get("href", ""))
            case "link_close":
                target = ""
            case "code_inline":
                out.append(Piece("code", child.content))
            case "image":
                out.append(Piece("image", child.content, target=str(child.attrs["src"])))
            case "hardbreak":
                out.append(Piece("break", "\n"))
            case "softbreak":
                out.append(Piece("text", " ", bool(strong), bool(emphasis)))
            case kind if kind in _PLAIN:
                out += _texts(child.content, bool(strong), bool(emphasis), target)
            case _:
                pass
    return out


def _texts(text: str, strong: bool, emphasis: bool, target: str) -> list[Piece]:  # noqa: FBT001
    out = []
    for number, part in enumerate(_REFERENCE.split(text)):
        if number % 2:
            out.append(Piece("note", part))
        elif part:
            out.append(Piece("text", part, strong, emphasis, target))
    return out


#: Id of the element that holds the record of an export.
RECORD = "forecast-record"

_IMAGE = re.compile(r'<img src="([^"]*)" alt="([^"]*)"[^>]*>')
_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_HEADS = re.compile(r"<th(?: [^>]*)?>(.*?)</th>", re.DOTALL)
_ROLES = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row",
          "th": "columnheader", "td": "cell"}  # fmt: skip
_DAY = re.compile(r"(<td [^>]*)>(\d{1,2} [A-Z][a-z]{2} \d{4}</td>)")
_CHART = re.compile(r"__(?:trajectory|panel)\.(?:png|svg)$")
_NOTE_MARK = re.compile(r"<code.*?</code>|\[\^([^\]\s]+)\]", re.DOTALL)
_HELD = re.compile(rf'<script type="application/json" id="{RECORD}">(.*?)</script>', re.DOTALL)
#: What asks for an address in spite of a policy, where an author wrote it as HTML.
_ASKING = re.compile(r"<(?=/?(?:meta|link|base|i?frame\w*|object|embed)\b)", re.IGNORECASE)
#: Nothing runs and nothing is fetched: a page has its images and its style inside.
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)
_STYLE = """
:root{color-scheme:light dark;
--ink:#222;--paper:#fff;--soft:#595959;--line:#bbb;--rule:#555;
--link:#0a5894}@media (prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#16181c;
--soft:#a8adb4;--line:#3c4048;--rule:#8d939c;--link:#8ab8e6}}
body{font:1rem/1.5 Georgia,'Times New Roman',serif;color:var(--ink);background:var(--paper);
max-width:46rem;margin:2rem auto;
padding:0 1rem}h1,h2,h3{font-family:system-ui,sans-serif;line-height:1.2}h1{font-size:1.6rem}
h2{font-size:1.2rem;margin-top:2rem}img{max-width:100%;height:auto;background:#fff}
.scroll{overflow-x:auto}table{border-collapse:collapse;font:.85rem/1.35 system-ui,sans-serif;
width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .5rem;
border-bottom:1px solid var(--line)}th{border-bottom:2px solid var(--rule)}
.day{white-space:nowrap}.wide{display:block;overflow-x:auto}
.notes{font-size:.85rem;overflow-wrap:anywhere}sup a{text-decoration:none}a{color:var(--link)}
@media screen and (max-width:40rem){table,tbody,tr,td{display:block}
thead{position:absolute;width:1px;
height:1px;overflow:hidden;clip-path:inset(50%)}
tr{padding:.4rem 0;border-bottom:1px solid var(--line)}
td{border:0;padding:.05rem 0}td:empty{display:none}td:first-child{font-weight:600}
td:not(:first-child)::before{content:attr(data-label) ": ";color:var(--soft)}
.wide img{max-width:none;width:36rem}}
@media print{:root{color-scheme:light;
--ink:#222;--paper:#fff;--line:#bbb;--rule:#555;--link:#0a5894}
body{margin:0;max-width:none}h2{break-after:avoid}tr,img{break-inside:avoid}}
"""


def page(text: str, *, image: Callable[[str], bytes], record: str, author: str = "") -> str:
    """Write a document as a page.

    Parameters
    ----------
    text : str
        Markdown, filled.
    image : callable
        Gives the bytes of an image by its path in the document.
    record : str
        JSON from `forecast.briefs.stamps.record`, kept inside the page.
    author : str
        House of the brief.
    """
    document = parsed(text)
    renderer = reader()
    body = renderer.renderer.render(document.tokens, renderer.options, {})
    body = _ASKING.sub("&lt;", body)
    body = _TABLE.sub(_labelled, body)
    body = body.replace("<table ", '<div class="scroll" tabindex="0"><table ')
    body = body.replace("</table>", "</table></div>").replace("<th ", '<th scope="col" ')
    body = _IMAGE.sub(lambda found: _inlined(found, image), body)
    body = _noted(body, document.notes)
    held = record.replace("<", "\\u003c")
    by = f'<meta name="author" content="{html.escape(author)}">\n' if author else ""
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"{by}<title>{html.escape(document.title)}</title>\n<style>{_STYLE}</style>\n"
        f'<script type="application/json" id="{RECORD}">{held}</script>\n'
        f"</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def record_of(text: str) -> str | None:
    """Take the record out of a page; None if it holds none."""
    found = _HELD.search(text)
    return None if found is None else found[1]


def _labelled(table: re.Match[str]) -> str:
    """Give each cell the heading of its column, which stands before it where rows are stacked."""
    heads = [re.sub(r"<[^>]*>|\"", "", head) for head in _HEADS.findall(table[0])]

    def labelled(row: re.Match[str]) -> str:
        each = iter(heads)
        return re.sub("<td", lambda _: f'<td data-label="{next(each, "")}"', row[0])

    made = re.sub(r"<tr>.*?</tr>", labelled, table[0], flags=re.DOTALL)
    for tag, role in _ROLES.items():  # which a table loses where its rows are stacked
        made = re.sub(rf"<{tag}(?=[ >])", f'<{tag} role="{role}"', made)
    return _DAY.sub(r'\1 class="day">\2', made)


def _inlined(found: re.Match[str], image: Callable[[str], bytes]) -> str:
    body = image(html.unescape(found[1]))
    kind = "image/png" if body.startswith(b"\x89PNG") else "image/jpeg"
    if body.lstrip().startswith(b"<"):
        kind = "image/svg+xml"
    drawn = f'<img src="data:{kind};base64,{base64.b64encode(body).decode()}" alt="{found[2]}">'
    return f'<span class="wide" tabindex="0">{drawn}</span>' if _CHART.search(found[1]) else drawn


def _noted(body: str, notes: Mapping[str, str]) -> str:
    """Give the references numbers in order, and list the notes at the end with ways back."""
    order: dict[str, int] = {}

    def reference(found: re.Match[str]) -> str:
        key = found[1]
        if key is None or key not in notes:
            return found[0]
        again = key in order
        number = order.setdefault(key, len(order) + 1)
        place = "" if again else f' id="ref-{number}"'
        return f'<sup{place}><a href="#note-{number}">{number}</a></sup>'

    body = _NOTE_MARK.sub(reference, body)
    if not order:
        return body
    items = [
        f'<li id="note-{number}">{reader().renderInline(notes[key])} '
        f'<a href="#ref-{number}" aria-label="back to the text">&#8617;</a></li>'
        for key, number in order.items()
    ]
    return f'{body}<section class="notes"><h2>Notes</h2><ol>{"".join(items)}</ol></section>\n'
