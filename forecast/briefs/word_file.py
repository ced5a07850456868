"""Open a Word document that may be anything, and run its loops within bounds; or begin one.

Jinja's sandbox keeps a template from reaching Python, not from counting to 90,000 twice or from
doubling a text forty times. So a template may use only what cannot grow: loops over the two tables,
conditions, fields of a row and a few filters; and what it would write is measured before it is run.

`as_word` makes a Markdown text a Word document whose placeholders are still to be filled.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment
from lxml.etree import LxmlError
from markdown_it.token import Token

from forecast.briefs.blocks import Piece, parsed, pieces, reader
from forecast.briefs.facts import Facts
from forecast.briefs.word_places import Footnotes, cleaned
from forecast.errors import DocumentError
from forecast.escaping import line
from forecast.names import missing

__all__ = ["LARGEST", "as_word", "opened", "readable", "run_loops", "saved"]


_MOST: Final = 5_000  # parts
_LARGEST: Final = 300_000_000  # letters, unpacked
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FAULTS = (LxmlError, LookupError, AttributeError, TypeError, ValueError, RecursionError,
           zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError)  # fmt: skip


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn whatever a damaged document does to its reader into one line.

    Raises
    ------
    DocumentError
    """
    from docx.opc.exceptions import OpcError

    try:
        yield
    except DocumentError:
        raise
    except (OpcError, *_FAULTS) as error:
        part = getattr(error, "filename", None) or ""
        raise DocumentError(
            f"{name}: is no Word document, or a damaged one"
            f"{f' ({part})' if str(part).startswith('/word') else ''}; save it as .docx again"
        ) from None


def opened(body: bytes, name: str) -> Any:
    """Open a document with docxtpl.

    Raises
    ------
    DocumentError
        If it is no Word document, is encrypted or damaged, or unpacks to too much.
    """
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml.ns import qn
    from docxtpl import DocxTemplate

    if body.startswith(_OLE):
        raise DocumentError(
            f"{name}: is encrypted, or a .doc under another name; save it as .docx without password"
        )
    with readable(name):
        _require_small(body, name)
        template = DocxTemplate(io.BytesIO(body))
        template.init_docx()
        document: Any = template.docx
        for rel in document.part.package.rels.values():
            if rel.reltype.endswith("/metadata/core-properties"):  # of some programs another kind
                rel._reltype = RELATIONSHIP_TYPE.CORE_PROPERTIES  # noqa: SLF001
        bodies = document.element.findall(qn("w:body"))
        if len(bodies) != 1 or not len(document.sections):
            raise ValueError(name)
    return template


def _require_small(body: bytes, name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        parts = archive.infolist()
        size = sum(part.file_size for part in parts)
        if len(parts) > _MOST or size > _LARGEST:
            raise DocumentError(
                f"{name}: unpacks to {len(parts):,} parts of {size:,} letters; allowed are "
                f"{_MOST:,} and {_LARGEST:,}"
            )
        if any(part.flag_bits & 1 for part in parts):
            raise DocumentError(f"{name}: is encrypted; save it without password")
        _require_own_names([part.filename for part in parts], name)
        if any(_declares(archive, part.filename) for part in parts):
            raise DocumentError(
                f"{name}: a part declares entities (DOCTYPE); save it as .docx again"
            )


def _require_own_names(names: Sequence[str], name: str) -> None:
    """Refuse parts of one name, of which readers show different ones, and paths that lead out."""
    for held in names:
        if held.startswith("/") or "\\" in held or ".." in held.split("/"):
            raise DocumentError(f"{name}: the part {line(held)} lies outside it; save it again")
    twice = {held.lower() for held in names}
    if len(twice) < len(names):
        raise DocumentError(f"{name}: two of its parts have one name; save it as .docx again")


def _declares(archive: zipfile.ZipFile, part: str) -> bool:
    """Tell whether an XML part holds a document type, in any of the encodings XML is written in."""
    if not part.lower().endswith((".xml", ".rels")):
        return False
    body = archive.read(part)
    return any("<!DOCTYPE".encode(code) in body for code in ("ascii", "utf-16-le", "utf-16-be"))


def saved(document: Any) -> bytes:
    """Write a document; two parts of one name, which zip would take with a warning, are a fault."""
    names = [str(part.partname) for part in document.part.package.iter_parts()]
    if len(set(names)) < len(names):
        raise ValueError(names)
    held, out = io.BytesIO(), io.BytesIO()
    document.save(held)
    with zipfile.ZipFile(held) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            about = zipfile.ZipInfo(part.filename)  # without the time: the same, renewed again
            about.external_attr, about.compress_type = part.external_attr, zipfile.ZIP_DEFLATED
            new.writestr(about, old.read(part))
    return out.getvalue()


#: Letters that the loops of a document may write.
LARGEST: Final = 5_000_000
#: Brackets within brackets that a tag may have; Jinja reads some 200 before the stack is full.
DEEPEST: Final = 50

_PROPERTIES = ("author", "comments", "identifier", "language", "subject", "title")
_TABLES = ("judgements", "questions")
_TAG = re.compile(r"\{[%{].*?[%}]\}", re.DOTALL)
_FILTERS = frozenset(
    {"capitalize", "default", "e", "escape", "first", "float", "int", "last", "length", "lower",
     "round", "string", "title", "trim", "upper"}
)  # fmt: skip
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.CondExpr,
    nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.Filter, nodes.Test,
)  # fmt: skip
_NAMES: Mapping[type[nodes.Node], str] = {
    nodes.Call: "a call", nodes.Assign: "set", nodes.AssignBlock: "set", nodes.Macro: "a macro",
    nodes.Mul: "arithmetic", nodes.Add: "arithmetic", nodes.Pow: "arithmetic",
    nodes.Concat: "~", nodes.List: "a list", nodes.Tuple: "a list", nodes.Dict: "a dictionary",
    nodes.Include: "include", nodes.Import: "import", nodes.FromImport: "import",
    nodes.Extends: "extends",
}  # fmt: skip


