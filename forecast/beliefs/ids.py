"""What an id may be made of: of a report, an event, a lineage or a source.

Ids stand in every kind of output (notes, anchors of a page, tables, messages), so none may hold
what any of them takes for markup. Names inside ``priors.yaml`` and scenarios are narrower still
(`forecast.beliefs.values.Name`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

__all__ = ["ALLOWED", "ID_COLUMNS", "id_fault", "row_fault"]

#: Columns that hold ids, in every kind of file.
ID_COLUMNS = ("report_id", "announcement_id", "event_id", "lineage", "source_id", "indicator")

#: What a message says of an id that is refused.
ALLOWED = (
    "begin with a letter or digit; then letters, digits, single blanks and any of . _ : / - + , ' "
    "( ) @, at most 300"
)

_LONGEST = 300
#: What stands for other characters in a pattern of ids.
_PATTERN = re.compile(r"[*?]|\[!?[^\[\]]*\]")
_SIGNS = frozenset("._:/-+,'\u2019()@ ")
#: No width and no effect on what stands around them; they tell no name from another.
_NO_WIDTH = re.compile("[\u00ad\u034f\u180b-\u180f\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]")


def row_fault(row: Mapping[str, object]) -> str:
    """Say which id of a row is wrong, and what is allowed; empty where none is."""
    for column in ID_COLUMNS:
        name = str(row.get(column) or "")
        if name and (fault := id_fault(name)):
            return f"{column}: {fault}; {ALLOWED}"
    return ""


def id_fault(name: str, *, pattern: bool = False) -> str:
    """Say what is wrong with an id, or a pattern of ids; empty where nothing is.

    Letters, marks and digits are those of any script, dashes those of any length; characters
    without width are looked over.

    Examples
    --------
    >>> id_fault("us-gov"), id_fault("E/2024:중앙통신"), id_fault("<img src=x>")
    ('', '', "'<img src=x>' is not an id: '<'")
    """
    plain = _NO_WIDTH.sub("", name)
    if pattern:
        plain = _PATTERN.sub(lambda found: f"x{found[0].strip('*?[!]')}", plain)
    if not plain:
        return f"{name!a} is not an id: nothing to see"
    if len(name) > _LONGEST:
        return f"{name[:20]!a}... is not an id: {len(name)} characters"
    for at, letter in enumerate(plain):
        if not _allowed(letter, first=at == 0):
            return f"{_cut(name)} is not an id: {letter!a}"
    if plain != " ".join(plain.split()):
        return f"{_cut(name)} is not an id: a blank too many"
    return f"{_cut(name)} is not an id: '..'" if ".." in plain else ""


def _allowed(letter: str, *, first: bool) -> bool:
    kind = unicodedata.category(letter)
    if kind[0] in "LN":
        return True
    return not first and (kind[0] == "M" or kind == "Pd" or letter in _SIGNS)


def _cut(name: str) -> str:
    # as ASCII: what is refused may well be what a terminal should not be told
    shown = repr if name.isprintable() else ascii
    return shown(name) if len(name) <= 60 else f"{shown(name[:60])}..."
