"""The stamp of a document, read back; and whether its regions are those it was written with.

One rule for every format: each region is there, in its order, no digit or letter of the text around
it joins its number or word, and no mark of writing direction turns it round.
"""

from __future__ import annotations

import codecs
import datetime as dt
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast.briefs.facts import Stamp

__all__ = [
    "JOINED",
    "MARK",
    "MOVED",
    "TURNED",
    "Shown",
    "disturbed",
    "from_record",
    "from_text",
    "gone",
    "joined",
    "moved",
    "read_record",
    "record",
    "shown_in",
]

_ISSUE = r"Issue ([0-9a-f]{16}),\s+model ([0-9a-f]{16}), evidence ([0-9a-f]{16})\."
_LINE = re.compile(rf"As of (\d{{4}}-\d\d-\d\d) \(UTC\)\. Issued at (\S+?)\. {_ISSUE}")
#: The same as documents print it, in days of readers.
_PRINTED = re.compile(
    rf"As of (\d+ \w+ \d{{4}}) \(UTC\)\. Issued on (\d+ \w+ \d{{4}} at [\d:]{{8}}) UTC\. {_ISSUE}"
)


def from_text(text: str) -> Stamp | None:
    """Read a stamp out of the words of a document; None if there is none.

    Examples
    --------
    >>> from_text("no stamp here") is None
    True
    """
    said = " ".join(text.split())
    found, printed = _LINE.search(said), _PRINTED.search(said)
    try:
        if found is not None:
            as_of, issued = dt.date.fromisoformat(found[1]), dt.datetime.fromisoformat(found[2])
            return Stamp(as_of, issued, *found.groups()[2:])
        if printed is not None:
            day = dt.datetime.strptime(printed[1], "%d %B %Y").replace(tzinfo=dt.UTC).date()
            moment = dt.datetime.strptime(printed[2], "%d %B %Y at %H:%M:%S").replace(tzinfo=dt.UTC)
            return Stamp(day, moment, *printed.groups()[2:])
    except ValueError:
        pass
    return None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a document shows: the text of its pages, and fingerprints of its pictures in order.

    A text and a page of the web have their words in their regions and none here. The looks are a
    fingerprint of all that is neither text nor plain markup; in a PDF, of everything.
    """

    pages: Sequence[str] = ()
    pictures: Sequence[str] = ()
    looks: str = ""


def record(stamp: Stamp, regions: Iterable[tuple[str, str]], shown: Shown | None = None) -> str:
    """JSON that goes into an export: the stamp, what every placeholder gave, and what it shows."""
    value: dict[str, Any] = {
        "as_of": stamp.as_of.isoformat(),
        "issued_at": stamp.issued_at.isoformat(),
        "issue": stamp.issue,
        "model_fingerprint": stamp.model,
        "evidence_fingerprint": stamp.evidence,
        "regions": [{"placeholder": said, "text": text} for said, text in regions],
    }
    if shown is not None:
        value["pages"], value["pictures"] = list(shown.pages), list(shown.pictures)
        value["looks"] = shown.looks
    return json.dumps(value, indent=1, ensure_ascii=False)


def shown_in(text: str) -> Shown | None:
    """Read what a record says the export shows; None if it says nothing."""
    try:
        value = json.loads(text)
        pages, pictures = ([str(p) for p in value[name]] for name in ("pages", "pictures"))
        return Shown(pages, pictures, str(value["looks"]))
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def read_record(path: Path) -> tuple[Stamp, list[tuple[str, str]], Shown | None] | None:
    """Read the record that stands beside a text; None if there is none, or none of ours."""
    try:
        text = path.read_bytes().removeprefix(codecs.BOM_UTF8).decode()
    except (OSError, UnicodeDecodeError):
        return None
    found = from_record(text)
    return None if found is None else (*found, shown_in(text))


def from_record(text: str) -> tuple[Stamp, list[tuple[str, str]]] | None:
    """Read what `record` wrote; None if it is something else."""
    try:
        value: Any = json.loads(text)
        stamp = Stamp(
            dt.date.fromisoformat(value["as_of"]),
            dt.datetime.fromisoformat(value["issued_at"]),
            value["issue"],
            value["model_fingerprint"],
            value["evidence_fingerprint"],
        )
        regions = [(str(row["placeholder"]), str(row["text"])) for row in value["regions"]]
        if not all(isinstance(one, str) for one in (stamp.issue, stamp.model, stamp.evidence)):
            return None
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return stamp, regions


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


def disturbed(before: str, text: str, after: str) -> str:
    """Tell what makes a region read otherwise, to be filled with its placeholder; else nothing.

    Parameters
    ----------
    before, after : str
        Text of its paragraph on either side.
    text : str
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
    return JOINED if joined(before, text, after) else ""


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


def joined(before: str, text: str, after: str) -> bool:
    """Tell whether a sign beside a region joins its number or word, so that it reads as another.

    Examples
    --------
    >>> joined("about 5", "8%", ""), joined("5", "above 99%", ""), joined("10-", "8%", " ")
    (True, False, False)
    >>> joined("un", "likely", ""), joined("l", "8%", ""), joined("1\u202f", "8%", "")
    (True, True, True)
    """
    before, text, after = (
        "".join(sign for sign in side if unicodedata.category(sign) != "Cf")
        for side in (before, text, after)
    )
    if not text:
        return False
    left = before[-1:]
    number = left[:1] in _WITHIN and bool(left) and _digit(before[-2:-1])
    begins = text[0].isdecimal() and (_digit(left) or number)
    return begins or (text[0].isalnum() and _cased(left)) or _ends_joined(text, after)


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