class _Unknown(StrictUndefined):
    """A field that a row does not have."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if isinstance(self._undefined_obj, dict):
            return missing(
                "field", str(self._undefined_name), self._undefined_obj, where="in a row"
            )
        return super()._undefined_message


class _Bounded(SandboxedEnvironment):
    """Reads only templates whose output is bounded by what they loop over."""

    def __init__(self, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
        super().__init__(undefined=_Unknown, autoescape=True)
        self.sizes = {key: len(rows) for key, rows in tables.items()}
        every = [row for rows in tables.values() for row in rows]
        self.longest = max((len(str(row)) for row in every), default=0)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        _require_shallow(source)
        found = super()._parse(source, name, filename)
        for node in _nodes(found):
            _require_plain(node)
        _require_known(found)
        if (size := self._size(found)) > LARGEST:
            raise TemplateSyntaxError(
                f"it would write {size:,} letters; allowed are {LARGEST:,}", 1, name, filename
            )
        return found

    def _size(self, node: nodes.Node) -> int:
        """Letters a part of a template writes at most; a name writes no more than a row."""
        size = len(node.data) if isinstance(node, nodes.TemplateData) else 1
        size = self.longest if isinstance(node, nodes.Name) else size
        size += sum(self._size(child) for child in node.iter_child_nodes())
        return size * self.sizes[_table(node)] if isinstance(node, nodes.For) else size


def run_loops(template: Any, facts: Facts, name: str) -> None:
    """Run a document's loops; what is not there is an error, never an empty cell.

    Raises
    ------
    DocumentError
        If a loop cannot be run, asks for what is not allowed, or would write too much.
    """
    context = _context(facts)
    core = template.docx.core_properties
    said = {key: getattr(core, key) for key in _PROPERTIES}
    try:
        for key in said:
            setattr(core, key, "")  # which docxtpl would run, with the words of a report in them
        template.render({"forecast": context}, jinja_env=_Bounded(context), autoescape=True)
    except (TemplateError, RecursionError, TypeError, ValueError, ArithmeticError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DocumentError(f"{name}: a loop cannot be run: {reason}") from None
    for key, value in said.items():
        setattr(core, key, value)


def _context(facts: Facts) -> dict[str, list[dict[str, str]]]:
    from forecast.briefs.tables import judgements, questions
    from forecast.briefs.word_places import cleaned

    def rows(table: Any) -> list[dict[str, str]]:
        keys = [key.lower().replace(" ", "_").replace("%", "") for key in table.header]
        return [
            dict(zip(keys, (cleaned("".join(map(str, c.parts))) for c in row), strict=True))
            for row in table.rows
        ]

    tables = (judgements(facts), questions(facts, facts.questions))
    return {key: rows(table) for key, table in zip(_TABLES, tables, strict=True)}


def _nodes(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _nodes(child)


def _require_shallow(source: str) -> None:
    """Refuse brackets so deep that only the stack at hand would say whether they can be read."""
    for tag in _TAG.finditer(source):
        depth = 0
        for letter in tag[0][2:-2]:
            depth += (letter in "([{") - (letter in ")]}")
            if depth > DEEPEST:
                line = source.count("\n", 0, tag.start()) + 1
                raise TemplateSyntaxError(f"brackets go deeper than {DEEPEST}", line)


def _require_plain(node: nodes.Node) -> None:
    line = node.lineno or 1
    if not isinstance(node, _ALLOWED):
        came = _NAMES.get(type(node), type(node).__name__.lower())
        raise TemplateSyntaxError(
            f"{came} came; allowed are loops over forecast.judgements and forecast.questions, "
            "conditions, and fields of a row",
            line,
        )
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        allowed = ", ".join(sorted(_FILTERS))
        raise TemplateSyntaxError(f"the filter {node.name} came; allowed: {allowed}", line)
    if isinstance(node, nodes.For):
        _table(node)


def _require_known(template: nodes.Template) -> None:
    """Refuse names of Jinja's own, and to print more than a row: a whole table, or all of them."""
    targets = {name.name for loop in template.find_all(nodes.For)
               for name in (loop.target, *loop.target.find_all(nodes.Name))
               if isinstance(name, nodes.Name)}  # fmt: skip
    printed = {id(name) for out in template.find_all(nodes.Output)
               for name in out.find_all(nodes.Name)}  # fmt: skip
    for name in template.find_all(nodes.Name):
        known = {*targets, "loop"} if id(name) in printed else {*targets, "loop", "forecast"}
        if name.name not in known:
            raise TemplateSyntaxError(
                f"{name.name} came; allowed are fields of a row, within its loop", name.lineno
            )


def _table(node: nodes.For) -> str:
    """Name the table a loop goes over."""
    over = node.iter
    if (
        isinstance(over, nodes.Getattr)
        and isinstance(over.node, nodes.Name)
        and over.node.name == "forecast"
        and over.attr in _TABLES
        and not node.recursive
    ):
        return str(over.attr)
    raise TemplateSyntaxError(
        "a loop goes over something else; allowed: forecast.judgements, forecast.questions",
        node.lineno or 1,
    )


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
