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

from forecast.beliefs.addresses import article_key
from forecast.beliefs.reports import Report

__all__ = ["copies", "identity", "near_twins", "spelling_of", "unified"]

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
#: Letters that have no accent to take off, and German letters written out.
_PLAIN = str.maketrans(
    {"\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u00e6": "ae", "\u0153": "oe"}
)
_SPELT_OUT = str.maketrans({"\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue", "\u00e5": "aa"})
#: Words that a name may have or not.
_SMALL = frozenset(
    {"the", "a", "an", "of", "and", "for", "le", "la", "les", "der", "die", "das", "el", "il"}
)
#: Shorter names, and shorter words in them, differ by one letter in good faith.
_LONG, _LONG_WORD = 8, 4
_LONG_TITLE = 4  # words; shorter ones, such as "Statement", are given to many
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
        ("accents", _without_accents),
        ("an article or the order of words", _words),
        ("one letter", _all_but_one),
    ):
        for pair in _sharing(one_of_each, forms):
            if pair not in told:
                told.add(pair)
                yield *pair, why
    for pair in _abbreviated(one_of_each):
        if pair not in told:
            yield *pair, "an abbreviation"


def copies(reports: Iterable[Report]) -> Iterator[tuple[Report, Report, str]]:
    """Pair reports of one event that cite one article under two lineages, and so count as two.

    Yields
    ------
    first, second : Report
        In the order they come.
    why : str
        Whether they share the address, or a title of some length at two addresses.
    """
    first: dict[tuple[str, str, str], Report] = {}
    for report in reports:
        address, title = article_key(report.source_url), identity(report.source_title)
        keys = [("the article", address)] if address else []
        if address and len(title.split()) >= _LONG_TITLE:
            keys.append(("a title", "".join(c for c in title if c.isalnum())))
        for why, key in keys:
            one = first.setdefault((identity(report.event_id), why, key), report)
            if identity(one.lineage) != identity(report.lineage):
                yield one, report, why
                break


def _skeletons(name: str) -> set[str]:
    return {identity(name).translate(_LOOK_ALIKE)}


def _bare(name: str) -> set[str]:
    return {"".join(c for c in identity(name) if c.isalnum())} - {""}


def _without_accents(name: str) -> set[str]:
    """Write a name in plain letters: as they are, and as German writes them out."""
    out = set()
    for spelt in (identity(name), identity(name).translate(_SPELT_OUT)):
        plain = unicodedata.normalize("NFKD", spelt.translate(_PLAIN))
        out.add("".join(c for c in plain if c.isalnum()))
    return out - {""}


def _words(name: str) -> set[str]:
    """Give the words of a name in the order of the alphabet, without the article it begins with.

    Numbers keep their order, so that 1 February is not 2 January.
    """
    words = re.findall(r"[^\W_]+", identity(name).replace("&", " and "))
    words = words[1:] if words and words[0] in _SMALL else words
    letters = sorted(word for word in words if word.isalpha())
    others = [word for word in words if not word.isalpha()]
    return {" ".join((*letters, *others))} if sum(map(len, letters)) >= _LONG_WORD else set()


def _abbreviated(names: list[str]) -> Iterator[tuple[str, str]]:
    """Pair a name in capitals with the names whose words begin with its letters."""
    initials: dict[str, str] = {}
    for name in names:
        words = re.findall(r"[^\W\d_]+", identity(name))
        for kept in (words, [word for word in words if word not in _SMALL]):
            if len(kept) > 1:
                initials.setdefault("".join(word[0] for word in kept), name)
    for name in names:
        other = initials.get(identity(name)) if name.isupper() and name.isalpha() else None
        if other is not None and len(name) > 1:
            first, second = sorted((name, other), key=names.index)
            yield first, second


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
