"""What article a row is of, and names of a file as parts of ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from forecast.beliefs.addresses import article_key
from forecast.importers.formats import Format
from forecast.importers.seen import hashed

__all__ = ["article_of", "digest", "safe_id"]

_NOTHING: Final = frozenset({"", "na", "n/a", "nan", "none", "null"})
_LONGEST: Final = 80


def article_of(form: Format, cells: Sequence[str]) -> str:
    """Tell the article a row is of by the cells of ``form.article``; empty where it names none.

    GDELT writes the name of a service in place of the address where there is none ("BBC
    Monitoring"): that names a publisher, not an article.
    """
    if form.url in form.article:
        return article_key(cells[0])
    beside = {form.source, form.reported}
    texts = [" ".join(cell.casefold().split()) for cell in cells]
    named = any(
        text not in _NOTHING
        for name, text in zip(form.article, texts, strict=True)
        if name not in beside
    )
    return "\t".join(texts) if named else ""


def safe_id(text: str) -> str:
    """Write a name of a file as part of an id: letters, digits and ``._-``, one text one name.

    Examples
    --------
    >>> safe_id("ARG10607"), safe_id("Military Forces (2021-)")
    ('ARG10607', 'Military_Forces_2021--bb1a79')
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("..", "_._")
    name = re.sub(r"[^\w.-]+", "_", plain).strip("_")
    return (
        name
        if name == plain and len(name) <= _LONGEST
        else f"{name[:_LONGEST]}-{digest(plain)[:6]}"
    )


def digest(text: str) -> str:
    """Give 16 hexadecimal digits that stand for a text.

    Examples
    --------
    >>> digest("example.org/a") == digest("example.org/b")
    False
    """
    return f"{int(hashed([text])[0]):016x}"
