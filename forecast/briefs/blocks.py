"""What a placeholder stands for, before any format: sentences, tables, figures, lists.

A sentence is a tuple of parts: text, or a `Note` that becomes a footnote.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Block", "Bullets", "Figure", "Note", "NoteList", "Part", "Prose", "Table", "plain"]


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
    """Rows below a header; `caption` says what the table shows."""

    header: tuple[str, ...]
    rows: tuple[tuple[Prose, ...], ...]
    caption: str


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
    """

    name: str
    caption: str
    alt: str
    png: bytes
    svg: bytes
    data: bytes
    width: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class NoteList:
    """The notes of the document, for formats that list them in one place."""


type Block = Prose | Bullets | Table | Figure | NoteList


def plain(parts: Iterable[Part]) -> str:
    """Text of a sentence without its notes.

    Examples
    --------
    >>> plain(("A treaty was signed", Note("k", "TASS"), "."))
    'A treaty was signed.'
    """
    return "".join(part for part in parts if isinstance(part, str))
