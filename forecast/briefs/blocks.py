"""What a placeholder stands for, before any format: sentences, tables, figures, lists.

A sentence is a tuple of parts: text, or a `Note` that becomes a footnote.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

__all__ = [
    "Block",
    "Bullets",
    "Figure",
    "Note",
    "NoteList",
    "Part",
    "Prose",
    "Table",
    "numbered",
    "plain",
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
