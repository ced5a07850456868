"""Sentences of a brief as clauses: whether the first word keeps its capital."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["in_clause", "texts_in"]

_SMALL = frozenset(
    {"A", "All", "An", "Any", "At", "Both", "Each", "Either", "Every", "Few", "Half", "It", "Less"}
    | {"Many", "More", "Most", "Neither", "No", "Nobody", "None", "One", "Only", "Other", "Several"}
    | {"Some", "Such", "That", "The", "Their", "There", "These", "They", "This", "Those", "Three"}
    | {"Two", "We", "Whoever"}
)
_FIRST = re.compile(r"([A-Z][a-z]+)(?:['\u2019]s)?(?=[\s,;-])")


def in_clause(sentence: str, texts: Iterable[str] = ()) -> str:
    """Sentence as the clause after "that": a name keeps its capital, another first word does not.

    Whether it is a name is read off the author's other texts: words that stand there in small
    letters are none. What they do not say stays as it is.

    Examples
    --------
    >>> in_clause("The two sides sign a treaty.")
    'the two sides sign a treaty'
    >>> texts = ["Will container lines avoid the Red Sea, and will Egypt pay?"]
    >>> in_clause("Container lines avoid the Red Sea.", texts)
    'container lines avoid the Red Sea'
    >>> in_clause("Egypt pays.", texts)
    'Egypt pays'
    """
    text = " ".join(sentence.split()).rstrip(".")
    found = _FIRST.match(text)
    if found is None or not _common(found[1], texts):
        return text
    return text[:1].lower() + text[1:]


def texts_in(value: Any) -> Iterator[str]:
    """Every text of more than one word in nested values; names of one word are no evidence."""
    if isinstance(value, str):
        if " " in value:
            yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_in(one)


def _common(word: str, texts: Iterable[str]) -> bool:
    """Tell whether a word is none of a name: written small more often than large in a sentence."""
    if word in _SMALL:
        return True
    stem = re.escape(word[1:].removesuffix("s"))
    small = re.compile(rf"\b{word[0].lower()}{stem}s?\b")
    large = re.compile(rf"(?<=[a-z,;] ){word[0]}{stem}s?\b")
    held = list(texts)
    counts = [sum(len(way.findall(one)) for one in held) for way in (small, large)]
    return counts[0] > counts[1]
