"""When two names are the same name: of lineages, events, sources and reports.

A copy of one report written ``Wire``, ``WIRE`` or with a character nobody sees would else count as
a confirmation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from forecast.beliefs.reports import Report

__all__ = ["identity", "near_twins", "spelling_of", "unified"]

#: Invisible though no control or format character: fillers, joiners and selectors of variants.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f"
    "\U000e0100-\U000e01ef]"
)
_UNSEEN_KINDS = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})
#: Hyphens and dashes, of which print and editors make one out of another.
_DASHES = re.compile("[-\u2010-\u2015\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]+")

_CYRILLIC = (
    *(0x430, 0x435, 0x43E, 0x440, 0x441, 0x443, 0x445, 0x456, 0x458, 0x455, 0x501, 0x51B, 0x51D),
    *(0x43A, 0x43C, 0x43D, 0x442, 0x432),
)
_GREEK = (0x3B1, 0x3BF, 0x3C1, 0x3C5, 0x3BD, 0x3B9, 0x3BA, 0x3C4, 0x3C7)
#: Letters and digits that look like a Latin letter, Cyrillic and Greek ones first.
_LOOK_ALIKE = str.maketrans(
    {
        **dict(zip(map(chr, _CYRILLIC), "aeopcyxijsdqwkmhtb", strict=True)),
        **dict(zip(map(chr, _GREEK), "aopuviktx", strict=True)),
        "\u0131": "i",
        "\u0261": "g",
        "\u026a": "i",
        "0": "o",
        "1": "l",
    }
)
#: Shorter names, and shorter words in them, differ by one letter in good faith.
_LONG, _LONG_WORD = 8, 4
_LETTERS = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=1 << 16)
def identity(name: str) -> str:
    r"""Reduce a name to what makes it this name and no other.

    Unicode's compatible forms are one (NFKC), so are cases, dashes, and any stretch of white space;
    characters that cannot be seen do not count.

    Examples
    --------
    >>> identity("Le  Monde"), identity("w\u2060ire") == identity("WIRE")
    ('le monde', True)
    """
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", name))
    # a control such as a newline parts words; what has no width parts nothing
    text = "".join(
        " " if c.isspace() else "" if unicodedata.category(c) in _UNSEEN_KINDS else c for c in text
    )
    text = unicodedata.normalize("NFKC", text.casefold().replace("i\u0307", "i"))
    return " ".join(_DASHES.sub("-", _UNSEEN.sub("", text)).split())


def spelling_of(name: str, names: Iterable[str]) -> str:
    """Return the spelling a name has among others, or the name as it is.

    Examples
    --------
    >>> spelling_of("wire", ["Monitors", "Wire"]), spelling_of("radio", ["Wire"])
    ('Wire', 'radio')
    """
    known = list(names)
    if name in known:
        return name
    wanted = identity(name)
    return next((each for each in known if identity(each) == wanted), name)


def unified(reports: Iterable[Report]) -> list[Report]:
    """Give the events and lineages of reports the spelling each had first.

    Parameters
    ----------
    reports : iterable of Report
        The first spelling is that of the first report; the ledger gives them by day, then id.
    """
    events: dict[str, str] = {}
    lineages: dict[str, str] = {}
    out = []
    for report in reports:
        event = events.setdefault(identity(report.event_id), report.event_id)
        lineage = lineages.setdefault(identity(report.lineage), report.lineage)
        same = event == report.event_id and lineage == report.lineage
        out.append(report if same else replace(report, event_id=event, lineage=lineage))
    return out


def near_twins(names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Pair names that are not the same but may have been meant to be.

    Yields
    ------
    first, second : str
        In the order they come; a name is paired with the first it is like.
    why : str
    """
    known = list(dict.fromkeys(names))
    one_of_each = list({identity(name): name for name in reversed(known)}.values())[::-1]
    told: set[tuple[str, str]] = set()
    for why, forms in (
        ("letters that look alike", _skeletons),
        ("signs or blanks", _bare),
        ("one letter", _all_but_one),
    ):
        for pair in _sharing(one_of_each, forms):
            if pair not in told:
                told.add(pair)
                yield *pair, why


def _skeletons(name: str) -> set[str]:
    return {identity(name).translate(_LOOK_ALIKE)}


def _bare(name: str) -> set[str]:
    return {"".join(c for c in identity(name) if c.isalnum())} - {""}


def _all_but_one(name: str) -> set[str]:
    """Leave out each letter in turn; not digits, nor letters of short words, which count."""
    plain = f" {identity(name)} "
    if len(plain) < _LONG + 2:
        return set()
    words = (word for word in _LETTERS.finditer(plain) if len(word[0]) >= _LONG_WORD)
    places = [at for word in words for at in range(word.start(), word.end())]
    return {plain, *(plain[:at] + plain[at + 1 :] for at in places)}


def _sharing(names: list[str], forms: Callable[[str], set[str]]) -> Iterator[tuple[str, str]]:
    """Pair each name with the first that has a form in common with it."""
    first: dict[str, str] = {}
    for name in names:
        mine = forms(name)
        found = next((first[form] for form in mine if form in first), None)
        if found is not None:
            yield found, name
        first.update((form, name) for form in mine if form not in first)
