"""Whether the regions of a document are those it was written with, and read as they were written.

One rule for every format: each region is there, in its order, no digit or letter of the text around
it joins its number or word, and no mark of writing direction turns it round.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["JOINED", "MARK", "MOVED", "TURNED", "disturbed", "gone", "joined", "moved"]

#: Stands for a sign whose look is not known, such as one of a font of symbols.
MARK = "\ufffc"
#: What is told of a region, by its placeholder.
JOINED = "{} is joined by digits or letters beside it, so it reads as another; put a space between"
TURNED = "{} is turned round by marks of writing direction before it; take them out"
MOVED = (
    "{} stands in another place than it was written in; put it back, or renew the document with: "
    "forecast brief refresh"
)

_WITHIN = ".,'\u2019\u00b7\u066b\u066c\u00a0\u2006\u2007\u2008\u2009\u200a\u202f"  # of a number
_PERCENT = "%\u2030\u2031\u066a\uff05"
_LIKE_DIGITS = "OoIl"
_OPEN = frozenset("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
_ISOLATE = frozenset("\u2066\u2067\u2068")
_LEFTWARD = frozenset("\u202b\u202e\u2067\u2068")
_MARKS = ("\u200f", "\u061c")
_CLOSE, _CLOSE_ISOLATE = "\u202c", "\u2069"


def gone(written: Iterable[str], shown: Iterable[str]) -> list[str]:
    """List the placeholders of a record that a document shows less often.

    Examples
    --------
    >>> gone(["a", "b", "a"], ["a", "b", "c"])
    ['a']
    """
    left = Counter(written)
    left.subtract(shown)
    return list((+left).elements())


def moved(written: Sequence[str], shown: Iterable[str]) -> str | None:
    """Name the first placeholder that stands in another order than it was written in.

    Copies that an author made do no harm, wherever they stand.

    Examples
    --------
    >>> moved(["a", "b"], ["b", "a", "b"]) is None
    True
    >>> moved(["a", "b"], ["b", "a"])
    'b'
    """
    shown = list(shown)
    if gone(written, shown):
        return None
    left = iter(shown)
    return next((said for said in written if said not in left), None)


def disturbed(before: str, said: str, after: str) -> str:
    """Tell what makes a region read otherwise, to be filled with its placeholder; else nothing.

    Parameters
    ----------
    before, after : str
        Text of its paragraph on either side.
    said : str
        Text of the region.

    Examples
    --------
    >>> disturbed("a ", "8%", "."), disturbed("5", "8%", "") == JOINED
    ('', True)
    >>> disturbed("\u202e", "8%", "") == TURNED, disturbed("\u202ea\u202c ", "8%", "")
    (True, '')
    """
    if _turned(before) or before.rstrip().endswith(_MARKS):
        return TURNED
    return JOINED if joined(before, said, after) else ""


def _turned(before: str) -> bool:
    """Tell whether a stretch from right to left is still open at the end of a text."""
    held: list[str] = []
    for sign in before:
        if sign in _OPEN:
            held.append(sign)
        elif sign == _CLOSE and held and held[-1] not in _ISOLATE:
            held.pop()
        elif sign == _CLOSE_ISOLATE and _ISOLATE & set(held):
            while held.pop() not in _ISOLATE:
                pass
    return bool(_LEFTWARD & set(held))


def joined(before: str, said: str, after: str) -> bool:
    """Tell whether a sign beside a region joins its number or word, so that it reads as another.

    Examples
    --------
    >>> joined("about 5", "8%", ""), joined("5", "above 99%", ""), joined("10-", "8%", " ")
    (True, False, False)
    >>> joined("un", "likely", ""), joined("l", "8%", ""), joined("1\u202f", "8%", "")
    (True, True, True)
    """
    before, said, after = (
        "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
        for text in (before, said, after)
    )
    if not said:
        return False
    left = before[-1:]
    number = left[:1] in _WITHIN and bool(left) and _digit(before[-2:-1])
    begins = said[0].isdecimal() and (_digit(left) or number)
    return begins or (said[0].isalnum() and _cased(left)) or _ends_joined(said, after)


def _ends_joined(said: str, after: str) -> bool:
    right = after[:1]
    if not right:
        return False
    if unicodedata.category(right) in {"Mn", "Me"}:  # strikes through the sign before it
        return True
    if said.endswith("%"):
        return _digit(right) or _cased(right)
    like = right in _LIKE_DIGITS or (_cased(right) and not right.isascii())
    number = right in _WITHIN and _digit(after[1:2])
    return said[-1].isdecimal() and (_digit(right) or number or right in _PERCENT or like)


def _digit(sign: str) -> bool:
    return sign == MARK or sign.isnumeric()


def _cased(sign: str) -> bool:
    """Tell a letter of a script that joins letters to words, and parts words by blanks."""
    return sign.lower() != sign.upper()
