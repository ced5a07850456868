"""What article a row is of, whether it came before, and the report a row becomes."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from forecast.beliefs.identity import article_key
from forecast.beliefs.series_columns import shown_text
from forecast.importers.formats import FORMATS, Format
from forecast.importers.mapping import EventMapping, Match, code_label

__all__ = ["Candidate", "Seen", "article_of", "digest", "hashed", "id_of", "report_of", "safe_id"]


def hashed(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Hash texts to 64 bits (BLAKE2b).

    Among n keys two share a hash with a probability of about n² / 2**65: 3e-6 for ten million.
    """
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, np.uint64)


class Seen:
    """A growing set of hashes as sorted runs that are merged when they reach a like length.

    Examples
    --------
    >>> seen = Seen()
    >>> [bool(new) for new in seen.first(hashed(["a", "b", "a"]))]
    [True, True, False]
    >>> [bool(new) for new in seen.first(hashed(["c", "b"]))]
    [True, False]
    """

    def __init__(self) -> None:
        self._runs: list[npt.NDArray[np.uint64]] = []

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs)

    def first(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
        """Tell which keys come for the first time, and remember them."""
        new = np.zeros(len(keys), np.bool_)
        new[np.unique(keys, return_index=True)[1]] = True
        new &= ~self.known(keys)
        self.add(keys[new])
        return new

    def known(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
        """Tell which keys were remembered before."""
        found = np.zeros(len(keys), np.bool_)
        for run in self._runs:
            place = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            found |= run[place] == keys
        return found

    def add(self, keys: npt.NDArray[np.uint64]) -> None:
        """Remember keys that are not remembered yet."""
        if not len(keys):
            return
        run = np.unique(keys)
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.sort(np.concatenate((self._runs.pop(), run)), kind="stable")
        self._runs.append(run)


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


_LONGEST_SUMMARY: Final = 300


@dataclass(slots=True)
class Candidate:
    """A row that a rule takes, until it is known whether it says anything new."""

    match: Match
    occurred: dt.date
    reported: dt.date
    row_id: str
    event: str
    article: str
    named: bool
    place: str
    cells: dict[str, str] = field(default_factory=dict)


def id_of(form: Format, each: Candidate) -> str:
    """Id of the report that a row becomes."""
    return f"{form.name}-{safe_id(each.row_id)}"


def report_of(each: Candidate, mapping: EventMapping, *, brief_as_of: dt.date) -> dict[str, Any]:
    """Write a row as a report, a row of ``events/``, column to text."""
    form, rule = FORMATS[mapping.format], mapping.rules[each.match.rule]
    grade = rule.grade or mapping.grade
    who = _printed(", ".join(name for name in each.match.actors if name))
    said = code_label(form.codes, each.match.code)
    more = each.cells.get(form.text, "")
    address = shown_text(each.cells.get(form.url, ""))
    url = address if article_key(address) else ""
    site = url.partition("://")[2].partition("/")[0] or _printed(address)
    by_article = mapping.lineage == "article"
    return {
        "report_id": id_of(form, each),
        "event_id": f"{form.name} {rule.indicator} {each.event}",
        "lineage": f"{form.name}{'-' if by_article else ' '}"
        f"{digest(each.article) if by_article else each.event}",
        "occurred_on": each.occurred,
        "reported_on": each.reported,
        "indicator": rule.indicator,
        "reliability": grade[0],
        "credibility": grade[1],
        "use": "prior" if each.reported < brief_as_of else "evidence",
        "actors": who,
        "summary": _printed(f"{who}: {said}. {more}")[:_LONGEST_SUMMARY].rstrip(),
        "source_title": _printed(each.cells.get(form.source, "")) or site or form.title,
        "source_url": url,
        "source_type": "coded event data",
        "note": f"Imported from {form.title}; coded by others, not checked by us.",
    }


def _printed(text: str) -> str:
    """Write a text of others in one line, so that no spreadsheet takes it for a formula."""
    return shown_text(text).lstrip("=+-@ ")
