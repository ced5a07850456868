"""Names of streams: ids for the files of a project, and labels for people, out of headings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

__all__ = ["ids_of", "label_of", "plain_id", "same_text", "shown_text"]

#: Words that YAML reads as something else than a text.
_TYPED = frozenset({"null", "true", "false", "yes", "no", "on", "off"})
_LONGEST = 60
_LONGEST_LABEL = 120


def ids_of(texts: Sequence[str], *, kind: str) -> dict[str, str]:
    """Give every text an id of its own; one that Latin letters cannot write is numbered.

    Parameters
    ----------
    texts : sequence of str
        Different ones, by `same_text`.
    kind : str
        What they name, for those that are numbered.

    Examples
    --------
    >>> ids_of(["Китай", "북한", "China (PRC)"], kind="series")
    {'Китай': 'series_1', '북한': 'series_2', 'China (PRC)': 'china_prc'}
    >>> ids_of(["no", "A b", "a-b"], kind="column")
    {'no': 'x_no', 'A b': 'a_b', 'a-b': 'a_b_2'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for number, text in enumerate(texts, start=1):
        base = plain_id(text) or f"{kind}_{number}"
        name, again = base, 2
        while name in taken:
            name, again = f"{base}_{again}", again + 1
        taken.add(name)
        found[text] = name
    return found


def plain_id(text: str) -> str:
    """Make an id of the letters a to z, digits and ``_``; empty where letters would be lost.

    Examples
    --------
    >>> plain_id("China-Japan (2005)"), plain_id("1st"), plain_id("Zürich"), plain_id("Львів")
    ('china_japan_2005', 'x_1st', 'zurich', '')
    """
    bare = "".join(
        sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)
    )
    if any(sign.isalnum() and not sign.isascii() for sign in bare):
        return ""
    name = re.sub(r"[^a-z0-9]+", "_", bare.lower()).strip("_")[:_LONGEST].rstrip("_")
    return name if name[:1].isalpha() and name not in _TYPED else f"x_{name}" if name else ""


def label_of(texts: Iterable[str]) -> str:
    """Write what people read: the texts as they came, without signs that cannot be printed.

    Examples
    --------
    >>> label_of(["", "incidents_north"]), label_of(["북한", "count"])
    ('Incidents north', '북한 count')
    """
    shown = " ".join(texts)
    if shown.isascii():
        shown = shown.replace("_", " ")
    label = shown_text(shown).lstrip("=+-@ ")[:_LONGEST_LABEL].rstrip()
    return label[:1].upper() + label[1:] if label.isascii() else label


def shown_text(text: str) -> str:
    r"""Write a text in one line of signs that can be printed.

    Examples
    --------
    >>> shown_text("a\x0cb\u200b c")
    'a b c'
    """
    kept = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(kept.split())


def same_text(text: str) -> str:
    """Key that a text shares with those that look the same: case, width and invisible signs."""
    shown = unicodedata.normalize("NFKC", text)
    kept = "".join(sign for sign in shown if unicodedata.category(sign) not in {"Cf", "Cc"})
    return " ".join(kept.casefold().split())
