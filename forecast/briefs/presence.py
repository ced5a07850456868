"""Whether the regions of a document are those it was written with, and read as they were written.

One rule for every format: each region is there, in its order, and no digit of the text around it
joins its number.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["JOINED", "MARK", "MOVED", "gone", "joined", "moved"]

#: Stands for a sign whose look is not known, such as one of a font of symbols.
MARK = "\ufffc"
#: What is told of a region, by its placeholder.
JOINED = "{} is joined by digits beside it, so its number reads as another; put a space between"
MOVED = (
    "{} stands in another place than it was written in; put it back, or renew the document with: "
    "forecast brief refresh"
)

_BEFORE = re.compile(rf"[\d{MARK}][.,]?\Z")
_AFTER = re.compile(rf"[.,]?[\d{MARK}]")


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


def joined(before: str, said: str, after: str) -> bool:
    """Tell whether a digit beside a region joins its number, so that it reads as another.

    Examples
    --------
    >>> joined("about 5", "8%", ""), joined("5", "above 99%", ""), joined("10-", "8%", " ")
    (True, False, False)
    """
    before, said, after = (
        "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
        for text in (before, said, after)
    )
    begins, ends = said[:1].isdecimal(), said[-1:].isdecimal()
    return bool(
        (begins and _BEFORE.search(before))
        or (ends and (_AFTER.match(after) or after.startswith("%")))
        or (said.endswith("%") and re.match(rf"[\d{MARK}]", after))
    )
