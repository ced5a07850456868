"""A Markdown document as a tree, for the formats that are made from one.

Front matter is left out, notes are taken out of the text, and regions are only their content.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["Document", "Piece", "parsed", "pieces", "reader"]

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
