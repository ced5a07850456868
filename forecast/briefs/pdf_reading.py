"""What the pages of a PDF show of each region: its words, in their order, joined by no digit.

The text that is read out of a page has no cells and no paragraphs, breaks words at the ends of its
lines, and is interrupted by notes at the foot of a page. So a region is looked for piece by piece,
each after the one before, with blanks and such hyphens left out. Words written from right to left
are read in another order, and without some of their blanks; so each is looked for by itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from forecast.briefs.markup import parsed, pieces, reader
from forecast.briefs.stamps import joined

__all__ = ["unseen"]

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
